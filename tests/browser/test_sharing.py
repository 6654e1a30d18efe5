"""Sharing a project: by name, by an address that has no account, by a link; roles handed over and taken back."""

import re

import pytest
from playwright.sync_api import Locator, expect

from browser.people import Person, PersonFactory, share
from browser.test_page import LOOKS, SCREENS, axe_problems
from browser.test_projects import choose, titles


def open_share(person: Person) -> Locator:
    person.page.get_by_role("button", name="Share").click()
    dialog = person.page.get_by_role("dialog", name="Share")
    expect(dialog).to_be_visible()
    return dialog


def pick(person: Person, label: str, choice: str) -> None:
    person.page.get_by_role("button", name=re.compile(label)).click()
    person.page.get_by_role("option", name=choice).click()


def made_link(dialog: Locator) -> str:
    dialog.get_by_role("button", name="Make link").click()
    return dialog.get_by_role("region", name="Share by link").locator("code.link-text").inner_text()


def test_somebody_i_know_is_found_by_name_with_the_keyboard(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    bob.go_home()
    ada.new_project("Algebra")
    share(ada, bob)
    ada.new_project("Analysis")
    dialog = open_share(ada)
    field = dialog.get_by_role("combobox", name="Name or e-mail")
    expect(field).to_be_focused()
    ada.page.keyboard.type("kah")
    expect(ada.page.get_by_role("option", name="Bob Kahn")).to_be_visible()
    ada.page.keyboard.press("ArrowDown")
    ada.page.keyboard.press("Enter")
    expect(field).to_have_value(bob.email)
    ada.page.keyboard.press("Enter")
    expect(dialog.get_by_role("list", name="People in this project").get_by_text("Bob Kahn")).to_be_visible()
    expect(titles(bob)).to_contain_text(["Analysis"])
    field.fill("nobody of this name")
    field.press("Enter")
    expect(dialog.get_by_text("Type the name of somebody with whom you share a project")).to_be_visible()


def test_a_link_lets_somebody_in_until_it_is_taken_back(person: PersonFactory) -> None:
    ada, bob, cem = person("Ada Lovelace"), person("Bob Kahn"), person("Cem Kahn")
    project = ada.new_project("Algebra")
    dialog = open_share(ada)
    pick(ada, "They", "Can edit")
    pick(ada, "It ends", "Never")
    link = made_link(dialog)
    invitations = dialog.get_by_role("list", name="Invitations")
    expect(invitations).to_contain_text("Not used yet, without an end")
    bob.page.goto(link)
    expect(bob.page.get_by_role("heading", name="Join Algebra")).to_be_visible()
    assert "studium_link" not in bob.page.url
    expect(bob.page.get_by_text("Ada Lovelace invites you to this project.")).to_be_visible()
    bob.page.get_by_role("button", name="Join project").press("Enter")
    expect(bob.files()).to_be_visible(timeout=20_000)
    assert bob.project_id() == project
    expect(invitations).to_contain_text("Used by 1 person")
    expect(dialog.get_by_role("list", name="People in this project").get_by_text("Bob Kahn")).to_be_visible()
    dialog.get_by_role("button", name="Take back this link").click()
    expect(invitations).to_have_count(0)
    cem.page.goto(link)
    expect(cem.page.get_by_text("This link does not work")).to_be_visible()


def test_an_address_without_an_account_is_invited(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    bob.go_home()
    project = ada.new_project("Algebra")
    dialog = open_share(ada)
    dialog.get_by_label("Name or e-mail").fill("grace@example.org")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.get_by_text("grace@example.org has no account here yet")).to_be_visible()
    link = dialog.locator("code.link-text").inner_text()
    expect(dialog.get_by_role("list", name="Invitations")).to_contain_text("grace@example.org")
    # Whoever is not signed in signs in on the way, and comes back.
    page = bob.page
    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("heading", name="Join Algebra")).to_be_visible()
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("E-mail").fill(bob.email)
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Join project").click()
    expect(bob.files()).to_be_visible(timeout=20_000)
    assert bob.project_id() == project
    expect(dialog.get_by_role("list", name="Invitations")).to_have_count(0)


def test_a_project_is_handed_over(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    bob.go_home()
    ada.new_project("Algebra")
    share(ada, bob)
    dialog = open_share(ada)
    expect(dialog.get_by_role("button", name="Role of Ada Lovelace")).to_have_count(0)
    dialog.get_by_role("button", name="Leave").click()
    expect(ada.page.get_by_text("A project needs an owner, and this is its last one.")).to_be_visible()
    choose(ada, "Role of Bob Kahn", "Owner")
    choose(ada, "Role of Ada Lovelace", "Can look")
    expect(dialog.get_by_label("Name or e-mail")).to_have_count(0)
    expect(dialog.get_by_role("button", name="Make link")).to_have_count(0)
    ada.page.keyboard.press("Escape")
    bob.page.get_by_role("button", name="Actions for Algebra").click()
    expect(bob.page.get_by_role("menuitem", name="Delete project")).to_be_visible()


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_sharing_reads_well(person: PersonFactory, look: str) -> None:
    ada, bob = person("Ada Lovelace", **LOOKS[look]), person("Bob Kahn")
    ada.new_project("Algebra")
    share(ada, bob)
    dialog = open_share(ada)
    dialog.get_by_label("Name or e-mail").fill("grace.hopper@example.org")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.get_by_text("has no account here yet")).to_be_visible()
    link = made_link(dialog)
    SCREENS.mkdir(parents=True, exist_ok=True)
    ada.page.screenshot(path=SCREENS / f"share-{look}.png")
    assert axe_problems(ada.page) == []
    ada.page.goto(link)
    expect(ada.page.get_by_role("heading", name="Join Algebra")).to_be_visible()
    ada.page.screenshot(path=SCREENS / f"join-{look}.png")
    assert axe_problems(ada.page) == []
    assert ada.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
