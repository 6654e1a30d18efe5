"""One page that shows a ``.term`` file: ``…/terminals/{path}`` without a terminal. It changes what the file holds.

What a viewer may do is decided here: it hears, and changes nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import msgspec
from aiohttp import WSMsgType, web

from studium.http.errors import close_websocket, unforeseen
from studium.project.access import Act, require
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.session import Identity
from studium.protocol.terminals import TerminalRefused, TerminalsToClient, TerminalsToServer

HEARTBEAT_SECONDS: Final = 25.0
MAX_FRAME_BYTES: Final = 1024**2
MAX_WAITING: Final = 500

_decoder = msgspec.json.Decoder(TerminalsToServer)
_encoder = msgspec.json.Encoder()


def new_websocket() -> web.WebSocketResponse:
    """The server's side of the socket of a file."""
    return web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=MAX_FRAME_BYTES, compress=False, timeout=2.0)


class FileSocket:
    """A page and its file; ``do`` carries out what it asks for."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        identity: Identity,
        do: Callable[[TerminalsToServer], Awaitable[None]],
    ) -> None:
        self.identity = identity
        self._socket = socket
        self._do = do
        self._outbox: asyncio.Queue[str] = asyncio.Queue(MAX_WAITING)
        self._sender = asyncio.create_task(self._send(), name="terminals-file")

    def say(self, message: TerminalsToClient) -> None:
        """Send a message; the newest word on a file is what counts, so a page that never reads loses the oldest."""
        if self._outbox.full():
            self._outbox.get_nowait()
        self._outbox.put_nowait(_encoder.encode(message).decode())

    async def end(self, error: StudiumError) -> None:
        """Close the socket; the page learns why."""
        await close_websocket(self._socket, error)

    async def serve(self) -> None:
        """Answer until the page goes."""
        async for frame in self._socket:
            try:
                if frame.type is WSMsgType.TEXT:
                    message = _read(frame.data)
                    require(self.identity, Act.RUN)
                    await self._do(message)
                elif frame.type is WSMsgType.BINARY:
                    message_text = "The socket of a file takes text. Type into the socket of a terminal."
                    raise StudiumError(ErrorCode.INVALID_REQUEST, message_text)
            except StudiumError as error:
                self.say(TerminalRefused(error.body()))
            except Exception as error:
                self.say(TerminalRefused(unforeseen(error, "a request about terminals").body()))

    async def finish(self) -> None:
        """The page is gone."""
        self._sender.cancel()
        await asyncio.gather(self._sender, return_exceptions=True)

    async def _send(self) -> None:
        with suppress(ConnectionError, RuntimeError):  # it closes; the reader notices
            while True:
                await self._socket.send_str(await self._outbox.get())


def _read(text: str) -> TerminalsToServer:
    try:
        message: TerminalsToServer = _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise StudiumError(ErrorCode.INVALID_REQUEST, f"This is no message about terminals: {error}.") from None
    return message
