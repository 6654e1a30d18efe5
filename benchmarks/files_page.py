"""Files in the page of Studium and of JupyterLab, by turns, in a real browser: a folder of 10,000 entries, its filter,
a text of 1 MB, a CSV of 1 GB (in Studium alone), a file that a shell makes.

``.venv/bin/python benchmarks/files_page.py [--rounds N] [--places PLACE …]`` prints JSON; ``docs/performance.md`` says
what each figure is. Needs Chromium (``STUDIUM_TEST_CHROMIUM``), and what ``scripts/set_up.py bench`` installs.
"""

import argparse
import contextlib
import json
import os
import platform
import re
import statistics
import sys
from collections import defaultdict
from typing import Any, ClassVar

from notebook_places import PLACES, Place, new_browser
from notebooks import summary
from playwright.sync_api import Page, expect, sync_playwright

ROUNDS = 5
ENTRIES = 10_000
LINE = "A line of a file that is one megabyte long, as a lecture's data may be.\n"
MEGABYTE = 1_000_000
KEYS = "0099"
PRESS_MS = 40  # a hand's click: what the first of two begins is over by the second
CSV_ROWS = 14_000_000
WRITE_CSV = f"""python3 - <<'END'
with open("big.csv", "w") as file:
    file.write("id,name,value,when,note\\n")
    for first in range(0, {CSV_ROWS}, 1000):
        file.writelines(
            f"{{i}},name of row {{i}},{{i * 0.37:.4f}},2026-01-01T00:00:00,some text of this line\\n"
            for i in range(first, first + 1000)
        )
END"""

#: What the medians must not exceed in Studium; None where nothing is asked.
BARS: dict[str, float | None] = {
    "list_10000_ms": 200.0,
    "filter_key_ms": 16.0,
    "filter_list_ms": None,
    "open_1_mb_text_ms": 150.0,
    "open_1_gb_csv_ms": None,
    "count_1_gb_csv_ms": None,
    "shell_file_shows_ms": 200.0,
}

#: From an event of the person to the frame in which something shows, by the page's clock; ``wall`` is Unix time in ms.
PROBE = """() => {
  const after = (done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => done(performance.now());
    channel.port2.postMessage(null);
  });
  window.watch = (event, selector, text) => {
    let began = event === null ? performance.now() : null;
    window.watched = new Promise((resolve) => {
      const shows = () => [...document.querySelectorAll(selector)].some(
        (each) => each.getClientRects().length > 0 && each.textContent.includes(text));
      const look = () => {
        if (began === null || !shows()) return;
        observer.disconnect();
        after((now) => resolve({ took: now - began, wall: performance.timeOrigin + now }));
      };
      const observer = new MutationObserver(look);
      observer.observe(document.body, { subtree: true, childList: true, characterData: true });
      if (event !== null) addEventListener(event, ({ timeStamp }) => { began = timeStamp; look(); },
        { capture: true, once: true });
      look();
    });
  };
  window.watchKey = () => {
    window.keyed = new Promise((resolve) => {
      addEventListener("keydown", ({ timeStamp }) => {
        requestAnimationFrame(() => {
          const drawing = performance.now();
          const drawn = () => resolve(handled - timeStamp + performance.now() - drawing);
          scheduler.postTask(drawn, { priority: "user-blocking" }); // before the list, which follows
        });
      }, { capture: true, once: true });
      let handled = 0;
      const now = () => { handled = performance.now(); };
      addEventListener("input", () => scheduler.postTask(now, { priority: "user-blocking" }),
        { capture: true, once: true });
    });
  };
}"""


class Files:
    """Where things are in the page of a place."""

    rows: ClassVar[str]
    lines: ClassVar[str]
    opened_by: ClassVar[str]

    def __init__(self, place: Place) -> None:
        self.place = place

    def page(self) -> Page:
        """A page with the files of the home in view, and nothing open."""
        page = self.place.context.new_page()
        self.place.go_to_files(page)
        page.evaluate(PROBE)
        page.wait_for_timeout(1000)
        return page

    def open(self, page: Page, name: str) -> None:
        """Open a row as a person does."""
        row = page.locator(self.rows, has_text=name).first
        if self.opened_by == "dblclick":
            row.dblclick(delay=PRESS_MS)
        else:
            row.click()


class InStudium(Files):
    """The list over the whole width."""

    rows = ".file-grid [role=row]"
    lines = ".cm-line"
    opened_by = "dblclick"


class InJupyterLab(Files):
    """The file browser."""

    rows = ".jp-DirListing-item"
    lines = ".cm-line"
    opened_by = "dblclick"


KINDS: dict[str, type[Files]] = {"studium": InStudium, "jupyterlab": InJupyterLab}


def fill(place: Place) -> None:
    """Make the files that are measured."""
    place.shell(f"mkdir -p many && cd many && seq -f 'f%05g.txt' 0 {ENTRIES - 1} | xargs touch")
    place.write("big.txt", LINE * (MEGABYTE // len(LINE)))


def open_csv(files: Files, figures: dict[str, list[float]]) -> None:
    """From the double click to the first rows, and to the number of all."""
    files.place.shell("touch big.csv")  # its rows are counted anew
    page = files.page()
    for name, selector, text in (
        ("open_1_gb_csv_ms", ".editor-panel [role=row]", "name of row 0"),
        ("count_1_gb_csv_ms", ".editor-panel [role=toolbar]", f"{CSV_ROWS:,} rows"),
    ):
        page.evaluate("args => watch(...args)", [files.opened_by, selector, text])
        page.evaluate("name => { window[name] = watched; }", name)
    files.open(page, "big.csv")
    for name in ("open_1_gb_csv_ms", "count_1_gb_csv_ms"):
        figures[name].append(page.evaluate("name => window[name]", name)["took"])
    page.close()


def left_by(typed: str) -> int:
    """How many of the entries have these signs in this order."""
    order = re.compile(".*".join(map(re.escape, typed)))
    return sum(order.search(f"f{number:05}.txt") is not None for number in range(ENTRIES))


def one_round(files: Files, number: int, figures: dict[str, list[float]]) -> None:
    page = files.page()
    expect(page.locator(files.rows, has_text="many").first).to_be_visible()
    page.evaluate("args => watch(...args)", [files.opened_by, files.rows, "f00000.txt"])
    files.open(page, "many")
    figures["list_10000_ms"].append(page.evaluate("() => watched")["took"])
    if isinstance(files, InStudium):
        page.get_by_label("Filter by name").click()
        for typed in range(1, len(KEYS) + 1):
            page.wait_for_timeout(200)
            page.evaluate("() => watchKey()")
            page.evaluate("args => watch(...args)", ["keydown", ".files-foot", f"{left_by(KEYS[:typed]):,} of"])
            page.keyboard.press(KEYS[typed - 1])
            figures["filter_key_ms"].append(page.evaluate("() => keyed"))
            figures["filter_list_ms"].append(page.evaluate("() => watched")["took"])
        expect(page.locator(files.rows, has_text="f00099.txt").first).to_be_visible()
    page.close()

    page = files.page()
    page.evaluate("args => watch(...args)", [files.opened_by, files.lines, LINE.strip()])
    files.open(page, "big.txt")
    figures["open_1_mb_text_ms"].append(page.evaluate("() => watched")["took"])
    page.close()

    if isinstance(files, InStudium):
        open_csv(files, figures)
    page = files.page()
    name = f"made-{number}.txt"
    page.evaluate("args => watch(...args)", [None, files.rows, name])
    began = float(files.place.shell(f"date +%s%N; touch {name}").strip()) / 1e6
    figures["shell_file_shows_ms"].append(page.evaluate("() => watched")["wall"] - began)
    page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--places", nargs="+", choices=PLACES, default=list(PLACES))
    options = parser.parse_args()
    figures: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in options.places}
    loads = []
    with contextlib.ExitStack() as stack:
        driver = stack.enter_context(sync_playwright())
        places = []
        for name in options.places:
            browser = new_browser(driver)
            stack.callback(browser.close)
            place = stack.enter_context(PLACES[name](browser))
            fill(place)
            if name == "studium":
                place.shell(WRITE_CSV)
            places.append(KINDS[name](place))
        for number in range(options.rounds):
            for files in places:
                print(f"round {number + 1}: {files.place.name}", file=sys.stderr, flush=True)
                one_round(files, number, figures[files.place.name])
            loads.append(os.getloadavg()[0])
    told: dict[str, Any] = {}
    for name in BARS:
        told[name] = {place: summary(its[name]) for place, its in figures.items() if its[name]}
    bars = {
        name: {"bar": bar, "measured": told[name]["studium"]["p50"], "met": told[name]["studium"]["p50"] <= bar}
        for name, bar in BARS.items()
        if bar is not None and "studium" in told[name]
    }
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.release()}
    load = {"median": round(statistics.median(loads), 1), "most": round(max(loads), 1)}
    print(json.dumps({"machine": machine, "load": load, "bars": bars, "figures": told}, indent=2))


if __name__ == "__main__":
    main()
