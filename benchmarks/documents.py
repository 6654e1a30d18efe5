"""The document server under load, beside others in the same run: ``python benchmarks/documents.py`` prints JSON.

Server and load each have a core of their own where there are two. Ours commits every edit before it acknowledges it;
the peers hold everything in memory. Each figure is measured several times, the servers in turns: noise meets all.
"""

import asyncio
import json
import os
import statistics
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvloop
from document_files import disk_edit_bytes, typing_in_a_notebook
from document_load import (
    EDITS_A_WRITER,
    idle_rooms,
    ingest,
    latency,
    open_milliseconds,
    opened_at_once,
    saturation,
)
from document_servers import LOAD_CORE, OURS, Server, Ways, pin, studium, ways_to_start
from load import edits, trace

RUNS = 3
TRACE_EDITS = 260_000
OPENERS = 100
CROWDS = [(10, 5, 64), (50, 10, 64), (200, 10, 32)]
"""Clients, how many of them type, and edits on their way to everybody."""

Results = dict[str, Any]


def spread(values: list[float]) -> dict[str, float]:
    """Median and range."""
    digits = None if statistics.median(values) >= 1000 else 2
    median, low, high = (round(value, digits) for value in (statistics.median(values), min(values), max(values)))
    return {"median": median, "min": low, "max": high}


async def in_turns(ways: Ways, measure: Callable[[str, Server], Awaitable[dict[str, float]]]) -> Results:
    """``measure`` on each server, several times, each time started afresh; median and range of each figure."""
    taken: dict[str, dict[str, list[float]]] = {name: {} for name in ways}
    for _ in range(RUNS):
        for name, start in ways.items():
            server = await asyncio.to_thread(start)
            try:
                figures = await measure(name, server)
            finally:
                server.stop()
            for figure, value in figures.items():
                taken[name].setdefault(figure, []).append(value)
    return {name: {figure: spread(values) for figure, values in figures.items()} for name, figures in taken.items()}


async def opening() -> Results:
    """The trace, opened by a fresh process over the log of a killed one, once more, and by many at once."""
    updates = trace(TRACE_EDITS, 0)
    taken: dict[str, list[float]] = {"first": [], "again": [], f"{OPENERS}_at_once": []}
    size = 0
    with tempfile.TemporaryDirectory(prefix="studium-bench-") as folder:
        server = studium(Path(folder))
        await ingest(server, updates, durable=True)
        server.stop()  # killed: the log alone has it
        for _ in range(RUNS):
            server = studium(Path(folder))
            try:
                for which in ("first", "again"):
                    took, size = await open_milliseconds(server)
                    taken[which].append(took)
                together = await opened_at_once(server, "trace.txt", OPENERS)
                taken[f"{OPENERS}_at_once"].append(together["milliseconds"])
            finally:
                server.stop()
    return {"bytes": size, **{f"{which}_milliseconds": spread(values) for which, values in taken.items()}}


async def measure() -> Results:
    """All figures."""
    load = os.getloadavg()[0]
    with ways_to_start() as ways:
        pin(0, LOAD_CORE)
        results: Results = {"load_average_before": round(load, 2), "runs": RUNS}
        results["2_clients_20_edits_a_second"] = await in_turns(ways, lambda _, server: latency(server, 2, 1, 20))
        results["200_clients_50_edits_a_second"] = await in_turns(ways, lambda _, server: latency(server, 200, 10, 50))
        typed = [edits(EDITS_A_WRITER, seed) for seed in range(10)]
        for clients, typists, window in CROWDS:

            async def saturate(
                _name: str, server: Server, clients: int = clients, typists: int = typists, window: int = window
            ) -> dict[str, float]:
                return await saturation(server, clients, window, typed[:typists])

            results[f"saturation_{clients}_clients"] = await in_turns(ways, saturate)
        updates = trace(TRACE_EDITS, 0)
        results[f"ingest_{TRACE_EDITS}_edits"] = await in_turns(
            ways, lambda name, server: ingest(server, updates, durable=name == OURS)
        )
        results[f"open_of_the_{TRACE_EDITS}_edits_after_a_kill"] = await opening()

        results[f"new_document_opened_by_{OPENERS}_at_once"] = await in_turns(
            ways, lambda _, server: opened_at_once(server, "new.txt", OPENERS)
        )
        results["idle_documents"] = await in_turns(ways, lambda _, server: idle_rooms(server))
        results["typing_in_a_notebook"] = await typing_in_a_notebook()
        results["a_line_changed_on_disk"] = await disk_edit_bytes()
        results["load_average_after"] = round(os.getloadavg()[0], 2)
    return results


if __name__ == "__main__":
    print(json.dumps(uvloop.run(measure()), indent=2))
