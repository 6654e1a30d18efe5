"""PDF: pages on demand, text that can be chosen and found, contents, links, and nothing that runs."""

import re
from typing import Any

import pytest
from playwright.sync_api import Dialog, Locator, Response, expect

from browser.people import Person, PersonFactory
from browser.test_page import LOOKS
from browser.viewers import look_at, put, visit
from support.pdf import pdf


@pytest.fixture
def ada(person: PersonFactory) -> Person:
    ada = person("Ada Lovelace")
    ada.new_project("Papers")
    return ada


def text_of_page(person: Person, number: int) -> Locator:
    return person.page.locator(f'.page[data-page-number="{number}"] .textLayer')


def page_field(person: Person) -> Locator:
    return person.page.get_by_role("textbox", name="Page", exact=True)


def test_pages_are_read_and_found(ada: Person) -> None:
    put(ada, "paper.pdf", pdf(30))
    visit(ada, "paper.pdf")
    expect(text_of_page(ada, 1)).to_contain_text("Page number 1 of the paper", timeout=30_000)
    expect(ada.page.get_by_text("of 30", exact=True)).to_be_visible()
    page_field(ada).fill("20")
    page_field(ada).press("Enter")
    expect(text_of_page(ada, 20)).to_contain_text("Page number 20")
    expect(ada.page.get_by_text("Page 20 of 30", exact=True)).to_be_visible()
    ada.page.keyboard.press("Control+f")
    field = ada.page.get_by_role("textbox", name="Find")
    expect(field).to_be_focused()
    ada.page.keyboard.type("number 27")
    ada.page.keyboard.press("Enter")
    expect(ada.page.get_by_role("status", name="Found")).to_have_text("1 of 1")
    expect(ada.page.locator(".textLayer .highlight.selected")).to_contain_text("number 27")
    field.fill("nowhere")
    expect(ada.page.get_by_role("status", name="Found")).to_have_text("Not found")
    ada.page.get_by_role("button", name="Contents").click()
    ada.page.get_by_role("button", name="The last page").click()
    expect(page_field(ada)).to_have_value("30")
    before = ada.page.get_by_role("status", name="Zoom").text_content()
    ada.page.get_by_role("button", name="Larger").click()
    expect(ada.page.get_by_role("status", name="Zoom")).not_to_have_text(before or "")


def test_nothing_in_a_pdf_runs_and_links_are_safe(ada: Person) -> None:
    put(ada, "paper.pdf", pdf(2))
    dialogs: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    ada.page.on("dialog", dismiss)
    visit(ada, "paper.pdf")
    link = ada.page.locator(".annotationLayer a").first
    expect(link).to_have_attribute("href", "https://example.org/paper", timeout=30_000)
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", re.compile("noopener noreferrer"))
    for other in ada.page.locator(".annotationLayer a").all():
        assert not (other.get_attribute("href") or "").startswith("javascript:")
    assert ada.page.evaluate("() => globalThis.owned === undefined")
    assert dialogs == []


def test_of_a_large_pdf_only_parts_are_read(ada: Person) -> None:
    large = pdf(40, filler_bytes=60_000_000)
    ada.page.goto(f"{ada.studium.url}/projects/{ada.project_id()}")
    (ada.studium.home(ada.project_id()) / "large.pdf").write_bytes(large)
    answered: list[int] = []

    def note(answer: Response) -> None:
        if "/files/" in answer.url:
            answered.append(int(answer.headers.get("content-length", "0")))

    ada.page.on("response", note)
    visit(ada, "large.pdf")
    expect(text_of_page(ada, 1)).to_contain_text("Page number 1", timeout=30_000)
    page_field(ada).fill("40")
    page_field(ada).press("Enter")
    expect(text_of_page(ada, 40)).to_contain_text("Page number 40")
    assert 0 < sum(answered) < 5_000_000


def test_a_pdf_that_is_made_anew_is_shown_at_the_same_place(ada: Person) -> None:
    put(ada, "paper.pdf", pdf(10))
    visit(ada, "paper.pdf")
    expect(text_of_page(ada, 1)).to_contain_text("Page number 1", timeout=30_000)
    page_field(ada).fill("7")
    page_field(ada).press("Enter")
    expect(text_of_page(ada, 7)).to_contain_text("Page number 7")
    put(ada, "paper.pdf", pdf(12))
    expect(ada.page.get_by_text("of 12", exact=True)).to_be_visible()
    expect(page_field(ada)).to_have_value("7")


def test_what_is_no_pdf_says_so(ada: Person) -> None:
    for name, data in {"text.pdf": b"not a PDF at all", "cut.pdf": pdf(3)[:200], "empty.pdf": b""}.items():
        put(ada, name, data)
        visit(ada, name)
        expect(ada.page.get_by_text(re.compile("cannot be read as a PDF|This file is empty"))).to_be_visible(
            timeout=30_000
        )
        expect(ada.page.get_by_role("link", name="Download")).to_be_visible()


@pytest.mark.parametrize("look", LOOKS)
def test_a_pdf_reads_well(person: PersonFactory, look: str) -> None:
    options: dict[str, Any] = LOOKS[look]
    ada = person("Ada Lovelace", **options)
    ada.new_project("Papers")
    put(ada, "paper.pdf", pdf(5))
    visit(ada, "paper.pdf")
    expect(text_of_page(ada, 1)).to_contain_text("Page number 1", timeout=30_000)
    ada.page.get_by_role("button", name="Contents").click()
    look_at(ada, "pdf", look)
