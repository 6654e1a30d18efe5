"""The history of a document, in real browsers: who wrote what, what it was before, and how to get that back."""

import re
from pathlib import Path

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
    return page.get_by_role("slider", name="Version", exact=True)


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
    expect(bob.page.get_by_role("button", name="Next difference")).to_be_enabled()
    expect(bob.page.get_by_role("button", name="Restore this part")).to_have_count(0)
    expect(bob.page.locator(".history-part")).to_have_count(0)
    bob.page.keyboard.press("Alt+r")
    ada.page.keyboard.press("Escape")
    ada.files().get_by_role("row", name="main.py").focus()
    ada.page.keyboard.press("Delete")
    expect(ada.page.get_by_text("is in the trash")).to_be_visible()
    bob.page.goto(f"{bob.page.url.split('/edit')[0]}?deleted")
    expect(bob.page.get_by_role("link", name="History of main.py")).to_be_visible()
    expect(bob.page.get_by_role("button", name=re.compile("Bring back"))).to_have_count(0)


def path_of(page: Page) -> str:
    """The address without its host."""
    return "/" + page.url.split("/", 3)[3]


def two_changes(person: PersonFactory) -> tuple[Person, Person, str, Path]:
    """Two people in ``main.py``, where Ada types a last line; then a program changes the first line and the ninth."""
    ada, bob, project_id, main = two_people(person)
    ada.write(project_id, "main.py", "".join(f"line {number}\n" for number in range(1, 10)))
    expect(ada.editor("main.py")).to_contain_text("line 9")
    type_at_end(ada, "main.py", "# ada\n")
    saved(ada)
    text = main.read_text().replace("line 1", "line one").replace("line 9", "line nine")
    ada.write(project_id, "main.py", text)
    for somebody in (ada, bob):
        expect(somebody.editor("main.py")).to_contain_text("line nine")
    return ada, bob, project_id, main


def test_a_version_is_a_place_with_a_url(person: PersonFactory) -> None:
    ada, bob, project_id, _ = two_changes(person)
    page = ada.page
    place = f"/projects/{project_id}/edit/main.py"
    open_history(ada)
    assert path_of(page) == f"{place}?version=latest"
    changes(page).last.click()
    page.wait_for_url("**/main.py?version=2")
    expect(text_at(page)).to_contain_text("line 9")
    page.go_back()
    expect(text_at(page)).to_contain_text("nine")
    page.go_forward()
    expect(text_at(page)).to_contain_text("line 9")
    # A slider passes many places; the last one is in the address, and Back does not go through them all.
    slider(page).focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    newest = int(slider(page).get_attribute("max") or 0)
    page.wait_for_url(f"**/main.py?version={newest - 2}")
    expect(slider(page)).to_have_attribute("aria-valuetext", re.compile(f"version {newest - 2} of {newest}"))
    page.go_back()
    expect(text_at(page)).to_contain_text("nine")
    page.go_back()
    expect(ada.editor("main.py")).to_be_focused()
    assert path_of(page) == place

    # The link of one person is the place of another.
    bob.page.goto(f"{ada.studium.url}{place}?version=1&compare=now")
    expect(text_at(bob.page)).to_contain_text("def area")
    expect(bob.page.get_by_role("button", name=re.compile("Compared with now"))).to_be_visible()
    bob.page.reload()
    expect(text_at(bob.page)).to_contain_text("def area")
    bob.context.grant_permissions(["clipboard-read", "clipboard-write"])
    bob.page.get_by_role("button", name="More about this history").click()
    bob.page.get_by_role("menuitem", name="Copy link to this version").click()
    expect(bob.page.get_by_text("The link is copied.")).to_be_visible()
    assert bob.page.evaluate("() => navigator.clipboard.readText()") == bob.page.url
    bob.page.get_by_role("button", name="Close the history").click()
    expect(bob.editor("main.py")).to_be_visible()
    assert path_of(bob.page) == place


def test_a_deleted_file_is_read_and_brought_back(person: PersonFactory) -> None:
    ada, bob, _, main = two_people(person)
    type_at_end(ada, "main.py", "# kept\n")
    expect(bob.editor("main.py")).to_contain_text("# kept")
    saved(ada)
    text = main.read_text()
    ada.files().get_by_role("row", name="main.py").click(button="right")
    ada.page.get_by_role("menuitem", name="Move to trash").click()
    expect(ada.files().get_by_role("row", name="main.py")).not_to_be_visible()
    page = ada.page
    page.get_by_role("button", name="More about files").click()
    page.get_by_role("menuitem", name="History of deleted files").click()
    gone = page.get_by_role("list", name="Deleted files, the last one first")
    expect(gone.get_by_role("listitem")).to_have_count(1)
    gone.get_by_role("link", name="History of main.py").click()
    expect(text_at(page)).to_contain_text("# kept")
    changes(page).last.click()
    expect(text_at(page)).not_to_contain_text("# kept")
    expect(page.get_by_role("button", name="Restore this part")).to_have_count(0)
    page.reload()
    expect(text_at(page)).not_to_contain_text("# kept")
    page.get_by_role("button", name="Close the history").click()
    page.get_by_role("button", name="Bring back main.py").click()
    expect(ada.editor("main.py")).to_contain_text("# kept")
    wait_for_file(main, text)


def test_a_deleted_file_comes_back_beside_one_that_has_its_name(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Linear algebra")
    ada.write(project_id, "notes.md", "old\n")
    ada.open_file(project_id, "notes.md")
    type_at_end(ada, "notes.md", "words\n")
    saved(ada)
    page = ada.page
    page.goto(f"{ada.studium.url}/projects/{project_id}?deleted")
    expect(page.get_by_text("No deleted files")).to_be_visible()
    page.go_back()
    expect(ada.editor("notes.md")).to_be_focused()  # which it takes when it is shown again
    ada.files().get_by_role("row", name="notes.md").focus()
    page.keyboard.press("Delete")
    expect(page.get_by_text("is in the trash")).to_be_visible()
    page.keyboard.press("F1")
    page.keyboard.type(">deleted")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="History of notes.md").click()
    expect(text_at(page)).to_contain_text("words")
    ada.write(project_id, "notes.md", "another\n")
    page.get_by_role("button", name="Bring back this version").click()
    dialog = page.get_by_role("dialog", name="This name is taken")
    name = dialog.get_by_label("Name of the file")
    expect(name).to_have_value("notes (2).md")
    name.fill("notes/kept.md")
    page.keyboard.press("Enter")
    expect(ada.editor("kept.md")).to_contain_text("words")
    wait_for_file(ada.studium.home(project_id) / "notes" / "kept.md", "old\nwords\n")


def test_the_history_is_downloaded_as_a_git_repository(person: PersonFactory) -> None:
    ada, _, _, _ = two_changes(person)
    open_history(ada)
    ada.page.get_by_role("button", name="More about this history").click()
    with ada.page.expect_download() as download:
        ada.page.get_by_role("menuitem", name="Download history as a git repository").click()
    assert download.value.suggested_filename.startswith("main.py")
    assert download.value.path().stat().st_size > 100


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
    SCREENS.mkdir(parents=True, exist_ok=True)
    page = ada.page

    def check(name: str) -> None:
        page.evaluate("() => document.fonts.ready")
        page.screenshot(path=SCREENS / f"{name}-{look}.png")
        assert axe_problems(page) == []
        wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0

    check("history")
    page.get_by_role("button", name="Who wrote each line").click()
    expect(page.locator(".blame-run.first").first).to_be_visible()
    page.get_by_role("button", name="Compare with version 1", exact=True).click()
    expect(page.get_by_role("slider", name="Compared with version")).to_be_visible()
    text_at(page).click(position={"x": 200, "y": 60})
    expect(page.locator(".history-line")).to_be_visible()
    page.mouse.move(0, 0)
    check("history-blame")
    page.get_by_role("button", name="More about this history").click()
    expect(page.get_by_role("menuitem", name="Copy link to this version")).to_be_visible()
    page.wait_for_timeout(200)  # the menu's fade: contrast is measured at rest
    check("history-menu")
    page.keyboard.press("Escape")
    ada.run(project_id, "mkdir -p lectures && rm main.py")
    page.goto(f"{ada.studium.url}/projects/{project_id}?deleted")
    expect(page.get_by_role("link", name="History of main.py")).to_be_visible()
    check("deleted-files")
