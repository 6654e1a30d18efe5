"""``/api/tables``: the tables plane of one browser over a WebSocket, JSON text frames."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from studium.http.errors import close_reason, close_websocket, refuse_websocket
from studium.hub.auth.requester import not_signed_in
from studium.hub.tables import FeedConnection, Feeds, Requester
from studium.hub.tables.connection import MESSAGE_BYTES
from studium.protocol.errors import ErrorCode, StudiumError

RequesterOf = Callable[[web.Request], Awaitable[Requester]]
"""Who sends a request. Raises ``not_signed_in`` for a bad token; ``NOBODY`` for none."""

HEARTBEAT_SECONDS = 25.0
CLOSE_SECONDS = 2.0  # for a client to answer our close; one that does not read never does
# Up to here a message that is too large gets a sentence; past it the WebSocket library closes with 1009.
REFUSED_BYTES = 4 * MESSAGE_BYTES


def add_routes(app: web.Application, feeds: Feeds, requester_of: RequesterOf) -> None:
    """Serve ``/api/tables``; the application's middleware has checked the origin."""

    async def tables(request: web.Request) -> web.StreamResponse:
        try:
            requester = await requester_of(request)
            if requester.anonymous and not any(table.anonymous for table in feeds.tables.schema.values()):
                raise not_signed_in()
        except StudiumError as error:
            return await refuse_websocket(request, error)
        return await _serve(request, feeds, requester, requester_of)

    app.router.add_get("/api/tables", tables)


async def _serve(
    request: web.Request, feeds: Feeds, requester: Requester, requester_of: RequesterOf
) -> web.StreamResponse:
    socket = web.WebSocketResponse(
        heartbeat=HEARTBEAT_SECONDS, max_msg_size=REFUSED_BYTES, compress=False, timeout=CLOSE_SECONDS
    )
    await socket.prepare(request)
    ended: asyncio.Future[StudiumError] = asyncio.get_running_loop().create_future()

    def end(code: ErrorCode, reason: str) -> None:
        if not ended.done():
            ended.set_result(StudiumError(code, reason))

    try:
        connection = FeedConnection(feeds, requester, end)
    except StudiumError as error:
        await close_websocket(socket, error)
        return socket
    # Again, now that the connection is known: a session that ended between the two would never be heard of.
    try:
        if await requester_of(request) != requester:
            connection.close(ErrorCode.NOT_SIGNED_IN, not_signed_in().message)
    except StudiumError as error:
        connection.close(error.code, error.message)
    tasks = [
        asyncio.create_task(_read(socket, connection), name="tables reader"),
        asyncio.create_task(_write(socket, connection), name="tables writer"),
        asyncio.create_task(connection.work(), name="tables worker"),
    ]
    try:
        # The writer ends first of all when we close, after what was to be said; the reader when the client goes.
        waited: list[asyncio.Future[Any]] = [tasks[0], tasks[1], ended]
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
    finally:
        connection.lost()
        if ended.done() and not tasks[0].done():
            await asyncio.wait([tasks[1]], timeout=CLOSE_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        ended.cancel()
    if ended.done() and not ended.cancelled():
        await close_websocket(socket, ended.result())
        if request.transport is not None and ended.result().code is ErrorCode.RATE_LIMITED:
            request.transport.abort()  # it does not read: nothing that waits to be sent would ever leave
    elif not socket.closed:
        await socket.close(code=WSCloseCode.GOING_AWAY, message=close_reason("The connection ended."))
    return socket


async def _read(socket: web.WebSocketResponse, connection: FeedConnection) -> None:
    async for message in socket:
        if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            connection.receive(message.data)
        else:
            return


async def _write(socket: web.WebSocketResponse, connection: FeedConnection) -> None:
    with contextlib.suppress(ConnectionError):
        while frames := await connection.next_frames():
            for frame in frames:
                await socket.send_frame(frame, WSMsgType.TEXT)
