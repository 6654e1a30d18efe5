"""People of the browser tests: what a person can do, in the words of the page."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from playwright.sync_api import APIResponse, BrowserContext, Locator, Page, expect

from support.serving import Serving, add_account

PASSWORD = "correct horse battery"


@dataclass
class Studium:
    """The Studium that the browsers visit, and its administrator."""

    serving: Serving
    data: Path

    @property
    def url(self) -> str:
        return self.serving.url

    def home(self, project_id: str) -> Path:
        """The host's side of a project's home."""
        return self.data / "projects" / project_id / "home"


@dataclass
class Person:
    """Somebody with an account and a browser."""

    name: str
    email: str
    context: BrowserContext
    page: Page
    studium: Studium

    account_id: str = ""

    def enter(self) -> None:
        """Sign in without the page, which stays empty: tests of the form itself use ``sign_in``."""
        answer = self._send("POST", "/api/session", {"email_address": self.email, "password": PASSWORD})
        self.account_id = answer["account"]["account_id"]

    def go_home(self) -> None:
        """To the list of projects."""
        self.page.goto(f"{self.studium.url}/")
        expect(self.page.get_by_role("heading", name="Projects")).to_be_visible()

    def sign_in(self) -> None:
        """Sign in by the form, as in another browser."""
        self.page.goto(f"{self.studium.url}/sign-in")
        self.page.get_by_label("E-mail").fill(self.email)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", name="Projects")).to_be_visible()

    def new_project(self, title: str) -> str:
        """Make a project and open its page; answers its id."""
        project_id = str(self.query({"projects": {"title": title}})["projects"]["project_id"])
        self.page.goto(f"{self.studium.url}/projects/{project_id}")
        expect(self.files()).to_be_visible(timeout=20_000)
        return project_id

    def new_project_by_dialog(self, title: str) -> str:
        """The same as a person does it."""
        self.go_home()
        self.page.get_by_role("button", name="New project").first.click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_role("textbox").first.fill(title)
        dialog.get_by_role("button", name="Create project").click()
        self.page.wait_for_url(re.compile(r"/projects/[0-9a-f-]{36}"))
        expect(self.files()).to_be_visible(timeout=20_000)
        return self.project_id()

    def project_id(self) -> str:
        found = re.search(r"/projects/([0-9a-f-]{36})", self.page.url)
        assert found, self.page.url
        return found.group(1)

    def files(self) -> Locator:
        """The file tree."""
        return self.page.get_by_role("treegrid", name="Files")

    def open_file(self, project_id: str, path: str) -> None:
        self.page.goto(f"{self.studium.url}/projects/{project_id}/edit/{quote(path)}")
        expect(self.editor(path)).to_be_visible(timeout=20_000)

    def editor(self, path: str) -> Locator:
        """The text of an open file, as assistive technology finds it."""
        return self.page.get_by_role("textbox", name=re.compile(re.escape(path.rsplit("/", 1)[-1]) + " editor"))

    def save_state(self) -> Locator:
        return self.page.get_by_role("status", name="Save state")

    def request(self, method: str, path: str, **options: Any) -> APIResponse:
        """An HTTP request with this person's cookie, as the page would send it."""
        headers = {"Origin": self.studium.url, "Sec-Fetch-Site": "same-origin", **options.pop("headers", {})}
        answer = self.context.request.fetch(f"{self.studium.url}{path}", method=method, headers=headers, **options)
        assert answer.ok, f"{method} {path}: {answer.status} {answer.text()}"
        return answer

    def stop_projects(self) -> None:
        """Ask for all projects of this person to be stopped; nobody waits until they are."""
        for row in self.query({"projects": [{"project_id": None, "state": None}]})["projects"]:
            if row["state"]["status"] not in ("stopped", "failed"):
                self.query({"projects": {"project_id": row["project_id"], "action_request": {"action": "stop"}}})

    def query(self, query: object) -> Any:
        """The result of a query of the tables."""
        return self._send("POST", "/api/query", {"query": query})["result"]

    def _send(self, method: str, path: str, body: object) -> Any:
        headers = {"Content-Type": "application/json"}
        return self.request(method, path, data=json.dumps(body), headers=headers).json()

    def write(self, project_id: str, path: str, text: str) -> None:
        self.request("PUT", f"/projects/{project_id}/files/{quote(path)}", data=text.encode())

    def run(self, project_id: str, command: str) -> str:
        """Run a shell command in the project and answer its standard output."""
        answer = self._send("POST", f"/projects/{project_id}/run", {"command": command})
        assert answer["exit_code"] == 0, answer
        return str(answer["stdout"])


def newcomer(studium: Studium, context: BrowserContext, name: str, email: str, *flags: str) -> Person:
    """Somebody with a new account, signed in, whose page is still empty. ``flags`` are those of ``studium admin account
    add``."""
    add_account(studium.data, email, name, PASSWORD, *flags)
    somebody = Person(name, email, context, context.new_page(), studium)
    somebody.enter()
    return somebody


class PersonFactory(Protocol):
    """Makes a person by name; flags go to ``studium admin account add`` (``--administrator``), options to the browser
    context (viewport, colour scheme …)."""

    def __call__(self, name: str, *flags: str, **options: Any) -> Person: ...


def share(owner: Person, other: Person) -> None:
    """Add ``other`` as a collaborator of the project that the owner's page shows."""
    owner.query({"collaborators": {"project_id": owner.project_id(), "account_id": other.account_id}})


def look_only(owner: Person, other: Person, project_id: str) -> None:
    """Make a collaborator a viewer."""
    owner.query({"collaborators": {"project_id": project_id, "account_id": other.account_id, "role": "viewer"}})


def make_viewer(owner: Person, other: Person, project_id: str) -> None:
    """Add ``other`` as a viewer of the project that the owner's page shows."""
    share(owner, other)
    look_only(owner, other, project_id)


def share_by_dialog(owner: Person, other: Person) -> None:
    """The same as a person does it."""
    owner.page.get_by_role("button", name="Share").click()
    dialog = owner.page.get_by_role("dialog", name=re.compile("Share"))
    dialog.get_by_label("E-mail").fill(other.email)
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.get_by_text(other.name)).to_be_visible()
    owner.page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()


def wait_until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for something outside the page that no event tells the test of."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def wait_for_file(path: Path, text: str, seconds: float = 60.0) -> None:
    """Wait until the file on disk holds this text (a last newline aside, which an editor shows as an empty line)."""
    wait_until(lambda: path.exists() and path.read_text().rstrip("\n") == text.rstrip("\n"), seconds)
