"""Files that are too large to be edited, as a person sees them: page by page, with line numbers, find, and the end."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from browser.people import Person, PersonFactory
from browser.test_page import LOOKS, SCREENS, axe_problems

LINES = 2_000_000


def text(person: Person) -> Locator:
    return person.page.get_by_role("textbox", name=re.compile("a page of it"))


def page_number(person: Person) -> Locator:
    return person.page.get_by_role("textbox", name="Page", exact=True)


def open_large(person: Person, path: str, **query: Any) -> None:
    project_id = person.project_id()
    search = "?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else ""
    person.page.goto(f"{person.studium.url}/projects/{project_id}/edit/{path}{search}")
    expect(text(person)).to_be_visible(timeout=20_000)


@pytest.fixture
def ada(person: PersonFactory) -> Person:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Large")
    ada.run(project_id, f"seq -f 'line %.0f of the log' {LINES} > run.log")
    return ada


def test_a_large_file_is_read_in_pages(ada: Person) -> None:
    page = ada.page
    open_large(ada, "run.log")
    expect(
        page.get_by_text(re.compile(r"Read only, in pages: this file has \d+ MB, and files above 10 MB"))
    ).to_be_visible()
    expect(page.get_by_role("link", name="Download")).to_be_visible()
    expect(page_number(ada)).to_have_value("1")
    expect(page.locator(".cm-line").first).to_have_text("line 1 of the log")
    page.get_by_role("button", name="Next page").click()
    expect(page_number(ada)).to_have_value("2")
    expect(page.locator(".cm-line").first).not_to_have_text("line 1 of the log")
    text(ada).focus()
    page.keyboard.type("never")
    expect(text(ada)).not_to_contain_text("never")
    page.keyboard.press("Alt+PageDown")
    expect(page_number(ada)).to_have_value("3")
    page.keyboard.press("Control+Home")
    expect(page_number(ada)).to_have_value("1")
    page.keyboard.press("Control+End")
    expect(text(ada)).to_contain_text(f"line {LINES} of the log")
    expect(page.locator(".cm-lineNumbers")).to_contain_text(str(LINES))
    expect(page.get_by_role("button", name="Next page")).to_be_disabled()


def test_a_line_by_its_number_and_by_the_address(ada: Person) -> None:
    open_large(ada, "run.log", line=1_234_567)
    expect(text(ada)).to_contain_text("line 1234567 of the log")
    expect(ada.page.locator(".cm-activeLine")).to_have_text("line 1234567 of the log")
    expect(ada.page.get_by_text("Ln 1234567, Col 1")).to_be_visible()
    ada.page.keyboard.press("Control+Alt+g")
    expect(ada.page.get_by_role("textbox", name="Go to line")).to_be_focused()
    ada.page.keyboard.type("77")
    ada.page.keyboard.press("Enter")
    expect(ada.page.locator(".cm-activeLine")).to_have_text("line 77 of the log")
    expect(text(ada)).to_be_focused()


def test_finding_a_text_anywhere_in_the_file(ada: Person) -> None:
    open_large(ada, "run.log")
    ada.page.keyboard.press("Control+f")
    expect(ada.page.get_by_role("textbox", name="Find")).to_be_focused()
    ada.page.keyboard.type("LINE 1999999 of")
    ada.page.keyboard.press("Enter")
    expect(ada.page.locator(".cm-activeLine")).to_have_text("line 1999999 of the log")
    ada.page.get_by_role("textbox", name="Find").fill("nowhere at all")
    ada.page.keyboard.press("Enter")
    expect(ada.page.get_by_text("“nowhere at all” is not in this file.")).to_be_visible()
    ada.page.get_by_role("textbox", name="Find").fill("line 5 of")
    ada.page.get_by_role("button", name="Previous place").click()
    expect(ada.page.locator(".cm-activeLine")).to_have_text("line 5 of the log")


def test_following_the_end_of_a_log_that_grows_and_one_that_changes(ada: Person) -> None:
    project_id = ada.project_id()
    open_large(ada, "run.log")
    ada.page.get_by_role("checkbox", name="Follow the end").check()
    expect(text(ada)).to_contain_text(f"line {LINES} of the log")
    ada.run(project_id, "echo one more thing >> run.log")
    expect(text(ada)).to_contain_text("one more thing")
    expect(ada.page.get_by_text(f"Ln {LINES + 2}, Col 1")).to_be_visible()
    ada.run(project_id, "seq -f 'again %.0f' 100000 >> run.log")
    expect(text(ada)).to_contain_text("again 100000")
    ada.page.get_by_role("button", name="First page").click()
    expect(ada.page.get_by_role("checkbox", name="Follow the end")).not_to_be_checked()
    expect(ada.page.locator(".cm-line").first).to_have_text("line 1 of the log")
    ada.run(project_id, "sed -i '1s/.*/another first line/' run.log")
    expect(ada.page.locator(".cm-line").first).to_have_text("another first line")
    expect(ada.page.get_by_text("The file has changed and is shown as it is now.")).to_be_visible()
    ada.run(project_id, "echo short > run.log")
    ada.page.get_by_role("button", name="Open to edit").click()
    expect(ada.editor("run.log")).to_contain_text("short")


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_of_a_file_read_well(person: PersonFactory, look: str) -> None:
    ada = person("Ada Lovelace", **LOOKS[look])
    project_id = ada.new_project("Large")
    ada.run(project_id, "seq -f 'line %.0f of the log' 1000000 > run.log; printf 'caf\\351\\n' >> run.log")
    open_large(ada, "run.log")
    ada.page.get_by_role("checkbox", name="Follow the end").check()
    expect(ada.page.get_by_text("Some bytes on this page are not UTF-8")).to_be_visible()
    ada.page.evaluate("() => document.fonts.ready")
    SCREENS.mkdir(parents=True, exist_ok=True)
    ada.page.screenshot(path=SCREENS / f"large-{look}.png")
    assert axe_problems(ada.page) == []
    overflow = ada.page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
