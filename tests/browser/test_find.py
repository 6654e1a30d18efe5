"""Find in files, replace and quick open, where a person clicks and types."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.people import Person, PersonFactory, make_viewer, share, wait_for_file, wait_until

PLACE = r"Ln {line}, Col {column} \({selected} selected\)"


def panel(page: Page) -> Locator:
    return page.get_by_label("Find panel")


def field(page: Page) -> Locator:
    return panel(page).get_by_role("textbox", name="Find in files")


def results(page: Page) -> Locator:
    return panel(page).get_by_role("tree", name="Results")


def result(page: Page, name: str | re.Pattern[str]) -> Locator:
    return results(page).get_by_role("treeitem", name=name)


def said(page: Page) -> Locator:
    return panel(page).get_by_role("status")


def place(page: Page, line: int, column: int, selected: int) -> None:
    """Where the cursor of the editor is."""
    expect(page.get_by_role("contentinfo")).to_contain_text(
        re.compile(PLACE.format(line=line, column=column, selected=selected))
    )


@pytest.fixture
def ada(person: PersonFactory) -> Person:
    ada = person("Ada Lovelace")
    project = ada.new_project("Engine")
    ada.write(project, "a.py", "first\nvalue = 1\nprint(value)\n")
    ada.run(project, "mkdir -p notes && printf 'A Value.\\nvaluable\\n' > 'notes/deep notes.md'")
    return ada


def test_find_and_go_to_the_place(ada: Person) -> None:
    page = ada.page
    page.keyboard.press("Control+Shift+F")
    expect(field(page)).to_be_focused()
    field(page).fill("value")
    expect(said(page)).to_have_text("3 results in 2 files")
    expect(result(page, "a.py 2")).to_be_visible()
    field(page).press("Alt+c")
    expect(said(page)).to_have_text("2 results in 1 file")
    field(page).press("Alt+c")
    field(page).fill("valu.*")
    expect(said(page)).to_have_text("Nothing found.")
    field(page).press("Alt+r")
    expect(said(page)).to_have_text("4 results in 2 files")
    field(page).fill("(")
    expect(said(page)).to_contain_text("unclosed group")
    field(page).press("Alt+r")
    field(page).fill("value")
    field(page).press("Alt+w")
    expect(said(page)).to_have_text("3 results in 2 files")
    # From the keys alone: into the list, to the match, and on with F4.
    field(page).press("ArrowDown")
    expect(result(page, "a.py 2")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    place(page, 2, 6, 5)
    expect(ada.editor("a.py")).to_be_focused()
    page.keyboard.press("F4")
    place(page, 3, 12, 5)
    page.keyboard.press("F4")
    place(page, 1, 8, 5)
    expect(ada.editor("deep notes.md")).to_be_focused()
    page.keyboard.press("Shift+F4")
    place(page, 3, 12, 5)
    # The same place once more, although the address does not change.
    page.keyboard.press("Home")
    result(page, "3 print(value)").click()
    place(page, 3, 12, 5)


def test_names_choose_files_and_lines_around_show(ada: Person) -> None:
    page = ada.page
    page.get_by_role("button", name="Find in files").click()
    field(page).fill("value")
    expect(said(page)).to_have_text("3 results in 2 files")
    panel(page).get_by_role("button", name="Choose files by name").click()
    panel(page).get_by_role("textbox", name="Only in").fill("*.md, other")
    expect(said(page)).to_have_text("1 result in 1 file")
    panel(page).get_by_role("textbox", name="Not in").fill("notes")
    expect(said(page)).to_have_text("Nothing found.")
    panel(page).get_by_role("textbox", name="Not in").fill("")
    panel(page).get_by_role("textbox", name="Only in").fill("")
    field(page).fill("first")
    panel(page).get_by_role("button", name="Show lines around").click()
    expect(results(page).get_by_text("value = 1")).to_be_visible()


def test_what_changes_is_marked(ada: Person) -> None:
    page = ada.page
    page.keyboard.press("Control+Shift+F")
    field(page).fill("value")
    expect(said(page)).to_have_text("3 results in 2 files")
    ada.run(ada.project_id(), "echo value >> a.py")
    expect(result(page, "a.py 2, changed since")).to_be_visible()
    panel(page).get_by_role("button", name="Search again").last.click()
    expect(said(page)).to_have_text("4 results in 2 files")
    expect(result(page, "a.py 3")).to_be_visible()


def test_replace_with_a_preview_and_undo(ada: Person) -> None:
    page, home = ada.page, ada.studium.home(ada.project_id())
    page.keyboard.press("Control+Shift+H")
    field(page).fill("(valu)e")
    field(page).press("Alt+r")
    panel(page).get_by_role("textbox", name="Replace with").fill("$1ation")
    row = result(page, re.compile("^2 "))
    expect(row.locator("del")).to_have_text("value")
    expect(row.locator("ins")).to_have_text("valuation")
    row.hover()
    row.locator("[aria-label='Replace this one']").click()
    wait_for_file(home / "a.py", "first\nvaluation = 1\nprint(value)\n")
    page.get_by_role("button", name="Undo").click()
    wait_for_file(home / "a.py", "first\nvalue = 1\nprint(value)\n")
    expect(said(page)).to_have_text("3 results in 2 files")
    # All of a file, and all of them, by keys.
    field(page).press("ArrowDown")
    page.keyboard.press("Home")
    expect(result(page, "a.py 2")).to_be_focused()
    page.keyboard.press("Control+Enter")
    wait_for_file(home / "a.py", "first\nvaluation = 1\nprint(valuation)\n")
    expect(said(page)).to_have_text("1 result in 1 file")
    field(page).press("Control+Alt+Enter")
    wait_for_file(home / "notes/deep notes.md", "A Valuation.\nvaluable\n")
    expect(page.get_by_text("Replaced 1 in 1 file")).to_be_visible()
    expect(said(page)).to_have_text("Nothing found.")


def test_a_replace_comes_to_others_as_an_edit(ada: Person, person: PersonFactory) -> None:
    bob = person("Bob Kahn")
    project = ada.project_id()
    share(ada, bob)
    bob.open_file(project, "a.py")
    bob.editor("a.py").click()
    bob.page.keyboard.press("Control+End")
    ada.page.keyboard.press("Control+Shift+H")
    field(ada.page).fill("value")
    panel(ada.page).get_by_role("textbox", name="Replace with").fill("amount")
    expect(said(ada.page)).to_have_text("3 results in 2 files")
    bob.page.keyboard.type("# bob types on")
    panel(ada.page).get_by_role("button", name="Replace all", exact=True).click()
    bob.page.keyboard.type(" and on")
    expect(bob.editor("a.py")).to_contain_text("print(amount)")
    expect(bob.editor("a.py")).to_contain_text("# bob types on and on")
    home = ada.studium.home(project)
    wait_for_file(home / "a.py", "first\namount = 1\nprint(amount)\n# bob types on and on")
    wait_for_file(home / "notes/deep notes.md", "A amount.\nvaluable\n")
    # And it is taken back, with what was typed since.
    ada.page.get_by_role("button", name="Undo").click()
    bob.page.keyboard.type("!")
    wait_for_file(home / "a.py", "first\nvalue = 1\nprint(value)\n# bob types on and on!")
    wait_for_file(home / "notes/deep notes.md", "A Value.\nvaluable\n")


def test_a_viewer_finds_and_does_not_replace(ada: Person, person: PersonFactory) -> None:
    vic = person("Vic Viewer")
    project = ada.project_id()
    make_viewer(ada, vic, project)
    vic.page.goto(f"{ada.studium.url}/projects/{project}")
    expect(vic.files()).to_be_visible(timeout=20_000)
    vic.page.keyboard.press("Control+Shift+F")
    field(vic.page).fill("value")
    expect(said(vic.page)).to_have_text("3 results in 2 files")
    expect(panel(vic.page).get_by_role("button", name=re.compile("Replace"))).to_have_count(0)


def palette(page: Page, text: str) -> Locator:
    page.keyboard.press("Control+p")
    box = page.get_by_role("combobox", name="Search or run a command")
    box.fill(text)
    return box


def test_quick_open_knows_every_path(ada: Person) -> None:
    page, project = ada.page, ada.project_id()
    ada.run(project, "mkdir -p a/b/c/d/e/f/g/h/i && printf '1\\n2\\n3\\n4\\n' > a/b/c/d/e/f/g/h/i/veryDeepFile.txt")
    box = palette(page, "vdf")
    expect(page.get_by_role("option").first).to_contain_text("veryDeepFile.txt")
    box.fill("veryd:3")
    expect(page.get_by_role("option").first).to_contain_text("line 3")
    box.press("Enter")
    expect(ada.editor("veryDeepFile.txt")).to_be_focused()
    expect(page.get_by_role("contentinfo")).to_contain_text("Ln 3, Col 1")
    # To a line of this file, from the editor.
    page.keyboard.press("Control+g")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("contentinfo")).to_contain_text("Ln 2, Col 1")
    expect(ada.editor("veryDeepFile.txt")).to_be_focused()
    # What was used comes first.
    palette(page, "a.py").press("Enter")
    expect(ada.editor("a.py")).to_be_focused()
    palette(page, "")
    expect(page.get_by_role("option").first).to_contain_text("veryDeepFile.txt")
    # What came since is found too.
    page.keyboard.press("Escape")
    ada.run(project, "touch a/b/c/brandNew.txt")

    def found() -> bool:
        palette(page, "brandnew")
        shown = page.get_by_role("option").filter(has_text="brandNew.txt").count() > 0
        page.keyboard.press("Escape")
        return shown

    wait_until(found)


def test_on_a_phone(ada: Person) -> None:
    page = ada.page
    page.set_viewport_size({"width": 390, "height": 780})
    page.get_by_role("button", name="Find in files").click()
    field(page).fill("value")
    expect(said(page)).to_have_text("3 results in 2 files")
    result(page, "2 value = 1").click()
    place(page, 2, 6, 5)
    page.get_by_role("button", name="Find in files").click()
    expect(result(page, "2 value = 1")).to_be_visible()
