"""What is measured of notebooks, in one place at a time: each measure is one round, and answers lists of values by
their names. What a place cannot do is missing there, with a sentence among the notes."""

import contextlib
import itertools
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from notebook_memory import peak_of
from notebook_places import Place
from notebook_samples import FLOOD, FLOOD_LINES, course, ones, programs
from playwright.sync_api import Locator, Page

WARM_KEYS = 40
TYPED_KEYS = 50
SCROLL_STEPS = 100
SCROLL_PIXELS = 600
STEP_MS = 33
"""Between two turns of the wheel."""
FLOOD_WITHIN_MS = 60_000
ENDLESS_SECONDS = 3.0
WITHIN_MS = 30_000
PLAIN = f'env -u PYTHONUNBUFFERED "$PYTHON" -c "{FLOOD}" | cat > /dev/null'
UNBUFFERED = f'"$PYTHON" -u -c "{FLOOD}" | cat > /dev/null'

_numbers = itertools.count(1)


class TooLate(Exception):
    """Something did not happen in time, and the page may not answer any more."""


class Figures:
    """Values by the name of the figure, and notes of what could not be done."""

    def __init__(self) -> None:
        self.values: dict[str, list[float]] = defaultdict(list)
        self.notes: set[str] = set()

    def add(self, name: str, value: float | None) -> None:
        """One more value; None is left out."""
        if value is not None:
            self.values[name].append(value)

    def took(self, name: str, measured: dict[str, float] | None, note: str) -> float:
        """What the probe says, in milliseconds: until it was in the page, and until the frame with it was drawn, which
        is the answer. Raises ``TooLate`` when there is nothing."""
        if measured is None:
            self.notes.add(note)
            raise TooLate(note)
        self.add(f"{name}_ms", measured["dom"])
        self.add(f"{name}_drawn_ms", measured["frame"])
        return measured["frame"]


Measure = Callable[[Place, Figures], None]


@contextlib.contextmanager
def opened(place: Place, text: str) -> Iterator[Page]:
    """A page with a new notebook; its kernel and the page are ended afterwards."""
    path = new_path()
    page = place.open(path, text)
    try:
        yield page
    except TooLate:
        place.give_up(page)
        raise
    else:
        place.end_kernel(page, path)
        page.close()


def new_path() -> str:
    """The path of a notebook that nobody has opened."""
    return f"measured-{next(_numbers)}.ipynb"


def cell(page: Page, place: Place, index: int = 0) -> Locator:
    """A cell, counted from 0."""
    return page.locator(f"{place.selectors['cell']} >> visible=true").nth(index)


def enter(page: Page, place: Place, index: int = 0) -> None:
    """Into the text of a cell."""
    cell(page, place, index).locator(".cm-content").click()


def press(page: Page, keys: str, until: str, *, key: str = "Enter", times: int = 1, within: int = WITHIN_MS) -> Any:
    """Press keys; what the probe has seen of it."""
    arm(page, key=key, times=times, until=until)
    for _ in range(times):
        page.keyboard.press(keys)
    return result(page, within)


def arm(page: Page, **wanted: Any) -> None:
    """Begin to wait for an event, and then for what it changes."""
    page.evaluate("wanted => probe.arm(wanted)", wanted)


def result(page: Page, within: int = WITHIN_MS) -> Any:
    """Milliseconds, or None when it did not happen in time."""
    late = "new Promise((resolve) => setTimeout(resolve, within, null))"
    return page.evaluate(f"(within) => Promise.race([measuring, {late}])", within)


def runs(place: Place, figures: Figures) -> None:
    """The first cell of a notebook in a project that is warm, and those after it."""
    chance = random.Random(WARM_KEYS)
    with opened(place, ones(WARM_KEYS + 2)) as page:
        place.wait_warm(page)
        enter(page, place)
        figures.took("first_run", press(page, "Shift+Enter", "output"), "The first cell did not run.")
        for _ in range(WARM_KEYS):
            page.wait_for_timeout(chance.uniform(100, 160))  # at any place within a frame
            figures.took("next_run", press(page, "Shift+Enter", "output"), "A cell did not run.")


def cold(place: Place, figures: Figures) -> None:
    """A kernel that nothing was prepared for, from the key; and a restart, from the click that confirms it."""
    if place.cold_kernel is not None:
        with opened(place, ones(2).replace('"python3"', f'"{place.cold_kernel}"')) as page:
            enter(page, place)
            figures.took("cold_kernel_run", press(page, "Shift+Enter", "output"), "A cold kernel did not run.")
    path = new_path()
    place.write(path, programs("import os; os.getpid()"))
    page = place.page()
    place.show_file(page, path)
    page.wait_for_timeout(500)
    arm(page, event="open", until="outputAnywhere")
    place.click_open(page, path)
    page.evaluate("() => probe.wait('editor')")
    enter(page, place)
    page.keyboard.press("Shift+Enter")
    figures.took("open_and_run", result(page), "A cell that was run at once after the notebook was opened never ran.")
    page.wait_for_timeout(500)
    place.ask_restart_and_run(page)
    arm(page, event="click", until="outputAnew")
    place.confirm_restart(page)
    figures.took("restart_and_run", result(page), "Restart and run all did not end.")
    place.end_kernel(page, path)
    page.close()


def opens(place: Place, figures: Figures) -> None:
    """Notebooks, from the click in the list of files until their first cells are drawn, and scrolling."""
    page = place.page()
    for name, text in (("open_1_mb_first", _megabyte()), ("open_1_mb", _megabyte()), ("open_1000_cells", _thousand())):
        path = new_path()
        place.write(path, text)
        place.show_file(page, path)
        page.wait_for_timeout(1000)
        arm(page, event="open", until="opened")
        place.click_open(page, path)
        figures.took(name, result(page), f"{name}: nothing was shown.")
        page.wait_for_timeout(2000)
        if name == "open_1000_cells":
            scroll(page, place, figures)
        place.end_kernel(page, path)
    figures.add("heap_with_1000_cells_mb", page.evaluate("() => performance.memory.usedJSHeapSize / 1e6"))
    page.close()


def scroll(page: Page, place: Place, figures: Figures) -> None:
    """The wheel turns, some screens a second."""
    page.mouse.move(*page.evaluate("() => probe.middle()"))
    page.evaluate("() => probe.watchFrames()")
    for _ in range(SCROLL_STEPS):
        page.mouse.wheel(0, SCROLL_PIXELS)
        page.wait_for_timeout(STEP_MS)
    times, long = page.evaluate("() => stopFrames()")
    for before, after in itertools.pairwise(times):
        figures.add("scroll_frame_ms", after - before)
    figures.add("scroll_frames_a_second", 1000 * (len(times) - 1) / (times[-1] - times[0]))
    figures.add("scroll_longest_task_ms", max(long, default=0.0))


def flood(place: Place, figures: Figures) -> None:
    """A million printed lines, beside a plain ``python | cat``."""
    figures.add("plain_seconds", _timed(place, PLAIN))
    figures.add("plain_unbuffered_seconds", _timed(place, UNBUFFERED))
    with opened(place, programs("1", FLOOD)) as page:
        enter(page, place)
        press(page, "Control+Enter", "ran")
        enter(page, place, 1)
        processes = {"server": [place.server], "page": place.renderers()}
        with peak_of(processes) as memory:
            measured = press(page, "Control+Enter", "ran", within=FLOOD_WITHIN_MS)
        for name, (before, most) in memory.items():
            figures.add(f"flood_{name}_mb", most / 1e6)
            figures.add(f"flood_{name}_growth_mb", (most - before) / 1e6)
        note = f"{FLOOD_LINES:,} lines did not end in {FLOOD_WITHIN_MS // 1000} s."
        seconds = figures.took("flood", measured, note) / 1000
        figures.add("flood_ratio", seconds / figures.values["plain_seconds"][-1])
        figures.add("flood_ratio_to_unbuffered", seconds / figures.values["plain_unbuffered_seconds"][-1])
        page.wait_for_timeout(500)
        shown = page.evaluate("() => probe.outputOf(probe.active())?.textContent ?? ''")
        figures.add("flood_characters_in_page", len(shown))
        if place.drops_output(shown):
            figures.notes.add("Most of the flood was thrown away: the server bounds what a kernel may say a second.")


def endless(place: Place, figures: Figures) -> None:
    """``while True: print(1)`` for some seconds, then an interrupt."""
    with opened(place, programs("1", "while True: print(1)")) as page:
        enter(page, place)
        press(page, "Control+Enter", "ran")
        enter(page, place, 1)
        page.keyboard.press("Control+Enter")
        page.wait_for_timeout(1000 * ENDLESS_SECONDS)
        measured = press(page, "i", "idle", key="i", times=2)
        note = f"An endless loop did not stop within {WITHIN_MS // 1000} s of the interrupt."
        figures.took("interrupt", measured, note)


def together(place: Place, figures: Figures) -> None:
    """Two people in one notebook: from the key of the one to the letter in the page of the other."""
    path = new_path()
    with contextlib.ExitStack() as stack:
        one = place.open(path, programs(*["value = 1"] * 20))
        stack.callback(one.close)
        other = place.other_page()
        stack.callback(other.close)
        place.click_open(other, path)
        other.evaluate("() => probe.wait('editor')")
        other.wait_for_timeout(1500)
        enter(one, place)
        one.keyboard.press("End")
        one.evaluate("() => probe.watchKeys('q')")
        other.evaluate("() => probe.watchText(0, 'q')")
        for _ in range(TYPED_KEYS):
            one.keyboard.press("q")
            one.wait_for_timeout(100)
        one.wait_for_timeout(1000)
        pressed, seen = one.evaluate("() => keyTimes"), other.evaluate("() => textTimes")
        if len(seen) != len(pressed):
            figures.notes.add("Not every letter came to the other page.")
        for before, after in zip(pressed, seen, strict=False):
            figures.add("letter_to_other_page_ms", after - before)
        place.end_kernel(one, path)


MEASURES: dict[str, Measure] = {
    "runs": runs,
    "cold": cold,
    "opens": opens,
    "flood": flood,
    "endless": endless,
    "together": together,
}


def _timed(place: Place, command: str) -> float:
    """Seconds of a command where kernels run, told by a shell there."""
    clock = "date +%s%N"
    said = place.shell(f'PYTHON="{place.python}"; began=$({clock}); {command}; echo $(( $({clock}) - began ))')
    return int(said.split()[-1]) / 1e9


def _megabyte() -> str:
    text = course(370, 6)
    assert 0.9e6 < len(text) < 1.2e6, len(text)
    return text


def _thousand() -> str:
    return course(1000, 10)
