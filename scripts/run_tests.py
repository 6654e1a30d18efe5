"""`make check` and `make test`: set up what is missing, run every check, print a summary.

A failing step does not keep the later ones from running. The exit status is 1 if any failed.

A few tests that fail beside others are run once more, alone. Those that pass then are named as unsteady at the end and
do not fail the whole: on a machine that others use too, that says more about the machine. Each is a bug to be mended
all the same.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, replace

from set_up import ROOT, VENV, WEB, SetUpFailed, bring_up, environment, find_browser

BIN = VENV / "bin"
PYTEST = [str(BIN / "python"), "-m", "pytest", "--color=yes" if sys.stdout.isatty() else "--color=no"]
LAST_FAILED = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"
MAX_UNSTEADY = 6  # more that fail have a reason in common
SGR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Check:
    """One line of the summary."""

    name: str
    command: list[str]
    in_page: bool = False
    paths: tuple[str, ...] = ()
    """Of a command that is pytest's, to be given these."""


SIDE_BY_SIDE = ["-n", str(min(4, os.cpu_count() or 1)), "--dist", "loadfile"]
"""Tests of different files at once, each worker with a PostgreSQL, a Studium and a browser of its own. More workers
than cores gain nothing: three on two cores took as long for a test as two."""

LINTERS = [
    Check("ruff check", [str(BIN / "ruff"), "check", "."]),
    Check("ruff format", [str(BIN / "ruff"), "format", "--check", "."]),
    Check("mypy", [str(BIN / "mypy")]),
    Check("import layers", [str(BIN / "lint-imports")]),
    Check("protocol drift", [str(BIN / "python"), "scripts/generate_protocol.py", "--check"]),
    Check("biome and tsc", ["npm", "run", "--silent", "check"], in_page=True),
]
TESTS = [
    Check("vitest", ["npm", "test", "--silent"], in_page=True),
    Check(
        "pytest",
        [*PYTEST, *SIDE_BY_SIDE],
        paths=tuple(f"tests/{kind}" for kind in ("unit", "property", "convergence", "integration", "faults", "docs")),
    ),
    Check("browser", [*PYTEST, *SIDE_BY_SIDE], paths=("tests/browser",)),
]


@dataclass(frozen=True)
class Result:
    """How a check went; ``closing`` is the last line that it printed."""

    check: Check
    passed: bool
    closing: str
    seconds: float
    unsteady: tuple[str, ...] = ()


def perform(check: Check) -> Result:
    """Run a check; where a few of its tests failed, run those again alone."""
    result = run(check)
    failed = failed_tests(check) if not result.passed and check.paths else ()
    if not 0 < len(failed) <= MAX_UNSTEADY:
        return result
    print(f"\nAgain, and alone: {', '.join(failed)}", flush=True)
    alone = [*PYTEST, "--last-failed", "--last-failed-no-failures=none"]
    again = run(Check(f"{check.name} again", alone, paths=check.paths), traces=True)
    seconds = result.seconds + again.seconds
    if not again.passed:
        return replace(result, seconds=seconds)
    return replace(result, passed=True, seconds=seconds, unsteady=failed)


def failed_tests(check: Check) -> tuple[str, ...]:
    """The tests under a check's paths that failed when they were last run."""
    try:
        names = json.loads(LAST_FAILED.read_text())
    except (OSError, ValueError):
        return ()
    return tuple(sorted(name for name in names if name.startswith(tuple(f"{path}/" for path in check.paths))))


def run(check: Check, traces: bool = False) -> Result:
    """Run one check with its output shown; ``traces`` of browsers cost a tenth of their time."""
    print(f"\n── {check.name} " + "─" * max(2, 76 - len(check.name)), flush=True)
    env = environment() | {"STUDIUM_TEST_TRACES": str(int(traces))}
    if browser := find_browser():
        env["STUDIUM_TEST_CHROMIUM"] = browser
    started, closing = time.monotonic(), ""
    process = subprocess.Popen(
        [*check.command, *check.paths],
        cwd=WEB if check.in_page else ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    for line in process.stdout:
        print(line, end="", flush=True)
        closing = SGR.sub("", line).strip() or closing
    return Result(check, process.wait() == 0, closing.strip("= "), time.monotonic() - started)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["check", "all"])
    everything = parser.parse_args().what == "all"
    started = time.monotonic()
    try:
        bring_up("test" if everything else "check")
    except SetUpFailed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    results_folder = ROOT / "test-results"
    if everything:
        shutil.rmtree(results_folder, ignore_errors=True)
    os.chdir(ROOT)
    results = [perform(check) for check in LINTERS + (TESTS if everything else [])]
    print("\n── summary " + "─" * 69)
    for result in results:
        word = "passed" if result.passed else "FAILED"
        print(f"{word}  {result.check.name:<15} {result.seconds:5.0f} s  {result.closing[:100]}")
        for name in result.unsteady:
            print(f"        UNSTEADY: passed only when run again, alone: {name}")
    failed = [result.check.name for result in results if not result.passed]
    total = time.monotonic() - started
    print(f"{'FAILED: ' + ', '.join(failed) if failed else 'all passed'} in {total:.0f} s")
    if failed and results_folder.exists():
        print("Screenshots and traces of failed browser tests are in test-results/.")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
