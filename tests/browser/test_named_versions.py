"""Names of versions, in real browsers: two people name, find, rename and remove them; a viewer sees them."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.people import Person, PersonFactory, share
from browser.terminals import open_terminal, pane, read_aloud, shown
from browser.test_history import changes, open_history, saved, slider, text_at
from browser.test_page import LOOKS, SCREENS, axe_problems
from browser.test_together import two_people, type_at_end


def named(page: Page) -> Locator:
    """The named versions in the list."""
    return page.locator(".named-row .burst")


def name_version(person: Person, name: str) -> None:
    """Name the version that is shown, by keys alone."""
    person.page.keyboard.press("Alt+m")
    dialog = person.page.get_by_role("dialog", name=re.compile("Name version"))
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    person.page.keyboard.type(name)
    person.page.keyboard.press("Enter")
    expect(dialog).not_to_be_visible()


def do(person: Person, name: str, act: str) -> None:
    """An act of the menu of a named version."""
    person.page.get_by_role("button", name=f"More about “{name}”").click()
    person.page.get_by_role("menuitem", name=act).click()


def test_two_people_name_versions_and_find_them_again(person: PersonFactory) -> None:
    ada, bob, _, _ = two_people(person)
    type_at_end(ada, "main.py", "# from ada\n")
    saved(ada)
    expect(bob.editor("main.py")).to_contain_text("# from ada")
    for somebody in (ada, bob):
        somebody.editor("main.py").click()
        open_history(somebody)
        expect(changes(somebody.page)).to_have_count(2)

    # Named by one, and there at once for the other, who looks at it.
    name_version(ada, "before the refactoring")
    for somebody in (ada, bob):
        expect(named(somebody.page)).to_have_count(1)
        expect(named(somebody.page)).to_contain_text("before the refactoring")
        expect(named(somebody.page)).to_contain_text("just now")
        expect(somebody.page.locator(".history-what")).to_contain_text("before the refactoring")
    expect(named(bob.page).locator("[title^='Named by']")).to_have_attribute("title", re.compile("Named by Ada Lovel"))

    # The other names an older one, and renames hers.
    changes(bob.page).last.click()
    expect(text_at(bob.page)).not_to_contain_text("# from ada")
    bob.page.get_by_role("button", name="Name this version").click()
    bob.page.keyboard.type("as handed out")
    bob.page.get_by_role("button", name="Name version", exact=True).click()
    expect(named(ada.page)).to_have_count(2)
    expect(named(ada.page).last).to_contain_text("as handed out")
    do(bob, "before the refactoring", "Rename")
    dialog = bob.page.get_by_role("dialog", name="Rename “before the refactoring”")
    expect(dialog.get_by_label("Name", exact=True)).to_have_value("before the refactoring")
    dialog.get_by_label("Name", exact=True).fill("after the refactoring")
    dialog.get_by_role("button", name="Rename").click()
    expect(bob.page.locator(".history :focus")).to_have_count(1)
    expect(named(ada.page).first).to_contain_text("after the refactoring")

    # Only those: more was typed since, and the list holds them alone, in whatever part of the history they are.
    type_after_history(bob)
    page = ada.page
    expect(changes(page).first).to_contain_text("Bob Kahn")
    page.get_by_text("Only named versions").click()
    only = page.get_by_role("list", name="Named versions, the newest first")
    expect(only.get_by_role("listitem")).to_have_count(2)
    expect(only.locator(".burst").first).to_contain_text("after the refactoring")
    only.locator(".burst").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(only.locator(".burst").last).to_have_attribute("aria-current", "true")
    expect(slider(page)).to_have_attribute("aria-valuetext", re.compile("version 1 of"))
    expect(text_at(page)).not_to_contain_text("# from ada")
    do(ada, "after the refactoring", "Compare with this version")
    expect(page.locator(".history-key, .history-changes").first).to_contain_text("only in version")

    # Removed, and brought back, for both.
    open_history(bob)
    do(ada, "as handed out", "Remove this name")
    expect(only.get_by_role("listitem")).to_have_count(1)
    expect(named(bob.page)).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(only.get_by_role("listitem")).to_have_count(2)
    expect(named(bob.page)).to_have_count(2)


def type_after_history(person: Person) -> None:
    """Close the history and type."""
    person.page.keyboard.press("Escape")
    expect(slider(person.page)).not_to_be_visible()
    type_at_end(person, "main.py", "# later\n")
    saved(person)


def test_a_name_that_cannot_be_is_said_and_escape_goes_back(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Linear algebra")
    ada.write(project_id, "notes.md", "first\n")
    ada.open_file(project_id, "notes.md")
    type_at_end(ada, "notes.md", "second\n")
    saved(ada)
    open_history(ada)
    name_version(ada, "draft")
    expect(ada.page.get_by_text(re.compile(r"Version \d+ is named “draft”\."))).to_be_visible()
    ada.page.keyboard.press("Alt+m")
    dialog = ada.page.get_by_role("dialog", name=re.compile("Name version"))
    name, button = dialog.get_by_label("Name", exact=True), dialog.get_by_role("button", name="Name version")
    expect(button).to_be_disabled()
    name.fill("x" * 103)
    expect(dialog.get_by_text("100 characters at most: 3 too many.")).to_be_visible()
    expect(button).to_be_disabled()
    name.fill(" draft ")
    button.click()
    expect(dialog.get_by_text(re.compile(r"“draft” is the name of version \d+ already\."))).to_be_visible()
    ada.page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    expect(slider(ada.page)).to_be_visible()
    expect(named(ada.page)).to_have_count(1)


def test_a_viewer_sees_names_and_changes_none(person: PersonFactory) -> None:
    ada, bob, _, _ = two_people(person)
    type_at_end(ada, "main.py", "# more\n")
    saved(ada)
    ada.page.get_by_role("button", name="Share").click()
    dialog = ada.page.get_by_role("dialog", name="Share")
    dialog.get_by_role("button", name=re.compile("Role of Bob Kahn")).click()
    ada.page.get_by_role("option", name="Can look").click()
    ada.page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    ada.editor("main.py").click()
    open_history(ada)
    name_version(ada, "draft")
    bob.page.reload()
    expect(bob.editor("main.py")).to_contain_text("# more")
    open_history(bob)
    expect(named(bob.page)).to_have_count(1)
    expect(bob.page.get_by_role("button", name="Name this version")).to_have_count(0)
    bob.page.get_by_role("button", name="More about “draft”").click()
    expect(bob.page.get_by_role("menuitem", name="Compare with this version")).to_be_visible()
    expect(bob.page.get_by_role("menuitem")).to_have_count(1)
    bob.page.keyboard.press("Escape")
    bob.page.keyboard.press("Alt+m")
    name_version(ada, "final")  # also a viewer is told at once
    expect(named(bob.page)).to_have_count(2)
    expect(bob.page.get_by_role("dialog")).to_have_count(0)


def test_what_a_snapshot_named_in_a_terminal_is_in_the_history(person: PersonFactory) -> None:
    ada, bob, project_id, _ = two_people(person)
    type_at_end(ada, "main.py", "# typed\n")
    open_history(ada)
    ada.write(project_id, "terminal.term", "")
    read_aloud(bob)
    open_terminal(bob, project_id)
    pane(bob).click()
    bob.page.keyboard.type("studium snapshot 'before the sed'\n")
    expect(shown(bob)).to_contain_text("Named “before the sed” in 1 file: main.py")
    expect(named(ada.page)).to_have_count(1)
    expect(named(ada.page)).to_contain_text("before the sed")
    expect(named(ada.page).locator("[title^='Named by Bob Kahn']")).to_have_count(1)


@pytest.mark.parametrize("look", LOOKS)
def test_named_versions_read_well(person: PersonFactory, look: str) -> None:
    ada = person("Ada Lovelace", **LOOKS[look])
    bob = person("Bob Kahn")
    project_id = ada.new_project("Linear algebra")
    share(ada, bob)
    text = "import math\n\n\ndef area(r: float) -> float:\n    return math.pi * r**2\n"
    ada.write(project_id, "main.py", text * 8)
    ada.open_file(project_id, "main.py")
    expect(ada.editor("main.py")).to_contain_text("def area")
    type_at_end(ada, "main.py", "print(area(2))\n")
    saved(ada)
    page = ada.page
    page.get_by_role("button", name="History", exact=True).click()
    expect(changes(page)).to_have_count(2)
    history = ada.request("GET", f"/projects/{project_id}/history/main.py?versions=named").json()["history_id"]
    for who, version, name in (
        (ada, 1, "As handed out"),
        (ada, 9, "Before the refactoring of all that computes an area, which took us longer than we thought it would"),
        (bob, 9, "v1.0"),
    ):
        act = {"type": "name", "history_id": history, "version": version, "name": name}
        who.request("POST", f"/projects/{project_id}/named-versions", data=act)
    expect(named(page)).to_have_count(3)
    SCREENS.mkdir(parents=True, exist_ok=True)

    def check(name: str) -> None:
        page.evaluate("() => document.fonts.ready")
        page.mouse.move(0, 0)
        page.screenshot(path=SCREENS / f"{name}-{look}.png")
        assert axe_problems(page) == []
        wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0

    named(page).first.click()
    expect(page.locator(".history-what")).to_contain_text("v1.0")
    check("history-named")
    page.get_by_text("Only named versions").click()
    expect(page.get_by_role("list", name="Named versions, the newest first").get_by_role("listitem")).to_have_count(3)
    page.get_by_role("button", name="More about “v1.0”").click()
    expect(page.get_by_role("menuitem", name="Remove this name")).to_be_visible()
    page.wait_for_timeout(200)  # the menu's fade: contrast is measured at rest
    check("history-only-named")
    page.get_by_role("menuitem", name="Rename").click()
    dialog = page.get_by_role("dialog", name="Rename “v1.0”")
    dialog.get_by_label("Name", exact=True).fill("v1.0 " + "x" * 120)
    expect(dialog.get_by_text("characters at most")).to_be_visible()
    page.wait_for_timeout(200)
    check("history-name")
    page.get_by_role("button", name="Cancel").click()
    for name in ("As handed out", "v1.0"):
        do(ada, name, "Remove this name")
    expect(named(page)).to_have_count(1)
    named(page).click()
    expect(page.locator(".history-what")).to_contain_text("Before the refactoring")
    check("history-named-long")

    # By the menu, which is the way on a phone; the focus comes back into the history.
    page.get_by_role("button", name="More about this history").click()
    page.get_by_role("menuitem", name="Name this version").click()
    dialog = page.get_by_role("dialog", name="Name version 9")
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    expect(page.locator(".history :focus")).to_have_count(1)
