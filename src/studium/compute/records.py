"""What a driver notes of a project that runs, so that the next driver over the same data finds it again.

A process is known by its number, its start time and the boot it belongs to: numbers are used again, the three together
are not. Records lie in a folder that only the driver can write.
"""

import contextlib
import errno
import fcntl
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import msgspec


class ProcessIdentity(msgspec.Struct, frozen=True):
    """One process for all time. ``start_time`` in clock ticks since the boot ``boot_id``."""

    pid: int
    start_time: int
    boot_id: str

    @classmethod
    def of(cls, pid: int) -> "ProcessIdentity | None":
        """The process that has this number now; None if there is none, or only its remains."""
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            return None
        if fields[0] in "ZX":
            return None
        return cls(pid, int(fields[19]), boot_id())

    def open(self) -> int | None:
        """A descriptor of the process that becomes readable when it ends (pidfd); None when it has ended already."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return None
        if ProcessIdentity.of(self.pid) != self:  # asked after opening, so the descriptor is the one we mean
            os.close(descriptor)
            return None
        return descriptor


def boot_id() -> str:
    """Which boot of the machine this is."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def send_signal(descriptor: int, number: signal.Signals) -> None:
    """Signal a process through its descriptor; one that has ended is no error."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(descriptor, number)


class Record(msgspec.Struct, frozen=True):
    """One running project. ``supervisor`` is the first process of its sandbox, ``monitor`` our child that waits for it.

    ``epoch`` grows with each start. ``cgroups``: folders to remove when it has ended, children first.
    """

    project_id: str
    epoch: int
    supervisor: ProcessIdentity
    monitor: ProcessIdentity
    socket: str
    cgroups: list[str] = []
    sandboxed: bool = True


def read(file: Path) -> Record | None:
    """The record in ``file``; None when there is none or it makes no sense."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Record)
    except (OSError, msgspec.DecodeError):
        return None


def write(file: Path, record: Record) -> None:
    """Replace ``file`` as a whole."""
    temporary = file.with_suffix(".new")
    temporary.write_bytes(msgspec.json.encode(record))
    temporary.chmod(0o600)
    temporary.replace(file)


@contextlib.contextmanager
def try_lock(file: Path) -> Iterator[bool]:
    """Hold the lock on ``file`` if nobody has it; yields whether we do. Ends with the process at the latest."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = True
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise
            held = False
        yield held
    finally:
        os.close(descriptor)
