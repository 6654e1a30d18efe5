"""Two people behind a proxy with two hubs, and the hub that they are on is killed while they type."""

import asyncio
import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from browser.people import Studium, newcomer, share, wait_for_file
from support.balancer import Balancer
from support.serving import Serving, running

LINES = 6


@dataclass
class BehindProxy(Studium):
    """The same Studium, at the address of the proxy."""

    proxy: Balancer
    second: Serving

    @property
    def url(self) -> str:
        return self.proxy.url


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[BehindProxy]:
    """``studium serve`` and one more hub; the proxy knows the further hub alone, until a test says more."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="proxy")
    thread.start()
    proxy = Balancer()
    asyncio.run_coroutine_threadsafe(proxy.start(), loop).result(10)
    data = ("--data", str(tmp_path / "data"), "--url", proxy.url, "--port", "0")
    try:
        with ExitStack() as stack:
            first = stack.enter_context(running("serve", *data, "--no-browser"))
            second = stack.enter_context(running("hub", *data))
            proxy.targets = [second.url]
            yield BehindProxy(first, tmp_path / "data", proxy, second)
    finally:
        asyncio.run_coroutine_threadsafe(proxy.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def test_people_type_on_when_their_hub_is_killed(behind: BehindProxy, contexts: Callable[..., BrowserContext]) -> None:
    ada = newcomer(behind, contexts(), "Ada Lovelace", "ada@example.org")
    bob = newcomer(behind, contexts(), "Bob Kahn", "bob@example.org")
    project = ada.new_project("Two hubs")
    share(ada, bob)
    ada.write(project, "notes.md", "")
    for person in (ada, bob):
        person.open_file(project, "notes.md")
    list_of_bob = bob.context.new_page()
    list_of_bob.goto(f"{behind.url}/")
    expect(list_of_bob.get_by_text("Two hubs")).to_be_visible()

    for number in range(LINES):
        ada.editor("notes.md").click()
        ada.page.keyboard.press("Control+End")
        ada.page.keyboard.type(f"line {number}\n", delay=5)
        if number == LINES // 2:
            behind.proxy.targets = [behind.serving.url]
            behind.second.process.send_signal(signal.SIGKILL)
            behind.second.process.wait(10)
    wanted = "".join(f"line {number}\n" for number in range(LINES))
    expect(bob.editor("notes.md")).to_contain_text(f"line {LINES - 1}", timeout=20_000)
    for person in (ada, bob):
        expect(person.save_state()).to_have_text(re.compile("Saved to disk"), timeout=20_000)
        assert person.page.locator(".cm-line").all_inner_texts()[:LINES] == wanted.splitlines()
    wait_for_file(behind.home(project) / "notes.md", wanted)

    # The list that was open all the time follows what happens through the other hub.
    ada.page.goto(f"{behind.url}/")
    ada.page.get_by_role("button", name="New project").first.click()
    dialog = ada.page.get_by_role("dialog")
    dialog.get_by_role("textbox").first.fill("Made after the end")
    dialog.get_by_role("button", name="Create project").click()
    ada.page.wait_for_url(re.compile(r"/projects/[0-9a-f-]{36}"))
    share(ada, bob)
    expect(list_of_bob.get_by_text("Made after the end")).to_be_visible()
    assert behind.proxy.connections[behind.serving.url] > 0
