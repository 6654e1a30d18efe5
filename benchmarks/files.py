"""Files through the hub: large uploads and downloads, a folder of 10,000 entries, a file that a program makes.

``.venv/bin/python benchmarks/files.py [--quick]`` prints JSON; ``docs/performance.md`` says what each figure is. The
peer is a plain copy through the same proxy (``file_peer.py``), by turns with ours.
"""

import argparse
import asyncio
import base64
import contextlib
import http.client
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from studium.client import Client

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from support.serving import admin, processes_below, project_server, running

SIZE_BYTES = 1_000_000_000
ROUNDS = 3
ENTRIES = 10_000
FILES = 50
PART_BYTES = 64 * 1024**2
"""Of an upload that can be gone on with: what the page sends at a time."""

#: What must be reached in Studium: at least for ratios, at most for times and memory.
BARS = {
    "upload_ratio": 0.7,
    "resumable_upload_ratio": 0.7,
    "download_ratio": 0.7,
    "memory_mb": 30.0,
    "list_10000_p50_ms": 200.0,
    "shell_file_p95_ms": 200.0,
}


class Connection:
    """Requests one after another, by blocking sockets: the client takes as little of the machine as can be."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        parts = urlsplit(url)
        self._http = http.client.HTTPConnection(parts.hostname or "", parts.port, blocksize=1024 * 1024, timeout=600)
        self._headers = headers

    def send(self, method: str, path: str, headers: dict[str, str], file: Any = None) -> http.client.HTTPResponse:
        """Send a request with a file as its body; the answer is good, and read by the caller."""
        self._http.request(method, path, body=file, headers={**self._headers, **headers})
        answer = self._http.getresponse()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.read()[:500]!r}")
        return answer

    def put(self, path: str, source: Path) -> float:
        """Megabytes a second of one upload."""
        began = time.monotonic()
        with source.open("rb") as file:
            self.send("PUT", path, {"Content-Length": str(source.stat().st_size)}, file).read()
        return _rate(source, began)

    def get(self, path: str, source: Path) -> float:
        """Megabytes a second of one download."""
        began, buffer, count = time.monotonic(), bytearray(1024 * 1024), 0
        answer = self.send("GET", path, {})
        while got := answer.readinto(buffer):
            count += got
        if count != source.stat().st_size:
            raise RuntimeError(f"{count} bytes came")
        return _rate(source, began)

    def resumable(self, project: str, name: str, source: Path) -> float:
        """Megabytes a second of one upload in parts, as the page does it."""
        began = time.monotonic()
        tus = {"Tus-Resumable": "1.0.0"}
        size = source.stat().st_size
        metadata = f"path {base64.b64encode(name.encode()).decode()},clash {base64.b64encode(b'replace').decode()}"
        begin = {**tus, "Upload-Length": str(size), "Upload-Metadata": metadata, "Content-Length": "0"}
        answer = self.send("POST", f"{project}/uploads", begin)
        answer.read()
        place, offset = answer.headers["Location"], 0
        with source.open("rb") as file:
            while offset < size:
                part = file.read(PART_BYTES)
                kind = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
                self.send("PATCH", place, {**tus, **kind}, part).read()
                offset += len(part)
        return _rate(source, began)


def _rate(source: Path, began: float) -> float:
    return source.stat().st_size / 1e6 / (time.monotonic() - began)


class Memory:
    """The most that some processes hold, looked at all the time."""

    def __init__(self, processes: list[int]) -> None:
        self._processes = processes
        self.before = self.most = self._now()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def end(self) -> float:
        """By how many megabytes they grew at most."""
        self._ended.set()
        self._thread.join()
        return (self.most - self.before) / 1e6

    def _watch(self) -> None:
        while not self._ended.wait(0.02):
            self.most = max(self.most, self._now())

    def _now(self) -> int:
        total = 0
        for process in self._processes:
            with contextlib.suppress(OSError):
                total += int(Path(f"/proc/{process}/statm").read_text().split()[1]) * 4096
        return total


def cpu_seconds(processes: list[int]) -> float:
    """The time that some processes have computed."""
    total = 0.0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


@contextlib.contextmanager
def peer(folder: Path) -> Iterator[tuple[str, list[int]]]:
    """A plain copy through the proxy: its address, and its processes."""
    command = [sys.executable, str(Path(__file__).with_name("file_peer.py")), str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        yield address, [process.pid, *processes_below(process.pid)]
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


Side = tuple[Connection, list[int]]
"""A way to one of the two, and the processes of it."""


def transfers(ours: Side, plain: Side, project: str, source: Path, rounds: int) -> dict[str, Any]:
    """Uploads and downloads by turns, in megabytes a second, and what the servers computed for each gigabyte."""
    acts: dict[str, tuple[list[int], Callable[[], float]]] = {
        "plain_upload": (plain[1], lambda: plain[0].put("/plain", source)),
        "upload": (ours[1], lambda: ours[0].put(f"{project}/files/big", source)),
        "resumable_upload": (ours[1], lambda: ours[0].resumable(project, "big", source)),
        "plain_download": (plain[1], lambda: plain[0].get("/plain", source)),
        "download": (ours[1], lambda: ours[0].get(f"{project}/files/big", source)),
    }
    rates: dict[str, list[float]] = {name: [] for name in acts}
    computed = dict.fromkeys(acts, 0.0)
    for number in range(rounds):
        for name, (processes, act) in acts.items():
            print(f"{name}, {number + 1} of {rounds}", file=sys.stderr, flush=True)
            before = cpu_seconds(processes)
            rates[name].append(act())
            computed[name] += cpu_seconds(processes) - before
    moved_gb = rounds * source.stat().st_size / 1e9
    figures = {f"{name}_cpu_s_per_gb": round(seconds / moved_gb, 2) for name, seconds in computed.items()}
    figures |= {f"{name}_mb_s": round(statistics.median(found), 1) for name, found in rates.items()}
    for name in ("upload", "resumable_upload", "download"):
        beside = "plain_download" if name == "download" else "plain_upload"
        figures[f"{name}_ratio"] = round(statistics.median(rates[name]) / statistics.median(rates[beside]), 2)
    return figures


async def folders(url: str, token: str, project: str, home: Path, files: int) -> dict[str, Any]:
    """From asking for a folder to all of its entries; from a program that makes a file to the page that follows."""
    many, new = home / "many", home / "new"
    many.mkdir()
    new.mkdir()
    for number in range(ENTRIES):
        (many / f"file {number}.txt").touch()
    for place in (many, new):
        place.chmod(0o777)
    headers = {"Authorization": f"Bearer {token}"}
    listings, shown = [], []
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession(headers=headers) as session:
        for _ in range(5):
            async with session.ws_connect(f"{url}{project}/events", max_msg_size=0) as events:
                began = loop.time()
                await events.send_json({"type": "subscribe", "path": "many"})
                message = await events.receive_json()
                if len(message["entries"]) != ENTRIES:
                    raise RuntimeError(f"{len(message['entries'])} entries came")
                listings.append((loop.time() - began) * 1000)
        async with session.ws_connect(f"{url}{project}/events") as events:
            await events.send_json({"type": "subscribe", "path": "new"})
            await events.receive_json()
            for number in range(files):
                await asyncio.sleep(0.15)  # each is a first change, as those of people are
                began = loop.time()
                (new / str(number)).touch()
                while not any(entry["name"] == str(number) for entry in (await events.receive_json())["entries"]):
                    pass
                shown.append((loop.time() - began) * 1000)
    ordered = sorted(shown)
    return {
        "list_10000_p50_ms": round(statistics.median(listings), 1),
        "shell_file_p50_ms": round(statistics.median(ordered), 1),
        "shell_file_p95_ms": round(ordered[int(len(ordered) * 0.95)], 1),
    }


async def measure(size: int, rounds: int, files: int) -> None:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="studium-bench-")))
        data, password, source = folder / "data", folder / "password", folder / "source"
        with source.open("wb") as file:
            for _ in range(size // 1_000_000):
                file.write(os.urandom(1_000_000))
        serving = stack.enter_context(running("serve", "--data", str(data), "--port", "0", "--no-browser"))
        password.write_text("four short plain words")
        admin(data, "account", "add", "ada@example.org", "--name", "Ada", "--password-file", str(password))
        token = admin(data, "token", "add", "ada@example.org")
        async with Client(serving.url, token) as client:
            project_id = (await client.query({"projects": {"title": "Measured"}}))["project_id"]
            await client.start(project_id)
        project = f"/projects/{project_id}"
        (folder / "peer").mkdir()
        address, theirs = stack.enter_context(peer(folder / "peer"))
        plain = Connection(address, {}), theirs
        servers = [serving.process.pid, project_server(serving, project_id)]
        ours = Connection(serving.url, {"Authorization": f"Bearer {token}"}), servers
        memory = Memory(servers)
        try:
            figures = await asyncio.to_thread(transfers, ours, plain, project, source, rounds)
        finally:
            figures_memory = memory.end()
        figures["memory_mb"] = round(figures_memory, 1)
        home = data / "projects" / project_id / "home"
        figures |= await folders(serving.url, token, project, home, files)
    bars = {
        name: {"bar": bar, "measured": figures[name], "met": _met(name, figures[name], bar)}
        for name, bar in BARS.items()
    }
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.release()}
    print(json.dumps({"machine": machine, "load": os.getloadavg()[0], "bars": bars, "figures": figures}, indent=2))


def _met(name: str, measured: float, bar: float) -> bool:
    return measured >= bar if name.endswith("_ratio") else measured <= bar


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the bytes, one round")
    options = parser.parse_args()
    asyncio.run(measure(*((SIZE_BYTES // 10, 1, 10) if options.quick else (SIZE_BYTES, ROUNDS, FILES))))


if __name__ == "__main__":
    main()
