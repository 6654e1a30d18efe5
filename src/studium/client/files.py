"""Whole files to a project and back, streamed. A download that is cut goes on where it was."""

import asyncio
import io
import os
import tempfile
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from studium.client.requests import REPEATED, Requests, pause_seconds, unavailable
from studium.protocol.errors import ErrorCode, StudiumError

CHUNK_BYTES = 256 * 1024
ATTEMPTS = 8
"""How often a download is tried without a byte more, before it is given up: about half a minute."""


def address(project: str, path: str) -> str:
    """The address of a file. Raises ``invalid_path``."""
    names = path.split("/")
    if any(name in ("", ".", "..") for name in names):
        raise StudiumError(
            ErrorCode.INVALID_PATH,
            f"A path leads from the project's home to a file, such as “week 1/main.py”; this is {path!r}.",
            path=path,
        )
    return f"/projects/{project}/files/" + "/".join(quote(name, safe="") for name in names)


async def upload(
    requests: Requests, project: str, source: str | os.PathLike[str] | bytes, path: str, overwrite: bool
) -> None:
    """Write a file as a whole or not at all; its folders are made. Raises ``conflict`` for one that is there."""
    headers = {"Content-Type": "application/octet-stream"} | ({} if overwrite else {"If-None-Match": "*"})
    where = address(project, path)
    try:
        data: BinaryIO = (
            io.BytesIO(source) if isinstance(source, bytes) else await asyncio.to_thread(Path(source).open, "rb")
        )
    except OSError as error:
        raise StudiumError(ErrorCode.NOT_FOUND, f"{os.fspath(source)!r} cannot be read: {error.strerror}.") from None
    try:
        async with requests.answer("PUT", where, data=data, headers=headers, params={"parents": "1"}):
            pass
    finally:
        await asyncio.to_thread(data.close)


async def download(requests: Requests, project: str, path: str, target: str | os.PathLike[str]) -> Path:
    """Write a file of a project to ``target``, as a whole or not at all."""
    wanted = Path(target)
    name = path.rpartition("/")[2]
    if await asyncio.to_thread(wanted.is_dir):
        wanted = wanted / name
    try:
        descriptor, part = await asyncio.to_thread(
            tempfile.mkstemp, dir=wanted.parent, prefix=f".{wanted.name}.", suffix=".part"
        )
    except OSError as error:
        raise StudiumError(ErrorCode.NOT_FOUND, f"{str(wanted)!r} cannot be written: {error.strerror}.") from None
    try:
        with os.fdopen(descriptor, "w+b") as file:
            await fetch(requests, project, path, file)
            await asyncio.to_thread(os.fchmod, file.fileno(), 0o644)
        await asyncio.to_thread(os.replace, part, wanted)
    except BaseException:
        os.unlink(part)  # noqa: PTH108 - at once, also when this task is being cancelled
        raise
    return wanted


async def fetch(requests: Requests, project: str, path: str, into: BinaryIO) -> None:
    """The bytes of one version of a file into a file that can be emptied again."""
    where = address(project, path)
    tag, have, attempt = "", 0, 0
    while True:
        headers = {"Accept-Encoding": "identity"}
        if tag and have:
            # If it was written meanwhile, its other version comes from the start.
            headers |= {"Range": f"bytes={have}-", "If-Range": tag}
        try:
            async with requests.answer("GET", where, headers=headers) as answer:
                if answer.status != 206:
                    have = 0
                    into.seek(0)
                    into.truncate()
                tag = answer.headers.get("ETag", "")
                size = have + int(answer.headers["Content-Length"])
                async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
                    await asyncio.to_thread(_write, into, chunk)
                    have += len(chunk)
                    attempt = 0
                if have == size:
                    return
                raise unavailable(f"The download of {path} ended too early.")
        except StudiumError as error:
            if error.code not in REPEATED or attempt == ATTEMPTS:
                raise
        await asyncio.sleep(pause_seconds(attempt))
        attempt += 1


def _write(into: BinaryIO, chunk: bytes) -> None:
    try:
        into.write(chunk)
        into.flush()
    except OSError as error:
        raise StudiumError(ErrorCode.DISK_FULL, f"What came could not be written here: {error.strerror}.") from None
