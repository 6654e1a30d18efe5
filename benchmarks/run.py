"""``make bench``: measure a real Studium here and print JSON; ``docs/performance.md`` says what each figure is."""

import asyncio
import json
import os
import platform
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import uvloop
from editing import keystroke_milliseconds, open_milliseconds
from history import history_milliseconds

from studium.cli.data_directory import DataDirectory
from studium.http.identity import HEADER, sign
from studium.hub.database import Database
from studium.protocol.ids import AccountId, ProjectId
from studium.protocol.session import Identity, Role

ROOT = Path(__file__).resolve().parents[1]
STUDIUM = [sys.executable, "-m", "studium.cli"]
STARTS = 5
BIG = "A line of a file that is one megabyte long, as a lecture's data may be.\n"
BIG_BYTES = 1_000_000


class Server:
    """A process that prints ``ready ADDRESS``."""

    def __init__(self, command: list[str]) -> None:
        began = time.perf_counter()
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if match := re.match(r"ready (\S+)", line):
                self.address = match[1]
                self.ready_seconds = time.perf_counter() - began
                return
        raise RuntimeError(f"{' '.join(command)} did not get ready")

    def stop(self) -> None:
        """Ctrl-C, to make and all below it."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(60)


def warm_starts(command: list[str]) -> float:
    """Median seconds until ready, over data that is there."""
    took = []
    for _ in range(STARTS):
        server = Server(command)
        took.append(server.ready_seconds)
        server.stop()
    return round(statistics.median(took), 2)


def admin(data: Path, *arguments: str) -> str:
    """``studium admin``."""
    command = [*STUDIUM, "admin", "--data", str(data), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def memory_mb(pid: int) -> float:
    """Memory of one process, shared pages counted in their share."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    match = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    assert match
    return round(int(match[1]) / 1024, 1)


def project_server(project_id: str) -> int:
    """The process of a project's server."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
                variables = (folder / "environ").read_bytes()
            except OSError:
                continue
            last = b"studium.project" in words[-2:] and not any(b"supervisor" in word for word in words)
            if last and project_id.encode() in variables and b"bwrap" not in words[0]:
                return int(folder.name)
    raise RuntimeError("the project server was not found")


class Tables:
    """Project starts by table writes, timed by the feed."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, project_id: str) -> None:
        self._socket, self._project_id, self._next = socket, project_id, 100

    async def follow(self) -> None:
        """Open the feed of the project's state."""
        query = {"projects": [{"project_id": self._project_id, "state": None}]}
        await self._socket.send_json({"id": 1, "query": query, "changes": True})

    async def wish(self, action: str, status: str) -> float:
        """Seconds from the wish until every page shows the status."""
        self._next += 1
        began = time.perf_counter()
        row = {"project_id": self._project_id, "action_request": {"action": action}}
        await self._socket.send_json({"id": self._next, "query": {"projects": row}})
        while True:
            message = await self._socket.receive_json(timeout=30)
            if message["id"] == 1 and (message.get("new") or {}).get("state", {}).get("status") == status:
                return time.perf_counter() - began


@asynccontextmanager
async def straight(data: Path, project_id: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A session that reaches the project server on its own socket, without the hub."""
    note = DataDirectory(data).running()
    database = await Database(note.database, connections=1).open(apply_migrations=False)
    row = await database.fetchrow("SELECT endpoint, secret FROM project_runtime WHERE project_id = $1", project_id)
    await database.close()
    assert row is not None
    until = int(time.time()) + 60
    who = Identity(AccountId(uuid4()), "Bench", 0, Role.OWNER, ProjectId(UUID(project_id)), until)
    connector = aiohttp.UnixConnector(row["endpoint"].removeprefix("unix:"))
    async with aiohttp.ClientSession(connector=connector, headers={HEADER: sign(who, row["secret"])}) as session:
        yield session


async def measure(url: str, data: Path, hub_pid: int, token: str) -> dict[str, Any]:
    """All figures of one running Studium."""
    figures: dict[str, Any] = {"hub_idle_memory_mb": memory_mb(hub_pid)}
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        body = {"query": {"projects": {"title": "Measured"}}}
        async with session.post(f"{url}/api/query", json=body) as answer:
            project_id = str((await answer.json())["result"]["projects"]["project_id"])
        async with session.ws_connect(f"{url}/api/tables") as socket:
            tables = Tables(socket, project_id)
            await tables.follow()
            first = await tables.wish("start", "running")
            later = []
            for _ in range(STARTS):
                await tables.wish("stop", "stopped")
                later.append(await tables.wish("start", "running"))
        figures["project_first_start_seconds"] = round(first, 2)
        figures["project_start_seconds"] = round(statistics.median(later), 2)
        figures["project_server_idle_memory_mb"] = memory_mb(project_server(project_id))
        documents = f"{url}/projects/{project_id}/documents"
        peer = await asyncio.to_thread(Server, [sys.executable, str(ROOT / "benchmarks" / "peer.py")])
        try:
            figures["keystroke_milliseconds"] = {
                "through_the_hub": await keystroke_milliseconds(session, f"{documents}/through.txt"),
                "pycrdt_websocket_in_memory": await keystroke_milliseconds(
                    session, f"http://127.0.0.1:{peer.address}/peer"
                ),
            }
        finally:
            peer.stop()
        async with straight(data, project_id) as direct:
            address = f"http://project/projects/{project_id}/documents/straight.txt"
            figures["keystroke_milliseconds"]["straight"] = await keystroke_milliseconds(direct, address)
        text = (BIG * (BIG_BYTES // len(BIG) + 1))[:BIG_BYTES]
        async with session.put(f"{url}/projects/{project_id}/files/big.txt", data=text.encode()) as answer:
            answer.raise_for_status()
        figures["open_1_mb_milliseconds"] = {
            "first": await open_milliseconds(session, f"{documents}/big.txt", len(text)),
            "again": await open_milliseconds(session, f"{documents}/big.txt", len(text)),
        }
    return figures


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="studium-bench-") as folder:
        data = Path(folder) / "data"
        serve = [*STUDIUM, "serve", "--data", str(data), "--port", "0", "--no-browser"]
        cold = Server(serve)
        (Path(folder) / "password").write_text("a good long password")
        account = ("bench@example.org", "--name", "Bench", "--password-file", f"{folder}/password")
        admin(data, "account", "add", *account)
        cold.stop()
        figures: dict[str, Any] = {
            "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.release()},
            "studium_serve_first_ready_seconds": round(cold.ready_seconds, 2),
            "studium_serve_ready_seconds": warm_starts(serve),
            "make_serve_ready_seconds": warm_starts(
                ["make", "serve", f"DATA={data}", "ARGUMENTS=--port 0 --no-browser"]
            ),
            "studium_open_ready_seconds": warm_starts([*STUDIUM, "open", folder, "--port", "0", "--no-browser"]),
        }
        server = Server(serve)
        try:
            token = admin(data, "token", "add", "bench@example.org")
            figures |= uvloop.run(measure(server.address, data, server.process.pid, token))
        finally:
            server.stop()
        # In a process of its own, because it keeps itself and its servers to one core each.
        documents = subprocess.run(
            [sys.executable, str(ROOT / "benchmarks" / "documents.py")], stdout=subprocess.PIPE, check=True
        )
        figures["documents"] = json.loads(documents.stdout)
        figures["history_of_260000_edits_milliseconds"] = uvloop.run(history_milliseconds())
        print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
