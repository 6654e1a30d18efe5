"""Notebooks that run, with real kernels: several people, floods, reloads, questions and ends."""

import contextlib
import re

from playwright.sync_api import Error, Locator, expect

from browser.notebooks import Cell, cell, code, notebook_text, open_notebook, press, text_of
from browser.people import Person, PersonFactory, make_viewer, share

# The first start of a kernel in a new project, on a machine that does much else.
STARTED_WITHIN = 60_000


def opened(person: PersonFactory, cells: list[Cell]) -> tuple[Person, str]:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Runs")
    ada.write(project_id, "run.ipynb", notebook_text(cells))
    open_notebook(ada, project_id, "run.ipynb", len(cells))
    return ada, project_id


def joined(ada: Person, person: PersonFactory, project_id: str, cells: int) -> Person:
    bob = person("Bob Kahn")
    share(ada, bob)
    open_notebook(bob, project_id, "run.ipynb", cells)
    return bob


def outputs(person: Person, number: int) -> Locator:
    return cell(person, number).get_by_label("Outputs", exact=True)


def kernel(person: Person, words: str) -> Locator:
    """What the page says of the kernel: by its button, for viewers in words."""
    return person.page.locator(".notebook-toolbar").get_by_label(re.compile(f"^Kernel .*: {words}"))


def appears(place: Locator) -> bool:
    """Whether it comes within the time that somebody waits who has pressed a key."""
    with contextlib.suppress(Error):
        place.wait_for(timeout=11_000)
        return True
    return False


def run(person: Person, number: int) -> None:
    cell(person, number).focus()
    press(person, "Control+Enter")


def test_two_people_run_one_notebook(person: PersonFactory) -> None:
    ada, project_id = opened(person, [code("x = 20"), code("x + 1"), code("print('hello')")])
    bob = joined(ada, person, project_id, 3)
    expect(kernel(bob, "Not started")).to_be_visible()
    cell(ada, 1).focus()
    press(ada, "Shift+Enter")
    expect(cell(bob, 1).get_by_role("img", name="Run number 1")).to_be_visible(timeout=STARTED_WITHIN)
    expect(cell(ada, 2)).to_be_focused()
    # Bob changes what Ada's variable is used for, and both see what comes of it.
    text_of(bob, 2).click()
    press(bob, "End")
    bob.page.keyboard.type("0")
    press(bob, "Control+Enter")
    for somebody in (ada, bob):
        expect(outputs(somebody, 2)).to_have_text("30")
        expect(cell(somebody, 2).get_by_role("img", name="Run number 2")).to_be_visible()
    # A cell that is moved while it waits keeps its output.
    cell(ada, 3).focus()
    press(ada, "Control+Enter", "Control+Shift+ArrowUp")
    expect(outputs(bob, 2)).to_have_text("hello")
    ada.page.reload()
    expect(outputs(ada, 2)).to_have_text("hello")
    expect(outputs(ada, 3)).to_have_text("30")
    expect(kernel(ada, "Idle")).to_be_visible()


def test_a_run_goes_on_while_the_page_is_reloaded(person: PersonFactory) -> None:
    steps = (
        "import pathlib, time\nprint('begun')\nwhile not pathlib.Path('go').exists(): time.sleep(.05)\nprint('over')"
    )
    ada, project_id = opened(person, [code(steps)])
    run(ada, 1)
    expect(outputs(ada, 1)).to_have_text("begun", timeout=STARTED_WITHIN)
    ada.page.goto("about:blank")
    ada.page.goto(f"{ada.studium.url}/projects/{project_id}/edit/run.ipynb")
    expect(outputs(ada, 1)).to_have_text("begun")
    expect(cell(ada, 1).get_by_role("img", name="Running")).to_be_visible()
    ada.write(project_id, "go", "")
    expect(outputs(ada, 1)).to_contain_text("over")
    expect(cell(ada, 1).get_by_role("img", name="Run number 1")).to_be_visible()


def test_a_flood_is_interrupted_and_the_page_stays_quick(person: PersonFactory) -> None:
    ada, _ = opened(person, [code("while True: print(1)"), code("40 + 2")])
    run(ada, 1)
    expect(outputs(ada, 1)).to_contain_text("1", timeout=STARTED_WITHIN)
    # The page takes keys meanwhile, and what waits can be taken from the queue.
    run(ada, 2)
    expect(cell(ada, 2).get_by_role("img", name="Waits to run, number 1 in the queue")).to_be_visible()
    cell(ada, 2).get_by_role("button", name="Do not run").click()
    expect(cell(ada, 2).get_by_role("img", name="Not run yet")).to_be_visible()
    cell(ada, 1).focus()
    press(ada, "i", "i")
    expect(kernel(ada, "Idle")).to_be_visible()
    expect(outputs(ada, 1)).to_contain_text("KeyboardInterrupt")
    run(ada, 2)
    expect(outputs(ada, 2)).to_have_text("42")


def test_an_error_stops_what_waits(person: PersonFactory) -> None:
    ada, _ = opened(person, [code("a = 1"), code("1 / 0"), code("print('not reached')")])
    cell(ada, 1).focus()
    press(ada, "Control+a", "Control+Enter")
    expect(outputs(ada, 2)).to_contain_text("ZeroDivisionError", timeout=STARTED_WITHIN)
    expect(kernel(ada, "Idle")).to_be_visible()
    expect(cell(ada, 3).get_by_role("img", name="Not run yet")).to_be_visible()


def test_another_editor_answers_what_code_asks(person: PersonFactory) -> None:
    ada, project_id = opened(person, [code("name = input('Who? ')\nprint('Hello', name)")])
    bob = joined(ada, person, project_id, 1)
    run(ada, 1)
    answer = bob.page.get_by_role("textbox", name="Who?")
    expect(answer).to_be_visible(timeout=STARTED_WITHIN)
    answer.fill("Bob")
    press(bob, "Enter")
    for somebody in (ada, bob):
        expect(outputs(somebody, 1)).to_contain_text("Hello Bob")
        expect(somebody.page.get_by_role("textbox", name="Who?")).to_have_count(0)


def test_a_kernel_that_ended_says_why_and_starts_again(person: PersonFactory) -> None:
    ada, _ = opened(person, [code("x = 1"), code("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"), code("x")])
    cell(ada, 1).focus()
    press(ada, "Shift+Enter", "Shift+Enter")
    bar = ada.page.get_by_role("status").filter(has_text="The kernel ended: it was killed")
    expect(bar).to_be_visible(timeout=STARTED_WITHIN)
    bar.get_by_role("button", name="Restart the kernel").click()
    expect(kernel(ada, "Idle")).to_be_visible(timeout=STARTED_WITHIN)
    run(ada, 3)
    expect(outputs(ada, 3)).to_contain_text("NameError")
    # Restart and run all, by keys alone.
    text_of(ada, 2).click()
    press(ada, "Control+a")
    ada.page.keyboard.type("x = x + 1")
    press(ada, "Escape", "0", "0")
    ada.page.get_by_role("dialog").get_by_role("button", name="Restart", exact=True).click()
    expect(kernel(ada, "Idle")).to_be_visible(timeout=STARTED_WITHIN)
    ada.page.get_by_role("button", name="Restart the kernel and run all cells").click()
    ada.page.get_by_role("dialog").get_by_role("button", name="Restart and run all").click()
    expect(outputs(ada, 3)).to_have_text("2", timeout=STARTED_WITHIN)


def test_completion_documentation_and_variables(person: PersonFactory) -> None:
    ada, _ = opened(person, [code("import math\nlong_name = 3.5"), code("long_")])
    cell(ada, 1).focus()
    press(ada, "Shift+Enter")
    expect(cell(ada, 1).get_by_role("img", name="Run number 1")).to_be_visible(timeout=STARTED_WITHIN)
    text_of(ada, 2).click()
    press(ada, "Control+End", "Tab")
    # The first answer of a kernel in a new home reads the library once, for seconds on a busy machine.
    if not appears(text_of(ada, 2).filter(has_text="long_name")):
        press(ada, "Tab")
    expect(text_of(ada, 2)).to_have_text("long_name", timeout=30_000)
    ada.page.keyboard.type(" + math.s")
    press(ada, "Tab")
    expect(ada.page.get_by_role("option", name="sqrt")).to_be_visible()
    press(ada, "Escape")
    ada.page.keyboard.type("qrt")
    press(ada, "Shift+Tab")
    expect(ada.page.get_by_role("tooltip").filter(has_text="square root")).to_be_visible()
    ada.page.get_by_role("button", name="Variables of the kernel").click()
    row = ada.page.get_by_role("row").filter(has_text="long_name")
    expect(row).to_contain_text("float")
    expect(row).to_contain_text("3.5")


def test_a_viewer_watches_and_runs_nothing(person: PersonFactory) -> None:
    ada, project_id = opened(person, [code("print('seen')"), code("name = input('Who? ')")])
    vera = person("Vera Rubin")
    make_viewer(ada, vera, project_id)
    open_notebook(vera, project_id, "run.ipynb", 2)
    cell(vera, 1).focus()
    press(vera, "Control+Enter", "Shift+Enter", "0", "0")
    expect(vera.page.get_by_role("dialog")).to_have_count(0)
    expect(kernel(vera, "Not started")).to_be_visible()
    cell(ada, 1).focus()
    press(ada, "Shift+Enter", "Shift+Enter")
    expect(outputs(vera, 1)).to_have_text("seen", timeout=STARTED_WITHIN)
    expect(cell(vera, 2).get_by_text("The running code waits for a line: Who?")).to_be_visible()
    expect(vera.page.get_by_role("textbox", name="Who?")).to_have_count(0)


def test_a_console_tries_things_that_are_in_no_cell(person: PersonFactory) -> None:
    ada, project_id = opened(person, [code("x = 20")])
    bob = joined(ada, person, project_id, 1)
    run(ada, 1)
    expect(cell(ada, 1).get_by_role("img", name="Run number 1")).to_be_visible(timeout=STARTED_WITHIN)
    for somebody in (ada, bob):
        somebody.page.get_by_role("button", name="Console on the kernel").click()
    line = ada.page.get_by_role("textbox", name="Code to run")
    line.fill("x + 1")
    press(ada, "Enter")
    log = ada.page.get_by_role("log", name="Console")
    expect(log.get_by_label("Outputs", exact=True)).to_have_text("21")
    line.focus()
    press(ada, "ArrowUp", "End")
    ada.page.keyboard.type(" / 0")
    press(ada, "Enter")
    expect(log).to_contain_text("ZeroDivisionError")
    expect(bob.page.get_by_text("Only you see it")).to_be_visible()
    expect(ada.page.locator(".cell")).to_have_count(1)
    ada.page.get_by_role("button", name="Clear the console").click()
    expect(log).to_contain_text("Only you see it")
    expect(log.get_by_label("Outputs", exact=True)).to_have_count(0)
