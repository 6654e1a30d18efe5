"""Document clients that measure: how long a keystroke takes to another client, and a file to open."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from document_load import percentile
from pycrdt import Doc, Text, create_sync_message, create_update_message, handle_sync_message

SYNC, STEP_2, UPDATE = 0, 1, 2
KEYSTROKES = 500
PAUSE_SECONDS = 0.01
OPEN_SECONDS_MAX = 30.0


class Editor:
    """One document over a plain y-websocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.doc: Doc[Text] = Doc()
        self.text = self.doc.get("source", type=Text)
        self.arrivals: asyncio.Queue[float] = asyncio.Queue()
        self.opened = asyncio.Event()

    async def read(self) -> None:
        """Apply what comes; note when each update came."""
        await self._socket.send_bytes(create_sync_message(self.doc))
        async for message in self._socket:
            arrived, frame = time.perf_counter(), message.data
            if not isinstance(frame, bytes) or frame[0] != SYNC:
                continue
            if reply := handle_sync_message(frame[1:], self.doc):
                await self._socket.send_bytes(reply)
            if frame[1] == STEP_2:
                self.opened.set()
            elif frame[1] == UPDATE:
                self.arrivals.put_nowait(arrived)

    async def send(self, message: bytes) -> None:
        """Send one message."""
        await self._socket.send_bytes(message)

    async def type(self, letter: str) -> None:
        """One keystroke."""
        before = self.doc.get_state()
        self.text += letter
        await self.send_changes(before)

    async def send_changes(self, before: bytes) -> None:
        """What changed since a state."""
        await self.send(create_update_message(self.doc.get_update(before)))


@asynccontextmanager
async def editor(session: aiohttp.ClientSession, url: str) -> AsyncIterator[Editor]:
    """An editor that has the whole document."""
    async with session.ws_connect(url, max_msg_size=0) as socket:
        one = Editor(socket)
        reader = asyncio.create_task(one.read())
        try:
            await asyncio.wait_for(one.opened.wait(), OPEN_SECONDS_MAX)
            yield one
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)


async def keystroke_milliseconds(session: aiohttp.ClientSession, url: str) -> dict[str, float]:
    """From before a keystroke is sent until another client has its bytes."""
    took: list[float] = []
    async with editor(session, url) as writer, editor(session, url) as reader:
        for _ in range(KEYSTROKES):
            sent = time.perf_counter()
            await writer.type("x")
            took.append((await asyncio.wait_for(reader.arrivals.get(), 10) - sent) * 1000)
            await asyncio.sleep(PAUSE_SECONDS)
    return {"p50": round(percentile(took, 0.5), 2), "p99": round(percentile(took, 0.99), 2), "count": len(took)}


async def open_milliseconds(session: aiohttp.ClientSession, url: str, characters: int) -> float:
    """From the first byte sent until the whole text is in the client's document."""
    began = time.perf_counter()
    async with editor(session, url) as reader:
        assert len(str(reader.text)) == characters, f"{len(str(reader.text))} characters came, not {characters}"
        return round((time.perf_counter() - began) * 1000, 1)
