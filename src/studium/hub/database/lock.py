"""One Studium a data directory: a lock that the kernel lets go of when its holders are gone, however they went."""

import fcntl
import os
from pathlib import Path

from studium.protocol.errors import ErrorCode, StudiumError


class FileLock:
    """An exclusive ``flock`` on a file. The file stays; only the lock comes and goes.

    Its descriptor may be given to a child process (``pass_fds``): the lock then lasts until the child and all of its
    children have ended, which no process id in a file can tell as surely. No other child may have it, so it is not
    inheritable: a project outlives us, and would hold the lock for as long as it runs.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    @property
    def descriptor(self) -> int:
        """The descriptor that holds the lock."""
        assert self._descriptor is not None
        return self._descriptor

    def try_acquire(self) -> bool:
        """Take the lock and return true, or return false when another has it."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Close our descriptor; a child that inherited it keeps the lock."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def acquire_data_directory(directory: Path) -> FileLock:
    """Claim a data directory for this process. Raises ``conflict`` when another Studium has it."""
    lock = FileLock(directory / "studium.lock")
    if lock.try_acquire():
        os.ftruncate(lock.descriptor, 0)
        os.pwrite(lock.descriptor, f"{os.getpid()}\n".encode(), 0)
        return lock
    holder = _read_holder(lock.path)
    raise StudiumError(
        ErrorCode.CONFLICT,
        f"Another Studium{f' (process {holder})' if holder else ''} is using the data directory {directory}. "
        "Stop it first, or choose another directory with --data.",
        directory=str(directory),
        process=holder,
    )


def _read_holder(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
