"""A peer for the latency figure: pycrdt-websocket on aiohttp, in memory, nothing stored. ``python peer.py`` prints
``ready PORT``."""

import asyncio
from typing import Any

import uvloop
from aiohttp import WSMsgType, web
from pycrdt.websocket import WebsocketServer


class Channel:
    """What pycrdt-websocket wants of a socket."""

    def __init__(self, socket: web.WebSocketResponse, path: str) -> None:
        self.path = path
        self._socket = socket

    def __aiter__(self) -> "Channel":
        return self

    async def __anext__(self) -> bytes:
        message = await self._socket.receive()
        if message.type is not WSMsgType.BINARY:
            raise StopAsyncIteration
        data: bytes = message.data
        return data

    async def send(self, message: bytes) -> None:
        """Send, unless the client is gone."""
        if not self._socket.closed:
            await self._socket.send_bytes(message)

    async def recv(self) -> bytes:
        """Receive one message."""
        return await self.__anext__()


async def main() -> None:
    async with WebsocketServer(auto_clean_rooms=False) as server:
        serve: Any = server.serve

        async def handle(request: web.Request) -> web.StreamResponse:
            socket = web.WebSocketResponse(compress=False, max_msg_size=0)
            await socket.prepare(request)
            await serve(Channel(socket, request.path))
            return socket

        app = web.Application()
        app.router.add_get("/{path:.*}", handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(f"ready {runner.addresses[0][1]}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
