"""The documents of a project as the server has them, whole: rooms, log in SQLite, files. Only threads, sockets and time
are driven by the test.
"""

import contextlib
import errno
import os
import sqlite3
import time
import types
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from random import Random
from typing import Any, TypeVar
from unittest.mock import patch

from convergence.loop import DrivenLoop
from convergence.network import Link, ScriptedSocket
from studium.project.documents import disk, documents, file_content, store, writer
from studium.project.documents.documents import Documents
from studium.project.documents.room import Room
from studium.project.documents.writer import Job, Writer
from studium.project.watcher import Watcher
from studium.protocol.session import Identity

_T = TypeVar("_T")


class DrivenWriter(Writer):
    """Commits when it is told to, in this thread. A crash forgets what is not committed."""

    def start(self) -> None:
        self.owner = _running[-1]
        self.owner.writer = self
        self.connection = writer.connect(self._path)

    def submit(self, job: Job) -> None:
        if not self.owner.is_dead:
            super().submit(job)

    def commit(self) -> bool:
        """Write what is queued to the disk and say so; whether there was anything."""
        jobs = self.write()
        if jobs:
            self._done(jobs, None)
        return bool(jobs)

    def write(self) -> list[Job]:
        """Write what is queued to the disk, without a word."""
        host = self.owner.host
        if host.disk_is_full:
            if self._jobs and self.trouble is None:
                full = sqlite3.OperationalError("database or disk is full")
                full.sqlite_errorcode = sqlite3.SQLITE_FULL
                self._trouble(writer._explain(full))
            return []
        if self.trouble is not None:
            self._trouble(None)
        jobs, self._jobs = self._jobs, []
        if jobs:
            writer._execute(self.connection, jobs)
            for job in jobs:
                for row in job.rows:
                    host.on_commit(row[-1])
        return jobs

    async def close(self, grace_seconds: float = 10.0) -> bool:
        self.commit()
        self._closing = True
        self.connection.close()
        return not self._jobs


class Host:
    """The machine: its disk and clock outlive the processes on it."""

    def __init__(self, folder: Path, dice: Random, on_commit: Callable[[bytes], None]) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        self.dice = dice
        self.on_commit = on_commit
        self.disk_is_full = False
        self.clock_offset = 0.0
        self.at_next_write: list[Callable[[], None]] = []  # done between the server's look at a file and its replacing

    def unix_time(self) -> float:
        """What programs on it take for the time."""
        return time.time() + self.clock_offset

    def fill(self, new: int, data: bytes, before: os.stat_result | None) -> None:
        """Takes the place of ``disk._fill``."""
        late, self.at_next_write = self.at_next_write, []
        for act in late:
            act()
        if self.disk_is_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        _fill(new, data, before)

    @contextlib.contextmanager
    def in_charge(self) -> Iterator[None]:
        """While a program runs: servers get their threads, dice, clock and sockets from here."""
        clock = types.SimpleNamespace(time=self.unix_time, time_ns=lambda: int(self.unix_time() * 1e9))
        dice = types.SimpleNamespace(randbelow=self.dice.randrange)
        with (
            patch.object(store, "Writer", DrivenWriter),
            patch.object(store, "time", clock),
            patch.object(store, "secrets", dice),
            patch.object(file_content, "time", clock),
            patch.object(documents, "new_websocket", ScriptedSocket),
            patch.object(disk, "_fill", self.fill),
        ):
            yield


class Server:
    """One life of a server process, from start to stop or kill."""

    def __init__(self, host: Host, now: float) -> None:
        self.host = host
        self.loop = DrivenLoop(now)
        self.is_dead = False
        self.writer: DrivenWriter
        _running[:] = [self]
        self.documents, self.watcher = self._complete(self._make())
        self._complete(self.documents.open())

    async def _make(self) -> tuple[Documents, Watcher]:
        watcher = Watcher()
        return Documents(self.host.home, self.host.folder / "state", watcher), watcher

    def connect(self, link: Link, path: str, identity: Identity) -> None:
        """A client's upgrade arrives."""

        async def serve() -> None:
            try:
                await self.documents.handle(link.request, path, identity)
            finally:
                if link.socket is not None:
                    await link.socket.close(code=1006)

        self.loop.create_task(serve())
        self.loop.turn()

    def commit(self) -> bool:
        """Let the log's thread commit; whether there was anything."""
        done: list[bool] = []
        self.do(lambda: done.append(self.writer.commit()))
        return done == [True]

    def do(self, act: Callable[[], object]) -> None:
        """Do something in the loop."""
        self.loop.call_soon(act)
        self.loop.turn()

    def complete(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """The result of something that the server is asked to do."""
        return self._complete(coroutine)

    def stop(self) -> None:
        """SIGTERM."""
        self._complete(self.documents.close())
        self._complete(self.watcher.close())
        self.loop.turn()
        errors = list(self.loop.errors)
        self.is_dead = True
        self.loop.kill()
        assert not errors, errors

    def kill(self) -> None:
        """SIGKILL: whatever was not on the disk is gone."""
        self.is_dead = True
        self.loop.kill()
        with contextlib.suppress(sqlite3.Error):
            self.writer.connection.close()
        self.documents._store._close()
        self.documents._home.close()
        if self.watcher._inotify is not None:
            self.watcher._inotify.close()

    @property
    def rooms(self) -> dict[str, Room]:
        """Open rooms by path."""
        return {opened.room.path: opened.room for opened in self.documents.rooms}

    @property
    def is_busy(self) -> bool:
        """Whether a thread or the log has something to do."""
        return bool(self.loop.jobs or (self.writer._jobs and not self.host.disk_is_full))

    def _complete(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        return self.loop.complete(coroutine, lambda: hasattr(self, "writer") and self.commit())


_running: list[Server] = []  # the one whose store opens its writer
_fill = disk._fill
