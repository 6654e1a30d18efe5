"""What happened in a project, and who is told, in two people's browsers."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.people import Person, PersonFactory, share, wait_until
from browser.test_page import LOOKS, SCREENS, axe_problems
from browser.test_together import type_at_end


def has_unread(page: Page, number: int) -> None:
    """The bell says so, by its name; the hub asks a project once in ten seconds."""
    name = f"Notifications, {number} unread" if number else "Notifications"
    expect(page.get_by_role("button", name=name, exact=True)).to_be_visible(timeout=30_000)


def bell(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("^Notifications"))


def told(page: Page) -> Locator:
    """What the open list says."""
    return page.get_by_role("list", name="Notifications, the newest first").get_by_role("link")


def use_of(person: Person, project_id: str, path: str) -> dict[str, Any]:
    """When this person read and edited a file."""
    row = person.query({"file_use": {"project_id": project_id, "path": path, "users": None}})["file_use"]
    return dict(row["users"].get(person.account_id, {})) if row else {}


def read_an_hour_ago(person: Person, project_id: str, path: str) -> None:
    at = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    users = {person.account_id: {"read": at}}
    person.query({"file_use": {"project_id": project_id, "path": path, "users": users}})


@pytest.fixture
def pair(person: PersonFactory) -> tuple[Person, Person, str]:
    """Ada's project with ``notes.md``, shared with Bob, who knows that he was added; Ada read the file an hour ago."""
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    bob.go_home()
    project_id = ada.new_project("Linear algebra")
    ada.write(project_id, "notes.md", "# Notes\n")
    read_an_hour_ago(ada, project_id, "notes.md")
    share(ada, bob)
    has_unread(bob.page, 1)
    bell(bob.page).click()
    expect(told(bob.page)).to_have_text([re.compile("Ada Lovelace added you as a collaborator")])
    told(bob.page).click()
    expect(bob.files()).to_be_visible(timeout=20_000)
    has_unread(bob.page, 0)
    return ada, bob, project_id


def test_an_edit_rings_where_the_file_was_read_and_seeing_it_clears_it_everywhere(
    pair: tuple[Person, Person, str],
) -> None:
    ada, bob, project_id = pair
    second = ada.context.new_page()
    second.goto(f"{ada.studium.url}/settings")
    has_unread(second, 0)
    bob.open_file(project_id, "notes.md")
    type_at_end(bob, "notes.md", "Bob was here.\n")
    has_unread(ada.page, 1)
    has_unread(second, 1)
    ada.page.bring_to_front()
    bell(ada.page).click()
    expect(told(ada.page)).to_have_text([re.compile("Bob Kahn edited notes.md, unread.*Linear algebra · just now")])
    told(ada.page).click()
    expect(ada.editor("notes.md")).to_contain_text("Bob was here.")
    has_unread(ada.page, 0)
    has_unread(second, 0)
    wait_until(
        lambda: use_of(ada, project_id, "notes.md").get("read", "") > use_of(bob, project_id, "notes.md")["edit"]
    )
    has_unread(bob.page, 0)  # nobody is told what they did themselves


def test_seeing_the_file_itself_clears_the_bell(pair: tuple[Person, Person, str]) -> None:
    ada, bob, project_id = pair
    bob.open_file(project_id, "notes.md")
    type_at_end(bob, "notes.md", "Bob was here.\n")
    has_unread(ada.page, 1)
    ada.page.bring_to_front()
    ada.files().get_by_role("row", name="notes.md").click()
    expect(ada.editor("notes.md")).to_contain_text("Bob was here.")
    has_unread(ada.page, 0)


def test_a_new_role_is_told_all_is_marked_as_read_and_a_muted_project_is_silent(
    pair: tuple[Person, Person, str],
) -> None:
    ada, bob, project_id = pair
    key = {"project_id": project_id, "account_id": bob.account_id}
    ada.query({"collaborators": {**key, "role": "owner"}})
    has_unread(bob.page, 1)
    bob.page.keyboard.press("Alt+b")
    expect(told(bob.page).first).to_have_text(re.compile("Ada Lovelace made you an owner"))
    bob.page.get_by_role("button", name="Mark all read").click()
    has_unread(bob.page, 0)
    bob.page.keyboard.press("Escape")
    expect(told(bob.page)).to_have_count(0)
    bob.page.get_by_role("button", name="Project actions").click()
    bob.page.get_by_role("menuitem", name="Mute this project").click()
    bob.page.get_by_role("button", name="Project actions").click()
    expect(bob.page.get_by_role("menuitem", name="Tell me of this project again")).to_be_visible()
    ada.query({"collaborators": {**key, "role": "viewer"}})
    bob.page.keyboard.press("Escape")
    read_an_hour_ago(bob, project_id, "notes.md")
    ada.open_file(project_id, "notes.md")
    type_at_end(ada, "notes.md", "Ada was here.\n")
    ada.page.get_by_role("button", name="Log").click()
    expect(ada.page.get_by_role("link", name=re.compile("Ada Lovelace edited notes.md"))).to_be_visible(timeout=30_000)
    has_unread(bob.page, 0)


def test_the_log_is_live_and_can_be_narrowed(pair: tuple[Person, Person, str]) -> None:
    ada, bob, project_id = pair
    ada.page.keyboard.press("Alt+Shift+L")
    log = ada.page.get_by_role("complementary", name="Log panel")
    today = log.get_by_role("region", name="Today")
    expect(today.get_by_text("Ada Lovelace added Bob Kahn as a collaborator · just now")).to_be_visible()
    bob.open_file(project_id, "notes.md")
    type_at_end(bob, "notes.md", "Bob was here.\n")
    edited = log.get_by_role("link", name=re.compile("Bob Kahn edited notes.md"))
    expect(edited).to_be_visible(timeout=30_000)
    expect(edited.locator("time")).to_have_attribute("title", re.compile(r"\d{4}"))

    def choose(name: str, choice: str) -> None:
        log.get_by_role("button", name=re.compile(name)).click()
        ada.page.get_by_role("option", name=choice, exact=True).click()

    entries = log.get_by_role("listitem")
    choose("Person", "Bob Kahn")
    expect(entries.filter(has_text="Ada Lovelace")).to_have_count(0)
    expect(entries.filter(has_text="Bob Kahn edited")).to_have_count(1)
    choose("Person", "Everybody")
    choose("Kind of event", "People")
    expect(entries).to_have_text([re.compile("added Bob Kahn")])
    choose("Kind of event", "All events")
    log.get_by_label("Search the log").fill("bob edited")
    expect(entries).to_have_text([re.compile("Bob Kahn edited notes.md")])
    log.get_by_label("Search the log").fill("nothing of the kind")
    expect(log.get_by_text("Nothing like that in the newest")).to_be_visible()
    log.get_by_label("Search the log").fill("")
    edited.focus()
    ada.page.keyboard.press("Enter")
    expect(ada.editor("notes.md")).to_contain_text("Bob was here.")
    choose("File", "Only notes.md")
    expect(entries.filter(has_text="Bob Kahn edited notes.md")).to_have_count(1)
    expect(entries.filter(has_text="added Bob")).to_have_count(0)
    ada.page.get_by_role("button", name="Close the log").click()
    expect(log).not_to_be_visible()


def test_older_entries_come_when_they_are_asked_for(pair: tuple[Person, Person, str]) -> None:
    ada, _, project_id = pair
    for number in range(110):
        ada.query({"projects": {"project_id": project_id, "title": f"Title {number}"}})
    ada.page.get_by_role("button", name="Log").click()
    log = ada.page.get_by_role("complementary", name="Log panel")
    expect(log.get_by_role("listitem")).to_have_count(100)
    log.get_by_role("button", name="Show older").click()
    expect(log.get_by_text("Ada Lovelace made the project")).to_be_attached()
    expect(log.get_by_role("button", name="Show older")).to_have_count(0)


def test_the_file_list_shows_who_is_where_also_in_files_that_one_has_not_open(pair: tuple[Person, Person, str]) -> None:
    ada, bob, project_id = pair
    bob.request("PUT", f"/projects/{project_id}/files/week/plan.md?parents=1", data="# Plan\n")
    bob.open_file(project_id, "week/plan.md")
    tree = ada.files()
    expect(tree.get_by_role("row", name="week").get_by_label("Bob Kahn here")).to_be_visible()
    tree.get_by_role("row", name="week").click()
    expect(tree.get_by_role("row", name="plan.md").get_by_label("Bob Kahn here")).to_be_visible()
    expect(tree.get_by_role("row", name="week").get_by_label("Bob Kahn here")).to_have_count(0)
    ada.page.get_by_role("button", name="People", exact=True).click()
    panel = ada.page.get_by_role("complementary", name="People panel")
    expect(panel.get_by_text("in plan.md")).to_be_visible()
    check(ada.page, "people-in-files")
    panel.get_by_role("button", name="Go to Bob Kahn").click()
    expect(ada.editor("plan.md")).to_be_visible()
    bob.page.goto(f"{bob.studium.url}/")
    expect(tree.get_by_label("Bob Kahn here")).to_have_count(0)


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_bell_and_log_read_well(person: PersonFactory, look: str) -> None:
    ada, bob = person("Ada Lovelace", **LOOKS[look]), person("Bob Kahn")
    ada.go_home()
    project_id = bob.new_project("Linear algebra")
    share(bob, ada)
    for name in ("notes.md", "week 1/a-rather-long-name-of-a-notebook-about-eigenvalues.md"):
        bob.request("PUT", f"/projects/{project_id}/files/{quote(name)}?parents=1", data="# Notes\n")
        read_an_hour_ago(ada, project_id, name)
        bob.open_file(project_id, name)
        type_at_end(bob, name, "Bob was here.\n")
    has_unread(ada.page, 3)
    bell(ada.page).click()
    expect(told(ada.page)).to_have_count(3)
    check(ada.page, f"notifications-{look}")
    ada.page.keyboard.press("Escape")
    ada.open_file(project_id, "notes.md")
    ada.page.get_by_role("button", name="Log").click()
    expect(ada.page.get_by_role("link", name=re.compile("Bob Kahn edited notes.md"))).to_be_visible(timeout=30_000)
    check(ada.page, f"log-{look}")
    ada.page.get_by_role("link", name=re.compile("Bob Kahn edited notes.md")).click()
    panel = ada.page.get_by_role("complementary", name="Log panel")
    expect(panel).to_be_visible(visible=look != "phone")  # there it would cover the file


def check(page: Page, name: str) -> None:
    """Photograph a screen and ask axe about it."""
    page.evaluate("() => document.fonts.ready")
    page.wait_for_timeout(200)  # a fade: contrast is measured at rest
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{name}.png")
    assert axe_problems(page) == [], name
    overflow = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{name} scrolls sideways by {overflow} px"
