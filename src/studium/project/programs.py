"""Programs of ours that run in the inner ring: a command, its output as a stream, and the last that it says.

Nothing of a program is left behind the block in which it runs.
"""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Final

from studium.project.processes import kill_all, wait_exited
from studium.protocol.errors import ErrorCode, StudiumError

PYTHON: Final = (sys.executable, "-I", "-X", "utf8")
"""Ours, which both rings show: the project's own belongs to its people, and may be broken."""
CHUNK_BYTES: Final = 256 * 1024
TAIL_BYTES: Final = 16 * 1024
TAIL_LINES: Final = 12


class Tail(asyncio.Protocol):
    """The last that comes through a pipe."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self._kept = b""

    def data_received(self, data: bytes) -> None:
        """Keep the end of it."""
        self._kept = (self._kept + data)[-TAIL_BYTES:]

    def connection_lost(self, exc: Exception | None) -> None:
        """It has ended."""
        self.ended.set()

    def text(self) -> str:
        """The last lines, without empty ones."""
        lines = [line for line in self._kept.decode(errors="replace").splitlines() if line.strip()]
        return "\n".join(lines[-TAIL_LINES:])


@dataclass(frozen=True)
class Program:
    """One that runs: its output, and the end of what it says on standard error."""

    process: subprocess.Popen[bytes]
    output: asyncio.StreamReader
    said: Tail

    def kill(self) -> None:
        """End it and all that it has started. Blocks shortly."""
        kill_all(self.process.pid)

    async def ended(self) -> int:
        """Wait until it has ended and said all; its exit status."""
        await wait_exited(self.process)
        await self.said.ended.wait()
        return self.process.returncode


@dataclass
class Programs:
    """Starts programs behind the prefix of the inner ring, with ``environment`` as all that they see."""

    inner_ring: Sequence[str]
    environment: Mapping[str, str]
    _running: set[int] = field(default_factory=set)

    @asynccontextmanager
    async def run(
        self,
        command: Sequence[str],
        directory: Path,
        stdin: int | IO[bytes] = subprocess.DEVNULL,
        said: Tail | None = None,
    ) -> AsyncIterator[Program]:
        """A program in ``directory``; ``said`` hears its standard error. Raises ``unavailable`` when it cannot be
        started."""
        process = await asyncio.to_thread(self._start, command, directory, stdin)
        self._running.add(process.pid)
        loop = asyncio.get_running_loop()
        output, listener = asyncio.StreamReader(CHUNK_BYTES), said or Tail()
        pipes: list[asyncio.BaseTransport] = []
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            pipes.append(
                (await loop.connect_read_pipe(partial(asyncio.StreamReaderProtocol, output), process.stdout))[0]
            )
            pipes.append((await loop.connect_read_pipe(lambda: listener, process.stderr))[0])
            yield Program(process, output, listener)
        finally:
            await asyncio.shield(self._end(process, pipes))

    async def _end(self, process: subprocess.Popen[bytes], pipes: Sequence[asyncio.BaseTransport]) -> None:
        await asyncio.to_thread(kill_all, process.pid)
        await wait_exited(process)
        for pipe in pipes:
            pipe.close()
        self._running.discard(process.pid)

    async def close(self) -> None:
        """Kill what runs."""
        for pid in tuple(self._running):
            await asyncio.to_thread(kill_all, pid)

    def _start(self, command: Sequence[str], directory: Path, stdin: int | IO[bytes]) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                [*self.inner_ring, *command],
                cwd=directory,
                env={**self.environment, "PWD": str(directory)},
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            message = f"A program of the project could not be started: {error.strerror}. Restart the project."
            raise StudiumError(ErrorCode.UNAVAILABLE, message) from error
