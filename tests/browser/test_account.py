"""One's account: where one is signed in, and a new password."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.people import PASSWORD, Person, PersonFactory
from browser.test_page import LOOKS, SCREENS, axe_problems


def settings(person: Person) -> Page:
    person.page.goto(f"{person.studium.url}/settings")
    expect(person.page.get_by_role("heading", name="Where you are signed in")).to_be_visible()
    return person.page


def elsewhere(person: Person, browser: Browser) -> Person:
    """The same person in another browser."""
    context = browser.new_context()
    other = Person(person.name, person.email, context, context.new_page(), person.studium)
    other.sign_in()
    return other


def test_a_session_is_ended_from_another_browser_at_once(person: PersonFactory, browser: Browser) -> None:
    ada = person("Ada Lovelace")
    page = settings(ada)
    sessions = page.get_by_role("list", name="Sessions").get_by_role("listitem")
    expect(sessions).to_have_count(1)
    expect(sessions).to_contain_text("This browser")
    lost = elsewhere(ada, browser)
    expect(sessions).to_have_count(2)
    page.get_by_role("button", name=re.compile("^Sign out Chrome")).click()
    expect(sessions).to_have_count(1)
    expect(lost.page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(sessions).to_contain_text("This browser")
    lost.context.close()


def test_a_new_password_signs_out_everywhere_else(person: PersonFactory, browser: Browser) -> None:
    ada = person("Ada Lovelace")
    other = elsewhere(ada, browser)
    page = settings(ada)
    current, new = page.get_by_label("Current password"), page.get_by_label("New password")
    current.fill("not the password")
    new.fill("another long password")
    new.press("Enter")
    expect(page.get_by_text("The current password is not right. Type it again.")).to_be_visible()
    expect(new).to_have_value("another long password")
    current.fill(PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    expect(current).to_have_value("")
    expect(other.page.get_by_role("button", name="Sign in")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Where you are signed in")).to_be_visible()
    other.page.get_by_label("E-mail").fill(ada.email)
    other.page.get_by_label("Password", exact=True).fill("another long password")
    other.page.get_by_role("button", name="Sign in").click()
    expect(other.page.get_by_role("heading", name="Projects")).to_be_visible()
    other.context.close()


@pytest.mark.parametrize("look", LOOKS)
def test_the_settings_read_well(person: PersonFactory, look: str) -> None:
    page = settings(person("Ada Lovelace", **LOOKS[look]))
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.get_by_role("heading", name="Password").scroll_into_view_if_needed()
    page.get_by_role("list", name="Sessions").scroll_into_view_if_needed()
    page.screenshot(path=SCREENS / f"account-{look}.png")
    assert axe_problems(page) == []
