"""``GET`` and ``HEAD /projects/{project_id}/files/{path}``: the bytes of one file, whole or a range.

What users wrote is never shown in our page's origin: every answer is a download with ``nosniff`` and a policy that
would sandbox it. Audio and video get their media type when the browser says that it will play them, and only then. A
FIFO or a device is recognised before anything is opened, so that no request waits for ever on one.
"""

import asyncio
import os
import re
import stat
from email.utils import formatdate
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import quote

from aiohttp import web

from studium.http.errors import json_response
from studium.http.headers import MEDIA_DESTINATIONS
from studium.project.files.blocks import read_at
from studium.project.files.home import Home
from studium.project.files.paths import invalid_path, shown
from studium.protocol.errors import ErrorAnswer, ErrorCode, StudiumError

CHUNK_BYTES: Final = 512 * 1024
"""What is read at a time; a download holds about this much memory."""

MEDIA_TYPES: Final = {
    ".aac": "audio/aac",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".m4v": "video/mp4",
    ".mkv": "video/x-matroska",
    ".mov": "video/mp4",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".ogv": "video/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
    ".weba": "audio/webm",
    ".webm": "video/webm",
}
"""What browsers play, by the ending of the name."""

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def open_file(home: Home, path: str) -> tuple[int, os.stat_result]:
    """Open a regular file for reading. Blocks; raises ``StudiumError`` for everything that is not one."""
    _check_regular(home.stat(path), path)
    # Without O_NONBLOCK, a FIFO that was put here after the check would hold the thread.
    fd = home.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    status = os.fstat(fd)
    try:
        _check_regular(status, path)
    except StudiumError:
        os.close(fd)
        raise
    return fd, status


def _check_regular(status: os.stat_result, path: str) -> None:
    if stat.S_ISREG(status.st_mode):
        return
    if stat.S_ISDIR(status.st_mode):
        raise invalid_path(
            path, f"{shown(path)} is a folder, not a file. Choose a file, or download the folder as an archive."
        )
    raise invalid_path(path, f"{shown(path)} is a device, a pipe or a socket, not a file.")


def entity_tag(status: os.stat_result) -> str:
    """An ``ETag`` that changes whenever the file is written or replaced."""
    return f'"{status.st_mtime_ns:x}-{status.st_size:x}-{status.st_ino:x}"'


async def download(request: web.Request, home: Home, path: str) -> web.StreamResponse:
    """Answer with the file; memory stays flat whatever its size."""
    fd, status = await asyncio.to_thread(open_file, home, path)
    try:
        return await _answer(request, fd, status, path)
    finally:
        os.close(fd)


def download_headers(name: str) -> dict[str, str]:
    """Headers of what is to be kept as a file of this name, whatever it holds."""
    return {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }


async def _answer(request: web.Request, fd: int, status: os.stat_result, path: str) -> web.StreamResponse:
    headers = {
        **download_headers(path.rpartition("/")[2]),
        **_media_headers(request, path),
        "Cache-Control": "private, no-cache",
        "ETag": entity_tag(status),
        "Last-Modified": formatdate(status.st_mtime, usegmt=True),
    }
    return await send_file(request, fd, status.st_size, headers, shown(path))


def _media_headers(request: web.Request, path: str) -> dict[str, str]:
    """The type of what the browser asks for to play it."""
    media_type = MEDIA_TYPES.get(PurePosixPath(path).suffix.lower())
    if media_type is None:
        return {}
    plays = request.headers.get("Sec-Fetch-Dest") in MEDIA_DESTINATIONS
    return {"Vary": "Sec-Fetch-Dest", **({"Content-Type": media_type} if plays else {})}


async def send_file(request: web.Request, fd: int, size: int, headers: dict[str, str], name: str) -> web.StreamResponse:
    """Answer with ``size`` bytes of an open file, or the range asked for. ``headers`` hold its ``ETag``, and an error
    calls it ``name``."""
    tag = headers["ETag"]
    headers = {**headers, "Accept-Ranges": "bytes"}
    if _matches(request.headers.get("If-None-Match"), tag):
        return web.Response(status=304, headers=headers)
    code, first, length = 200, 0, size
    if wanted := _range(request, tag, size):
        first, length = wanted
        if length <= 0:
            return _no_such_range(name, size)
        code = 206
        headers["Content-Range"] = f"bytes {first}-{first + length - 1}/{size}"
    response = web.StreamResponse(status=code, headers=headers)
    response.content_length = length
    await response.prepare(request)
    if request.method != "HEAD":
        await send_part(response, fd, first, length)
    return response


async def send_part(response: web.StreamResponse, fd: int, first: int, length: int) -> None:
    """Send ``length`` bytes of an open file, and end the answer."""
    while length:
        chunk = await read_at(fd, min(length, CHUNK_BYTES), first)
        if not chunk:
            # It became shorter. A connection that ends early is how HTTP says that this is not the whole file.
            raise ConnectionAbortedError("The file became shorter while it was sent.")
        await response.write(chunk)
        first += len(chunk)
        length -= len(chunk)
    await response.write_eof()


def _matches(header: str | None, tag: str) -> bool:
    if header is None:
        return False
    return header.strip() == "*" or tag in (part.strip().removeprefix("W/") for part in header.split(","))


def _range(request: web.Request, tag: str, size: int) -> tuple[int, int] | None:
    """First byte and length of the range asked for, the length 0 where there is nothing; None for the whole."""
    header = request.headers.get("Range")
    if header is None or request.headers.get("If-Range", tag) != tag:
        return None
    match = _RANGE.fullmatch(header.replace(" ", ""))
    if match is None or not (match[1] or match[2]):
        return None  # several ranges, or another unit: HTTP allows the whole as the answer
    if match[1]:
        first = int(match[1])
        last = min(int(match[2]), size - 1) if match[2] else size - 1
        if match[2] and int(match[2]) < first:
            return None
    else:
        first, last = max(0, size - int(match[2])), size - 1
    return first, max(0, last - first + 1)


def _no_such_range(name: str, size: int) -> web.Response:
    error = StudiumError(ErrorCode.INVALID_REQUEST, f"{name} has {size} bytes; the range is beyond its end.")
    response = json_response(ErrorAnswer(error.body()), 416)
    response.headers["Content-Range"] = f"bytes */{size}"
    return response


def too_large(path: str, limit_bytes: int) -> StudiumError:
    """The error of a file past a limit."""
    gigabytes = limit_bytes / 1e9
    limit = f"{gigabytes:.3g} GB" if gigabytes >= 1 else f"{limit_bytes / 1e6:.3g} MB"
    message = f"{shown(path)} is larger than {limit}, the limit of one upload. Split it, or fetch it from a terminal."
    return StudiumError(ErrorCode.TOO_LARGE, message, path=path, limit_bytes=limit_bytes)
