"""Processes as ``/proc`` shows them: who they are, what descends from them, what their namespace calls them.

The project server sees the processes of the inner ring with numbers of its own; a kernel knows itself by another.
"""

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
_START_FIELD: Final = 19  # of what follows the name in ``stat``, from 0
_TIME_FIELDS: Final = (11, 12)


@dataclass(frozen=True, slots=True)
class Process:
    """One process for good: numbers are used again, a number with its start time is not."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> "Process | None":
        """The process that has this number now; None when there is none."""
        fields = _stat(pid)
        return None if fields is None else cls(pid, int(fields[_START_FIELD]))

    def is_alive(self) -> bool:
        """Whether it is there; one that has ended and was not reaped yet is not."""
        fields = _stat(self.pid)
        return fields is not None and int(fields[_START_FIELD]) == self.started and fields[0] not in (b"Z", b"X")

    def send(self, number: int) -> None:
        """Send a signal to the process alone; one that has ended is no error."""
        if self.is_alive():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(self.pid, number)

    def interrupt(self) -> None:
        """SIGINT, to the process and to what it started in its own group, as a terminal does."""
        with suppress(ProcessLookupError):
            group = os.getpgid(self.pid)
            for pid in descendants(self.pid):
                with suppress(ProcessLookupError, PermissionError):
                    if os.getpgid(pid) == group:
                        os.kill(pid, signal.SIGINT)
        self.send(signal.SIGINT)

    def kill(self) -> None:
        """SIGKILL, to the process and all that descends from it."""
        if self.is_alive():
            for pid in [*descendants(self.pid), self.pid]:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)

    async def wait_ended(self) -> None:
        """Wait until it has ended, whoever its parent is."""
        loop = asyncio.get_running_loop()
        try:
            descriptor = os.pidfd_open(self.pid)
        except OSError:
            return
        ended = loop.create_future()
        try:
            if not self.is_alive():
                return
            loop.add_reader(descriptor, _finish, ended)
            await ended
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)

    def memory_bytes(self) -> int | None:
        """Resident memory."""
        try:
            return int(Path(f"/proc/{self.pid}/statm").read_bytes().split()[1]) * _PAGE_BYTES
        except (OSError, IndexError):
            return None

    def processor_seconds(self) -> float | None:
        """Processor time that it has used since it began."""
        fields = _stat(self.pid)
        return None if fields is None else sum(int(fields[field]) for field in _TIME_FIELDS) / _TICKS


def descendants(pid: int) -> list[int]:
    """Every process below ``pid``, parents first. Blocks for as long as ``/proc`` takes."""
    found = [pid]
    for parent in found:
        with suppress(OSError):
            for task in Path(f"/proc/{parent}/task").iterdir():
                with suppress(OSError):
                    found += [int(child) for child in (task / "children").read_bytes().split()]
    return found[1:]


def find_inner(root: int, inner_pid: int) -> Process | None:
    """The process at or below ``root`` that is called ``inner_pid`` in its own namespace."""
    for pid in [*descendants(root), root]:  # the root may be in our namespace, where numbers mean something else
        if _names(pid)[-1:] == [inner_pid]:
            return Process.of(pid)
    return None


def _names(pid: int) -> list[int]:
    """The numbers of a process, from our namespace to its own."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_bytes().splitlines():
            if line.startswith(b"NSpid:"):
                return [int(number) for number in line.split()[1:]]
    return []


def _stat(pid: int) -> list[bytes] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return None


def _finish(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)
