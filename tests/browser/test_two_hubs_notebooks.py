"""A cell runs in a notebook of two people, and the hub that they are on is killed in the middle of it."""

import json
import signal
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, expect

from browser.notebooks import cell, code, notebook_text, open_notebook
from browser.people import newcomer, share, wait_until
from browser.test_two_hubs import BehindProxy, behind

__all__ = ["behind"]

LINES, MIDDLE = 12, 5
SLOW = f"""
import pathlib, time
for number in range({LINES}):
    print("line", number, flush=True)
    while number == {MIDDLE} and not pathlib.Path("go").exists():
        time.sleep(0.02)
"""
CELLS = [code(SLOW.strip()), code('print("then", number)'), code("number + 1")]
ALL = "".join(f"line {number}\n" for number in range(LINES))


def printed(written: dict[str, Any], index: int) -> str:
    outputs = written["cells"][index]["outputs"]
    return "".join("".join(output.get("text", "")) for output in outputs)


def test_a_run_goes_on_when_its_hub_is_killed(behind: BehindProxy, contexts: Callable[..., BrowserContext]) -> None:
    ada = newcomer(behind, contexts(), "Ada Lovelace", "ada@example.org")
    bob = newcomer(behind, contexts(), "Bob Kahn", "bob@example.org")
    project = ada.new_project("Two hubs")
    share(ada, bob)
    ada.write(project, "run.ipynb", notebook_text(CELLS))
    for person in (ada, bob):
        open_notebook(person, project, "run.ipynb", len(CELLS))
    cell(ada, 1).focus()
    ada.page.keyboard.press("Shift+Enter")
    ada.page.keyboard.press("Shift+Enter")  # the second one waits
    for person in (ada, bob):
        expect(cell(person, 1)).to_contain_text(f"line {MIDDLE}", timeout=30_000)

    # No hub answers for a while, and the one that carried all this is gone for good.
    behind.proxy.targets = []
    behind.second.process.send_signal(signal.SIGKILL)
    behind.second.process.wait(10)
    home = behind.home(project)
    assert f"line {MIDDLE + 1}" not in (home / "run.ipynb").read_text()
    (home / "go").touch()

    def done() -> bool:
        written = json.loads((home / "run.ipynb").read_text())
        return (printed(written, 0), printed(written, 1)) == (ALL, f"then {LINES - 1}\n")

    wait_until(done, seconds=20)
    expect(cell(ada, 1)).not_to_contain_text(f"line {LINES - 1}")  # so the run was not told by way of the page

    behind.proxy.targets = [behind.serving.url]
    for person in (ada, bob):
        expect(cell(person, 2)).to_contain_text(f"then {LINES - 1}", timeout=30_000)
        shown = cell(person, 1).locator(".cell-outputs").inner_text()
        assert shown.split() == ALL.split()
    # The kernel is the same: it has its variables.
    expect(bob.page.get_by_role("button", name="Kernel Python 3: Idle")).to_be_visible(timeout=20_000)
    cell(bob, 3).focus()
    bob.page.keyboard.press("Control+Enter")
    for person in (ada, bob):
        expect(cell(person, 3).locator(".cell-outputs")).to_have_text(str(LINES), timeout=20_000)
