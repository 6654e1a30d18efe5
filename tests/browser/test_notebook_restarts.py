"""Three people edit, move and run cells while the kernel, then the project server, are killed in the middle of a run.

What each of them sees, and that nothing is lost, twice, or in the wrong cell."""

import contextlib
import json
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, WebSocket, expect

from browser.notebooks import code, markdown, notebook_text, open_notebook, press
from browser.people import Person, PersonFactory, look_only, share, wait_until
from browser.test_never_lose import SAVED, restart
from browser.test_page import SCREENS
from support.serving import processes_below

LINES, MIDDLE = 10, 4
SLOW = f"""
import pathlib, time
kept = open("held-by-the-kernel", "w")
for number in range({LINES}):
    print("line", number, flush=True)
    while number == {MIDDLE} and not pathlib.Path("go").exists():
        time.sleep(0.02)
"""
CELLS = [
    markdown("# Notes"),
    code(SLOW.strip()),
    code('print("then", number)'),
    code('print("own", 6 * 7)'),
    code('print("last", number + 1)'),
]
NOTES, RUNNING, NEXT, OWN, LAST = (f"cell-{number}" for number in range(len(CELLS)))
ALL = [f"line {number}" for number in range(LINES)]
CONNECTED = re.compile(r"Kernel Python 3[^:]*: (Idle|Busy)")


def there(person: Person, cell_id: str) -> Locator:
    """A cell, wherever it stands."""
    return person.page.locator(f'[data-cell="{cell_id}"]')


def outputs(person: Person, cell_id: str) -> Locator:
    return there(person, cell_id).locator(".cell-outputs")


def order(person: Person) -> list[str]:
    return list(person.page.locator("[data-cell]").evaluate_all("cells => cells.map((cell) => cell.dataset.cell)"))


def opens(kind: str) -> Callable[[WebSocket], bool]:
    """Whether a socket is one of this kind."""
    return lambda socket: f"/{kind}/" in socket.url


def write_at_end(person: Person, cell_id: str, words: str) -> None:
    """Type at the end of a cell."""
    place = there(person, cell_id)
    place.focus()
    press(person, "Enter", "Control+End")
    person.page.keyboard.type(words, delay=10)
    press(person, "Escape")


def written(person: Person, project_id: str) -> dict[str, Any]:
    """The cells of the file, by their ids."""
    text = (person.studium.home(project_id) / "run.ipynb").read_text()
    return {cell["id"]: cell for cell in json.loads(text)["cells"]}


def printed(cell: dict[str, Any]) -> list[str]:
    """The lines that a cell of the file has printed."""
    return "".join("".join(output.get("text", "")) for output in cell["outputs"]).splitlines()


def wait_printed(person: Person, project_id: str, lines: dict[str, list[str]]) -> None:
    """Wait until the file has what these cells have printed: it is saved a moment later."""
    wait_until(lambda: all(printed(written(person, project_id)[cell]) == wanted for cell, wanted in lines.items()))


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def kernel_of(person: Person, project_id: str) -> int:
    """The process that holds the file which the running cell has opened, as the host counts processes."""
    held = person.studium.home(project_id) / "held-by-the-kernel"
    for number in processes_below(person.studium.serving.process.pid):
        with contextlib.suppress(OSError):
            for link in Path(f"/proc/{number}/fd").iterdir():
                with contextlib.suppress(OSError):
                    if os.path.samestat(link.stat(), held.stat()):
                        return number
    raise AssertionError("no kernel runs that cell")


def three_people(person: PersonFactory) -> tuple[Person, Person, Person, str]:
    """All three in a notebook of which two cells were started and one prints; it waits for ``go``."""
    ada, bob, cyd = person("Ada Lovelace"), person("Bob Kahn"), person("Cyd Green")
    project_id = ada.new_project("Restarts")
    share(ada, bob)
    share(ada, cyd)
    ada.write(project_id, "run.ipynb", notebook_text(CELLS))
    for somebody in (ada, bob, cyd):
        open_notebook(somebody, project_id, "run.ipynb", len(CELLS))
    there(ada, RUNNING).focus()
    press(ada, "Shift+Enter", "Shift+Enter")
    for somebody in (ada, bob, cyd):
        expect(outputs(somebody, RUNNING)).to_contain_text(f"line {MIDDLE}", timeout=30_000)
    return ada, bob, cyd, project_id


def same_for_all(project_id: str, *people: Person) -> None:
    """Everybody has it on disk, and sees what the file holds, in its order."""
    for somebody in people:
        expect(somebody.save_state()).to_have_text(SAVED, timeout=30_000)
    for somebody in people:
        wait_until(lambda person=somebody: order(person) == list(written(person, project_id)))  # type: ignore[misc]


def test_the_project_server_is_killed_in_the_middle_of_a_run(person: PersonFactory) -> None:
    ada, bob, cyd, project_id = three_people(person)
    write_at_end(bob, NOTES, " before")
    there(cyd, OWN).focus()
    press(cyd, "Control+Shift+ArrowUp", "Control+Shift+ArrowUp")
    expect(there(ada, OWN)).to_have_attribute("aria-label", re.compile("cell 2"))
    with contextlib.ExitStack() as connected_again:
        for somebody in (ada, bob, cyd):
            for kind in ("documents", "kernels"):
                connected_again.enter_context(somebody.page.expect_websocket(opens(kind), timeout=60_000))
        restart(ada, project_id)
        # While it is away: Bob writes on, Ada changes what waits to run, Cyd moves the cell that runs.
        write_at_end(bob, NOTES, " and after")
        write_at_end(ada, NEXT, "  # by ada")
        there(cyd, RUNNING).focus()
        press(cyd, "Control+Shift+ArrowDown")
    for somebody in (ada, bob, cyd):
        expect(somebody.page.get_by_role("button", name=CONNECTED)).to_be_visible(timeout=30_000)
        expect(there(somebody, NOTES)).to_contain_text("Notes before and after")
    (ada.studium.home(project_id) / "go").touch()
    for somebody in (ada, bob, cyd):
        expect(outputs(somebody, NEXT)).to_have_text(f"then {LINES - 1}", timeout=30_000)
        # All of it, once and in order, with a word on what happened.
        said = outputs(somebody, RUNNING).inner_text().splitlines()
        assert [line for line in said if line.startswith("line ")] == ALL
        assert [line for line in said if "The project server was started again here" in line], said
    SCREENS.mkdir(parents=True, exist_ok=True)
    ada.page.screenshot(path=SCREENS / "notebook-server-killed.png")
    # The same kernel, with its variables; what was not run has put out nothing.
    there(cyd, LAST).focus()
    press(cyd, "Control+Enter")
    for somebody in (ada, bob, cyd):
        expect(outputs(somebody, LAST)).to_have_text(f"last {LINES}", timeout=30_000)
        expect(there(somebody, OWN)).not_to_contain_text("own 42")
    same_for_all(project_id, ada, bob, cyd)
    wait_printed(ada, project_id, {NEXT: [f"then {LINES - 1}"], LAST: [f"last {LINES}"], OWN: []})
    cells = written(ada, project_id)
    assert list(cells) == [NOTES, OWN, NEXT, RUNNING, LAST]
    assert source(cells[NOTES]) == "# Notes before and after"
    assert source(cells[NEXT]) == 'print("then", number)  # by ada'
    assert [line for line in printed(cells[RUNNING]) if line.startswith("line ")] == ALL


def test_the_kernel_is_killed_in_the_middle_of_a_run(person: PersonFactory) -> None:
    ada, bob, cyd, project_id = three_people(person)
    look_only(ada, cyd, project_id)
    expect(cyd.page.get_by_text("Read only").first).to_be_visible()
    write_at_end(bob, NOTES, " before")
    os.kill(kernel_of(ada, project_id), signal.SIGKILL)
    told = re.compile("The kernel ended: it was killed. .*The text and outputs are all there; the variables are gone.")
    for somebody in (ada, bob, cyd):
        expect(somebody.page.get_by_text(told)).to_be_visible(timeout=20_000)
        expect(somebody.page.get_by_role("contentinfo")).to_contain_text("Python 3, ended")
        expect(outputs(somebody, RUNNING)).to_contain_text(f"line {MIDDLE}")
        expect(outputs(somebody, RUNNING)).to_contain_text("The kernel ended: it was killed.")
        expect(there(somebody, RUNNING).locator(".cell-prompt")).not_to_have_class(re.compile("running|queued"))
        expect(there(somebody, NEXT).locator(".cell-prompt")).not_to_have_class(re.compile("running|queued"))
    expect(cyd.page.get_by_role("button", name="Restart and run all")).to_have_count(0)
    SCREENS.mkdir(parents=True, exist_ok=True)
    for somebody in (bob, cyd):
        somebody.page.screenshot(path=SCREENS / f"notebook-kernel-killed-{somebody.name.split()[0].lower()}.png")
    # Editing goes on, and running with a new kernel: all of it, by a button.
    write_at_end(bob, NOTES, " and after")
    there(bob, OWN).focus()
    press(bob, "Control+Shift+ArrowUp")
    (ada.studium.home(project_id) / "go").touch()
    ada.page.get_by_role("button", name="Restart and run all").click()
    for somebody in (ada, bob, cyd):
        expect(outputs(somebody, LAST)).to_have_text(f"last {LINES}", timeout=30_000)
        expect(outputs(somebody, OWN)).to_have_text("own 42")
        expect(outputs(somebody, NEXT)).to_have_text(f"then {LINES - 1}")
        assert outputs(somebody, RUNNING).inner_text().strip().splitlines() == ALL
        expect(somebody.page.get_by_text(told)).to_have_count(0)
        expect(there(somebody, NOTES)).to_contain_text("Notes before and after")
    same_for_all(project_id, ada, bob)
    wait_printed(ada, project_id, {RUNNING: ALL, LAST: [f"last {LINES}"]})
    cells = written(ada, project_id)
    assert list(cells) == [NOTES, RUNNING, OWN, NEXT, LAST]
    assert source(cells[NOTES]) == "# Notes before and after"


def test_both_are_killed_at_once(person: PersonFactory) -> None:
    ada, bob, cyd, project_id = three_people(person)
    kernel = kernel_of(ada, project_id)
    for somebody, words in ((ada, " ada"), (bob, " bob"), (cyd, " cyd")):
        write_at_end(somebody, NOTES, words)
    restart(ada, project_id)
    os.kill(kernel, signal.SIGKILL)
    write_at_end(bob, LAST, "  # by bob")
    told = re.compile("The kernel ended while the project server was started again.")
    for somebody in (ada, bob, cyd):
        expect(somebody.page.locator(".text-editor-bar").filter(has_text=told)).to_be_visible(timeout=60_000)
        expect(outputs(somebody, RUNNING)).to_contain_text(f"line {MIDDLE}")
        expect(there(somebody, NEXT).locator(".cell-prompt")).not_to_have_class(re.compile("running|queued"))
    # Cyd runs what needs no variables: a new kernel is started for it.
    there(cyd, OWN).focus()
    press(cyd, "Control+Enter")
    for somebody in (ada, bob, cyd):
        expect(outputs(somebody, OWN)).to_have_text("own 42", timeout=30_000)
        expect(somebody.page.locator(".text-editor-bar").filter(has_text=told)).to_have_count(0)
    same_for_all(project_id, ada, bob, cyd)
    cells = written(ada, project_id)
    assert source(cells[NOTES]) == "# Notes ada bob cyd"
    assert source(cells[LAST]) == 'print("last", number + 1)  # by bob'
    assert [line for line in printed(cells[RUNNING]) if line.startswith("line ")] == ALL[: MIDDLE + 1]
    assert [printed(cells[cell]) for cell in (NEXT, LAST)] == [[], []]
