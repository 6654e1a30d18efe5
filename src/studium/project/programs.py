"""Programs of ours that run in the inner ring for as long as a request, and what they print."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from studium.project.processes import kill_all, wait_exited
from studium.protocol.errors import ErrorCode, StudiumError

Said = TypeVar("Said", bound=asyncio.Protocol)


class RunningProgram(Generic[Said]):
    """A program that runs: its output, and what takes what it says on standard error."""

    def __init__(self, process: subprocess.Popen[bytes], output: asyncio.StreamReader, said: Said) -> None:
        self.process = process
        self.output = output
        self.said = said


class Programs:
    """Starts programs, with an environment made for them and no descriptor of ours, and ends them."""

    def __init__(self, directory: Path, inner_ring: Sequence[str], environment: Mapping[str, str]) -> None:
        self._directory = directory
        self._inner_ring = list(inner_ring)
        self._environment = dict(environment)
        self._running: set[int] = set()

    async def close(self) -> None:
        """Kill what runs."""
        for pid in tuple(self._running):
            await asyncio.to_thread(kill_all, pid)

    @asynccontextmanager
    async def run(
        self, command: Sequence[str], what: str, said: Callable[[], Said], limit_bytes: int
    ) -> AsyncIterator[RunningProgram[Said]]:
        """A program in the home; nothing of it is left behind the block. ``what`` names it in an error."""
        process = await asyncio.to_thread(self._start, command, what)
        self._running.add(process.pid)
        loop = asyncio.get_running_loop()
        output, listener = asyncio.StreamReader(limit_bytes), said()
        pipes: list[asyncio.BaseTransport] = []
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            pipes.append(
                (await loop.connect_read_pipe(partial(asyncio.StreamReaderProtocol, output), process.stdout))[0]
            )
            pipes.append((await loop.connect_read_pipe(lambda: listener, process.stderr))[0])
            yield RunningProgram(process, output, listener)
        finally:
            await asyncio.shield(self._end(process, pipes))

    async def _end(self, process: subprocess.Popen[bytes], pipes: Sequence[asyncio.BaseTransport]) -> None:
        await asyncio.to_thread(kill_all, process.pid)
        await wait_exited(process)
        for pipe in pipes:
            pipe.close()
        self._running.discard(process.pid)

    def _start(self, command: Sequence[str], what: str) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                [*self._inner_ring, *command],
                cwd=self._directory,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            message = f"The {what} could not be started: {error.strerror}. Restart the project."
            raise StudiumError(ErrorCode.UNAVAILABLE, message) from error
