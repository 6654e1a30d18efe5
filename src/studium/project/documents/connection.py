"""One client of a document: its WebSocket, what it may do, and its bounded outbox.

Sending is a plain function call: a frame goes straight into the transport, no task and no queue between. When a client
reads too slowly, frames are dropped instead of stored, and once the transport has drained it gets one update with all
that it missed, computed from the state it had.
"""

import asyncio
import struct
from collections.abc import Callable
from typing import Any, cast

import msgspec
from aiohttp import web

from studium.http.errors import close_websocket
from studium.protocol.documents import SUBPROTOCOL, ControlToClient, Failed
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.session import Identity, Role
from studium.sync.awareness import Owner, State
from studium.sync.wire import MAX_MESSAGES_PER_FRAME, encode_control

MAX_OUTBOX_BYTES = 1024 * 1024  # unsent bytes of one client; above, it is resynchronised instead
MAX_MESSAGE_BYTES = 32 * 1024 * 1024  # one frame of a client: a paste of 10 MB fits
HEARTBEAT_SECONDS = 25.0  # pings, so that a dead connection is noticed

_BINARY = 0x82
_BYTE_LENGTH = struct.Struct("!BB")
_SHORT_LENGTH = struct.Struct("!BBH")
_LONG_LENGTH = struct.Struct("!BBQ")


def websocket_frame(payload: bytes) -> bytes:
    """One unmasked binary WebSocket frame (RFC 6455, 5.2): made once for all clients that get the same."""
    size = len(payload)
    if size < 126:
        return _BYTE_LENGTH.pack(_BINARY, size) + payload
    if size < 65536:
        return _SHORT_LENGTH.pack(_BINARY, 126, size) + payload
    return _LONG_LENGTH.pack(_BINARY, 127, size) + payload


def websocket_frames(messages: list[bytes], *, joined: bool) -> bytes:
    """Messages as frames for one write: as few as the wire allows or, since a stock y-websocket client reads only the
    first message of a frame, one for each."""
    per_frame = MAX_MESSAGES_PER_FRAME if joined else 1
    starts = range(0, len(messages), per_frame)
    return b"".join(websocket_frame(b"".join(messages[start : start + per_frame])) for start in starts)


def control_message(control: ControlToClient) -> bytes:
    """A control struct as a message of the wire."""
    return encode_control(msgspec.json.encode(control))


def new_websocket() -> web.WebSocketResponse:
    """The server's side of a document's socket."""
    return web.WebSocketResponse(
        compress=False,
        heartbeat=HEARTBEAT_SECONDS,
        max_msg_size=MAX_MESSAGE_BYTES,
        protocols=(SUBPROTOCOL,),
        timeout=5.0,
        writer_limit=1,  # a ping waits until the transport has drained: how catching up waits
    )


class Connection:
    """Belongs to one room and one running ``Documents.handle``."""

    __slots__ = (
        "_catching_up",
        "_closing",
        "_socket",
        "_state_when_behind",
        "_transport",
        "acknowledged",
        "failure",
        "follows",
        "greeted",
        "identity",
        "owner",
        "pause_seconds",
        "read_only",
        "received",
        "speaks_studium",
        "times_behind",
    )

    def __init__(self, request: web.Request, socket: web.WebSocketResponse, identity: Identity, number: int) -> None:
        self._socket = socket
        self._transport = cast(asyncio.WriteTransport | None, request.transport)
        self.identity = identity
        self.owner = Owner(str(identity.account_id), number)
        self.speaks_studium = socket.ws_protocol == SUBPROTOCOL
        self.read_only = identity.role is Role.VIEWER
        self.greeted = False  # has asked for the document
        self.follows = False  # gets updates as they come: greeted, and not behind
        self.received = 0  # sync messages of types 1 and 2
        self.acknowledged = 0
        self.pause_seconds = 0.0  # what its updates have taken from others; it is not read for so long
        self.failure: ErrorCode | None = None
        self.times_behind = 0
        self._state_when_behind: bytes | None = None
        self._catching_up: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still counts: not failed, not closed."""
        return self._closing is None and self._transport is not None and not self._transport.is_closing()

    @property
    def is_behind(self) -> bool:
        """Whether updates are dropped for now."""
        return self._state_when_behind is not None

    def write(self, frame: bytes) -> None:
        """Send a WebSocket frame made by ``websocket_frame``."""
        transport = self._transport
        if transport is not None and self._closing is None and not transport.is_closing():
            transport.write(frame)

    def send(self, message: bytes) -> None:
        """Send one message."""
        self.write(websocket_frame(message))

    def send_messages(self, messages: list[bytes]) -> None:
        """Send messages at once."""
        if messages:
            self.write(websocket_frames(messages, joined=self.speaks_studium))

    def send_control(self, control: ControlToClient) -> None:
        """Send a control message to a client that understands it."""
        if self.speaks_studium:
            self.send(control_message(control))

    @property
    def has_full_outbox(self) -> bool:
        """Whether more is unsent than a client may leave unread."""
        transport = self._transport
        return transport is not None and transport.get_write_buffer_size() > MAX_OUTBOX_BYTES

    def fall_behind(self, state: bytes, catch_up: Callable[[bytes], list[bytes]]) -> None:
        """Send no more updates; when the client has read on, send all that came after ``state``."""
        was_behind, self._state_when_behind = self.is_behind, state
        if was_behind:
            return
        self.times_behind += 1
        self.follows = False
        self._catching_up = asyncio.get_running_loop().create_task(self._catch_up(catch_up), name="document-catch-up")

    async def _catch_up(self, catch_up: Callable[[bytes], list[bytes]]) -> None:
        try:
            await self._socket.ping()
        except (ConnectionError, RuntimeError):
            return  # closed meanwhile; the reader notices
        state, self._state_when_behind = self._state_when_behind, None
        if state is not None:
            self.send_messages(catch_up(state))
            self.follows = True

    def fail(self, error: StudiumError) -> None:
        """Tell the client why and close; the reader of the socket ends with it."""
        if self._closing is None:
            self.failure = error.code
            self.send_control(Failed(error.body()))
            self._closing = asyncio.get_running_loop().create_task(
                close_websocket(self._socket, error), name="document-close"
            )

    async def finish(self) -> None:
        """End what runs on behalf of this connection."""
        if self._catching_up is not None:
            self._catching_up.cancel()
            await asyncio.gather(self._catching_up, return_exceptions=True)
        if self._closing is not None:
            await asyncio.gather(self._closing, return_exceptions=True)

    def force_identity(self, state: State) -> State:
        """An awareness state with the name, colour, picture and account that the signed identity says."""
        user: Any = state.get("user")
        user = dict(user) if isinstance(user, dict) else {}
        identity = self.identity
        user.update(
            name=identity.name,
            colour=identity.colour,
            avatar=identity.avatar,
            account_id=str(identity.account_id),
        )
        return {**state, "user": user}
