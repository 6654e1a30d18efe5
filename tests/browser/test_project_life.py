"""Projects that are deleted, restored, archived and copied, by people in two browsers."""

import re

import pytest
from playwright.sync_api import expect

from browser.people import Person, PersonFactory, share
from browser.test_page import LOOKS, SCREENS, axe_problems
from browser.test_projects import act, choose, titles


def menu_of(person: Person, title: str) -> list[str]:
    """The names of what a person may do with a project in the list."""
    person.page.get_by_role("button", name=f"Actions for {title}").click()
    items = person.page.get_by_role("menuitem").all_inner_texts()
    person.page.keyboard.press("Escape")
    return items


def test_a_deleted_project_comes_back_with_all_that_was_in_it(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    project = ada.new_project("Algebra")
    share(ada, bob)
    ada.write(project, "notes.md", "kept")
    bob.open_file(project, "notes.md")
    ada.page.goto(f"{ada.studium.url}/")
    act(ada, "Algebra", "Delete project")
    asked = ada.page.get_by_role("dialog", name="Delete Algebra?")
    expect(asked).to_contain_text("30 days")
    asked.get_by_role("button", name="Delete project").click()
    expect(titles(ada)).to_have_text(["Tutorial"])
    # Who is in it sees what happened, and is not thrown out of what is on the screen.
    expect(bob.page.get_by_text("This project was deleted, and nobody can open it any more.")).to_be_visible()
    expect(bob.editor("notes.md")).to_contain_text("kept")
    expect(bob.page.get_by_role("button", name="Restore project")).to_have_count(0)
    bob.page.reload()
    expect(bob.page.get_by_role("heading", name="Algebra was deleted")).to_be_visible()
    expect(bob.page.get_by_text("can be restored for 30 more days")).to_be_visible()
    bob.page.get_by_role("link", name="Go to your projects").click()
    expect(titles(bob)).to_have_text(["Tutorial"])
    choose(bob, "Show", "Deleted")
    expect(titles(bob)).to_have_text(["Algebra"])
    expect(bob.page.get_by_text("An owner can restore it")).to_be_visible()
    choose(ada, "Show", "Deleted")
    ada.page.get_by_role("button", name="Restore Algebra").press("Enter")
    expect(ada.page.get_by_text("“Algebra” is back.")).to_be_visible()
    choose(bob, "Show", "All projects")
    expect(titles(bob)).to_contain_text(["Algebra"])
    bob.open_file(project, "notes.md")
    expect(bob.editor("notes.md")).to_have_text("kept")


def test_a_stopped_project_is_deleted_at_once_and_undone(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    ada.new_project("Algebra")
    ada.page.goto(f"{ada.studium.url}/")
    act(ada, "Algebra", "Stop project")
    expect(ada.page.get_by_text("Stopped", exact=True).first).to_be_visible()
    expect(ada.page.get_by_text("Running", exact=True)).to_have_count(0)
    act(ada, "Algebra", "Delete project")
    expect(titles(ada)).to_have_text(["Tutorial"])
    ada.page.get_by_role("button", name="Undo").click()
    expect(titles(ada)).to_contain_text(["Algebra"])


def test_a_viewer_is_not_offered_what_is_refused(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    bob.go_home()
    project = ada.new_project("Algebra")
    share(ada, bob)
    everything = {"Rename", "Change details", "Duplicate", "Stop project", "Archive", "Delete project"}
    ada.page.goto(f"{ada.studium.url}/")
    assert everything <= set(menu_of(ada, "Algebra"))
    assert everything & set(menu_of(bob, "Algebra")) == everything - {"Archive", "Delete project"}
    ada.page.goto(f"{ada.studium.url}/projects/{project}")
    ada.page.get_by_role("button", name="Share").click()
    ada.page.get_by_role("button", name="Role of Bob Kahn").click()
    ada.page.get_by_role("option", name="Can look").click()
    bob.page.get_by_role("button", name="Actions for Algebra").click()
    expect(bob.page.get_by_role("menuitem", name="Rename")).to_have_count(0)
    assert everything & set(bob.page.get_by_role("menuitem").all_inner_texts()) == {"Duplicate"}
    bob.page.get_by_role("menuitem", name="Open").click()
    expect(bob.files()).to_be_visible(timeout=20_000)
    bob.page.get_by_role("button", name="Project actions").click()
    assert bob.page.get_by_role("menuitem").all_inner_texts() == [
        "Share",
        "Mute this project",
        "Duplicate project",
        "When nobody uses it",
        "Leave project",
    ]


def test_an_archived_project_is_read_only_for_all(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    bob.go_home()
    project = ada.new_project("Algebra")
    share(ada, bob)
    ada.write(project, "notes.md", "kept")
    ada.page.get_by_role("button", name="Project actions").click()
    ada.page.get_by_role("menuitem", name="Archive project").click()
    expect(ada.page.get_by_text("This project is archived: you can read it once it runs")).to_be_visible()
    expect(titles(bob)).to_have_text(["Tutorial"])
    choose(bob, "Show", "Archived")
    expect(titles(bob)).to_have_text(["Algebra"])
    bob.open_file(project, "notes.md")
    expect(bob.editor("notes.md")).to_have_text("kept")
    expect(bob.save_state()).to_contain_text("Read only")
    ada.page.get_by_role("button", name="Take out of the archive").click()
    expect(bob.save_state()).not_to_contain_text("Read only", timeout=20_000)
    bob.editor("notes.md").press("End")
    bob.page.keyboard.type(" and changed")
    expect(bob.save_state()).to_have_text("Saved to disk")


def test_a_copy_has_the_files_and_none_of_the_people(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    project = ada.new_project("Algebra")
    share(ada, bob)
    ada.run(project, "mkdir 'week 1'")
    ada.write(project, "week 1/notes.md", "the same")
    bob.page.goto(f"{bob.studium.url}/")
    act(bob, "Algebra", "Duplicate")
    bob.page.wait_for_url(re.compile(rf"/projects/(?!{project})[0-9a-f-]{{36}}"))
    expect(bob.files()).to_be_visible(timeout=20_000)
    expect(bob.page.get_by_role("heading", name="Copy of Algebra")).to_be_visible()
    copy = bob.project_id()
    bob.open_file(copy, "week 1/notes.md")
    bob.editor("notes.md").press("End")
    bob.page.keyboard.type(" no more")
    expect(bob.save_state()).to_have_text("Saved to disk")
    assert bob.run(copy, "cat 'week 1/notes.md'").rstrip() == "the same no more"
    assert ada.run(project, "cat 'week 1/notes.md'").rstrip() == "the same"
    ada.page.goto(f"{ada.studium.url}/")
    expect(titles(ada)).to_have_text(["Algebra", "Tutorial"])


def test_tags_find_projects(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    for title in ("Algebra", "Analysis"):
        ada.new_project(title)
    ada.page.goto(f"{ada.studium.url}/")
    act(ada, "Algebra", "Change details")
    details = ada.page.get_by_role("dialog", name="Details of Algebra")
    details.get_by_role("textbox", name="Tags").fill(", ".join(f"tag {number}" for number in range(21)))
    details.get_by_role("button", name="Save").click()
    expect(details.get_by_text("must not have more than 20 tags; there are 21")).to_be_visible()
    details.get_by_role("textbox", name="Tags").fill("course, #winter")
    details.get_by_role("button", name="Save").click()
    ada.page.get_by_role("button", name="Show projects with the tag winter").click()
    expect(ada.page.get_by_role("searchbox", name="Search projects")).to_have_value("#winter")
    expect(titles(ada)).to_have_text(["Algebra"])


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_deleted_projects_read_well(person: PersonFactory, look: str) -> None:
    ada = person("Ada Lovelace", **LOOKS[look])
    ada.new_project("Numerical methods for partial differential equations")
    ada.page.goto(f"{ada.studium.url}/")
    act(ada, "Numerical methods", "Delete project")
    SCREENS.mkdir(parents=True, exist_ok=True)
    ada.page.screenshot(path=SCREENS / f"project-delete-{look}.png")
    ada.page.get_by_role("button", name="Delete project").click()
    choose(ada, "Show", "Deleted")
    expect(titles(ada)).to_have_count(1)
    ada.page.screenshot(path=SCREENS / f"projects-deleted-{look}.png")
    assert axe_problems(ada.page) == []
    assert ada.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
