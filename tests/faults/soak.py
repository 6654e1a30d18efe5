"""Fault runs against a real Studium, many: ``python tests/faults/soak.py --runs 200 --seed 1``.

Prints a line a run and a table in the end; exits with 1 when anything was lost, doubled or invented, and keeps texts
and logs of that run under ``test-results/faults/``. ``--only`` runs the faults whose name holds a word.
"""

import argparse
import asyncio
import contextlib
import json
import random
import shutil
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from faults.kinds import FAULTS, Fault
from faults.project import CannotRun
from faults.run import Outcome, Run
from faults.typists import build_page_typists
from faults.world import World, new_world
from studium.project.documents.store import DATABASE

RESULTS = Path(__file__).parents[2] / "test-results" / "faults"
RUNS_A_WORLD = 40  # then a fresh one: its documents and its log have grown


@dataclass
class Row:
    """A line of the table."""

    runs: int = 0
    typed: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    broken: int = 0
    recovery_seconds: float = 0.0

    def add(self, outcome: Outcome) -> None:
        """One more run."""
        self.runs += 1
        self.typed += outcome.typed
        self.acknowledged += outcome.acknowledged
        self.lost += len(outcome.broken.lost)
        self.doubled += len(outcome.broken.doubled)
        self.broken += bool(outcome.broken)
        self.recovery_seconds = max(self.recovery_seconds, outcome.recovery_seconds)


async def one(world: World, fault: Fault, seed: int, page_script: Path) -> Outcome:
    """A run of a kind. Raises ``CannotRun``."""
    project = await world.project(fault.place)
    return await Run(world, project, fault, seed, page_script).go()


def keep(world: World, outcome: Outcome) -> Path:
    """All that tells what happened."""
    folder = RESULTS / f"{outcome.seed} {outcome.fault}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "broken.txt").write_text(f"{outcome.broken}\n\n" + "\n".join(outcome.notes) + "\n")
    for name, text in outcome.texts.items():
        (folder / f"{name}.txt").write_text(text)
    (folder / "accounts.json").write_text(
        json.dumps([asdict(account) for account in outcome.accounts], ensure_ascii=False)
    )
    printed = world.output + (world.serving.lines if world.serving else [])
    (folder / "studium.log").write_text("\n".join(printed[-2000:]))
    for project in world.projects.values():
        for log in project.folder.rglob("*.log"):
            shutil.copy(log, folder / f"{project.project_id} {log.name}")
        for suffix in ("", "-wal"):
            source = project.state / f"{DATABASE}{suffix}"
            if source.exists():
                shutil.copy(source, folder / f"{project.project_id} {source.name}")
    return folder


async def soak(rows: dict[str, Row], runs: int, seed: int) -> None:
    """All runs, of the kinds in ``rows``, into which they are counted."""
    chance = random.Random(seed)
    faults = [fault for fault in FAULTS if fault.name in rows]
    skipped: dict[str, str] = {}
    done = 0
    with tempfile.TemporaryDirectory(prefix="studium-faults-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # projects run as users of their own
        page_script = build_page_typists(folder)
        while done < runs:
            place = folder / f"world {done}"
            place.mkdir(mode=0o711)
            async with new_world(place, chance) as world:
                for _ in range(min(RUNS_A_WORLD, runs - done)):
                    fault = faults[done % len(faults)]
                    done += 1
                    started = time.monotonic()
                    try:
                        outcome = await one(world, fault, seed * 1_000_000 + done, page_script)
                    except CannotRun as error:
                        skipped[fault.name] = str(error)
                        continue
                    rows[fault.name].add(outcome)
                    verdict = f"BROKEN\n{outcome.broken}\nkept in {keep(world, outcome)}" if outcome.broken else "ok"
                    print(
                        f"{done:4} {outcome.seed} {fault.name:28} {outcome.typed:6} typed,"
                        f" {outcome.recovery_seconds:5.1f} s until all were back,"
                        f" {time.monotonic() - started:5.1f} s in all: {verdict}",
                        *(f"({note})" for note in outcome.notes),
                        flush=True,
                    )
                    if outcome.broken:
                        break  # what is broken may stay so; the next runs get a fresh Studium
            shutil.rmtree(place, ignore_errors=True)
    for fault_name, reason in skipped.items():
        print(f"skipped: {fault_name}, because {reason}")


def table(rows: dict[str, Row]) -> str:
    """For a page of the documentation."""
    total = Row()
    lines = [
        "| fault | runs | characters typed | acknowledged | lost | doubled | slowest recovery |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in rows.items():
        lines.append(_line(name, row))
        total.runs += row.runs
        total.typed += row.typed
        total.acknowledged += row.acknowledged
        total.lost += row.lost
        total.doubled += row.doubled
        total.recovery_seconds = max(total.recovery_seconds, row.recovery_seconds)
    return "\n".join([*lines, _line("all", total)])


def _line(name: str, row: Row) -> str:
    return (
        f"| {name} | {row.runs} | {row.typed:,} | {row.acknowledged:,} | {row.lost} | {row.doubled}"
        f" | {row.recovery_seconds:.1f} s |"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--only", default="", help="only faults whose name holds this")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    rows = {fault.name: Row() for fault in FAULTS if arguments.only in fault.name}
    with contextlib.suppress(KeyboardInterrupt):  # then the table is of the runs until now
        asyncio.run(soak(rows, arguments.runs, arguments.seed))
    print(table(rows))
    return 1 if any(row.broken for row in rows.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
