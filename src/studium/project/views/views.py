"""What viewers in the page need to know of a file and cannot find out by reading bytes of it.

``GET /projects/{project_id}/views/{path}?as=…``. Whoever may read files may ask: nothing in the project changes, the
asker chooses nothing but the name of a file, and the work is bounded in time, size and number.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec
from aiohttp import web

from studium.project.files.home import Home
from studium.project.files.paths import shown
from studium.project.kernels.inner import InnerRing
from studium.project.views.archive import list_archive, place_of
from studium.project.views.restructured import draw
from studium.project.views.table import Tables
from studium.protocol.errors import ErrorCode, StudiumError

MAX_PROGRAMS: Final = 4
"""At once; each may take half a gigabyte of the project's memory."""

Answer = Callable[[web.Request, str], Awaitable[msgspec.Struct]]


class Views:
    """Made and closed with the project server."""

    def __init__(
        self,
        home: Home,
        inner_ring: tuple[str, ...],
        environment: Mapping[str, str],
        save: Callable[[str], Awaitable[object]],
    ) -> None:
        """``save`` writes what was typed last into a file."""
        self._home = home
        self._save = save
        self._inner = InnerRing(inner_ring, environment, home.directory, Path(sys.executable))
        self._programs = asyncio.Semaphore(MAX_PROGRAMS)
        self._answered = 0
        self._failed = 0
        self._tables = Tables(home)
        self._ways: Mapping[str, Answer] = {
            "archive": self._archive,
            "html": self._html,
            "table": self._table,
        }

    async def close(self) -> None:
        """Wait for what is being read."""
        await self._tables.close()

    async def answer(self, request: web.Request, path: str) -> web.StreamResponse:
        """Answer for the file at ``path``. Raises ``StudiumError``."""
        way = self._ways.get(request.query.get("as", ""))
        if way is None:
            message = f"“as” is one of {', '.join(self._ways)}."
            raise StudiumError(ErrorCode.INVALID_VALUE, message, name="as")
        try:
            answer = await way(request, path)
        except StudiumError:
            self._failed += 1
            raise
        self._answered += 1
        body = await asyncio.to_thread(msgspec.json.encode, answer)
        return web.Response(body=body, content_type="application/json", headers={"Cache-Control": "no-store"})

    def statistics(self) -> dict[str, float]:
        """Counts for the metrics page."""
        return {"answered": self._answered, "failed": self._failed}

    async def _archive(self, _request: web.Request, path: str) -> msgspec.Struct:
        place = await asyncio.to_thread(place_of, self._home, path)
        async with self._programs:
            return await list_archive(self._inner, place, path)

    async def _html(self, _request: web.Request, path: str) -> msgspec.Struct:
        if not path.lower().endswith((".rst", ".rest")):
            message = f"{shown(path)} is no reStructuredText; its files end with .rst, and only they are drawn."
            raise StudiumError(ErrorCode.INVALID_VALUE, message, path=path)
        await self._save(path)
        place = await asyncio.to_thread(place_of, self._home, path)
        async with self._programs:
            return await draw(self._inner, place, path)

    async def _table(self, request: web.Request, path: str) -> msgspec.Struct:
        return await self._tables.answer(path, dict(request.query))
