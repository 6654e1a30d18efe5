"""A page's kernel socket for tests: it sends requests, and keeps what it is told."""

import asyncio
import itertools
import struct
from typing import Any

import aiohttp
import msgspec

from studium.protocol.kernels import (
    CommFrame,
    ConsoleOutput,
    KernelFailed,
    KernelSpecs,
    KernelState,
    KernelStatus,
    KernelToClient,
    KernelToServer,
)

_decode = msgspec.json.Decoder(KernelToClient).decode


class KernelPage:
    """One socket. ``status`` is the last one, ``states`` all that were told."""

    def __init__(self, session: aiohttp.ClientSession, url: str, headers: dict[str, str] | None = None) -> None:
        self._session = session
        self.url = url
        self.headers = headers
        self.statuses: list[KernelStatus] = []
        self.specs: KernelSpecs | None = None
        self.failures: list[KernelFailed] = []
        self.console: list[ConsoleOutput] = []
        self.comms: list[tuple[CommFrame, list[bytes]]] = []
        self.close_code: int | None = None
        self._answers: dict[str, KernelToClient] = {}
        self._numbers = itertools.count(1)
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._news = asyncio.Event()

    async def connect(self) -> "KernelPage":
        """Open the socket; returns with the first status, or when it was refused."""
        self.close_code = None
        told = len(self.statuses)
        self._socket = await self._session.ws_connect(self.url, headers=self.headers, max_msg_size=0)
        self._reader = asyncio.create_task(self._read(self._socket))
        await self.until(lambda: len(self.statuses) > told or self.close_code is not None, 20)
        return self

    async def disconnect(self) -> None:
        """Go."""
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await self._reader

    @property
    def status(self) -> KernelStatus:
        """The last one."""
        return self.statuses[-1]

    async def send(self, message: KernelToServer) -> None:
        """Send a request that has no answer of its own."""
        await self.send_text(msgspec.json.encode(message).decode())

    async def send_text(self, text: str) -> None:
        """Send anything."""
        assert self._socket is not None
        await self._socket.send_str(text)

    async def send_comm(self, kind: str, content: dict[str, Any], *buffers: bytes, message_id: str = "") -> None:
        """Send a message of a widget."""
        frame = CommFrame(kind, content, message_id=message_id or None, buffers=[len(buffer) for buffer in buffers])
        head = msgspec.json.encode(frame)
        await self.send_bytes(struct.pack("!I", len(head)) + head + b"".join(buffers))

    async def send_bytes(self, data: bytes) -> None:
        """Send any binary frame."""
        assert self._socket is not None
        await self._socket.send_bytes(data)

    async def ask(self, message: Any, seconds: float = 60.0) -> Any:
        """Send a question and wait for its answer, or its failure."""
        request_id = str(next(self._numbers))
        await self.send(msgspec.structs.replace(message, request_id=request_id))
        await self.until(lambda: request_id in self._answers, seconds)
        return self._answers.pop(request_id)

    async def until(self, condition: Any, seconds: float = 60.0) -> None:
        """Wait until ``condition()`` holds; looked at when something arrives."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def until_state(self, *states: KernelState, seconds: float = 60.0) -> KernelStatus:
        """Wait until the kernel is in one of these states."""
        try:
            await self.until(lambda: bool(self.statuses) and self.status.state in states, seconds)
        except TimeoutError:
            raise AssertionError(f"{self.status} is not {states}; {self.failures}") from None
        return self.status

    async def until_at_rest(self, seconds: float = 60.0) -> KernelStatus:
        """Wait until nothing runs and nothing waits."""
        try:
            await self.until(lambda: self.status.running is None and not self.status.queue, seconds)
        except TimeoutError:
            raise AssertionError(f"{self.status} is not at rest; {self.failures}") from None
        return self.status

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self._take(_decode(message.data))
            elif message.type is aiohttp.WSMsgType.BINARY:
                self.comms.append(_unpack(message.data))
            self._news.set()
        self.close_code = socket.close_code or 1006
        self._news.set()

    def _take(self, message: KernelToClient) -> None:
        if isinstance(message, KernelStatus):
            self.statuses.append(message)
        elif isinstance(message, ConsoleOutput):
            self.console.append(message)
        elif isinstance(message, KernelSpecs):
            self.specs = message
        elif isinstance(message, KernelFailed) and message.request_id is None:
            self.failures.append(message)
        else:
            assert message.request_id is not None
            self._answers[message.request_id] = message


def _unpack(data: bytes) -> tuple[CommFrame, list[bytes]]:
    (size,) = struct.unpack_from("!I", data)
    frame = msgspec.json.decode(data[4 : 4 + size], type=CommFrame)
    buffers, at = [], 4 + size
    for length in frame.buffers:
        buffers.append(data[at : at + length])
        at += length
    assert at == len(data)
    return frame, buffers
