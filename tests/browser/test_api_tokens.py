"""API tokens in the settings: made, shown once, used, seen in another page, deleted."""

import json
import re
import urllib.error
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from browser.people import Person, PersonFactory
from browser.test_account import elsewhere, settings
from browser.test_page import LOOKS, SCREENS, axe_problems


def ask(person: Person, token: str, query: Any) -> int:
    """The status of a query that a script asks with a token."""
    request = urllib.request.Request(
        f"{person.studium.url}/api/query",
        json.dumps({"query": query}).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def choose(page: Page, label: str, choice: str) -> None:
    page.get_by_role("button", name=re.compile(label)).click()
    page.get_by_role("option", name=choice).click()


def make_token(page: Page, name: str, scope: str, ends: str) -> str:
    """Make a token as a person does; the token, as it is shown."""
    page.get_by_role("button", name="Make token").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    choose(page, "What it may do", scope)
    choose(page, "It ends", ends)
    dialog.get_by_role("button", name="Make token").click()
    expect(page.get_by_role("dialog", name="Your new API token")).to_be_visible()
    token = dialog.get_by_role("code").inner_text()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    dialog.get_by_role("button", name="Copy token").click()
    expect(page.get_by_text("The token is copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == token
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).not_to_be_visible()
    expect(page.get_by_text(token)).not_to_be_attached()
    return token


def tokens(page: Page) -> Locator:
    return page.get_by_role("list", name="API tokens").get_by_role("listitem")


def test_a_token_is_made_used_and_deleted_and_every_page_sees_it(person: PersonFactory, browser: Browser) -> None:
    ada = person("Ada Lovelace")
    page = settings(ada)
    other = elsewhere(ada, browser)
    elsewhere_shown = settings(other)
    token = make_token(page, "Marking <script>", "Full access", "In 30 days")
    for shown in (page, elsewhere_shown):
        expect(tokens(shown)).to_have_count(1)
        expect(tokens(shown)).to_contain_text("Marking <script>")
        expect(tokens(shown)).to_contain_text("Full access")
        expect(tokens(shown)).to_contain_text("never used")
        expect(tokens(shown)).to_contain_text(re.compile(r"ends on \d+ \w+ \d{4}"))
    assert ask(ada, token, {"projects": {"title": "By a script"}}) == 200
    expect(tokens(elsewhere_shown)).to_contain_text("used within the hour")
    elsewhere_shown.get_by_role("button", name="Delete the token Marking").click()
    dialog = elsewhere_shown.get_by_role("dialog", name="Delete token")
    expect(dialog).to_contain_text("cannot be brought back")
    dialog.get_by_role("button", name="Delete token").click()
    expect(tokens(page)).to_have_count(0)
    assert ask(ada, token, {"projects": [{"title": None}]}) == 401
    other.context.close()


def test_a_read_only_token_changes_nothing(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    page = settings(ada)
    token = make_token(page, "Reader", "Read only", "Never")
    expect(tokens(page)).to_contain_text("Read only")
    expect(tokens(page)).to_contain_text("does not end")
    assert ask(ada, token, {"projects": [{"title": None}]}) == 200
    assert ask(ada, token, {"projects": {"title": "By a script"}}) == 403
    project = ada.new_project("Algebra")
    ada.write(project, "a.txt", "text")
    address = f"{ada.studium.url}/projects/{project}/files/a.txt"
    bearer = {"Authorization": f"Bearer {token}"}
    with urllib.request.urlopen(urllib.request.Request(address, None, bearer)) as answer:
        assert answer.read() == b"text"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(address, b"changed", bearer, method="PUT"))
    with refused.value as answer:
        assert answer.code == 403


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_tokens_read_well(person: PersonFactory, look: str) -> None:
    ada = person("Ada Lovelace", **LOOKS[look])
    page = settings(ada)
    SCREENS.mkdir(parents=True, exist_ok=True)
    for name, days in (("Marking script", 7), ("A name that goes on and on " * 3, None)):
        ada.request("POST", "/api/tokens", data={"name": name, "scope": "read_only", "days": days})
    expect(tokens(page)).to_have_count(2)
    page.get_by_role("button", name="Make token").scroll_into_view_if_needed()
    page.screenshot(path=SCREENS / f"tokens-{look}.png")
    page.get_by_role("button", name="Make token").click()
    expect(page.get_by_role("dialog").get_by_label("Name")).to_be_focused()
    page.screenshot(path=SCREENS / f"token-new-{look}.png")
    assert axe_problems(page) == []
    page.keyboard.type("By keys alone")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Your new API token")).to_be_visible()
    expect(page.get_by_role("button", name="Copy token")).to_be_focused()
    page.screenshot(path=SCREENS / f"token-made-{look}.png")
    assert axe_problems(page) == []
    page.keyboard.press("Escape")
    expect(tokens(page)).to_have_count(3)
    page.get_by_role("button", name="Delete the token By keys alone").click()
    page.screenshot(path=SCREENS / f"token-delete-{look}.png")
    assert axe_problems(page) == []
