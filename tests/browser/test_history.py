"""The history of a document, in real browsers: who wrote what, what it was before, and how to get that back."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.people import Person, PersonFactory, wait_for_file, wait_until
from browser.test_page import LOOKS, SCREENS, axe_problems
from browser.test_together import text_of, two_people, type_at_end


def open_history(person: Person) -> None:
    person.page.keyboard.press("Alt+h")
    expect(slider(person.page)).to_be_focused()
    expect(text_at(person.page)).not_to_be_empty()


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Version")


def text_at(page: Page) -> Locator:
    """The text of the version that is shown."""
    return page.get_by_role("textbox", name=re.compile("in an earlier version"))


def changes(page: Page) -> Locator:
    return page.get_by_role("list", name="Changes, the newest first").locator(".burst")


def saved(person: Person) -> None:
    expect(person.page.get_by_role("status", name="Save state")).to_have_text(re.compile("Saved to disk"))


def test_two_people_see_who_wrote_what_go_back_and_restore(person: PersonFactory) -> None:
    ada, bob, _, main = two_people(person)
    type_at_end(ada, "main.py", "# from ada\n")
    expect(bob.editor("main.py")).to_contain_text("# from ada")
    type_at_end(bob, "main.py", "# from bob\n")
    expect(ada.editor("main.py")).to_contain_text("# from bob")
    saved(bob)
    page = ada.page
    ada.editor("main.py").click()
    open_history(ada)

    # Who: the people who typed together, and the disk that the file came from.
    expect(changes(page).last).to_contain_text("Changed on disk")
    expect(page.get_by_role("list", name="Changes, the newest first")).to_contain_text("Ada Lovelace")
    expect(page.get_by_role("list", name="Changes, the newest first")).to_contain_text("Bob Kahn")
    newest = slider(page).get_attribute("aria-valuetext") or ""
    assert re.match(r"version (\d+) of \1, Bob Kahn, just now", newest), newest

    # Back, a version a key, as far as the first.
    page.keyboard.press("ArrowLeft")
    expect(slider(page)).to_have_attribute("aria-valuetext", re.compile(r"version (\d+) of (?!\1\b)\d+"))
    page.keyboard.press("Home")
    expect(slider(page)).to_have_attribute("aria-valuetext", re.compile("version 1 of .*changed on disk"))
    expect(text_at(page)).not_to_contain_text("from ada")
    expect(text_at(page)).to_contain_text("def area")
    expect(page.locator("ins.history-added").filter(has_text="def area")).to_be_visible()

    # Restored for everybody, as Ada's edit; Bob's cursor and page stay as they are.
    page.get_by_role("button", name="Restore this version").click()
    expect(slider(page)).not_to_be_visible()
    expect(bob.editor("main.py")).not_to_contain_text("# from bob")
    expect(ada.editor("main.py")).not_to_contain_text("# from bob")
    wait_for_file(main, "def area(r):\n    return 3.14 * r * r\n")
    page.get_by_role("button", name="Undo").click()
    expect(bob.editor("main.py")).to_contain_text("# from bob")
    wait_until(lambda: text_of(ada.page) == text_of(bob.page))
    wait_for_file(main, text_of(bob.page))


def test_a_restored_version_is_undone_by_the_editors_key_and_stays_in_the_history(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Linear algebra")
    ada.write(project_id, "notes.md", "first\n")
    ada.open_file(project_id, "notes.md")
    type_at_end(ada, "notes.md", "second\n")
    saved(ada)
    open_history(ada)
    changes(ada.page).last.click()
    expect(text_at(ada.page)).not_to_contain_text("second")
    ada.page.get_by_role("button", name="Restore this version").click()
    expect(ada.editor("notes.md")).to_be_focused()
    expect(ada.editor("notes.md")).not_to_contain_text("second")
    ada.page.keyboard.press("Control+z")
    expect(ada.editor("notes.md")).to_contain_text("second")
    open_history(ada)
    expect(text_at(ada.page)).to_contain_text("second")
    ada.page.keyboard.press("ArrowLeft")
    expect(text_at(ada.page)).not_to_contain_text("second")
    ada.page.keyboard.press("Escape")
    expect(ada.editor("notes.md")).to_be_focused()


def test_the_history_follows_what_others_type_and_plays(person: PersonFactory) -> None:
    ada, bob, _, _ = two_people(person)
    type_at_end(ada, "main.py", "# one two three\n")
    open_history(ada)
    before = int(slider(ada.page).get_attribute("max") or 0)
    type_at_end(bob, "main.py", "# four\n")
    expect(text_at(ada.page)).to_contain_text("# four")
    wait_until(lambda: int(slider(ada.page).get_attribute("max") or 0) > before)
    ada.page.get_by_role("button", name="Play the changes").click()
    expect(text_at(ada.page)).not_to_contain_text("three")
    expect(text_at(ada.page)).to_contain_text("# four", timeout=20_000)
    expect(ada.page.get_by_role("button", name="Play the changes")).to_be_visible()


def test_a_viewer_reads_the_history_and_cannot_restore(person: PersonFactory) -> None:
    ada, bob, _, _ = two_people(person)
    type_at_end(ada, "main.py", "# more\n")
    ada.page.get_by_role("button", name="Share").click()
    dialog = ada.page.get_by_role("dialog", name="Share")
    dialog.get_by_role("button", name=re.compile("Role of Bob Kahn")).click()
    ada.page.get_by_role("option", name="Can look").click()
    bob.page.reload()
    expect(bob.editor("main.py")).to_contain_text("# more")
    open_history(bob)
    expect(changes(bob.page).first).to_contain_text("Ada Lovelace")
    expect(bob.page.get_by_role("button", name="Restore this version")).to_be_disabled()
    expect(bob.page.get_by_text("You can read this file but not change it.")).to_be_visible()


@pytest.mark.parametrize("look", LOOKS)
def test_the_history_reads_well(person: PersonFactory, look: str) -> None:
    ada = person("Ada Lovelace", **LOOKS[look])
    project_id = ada.new_project("Linear algebra")
    text = "import math\n\n\ndef area(r: float) -> float:\n    return math.pi * r**2\n"
    ada.write(project_id, "main.py", text * 8)
    ada.open_file(project_id, "main.py")
    expect(ada.editor("main.py")).to_contain_text("def area")
    type_at_end(ada, "main.py", "print(area(2))\n")
    saved(ada)
    ada.write(project_id, "main.py", (text * 8).replace("math.pi", "3.14", 1) + "print(area(2))\n# by a program\n")
    expect(ada.editor("main.py")).to_contain_text("by a program")
    ada.page.get_by_role("button", name="History", exact=True).click()
    expect(changes(ada.page)).to_have_count(3)
    expect(text_at(ada.page).locator("ins").first).to_be_visible()
    ada.page.evaluate("() => document.fonts.ready")
    SCREENS.mkdir(parents=True, exist_ok=True)
    ada.page.screenshot(path=SCREENS / f"history-{look}.png")
    assert axe_problems(ada.page) == []
    wide = ada.page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
