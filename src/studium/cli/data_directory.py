"""The data folder: made, checked and held by one Studium at a time, and the note by which commands find who runs in it.

```
DATA/
  studium.toml    settings, if any
  lock            held while a Studium runs here
  hubs.lock       shared by all hubs that use the folder; the last one ends the projects
  running.json    who runs here: process, address, database; for `studium admin`
  postgres/       the embedded database
  projects/       homes and states of projects
  environment/    the Python that projects compute in, where `studium environment install` built one
```
"""

import asyncio
import contextlib
import fcntl
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import msgspec

from studium.protocol.errors import ErrorCode, StudiumError

FREE_BYTES_MIN = 200 << 20


class Running(msgspec.Struct, frozen=True):
    """Who runs in a data folder. ``database`` is a PostgreSQL address that works on this machine."""

    process_id: int
    url: str
    database: str
    version: str


class DataDirectory:
    """One data folder; making this object touches nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.postgres = self.path / "postgres"
        self.projects = self.path / "projects"
        self._note = self.path / "running.json"
        self._lock = self.path / "lock"
        self._hubs = self.path / "hubs.lock"

    def make(self) -> None:
        """Make the folder, and find out now rather than later that it cannot be written or is full."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o711)
            probe = self.path / ".write-test"
            probe.write_bytes(b"\0" * 4096)
            probe.unlink()
        except OSError as error:
            raise StudiumError(
                ErrorCode.INVALID_PATH,
                f"The data folder {self.path} cannot be written: {(error.strerror or str(error)).lower()}. "
                "Give another with --data, or mend it.",
                path=str(self.path),
            ) from None
        free = shutil.disk_usage(self.path).free
        if free < FREE_BYTES_MIN:
            raise StudiumError(
                ErrorCode.DISK_FULL,
                f"The disk of the data folder {self.path} has {free >> 20} MB left and Studium needs "
                f"{FREE_BYTES_MIN >> 20} MB to start. Make room, or give a folder on another disk with --data.",
                free_bytes=free,
            )

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for this process; the lock goes with the process, however that ends."""
        self.make()
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise self._taken() from None
            self.forget()
            yield
        finally:
            os.close(descriptor)

    @contextlib.asynccontextmanager
    async def shared(self) -> AsyncIterator[Callable[[], bool]]:
        """Be one of the hubs that use the folder. What this yields, asked at the end of a hub and once, says whether no
        other is left; then none can begin before this one has gone."""
        self.make()
        descriptor = os.open(self._hubs, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

        def is_last() -> bool:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (
                BlockingIOError
            ):  # our own share is given up with the attempt, so that of two that end one is the last
                return False
            return True

        try:
            await asyncio.to_thread(fcntl.flock, descriptor, fcntl.LOCK_SH)
            yield is_last
        finally:
            os.close(descriptor)

    def _taken(self) -> StudiumError:
        running = self.read_note()
        where = f" (process {running.process_id}, {running.url})" if running else ""
        return StudiumError(
            ErrorCode.CONFLICT,
            f"Another Studium{where} uses the data folder {self.path}. "
            "Stop it first, or give another folder with --data.",
            path=str(self.path),
        )

    def write_note(self, running: Running) -> None:
        """Say who runs here; readable by this account alone, since it names the database."""
        temporary = self._note.with_suffix(".tmp")
        temporary.touch(mode=0o600)
        temporary.write_bytes(msgspec.json.encode(running))
        temporary.replace(self._note)

    def read_note(self) -> Running | None:
        """Who said that it runs here."""
        try:
            return msgspec.json.decode(self._note.read_bytes(), type=Running)
        except (OSError, msgspec.DecodeError):
            return None

    def forget(self) -> None:
        """Remove the note."""
        self._note.unlink(missing_ok=True)

    def is_held(self) -> bool:
        """Whether some Studium holds this folder now."""
        try:
            descriptor = os.open(self._lock, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def running(self) -> Running:
        """Who runs here now; a clear error when nobody does."""
        note = self.read_note() if self.is_held() else None
        if note is None:
            if not self.path.exists():
                raise StudiumError(
                    ErrorCode.NOT_FOUND, f"There is no data folder {self.path}. Say where it is with --data."
                )
            raise StudiumError(
                ErrorCode.UNAVAILABLE,
                f"No Studium runs with the data folder {self.path}. Start it with "
                f"`studium serve --data {self.path}`, then do this again while it runs.",
            )
        return note
