"""``POST /projects/{project_id}/run``: a shell command of a person, in the inner ring.

The command runs as ``bash -lc COMMAND`` behind the prefix that the driver gave (``STUDIUM_INNER_RING``), in a session
of its own, with a clean environment and nothing of this server's: no standard input, no descriptors, no variables. Its
output is bounded here, and when its time is over everything that it started is killed.
"""

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, cast

from studium.compute.limits import InnerLimits
from studium.project.files.home import Home
from studium.project.files.paths import clean_path
from studium.project.proc import descendants
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.files import Run, RunAnswer

MAX_OUTPUT_BYTES: Final = 1_000_000
"""Kept of each of standard output and standard error; the rest is read and counted."""
MAX_COMMANDS: Final = 16
"""At once: each may hold twice ``MAX_OUTPUT_BYTES``."""
MAX_SECONDS: Final = 3600.0
MAX_COMMAND_BYTES: Final = 100_000
"""Below the kernel's limit of one argument (128 KiB)."""
DRAIN_SECONDS: Final = 0.25
"""How long output is read after the shell ended: what it left in the background may hold the pipe open for ever."""
_PAUSE_SECONDS: Final = 0.005
"""Between reads of output that is only counted: a flood is slowed, so that editing goes on smoothly."""
_KILLED: Final = 128 + signal.SIGKILL


class Processes:
    """Runs commands. ``environment`` is all that a command gets to see; ``limits`` tells who was killed for memory."""

    def __init__(
        self,
        home: Home,
        inner_ring: Sequence[str],
        environment: Mapping[str, str],
        limits: InnerLimits | None = None,
    ) -> None:
        self._home = home
        self._limits = limits
        self._inner_ring = list(inner_ring)
        self._environment = dict(environment)
        self._running: set[int] = set()
        self._slots = MAX_COMMANDS
        self._started = 0
        self._killed = 0
        self._output_bytes = 0

    async def run(self, request: Run) -> RunAnswer:
        """Run a command to its end. Raises ``StudiumError`` when it cannot be started."""
        self._check(request)
        directory = await asyncio.to_thread(self._directory, request.path)
        if self._slots == 0:
            message = f"{MAX_COMMANDS} commands run in this project already. Wait until one of them ends."
            raise StudiumError(ErrorCode.RATE_LIMITED, message, limit=MAX_COMMANDS)
        self._slots -= 1
        try:
            return await self._run(request, directory)
        finally:
            self._slots += 1

    async def close(self) -> None:
        """Kill what runs."""
        for pid in tuple(self._running):
            await asyncio.to_thread(kill_all, pid)

    def statistics(self) -> dict[str, float]:
        """Counts since the start, and what runs now."""
        return {
            "running": len(self._running),
            "started": self._started,
            "killed": self._killed,
            "output_bytes": self._output_bytes,
        }

    def _check(self, request: Run) -> None:
        if not request.command.strip() or "\0" in request.command:
            raise StudiumError(ErrorCode.INVALID_VALUE, "There is no command to run. Write one.", field="command")
        if len(request.command.encode(errors="replace")) > MAX_COMMAND_BYTES:
            message = f"The command is longer than {MAX_COMMAND_BYTES} bytes. Put it into a file and run that."
            raise StudiumError(ErrorCode.TOO_LARGE, message, limit_bytes=MAX_COMMAND_BYTES)
        if not 0 < request.timeout_seconds <= MAX_SECONDS:
            message = f"timeout_seconds is {request.timeout_seconds:g}; it must be above 0 and at most {MAX_SECONDS:g}."
            raise StudiumError(ErrorCode.INVALID_VALUE, message, field="timeout_seconds")

    def _directory(self, path: str) -> Path:
        fd = self._home.open(clean_path(path), os.O_RDONLY | os.O_DIRECTORY)
        os.close(fd)
        return self._home.resolve(path)

    async def _run(self, request: Run, directory: Path) -> RunAnswer:
        kills_before = self._memory_kills()
        process = await asyncio.to_thread(self._start, request.command, directory)
        self._running.add(process.pid)
        self._started += 1
        outputs = (_Output(), _Output())
        reason = None
        try:
            for output, pipe in zip(outputs, (process.stdout, process.stderr), strict=True):
                await asyncio.get_running_loop().connect_read_pipe(partial(_same, output), pipe)
            try:
                async with asyncio.timeout(request.timeout_seconds):
                    await wait_exited(process)
            except TimeoutError:
                reason = f"The command was ended after {request.timeout_seconds:g} seconds, its limit of time."
                self._killed += 1
            else:
                await _wait_drained(outputs)
        finally:
            await asyncio.shield(self._end(process, outputs))
        self._output_bytes += sum(output.count for output in outputs)
        exit_code = process.returncode
        if reason is None and exit_code in (-signal.SIGKILL, _KILLED) and self._memory_kills() > kills_before:
            reason = self._out_of_memory()
        return RunAnswer(
            exit_code=-signal.SIGKILL if reason else exit_code,
            stdout=outputs[0].text(),
            stderr=outputs[1].text(),
            truncated=any(output.count > MAX_OUTPUT_BYTES for output in outputs),
            reason=reason,
        )

    def _memory_kills(self) -> int:
        return self._limits.memory_kills() if self._limits is not None else 0

    def _out_of_memory(self) -> str:
        limit = self._limits.memory_limit_bytes() if self._limits is not None else None
        size = f" of {limit / 1024**3:.1f} GB" if limit else ""
        return f"The command was ended because the project's memory{size} was used up. Work on less data at once."

    def _start(self, command: str, directory: Path) -> subprocess.Popen[bytes]:
        """``Popen`` and not the loop's own: uvloop lets descriptors through that nobody marked close-on-exec."""
        try:
            return subprocess.Popen(
                [*self._inner_ring, "bash", "-lc", command],
                cwd=directory,
                env={**self._environment, "PWD": str(directory)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            message = f"The shell could not be started: {error.strerror}. Restart the project."
            raise StudiumError(ErrorCode.UNAVAILABLE, message) from error

    async def _end(self, process: subprocess.Popen[bytes], outputs: "Sequence[_Output]") -> None:
        """Nothing that the command started is left, and nothing here waits for it."""
        await asyncio.to_thread(kill_all, process.pid)
        await wait_exited(process)
        await _wait_drained(outputs)
        for output in outputs:
            output.close()
        self._running.discard(process.pid)


class _Output(asyncio.Protocol):
    """The first ``MAX_OUTPUT_BYTES`` of a pipe; the rest is counted."""

    def __init__(self) -> None:
        self.count = 0
        self.ended = asyncio.Event()
        self._kept = bytearray()
        self._transport: asyncio.ReadTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast, since the transports of uvloop are not of asyncio's classes.
        self._transport = cast(asyncio.ReadTransport, transport)

    def data_received(self, data: bytes) -> None:
        self.count += len(data)
        if room := MAX_OUTPUT_BYTES - len(self._kept):
            self._kept += data[:room]
        elif self._transport is not None:
            self._transport.pause_reading()
            asyncio.get_running_loop().call_later(_PAUSE_SECONDS, self._resume)

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        self.ended.set()

    def close(self) -> None:
        """Read no more."""
        if self._transport is not None:
            self._transport.close()

    def text(self) -> str:
        """What was kept, as text: bytes that are not UTF-8 become the replacement character."""
        return self._kept.decode(errors="replace")

    def _resume(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()


def _same(output: _Output) -> _Output:
    return output


async def wait_exited(process: subprocess.Popen[bytes]) -> None:
    """Wait for the process itself, whoever holds its pipes; the kernel tells through a descriptor of the process."""
    if process.poll() is not None:
        return
    loop = asyncio.get_running_loop()
    exited: asyncio.Future[None] = loop.create_future()
    fd = os.pidfd_open(process.pid)
    loop.add_reader(fd, _finish, exited)
    try:
        await exited
    finally:
        loop.remove_reader(fd)
        os.close(fd)
    process.wait()


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


async def _wait_drained(outputs: Sequence[_Output]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            for output in outputs:
                await output.ended.wait()


def kill_all(pid: int) -> None:
    """Kill a process, its group, and all that descends from it. Blocks shortly.

    In the inner ring the first process takes its whole namespace with it. Without a ring (single mode) a child may have
    left the group with ``setsid``; those whose parents are alive are found through ``/proc``.
    """
    for descendant in descendants(pid):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(descendant, signal.SIGKILL)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
