"""A load generator's side of a document: sockets that only count, and edits made beforehand.

Edits type ``MARK``, so that they are counted in whatever a server sends, merged and encoded anew or not. Nothing
is decoded but what the WebSocket needs, so that one core can load a server on another.
"""

import asyncio
import base64
import json
import random
import secrets
import time
from collections.abc import Callable
from typing import cast

from document_servers import Server
from pycrdt import Doc, Text, TransactionEvent

MARK = b"~=>"
END = b"~END"
MARK_EVERY = 100
OPEN_SECONDS_MAX = 10.0
ROOT = "source"
SYNC, AUTHENTICATE, CONTROL = 0, 2, 100
STEP_1, STEP_2, UPDATE = 0, 1, 2
_BINARY, _PING, _PONG = 0x82, 9, 0x8A


def varuint(number: int) -> bytes:
    """A lib0 unsigned integer."""
    out = bytearray()
    while number > 127:
        out.append(128 | number & 127)
        number >>= 7
    out.append(number)
    return bytes(out)


def edits(count: int, seed: int) -> list[bytes]:
    """Updates of one person who mostly types on and now and then jumps; each types ``MARK``."""
    chance, word = random.Random(seed), MARK.decode()
    place = length = 0

    def edit(text: Text) -> None:
        nonlocal place, length
        if chance.random() < 0.1:
            place = chance.randrange(length // len(word) + 1) * len(word)
        text.insert(place, word)
        place += len(word)
        length += len(word)

    return _record(edit, count)


def trace(count: int, seed: int) -> list[bytes]:
    """The history of a paper, as people write one: letter after letter, three of ten taken back, and now and then on to
    another place. Each ``MARK_EVERY``th edit types ``MARK``, and the last one ``END``."""
    chance = random.Random(seed)
    place = length = number = 0

    def edit(text: Text) -> None:
        nonlocal place, length, number
        number += 1
        word = "x"
        if number == count:
            place, word = length, END.decode()
        elif number % MARK_EVERY == 0:
            place, word = length, MARK.decode()
        elif length and chance.random() < 0.008:
            place = chance.randrange(length)
        if word == "x" and place > 0 and chance.random() < 0.3:
            place, length = place - 1, length - 1
            del text[place : place + 1]
            return
        text.insert(place, word)
        place += len(word)
        length += len(word)

    return _record(edit, count)


def _record(edit: Callable[[Text], None], count: int) -> list[bytes]:
    doc: Doc[Text] = Doc()
    text = doc.get(ROOT, type=Text)
    made: list[bytes] = []

    def note(event: TransactionEvent) -> None:
        made.append(event.update)

    subscription = doc.observe(note)
    for _ in range(count):
        edit(text)
    doc.unobserve(subscription)
    return made


def varbytes(data: bytes) -> bytes:
    """Bytes after their length."""
    return varuint(len(data)) + data


def update_message(update: bytes) -> bytes:
    """An update as a message."""
    return bytes((SYNC, UPDATE)) + varbytes(update)


def frame(payload: bytes, opcode: int = _BINARY) -> bytes:
    """A masked frame. The mask is zero, which RFC 6455 allows and costs nothing."""
    size = len(payload)
    if size < 126:
        head = bytes((opcode, 128 | size))
    elif size < 65536:
        head = bytes((opcode, 128 | 126)) + size.to_bytes(2)
    else:
        head = bytes((opcode, 128 | 127)) + size.to_bytes(8)
    return head + bytes(4) + payload


class LoadClient(asyncio.Protocol):
    """One client. ``marks`` counts the edits that came; ``on_news`` is called after each read with how
    many those were. ``name`` begins each message where the server wants that."""

    def __init__(self, path: str, studium: bool, name: bytes) -> None:
        self.marks = 0
        self.has_end = False
        self.acknowledged = 0
        self.content_bytes = 0
        self.synced_at = 0.0
        self.on_news: Callable[[int], None] | None = None
        self.synced: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport = cast(asyncio.WriteTransport, None)  # until connected
        self._path, self._studium, self._name = path, studium, name
        self._is_upgraded = False
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport = cast(asyncio.WriteTransport, transport)
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        lines = [
            f"GET {self._path} HTTP/1.1",
            "Host: 127.0.0.1",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
        ]
        if self._studium:
            lines.append("Sec-WebSocket-Protocol: studium.v1")
        transport.write("\r\n".join([*lines, "", ""]).encode())

    def send(self, message: bytes) -> None:
        """Send one message."""
        self.transport.write(self.framed(message))

    def framed(self, message: bytes) -> bytes:
        """A message as this client sends it."""
        return frame(self._name + message)

    def data_received(self, data: bytes) -> None:
        data = self._data + data
        position, marks = 0, self.marks
        if not self._is_upgraded:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._data = data
                return
            self._is_upgraded = True
            position = end + 4
            if self._name:
                self.send(bytes((AUTHENTICATE, 0)) + varbytes(b"token") + varbytes(b"4.7.0"))
            self.send(bytes((SYNC, STEP_1, 1, 0)))
        while (size_at := position + 2) <= len(data):
            size, start = data[position + 1], size_at
            if size == 126:
                size, start = int.from_bytes(data[start : start + 2]), start + 2
            elif size == 127:
                size, start = int.from_bytes(data[start : start + 8]), start + 8
            if start + size > len(data):
                break
            self._take(data[position] & 15, data[start : start + size])
            position = start + size
        self._data = data[position:]
        if self.on_news is not None:
            self.on_news(self.marks - marks)

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == _PING:
            self.transport.write(frame(payload, _PONG))
            return
        payload = payload[len(self._name) :]
        if payload[:1] == b"\x00":
            if payload[1] == STEP_2:
                self.content_bytes += len(payload)
                if not self.synced.done():
                    self.synced_at = time.perf_counter()
                    self.synced.set_result(None)
            elif payload[1] == STEP_1:
                self.send(bytes((SYNC, STEP_2, 2, 0, 0)))
                return
            self.marks += payload.count(MARK)
            self.has_end = self.has_end or END in payload
        elif payload[:1] == bytes((CONTROL,)) and b'"acknowledged"' in payload:
            self.acknowledged = json.loads(payload[payload.index(b"{") :])["count"]

    def connection_lost(self, exception: Exception | None) -> None:
        if not self.synced.done():
            self.synced.set_exception(ConnectionError("closed before the document came"))


async def join(server: Server, document: str, studium: bool = False) -> LoadClient:
    """A client that has the document."""
    loop = asyncio.get_running_loop()
    name = varbytes(document.encode()) if server.names_documents else b""
    path = "/" if name else server.prefix + document
    _, client = await loop.create_connection(lambda: LoadClient(path, studium, name), "127.0.0.1", server.port)
    await asyncio.wait_for(client.synced, OPEN_SECONDS_MAX)
    return client
