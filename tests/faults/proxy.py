"""A proxy between clients and a hub that behaves like a bad network: stalls, cuts, half-open connections, and frames
that come twice.

It never reorders or drops bytes within a connection that goes on, which no TCP does. What repeats frames knows where
WebSocket frames begin (RFC 6455), and repeats whole binary ones only.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable

_CHUNK_BYTES = 16 * 1024
_HEAD_END = b"\r\n\r\n"
_BINARY = 0x82
_DRAIN_SECONDS = 30.0  # how long a server may believe in a connection whose client is gone


class Frames:
    """Takes a stream of one direction apart into the HTTP head and WebSocket frames, whole ones only."""

    def __init__(self) -> None:
        self._buffer = b""
        self._is_head = True

    def feed(self, data: bytes) -> list[bytes]:
        """What is complete now."""
        self._buffer += data
        parts: list[bytes] = []
        while (size := self._size()) is not None and size <= len(self._buffer):
            parts.append(self._buffer[:size])
            self._buffer = self._buffer[size:]
            self._is_head = False
        return parts

    def _size(self) -> int | None:
        buffer = self._buffer
        if self._is_head:
            end = buffer.find(_HEAD_END)
            return None if end < 0 else end + len(_HEAD_END)
        if len(buffer) < 2:
            return None
        size, start = buffer[1] & 0x7F, 2
        if size >= 126:
            start = 4 if size == 126 else 10
            if len(buffer) < start:
                return None
            size = int.from_bytes(buffer[2:start])
        return start + (4 if buffer[1] & 0x80 else 0) + size


class Link:
    """One connection through the proxy."""

    def __init__(self, proxy: "Proxy", client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.proxy = proxy
        self.client = client
        self.server = server
        self.cut_after: int | None = None  # bytes that still pass towards the client, then the connection is cut
        self.is_half_open = False

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, from_client: bool) -> None:
        """Pass one direction on until it ends."""
        frames = Frames()
        while data := await reader.read(_CHUNK_BYTES):
            await self.proxy.flowing.wait()
            if self.is_half_open:
                continue  # nobody is there any more; the server does not know
            if self.cut_after is not None and not from_client:
                writer.write(data[: self.cut_after])
                with contextlib.suppress(ConnectionError):
                    await writer.drain()
                self.cut()
                return
            if self.proxy.knows_frames:
                data = b"".join(part * self.proxy.times(part) for part in frames.feed(data))
            writer.write(data)
            with contextlib.suppress(ConnectionError):
                await writer.drain()

    def cut(self) -> None:
        """Both sides are reset."""
        self.client.transport.abort()
        self.server.transport.abort()

    def half_open(self) -> None:
        """The client loses the connection; the server is not told."""
        self.is_half_open = True
        self.client.transport.abort()


class Proxy:
    """Listens on a port of its own and passes everything to ``target``, a port of this machine."""

    def __init__(self, target: int, chance: random.Random) -> None:
        self.target = target
        self.port = 0
        self.links: set[Link] = set()
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.knows_frames = False  # pass on whole frames; decided before the first connection
        self.repeat = 0.0
        self.repeated = 0
        self._chance = chance
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> "Proxy":
        """Listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        """End all connections."""
        if self._server is not None:
            self._server.close()
        for link in list(self.links):
            link.cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def times(self, frame: bytes) -> int:
        """How often a frame goes out."""
        if frame[0] == _BINARY and self._chance.random() < self.repeat:
            self.repeated += 1
            return 2
        return 1

    def some(self) -> list[Link]:
        """At least one of the connections."""
        links = sorted(self.links, key=id)
        return self._chance.sample(links, self._chance.randint(1, len(links))) if links else []

    def each(self, act: Callable[[Link], None]) -> int:
        """Do something to some connections; to how many."""
        chosen = self.some()
        for link in chosen:
            act(link)
        return len(chosen)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(asyncio.CancelledError):  # by ``stop``; the loop would print it
            await self._link(reader, writer)

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        link = Link(self, writer, server_writer)
        self.links.add(link)
        try:
            up = asyncio.create_task(link.pump(reader, server_writer, True))
            down = asyncio.create_task(link.pump(server_reader, writer, False))
            try:
                await asyncio.wait([up, down], return_when=asyncio.FIRST_COMPLETED)
                if link.is_half_open:
                    await asyncio.wait([down], timeout=_DRAIN_SECONDS)
            finally:
                for pump in (up, down):
                    pump.cancel()
                await asyncio.gather(up, down, return_exceptions=True)
        finally:
            self.links.discard(link)
            link.client.close()
            link.server.close()
