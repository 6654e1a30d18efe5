"""The addresses of finding, and who may ask there: searching is reading, replacing is writing."""

from collections.abc import Callable
from typing import Final

from aiohttp import web

from studium.http.errors import json_response, read_json
from studium.http.origin import is_websocket
from studium.project.access import Act, require
from studium.project.find.find import Find
from studium.project.find.replace import Told
from studium.project.watcher import Watcher
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.find import ReplaceText, UndoReplace
from studium.protocol.session import Identity

MAX_REPLACE_BYTES: Final = 4 * 1024**2
"""Two hundred paths, and the numbers of twenty thousand matches."""


class FindRoutes:
    """Answers below ``/find``. ``edited`` is told of what people change."""

    def __init__(
        self, find: Find, watcher: Watcher, identity_of: Callable[[web.Request], Identity], edited: Told
    ) -> None:
        self._find = find
        self._identity_of = identity_of
        find.paths.changes = lambda: watcher.statistics()["events"]
        find.replacing.edited = edited

    def add_to(self, app: web.Application, project: str) -> None:
        """``project`` is what the addresses of the project begin with."""
        app.router.add_get(project + "/find", self._text)
        app.router.add_get(project + "/find/paths", self._paths)
        app.router.add_post(project + "/find/replace", self._replace)
        app.router.add_post(project + "/find/undo", self._undo)

    async def _text(self, request: web.Request) -> web.StreamResponse:
        require(self._identity_of(request), Act.READ)  # find.py says why it is not RUN
        if not is_websocket(request):
            raise StudiumError(ErrorCode.INVALID_REQUEST, "Results come over a WebSocket; ask for one.")
        return await self._find.answer(request)

    async def _paths(self, request: web.Request) -> web.StreamResponse:
        require(self._identity_of(request), Act.READ)
        hidden = request.query.get("hidden", "") not in ("", "0")
        answer = json_response(await self._find.paths.find(request.query.get("text", ""), hidden=hidden))
        answer.headers["Cache-Control"] = "no-store"
        return answer

    async def _replace(self, request: web.Request) -> web.StreamResponse:
        identity = self._identity_of(request)
        require(identity, Act.WRITE)
        asked = await read_json(request, ReplaceText, MAX_REPLACE_BYTES)
        answer = await self._find.replacing.replace(asked, identity)
        return json_response(answer)

    async def _undo(self, request: web.Request) -> web.StreamResponse:
        identity = self._identity_of(request)
        require(identity, Act.WRITE)
        asked = await read_json(request, UndoReplace)
        return json_response(await self._find.replacing.undo(asked.undo_id, identity))
