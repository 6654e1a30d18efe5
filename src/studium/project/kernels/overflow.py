"""Output beyond what a cell shows: text files in the state folder, read in ranges on request.

A file grows while its cell runs, up to a bound; what comes after is counted. Together they have a bound too: the oldest
go first. A cell that asks for one that is gone is told so.
"""

import asyncio
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from aiohttp import web

from studium.project.blobs import inert_headers
from studium.project.files.download import send_file
from studium.protocol.errors import ErrorCode, StudiumError

MAX_FILE_BYTES: Final = 64 * 1024**2
MAX_ALL_BYTES: Final = 1024**3
_ID: Final = re.compile(r"[0-9a-f]{32}")


def is_overflow_id(value: str) -> bool:
    """Whether it has the form of the id of a file of this kind; a blob's hash is longer."""
    return _ID.fullmatch(value) is not None


class OverflowFile:
    """What one run has put out beyond its bounds. ``write`` is called by one at a time."""

    def __init__(self, folder: Path) -> None:
        self.id = secrets.token_hex(16)
        self.total_bytes = 0
        self.kept_bytes = 0
        self._folder = folder
        self._waiting: list[bytes] = []
        self._taken_bytes = 0  # of what was or will be written

    @property
    def has_waiting(self) -> bool:
        """Whether ``write`` has something to do."""
        return bool(self._waiting)

    def add(self, text: str) -> None:
        """Take text, to be written later; what is beyond the bound is counted only."""
        room = MAX_FILE_BYTES - self._taken_bytes
        data = text.encode(errors="replace")
        self.total_bytes += len(data)
        if room > 0:
            self._waiting.append(data[:room])
            self._taken_bytes += len(self._waiting[-1])

    async def write(self) -> None:
        """Write what waits. A disk that refuses it loses it; the cell says how much is kept."""
        data, self._waiting = b"".join(self._waiting), []
        if data:
            self.kept_bytes += await asyncio.to_thread(self._append, data)

    def _append(self, data: bytes) -> int:
        try:
            if self.kept_bytes == 0:
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                _make_room(self._folder)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            fd = os.open(self._folder / self.id, flags, 0o600)
            try:
                return os.write(fd, data)
            finally:
                os.close(fd)
        except OSError:
            return 0


class Overflow:
    """The files of a project."""

    def __init__(self, state: Path) -> None:
        self._folder = state / "outputs"

    def new(self) -> OverflowFile:
        """A file that is written at its first ``write``."""
        return OverflowFile(self._folder)

    async def remove(self, overflow_id: str) -> None:
        """Forget one whose cell runs again."""
        if is_overflow_id(overflow_id):
            await asyncio.to_thread((self._folder / overflow_id).unlink, missing_ok=True)

    async def answer(self, request: web.Request, overflow_id: str) -> web.StreamResponse:
        """Answer with the text, or a range of it, as far as it has come."""
        try:
            fd = await asyncio.to_thread(os.open, self._folder / overflow_id, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            message = "This output is no longer kept. Run its cell again to make it anew."
            raise StudiumError(ErrorCode.NOT_FOUND, message) from None
        try:
            size = os.fstat(fd).st_size
            headers = {
                **inert_headers("text/plain"),
                "Cache-Control": "private, no-cache",
                "ETag": f'"{overflow_id}-{size:x}"',
            }
            return await send_file(request, fd, size, headers, "This output")
        finally:
            os.close(fd)


def _make_room(folder: Path) -> None:
    files = []
    for entry in os.scandir(folder):
        with suppress(OSError):
            status = entry.stat(follow_symlinks=False)
            files.append((status.st_mtime, status.st_size, entry.path))
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if total + MAX_FILE_BYTES <= MAX_ALL_BYTES:
            return
        with suppress(OSError):
            Path(path).unlink()
            total -= size
