"""The document server under load, beside others in the same run: ``python benchmarks/documents.py`` prints JSON.

Server and load each have a core of their own where there are two. Ours commits every edit before it acknowledges it;
the peers hold everything in memory.
"""

import asyncio
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvloop
from load import MARK_EVERY, edits, join, message, trace

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / "benchmarks" / "peers"
RUNS = 3
WARM_SECONDS, MEASURED_SECONDS = 0.7, 2.0
WINDOW = 64  # edits on their way to everybody
TRACE_EDITS = 100_000
INGEST_SECONDS_MAX = 20.0  # a slow peer is judged by what it has taken in by then
EDITS_A_WRITER = 30_000
IDLE_ROOMS = 300
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGESIZE")

Figures = dict[str, Any]


class Server:
    """A document server in a process of its own, on the first core."""

    def __init__(self, command: list[str], prefix: str, environment: dict[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline().split()[1])
        self.prefix = prefix
        pin(self.process.pid, 0)

    def cpu_seconds(self) -> float:
        """Used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory_bytes(self) -> int:
        """Resident."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * _PAGE_BYTES

    def stop(self) -> None:
        """At once."""
        self.process.kill()
        self.process.wait()


def pin(pid: int, core: int) -> None:
    """Keep a process (0: this one) on one core, where there are others."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(pid, {core})


def studium(folder: Path) -> Server:
    """Ours, over the home and the log in ``folder``."""
    for name in ("home", "state"):
        (folder / name).mkdir(exist_ok=True)
    script = ROOT / "tests" / "clients" / "document_server.py"
    command = [sys.executable, str(script), str(folder / "home"), str(folder / "state"), "0"]
    return Server(command, "/documents/", {"PYTHONPATH": str(ROOT / "src")})


def peer_commands() -> dict[str, list[str]]:
    """The peers that this machine can run."""
    commands = {"pycrdt_websocket_in_memory": [sys.executable, str(ROOT / "benchmarks" / "peer.py")]}
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        if not (PEERS / "node_modules").exists():
            quiet = ["--no-audit", "--no-fund", "--ignore-scripts"]
            subprocess.run([npm, "ci", *quiet], cwd=PEERS, check=True, capture_output=True)
        commands["y_websocket_in_memory"] = [node, str(PEERS / "y-websocket.mjs")]
    return commands


@contextlib.contextmanager
def servers() -> Iterator[dict[str, Any]]:
    """Ways to start each server afresh."""
    with tempfile.TemporaryDirectory(prefix="studium-bench-") as folder:
        numbers = iter(range(1000))

        def ours() -> Server:
            place = Path(folder) / str(next(numbers))
            place.mkdir()
            return studium(place)

        ways: dict[str, Any] = {"studium_durable": ours}
        for name, command in peer_commands().items():
            ways[name] = lambda command=command: Server(command, "/")
        yield ways


def spread(values: list[float], digits: int = 0) -> Figures:
    """Median and range."""
    median, low, high = (round(value, digits) for value in (statistics.median(values), min(values), max(values)))
    return {"median": median, "min": low, "max": high}


async def saturation(server: Server, clients: int, writers: list[list[bytes]]) -> tuple[float, float]:
    """Edits a second that reach everybody, with a fixed number of them on their way; share of a core used."""
    path = f"{server.prefix}saturation.txt"
    first = await join(server.port, path)
    everybody = [first, *await asyncio.gather(*[join(server.port, path) for _ in range(clients - 1)])]
    typists, readers = everybody[: len(writers)], everybody[len(writers) :]
    queues = [iter(map(message, updates)) for updates in writers]
    sent = came = 0

    def pump(marks: int) -> None:
        nonlocal sent, came
        came += marks
        while sent * len(readers) - came < WINDOW * len(readers):
            which = sent % len(typists)
            data = next(queues[which], None)
            if data is None:
                return
            typists[which].transport.write(data)
            sent += 1

    for reader in readers:
        reader.on_news = pump
    pump(0)
    await asyncio.sleep(WARM_SECONDS)
    began, cpu, before = time.perf_counter(), server.cpu_seconds(), came
    await asyncio.sleep(MEASURED_SECONDS)
    took = time.perf_counter() - began
    rate, used = (came - before) / len(readers) / took, server.cpu_seconds() - cpu
    assert any(next(queue, None) for queue in queues), "the edits made beforehand were too few"
    for client in everybody:
        client.transport.abort()
    return rate, used / took


async def ingest(server: Server, updates: list[bytes], durable: bool) -> float:
    """Edits a second from one person, until another has all and, ``durable``, all are acknowledged."""
    path = f"{server.prefix}trace.txt"
    writer = await join(server.port, path, studium=durable)
    reader = await join(server.port, path)
    done = asyncio.Event()

    def look(_marks: int) -> None:
        if reader.has_end and (not durable or writer.acknowledged >= len(updates)):
            done.set()

    writer.on_news = reader.on_news = look
    data = b"".join(map(message, updates))
    began = time.perf_counter()
    writer.transport.write(data)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(done.wait(), INGEST_SECONDS_MAX)
    took = time.perf_counter() - began
    count = len(updates) if done.is_set() else reader.marks * MARK_EVERY
    for client in (writer, reader):
        client.transport.abort()
    return count / took


async def open_milliseconds(server: Server) -> tuple[float, int]:
    """From connecting until the content of the trace has come; its bytes."""
    began = time.perf_counter()
    client = await join(server.port, f"{server.prefix}trace.txt")
    took = (time.perf_counter() - began) * 1000
    client.transport.abort()
    return took, client.content_bytes


async def idle_room(server: Server) -> Figures:
    """What an open document with one client costs that does nothing."""
    await join(server.port, f"{server.prefix}warm.txt")
    before = server.memory_bytes()
    held = [await join(server.port, f"{server.prefix}idle-{number}.txt") for number in range(IDLE_ROOMS)]
    await asyncio.sleep(1)
    after, cpu = server.memory_bytes(), server.cpu_seconds()
    await asyncio.sleep(MEASURED_SECONDS)
    share = (server.cpu_seconds() - cpu) / MEASURED_SECONDS
    for client in held:
        client.transport.abort()
    return {
        "kilobytes": round((after - before) / IDLE_ROOMS / 1000, 1),
        "cpu_percent_a_thousand": round(share * 100 * 1000 / IDLE_ROOMS, 2),
    }


async def measure_saturation(ways: dict[str, Any], clients: int, writers: int) -> Figures:
    """Each server several times, in turns, so that noise meets all."""
    typed = [edits(EDITS_A_WRITER, seed) for seed in range(writers)]
    rates: dict[str, list[float]] = {name: [] for name in ways}
    shares: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(RUNS):
        for name, start in ways.items():
            server = start()
            try:
                rate, share = await saturation(server, clients, typed)
            finally:
                server.stop()
            rates[name].append(rate)
            shares[name].append(share * 100)
    return {
        name: {
            "updates_a_second": spread(rates[name]),
            "server_cpu_percent": spread(shares[name]),
            "updates_a_cpu_second": spread(
                [rate * 100 / share for rate, share in zip(rates[name], shares[name], strict=True)]
            ),
        }
        for name in ways
    }


async def measure_trace(ways: dict[str, Any]) -> tuple[Figures, Figures]:
    """Taking in a long history, and opening it in a fresh process: ours alone, since the peers keep nothing."""
    updates = trace(TRACE_EDITS, 0)
    rates: dict[str, list[float]] = {name: [] for name in ways}
    opened: dict[str, list[float]] = {"first": [], "again": []}
    size = 0
    for _ in range(RUNS):
        for name, start in ways.items():
            if name != "studium_durable":
                server = start()
                try:
                    rates[name].append(await ingest(server, updates, durable=False))
                finally:
                    server.stop()
                continue
            with tempfile.TemporaryDirectory(prefix="studium-bench-") as folder:
                server = studium(Path(folder))
                try:
                    rates[name].append(await ingest(server, updates, durable=True))
                finally:
                    server.stop()  # killed: the log alone has it
                server = studium(Path(folder))
                try:
                    for which in opened:
                        took, size = await open_milliseconds(server)
                        opened[which].append(took)
                finally:
                    server.stop()
    return (
        {name: {"updates_a_second": spread(values)} for name, values in rates.items()},
        {"bytes": size, **{f"{which}_milliseconds": spread(values, 1) for which, values in opened.items()}},
    )


async def measure() -> Figures:
    """All figures."""
    pin(0, 1)
    load = os.getloadavg()[0]
    with servers() as ways:
        figures: Figures = {"load_average_before": round(load, 2), "runs": RUNS}
        figures["saturation_10_clients"] = await measure_saturation(ways, 10, 5)
        figures["saturation_50_clients"] = await measure_saturation(ways, 50, 10)
        figures["ingest_100000_edits"], figures["open_of_the_100000_edits_after_a_kill"] = await measure_trace(ways)
        figures["idle_room"] = {}
        for name, start in ways.items():
            server = start()
            try:
                figures["idle_room"][name] = await idle_room(server)
            finally:
                server.stop()
        figures["load_average_after"] = round(os.getloadavg()[0], 2)
    return figures


if __name__ == "__main__":
    print(json.dumps(uvloop.run(measure()), indent=2))
