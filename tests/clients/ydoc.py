"""A document client for tests: a plain pycrdt document on a WebSocket, and optionally ``studium.v1``.

One that speaks it behaves like the page: it says which history it holds when it comes back, and goes where it is told.
"""

import asyncio
import contextlib
from typing import Any, TypeVar, cast

import aiohttp
import msgspec
from pycrdt import Doc, Text, TransactionEvent

from studium.protocol.documents import (
    SUBPROTOCOL,
    Acknowledged,
    ControlToClient,
    Hello,
    Moved,
    Saved,
    SaveNow,
    SyncType,
)
from studium.protocol.ids import HistoryId
from studium.sync.awareness import AwarenessEntry, decode_awareness, encode_awareness_state
from studium.sync.updates import EMPTY_UPDATE
from studium.sync.wire import (
    AwarenessMessage,
    ControlMessage,
    SyncMessage,
    decode_frame,
    encode_awareness,
    encode_control,
    encode_sync,
)

_T = TypeVar("_T")
_decode = msgspec.json.Decoder(ControlToClient).decode


class Client:
    """Connects, edits, disconnects, connects again with the same document, as a browser's tab does."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        *,
        studium: bool = True,
        name: str = "Ada",
        role: str = "collaborator",
    ) -> None:
        self._session = session
        self.url = url
        self.headers = {"X-Name": name, "X-Role": role}
        self.studium = studium
        self.doc: Doc[Text] = Doc()
        self.text = self.doc.get("source", type=Text)
        self.controls: list[ControlToClient] = []
        self.frames: list[bytes] = []
        self.presence: dict[int, AwarenessEntry] = {}
        self.history_id: HistoryId | None = None
        self.sent = 0
        self.acknowledged = 0
        self.synced = False
        self.close_code: int | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._from_server = False
        self._outgoing: list[bytes] = []
        self._subscription = self.doc.observe(self._changed)

    async def connect(self, seconds: float = 60.0) -> "Client":
        """Open a socket and say what is here; returns when the server has answered, unless it refused."""
        self.synced, self.close_code, self.sent, self.acknowledged = False, None, 0, 0
        protocols = (SUBPROTOCOL,) if self.studium else ()
        history = f"?history={self.history_id}" if self.history_id is not None else ""
        self._socket = await self._session.ws_connect(
            self.url + history, headers=self.headers, protocols=protocols, max_msg_size=0
        )
        self._reader = asyncio.create_task(self._read(self._socket))
        with contextlib.suppress(ConnectionError, aiohttp.ClientError):
            await self._socket.send_bytes(encode_sync(SyncType.STEP_1, self.doc.get_state()))
        await self.until(lambda: self.synced or self.close_code is not None, seconds)
        return self

    async def disconnect(self) -> None:
        """Close the socket; the document stays."""
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await self._reader

    async def cut(self) -> None:
        """Lose the connection without a word."""
        assert self._socket is not None
        self.transport.abort()
        if self._reader is not None:
            await self._reader

    @property
    def transport(self) -> asyncio.Transport:
        """Of the open socket."""
        assert self._socket is not None
        connection = self._socket._response.connection
        assert connection is not None
        return cast(asyncio.Transport, connection.transport)

    async def insert(self, index: int, text: str) -> None:
        """Insert at an offset in UTF-8 bytes, and send."""
        self.text.insert(index, text)
        await self.flush()

    async def append(self, text: str) -> None:
        """Insert at the end, and send."""
        await self.insert(len(self.text), text)

    async def flush(self) -> None:
        """Send the edits made since."""
        out, self._outgoing = self._outgoing, []
        if self._socket is None or self._socket.closed or not self.synced:
            return
        for update in out:
            self.sent += 1
            with contextlib.suppress(ConnectionError, aiohttp.ClientError):
                await self._socket.send_bytes(encode_sync(SyncType.UPDATE, update))

    async def send(self, frame: bytes) -> None:
        """Send raw bytes."""
        assert self._socket is not None
        await self._socket.send_bytes(frame)

    async def save_now(self) -> None:
        """Ask for the file to be written."""
        await self.send(encode_control(msgspec.json.encode(SaveNow())))

    async def show(self, clock: int, state: dict[str, Any] | None) -> None:
        """Send an awareness state of one's own."""
        await self.send(encode_awareness(encode_awareness_state(self.doc.client_id, clock, state)))

    async def until(self, condition: Any, seconds: float = 60.0) -> None:
        """Wait until ``condition()`` holds; looked at when something arrives."""
        async with asyncio.timeout(seconds):
            while not condition():
                if self._reader is not None and self._reader.done():
                    self._reader.result()  # what this client could not read is why nothing comes
                self._news.clear()
                await self._news.wait()

    async def until_text(self, text: str) -> None:
        """Wait until the document's text is this."""
        try:
            await self.until(lambda: str(self.text) == text)
        except TimeoutError:
            raise AssertionError(f"{str(self.text)!r} did not become {text!r}") from None

    async def until_acknowledged(self) -> None:
        """Wait until everything that was sent is."""
        await self.until(lambda: self.acknowledged >= self.sent)

    async def control(self, kind: type[_T], after: int = 0) -> _T:
        """The first control message of a kind that came after the first ``after`` ones."""
        found: list[_T] = []

        def look() -> bool:
            found[:] = [control for control in self.controls[after:] if isinstance(control, kind)]
            return bool(found)

        await self.until(look)
        return found[0]

    @property
    def path(self) -> str:
        """Where the document lives, as far as this client was told."""
        return self.url.partition("/documents/")[2]

    @property
    def hello(self) -> Hello:
        """The newest greeting."""
        return [control for control in self.controls if isinstance(control, Hello)][-1]

    def _changed(self, event: TransactionEvent) -> None:
        if not self._from_server and event.update != EMPTY_UPDATE:
            self._outgoing.append(event.update)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        try:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.BINARY:
                    await self._take(message.data)
                    self._news.set()
            self.close_code = socket.close_code or 1006
        finally:
            self._news.set()

    async def _take(self, frame: bytes) -> None:
        self.frames.append(frame)
        for message in decode_frame(frame):
            if isinstance(message, SyncMessage):
                if message.kind == SyncType.STEP_1:
                    self._outgoing.clear()
                    self.sent += 1
                    await self.send(encode_sync(SyncType.STEP_2, self.doc.get_update(message.payload)))
                    continue
                self._from_server = True
                self.doc.apply_update(message.payload)
                self._from_server = False
                self.synced = self.synced or message.kind == SyncType.STEP_2
            elif isinstance(message, AwarenessMessage):
                for entry in decode_awareness(message.payload):
                    self.presence[entry.client_id] = entry
            elif isinstance(message, ControlMessage):
                control = _decode(message.payload)
                self.controls.append(control)
                if isinstance(control, Acknowledged):
                    self.acknowledged = control.count
                elif isinstance(control, Hello):
                    self.history_id = control.history_id
                elif isinstance(control, Moved):
                    self.url = self.url.partition("/documents/")[0] + "/documents/" + control.path


async def save(client: Client) -> None:
    """Have everything in the file that this client has sent and seen."""
    client.sent += 1
    # Its acknowledgement tells the version of now; without it, a save that began before would do.
    await client.send(encode_sync(SyncType.UPDATE, EMPTY_UPDATE))
    await client.until_acknowledged()
    version = max(control.version for control in client.controls if isinstance(control, Acknowledged))
    await client.save_now()
    await client.until(
        lambda: any(isinstance(control, Saved) and control.version >= version for control in client.controls)
    )
