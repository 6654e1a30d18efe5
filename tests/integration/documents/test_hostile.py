"""Clients that mean harm, against a real server: they get an error or a wait, everybody else goes on typing.

While each attack runs, somebody types in the same document and somebody in another one of the project. What they typed
must be acknowledged and in the documents afterwards, within ``MAX_DELAY_SECONDS`` a letter; the server must live, in
bounded memory. What was seen is printed (``pytest -rP``).
"""

import asyncio
import random
import struct
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import cast

import aiohttp
import pytest
from pycrdt import Doc, Text

from clients import hostile
from clients.ydoc import Client
from studium.protocol.documents import SUBPROTOCOL, SyncType
from studium.sync.awareness import encode_awareness_entries, encode_awareness_state
from studium.sync.updates import EMPTY_UPDATE
from studium.sync.wire import (
    ProtocolError,
    SyncMessage,
    decode_frame,
    encode_awareness,
    encode_control,
    encode_sync,
    encode_varuint,
)

SERVER = Path(__file__).parents[2] / "clients" / "document_server.py"
MAX_DELAY_SECONDS = 60.0
"""The worst letter. What waits for the disk waits for all that others write there: more than ten seconds were seen."""
MAX_MEMORY_MB = 1_200
LETTER_SECONDS = 0.03
REFUSED = 4400
CLOSED_WHILE_SENDING = (REFUSED, 1006)
"""To who still sends, the reset of a connection that nobody reads any more may overtake the close."""


class Typist:
    """Types letter after letter, comes back when the connection ends, and notes how long each letter took."""

    def __init__(self, session: aiohttp.ClientSession, url: str, name: str) -> None:
        self.client = Client(session, url, name=name)
        self.letters = 0
        self.delays: list[float] = []
        self.reconnects = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Type until told to stop, and once more."""
        await self.client.connect()
        while True:
            last = stop.is_set()
            began = time.monotonic()
            self.letters += 1
            await self.client.append("☺")
            await self._acknowledged()
            self.delays.append(time.monotonic() - began)
            if last:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LETTER_SECONDS)

    async def _acknowledged(self) -> None:
        client = self.client
        while True:
            await client.until(
                lambda: client.acknowledged >= client.sent or client.close_code is not None, MAX_DELAY_SECONDS
            )
            if client.close_code is None:
                return
            assert client.close_code in (4503, 1006), f"an honest client was closed with {client.close_code}"
            self.reconnects += 1
            await client.disconnect()
            await client.connect()


class Mallory:
    """Has an account and raw sockets."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self.url = url
        self.closes: list[int] = []
        self.is_one_account = False  # else each connection is another account's, which nobody has warned
        self._connections = 0

    async def open(self) -> aiohttp.ClientWebSocketResponse:
        self._connections += 1
        name = "Mallory" if self.is_one_account else f"Mallory {self._connections}"
        return await self._session.ws_connect(
            self.url, headers={"X-Name": name}, protocols=(SUBPROTOCOL,), max_msg_size=0
        )

    async def send(self, *frames: bytes) -> int | None:
        """Send on a connection of their own, reading what comes; the close code, or None when all was taken."""
        socket = await self.open()
        answered = asyncio.create_task(self._read(socket, 1 + sum(map(count_of, frames))))
        with suppress(ConnectionError, aiohttp.ClientError):
            for frame in frames:
                await socket.send_bytes(frame)
            await socket.send_bytes(encode_sync(SyncType.UPDATE, EMPTY_UPDATE))
        code = await asyncio.wait_for(answered, 60)
        await socket.close()
        if code is not None:
            self.closes.append(code)
        return code

    async def _read(self, socket: aiohttp.ClientWebSocketResponse, sent: int) -> int | None:
        """Until all that was sent is acknowledged."""
        marker = f'"count":{sent},'.encode()
        async for message in socket:
            if (
                message.type is aiohttp.WSMsgType.BINARY
                and marker in message.data
                and b'"acknowledged"' in message.data
            ):
                return None
        return socket.close_code


def count_of(frame: bytes) -> int:
    """How many messages of a frame are acknowledged."""
    try:
        messages = decode_frame(frame)
    except ProtocolError:
        return 0
    return sum(isinstance(message, SyncMessage) and message.kind != SyncType.STEP_1 for message in messages)


Attack = Callable[[Mallory, Typist], Awaitable[None]]


async def garbage(mallory: Mallory, _victim: Typist) -> None:
    """Random bytes of every kind of message."""
    chance = random.Random(1)
    for _ in range(150):
        body = chance.randbytes(chance.choice([0, 1, 3, 20, 400, 70_000]))
        head = chance.choice(
            [b"", b"\0\0", b"\0\1", b"\0\2", b"\1", b"\3", b"\x64", b"\0\2" + encode_varuint(len(body))]
        )
        await mallory.send(head + body)
    assert set(mallory.closes) == {REFUSED}
    assert len(mallory.closes) > 100


async def truncated(mallory: Mallory, _victim: Typist) -> None:
    """A good update, cut at every byte."""
    whole = hostile.update([hostile.text("good text")])
    for end in range(1, len(whole)):
        assert await mallory.send(encode_sync(SyncType.UPDATE, whole[:end])) == REFUSED


async def false_claims(mallory: Mallory, _victim: Typist) -> None:
    """Small updates that announce 2^53 parts."""
    for claim in hostile.false_claims():
        assert await mallory.send(encode_sync(SyncType.UPDATE, claim)) == REFUSED, claim


async def nested_values(mallory: Mallory, _victim: Typist) -> None:
    """What would overflow the stack of the CRDT library and end the process, as an edit and a second step."""
    for depth in (30_000, 1_000_000):
        for update in (
            hostile.nested_values(depth),
            hostile.nested_values(depth, named=True),
            hostile.nested_options(depth),
        ):
            for kind in (SyncType.UPDATE, SyncType.STEP_2):
                assert await mallory.send(encode_sync(kind, update)) == REFUSED
    assert await mallory.send(encode_sync(SyncType.UPDATE, hostile.nested_values(90))) is None


async def nested_types(mallory: Mallory, _victim: Typist) -> None:
    """Maps in maps and elements in elements, other roots, and marks of deep JSON."""
    for kind in (hostile.MAP, hostile.XML_ELEMENT):
        assert await mallory.send(encode_sync(SyncType.UPDATE, hostile.nested_types(10_000, kind))) is None
    roots = [hostile.update([hostile.text("a", f"root {n}")], 1000 + n) for n in range(2_000)]
    assert await mallory.send(*hostile.frames(roots, 1_000)) is None
    json = b"[" * 100_000 + b"]" * 100_000
    for head in (b"\x05", b"\x06"):  # an embed, a mark
        key = b"\1b" if head == b"\x06" else b""
        part = head + hostile.IN_ROOT + key + encode_varuint(len(json)) + json
        assert await mallory.send(encode_sync(SyncType.UPDATE, hostile.update([part], 5))) == REFUSED


async def deep_json(mallory: Mallory, _victim: Typist) -> None:
    """Presence and control messages of deep JSON."""
    for depth in (500, 10_000, 30_000):
        json = b'{"a":' + b"[" * depth + b"]" * depth + b"}"
        states = encode_awareness_entries([(5, 1, json)])
        assert await mallory.send(encode_awareness(states)) in (None, REFUSED)
        assert await mallory.send(encode_control(json)) in (None, REFUSED)
        assert await mallory.send(encode_control(json[5:-1])) == REFUSED


async def one_huge_insert(mallory: Mallory, _victim: Typist) -> None:
    """31 MB in one update, and a frame past the limit."""
    update = hostile.update([hostile.text("m" * 31_000_000)])
    assert await mallory.send(encode_sync(SyncType.UPDATE, update)) is None
    assert await mallory.send(b"\0\2" + bytes(33 * 2**20)) in (1009, *CLOSED_WHILE_SENDING)


async def a_million_parts(mallory: Mallory, _victim: Typist) -> None:
    """One update of a million letters, each a part of its own."""
    update = hostile.update([hostile.text("m")] * 1_000_000)
    assert await mallory.send(encode_sync(SyncType.UPDATE, update)) is None


async def many_updates_in_few_frames(mallory: Mallory, _victim: Typist) -> None:
    """10,000 messages in each of 10 frames."""
    updates = [hostile.update([hostile.text("m")], hostile.MALLORY, clock) for clock in range(100_000)]
    assert await mallory.send(*hostile.frames(updates, 10_000)) is None


async def many_frames(mallory: Mallory, _victim: Typist) -> None:
    """20,000 frames, as fast as they go."""
    updates = [hostile.update([hostile.text("m")], hostile.MALLORY, clock) for clock in range(20_000)]
    assert await mallory.send(*hostile.frames(updates, 1)) is None


async def many_clients_at_one_place(mallory: Mallory, _victim: Typist) -> None:
    """Each of 4,000 insertions is compared with all before it."""
    assert await mallory.send(*hostile.frames(hostile.many_clients(4_000), 4_000)) is None


async def many_deletions(mallory: Mallory, _victim: Typist) -> None:
    """A long text, and then every other letter of it deleted by itself."""
    doc: Doc[Text] = Doc(client_id=hostile.MALLORY)
    doc.get("source", type=Text).insert(0, "m" * 80_000)
    deletions = hostile.many_deletions(hostile.MALLORY, 40_000)
    frames = [encode_sync(SyncType.UPDATE, update) for update in (doc.get_update(), deletions)]
    assert await mallory.send(*frames) is None


async def presence(mallory: Mallory, victim: Typist) -> None:
    """10,000 states in a message, and states of 64 kB one after the other."""
    crowd = encode_awareness_entries([(client, 1, b'{"a":1}') for client in range(10_000)])
    assert await mallory.send(*[encode_awareness(crowd)] * 50) is None
    assert len(victim.client.presence) < 50
    loud = {"a": "m" * 65_000}
    frames = [encode_awareness(encode_awareness_state(5, clock, loud)) for clock in range(1, 500)]
    assert await mallory.send(*frames) is None
    assert await mallory.send(b"\3" * 10_000) is None


async def state_vectors(mallory: Mallory, _victim: Typist) -> None:
    """A first step that names a million clients, and one that names 2^53."""
    vector = encode_varuint(10**6) + b"".join(encode_varuint(n) + b"\1" for n in range(10**6))
    assert await mallory.send(encode_sync(SyncType.STEP_1, vector)) in (None, REFUSED)
    assert await mallory.send(encode_sync(SyncType.STEP_1, vector * 3)) == REFUSED
    for announced in (2**26, 2**28, 2**53 - 1):
        assert await mallory.send(encode_sync(SyncType.STEP_1, encode_varuint(announced) + b"\1\1")) == REFUSED


async def updates_that_wait_for_ever(mallory: Mallory, _victim: Typist) -> None:
    """They rest on what never comes: first many, then large ones, again and again."""
    small = [hostile.update([hostile.text("m")], 9, 2 * n + 2) for n in range(4_000)]
    assert await mallory.send(*hostile.frames(small, 500)) == REFUSED
    for client in range(20, 24):
        large = [hostile.update([hostile.text("m" * 1_000_000)], client, 10**7 * (n + 1)) for n in range(12)]
        assert await mallory.send(*hostile.frames(large, 1)) in CLOSED_WHILE_SENDING


async def first_steps(mallory: Mallory, victim: Typist) -> None:
    """Each asks for the whole document, and nobody reads the answers."""
    await victim.client.append("long " * 200_000)
    socket = await mallory.open()
    cast(asyncio.Transport, socket._response.connection.transport).pause_reading()  # type: ignore[union-attr]
    step = encode_sync(SyncType.STEP_1, b"\0")
    other = [encode_sync(SyncType.STEP_1, b"\1" + encode_varuint(n + 1) + b"\1") for n in range(5_000)]
    for frame in [step * 10_000] * 5 + [b"".join(other)] * 3:
        await socket.send_bytes(frame)
    await asyncio.sleep(1)
    await socket.close()
    # Read, each answer costs no more than it brings.
    await mallory.send(step * 2_000, b"".join(other))


async def saves(mallory: Mallory, _victim: Typist) -> None:
    """Asks for the file to be written, 200,000 times."""
    assert await mallory.send(*[encode_control(b'{"type":"save_now"}') * 10_000] * 20) is None


async def reads_nothing(mallory: Mallory, victim: Typist) -> None:
    """Connects, asks for the document, and never reads while others type a lot."""
    sockets = [await mallory.open() for _ in range(20)]
    for socket in sockets:
        await socket.send_bytes(encode_sync(SyncType.STEP_1, b"\0"))
        cast(asyncio.Transport, socket._response.connection.transport).pause_reading()  # type: ignore[union-attr]
    for _ in range(20):
        await victim.client.append("m" * 500_000)
        await victim.client.until_acknowledged()
    for socket in sockets:
        cast(asyncio.Transport, socket._response.connection.transport).abort()  # type: ignore[union-attr]


async def slow_frames(mallory: Mallory, _victim: Typist) -> None:
    """Announces frames of 31 MB and sends them byte by byte."""
    sockets = [await mallory.open() for _ in range(20)]
    for socket in sockets:
        transport = cast(asyncio.Transport, socket._response.connection.transport)  # type: ignore[union-attr]
        transport.write(struct.pack("!BBQ", 0x82, 0x80 | 127, 31 * 2**20) + bytes(4))
    for _ in range(20):
        for socket in sockets:
            transport = cast(asyncio.Transport, socket._response.connection.transport)  # type: ignore[union-attr]
            transport.write(b"\0")
        await asyncio.sleep(0.05)
    for socket in sockets:
        cast(asyncio.Transport, socket._response.connection.transport).abort()  # type: ignore[union-attr]


async def contradictions(mallory: Mallory, victim: Typist) -> None:
    """Updates on which the library fails in the middle: the document is opened afresh, and whoever sends them waits."""
    began = time.monotonic()
    mallory.is_one_account = True
    for client in range(100, 106):
        assert await mallory.send(encode_sync(SyncType.UPDATE, hostile.contradiction(client))) == REFUSED
    assert time.monotonic() - began > 0.5 + 1.0 + 2.0  # after the third time
    assert victim.reconnects <= 6


ATTACKS: list[Attack] = [
    garbage,
    truncated,
    false_claims,
    nested_values,
    nested_types,
    deep_json,
    one_huge_insert,
    a_million_parts,
    many_updates_in_few_frames,
    many_frames,
    many_clients_at_one_place,
    many_deletions,
    presence,
    state_vectors,
    updates_that_wait_for_ever,
    first_steps,
    saves,
    reads_nothing,
    slow_frames,
    contradictions,
]


@pytest.fixture
async def process(tmp_path: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A server in a process of its own, and its address."""
    (tmp_path / "home").mkdir()
    command = [sys.executable, str(SERVER), str(tmp_path / "home"), str(tmp_path / "state"), "0"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    port = int((await process.stdout.readline()).split()[1])
    yield process, f"ws://127.0.0.1:{port}/documents"
    if process.returncode is None:
        process.kill()
    await process.wait()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
async def test_others_go_on_typing(
    process: tuple[asyncio.subprocess.Process, str], session: aiohttp.ClientSession, attack: Attack
) -> None:
    server, url = process
    same, other = Typist(session, f"{url}/a.txt", "Ada"), Typist(session, f"{url}/b.txt", "Ben")
    mallory = Mallory(session, f"{url}/a.txt")
    stop = asyncio.Event()
    typing = [asyncio.create_task(typist.run(stop)) for typist in (same, other)]
    began = time.monotonic()
    try:
        await attack(mallory, same)
    finally:
        took = time.monotonic() - began
        stop.set()
        await asyncio.gather(*typing)
    assert server.returncode is None
    memory = peak_memory_mb(server.pid)
    for typist, where in ((same, "same document"), (other, "another document")):
        print(f"{where}: {typist.letters} letters, the slowest {max(typist.delays) * 1000:.0f} ms", end="; ")
    print(f"attack {took:.1f} s, peak memory {memory} MB, closes {sorted(set(mallory.closes))}")
    for typist in (same, other):
        fresh = await Client(session, typist.client.url, name="Eve").connect()
        assert str(fresh.text).count("☺") == typist.letters
        await fresh.disconnect()
        await typist.client.disconnect()
        assert max(typist.delays) < MAX_DELAY_SECONDS
    assert memory < MAX_MEMORY_MB


def peak_memory_mb(pid: int) -> int:
    """The most that a process has held."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024
