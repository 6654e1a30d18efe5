"""Notebooks in Studium and in JupyterLab with jupyter-collaboration, by turns, in a real browser.

``.venv/bin/python benchmarks/notebooks.py [--quick] [--rounds N] [--only MEASURE …] [--places PLACE …]`` prints JSON;
``docs/performance.md`` says what each figure is. Both servers run all the time, and only one of them is used at a
time. Needs Chromium (``STUDIUM_TEST_CHROMIUM``), and what ``scripts/set_up.py bench`` installs.
"""

import argparse
import contextlib
import json
import os
import platform
import statistics
import sys
from typing import Any

from notebook_measures import MEASURES, Figures, TooLate
from notebook_places import PLACES, Place, new_browser
from playwright.sync_api import Error, sync_playwright

ROUNDS = 3

#: What the medians must not exceed in Studium.
BARS = {
    "first_run_ms": 150.0,
    "next_run_ms": 30.0,
    "cold_kernel_run_ms": 1500.0,
    "open_1_mb_drawn_ms": 300.0,
    "flood_ratio": 2.0,
    "interrupt_ms": 1000.0,
}


def summary(values: list[float]) -> dict[str, float]:
    """Median and spread."""
    ordered = sorted(values)
    at = min(len(ordered) - 1, int(len(ordered) * 0.95))
    figures = {"p50": statistics.median(ordered), "p95": ordered[at], "least": ordered[0], "most": ordered[-1]}
    return {**{name: round(value, 2) for name, value in figures.items()}, "n": len(ordered)}


def report(figures: dict[str, Figures]) -> dict[str, Any]:
    """Every figure of every place, how they compare, and which bars are missed."""
    told: dict[str, Any] = {}
    for name in dict.fromkeys(name for place in figures.values() for name in place.values):
        told[name] = {place: summary(its.values[name]) for place, its in figures.items() if its.values[name]}
        if {"studium", "jupyterlab"} <= told[name].keys() and told[name]["studium"]["p50"] > 0:
            told[name]["jupyterlab_to_studium"] = round(
                told[name]["jupyterlab"]["p50"] / told[name]["studium"]["p50"], 2
            )
    bars = {
        name: {"bar": bar, "measured": told[name]["studium"]["p50"], "met": told[name]["studium"]["p50"] <= bar}
        for name, bar in BARS.items()
        if "studium" in told.get(name, {})
    }
    notes = {place: sorted(its.notes) for place, its in figures.items() if its.notes}
    return {"bars": bars, "notes": notes, "figures": told}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES))
    parser.add_argument("--places", nargs="+", choices=PLACES, default=list(PLACES))
    options = parser.parse_args()
    figures = {name: Figures() for name in options.places}
    given_up: dict[str, set[str]] = {name: set() for name in options.places}
    loads = []
    with contextlib.ExitStack() as stack:
        driver = stack.enter_context(sync_playwright())
        places: list[Place] = []
        for name in options.places:
            browser = new_browser(driver)
            stack.callback(browser.close)
            places.append(stack.enter_context(PLACES[name](browser)))
        for number in range(1 if options.quick else options.rounds):
            for measure in options.only:
                for place in places:
                    print(f"round {number + 1}: {measure}, {place.name}", file=sys.stderr, flush=True)
                    its = figures[place.name]
                    if measure in given_up[place.name]:
                        continue
                    try:
                        MEASURES[measure](place, its)
                    except TooLate:
                        given_up[place.name].add(measure)
                    except (Error, AssertionError) as error:
                        its.notes.add(f"{measure}: {str(error).splitlines()[0]}")
                loads.append(os.getloadavg()[0])
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.release()}
    load = {"median": round(statistics.median(loads), 1), "most": round(max(loads), 1)}
    print(json.dumps({"machine": machine, "load": load, **report(figures)}, indent=2))


if __name__ == "__main__":
    main()
