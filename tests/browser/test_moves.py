"""Files that are renamed while people have them open, are away, or come by an old link."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from browser.people import Person, PersonFactory, share, wait_for_file, wait_until


def two_people(person: PersonFactory, path: str) -> tuple[Person, Person, str, Path]:
    """Ada's project, shared with Bob, with a file open in both browsers; and its home."""
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    project_id = ada.new_project("Renames")
    share(ada, bob)
    ada.run(project_id, f"mkdir -p $(dirname {path}) && echo first > {path}")
    for somebody in (ada, bob):
        somebody.open_file(project_id, path)
        expect(somebody.editor(path)).to_contain_text("first")
    return ada, bob, project_id, ada.studium.home(project_id)


def rename(somebody: Person, old: str, new: str) -> None:
    """With the file tree, as a person does it; of files in the home itself."""
    somebody.files().get_by_role("row", name=old).click(button="right")
    somebody.page.get_by_role("menuitem", name="Rename").click()
    somebody.page.keyboard.press("Control+a")
    somebody.page.keyboard.type(new)
    somebody.page.keyboard.press("Enter")
    expect(somebody.files().get_by_role("row", name=new)).to_be_visible()


def type_at_end(somebody: Person, path: str, text: str) -> None:
    somebody.editor(path).click()
    somebody.page.keyboard.press("Control+End")
    somebody.page.keyboard.type(text, delay=8)


def expect_at(somebody: Person, path: str, old: str) -> None:
    """The tab, the address and the editor are those of ``path``."""
    name, old_name = (each.rpartition("/")[2] for each in (path, old))
    expect(somebody.page.get_by_role("tab", name=name)).to_be_visible(timeout=20_000)
    somebody.page.wait_for_url(re.compile(f"/edit/{path}$"))
    expect(somebody.editor(path)).to_be_visible()
    if name != old_name:
        expect(somebody.page.get_by_role("tab", name=old_name)).not_to_be_visible()


def test_a_file_renamed_while_somebody_is_offline(person: PersonFactory) -> None:
    ada, bob, _, home = two_people(person, "draft.txt")
    bob.context.set_offline(True)
    type_at_end(bob, "draft.txt", "typed offline")
    expect(bob.save_state()).to_contain_text("waiting")
    rename(ada, "draft.txt", "final.txt")
    expect_at(ada, "final.txt", "draft.txt")
    type_at_end(ada, "final.txt", "typed meanwhile ")
    bob.context.set_offline(False)
    expect_at(bob, "final.txt", "draft.txt")
    for somebody in (ada, bob):
        expect(somebody.editor("final.txt")).to_contain_text("typed offline", timeout=20_000)
        expect(somebody.editor("final.txt")).to_contain_text("typed meanwhile")
        expect(somebody.save_state()).to_have_text("Saved to disk")
    text = (home / "final.txt").read_text()
    assert [text.count(words) for words in ("first", "typed offline", "typed meanwhile")] == [1, 1, 1]
    assert not (home / "draft.txt").exists()


@pytest.mark.parametrize("at_the_old_name", ["nothing", "another file"])
@pytest.mark.parametrize("opened", ["draft.txt", "final.txt"])
def test_edits_kept_by_a_closed_tab_reach_the_renamed_file(
    person: PersonFactory, at_the_old_name: str, opened: str
) -> None:
    ada, bob, project_id, home = two_people(person, "draft.txt")
    bob.context.set_offline(True)
    type_at_end(bob, "draft.txt", "kept in the browser")
    expect(bob.save_state()).to_contain_text("waiting")
    bob.page.close()
    rename(ada, "draft.txt", "final.txt")
    if at_the_old_name == "another file":
        ada.run(project_id, "echo something else > draft.txt")
    bob.context.set_offline(False)
    bob.page = bob.context.new_page()
    bob.page.goto(f"{bob.studium.url}/projects/{project_id}/edit/{opened}")
    # His list of tabs is as old as he left it: a tab that is not shown keeps its name until he goes to it.
    expect_at(bob, "final.txt", "draft.txt" if opened == "draft.txt" else "final.txt")
    for somebody in (ada, bob):
        expect(somebody.editor("final.txt")).to_contain_text("kept in the browser", timeout=20_000)
    wait_for_file(home / "final.txt", "first\nkept in the browser")
    if at_the_old_name == "another file":
        assert (home / "draft.txt").read_text() == "something else\n"
        return
    if opened == "final.txt":
        expect(bob.save_state()).to_have_text("Saved to disk")
        bob.page.get_by_role("tab", name="draft.txt").click()
        expect_at(bob, "final.txt", "draft.txt")
        expect(bob.editor("final.txt")).to_contain_text("kept in the browser")
    assert not (home / "draft.txt").exists()


def test_an_old_link_leads_to_where_the_file_is(person: PersonFactory) -> None:
    ada, bob, project_id, home = two_people(person, "draft.txt")
    bob.page.goto(f"{bob.studium.url}/")
    rename(ada, "draft.txt", "final.txt")
    expect_at(ada, "final.txt", "draft.txt")
    bob.page.goto(f"{bob.studium.url}/projects/{project_id}/edit/draft.txt")
    expect_at(bob, "final.txt", "draft.txt")
    expect(bob.page.get_by_text("“draft.txt” is called “final.txt” now.")).to_be_visible()
    type_at_end(bob, "final.txt", "by the old link")
    expect(ada.editor("final.txt")).to_contain_text("by the old link")
    wait_for_file(home / "final.txt", "first\nby the old link")
    assert not (home / "draft.txt").exists()
    # A new file of the old name is one of its own.
    bob.page.get_by_role("button", name="New file").click()
    bob.page.keyboard.type("draft.txt")
    bob.page.keyboard.press("Enter")
    expect(bob.editor("draft.txt")).to_be_visible()
    type_at_end(bob, "draft.txt", "a new one")
    wait_for_file(home / "draft.txt", "a new one")
    expect(bob.page.get_by_role("tab", name="final.txt")).to_be_visible()


@pytest.mark.parametrize(
    ("command", "to"), [("mv lib/main.py lib/other.py", "lib/other.py"), ("mv lib tools", "tools/main.py")]
)
def test_a_rename_in_a_shell_is_followed(person: PersonFactory, command: str, to: str) -> None:
    ada, bob, project_id, home = two_people(person, "lib/main.py")
    type_at_end(bob, "lib/main.py", "# before ")
    ada.run(project_id, command)
    bob.page.keyboard.type("# and after")
    for somebody in (ada, bob):
        expect_at(somebody, to, "lib/main.py")
    expect(bob.editor(to)).to_contain_text("# before # and after")
    expect(ada.editor(to)).to_contain_text("# before # and after")
    wait_for_file(home / to, "first\n# before # and after")
    assert not (home / "lib/main.py").exists()


def test_programs_that_save_by_renaming_leave_the_tab_where_it_is(person: PersonFactory) -> None:
    ada, bob, project_id, home = two_people(person, "main.py")
    ada.run(project_id, "mv main.py main.py~ && printf 'first\\nsecond\\n' > main.py")
    for somebody in (ada, bob):
        expect(somebody.editor("main.py")).to_contain_text("second")
    type_at_end(bob, "main.py", "third")
    wait_until(lambda: (home / "main.py").read_text() == "first\nsecond\nthird")
    expect(ada.page.get_by_role("tab", name=re.compile("main.py$"))).to_be_visible()
    assert (home / "main.py~").read_text() == "first\n"
