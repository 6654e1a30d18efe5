"""A page with a terminal, for tests: it draws on an emulator of its own, acknowledges, and types."""

import asyncio
import base64
import codecs
import re
from collections.abc import Callable
from typing import Any

import aiohttp
import msgspec

from studium.project.terminals.inside.screen import Screen
from studium.protocol.terminals import (
    OUTPUT,
    SCREEN,
    OpenFiles,
    ScrollbackSaved,
    ShowTerminal,
    TerminalBell,
    TerminalDrawn,
    TerminalFile,
    TerminalRefused,
    TerminalState,
    TerminalStatus,
    TerminalsToClient,
    TerminalsToServer,
    TerminalToClient,
    TerminalToServer,
)

_OTHER_SCREEN = re.compile(r"\x1b\[\?(?:47|1047|1049)([hl])")
_decode = msgspec.json.Decoder(TerminalToClient).decode
_decode_file = msgspec.json.Decoder(TerminalsToClient).decode


class _Socket:
    """What both kinds of socket have in common."""

    def __init__(self, session: aiohttp.ClientSession, url: str, headers: dict[str, str] | None = None) -> None:
        self._session = session
        self.url = url
        self.headers = headers
        self.failures: list[TerminalRefused] = []
        self.close_code: int | None = None
        self.close_reason = ""
        self.socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    async def open(self) -> None:
        """Open the socket."""
        self.close_code = None
        self.socket = await self._session.ws_connect(self.url, headers=self.headers, max_msg_size=0)
        self._reader = asyncio.create_task(self._read(self.socket))

    async def disconnect(self) -> None:
        """Go."""
        if self.socket is not None:
            await self.socket.close()
        if self._reader is not None:
            await self._reader

    async def until(self, true: Callable[[], Any], seconds: float = 60.0) -> None:
        """Wait until something is so."""
        try:
            async with asyncio.timeout(seconds):
                while not true():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"it is not so after {seconds} s; {self.told()}") from None

    def told(self) -> str:
        """What there is to say when a test fails."""
        return f"closed {self.close_code} {self.close_reason!r}, failures {self.failures}"

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            if frame.type is aiohttp.WSMsgType.TEXT:
                self.hear(frame.data)
            elif frame.type is aiohttp.WSMsgType.BINARY:
                await self.draw(frame.data)
            self._news.set()
        self.close_code = socket.close_code
        self._news.set()

    def hear(self, text: str) -> None:
        raise NotImplementedError

    async def draw(self, data: bytes) -> None:
        raise NotImplementedError


class TerminalPage(_Socket):
    """One terminal. ``is_drawing``: it draws, and acknowledges what it has drawn."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        headers: dict[str, str] | None = None,
        size: tuple[int, int] = (80, 24),
    ) -> None:
        super().__init__(session, url, headers)
        self.size = size
        self.statuses: list[TerminalStatus] = []
        self.bells = 0
        self.opened: list[list[str]] = []
        self.saved: list[str] = []
        self.received_bytes = 0
        self.received = bytearray()
        self.events: list[dict[str, Any]] = []
        self.screens = 0
        self.is_drawing = True
        self._undrawn = 0
        self.is_recording = False
        self.is_blind = False  # it acknowledges, and looks at nothing: emulators take longer than floods
        self.drawn = Screen(*size)
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="strict")

    async def connect(self, *, active: bool = True) -> "TerminalPage":
        """Open the socket, say how large the page is, and wait until there is a picture."""
        screens, statuses = self.screens, len(self.statuses)
        await self.open()
        await self.until(lambda: len(self.statuses) > statuses or self.close_code is not None)
        if self.close_code is None:
            if active:
                await self.send(ShowTerminal(*self.size, active=True))
            else:
                await self.send(ShowTerminal(*self.size))
            await self.until(lambda: self.screens > screens or self.close_code is not None)
        return self

    @property
    def status(self) -> TerminalStatus:
        """The last one."""
        return self.statuses[-1]

    async def send(self, message: TerminalToServer) -> None:
        """Send a request."""
        assert self.socket is not None
        await self.socket.send_str(msgspec.json.encode(message).decode())

    async def type(self, text: str | bytes) -> None:
        """Type."""
        assert self.socket is not None
        await self.socket.send_bytes(text.encode() if isinstance(text, str) else text)

    async def line(self, command: str) -> None:
        """Type a command and Enter."""
        await self.type(command + "\r")

    async def until_shows(self, text: str, seconds: float = 60.0) -> None:
        """Wait until the screen or the scroll-back holds a text."""
        await self.until(lambda: text in self.text(), seconds)

    async def until_state(self, state: TerminalState, seconds: float = 60.0) -> TerminalStatus:
        """Wait for a state."""
        await self.until(lambda: self.status.state is state, seconds)
        return self.status

    def shown(self) -> list[str]:
        """The lines of the screen."""
        return self.drawn.shown()

    def text(self) -> str:
        """The scroll-back and the screen."""
        return self.drawn.text().rstrip("\n")

    def told(self) -> str:
        shown = "\n".join(self.shown()).rstrip()
        return f"{super().told()}, {self.statuses[-1:]}, it shows:\n{shown}"

    def hear(self, text: str) -> None:
        match _decode(text):
            case TerminalStatus() as status:
                self.statuses.append(status)
                if (self.drawn.columns, self.drawn.rows) != (status.columns, status.rows):
                    self.drawn.resize(status.columns, status.rows)
                    self.events.append({"size": [status.columns, status.rows]})
            case TerminalBell():
                self.bells += 1
            case OpenFiles(paths=paths):
                self.opened.append(paths)
            case ScrollbackSaved(path=path):
                self.saved.append(path)
            case TerminalRefused() as failure:
                self.failures.append(failure)

    def _feed(self, text: str) -> None:
        """The other screen keeps no scroll-back, which the adapter wants to be told."""
        begin = 0
        for found in _OTHER_SCREEN.finditer(text):
            self.drawn.restore(text[begin : found.start()])
            (self.drawn.enter_alternate if found.group(1) == "h" else self.drawn.leave_alternate)()
            begin = found.start()
        self.drawn.restore(text[begin:])

    async def draw(self, data: bytes) -> None:
        self.received_bytes += len(data) - 1
        if self.is_recording:
            self.received += data[1:]
            kind = "screen" if data[0] == SCREEN else "output"
            self.events.append({kind: base64.b64encode(data[1:]).decode()})
        if self.is_blind:
            await self.send(TerminalDrawn(len(data) - 1))
            return
        if data[0] == SCREEN:
            self.screens += 1
            self.drawn = Screen(self.status.columns, self.status.rows)
            self._decoder.reset()
        else:
            assert data[0] == OUTPUT
        self._feed(self._decoder.decode(data[1:]))
        self._undrawn += len(data) - 1
        if self.is_drawing:
            await self.draw_what_waited()

    async def draw_what_waited(self) -> None:
        """Acknowledge all that came."""
        drawn, self._undrawn = self._undrawn, 0
        await self.send(TerminalDrawn(drawn))


class FilePage(_Socket):
    """A page that shows a ``.term`` file."""

    def __init__(self, session: aiohttp.ClientSession, url: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(session, url, headers)
        self.files: list[TerminalFile] = []

    async def connect(self) -> "FilePage":
        """Open the socket, and wait for what the file holds."""
        count = len(self.files)
        await self.open()
        await self.until(lambda: len(self.files) > count or self.close_code is not None)
        return self

    @property
    def ids(self) -> list[str]:
        """The terminals of the file."""
        return [entry.terminal_id for entry in self.files[-1].terminals]

    async def send(self, message: TerminalsToServer) -> None:
        """Send a request."""
        assert self.socket is not None
        await self.socket.send_str(msgspec.json.encode(message).decode())

    async def change(self, message: TerminalsToServer) -> TerminalFile:
        """Send a request, and wait for what the file holds then."""
        count = len(self.files)
        await self.send(message)
        await self.until(lambda: len(self.files) > count)
        return self.files[-1]

    def hear(self, text: str) -> None:
        message = _decode_file(text)
        if isinstance(message, TerminalFile):
            self.files.append(message)
        else:
            self.failures.append(message)

    async def draw(self, data: bytes) -> None:
        raise AssertionError("the socket of a file has no binary frames")
