"""``PUT /projects/{project_id}/archives?to=FOLDER&clash=…``: a tar file that is unpacked while it comes.

So a hub copies files from one project to another: it passes the bytes on and sees none of them. What comes is unpacked
by the program that unpacks all archives, with its limits, out of sight until all of it is there.
"""

import asyncio
import os
from functools import partial

from aiohttp import web

from studium.http.errors import json_response
from studium.project.files.blocks import BlockWriter, write_all
from studium.project.files.home import Home
from studium.project.files.trash import Trash
from studium.project.jobs.extracting import Archive, check_free, unpack
from studium.project.jobs.selection import folder_of
from studium.project.jobs.work import Cancelled, Work
from studium.project.programs import Programs
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.jobs import Clash, CopiedToProject

MAX_AT_ONCE = 3
MAX_NAMES = 200
"""Names at the top of what comes that a hub says beforehand, so that one that is taken is told before all has come."""


class Receiving:
    """Takes tar files that come as a stream."""

    def __init__(self, home: Home, trash: Trash, programs: Programs) -> None:
        self._home = home
        self._trash = trash
        self._programs = programs
        self._under_way = 0

    async def answer(self, request: web.Request, work: Work) -> web.StreamResponse:
        """Unpack the body. Raises ``StudiumError``; nothing is left then, or the error says what is."""
        to = await asyncio.to_thread(folder_of, self._home, request.query.get("to", ""))
        try:
            clash = Clash(request.query.get("clash", Clash.FAIL))
        except ValueError:
            message = f"“clash” is one of {', '.join(Clash)}."
            raise StudiumError(ErrorCode.INVALID_VALUE, message, field="clash") from None
        archive = Archive("", to, is_new=False, clash=clash)
        await asyncio.to_thread(check_free, self._home, archive, request.query.getall("name", [])[:MAX_NAMES])
        if self._under_way >= MAX_AT_ONCE:
            message = f"{MAX_AT_ONCE} copies come into this project already. Wait until one of them ends."
            raise StudiumError(ErrorCode.RATE_LIMITED, message, limit=MAX_AT_ONCE, retry_after=10)
        self._under_way += 1
        try:
            await self._unpack(request, archive, work)
        finally:
            self._under_way -= 1
        return json_response(CopiedToProject(work.done_files, work.done_bytes))

    async def _unpack(self, request: web.Request, archive: Archive, work: Work) -> None:
        read_fd, write_fd = os.pipe2(os.O_CLOEXEC)
        feeding = asyncio.create_task(_feed(request, write_fd, work), name="feed an archive")
        try:
            with os.fdopen(read_fd, "rb") as source:
                await unpack(self._home, self._trash, self._programs, archive, work, source, is_stream=True)
        except Cancelled:
            await feeding  # which says why
            raise StudiumError(ErrorCode.UNAVAILABLE, "The copy was ended.") from None
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)


async def _feed(request: web.Request, fd: int, work: Work) -> None:
    """Pass the body on to the program. One that breaks off ends the work: half an archive must not be taken for one."""
    writer = BlockWriter(partial(write_all, fd))
    try:
        try:
            async for chunk in request.content.iter_any():
                await writer.add(chunk)
            await writer.finish()
        except BrokenPipeError:
            return  # the program has ended, and says why
        except (web.RequestPayloadError, ConnectionError) as error:
            work.cancel()
            message = "The copy broke off; nothing was changed. Copy again."
            raise StudiumError(ErrorCode.INVALID_REQUEST, message) from error
    finally:
        await writer.settle()  # the program has ended, or reads
        os.close(fd)
