"""Real people in real browsers: one Studium a session, as many people as a test asks for.

Each person is a browser context of their own: cookies, storage and network apart. A test that fails leaves a
screenshot and a trace of everyone in ``test-results/``.
"""

import contextlib
import itertools
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Playwright, expect, sync_playwright

from browser.people import Person, PersonFactory, Studium, newcomer
from support.serving import running

RESULTS = Path(__file__).parents[2] / "test-results"
CHROMIUM = os.environ.get("STUDIUM_TEST_CHROMIUM") or which("chromium-headless-shell") or "/usr/bin/chromium"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--site-per-process",  # as with windows: what runs in a frame of its own holds up no page
]
TRACES = os.environ.get("STUDIUM_TEST_TRACES", "1") != "0"  # a tenth of the time of all tests
expect.set_options(timeout=20_000)
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def studium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studium]:
    data = tmp_path_factory.mktemp("data")
    with running("serve", "--data", str(data), "--port", "0", "--no-browser") as serving:
        yield Studium(serving, data)


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

    def new(**options: Any) -> BrowserContext:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        if TRACES:
            context.tracing.start(snapshots=True)
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
                with contextlib.suppress(Error):  # a tab that crashed has no picture
                    page.screenshot(path=folder / f"person-{number}-page-{index}.png", timeout=5_000)
        if TRACES:
            context.tracing.stop(path=folder / f"person-{number}.zip" if failed else None)
        context.close()


@pytest.fixture
def person(studium: Studium, contexts: Callable[..., BrowserContext]) -> Iterator[PersonFactory]:
    """Makes a person: an account of their own, signed in. Their projects are stopped after the test: those
    of a hundred tests would fill the machine's memory."""
    made: list[Person] = []

    def new(name: str, *flags: str, **options: Any) -> Person:
        email = f"{name.split()[0].lower()}-{next(_numbers)}@example.org"
        made.append(newcomer(studium, contexts(**options), name, email, *flags))
        return made[-1]

    yield new
    for somebody in made:
        with contextlib.suppress(Error, AssertionError):  # an account that is gone or signed out
            somebody.stop_projects()
