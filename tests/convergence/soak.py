"""The long run of ``make soak``: random programs, one after the other, against the laws.

    python tests/convergence/soak.py [PROGRAMS [FIRST_SEED]]

Each program is the one of its seed (``programs.py``). One that breaks a law is made short and printed as a story for
``test_stories.py``; the run goes on, and ends with status 1.
"""

import logging
import secrets
import sys
import time
from collections import Counter
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]

from convergence.programs import Program, random_program, shortened, violation_of  # noqa: E402

PROGRAMS = 10_000
_REPORT_SECONDS = 15.0
_SHRUNK = 5  # violations that are made short; of more, the seeds are enough


def main(programs: int = PROGRAMS, first: int | None = None) -> int:
    """The exit status."""
    logging.disable(logging.CRITICAL)  # refusals and failed saves are part of the programs
    first = secrets.randbelow(10**9) if first is None else first
    print(f"Convergence: {programs:,} random programs, seeds {first} to {first + programs - 1}", flush=True)
    started = reported = time.monotonic()
    counts: Counter[str] = Counter()
    for number, seed in enumerate(range(first, first + programs), 1):
        _run(random_program(seed), counts)
        now = time.monotonic()
        if now - reported >= _REPORT_SECONDS:
            reported = now
            rate = number / (now - started)
            print(f"{number:7,} programs, {counts['acts']:,} acts, {rate:.0f} programs/s", flush=True)
    seconds = time.monotonic() - started
    broken = counts["violations"]
    print(
        f"{programs:,} programs with {counts['acts']:,} acts in {seconds:.0f} s: {counts['typed']:,} characters typed,"
        f" {counts['acknowledged']:,} acknowledged; {counts['lost']} programs lost one, {counts['doubled']} doubled"
        f" one, {broken} broke a law"
    )
    return 1 if broken else 0


def _run(program: Program, counts: Counter[str]) -> None:
    violation = violation_of(program, counts)
    if violation is None:
        return
    counts["violations"] += 1
    counts["lost"] += "is lost" in violation
    counts["doubled"] += "more than once" in violation
    print(f"\nSeed {program.seed} breaks a law: {violation.splitlines()[0]}", flush=True)
    if counts["violations"] <= _SHRUNK:
        print(violation_of(shortened(program, violation)), "\n", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(*map(int, sys.argv[1:3])))
    except KeyboardInterrupt:
        sys.exit(130)
