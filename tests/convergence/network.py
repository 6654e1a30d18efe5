"""Connections without a network: frames wait on both sides until a program delivers them.

``ScriptedSocket`` stands in for aiohttp's server side of a WebSocket, ``_Transport`` for the TCP transport below it;
``Documents.handle`` and ``Connection`` on top of them are the real ones.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from aiohttp import WSMessage, WSMsgType, web

from studium.project.documents.connection import MAX_OUTBOX_BYTES
from studium.protocol.documents import SUBPROTOCOL, Acknowledged, ControlToClient, MessageType, SyncType
from studium.sync.wire import ControlMessage, SyncMessage, decode_frame

_decode_control = msgspec.json.Decoder(ControlToClient).decode
_UNREAD_FRAMES = 2  # of a client that does not read: more than these, and its buffer counts as full


@dataclass(frozen=True)
class Closed:
    """The server has closed the connection; comes after all frames that it sent before."""

    code: int


class Link:
    """One connection of one client. ``up`` has been sent by the client, ``down`` by the server. ``history`` is that
    which the client says it holds, if it says so."""

    def __init__(self, speaks_studium: bool, history: str | None, on_promise: Callable[["Link", int], None]) -> None:
        self.speaks_studium = speaks_studium
        self.query = {} if history is None else {"history": history}
        self.up: deque[bytes] = deque()
        self.down: deque[bytes | Closed] = deque()
        self.is_read = True
        self.socket: ScriptedSocket | None = None
        self.request = cast(web.Request, _Request(self))
        self.sent: list[bytes] = []  # updates and second steps of the client, in their order
        self.promised = 0  # how many of them the server has acknowledged
        self.on_promise = on_promise

    def send(self, frame: bytes) -> None:
        """The client sends."""
        self.up.append(frame)
        for message in decode_frame(frame):
            if isinstance(message, SyncMessage) and message.kind != SyncType.STEP_1:
                self.sent.append(message.payload)

    def deliver_up(self, count: int) -> int:
        """The server gets the next frames; how many there were."""
        done = 0
        while done < count and self.up and self.socket is not None:
            self.socket.give(WSMessage(WSMsgType.BINARY, self.up.popleft(), None))
            done += 1
        return done

    def take_down(self) -> bytes | Closed | None:
        """The next frame for the client."""
        frame = self.down.popleft() if self.down else None
        self._drained()
        return frame

    def hang_up(self) -> None:
        """The server learns that the client has gone; what was still on its way is lost."""
        self.up.clear()
        self.down.clear()
        if self.socket is not None:
            self.socket.give(None)
        self._drained()

    def write(self, data: bytes) -> None:
        """The server sends whole WebSocket frames, unmasked."""
        while data:
            size, start = data[1], 2
            if size >= 126:
                start = 4 if size == 126 else 10
                size = int.from_bytes(data[2:start])
            frame = data[start : start + size]
            self.down.append(frame)
            if frame and frame[0] == MessageType.CONTROL:
                for message in decode_frame(frame):
                    if isinstance(message, ControlMessage):
                        control = _decode_control(message.payload)
                        if isinstance(control, Acknowledged):
                            self.on_promise(self, control.count)
            data = data[start + size :]

    @property
    def unread_bytes(self) -> int:
        """What the transport would say: of a client that does not read, soon more than it may leave unread."""
        return 0 if self.is_read or len(self.down) <= _UNREAD_FRAMES else MAX_OUTBOX_BYTES + 1

    def _drained(self) -> None:
        if self.socket is not None and not self.down:
            self.socket.drained()


class ScriptedSocket:
    """What ``Documents`` and ``Connection`` use of ``web.WebSocketResponse``."""

    def __init__(self) -> None:
        self.ws_protocol: str | None = None
        self.closed = False
        self._link: Link
        self._inbox: deque[WSMessage | None] = deque()
        self._news = asyncio.Event()
        self._is_drained: asyncio.Future[None] | None = None

    async def prepare(self, request: Any) -> None:
        """The upgrade."""
        self._link = request.link
        self._link.socket = self
        self.ws_protocol = SUBPROTOCOL if self._link.speaks_studium else None

    def give(self, message: WSMessage | None) -> None:
        """Something arrives; None ends the connection."""
        self._inbox.append(message)
        self._news.set()

    def __aiter__(self) -> "ScriptedSocket":
        return self

    async def __anext__(self) -> WSMessage:
        while not self._inbox:
            self._news.clear()
            await self._news.wait()
        message = self._inbox.popleft()
        if message is None or self.closed:
            self.closed = True
            raise StopAsyncIteration
        return message

    async def ping(self) -> None:
        """Returns when the client has read all, as aiohttp's does with ``writer_limit=1``."""
        if self._link.down and not self.closed:
            self._is_drained = asyncio.get_running_loop().create_future()
            await self._is_drained

    def drained(self) -> None:
        """The client has read all that was sent."""
        if self._is_drained is not None and not self._is_drained.done():
            self._is_drained.set_result(None)

    async def close(self, *, code: int, message: bytes = b"") -> None:
        """The server ends it."""
        if not self.closed:
            self.closed = True
            self._link.down.append(Closed(code))
            self.give(None)


class _Request:
    def __init__(self, link: Link) -> None:
        self.link = link
        self.query = link.query
        self.transport: Any = _Transport(link)


class _Transport:
    def __init__(self, link: Link) -> None:
        self._link = link

    def write(self, data: bytes) -> None:
        self._link.write(data)

    def is_closing(self) -> bool:
        return self._link.socket is None or self._link.socket.closed

    def get_write_buffer_size(self) -> int:
        return self._link.unread_bytes
