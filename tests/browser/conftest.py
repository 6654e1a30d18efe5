"""Real people in real browsers: one Studium a session, as many people as a test asks for.

Each person is a browser context of their own: cookies, storage and network apart. A test that fails leaves a
screenshot and a trace of everyone in ``test-results/``.
"""

import itertools
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from support.serving import Serving, admin, running

RESULTS = Path(__file__).parents[2] / "test-results"
CHROMIUM = os.environ.get("STUDIUM_TEST_CHROMIUM", "/usr/bin/chromium")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "correct horse battery"

expect.set_options(timeout=10_000)
_numbers = itertools.count(1)


@dataclass
class Studium:
    """The Studium that the browsers visit, and its administrator."""

    serving: Serving
    data: Path
    administrator_email: str
    set_up_link: str

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

    def sign_in(self) -> None:
        self.page.goto(f"{self.studium.url}/sign-in")
        self.page.get_by_label("E-mail").fill(self.email)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", name="Projects")).to_be_visible()

    def new_project(self, title: str) -> str:
        """Make a project in the page and answer its id; the project page is open afterwards."""
        self.page.goto(f"{self.studium.url}/")
        self.page.get_by_role("button", name="New project").first.click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_role("textbox").first.fill(title)
        dialog.get_by_role("button", name="Create project").click()
        self.page.wait_for_url(re.compile(r"/projects/[0-9a-f-]{36}"))
        return self.project_id()

    def project_id(self) -> str:
        found = re.search(r"/projects/([0-9a-f-]{36})", self.page.url)
        assert found, self.page.url
        return found.group(1)

    def open_file(self, project_id: str, path: str) -> None:
        self.page.goto(f"{self.studium.url}/projects/{project_id}/edit/{path}")
        expect(self.editor(path)).to_be_visible()

    def editor(self, path: str):  # type: ignore[no-untyped-def]
        """The text of an open file, as assistive technology finds it."""
        return self.page.get_by_role("textbox", name=re.compile(re.escape(path.rsplit("/", 1)[-1])))


@pytest.fixture(scope="session")
def studium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studium]:
    data = tmp_path_factory.mktemp("data")
    with running("serve", "--data", str(data), "--port", "0", "--no-browser") as serving:
        set_up_link = serving.link("/set-up")
        yield Studium(serving, data, "ada@example.org", set_up_link)


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    browser = playwright_driver.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
    yield browser
    browser.close()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    report = yield
    setattr(item, f"report_{report.when}", report)
    return report


@pytest.fixture
def contexts(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts; keeps screenshots and traces of those in a test that fails."""
    opened: list[BrowserContext] = []

    def new(**options: object) -> BrowserContext:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})  # type: ignore[arg-type]
        context.tracing.start(screenshots=True, snapshots=True)
        opened.append(context)
        return context

    yield new
    report = getattr(request.node, "report_call", None)
    failed = report is None or report.failed
    folder = RESULTS / re.sub(r"[^\w.-]+", "_", request.node.name)
    for number, context in enumerate(opened, 1):
        if failed:
            folder.mkdir(parents=True, exist_ok=True)
            for index, page in enumerate(context.pages, 1):
                page.screenshot(path=folder / f"person-{number}-page-{index}.png")
            context.tracing.stop(path=folder / f"person-{number}.zip")
        else:
            context.tracing.stop()
        context.close()


@pytest.fixture
def person(
    studium: Studium, contexts: Callable[..., BrowserContext], tmp_path: Path
) -> Callable[..., Person]:
    """Makes a person: an account of their own, signed in by the page."""
    password_file = tmp_path / "password"
    password_file.write_text(PASSWORD)

    def new(name: str, **options: object) -> Person:
        email = f"{name.split()[0].lower()}-{next(_numbers)}@example.org"
        admin(studium.data, "account", "add", email, "--name", name, "--password-file", str(password_file))
        context = contexts(**options)
        somebody = Person(name, email, context, context.new_page(), studium)
        somebody.sign_in()
        return somebody

    return new
