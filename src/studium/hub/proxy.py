"""Project traffic: who asks, may they, does the project run; then it is passed on unread.

The path is taken apart here as it was sent and never rebuilt. ``forward.py`` does the passing.
"""

import asyncio
import time
from collections import OrderedDict
from urllib.parse import unquote
from uuid import UUID

from aiohttp import web

from studium.compute.driver import Endpoint
from studium.http import identity
from studium.http.errors import refuse_websocket, unforeseen
from studium.http.origin import is_websocket
from studium.hub.access import Access
from studium.hub.auth.requester import Requester
from studium.hub.auth.sessions import Sessions
from studium.hub.forward import Traffic, Unreachable, Upstream, forward_request, forward_websocket, unreachable
from studium.hub.projects import Projects
from studium.hub.runtime import Running
from studium.hub.sockets import OpenSocket, OpenSockets
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import ProjectId
from studium.protocol.session import Identity, Role

WORDS = frozenset(
    {
        "archives",
        "blobs",
        "documents",
        "events",
        "exports",
        "files",
        "find",
        "history",
        "kernels",
        "named-versions",
        "operations",
        "pages",
        "run",
        "terminals",
        "trash",
        "uploads",
        "views",
    }
)
"""What is forwarded; everything else under a project's address is the page."""

TRIES = 25
"""How often a project that does not listen is tried again, a fifth of a second apart: its supervisor restarts it."""

MAX_UPSTREAMS = 500
"""Projects whose connections are kept ready."""


def split_path(raw_path: str) -> tuple[ProjectId, str] | None:
    """Project and word of ``/projects/{id}/{word}…`` as it was sent, or None when it is not one to forward.

    Raises ``invalid_path`` for names that a path must not hold, however they are written.
    """
    path = raw_path.partition("?")[0]
    segments = path.split("/")
    if len(segments) < 4 or segments[0] != "" or segments[1] != "projects" or segments[3] not in WORDS:
        return None
    try:
        project_id = UUID(segments[2])
    except ValueError:
        return None
    if str(project_id) != segments[2]:
        return None
    if any(unquote(segment) in {".", ".."} for segment in segments[4:]):
        raise StudiumError(ErrorCode.INVALID_PATH, "A path must not hold . or .. as a name. Write the whole path.")
    return ProjectId(project_id), segments[3]


class Proxy:
    """The routes under ``/projects/{id}/``."""

    def __init__(self, sessions: Sessions, access: Access, projects: Projects, sockets: OpenSockets) -> None:
        self._sessions = sessions
        self._access = access
        self._projects = projects
        self._sockets = sockets
        self._upstreams: OrderedDict[ProjectId, tuple[Endpoint, Upstream]] = OrderedDict()
        self._traffic = Traffic()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Forward one request or one WebSocket. Raises ``StudiumError`` before anything was answered."""
        target = split_path(request.raw_path)
        if target is None:
            raise StudiumError(ErrorCode.NOT_FOUND, "There is nothing at this address.")
        if is_websocket(request):
            return await self._websocket(request, target[0])
        requester = await self._sessions.require(request, capped=True)
        with self._sockets.opened(requester, target[0], request=True) as opened:
            await self._sessions.require(
                request, capped=True
            )  # again: the session may have ended before we were registered
            role = opened.role = await self._access.project(requester, target[0])
            opened.ended.add_done_callback(lambda ended: _cut(request, ended))
            for _ in range(TRIES):
                run = await self._projects.running(target[0])
                upstream = await self._upstream(target[0], run)
                signed = _sign(requester, role, target[0], run)
                try:
                    return await forward_request(request, upstream, signed, self._traffic)
                except Unreachable:
                    await self._projects.lost(target[0], run)
            raise unreachable()

    async def _websocket(self, request: web.Request, project_id: ProjectId) -> web.StreamResponse:
        # Up to the handshake every refusal is a close, since a browser tells its page nothing else.
        try:
            requester = await self._sessions.require(request, capped=True)
            with self._sockets.opened(requester, project_id) as opened:
                await self._sessions.require(
                    request, capped=True
                )  # again: the session may have ended before we were registered
                role = opened.role = await self._access.project(requester, project_id)
                for _ in range(TRIES):
                    run = await self._projects.running(project_id)
                    upstream = await self._upstream(project_id, run)
                    signed = _sign(requester, role, project_id, run)
                    try:
                        return await forward_websocket(request, upstream, signed, self._traffic, opened.ended)
                    except Unreachable:
                        await self._projects.lost(project_id, run)
                raise unreachable()
        except StudiumError as error:
            return await refuse_websocket(request, error)
        except ConnectionError:
            raise
        except Exception as error:
            return await refuse_websocket(request, unforeseen(error, request.path))

    async def reach(self, requester: Requester, project_id: ProjectId, opened: OpenSocket) -> tuple[Upstream, str]:
        """Connections to a project for one who may reach it, and their signed identity. Raises ``StudiumError``."""
        role = opened.role = await self._access.project(requester, project_id)
        run = await self._projects.running(project_id)
        return await self._upstream(project_id, run), _sign(requester, role, project_id, run)

    async def _upstream(self, project_id: ProjectId, run: Running) -> Upstream:
        kept = self._upstreams.get(project_id)
        if kept is not None and kept[0] == run.endpoint:
            self._upstreams.move_to_end(project_id)
            return kept[1]
        upstream = Upstream(run.endpoint)
        self._upstreams[project_id] = (run.endpoint, upstream)
        self._upstreams.move_to_end(project_id)
        if kept is not None:
            await kept[1].close()
        if len(self._upstreams) > MAX_UPSTREAMS:
            _, (_, oldest) = self._upstreams.popitem(last=False)
            await oldest.close()
        return upstream

    async def close(self) -> None:
        """End all connections to projects."""
        for _, upstream in self._upstreams.values():
            await upstream.close()
        self._upstreams.clear()

    def statistics(self) -> dict[str, int]:
        """Requests, sockets, frames and bytes that passed, and connections kept."""
        return {**vars(self._traffic), "upstreams": len(self._upstreams)}


def _cut(request: web.Request, ended: "asyncio.Future[StudiumError]") -> None:
    """End a request whose right was lost: a long upload or download passes not one more byte."""
    if not ended.cancelled() and request.transport is not None:
        request.transport.abort()


def _sign(requester: Requester, role: Role, project_id: ProjectId, run: Running) -> str:
    account = requester.account
    return identity.sign(
        Identity(
            account_id=account.account_id,
            name=requester.name,
            colour=account.colour,
            role=role,
            project_id=project_id,
            expires=int(time.time()) + identity.VALID_SECONDS,
            avatar=account.avatar,
        ),
        run.secret,
    )
