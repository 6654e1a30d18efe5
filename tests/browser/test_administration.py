"""What administrators see and do: accounts, limits, numbers; and that nobody else does."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.people import Person, PersonFactory
from browser.test_page import LOOKS, SCREENS, axe_problems


def section(person: Person, name: str) -> Page:
    person.page.goto(f"{person.studium.url}/administration")
    person.page.get_by_role("navigation", name="Sections").get_by_role("link", name=name).click()
    expect(person.page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    return person.page


def account(person: Person, email: str) -> Locator:
    return person.page.get_by_role("list", name="Accounts").get_by_role("listitem").filter(has_text=email)


def act(person: Person, name: str, action: str) -> None:
    person.page.get_by_role("button", name=f"Actions for {name}").click()
    person.page.get_by_role("menuitem", name=action).click()


def test_an_account_is_found_disabled_at_once_and_brought_back(person: PersonFactory) -> None:
    grace, other = person("Grace Hopper", "--administrator"), person("Emmy Noether", "--administrator")
    bob = person("Bobadil Quartermaine")
    bob.go_home()
    page = section(grace, "Accounts")
    assert page.url.endswith("/administration/accounts")
    section(other, "Accounts")
    for one in (grace, other):
        one.page.get_by_role("searchbox").fill("quarter bob")
        expect(one.page.get_by_role("list", name="Accounts").get_by_role("listitem")).to_have_count(1)
    act(grace, bob.name, "Disable account")
    expect(
        page.get_by_text("is signed out everywhere and cannot sign in. Their projects and files stay.")
    ).to_be_visible()
    expect(account(other, bob.email)).to_contain_text("Disabled")
    expect(bob.page.get_by_role("button", name="Sign in")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(account(other, bob.email)).not_to_contain_text("Disabled")
    bob.sign_in()


def test_administration_is_given_and_taken_away_and_never_ones_own(person: PersonFactory) -> None:
    grace, bob = person("Grace Hopper", "--administrator"), person("Bob Kahnweiler")
    bob.page.goto(f"{bob.studium.url}/administration/accounts")
    expect(bob.page.get_by_role("heading", name="There is no such page")).to_be_visible()
    page = section(grace, "Accounts")
    page.get_by_role("searchbox").fill(bob.email)
    button = page.get_by_role("button", name="Actions for Bob Kahnweiler")
    button.focus()
    button.press("Enter")
    page.get_by_role("menuitem", name="Make administrator").press("Enter")
    expect(account(grace, bob.email)).to_contain_text("Administrator")
    section(bob, "Accounts")
    bob.page.get_by_role("searchbox").fill(bob.email)
    expect(account(bob, bob.email)).to_contain_text("You")
    expect(account(bob, bob.email).get_by_role("button")).to_have_count(0)
    act(grace, bob.name, "Take administration away")
    expect(page.get_by_text("Bob Kahnweiler is no longer an administrator.")).to_be_visible()
    expect(bob.page.get_by_role("list", name="Accounts")).not_to_be_visible()


def test_limits_are_checked_and_shared(person: PersonFactory) -> None:
    grace, other = person("Grace Hopper", "--administrator"), person("Emmy Noether", "--administrator")
    page, shown = section(grace, "Limits"), section(other, "Limits")
    idle, memory = page.get_by_label("Projects stop after"), page.get_by_label("Memory, in GB")
    expect(idle).to_have_value("")
    expect(idle).to_have_attribute("placeholder", "30")
    expect(memory).to_have_attribute("placeholder", "4")
    idle.fill("soon")
    memory.fill("1.5")
    memory.press("Enter")
    # What is right is saved; what is wrong stays, with a sentence.
    expect(page.get_by_text("“soon” is not a whole number. Write one from 0 to 525,600.")).to_be_visible()
    expect(idle).to_have_value("soon")
    expect(page.get_by_text("The limit is changed.")).to_be_visible()
    expect(shown.get_by_label("Memory, in GB")).to_have_value("1.5")
    expect(shown.get_by_label("Projects stop after")).to_have_value("")
    idle.fill("45")
    page.get_by_role("button", name="Save limits").click()
    expect(shown.get_by_label("Projects stop after")).to_have_value("45")
    for field in ("Projects stop after", "Memory, in GB"):
        shown.get_by_label(field).fill("")
    shown.get_by_role("button", name="Save limits").click()
    expect(idle).to_have_value("")
    expect(memory).to_have_value("")


def test_the_numbers_are_there(person: PersonFactory) -> None:
    page = section(person("Grace Hopper", "--administrator"), "Statistics")
    for name in ("Accounts", "Active in the last day", "Projects running", "Connections", "Database"):
        figure = page.locator(".figure").filter(has=page.get_by_text(name, exact=True))
        expect(figure.locator("dd")).to_have_text(re.compile(r"^[\d.,]+( [kMG]?B)?$"))
    hubs = page.get_by_role("list", name="Hubs").get_by_role("listitem")
    expect(hubs).to_have_count(1)
    expect(hubs).to_contain_text("Alive, seen")


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_every_section_reads_well(person: PersonFactory, look: str) -> None:
    grace = person("Grace Hopper", "--administrator", **LOOKS[look])
    bob = person("Bob Kahn")
    SCREENS.mkdir(parents=True, exist_ok=True)
    for name in ("Site", "Accounts", "Limits", "Statistics"):
        page = section(grace, name)
        if name == "Accounts":
            page.get_by_role("searchbox").fill(bob.email)
            act(grace, bob.name, "Disable account")
            expect(account(grace, bob.email)).to_contain_text("Disabled")
            page.get_by_role("searchbox").fill("")
        page.get_by_role("heading", name="Administration").click()  # no tooltip in the picture
        page.screenshot(path=SCREENS / f"administration-{name.lower()}-{look}.png")
        assert axe_problems(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
