"""`make check` and `make test`: set up what is missing, run every check, print a summary.

A failing step does not keep the later ones from running. The exit status is 1 if any failed.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass

from set_up import ROOT, VENV, WEB, SetUpFailed, bring_up, environment, find_browser

BIN = VENV / "bin"
PYTEST = [str(BIN / "python"), "-m", "pytest", "--color=yes" if sys.stdout.isatty() else "--color=no"]
SGR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Check:
    """One line of the summary."""

    name: str
    command: list[str]
    in_page: bool = False


SIDE_BY_SIDE = ["-n", str(min(4, os.cpu_count() or 1)), "--dist", "loadfile"]
"""Tests of different files at once, each worker with a PostgreSQL, a Studium and a browser of its own: they wait more
than they work."""

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
        [
            *PYTEST,
            *SIDE_BY_SIDE,
            *(f"tests/{kind}" for kind in ("unit", "property", "convergence", "integration", "faults", "docs")),
        ],
    ),
    Check("browser", [*PYTEST, *SIDE_BY_SIDE, "tests/browser"]),
]


def run(check: Check) -> tuple[bool, str, float]:
    """Run one check with its output shown; whether it passed, its closing line, and its seconds."""
    print(f"\n── {check.name} " + "─" * max(2, 76 - len(check.name)), flush=True)
    env = environment()
    if browser := find_browser():
        env["STUDIUM_TEST_CHROMIUM"] = browser
    started, closing = time.monotonic(), ""
    process = subprocess.Popen(
        check.command,
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
    return process.wait() == 0, closing, time.monotonic() - started


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
    results = [(check, *run(check)) for check in LINTERS + (TESTS if everything else [])]
    print("\n── summary " + "─" * 69)
    for check, passed, closing, seconds in results:
        print(f"{'passed' if passed else 'FAILED'}  {check.name:<15} {seconds:5.0f} s  {closing.strip('= ')[:100]}")
    failed = [check.name for check, passed, _, _ in results if not passed]
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
