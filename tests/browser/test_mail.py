"""Mail as people meet it: set up by an administrator, and the links in the messages that really arrive."""

import itertools
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from browser.people import PASSWORD, Person, PersonFactory, Studium, newcomer
from browser.test_page import LOOKS, SCREENS, axe_problems
from support.mail import Mailbox, mail_server_in_thread
from support.serving import running

NEW = "another long password"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with mail_server_in_thread() as box:
        yield box


@pytest.fixture(scope="module")
def posting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studium]:
    """A Studium of its own, whose mail server the tests set."""
    data = tmp_path_factory.mktemp("data")
    with running("serve", "--data", str(data), "--port", "0", "--no-browser") as serving:
        yield Studium(serving, data)


@pytest.fixture
def somebody(posting: Studium, contexts: Callable[..., BrowserContext]) -> Callable[..., Person]:
    """Makes a person with an account there, signed in."""

    def new(name: str, *flags: str, **options: Any) -> Person:
        email = f"{name.split()[0].lower()}-{next(_numbers)}@example.org"
        return newcomer(posting, contexts(**options), name, email, *flags)

    return new


def set_mail(person: Person, mailbox: Mailbox) -> None:
    """As the page does it."""
    server = {"host": "localhost", "port": mailbox.server.port, "security": "none"}
    body = json.dumps({**server, "sender_address": "studium@example.org", "sender_name": "Studium"})
    person.request("PUT", "/api/mail", data=body, headers={"Content-Type": "application/json"})


def administration(person: Person) -> Page:
    person.page.goto(f"{person.studium.url}/administration/mail")
    expect(person.page.get_by_label("Mail server", exact=True)).to_be_visible()
    return person.page


def choose_protection(page: Page, choice: str) -> None:
    page.get_by_role("button", name=re.compile("Protection")).click()
    page.get_by_role("option", name=re.compile(choice)).click()


def look_at(page: Page, name: str) -> None:
    """Photograph and check."""
    page.evaluate("() => document.fonts.ready")
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{name}.png")
    assert axe_problems(page) == [], name
    overflow = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{name} scrolls sideways by {overflow} px"


def test_an_administrator_sets_up_mail(somebody: Callable[..., Person], mailbox: Mailbox) -> None:
    root = somebody("Grace Hopper", "--administrator")
    page = administration(root)
    expect(page.get_by_role("button", name="Send a test message to me")).to_have_count(0)
    page.get_by_label("Mail server", exact=True).fill("localhost")
    choose_protection(page, "STARTTLS")
    page.get_by_label("Port").fill("0")
    page.get_by_label("Sender’s address").fill("studium@example.org")
    page.get_by_role("button", name="Save mail server").click()
    expect(page.get_by_text("The port is a number from 1 to 65535.")).to_be_visible()
    page.get_by_label("Port").fill(str(mailbox.server.port))
    page.get_by_role("button", name="Save mail server").click()
    expect(page.get_by_text("The mail server is saved.")).to_be_visible()
    page.get_by_role("button", name="Send a test message to me").click()
    expect(page.get_by_text("does not offer STARTTLS")).to_be_visible()
    choose_protection(page, "None")
    expect(page.get_by_label("Port")).to_have_value(str(mailbox.server.port))  # typed, so it stays
    page.get_by_role("button", name="Save mail server").click()
    expect(page.get_by_text("The mail server is saved.")).to_be_visible()
    page.get_by_role("button", name="Send a test message to me").click()
    expect(page.get_by_text(re.compile(f"took a message to {root.email} and said: 2.0.0 queued"))).to_be_visible()
    assert "Grace Hopper" in mailbox.wait(root.email)[0].text
    page.reload()
    expect(page.get_by_label("Mail server", exact=True)).to_have_value("localhost")
    page.get_by_role("button", name="Stop sending mail").click()
    expect(page.get_by_text("No mail is sent any more.")).to_be_visible()
    expect(page.get_by_label("Mail server", exact=True)).to_have_value("")


def test_a_forgotten_password(
    somebody: Callable[..., Person], contexts: Callable[..., BrowserContext], mailbox: Mailbox
) -> None:
    set_mail(somebody("Grace Hopper", "--administrator"), mailbox)
    ada = somebody("Ada Lovelace")
    ada.go_home()
    elsewhere = ada.page
    page = contexts().new_page()
    page.goto(f"{ada.studium.url}/sign-in")
    page.get_by_role("link", name="Forgotten your password?").click()
    page.get_by_label("E-mail").fill(ada.email)
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"If there is an account with the address {ada.email}")).to_be_visible()
    page.goto(mailbox.wait(ada.email)[0].link("/reset-password"))
    expect(page.get_by_label("New password")).to_be_focused()
    assert "#" not in page.url
    page.keyboard.type("short")
    page.keyboard.press("Enter")
    expect(page.get_by_text("fewer than 8 characters")).to_be_visible()
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Change password and sign in").click()
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    expect(elsewhere.get_by_role("button", name="Sign in")).to_be_visible()
    page.goto(mailbox.wait(ada.email)[0].link("/reset-password"))
    expect(page.get_by_label("New password")).to_be_focused()
    page.reload()
    expect(page.get_by_text("The link is not whole")).to_be_visible()
    page.goto("about:blank")
    page.goto(mailbox.wait(ada.email)[0].link("/reset-password"))
    page.get_by_label("New password").fill(NEW)
    page.keyboard.press("Enter")
    expect(page.get_by_text("This link has been used, has ended, or gave way")).to_be_visible()
    expect(page.get_by_role("link", name="Ask for a new link")).to_be_visible()


def test_an_unknown_address_is_told_the_same(somebody: Callable[..., Person], mailbox: Mailbox) -> None:
    grace = somebody("Grace Hopper", "--administrator")
    set_mail(grace, mailbox)
    grace.context.clear_cookies()
    grace.page.goto(f"{grace.studium.url}/forgotten-password")
    grace.page.get_by_label("E-mail").fill("nobody@example.org")
    grace.page.get_by_role("button", name="Send link").click()
    expect(grace.page.get_by_text("If there is an account with the address nobody@example.org")).to_be_visible()


def test_without_mail_the_administrator_helps(person: PersonFactory, somebody: Callable[..., Person]) -> None:
    ada = person("Ada Lovelace")
    ada.context.clear_cookies()
    ada.page.goto(f"{ada.studium.url}/sign-in")
    ada.page.get_by_role("link", name="Forgotten your password?").click()
    expect(ada.page.get_by_text("This Studium cannot send mail")).to_be_visible()
    root, bob = somebody("Grace Hopper", "--administrator"), somebody("Bob Kahn")
    page = root.page
    page.goto(f"{root.studium.url}/administration/accounts")
    page.get_by_role("searchbox").fill(bob.email)
    page.get_by_role("button", name="Actions for Bob Kahn").click()
    page.get_by_role("menuitem", name="Help with a forgotten password").click()
    page.get_by_role("button", name="Make password link").press("Enter")
    link = page.get_by_text(re.compile("/reset-password#")).inner_text()
    bob.context.clear_cookies()
    bob.page.goto(link)
    bob.page.get_by_label("New password").fill(NEW)
    bob.page.keyboard.press("Enter")
    expect(bob.page.get_by_role("heading", name="Projects")).to_be_visible()


def test_a_new_account_confirms_its_address(
    somebody: Callable[..., Person], contexts: Callable[..., BrowserContext], mailbox: Mailbox
) -> None:
    root = somebody("Grace Hopper", "--administrator")
    set_mail(root, mailbox)
    policy = {"site_settings": {"name": "sign_up", "value": "invitation"}}
    as_json = {"headers": {"Content-Type": "application/json"}}
    root.request("POST", "/api/query", data=json.dumps({"query": policy}), **as_json)
    link = root.request("POST", "/api/invitations", data="{}", **as_json).json()["link"]
    page = contexts().new_page()
    page.goto(link)
    page.get_by_label("Name").fill("Emmy Noether")
    page.get_by_label("E-mail").fill("emmy@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("treegrid", name="Files")).to_be_visible(timeout=20_000)  # nothing is blocked
    page.goto(f"{root.studium.url}/settings")
    notice = page.get_by_text("This address is not confirmed yet")
    expect(notice).to_be_visible()
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("A new link is on its way.")).to_be_visible()
    first, second = mailbox.wait("emmy@example.org", 2)
    phone = contexts(**LOOKS["phone"]).new_page()
    phone.goto(first.link("/confirm-email"))
    phone.get_by_role("button", name="Confirm this address").click()
    expect(phone.get_by_text("gave way to a newer one")).to_be_visible()
    phone.goto("about:blank")
    phone.goto(second.link("/confirm-email"))
    expect(phone.get_by_role("button", name="Confirm this address")).to_be_focused()
    phone.keyboard.press("Enter")
    expect(phone.get_by_text("emmy@example.org is yours.")).to_be_visible()
    expect(page.get_by_role("button", name="Send again")).to_have_count(0)  # live, with no reload


def test_another_address(somebody: Callable[..., Person], mailbox: Mailbox) -> None:
    set_mail(somebody("Grace Hopper", "--administrator"), mailbox)
    ada = somebody("Ada Lovelace")
    page, new = ada.page, f"new-{ada.email}"
    page.goto(f"{ada.studium.url}/settings")
    page.get_by_label("New e-mail").fill(new)
    page.get_by_label("Your password").fill("not the password")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The current password is not right.")).to_be_visible()
    expect(page.get_by_label("New e-mail")).to_have_value(new)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Change e-mail").click()
    expect(page.get_by_text(f"A link was sent to {new}.")).to_be_visible()
    assert new in mailbox.wait(ada.email)[-1].text
    tab = ada.context.new_page()
    tab.goto(mailbox.wait(new)[0].link("/confirm-email"))
    tab.get_by_role("button", name="Confirm this address").click()
    expect(tab.get_by_text(f"From now on you sign in with {new}.")).to_be_visible()
    expect(page.get_by_text(new, exact=True)).to_be_visible()  # in the other tab, live


def test_another_address_where_no_mail_is_sent(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    page, new = ada.page, f"new-{ada.email}"
    page.goto(f"{ada.studium.url}/settings")
    expect(page.get_by_text("This address is not confirmed yet")).to_have_count(0)
    for address, words in (
        (bob.email, "There is an account with the address"),
        (new, "This Studium sends no mail, so nothing was asked"),
    ):
        page.get_by_label("New e-mail").fill(address)
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name="Change e-mail").click()
        expect(page.get_by_text(words)).to_be_visible()
    expect(page.get_by_text(new, exact=True)).to_be_visible()


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_the_screens_of_mail_read_well(somebody: Callable[..., Person], mailbox: Mailbox, look: str) -> None:
    root = somebody("Grace Hopper", "--administrator", **LOOKS[look])
    set_mail(root, mailbox)
    page = root.page
    mailbox.server.answers["RCPT"] = "550 5.1.1 The address gone@example.org is not known here"
    try:
        page.goto(f"{root.studium.url}/settings")
        page.get_by_role("button", name="Send again").click()
        page = administration(root)
        expect(
            page.get_by_role("list", name="Messages that were not sent").get_by_role("listitem").first
        ).to_be_visible()
    finally:
        mailbox.server.answers.clear()
    page.get_by_role("heading", name="Mail", exact=True).scroll_into_view_if_needed()
    look_at(page, f"mail-administration-{look}")
    page.get_by_role("button", name="Send a test message to me").click()
    expect(page.get_by_text("took a message to")).to_be_visible()
    page.get_by_role("list", name="Messages that were not sent").scroll_into_view_if_needed()
    look_at(page, f"mail-administration-below-{look}")
    page.goto(f"{root.studium.url}/settings")
    expect(page.get_by_role("button", name="Send again")).to_be_visible()
    page.get_by_role("heading", name="E-mail", exact=True).scroll_into_view_if_needed()
    look_at(page, f"mail-settings-{look}")
    root.context.clear_cookies()
    for path, words in (
        ("sign-in", "Forgotten your password?"),
        ("forgotten-password", "Send link"),
        ("reset-password#some-token", "Change password and sign in"),
        ("confirm-email#some-token", "Confirm this address"),
    ):
        page.goto("about:blank")
        page.goto(f"{root.studium.url}/{path}")
        expect(page.get_by_text(words).first).to_be_visible()
        look_at(page, f"mail-{path.partition('#')[0]}-{look}")
