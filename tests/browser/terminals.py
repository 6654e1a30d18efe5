"""Terminals of the browser tests: where to find them in the page, and what they show.

What a terminal shows is read as a screen reader reads it, so everybody here has that switched on.
"""

import json
import re
from urllib.parse import quote

from playwright.sync_api import Locator, expect

from browser.people import Person

NAME = "terminal.term"


def read_aloud(*people: Person) -> None:
    """Switch on in their accounts that terminals are read by screen readers."""
    for person in people:
        account_id = person.request("GET", "/api/session").json()["account"]["account_id"]
        settings = {"page": {"terminalScreenReader": True}}
        person.query({"accounts": {"account_id": account_id, "settings": settings}})


def open_terminal(person: Person, project_id: str, path: str = NAME) -> None:
    """Open a ``.term`` file, and wait until its first terminal has a prompt or more."""
    person.page.goto(f"{person.studium.url}/projects/{project_id}/edit/{quote(path)}")
    expect(shown(person)).to_contain_text(re.compile(r"\S"), timeout=20_000)


def pane(person: Person, number: int = 1) -> Locator:
    """A terminal of the file that is shown."""
    return person.page.get_by_role("region", name=f"Terminal {number}", exact=True)


def shown(person: Person, number: int = 1) -> Locator:
    """The rows that it shows."""
    return pane(person, number).locator(".xterm-accessibility-tree")


def rows(person: Person, number: int = 1) -> list[str]:
    """The rows that it shows and that are not empty."""
    texts = shown(person, number).get_by_role("listitem").all_inner_texts()
    return [text.replace("\xa0", " ").rstrip() for text in texts if text.strip()]


def keys_of(person: Person, number: int = 1) -> Locator:
    """Where one types."""
    return pane(person, number).get_by_role("textbox", name=re.compile(f"^Terminal {number}"))


def type_into(person: Person, text: str, number: int = 1) -> None:
    """Type into a terminal; end with ``\\n`` to run a command."""
    keys_of(person, number).focus()
    person.page.keyboard.type(text)


def written(person: Person, project_id: str, path: str = NAME) -> list[dict[str, str]]:
    """The terminals that the file names."""
    terminals: list[dict[str, str]] = json.loads((person.studium.home(project_id) / path).read_text())["terminals"]
    return terminals
