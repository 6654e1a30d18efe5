"""Text that a lost right or a file that cannot be read would take away elsewhere: it stays, and the page says where."""

import re

import pytest
from playwright.sync_api import expect

from browser.people import Person, PersonFactory, wait_for_file, wait_until
from browser.test_never_lose import SAVED, WAITING, all_saved, once
from browser.test_together import text_of, two_people, type_at_end

# Rights ----------------------------------------------------------------------------------------------------------


def copied(person: Person) -> str:
    """What the button copies."""
    person.context.grant_permissions(["clipboard-read", "clipboard-write"])
    person.page.get_by_role("button", name=re.compile("^Copy my unsaved text")).click()
    expect(person.page.get_by_text("Your unsaved text is copied.")).to_be_visible()
    return str(person.page.evaluate("() => navigator.clipboard.readText()"))


def remove(owner: Person, other: Person) -> None:
    owner.page.get_by_role("button", name="Share").click()
    dialog = owner.page.get_by_role("dialog", name="Share")
    dialog.get_by_role("button", name=re.compile(f"Remove {other.name}")).click()


def test_who_is_removed_while_typing_is_told_and_can_copy_what_was_not_saved(person: PersonFactory) -> None:
    ada, bob, _, main = two_people(person)
    bob.context.set_offline(True)
    type_at_end(bob, "main.py", "# too late, said bob\n")
    expect(bob.save_state()).to_have_text(WAITING)
    remove(ada, bob)
    bob.context.set_offline(False)
    expect(bob.page.get_by_role("heading", name="You are no longer in this project")).to_be_visible(timeout=20_000)
    assert copied(bob) == "# too late, said bob\n"
    bob.page.reload()  # and it stays in the browser
    expect(bob.page.get_by_role("heading", name="You are not in this project")).to_be_visible()
    assert copied(bob) == "# too late, said bob\n"
    assert "too late" not in main.read_text()
    assert "too late" not in text_of(ada.page)


def test_who_becomes_a_viewer_while_typing_is_told_and_can_copy_what_was_not_saved(person: PersonFactory) -> None:
    ada, bob, project_id, main = two_people(person)
    bob.context.set_offline(True)
    type_at_end(bob, "main.py", "# too late, said bob\n")
    expect(bob.save_state()).to_have_text(WAITING)
    people = ada.query({"collaborators": [{"project_id": project_id, "account_id": None, "role": None}]})
    account_id = next(row["account_id"] for row in people["collaborators"] if row["role"] != "owner")
    role = {"project_id": project_id, "account_id": account_id}
    ada.query({"collaborators": {**role, "role": "viewer"}})
    bob.context.set_offline(False)
    expect(bob.save_state()).to_have_text(re.compile("Read only; .* of yours came too late"), timeout=20_000)
    assert copied(bob) == "# too late, said bob\n"
    bob.page.reload()
    expect(bob.page.get_by_text(re.compile("came too late and is only in this browser"))).to_be_visible(timeout=20_000)
    assert copied(bob) == "# too late, said bob\n"
    assert "too late" not in main.read_text()
    ada.query({"collaborators": {**role, "role": "collaborator"}})
    expect(bob.save_state()).to_have_text(SAVED, timeout=20_000)
    wait_until(lambda: "too late" in main.read_text())
    once(main.read_text(), "# too late, said bob")


# The file --------------------------------------------------------------------------------------------------------


def test_nothing_is_lost_when_two_people_save_at_once(person: PersonFactory) -> None:
    ada, bob, _, main = two_people(person)
    for number in range(5):
        type_at_end(ada, "main.py", f"# a{number}\n")
        type_at_end(bob, "main.py", f"# b{number}\n")
        ada.page.keyboard.press("Control+s")
        bob.page.keyboard.press("Control+s")
    all_saved(ada, bob)
    once(main.read_text(), *(f"# {who}{number}\n" for who in "ab" for number in range(5)))


@pytest.mark.parametrize("becomes", ["folder", "binary"])
def test_a_file_that_cannot_be_read_empties_no_document(person: PersonFactory, becomes: str) -> None:
    ada, bob, project_id, main = two_people(person)
    ada.run(project_id, {"folder": "rm main.py; mkdir main.py", "binary": "printf '\\0\\1' > main.py"}[becomes])
    expect(ada.save_state()).to_have_text(
        re.compile("not yet on disk because something that is not text"), timeout=20_000
    )
    type_at_end(ada, "main.py", "# typed meanwhile\n")
    expect(bob.editor("main.py")).to_contain_text("# typed meanwhile")
    expect(bob.editor("main.py")).to_contain_text("def area")
    ada.run(project_id, "rm -r main.py")
    all_saved(ada, bob)  # by itself
    wait_for_file(main, text_of(ada.page))
    once(main.read_text(), "# typed meanwhile", "def area")


@pytest.mark.parametrize("becomes", ["folder", "binary"])
def test_a_file_that_became_unreadable_while_closed_says_so_and_opens_when_it_can(
    person: PersonFactory, becomes: str
) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Unreadable")
    ada.write(project_id, "main.py", "a = 1\n")
    ada.open_file(project_id, "main.py")
    type_at_end(ada, "main.py", "b = 2\n")
    all_saved(ada)
    ada.page.goto(f"{ada.studium.url}/")
    makes = {"folder": "mkdir main.py", "binary": "printf '\\0' > main.py"}[becomes]
    ada.run(project_id, f"mv main.py x; {makes}")
    ada.page.goto(f"{ada.studium.url}/projects/{project_id}/edit/main.py")
    # A server that has not closed the document yet shows its text.
    words = re.compile("is a folder|is not text|Something that is not text has taken the place of main.py")
    expect(ada.page.get_by_text(words).first).to_be_visible(timeout=20_000)
    ada.run(project_id, "rm -r main.py; mv x main.py")
    ada.page.reload()
    expect(ada.editor("main.py")).to_contain_text("b = 2", timeout=20_000)
    all_saved(ada)
    assert (ada.studium.home(project_id) / "main.py").read_text() == "a = 1\nb = 2\n"
