"""A small proxy before several hubs, as an operator has one: each connection goes to the next hub that answers."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

CHUNK_BYTES = 16 * 1024


class Balancer:
    """``url`` leads to any of ``targets``. ``connections`` counts those that each of them got."""

    def __init__(self, port: int = 0) -> None:
        self.targets: list[str] = []
        self.connections: Counter[str] = Counter()
        self.bytes_to_client = 0
        self.url = ""
        self.cut_after: int | None = None
        """Bytes towards the client after which the connection under way is cut, once."""
        self._port = port
        self._turn = 0
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], str] = {}

    async def start(self) -> None:
        """Listen on the loopback."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Cut all and listen no more."""
        assert self._server is not None
        self._server.close()
        await self.cut()
        await self._server.wait_closed()

    async def cut(self, target: str | None = None) -> None:
        """Cut all connections, or those to one hub."""
        tasks = [task for task, to in self._open.items() if target in (None, to)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def open_to(self, target: str) -> int:
        """How many connections one hub has now."""
        return sum(to == target for to in self._open.values())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        try:
            for _ in range(len(self.targets)):
                target = self.targets[self._turn % len(self.targets)]
                self._turn += 1
                parts = urlsplit(target)
                try:
                    up_reader, up_writer = await asyncio.open_connection(parts.hostname, parts.port)
                except OSError:
                    continue
                self.connections[target] += 1
                self._open[task] = target
                try:
                    async with asyncio.TaskGroup() as group:
                        group.create_task(self._pump(reader, up_writer, False))
                        group.create_task(self._pump(up_reader, writer, True))
                finally:
                    up_writer.transport.abort()
                return
        except* (ConnectionError, TimeoutError):
            pass
        finally:
            self._open.pop(task, None)
            writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, to_client: bool) -> None:
        while data := await reader.read(CHUNK_BYTES):
            if to_client and self.cut_after is not None:
                self.cut_after -= len(data)
                if self.cut_after < 0:
                    self.cut_after = None
                    raise ConnectionResetError
            self.bytes_to_client += len(data) if to_client else 0
            writer.write(data)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.close()
            await writer.wait_closed()
        raise ConnectionResetError  # one side has ended: so does the other


@asynccontextmanager
async def balanced(*targets: str, port: int = 0) -> AsyncIterator[Balancer]:
    """A proxy before these hubs."""
    balancer = Balancer(port)
    await balancer.start()
    balancer.targets = list(targets)
    try:
        yield balancer
    finally:
        await balancer.stop()
