"""Terminals in Studium, through its hub and in its rings, and in JupyterLab (terminado), by turns.

``.venv/bin/python benchmarks/terminals.py [--quick]`` prints JSON; ``docs/performance.md`` says what each figure is.
Pages are stood for by WebSockets that take what they are sent as quickly as a browser draws it. Both servers run all
the time, and only one of them is used at a time. Needs what ``scripts/set_up.py bench`` installs.
"""

import argparse
import asyncio
import contextlib
import json
import os
import platform
import re
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

from notebook_places import jupyterlab_server
from terminal_places import InJupyterLab, InStudium, Place

from studium.client import Client
from support.serving import admin, project_server, running

KEYS = 200
FLOOD_BYTES = 200_000_000
FLOOD = f'yes "$(printf %078d 0)" | head -c {FLOOD_BYTES}'
KEY_SECONDS = 0.05
INTERRUPTS = 10
ATTACHES = 20
MOST_SECONDS = 150.0

#: What must not be exceeded in Studium: percentile or most, as said in the name.
BARS = {
    "echo_p95_ms": 10.0,
    "echo_beside_flood_p95_ms": 30.0,
    "flood_memory_mb": 20.0,
    "interrupt_p95_ms": 100.0,
    "attach_p95_ms": 200.0,
}


def summary(values: list[float]) -> dict[str, float]:
    """Median and spread."""
    ordered = sorted(values)
    at = min(len(ordered) - 1, int(len(ordered) * 0.95))
    figures = {"p50": statistics.median(ordered), "p95": ordered[at], "most": ordered[-1]}
    return {**{name: round(value, 2) for name, value in figures.items()}, "n": len(ordered)}


async def echo(place: Place, keys: int) -> dict[str, Any]:
    """From a key to what it draws."""
    async with place.terminal("echo") as terminal:
        await terminal.until_prompt()
        return {"echo_ms": summary([await terminal.key() for _ in range(keys)])}


async def flood(place: Place, keys: int) -> dict[str, Any]:
    """200 MB in one terminal, seen by one page; keys in another one meanwhile."""
    async with place.terminal("flooded") as flooded, place.terminal("beside") as beside:
        await flooded.until_prompt()
        await beside.until_prompt()
        before = place.memory_bytes()
        began = asyncio.get_running_loop().time()
        await flooded.command(FLOOD)
        times: list[float] = []
        most = before
        loop = asyncio.get_running_loop()
        ended = asyncio.ensure_future(flooded.until_prompt(MOST_SECONDS))
        while not ended.done() and (len(times) < keys or loop.time() - began < MOST_SECONDS):
            times.append(await beside.key(30.0))
            most = max(most, place.memory_bytes())
            await asyncio.sleep(KEY_SECONDS)
        with contextlib.suppress(TimeoutError):
            await ended
        return {
            "echo_beside_flood_ms": summary(times),
            "flood_seconds": round(loop.time() - began, 1),
            "flood_memory_mb": round((most - before) / 1e6, 1),
            "flood_received_mb": round(flooded.received_bytes / 1e6, 1),
        }


async def interrupts(place: Place, count: int) -> dict[str, Any]:
    """From Ctrl-C in a flood to the prompt, as the page that draws it sees it."""
    times: list[float] = []
    async with place.terminal("interrupted") as terminal:
        await terminal.until_prompt()
        for _ in range(count):
            await terminal.command("yes")
            await asyncio.sleep(1.0)
            began = asyncio.get_running_loop().time()
            await terminal.type("\x03")
            await terminal.until_prompt(MOST_SECONDS)
            times.append((asyncio.get_running_loop().time() - began) * 1000)
    return {"interrupt_ms": summary(times)}


async def attach(place: Place, count: int) -> dict[str, Any]:
    """From a page's connection to the whole screen, with all the scroll-back that the server keeps."""
    times: list[float] = []
    async with place.terminal("attached") as terminal:
        await terminal.until_prompt()
        await terminal.command("seq -f 'line %g of a long listing, as people have them' 12000")
        await terminal.until_prompt(60)
        for _ in range(count):
            began = asyncio.get_running_loop().time()
            async with place.terminal("attached", again=True) as other:
                await other.until_text(re.escape(terminal.prompt))
            times.append((asyncio.get_running_loop().time() - began) * 1000)
    return {"attach_ms": summary(times)}


MEASURES: dict[str, Callable[[Place, int], Coroutine[Any, Any, dict[str, Any]]]] = {
    "echo": echo,
    "flood": flood,
    "interrupts": interrupts,
    "attach": attach,
}
COUNTS = {"echo": KEYS, "flood": KEYS, "interrupts": INTERRUPTS, "attach": ATTACHES}


@contextlib.asynccontextmanager
async def places() -> AsyncIterator[list[Place]]:
    """Both servers."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="studium-bench-")))
        data, password = folder / "data", folder / "password"
        serving = stack.enter_context(running("serve", "--data", str(data), "--port", "0", "--no-browser"))
        password.write_text("four short plain words")
        admin(data, "account", "add", "ada@example.org", "--name", "Ada", "--password-file", str(password))
        token = admin(data, "token", "add", "ada@example.org")
        address, _, pid = stack.enter_context(jupyterlab_server())
        async with Client(serving.url, token) as client:
            project_id = (await client.query({"projects": {"title": "Measured"}}))["project_id"]
            await client.start(project_id)
            home = data / "projects" / project_id / "home"
            studium = InStudium(serving.url, project_id, token, home, project_server(serving, project_id))
            jupyterlab = InJupyterLab(address, pid)
            async with studium, jupyterlab:
                yield [studium, jupyterlab]


async def measure(quick: bool, only: list[str]) -> None:
    figures: dict[str, dict[str, Any]] = {}
    loads = []
    async with places() as there:
        for name in only:
            for place in there:
                print(f"{name}, {place.name}", file=sys.stderr, flush=True)
                try:
                    found = await MEASURES[name](place, max(3, COUNTS[name] // (10 if quick else 1)))
                except TimeoutError as error:
                    found = {f"{name}_failed": str(error) or "not in time"}
                figures.setdefault(place.name, {}).update(found)
                loads.append(os.getloadavg()[0])
    ours = figures["studium"]
    measured = {
        "echo_p95_ms": ours.get("echo_ms", {}).get("p95"),
        "echo_beside_flood_p95_ms": ours.get("echo_beside_flood_ms", {}).get("p95"),
        "flood_memory_mb": ours.get("flood_memory_mb"),
        "interrupt_p95_ms": ours.get("interrupt_ms", {}).get("p95"),
        "attach_p95_ms": ours.get("attach_ms", {}).get("p95"),
    }
    bars = {
        name: {"bar": bar, "measured": measured[name], "met": measured[name] <= bar}
        for name, bar in BARS.items()
        if measured[name] is not None
    }
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.release()}
    load = {"median": round(statistics.median(loads), 1), "most": round(max(loads), 1)}
    print(json.dumps({"machine": machine, "load": load, "bars": bars, "figures": figures}, indent=2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the keys")
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES))
    options = parser.parse_args()
    asyncio.run(measure(options.quick, options.only))


if __name__ == "__main__":
    main()
