"""Copying files from one project to another: a tar file goes from server to server, and the hub passes it on unread.

Both servers are asked as whoever asks, so each decides by its own table what they may: read here, write there. The
bytes are held nowhere, and a copy ends when the asker goes or loses a right.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import TypeVar
from urllib.parse import quote, urlencode
from uuid import UUID

import aiohttp
import msgspec
from aiohttp import web

from studium.http import identity
from studium.http.errors import json_response, read_json
from studium.hub.auth.requester import Requester
from studium.hub.auth.sessions import Sessions
from studium.hub.forward import Upstream, unreachable
from studium.hub.proxy import Proxy
from studium.hub.sockets import OpenSockets
from studium.protocol.errors import ErrorAnswer, ErrorCode, StudiumError
from studium.protocol.ids import ProjectId
from studium.protocol.jobs import ArchiveFormat, ArchiveReady, CopiedToProject, CopyToProject, PrepareArchive

MAX_OF_ACCOUNT = 2
"""Copies of one account at once."""
MAX_SECONDS = 2 * 3600.0
MAX_BODY_BYTES = 4 * 1024**2
MAX_ANSWER_BYTES = 256 * 1024
MAX_NAMES = 200
"""Names that the target looks at before anything is sent."""

_Answer = TypeVar("_Answer")


class Copies:
    """``POST /api/projects/{project_id}/copies``."""

    def __init__(self, sessions: Sessions, sockets: OpenSockets, proxy: Proxy) -> None:
        self._sessions = sessions
        self._sockets = sockets
        self._proxy = proxy
        self._under_way: Counter[UUID] = Counter()
        self._done = 0

    def add_routes(self, app: web.Application) -> None:
        """Serve it; the application's middleware has checked the origin."""
        app.router.add_post("/api/projects/{project_id}/copies", self._copy)

    def statistics(self) -> dict[str, int]:
        """Copies now, and those that were completed."""
        return {"under_way": self._under_way.total(), "done": self._done}

    async def _copy(self, request: web.Request) -> web.StreamResponse:
        requester = await self._sessions.require(request)
        asked = await read_json(request, CopyToProject, MAX_BODY_BYTES)
        source, target = _project(request.match_info["project_id"]), _project(asked.to_project_id)
        if source == target:
            message = "Both are the same project. Copy within it by the file list."
            raise StudiumError(ErrorCode.INVALID_VALUE, message, field="to_project_id")
        if self._under_way[requester.account_id] >= MAX_OF_ACCOUNT:
            message = f"You copy to {MAX_OF_ACCOUNT} projects already. Wait until one of the copies ends."
            raise StudiumError(ErrorCode.RATE_LIMITED, message, limit=MAX_OF_ACCOUNT, retry_after=10)
        self._under_way[requester.account_id] += 1
        try:
            async with asyncio.timeout(MAX_SECONDS):
                copied = await self._pass_on(request, requester, source, target, asked)
        except TimeoutError:
            message = f"The copy took longer than {MAX_SECONDS / 3600:.0f} hours and was ended."
            raise StudiumError(ErrorCode.TIMEOUT, message) from None
        finally:
            self._under_way[requester.account_id] -= 1
            self._under_way += Counter()  # forget those that have none
        self._done += 1
        return json_response(copied)

    async def _pass_on(
        self, request: web.Request, requester: Requester, source: ProjectId, target: ProjectId, asked: CopyToProject
    ) -> CopiedToProject:
        with ExitStack() as stack:
            # Registered first, asked for rights then: so no loss of a right falls between the two.
            opened = [
                stack.enter_context(self._sockets.opened(requester, project, request=True))
                for project in (source, target)
            ]
            await self._sessions.require(request)
            from_source = await self._proxy.reach(requester, source, opened[0])
            to_target = await self._proxy.reach(requester, target, opened[1])
            prepare = msgspec.json.encode(PrepareArchive(asked.paths, ArchiveFormat.TAR))
            ready = await _ask(from_source, "POST", f"/projects/{source}/archives", prepare, ArchiveReady)
            path = f"/projects/{source}/archives/{quote(ready.archive_id, safe='')}"
            async with await _open(from_source, "GET", path) as archive:
                await _check(archive)

                async def blocks() -> AsyncIterator[bytes]:
                    async for block in archive.content.iter_any():
                        gone = request.transport is None or request.transport.is_closing()
                        if gone or any(each.ended.done() for each in opened):
                            raise ConnectionResetError("whoever asked for the copy has gone")
                        yield block

                names = [("name", path.rpartition("/")[2]) for path in asked.paths[:MAX_NAMES] if path]
                query = urlencode([("to", asked.to), ("clash", asked.clash), *names])
                path = f"/projects/{target}/archives?{query}"
                return await _ask(to_target, "PUT", path, blocks(), CopiedToProject)


_Way = tuple[Upstream, str]
"""Connections to a project server, and the signed identity of whoever asks."""


async def _ask(way: _Way, method: str, path: str, body: bytes | AsyncIterator[bytes], kind: type[_Answer]) -> _Answer:
    """The answer of a project server, or its error, which is for whoever asks."""
    async with await _open(way, method, path, body) as answer:
        await _check(answer)
        try:
            return msgspec.json.decode(await _read(answer), type=kind)
        except msgspec.DecodeError:
            raise unreachable() from None


async def _open(
    way: _Way, method: str, path: str, body: bytes | AsyncIterator[bytes] | None = None
) -> aiohttp.ClientResponse:
    upstream, signed = way
    headers = {identity.HEADER: signed}
    try:
        return await upstream.session.request(
            method, upstream.url(path), headers=headers, data=body, allow_redirects=False
        )
    except (aiohttp.ClientError, OSError) as error:
        raise unreachable() from error


async def _check(answer: aiohttp.ClientResponse) -> None:
    if answer.status < 400:
        return
    try:
        error = msgspec.json.decode(await _read(answer), type=ErrorAnswer).error
    except msgspec.DecodeError:
        raise unreachable() from None
    raise StudiumError(error.code, error.message, **error.data)


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    """The body, within bounds: a project that somebody has broken into cannot fill a hub's memory."""
    body = bytearray()
    try:
        while part := await answer.content.read(MAX_ANSWER_BYTES + 1 - len(body)):
            body += part
            if len(body) > MAX_ANSWER_BYTES:
                raise unreachable()
    except (aiohttp.ClientError, OSError) as error:
        raise unreachable() from error
    return bytes(body)


def _project(text: str) -> ProjectId:
    try:
        return ProjectId(UUID(text))
    except ValueError:
        raise StudiumError(ErrorCode.INVALID_VALUE, "This is not the id of a project.", field="project_id") from None
