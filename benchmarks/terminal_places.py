"""Where terminals are measured: a page's WebSocket to a terminal of Studium, and to one of JupyterLab."""

import asyncio
import contextlib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

from studium.protocol.terminals import SCREEN
from support.serving import processes_below

DRAWN_BYTES_A_SECOND = 5_000_000
"""What xterm.js draws in Chromium."""
KEPT = 100_000
NOTED = "PS1='[\\#]measured$ '; clear"


class Terminal(ABC):
    """A page with a terminal, which takes what comes as quickly as a browser draws."""

    def __init__(self) -> None:
        self.received_bytes = 0
        self.prompt = ""
        self._tail = ""
        self._news = asyncio.Event()
        self._next_prompt = 0
        self._reading: asyncio.Task[None] | None = None

    @abstractmethod
    async def type(self, text: str) -> None:
        """Type."""

    @abstractmethod
    async def read(self) -> None:
        """Take what comes, until the end."""

    def begin(self) -> None:
        """Begin to take what comes."""
        self._reading = asyncio.create_task(self.read())

    async def end(self) -> None:
        """Take no more."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def take(self, text: str, count: int, *, anew: bool = False) -> None:
        """Something came: draw it. ``anew``: in place of all before."""
        await asyncio.sleep(count / DRAWN_BYTES_A_SECOND if count > 4096 else 0)
        self.received_bytes += count
        self._tail = text[-KEPT:] if anew else (self._tail + text)[-KEPT:]
        self._news.set()

    async def command(self, command: str) -> None:
        """Type a command; ``until_prompt`` waits for its end."""
        await self.type(command + "\r")

    async def set_up(self) -> None:
        """A prompt that counts."""
        await self.type(NOTED + "\r")

    async def until_prompt(self, seconds: float = 30.0) -> None:
        """Wait for the next prompt."""
        async with asyncio.timeout(seconds):
            while True:
                found = [int(number) for number in re.findall(r"\[(\d+)\]measured\$ ", self._tail)]
                if found and found[-1] > self._next_prompt:
                    self._next_prompt = found[-1]
                    self.prompt = f"[{found[-1]}]measured$ "
                    return
                self._news.clear()
                await self._news.wait()

    async def until_text(self, pattern: str, seconds: float = 30.0) -> None:
        """Wait until a text has come."""
        async with asyncio.timeout(seconds):
            while re.search(pattern, self._tail) is None:
                self._news.clear()
                await self._news.wait()

    async def key(self, seconds: float = 10.0) -> float:
        """Type a letter, and wait for what it draws; milliseconds. It is taken back."""
        loop = asyncio.get_running_loop()
        count, began = self.received_bytes, loop.time()
        await self.type("x")
        async with asyncio.timeout(seconds):
            await self._more_than(count)
            took = loop.time() - began
            count = self.received_bytes
            await self.type("\x7f")
            await self._more_than(count)
        return took * 1000

    async def _more_than(self, count: int) -> None:
        while self.received_bytes <= count:
            self._news.clear()
            await self._news.wait()


class Place(ABC):
    """A server that runs."""

    name: str
    session: aiohttp.ClientSession

    async def __aenter__(self) -> "Place":
        self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    @abstractmethod
    async def open(self, name: str) -> tuple[aiohttp.ClientWebSocketResponse, Terminal]:
        """A page that shows the terminal of this name."""

    @abstractmethod
    def memory_bytes(self) -> int:
        """Resident memory of the processes that serve terminals."""

    @contextlib.asynccontextmanager
    async def terminal(self, name: str, *, again: bool = False) -> AsyncIterator[Terminal]:
        """A page that shows the terminal of this name, ``again`` or for the first time."""
        socket, terminal = await self.open(name)
        terminal.begin()
        try:
            if not again:
                await terminal.until_text(r"[#$] ")
                await terminal.set_up()
            yield terminal
        finally:
            await terminal.end()
            await socket.close()


class _StudiumTerminal(Terminal):
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        super().__init__()
        self._socket = socket

    async def type(self, text: str) -> None:
        await self._socket.send_bytes(text.encode())

    async def read(self) -> None:
        async for frame in self._socket:
            if frame.type is aiohttp.WSMsgType.BINARY:
                text, count = frame.data[1:].decode(), len(frame.data) - 1
                await self.take(text, count, anew=frame.data[0] == SCREEN)
                await self._socket.send_str(json.dumps({"type": "drawn", "size_bytes": count}))


class InStudium(Place):
    """A project in its rings, through the hub."""

    name = "studium"

    def __init__(self, url: str, project_id: str, token: str, home: Path, server: int) -> None:
        self._url = f"{url}/projects/{project_id}/terminals/"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._home = home
        self._server = server

    async def open(self, name: str) -> tuple[aiohttp.ClientWebSocketResponse, Terminal]:
        (self._home / f"{name}.term").touch()
        url = f"{self._url}{name}.term?terminal=1"
        socket = await self.session.ws_connect(url, headers=self._headers, max_msg_size=0)
        await socket.send_str(json.dumps({"type": "show", "columns": 80, "rows": 24, "active": True}))
        return socket, _StudiumTerminal(socket)

    def memory_bytes(self) -> int:
        below = processes_below(self._server)
        holders = [number for number, words in below.items() if any(word.endswith("inside.holder") for word in words)]
        return sum(_resident(number) for number in (self._server, *holders))


class _JupyterTerminal(Terminal):
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        super().__init__()
        self._socket = socket

    async def type(self, text: str) -> None:
        await self._socket.send_str(json.dumps(["stdin", text]))

    async def read(self) -> None:
        async for frame in self._socket:
            if frame.type is aiohttp.WSMsgType.TEXT:
                kind, *rest = json.loads(frame.data)
                if kind == "stdout":
                    await self.take(rest[0], len(rest[0]))


class InJupyterLab(Place):
    """JupyterLab's own server."""

    name = "jupyterlab"

    def __init__(self, address: str, server: int) -> None:
        self._address = address
        self._server = server
        self._names: dict[str, str] = {}

    async def open(self, name: str) -> tuple[aiohttp.ClientWebSocketResponse, Terminal]:
        if name not in self._names:
            async with self.session.post(f"{self._address}api/terminals") as answer:
                made: dict[str, Any] = await answer.json()
                self._names[name] = made["name"]
        url = f"{self._address}terminals/websocket/{self._names[name]}"
        socket = await self.session.ws_connect(url, max_msg_size=0)
        await socket.send_str(json.dumps(["set_size", 24, 80, 480, 800]))
        return socket, _JupyterTerminal(socket)

    def memory_bytes(self) -> int:
        return _resident(self._server)


def _resident(number: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{number}/statm").read_text().split()[1]) * 4096
    return 0
