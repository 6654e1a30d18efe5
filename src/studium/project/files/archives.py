"""``POST /projects/{project_id}/archives`` and ``GET …/archives/{archive_id}``: a selection, or all of the project, as
one download.

What is chosen is kept for five minutes, so that a page can give the browser an address to download from; the archive
itself is made while it is sent (``archive.py``) and is nowhere as a file. Whoever may read may ask.
"""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from studium.http.errors import json_response, read_json
from studium.project.documents.documents import Documents
from studium.project.files.archive import archive_blocks, check_count
from studium.project.files.download import download_headers
from studium.project.files.home import Home
from studium.project.jobs.selection import chosen
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId
from studium.protocol.jobs import ArchiveFormat, ArchiveReady, PrepareArchive

KEPT_SECONDS: Final = 300.0
MAX_KEPT: Final = 200
"""Archives that are asked for and not downloaded; beyond it the oldest are forgotten."""
MAX_AT_ONCE: Final = 4
"""Downloads of archives; each takes up to a processor."""
STALL_SECONDS: Final = 120.0
"""For which a browser may take nothing: one that has gone to sleep must not keep others from downloading."""
MAX_BODY_BYTES: Final = 4 * 1024**2


@dataclass(frozen=True)
class _Chosen:
    """What is to be downloaded, and who asked."""

    account_id: AccountId
    paths: list[str]
    format: ArchiveFormat
    name: str
    until: float


class Archives:
    """Downloads of more than one file."""

    def __init__(self, home: Home, documents: Documents) -> None:
        self._home = home
        self._documents = documents
        self._chosen: OrderedDict[str, _Chosen] = OrderedDict()
        self._under_way = 0
        self._sent = 0

    async def prepare(self, request: web.Request, account_id: AccountId) -> web.StreamResponse:
        """Keep what is chosen. Raises ``StudiumError`` for what is not there."""
        asked = await read_json(request, PrepareArchive, MAX_BODY_BYTES)
        paths = chosen(asked.paths, whole=True)
        await asyncio.to_thread(self._check, paths, asked.format)
        name = f"{_name(paths)}.{asked.format}"
        now = asyncio.get_running_loop().time()
        archive_id = secrets.token_hex(16)
        self._chosen[archive_id] = _Chosen(account_id, paths, asked.format, name, now + KEPT_SECONDS)
        while len(self._chosen) > MAX_KEPT or next(iter(self._chosen.values())).until < now:
            self._chosen.popitem(last=False)
        return json_response(ArchiveReady(archive_id, name))

    async def answer(self, request: web.Request, account_id: AccountId) -> web.StreamResponse:
        """Make the archive and send it. Raises ``StudiumError`` before anything was sent; later on, the connection
        breaks off, so that nobody takes what came for whole."""
        found = self._chosen.get(request.match_info["archive_id"])
        if found is None or found.until < asyncio.get_running_loop().time() or found.account_id != account_id:
            message = "This download is not known any more; it waits for five minutes. Choose the files again."
            raise StudiumError(ErrorCode.NOT_FOUND, message)
        if request.method == "HEAD":
            return web.Response(headers=download_headers(found.name))
        if self._under_way >= MAX_AT_ONCE:
            message = f"{MAX_AT_ONCE} archives are downloaded from this project already. Wait until one of them ends."
            raise StudiumError(ErrorCode.RATE_LIMITED, message, limit=MAX_AT_ONCE, retry_after=10)
        self._under_way += 1
        try:
            for path in found.paths:
                await self._documents.save_below(path)
            return await self._send(request, found)
        finally:
            self._under_way -= 1

    def statistics(self) -> dict[str, float]:
        """Downloads now, and those that were sent whole."""
        return {"archives_under_way": self._under_way, "archives_sent": self._sent}

    async def _send(self, request: web.Request, found: _Chosen) -> web.StreamResponse:
        with closing(archive_blocks(self._home, found.paths, found.format)) as blocks:
            block = await _next(blocks)  # what cannot begin is answered with its error
            response = web.StreamResponse(headers={**download_headers(found.name), "Cache-Control": "no-store"})
            await response.prepare(request)
            try:
                while block is not None:
                    async with asyncio.timeout(STALL_SECONDS):
                        await response.write(block)
                    block = await _next(blocks)
                await response.write_eof()
            except BaseException:
                if request.transport is not None:
                    request.transport.abort()
                raise
        self._sent += 1
        return response

    def _check(self, paths: list[str], kind: ArchiveFormat) -> None:
        for path in paths:
            self._home.stat(path, follow=False)
        check_count(self._home, paths, kind)


def _name(paths: list[str]) -> str:
    """What the archive is called: as the one thing in it, or as the folder that holds all of it."""
    if len(paths) == 1:
        return paths[0].rpartition("/")[2] or "project"
    folders = {path.rpartition("/")[0] for path in paths}
    folder = folders.pop()
    return folder.rpartition("/")[2] if not folders and folder else "files"


async def _next(blocks: Iterator[bytes]) -> bytes | None:
    """The next block, made in a thread; whoever is cancelled waits for it, since it has the iterator until then."""
    step = asyncio.ensure_future(asyncio.to_thread(next, blocks, None))
    try:
        return await asyncio.shield(step)
    except asyncio.CancelledError:
        await asyncio.wait([step])
        raise
