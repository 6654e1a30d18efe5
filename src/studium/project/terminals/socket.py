"""One page that shows one terminal: ``…/terminals/{path}?terminal={terminal_id}``.

What a viewer may do is decided here, in ``_check``: it hears everything, and says how much it has drawn.

A page that draws more slowly than the program writes is sent no more than ``AHEAD_BYTES`` ahead. What comes
beyond that is left out for it, and once it has drawn half of what it has, it gets the screen as it is then, with little
scroll-back; the whole one follows when all is quiet.
"""

import asyncio
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec
from aiohttp import WSMsgType, web

from studium.http.errors import close_websocket
from studium.project.access import Act, may, require
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.session import Identity
from studium.protocol.terminals import (
    MAX_UNDRAWN_BYTES,
    OUTPUT,
    SCREEN,
    OpenFiles,
    ShowTerminal,
    TerminalDrawn,
    TerminalRefused,
    TerminalToClient,
    TerminalToServer,
)

if TYPE_CHECKING:
    from studium.project.terminals.session import TerminalSession

HEARTBEAT_SECONDS: Final = 25.0
AHEAD_BYTES: Final = MAX_UNDRAWN_BYTES // 2
"""What is sent ahead of what was drawn: 25 ms for a browser, which is how late an interrupt can seem."""
MAX_FRAME_BYTES: Final = 4 * 1024**2
MAX_TYPED_BYTES: Final = 1024**2
MAX_OPEN: Final = 10
OPEN_SECONDS: Final = 10.0
MAX_OUTBOX: Final = 2000
INTERRUPTS: Final = (b"\x03", b"\x1c", b"\x1a")
QUICK_BYTES: Final = 32 * 1024
"""What a page draws in no time: not worth to be thrown away at an interrupt."""

_decoder = msgspec.json.Decoder(TerminalToServer)
_encoder = msgspec.json.Encoder()


def new_websocket() -> web.WebSocketResponse:
    """The server's side of a terminal socket."""
    return web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=MAX_FRAME_BYTES, compress=False, timeout=2.0)


class TerminalSocket:
    """A page and its terminal. ``columns`` and ``rows`` are what it could show, 0 before it said so; ``origin`` is the
    address that it came from."""

    def __init__(
        self, socket: web.WebSocketResponse, identity: Identity, session: "TerminalSession", origin: str | None
    ) -> None:
        self.origin = origin
        self.identity = identity
        self.session = session
        self.may_run = may(identity.role, Act.RUN)
        self.columns = self.rows = 0
        self.active_at = 0.0
        self.needs_screen = True
        self.is_short = False
        """It has seen a screen without all of the scroll-back."""
        self._socket = socket
        self._outbox: deque[bytes | str] = deque()
        self._opened: deque[float] = deque()
        self._undrawn = 0
        self._most = AHEAD_BYTES
        self._wake = asyncio.Event()
        self._sender: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None

    # -- to the page -------------------------------------------------------------------------------------------------

    @property
    def undrawn(self) -> int:
        """Bytes that it was sent, or is to be sent, and has not drawn."""
        return self._undrawn

    def say(self, message: TerminalToClient) -> None:
        """Send a message, after what was sent before."""
        self._put(_encoder.encode(message).decode())

    def fail(self, error: StudiumError) -> None:
        """Say that something could not be done."""
        self.say(TerminalRefused(error.body()))

    def open(self, paths: list[str]) -> None:
        """Open tabs. Raises ``rate_limited``: a program that does it all the time takes the page from its person."""
        now = time.monotonic()
        while self._opened and now - self._opened[0] > OPEN_SECONDS:
            self._opened.popleft()
        if len(self._opened) >= MAX_OPEN:
            message = f"Files were opened {MAX_OPEN} times in {OPEN_SECONDS:.0f} seconds. Try again soon."
            raise StudiumError(ErrorCode.RATE_LIMITED, message)
        self._opened.append(now)
        self.say(OpenFiles(paths))

    def output(self, data: bytes) -> None:
        """What the program wrote."""
        if self.needs_screen:
            return
        self._undrawn += len(data)
        self._put(bytes((OUTPUT,)) + data)
        if self._undrawn > self._most:
            self.fall_behind()

    def screen(self, data: bytes, *, is_whole: bool) -> None:
        """What the terminal shows, in place of all before."""
        self._drop_unsent()
        self.needs_screen = False
        self.is_short = not is_whole
        self._undrawn += len(data)
        self._most = AHEAD_BYTES + len(data)
        self._put(bytes((SCREEN,)) + data)

    def fall_behind(self) -> None:
        """Leave out what is not on its way yet, until the page has drawn what is."""
        self._drop_unsent()
        self.needs_screen = True
        self.ask_if_ready()

    def ask_if_ready(self) -> None:
        """Ask for a screen when the page has room for one."""
        if self.needs_screen and self._undrawn <= AHEAD_BYTES // 2:
            self.session.want_screen(self, is_whole=not self.is_short and self._undrawn == 0)

    async def end(self, error: StudiumError) -> None:
        """Close the socket; the page learns why."""
        await close_websocket(self._socket, error)

    def _drop_unsent(self) -> None:
        kept = [frame for frame in self._outbox if isinstance(frame, str)]
        self._undrawn -= sum(len(frame) - 1 for frame in self._outbox if isinstance(frame, bytes))
        self._outbox = deque(kept)

    def _put(self, frame: bytes | str) -> None:
        if self._ending is not None:
            return
        self._outbox.append(frame)
        self._wake.set()
        if len(self._outbox) > MAX_OUTBOX:
            self._outbox.clear()
            slow = StudiumError(ErrorCode.UNAVAILABLE, "This page reads too slowly. It connects again by itself.")
            self._ending = asyncio.create_task(self.end(slow), name="terminal-socket-end")

    async def _send(self) -> None:
        with suppress(ConnectionError, RuntimeError):  # it closes; the reader notices
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._outbox:
                    frame = self._outbox.popleft()
                    if isinstance(frame, str):
                        await self._socket.send_str(frame)
                    else:
                        await self._socket.send_bytes(frame)

    # -- from the page -----------------------------------------------------------------------------------------------

    async def serve(self) -> None:
        """Answer until the page goes."""
        self._sender = asyncio.create_task(self._send(), name="terminal-socket")
        self.session.join(self)
        async for frame in self._socket:
            try:
                if frame.type is WSMsgType.BINARY:
                    self._check(None)
                    await self._type(frame.data)
                elif frame.type is WSMsgType.TEXT:
                    message = _read(frame.data)
                    self._check(message)
                    await self._take(message)
            except StudiumError as error:
                self.fail(error)

    async def finish(self) -> None:
        """End what runs on behalf of this page."""
        self.session.leave(self)
        for task in (self._sender, self._ending):
            if task is not None:
                if task is self._sender:
                    task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    def _check(self, message: TerminalToServer | None) -> None:
        """May this page's person send it? None stands for what was typed. Everybody says how large their page is."""
        if isinstance(message, ShowTerminal) and not message.active:
            return
        if not isinstance(message, TerminalDrawn):
            require(self.identity, Act.RUN)

    async def _type(self, data: bytes) -> None:
        if len(data) > MAX_TYPED_BYTES:
            message = f"More than {MAX_TYPED_BYTES // 1024**2} MB cannot be pasted at once. Upload a file instead."
            raise StudiumError(ErrorCode.TOO_LARGE, message, limit_bytes=MAX_TYPED_BYTES)
        await self.session.type(self, data)

    async def _take(self, message: TerminalToServer) -> None:
        match message:
            case TerminalDrawn(size_bytes=size):
                self._undrawn = max(0, self._undrawn - max(0, size))
                if self._undrawn <= AHEAD_BYTES // 2:
                    self._most = AHEAD_BYTES
                self.ask_if_ready()
            case ShowTerminal():
                await self.session.show(self, message)
            case _:
                await self.session.do(self, message)


def _read(text: str) -> TerminalToServer:
    try:
        message: TerminalToServer = _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise StudiumError(ErrorCode.INVALID_REQUEST, f"This is no message of a terminal socket: {error}.") from None
    return message
