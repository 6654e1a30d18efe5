"""The project's blob store: large or binary parts of documents, each known by the SHA-256 of its bytes.

A document holds the hash, the state folder the bytes (``blobs/ab/ab…``). Nothing is ever changed or taken away: the
history of a document refers to blobs that the document itself no longer does.
"""

import asyncio
import hashlib
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from aiohttp import web

from studium.project.files.download import send_file
from studium.project.files.errors import out_of_space
from studium.protocol.errors import ErrorCode, StudiumError

MAX_BLOB_BYTES: Final = 128 * 1024**2

OTHER_TYPE: Final = "application/octet-stream"
TYPES: Final = frozenset(
    {
        "application/json",
        "application/pdf",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/svg+xml",
        "image/webp",
        "text/plain",
    }
)
"""What an answer may call itself; all else is ``OTHER_TYPE``. The answer's policy keeps the scripts of a picture in SVG
from running, however it is opened."""

_HASH: Final = re.compile(r"[0-9a-f]{64}")


def is_hash(value: object) -> bool:
    """Whether a value has the form of a blob's hash."""
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


class Blobs:
    """The blobs below ``state``. The methods that are not async block, and may be called in any thread."""

    def __init__(self, state: Path) -> None:
        self._folder = state / "blobs"
        self._put = 0
        self._put_bytes = 0

    async def put(self, data: bytes) -> str:
        """Keep ``data`` and return its hash. Raises ``StudiumError``: ``too_large``, ``disk_full``."""
        return await asyncio.to_thread(self.put_sync, data)

    async def read(self, blob_hash: str) -> bytes | None:
        """The bytes with this hash, or None when they are not here."""
        return await asyncio.to_thread(self.read_sync, blob_hash)

    def put_sync(self, data: bytes) -> str:
        """``put`` for threads."""
        if len(data) > MAX_BLOB_BYTES:
            raise StudiumError(
                ErrorCode.TOO_LARGE,
                f"An output of {len(data) / 1e6:.0f} MB is more than the {MAX_BLOB_BYTES / 1e6:.0f} MB that are kept "
                "of one. Write it to a file, or show less at once.",
                limit_bytes=MAX_BLOB_BYTES,
            )
        blob_hash = hashlib.sha256(data).hexdigest()
        path = self._path(blob_hash)
        try:
            if not path.exists():
                _write(path, data)
                self._put += 1
                self._put_bytes += len(data)
        except OSError as error:
            raise out_of_space(error, "An output was not kept") from error
        return blob_hash

    def read_sync(self, blob_hash: str) -> bytes | None:
        """``read`` for threads."""
        if not is_hash(blob_hash):
            return None
        try:
            return self._path(blob_hash).read_bytes()
        except FileNotFoundError:
            return None

    async def answer(self, request: web.Request, blob_hash: str) -> web.StreamResponse:
        """Answer ``GET …/blobs/{hash}?type=MIME`` with the bytes or a range of them; a browser keeps them for good."""
        fd = await asyncio.to_thread(self._open, blob_hash)
        try:
            size = os.fstat(fd).st_size
            headers = {
                **inert_headers(request.query.get("type", "")),
                "Cache-Control": "private, max-age=31536000, immutable",
                "ETag": f'"{blob_hash}"',
            }
            return await send_file(request, fd, size, headers, "This output")
        finally:
            os.close(fd)

    def statistics(self) -> dict[str, int]:
        """Counts for the metrics page."""
        return {"put": self._put, "put_bytes": self._put_bytes}

    def _open(self, blob_hash: str) -> int:
        try:
            if is_hash(blob_hash):
                return os.open(self._path(blob_hash), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            pass
        message = "This output is not kept in this project. Run its cell again to make it anew."
        raise StudiumError(ErrorCode.NOT_FOUND, message)

    def _path(self, blob_hash: str) -> Path:
        return self._folder / blob_hash[:2] / blob_hash


def inert_headers(mime: str) -> dict[str, str]:
    """Headers of an answer that a browser may show, and must never run."""
    shown = mime if mime in TYPES else OTHER_TYPE
    return {
        "Content-Type": f"{shown}; charset=utf-8" if shown == "text/plain" else shown,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
    }


def _write(path: Path, data: bytes) -> None:
    """Whoever sees the name sees all of the bytes, also after a failure of power."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fd, temporary = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(fd, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink()
        raise
