"""A notebook that somebody has open in a real project server, with its kernel socket and its document."""

import asyncio
import json
import os
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import aiohttp

from clients.kernels import KernelPage
from clients.ydoc import Client
from studium.compute.project_python import ProjectPython, layer_lines
from studium.http.identity import HEADER, sign
from studium.project.app import ProjectSettings
from studium.protocol.ids import ProjectId
from studium.protocol.kernels import RunCells
from studium.protocol.session import Role
from studium.sync.notebook.schema import array_of, cells_of, find_cell, from_shared
from support.environment import PROJECT_PYTHON
from support.project import SECRET, RunningProject, identity

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def ring(python: ProjectPython) -> tuple[str, ...]:
    """Stands where the inner ring's prefix does: makes the layer of packages, and runs the command."""
    return ("/bin/sh", "-c", "\n".join([*layer_lines(python, python.key()), 'exec "$@"']), "sh")


def with_python(settings: ProjectSettings) -> ProjectSettings:
    """A project with the Python that the set-up has built, without rings."""
    python = ProjectPython.of(PROJECT_PYTHON, settings.home)
    path = ":".join([*map(str, python.folders()), settings.environment["PATH"]])
    # Each home is new, as few are: jedi would read the same files again in each test.
    cache = {"XDG_CACHE_HOME": str(Path(tempfile.gettempdir(), "studium-test-cache"))}
    environment = {**settings.environment, **python.variables(), **cache, "PATH": path}
    return replace(settings, python=python, environment=environment, inner_ring=ring(python))


def notebook(*sources: str, kernel: dict[str, str] | None = KERNEL) -> str:
    """A notebook of code cells ``c0``, ``c1`` …"""
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "execution_count": None, "id": f"c{n}", "metadata": {}, "outputs": [], "source": source}
        for n, source in enumerate(sources)
    ]
    metadata = {"kernelspec": kernel} if kernel else {}
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


class Place(Protocol):
    """Where a project answers: by itself, or behind a hub."""

    @property
    def client(self) -> aiohttp.ClientSession: ...

    def url(self, word: str) -> str: ...

    def headers(self, role: Role) -> dict[str, str]: ...


class Desk:
    """One person at one notebook: ``page`` is the kernel socket, ``document`` the notebook itself."""

    def __init__(self, project: Place, path: str, role: Role = Role.OWNER) -> None:
        self.project = project
        self.path = path
        headers = project.headers(role)
        self.page = KernelPage(project.client, project.url(f"kernels/{path}"), headers)
        self.document = Client(project.client, project.url(f"documents/{path}"))
        self.document.headers = headers
        self._ends: Counter[str] = Counter()
        self._watching = array_of(self.document.doc).observe_deep(self._note)

    async def sit_down(self) -> "Desk":
        """Open both."""
        await self.document.connect()
        await self.page.connect()
        return self

    async def leave(self) -> None:
        """Close both."""
        await self.page.disconnect()
        await self.document.disconnect()

    async def run(self, *cells: str, seconds: float = 30.0) -> list[Any]:
        """Run cells and wait until all is over; the outputs of the last one."""
        await self.over(await self.start(*cells), seconds)
        return self.outputs(cells[-1])

    async def start(self, *cells: str, stop_on_error: bool = True) -> Counter[str]:
        """Run cells, once the server has what was typed; what to give to ``over``."""
        await self.document.until_acknowledged()
        goal = self._ends + Counter(cells)
        await self.page.send(RunCells(list(cells), stop_on_error))
        return Counter({cell: goal[cell] for cell in cells})

    async def over(self, goal: Counter[str], seconds: float = 30.0) -> None:
        """Wait until cells that were started are done, or were taken from the queue."""
        try:
            await self.document.until(lambda: self._ends >= goal, seconds)
        except TimeoutError:
            raise AssertionError(f"{goal - self._ends} are not over; {self.page.status}") from None

    async def until_running(self, cell_id: str, seconds: float = 60.0) -> None:
        """Wait until a cell runs."""
        await self.document.until(lambda: self.cell(cell_id)["execution_state"] == "running", seconds)

    async def until_text(self, cell_id: str, text: str, seconds: float = 60.0) -> None:
        """Wait until a cell has put this out, among other things."""
        try:
            await self.document.until(lambda: text in self.text(cell_id), seconds)
        except TimeoutError:
            raise AssertionError(f"{text!r} is not in {self.text(cell_id)[-2000:]!r}; {self.page.status}") from None

    def _note(self, events: list[Any]) -> None:
        for event in events:
            if "execution_state" in getattr(event, "keys", ()):
                cell = event.target
                if cell.get("execution_state") == "idle":
                    self._ends[cell["id"]] += 1

    async def type_into(self, cell_id: str, source: str) -> None:
        """Replace the source of a cell."""
        found = find_cell(self.document.doc, cell_id)
        assert found is not None
        del found.source[0 : len(found.source)]
        found.source.insert(0, source)
        await self.document.flush()

    def cell(self, cell_id: str) -> dict[str, Any]:
        """A cell as it stands in the document."""
        found = find_cell(self.document.doc, cell_id)
        assert found is not None, f"{cell_id} is not there"
        value: dict[str, Any] = from_shared(found.map.to_py())
        return value

    def outputs(self, cell_id: str) -> list[Any]:
        """The outputs of a cell."""
        outputs: list[Any] = self.cell(cell_id)["outputs"]
        return outputs

    def text(self, cell_id: str) -> str:
        """What a cell has printed, and its plain results."""
        return "".join(
            output.get("text") or output.get("data", {}).get("text/plain") or output.get("evalue", "")
            for output in self.outputs(cell_id)
        )

    def order(self) -> list[str]:
        """The ids of the cells."""
        return [cell.id for cell in cells_of(self.document.doc)]


@asynccontextmanager
async def at_notebook(
    project: RunningProject, *sources: str, path: str = "n.ipynb", kernel: dict[str, str] | None = KERNEL
) -> AsyncIterator[Desk]:
    """Make a notebook and open it."""
    file = project.home / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(notebook(*sources, kernel=kernel))
    desk = await Desk(project, path).sit_down()
    try:
        yield desk
    finally:
        await desk.leave()


class ServerProcess:
    """A project server as a process of its own, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.home, self.state, self._socket = folder / "home", folder / "state", folder / "project.sock"
        for path in (self.home, self.state):
            path.mkdir()
        self.project_id = ProjectId(uuid4())
        self.client = aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(self._socket)))
        self.process: asyncio.subprocess.Process | None = None

    def url(self, word: str) -> str:
        """A URL under the project."""
        return f"http://project/projects/{self.project_id}/{word}"

    def headers(self, role: Role) -> dict[str, str]:
        """The identity header of somebody with this role."""
        return {HEADER: sign(identity(self.project_id, role), SECRET)}

    async def start(self) -> None:
        """Start it and wait until it answers."""
        python = ProjectPython.of(PROJECT_PYTHON, self.home)
        variables = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "STUDIUM_PROJECT_ID": str(self.project_id),
            "STUDIUM_PROJECT_HOME": str(self.home),
            "STUDIUM_PROJECT_STATE": str(self.state),
            "STUDIUM_PROJECT_SOCKET": str(self._socket),
            "STUDIUM_PROJECT_PYTHON": str(PROJECT_PYTHON),
            "STUDIUM_INNER_RING": json.dumps(ring(python)),
        }
        self._socket.unlink(missing_ok=True)
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "studium.project"), env=variables, stdin=PIPE, stderr=None
        )
        assert self.process.stdin is not None
        self.process.stdin.write(SECRET.encode() + b"\n")
        async with asyncio.timeout(60):
            while not await self._is_ready():
                await asyncio.sleep(0.02)

    async def _is_ready(self) -> bool:
        try:
            async with self.client.get("http://project/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientConnectorError:
            return False

    def most_memory_bytes(self) -> int:
        """The most resident memory that the server has had."""
        assert self.process is not None
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("it has no memory")

    async def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> None:
        """SIGTERM, and what it leads to."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.terminate()
            async with asyncio.timeout(60):
                await self.process.wait()

    async def close(self) -> None:
        """End it however that may be."""
        try:
            await self.stop()
        finally:
            if self.process is not None and self.process.returncode is None:
                await self.kill()
            await self.client.close()
            self._kill_strays()

    def _kill_strays(self) -> None:
        """What a server was just starting when it was killed; in a Studium its supervisor does this."""
        for folder in Path("/proc").iterdir():
            with suppress(OSError):
                if folder.name.isdigit() and (folder / "cwd").readlink().is_relative_to(self.home):
                    os.kill(int(folder.name), signal.SIGKILL)
