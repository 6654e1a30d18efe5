"""``/projects/{project_id}/find``: text in files, told as it is found.

Whoever may read files may search: the program is ours, the asker gives it a pattern and names, nothing in the project
changes, and the work is bounded in time, number and size. A new search on a socket ends the one before; so does the
end of the socket. What was typed and is not on the disk yet is written before, so that it counts.
"""

import asyncio
import stat
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

import msgspec
from aiohttp import WSMessage, WSMsgType, web

from studium.compute.project_python import ProjectPython
from studium.http.errors import close_websocket, unforeseen
from studium.project.documents.documents import Documents
from studium.project.files.home import Home
from studium.project.files.paths import shown
from studium.project.find.paths import PathFinder
from studium.project.find.query import MAX_CONTEXT, check
from studium.project.find.replace import Replacing
from studium.project.find.results import found_file
from studium.project.find.searching import Searching
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.find import (
    FindDone,
    FindFailed,
    FindLimit,
    FindText,
    FindToClient,
    FindToServer,
    FoundFile,
    FoundFiles,
    StopFinding,
)

MAX_FRAME_BYTES: Final = 64 * 1024
"""Of a query, with its globs."""
MAX_MATCHES: Final = 20_000
"""Told of one search: more is no list for people."""
FIND_SECONDS: Final = 60.0
SAVE_SECONDS: Final = 2.0
"""How long a search waits for what was typed to be on the disk."""
MAX_SEARCHES: Final = 6
"""At once in a project; each may use all its processors."""
HEARTBEAT_SECONDS: Final = 30.0

Send = Callable[[FindToClient], Awaitable[None]]

_decoder = msgspec.json.Decoder(FindToServer)
_encoder = msgspec.json.Encoder()


class Find:
    """Everything that finds, in files and among them. ``edited`` is told of what people change."""

    def __init__(
        self,
        home: Home,
        documents: Documents,
        inner_ring: Sequence[str],
        environment: Mapping[str, str],
        python: ProjectPython | None,
    ) -> None:
        self._home = home
        self._documents = documents
        self.searching = Searching(home, inner_ring, environment, python)
        self.replacing = Replacing(home, documents, self.searching)
        self.paths = PathFinder(home)
        self._sockets: set[web.WebSocketResponse] = set()
        self._under_way = 0
        self._done = 0

    async def answer(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one WebSocket until it ends."""
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT_SECONDS, max_msg_size=MAX_FRAME_BYTES, compress=False, timeout=2.0
        )
        await socket.prepare(request)
        self._sockets.add(socket)
        task: asyncio.Task[None] | None = None
        try:
            async for frame in socket:
                message = _message(frame)
                await _end(task)
                task = None
                if isinstance(message, FindText):
                    task = asyncio.get_running_loop().create_task(self._find(socket, message), name="find")
        except StudiumError as error:
            await close_websocket(socket, error)
        except ConnectionError:
            pass  # the page has gone
        finally:
            self._sockets.discard(socket)
            await _end(task)
        return socket

    async def close(self) -> None:
        """End what runs, and tell every page that this server ends."""
        stopping = StudiumError(ErrorCode.PROJECT_NOT_RUNNING, "The project is stopping.")
        await asyncio.gather(*(close_websocket(socket, stopping) for socket in tuple(self._sockets)))
        await self.searching.close()
        await self.paths.close()

    def statistics(self) -> dict[str, float]:
        """Counts for the metrics page."""
        return {
            "connections": len(self._sockets),
            "searching": self._under_way,
            "searches": self._done,
            **self.replacing.statistics(),
            **self.paths.statistics(),
        }

    async def _find(self, socket: web.WebSocketResponse, asked: FindText) -> None:
        async def send(message: FindToClient) -> None:
            await socket.send_str(_encoder.encode(message).decode())  # waits while the page is slow

        with suppress(ConnectionError):  # the page has gone
            try:
                if self._under_way >= MAX_SEARCHES:
                    message = f"{MAX_SEARCHES} searches run in this project already. Wait until one of them ends."
                    raise StudiumError(ErrorCode.RATE_LIMITED, message, limit=MAX_SEARCHES)
                self._under_way += 1
                try:
                    await send(await self._search(asked, send))
                finally:
                    self._under_way -= 1
                    self._done += 1
            except StudiumError as error:
                await send(FindFailed(asked.id, error.body()))
            except ConnectionError:
                raise
            except Exception as error:
                await send(FindFailed(asked.id, unforeseen(error, "searching").body()))

    async def _search(self, asked: FindText, send: Send) -> FindDone:
        query = check(asked.query)
        context = min(max(0, asked.context), MAX_CONTEXT)
        await asyncio.to_thread(self._check_folder, query.folder)
        unsaved = await self._documents.save_soon(SAVE_SECONDS)
        began_at = time.time()
        files = matches = 0
        limit: FindLimit | None = None
        async with self.searching.run(query, context, [query.folder]) as search:
            try:
                async with asyncio.timeout(FIND_SECONDS):
                    while limit is None and (found := await search.next()) is not None:
                        batch: list[FoundFile] = []
                        for file in found:
                            one, told = found_file(file, MAX_MATCHES - matches, context)
                            files += 1
                            matches += told
                            batch.append(one)
                            if matches >= MAX_MATCHES:
                                limit = FindLimit.MATCHES
                                break
                        if batch:
                            await send(FoundFiles(asked.id, batch))
                    if limit is None:
                        await search.check()
            except TimeoutError:
                limit = FindLimit.TIME
        return FindDone(asked.id, files, matches, began_at, limit, search.unreadable, search.too_long, unsaved)

    def _check_folder(self, folder: str) -> None:
        if not stat.S_ISDIR(self._home.stat(folder).st_mode):
            message = f"{shown(folder)} is no folder. Name the folder to search in, or none."
            raise StudiumError(ErrorCode.INVALID_VALUE, message, path=folder)


def _message(frame: WSMessage) -> FindText | StopFinding:
    if frame.type is not WSMsgType.TEXT:
        raise StudiumError(ErrorCode.INVALID_REQUEST, "Searches are asked for in JSON text frames.")
    try:
        message: FindText | StopFinding = _decoder.decode(frame.data)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise StudiumError(ErrorCode.INVALID_REQUEST, f"This is no message of /find: {error}.") from None
    return message


async def _end(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
