"""A real Studium for fault runs: hub, PostgreSQL, projects in their rings, accounts. All of it can be killed and
started again under the same address."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from faults.clock import ClockServer
from faults.project import CannotRun, Project
from studium.compute.records import ProcessIdentity
from support.serving import Serving, free_port, processes_below, project_server, running
from support.visitors import Visitor, add_account

PEOPLE = ("ada@example.org", "grace@example.org", "emmy@example.org")
READY_SECONDS = 60.0
START_TRIES = 3


@dataclass
class World:
    """All that runs. ``hub_port`` is where clients go, past the proxy or through it."""

    data: Path
    chance: random.Random
    session: aiohttp.ClientSession
    port: int = field(default_factory=free_port)
    tokens: dict[str, str] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    output: list[str] = field(default_factory=list)
    serving: Serving | None = None
    clock: ClockServer | None = None
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _seen: set[ProcessIdentity] = field(default_factory=set)
    _mounts: list[Path] = field(default_factory=list)
    _visitors: dict[str, Visitor] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Of the hub."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def ada(self) -> Visitor:
        """The owner of all projects."""
        return self._visitors[PEOPLE[0]]

    # Processes -----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """``studium serve``; returns when it answers."""
        await asyncio.to_thread(self._start)

    def _start(self) -> None:
        arguments = ("--data", str(self.data), "--port", str(self.port), "--content-port", "0", "--no-browser")
        for _ in range(START_TRIES - 1):  # a database that recovers on a busy disk may need more than a minute
            with contextlib.suppress(AssertionError):
                self.serving = self._stack.enter_context(running("serve", *arguments))
                return
        self.serving = self._stack.enter_context(running("serve", *arguments))

    def processes(self) -> dict[int, list[str]]:
        """All below the hub."""
        assert self.serving is not None
        found = processes_below(self.serving.process.pid)
        self._seen |= {identity for number in found if (identity := ProcessIdentity.of(number)) is not None}
        return found

    def kill(self, numbers: Iterable[int]) -> None:
        """SIGKILL."""
        for number in numbers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)

    def _kill_seen(self) -> None:
        """What the hub has started, and what an earlier one has left."""
        self.kill(identity.pid for identity in self._seen if ProcessIdentity.of(identity.pid) == identity)

    async def kill_hub(self, *, everything: bool = False) -> None:
        """SIGKILL of the hub, or of all that it started too, and wait for its end."""
        assert self.serving is not None
        self.processes()
        self.serving.process.kill()
        if everything:
            self._kill_seen()
        await self._over()

    async def stop_hub(self) -> None:
        """As an administrator does it."""
        assert self.serving is not None
        self.processes()
        self.serving.process.send_signal(signal.SIGTERM)
        await self._over()

    async def _over(self) -> None:
        assert self.serving is not None
        await asyncio.to_thread(self.serving.process.wait, READY_SECONDS)
        self.output += self.serving.lines
        await asyncio.to_thread(self._stack.close)
        self.serving = None

    def server_of(self, project: Project) -> int:
        """The process of a project's server."""
        if self.serving is not None:
            self.processes()
        return project_server(None, project.project_id)

    async def close(self) -> None:
        """End all, by its number, also what a killed hub left."""
        with contextlib.suppress(Exception):
            if self.serving is not None:
                self.processes()
        if self.clock is not None:
            await self.clock.kill()
        await asyncio.to_thread(self._stack.close)
        self._kill_seen()
        for folder in self._mounts:
            subprocess.run(["umount", "--lazy", folder], check=False)

    # People and projects -------------------------------------------------------------------------------------------

    async def settle(self) -> None:
        """The accounts; once, over fresh data."""
        for email in PEOPLE:
            flags = ("--administrator",) if email == PEOPLE[0] else ()
            self.tokens[email] = await asyncio.to_thread(add_account, self.data, email, *flags)
            headers = {"Authorization": f"Bearer {self.tokens[email]}"}
            session = aiohttp.ClientSession(headers=headers)
            async with session.get(f"{self.url}/api/session") as answer:
                account_id = (await answer.json())["account"]["account_id"]
            self._visitors[email] = Visitor(self.url, email, account_id, session)

    async def leave(self) -> None:
        """Close the sessions."""
        for visitor in self._visitors.values():
            await visitor.session.close()

    async def project(self, kind: str) -> Project:
        """One that runs: ``plain``, with its ``home`` or ``all`` of it on a small disk, or with a ``clock`` of its own.
        Raises ``CannotRun``."""
        project = self.projects.get(kind)
        if project is None and kind == "clock":
            self.clock = await ClockServer(self.data.parent / "clock").start()
            project = self.projects[kind] = self.clock.project
        elif project is None:
            project_id = await self.ada.new_project(kind)
            for email in PEOPLE[1:]:
                await self.ada.share(project_id, self._visitors[email], "collaborator")
            address = f"/projects/{project_id}/documents"
            project = Project(project_id, self.data / "projects" / project_id, address, self.port)
            self.projects[kind] = project
            if kind != "plain":
                await self._move_to_small_disk(project, kind)
        return project

    async def _move_to_small_disk(self, project: Project, kind: str) -> None:
        await self.ada.act(project.project_id, "stop", "stopped")
        if kind == "all":
            subprocess.run(["rm", "-r", *project.folder.iterdir()], check=True)
        disk = project.folder if kind == "all" else project.home
        mount(disk, "24m")
        self._mounts.append(disk)
        project.disk = disk
        await self.ada.act(project.project_id, "start", "running")

    async def act(self, project: Project, action: str, until: str) -> None:
        """A wish in the project's row."""
        state = await self.ada.act(project.project_id, action, until)
        assert state["status"] == until, state


def mount(folder: Path, size: str) -> None:
    """A small file system of its own in ``folder``. Raises ``CannotRun``."""
    if os.geteuid() != 0:
        raise CannotRun("mounting a small file system needs root")
    status = folder.stat()
    options = f"size={size},mode={status.st_mode & 0o777:o},uid={status.st_uid},gid={status.st_gid}"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=False).returncode:
        raise CannotRun("this system does not let tests mount a file system")


@contextlib.asynccontextmanager
async def new_world(folder: Path, chance: random.Random) -> AsyncIterator[World]:
    """A fresh Studium, and nothing of it left afterwards."""
    async with aiohttp.ClientSession() as session:
        world = World(folder / "data", chance, session)
        try:
            await world.start()
            await world.settle()
            yield world
        finally:
            await world.leave()
            await world.close()
