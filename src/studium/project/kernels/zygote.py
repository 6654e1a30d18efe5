"""The server's side of a zygote: starting one in the inner ring, asking it for kernels, hearing how they ended.

A zygote is an optimisation. Whatever is wrong with it (no ipykernel, memory, a package that cannot be imported), the
answer is None, and the kernel is started cold.
"""

import asyncio
import itertools
import logging
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from studium.project import listening
from studium.project.kernels.inner import InnerRing
from studium.project.kernels.launch import Connection, Started
from studium.project.proc import Process, find_inner

_log = logging.getLogger(__name__)

SCRIPT: Final = Path(__file__).with_name("inside") / "zygote.py"
FORK_SECONDS: Final = 10.0
STATUS_SECONDS: Final = 5.0  # it is deaf for a second or two while it reads what completion needs
READ_SECONDS: Final = 6.0
MAX_LINE_BYTES: Final = 4 * 1024**2


class ZygoteRecord(msgspec.Struct, frozen=True):
    """What is needed to find a zygote again."""

    folder: str
    pid: int
    started: int
    python: str


class Zygote:
    """One zygote that runs. Made by ``start`` or ``attach``."""

    def __init__(self, inner: InnerRing, record: ZygoteRecord) -> None:
        self._inner = inner
        self.record = record
        self.process = Process(record.pid, record.started)
        self.statuses: dict[int, int] = {}
        """How its kernels ended, by their inner numbers."""
        self._answers: dict[int, asyncio.Future[dict[str, Any] | None]] = {}
        self._numbers = itertools.count(1)
        self._ends: dict[int, asyncio.Event] = {}
        self._popen: subprocess.Popen[bytes] | None = None
        self._reader: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    @classmethod
    async def start(cls, inner: InnerRing) -> "Zygote | None":
        """Start one and wait until it is ready; None when it cannot be."""
        folder = listening.new_folder()
        command = [str(inner.python), str(SCRIPT), str(folder)]
        found = await asyncio.to_thread(listening.start, inner, folder, command, log=folder / "log")
        if found is None:
            return None
        popen, process = found
        zygote = cls(inner, ZygoteRecord(str(folder), process.pid, process.started, str(inner.python)))
        zygote._popen = popen
        if await zygote._connect():
            return zygote
        await zygote.end()
        return None

    @classmethod
    async def attach(cls, inner: InnerRing, record: ZygoteRecord) -> "Zygote | None":
        """Speak to one that was started before this process."""
        zygote = cls(inner, record)
        return zygote if zygote.process.is_alive() and await zygote._connect() else None

    async def _connect(self) -> bool:
        try:
            connection = await listening.connect(self._inner, Path(self.record.folder), self.process, MAX_LINE_BYTES)
        except (TimeoutError, OSError):
            self.process.kill()
            return False
        if connection is None:
            return False
        reader, self._writer = connection
        self._reader = asyncio.create_task(self._read(reader), name="zygote")
        return True

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self._reader is not None and not self._reader.done()

    async def fork(self, connection: Connection, directory: Path, environment: Mapping[str, str]) -> Started | None:
        """A kernel; None when the zygote cannot, or should no longer."""
        forking = asyncio.ensure_future(self._fork(connection, directory, environment))
        try:
            return await asyncio.shield(forking)
        except asyncio.CancelledError:
            if (started := await forking) is not None:
                await asyncio.to_thread(started.kill)  # nobody would end it
            raise

    async def _fork(self, connection: Connection, directory: Path, environment: Mapping[str, str]) -> Started | None:
        wanted = {
            "folder": connection.folder,
            "connection": connection.file(),
            "directory": str(directory),
            "environment": {**environment, "PWD": str(directory)},
        }
        answer = await self._ask({"fork": wanted}, FORK_SECONDS)
        inner_pid = (answer or {}).get("forked")
        if not isinstance(inner_pid, int):
            _log.info("The zygote forked no kernel: %s", str(answer)[:500])
            return None
        self.statuses.pop(inner_pid, None)  # of one long ago, whose number it has
        process = await asyncio.to_thread(find_inner, self.record.pid, inner_pid)
        if process is None:
            return None
        return Started.of(process, process, inner_pid, forked=True)

    async def read(self, what: str, code: str, line: int, column: int, **more: Any) -> Any:
        """``completions`` or ``documentation`` by reading the code (``inside/zygote.py``); None when nothing is known.
        The line counts from 1, the column is in code points."""
        wanted = {"what": what, "code": code, "line": line, "column": column, **more}
        return (await self._ask({"read": wanted}, READ_SECONDS) or {}).get("read")

    async def wait_status(self, inner_pid: int, timeout_seconds: float = STATUS_SECONDS) -> int | None:
        """How a kernel ended, negative for a signal; None when the zygote does not say."""
        event = self._ends.setdefault(inner_pid, asyncio.Event())
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                if inner_pid not in self.statuses:
                    await event.wait()
        self._ends.pop(inner_pid, None)
        return self.statuses.get(inner_pid)

    async def end(self) -> None:
        """End it, with the kernels that it has forked."""
        await self.close()
        await asyncio.to_thread(self.process.kill)
        await self.process.wait_ended()
        if self._popen is not None:
            await asyncio.to_thread(self._popen.wait)

    async def close(self) -> None:
        """Let go of it; it goes on."""
        if self._writer is not None:
            self._writer.close()
        if self._reader is not None:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader

    async def _ask(self, request: dict[str, Any], timeout_seconds: float) -> dict[str, Any] | None:
        if not self.is_alive or self._writer is None:
            return None
        request_id = next(self._numbers)
        answer: asyncio.Future[dict[str, Any] | None] = asyncio.get_running_loop().create_future()
        self._answers[request_id] = answer
        try:
            async with asyncio.timeout(timeout_seconds):
                self._writer.write(msgspec.json.encode({"id": request_id, **request}) + b"\n")
                await self._writer.drain()
                return await answer
        except (TimeoutError, OSError):
            return None
        finally:
            del self._answers[request_id]

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while line := await reader.readline():
                message = msgspec.json.decode(line, type=dict[str, Any])
                ended, status = message.get("ended"), message.get("status")
                if isinstance(ended, int) and isinstance(status, int):
                    self.statuses[ended] = status
                    if event := self._ends.get(ended):
                        event.set()
                elif (answer := self._answers.get(message.get("id", 0))) is not None and not answer.done():
                    answer.set_result(message)
        except (OSError, ValueError, RecursionError) as error:  # a program of the project may have taken its place
            _log.info("The zygote is not understood: %s", error)
        finally:
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_result(None)
            for event in self._ends.values():  # it will not say any more
                event.set()
