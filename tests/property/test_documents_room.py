"""Random programs over a room: clients that type, delete and vanish, links that delay and lose, commits that lag,
crashes.

Everything is in memory and driven by the program alone, so a failing one is replayed exactly. Laws, at the end of each:
all replicas equal the room; whatever was acknowledged is there once (or deleted, if its deletion was); nothing is there
twice; nothing is there that nobody typed.
"""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Doc, Text, TransactionEvent

from clients.memory import Link, MemoryStore
from studium.project.documents.connection import Connection
from studium.project.documents.room import Room
from studium.project.documents.store import Store
from studium.protocol.documents import Acknowledged, ControlToClient, SyncType
from studium.sync.updates import EMPTY_UPDATE
from studium.sync.wire import ControlMessage, SyncMessage, decode_frame, encode_sync

PEERS = 3


class Peer:
    """A client: a document that outlives its connections."""

    def __init__(self, speaks_studium: bool) -> None:
        self.speaks_studium = speaks_studium
        self.doc: Doc[Text] = Doc()
        self.text = self.doc.get("source", type=Text)
        self.link: Link | None = None
        self.sent: list[tuple[set[str], set[str]]] = []  # of this connection: letters put in and taken out by each
        self.open: list[tuple[set[str], set[str]]] = []  # not acknowledged, from earlier connections too
        self._quiet = False
        self._edit: bytes | None = None
        self._subscription = self.doc.observe(self._changed)

    def _changed(self, event: TransactionEvent) -> None:
        if not self._quiet and event.update != EMPTY_UPDATE:
            self._edit = event.update

    def edit(self, place: int, letter: str | None) -> None:
        content = str(self.text)
        put, taken = set(), set()
        if letter is not None:
            offset = len(content[: place % (len(content) + 1)].encode())
            self.text.insert(offset, letter)
            put.add(letter)
        elif content:
            index = place % len(content)
            offset = len(content[:index].encode())
            del self.text[offset : offset + len(content[index].encode())]
            taken.add(content[index])
        update, self._edit = self._edit, None
        if update is not None:
            self.open.append((put, taken))
            if self.link is not None and self.link.greeted_client:
                self.link.to_server.append(encode_sync(SyncType.UPDATE, update))
                self.sent.append((put, taken))

    def receive(self, frame: bytes, acknowledge: Callable[[tuple[set[str], set[str]]], None]) -> None:
        assert self.link is not None
        for message in decode_frame(frame):
            if isinstance(message, SyncMessage):
                if message.kind == SyncType.STEP_1:
                    answer = encode_sync(SyncType.STEP_2, self.doc.get_update(message.payload))
                    self.link.to_server.append(answer)
                    everything = (
                        {letter for put, _ in self.open for letter in put},
                        {letter for _, taken in self.open for letter in taken},
                    )
                    self.sent.append(everything)
                    self.link.greeted_client = True
                    continue
                self._quiet = True
                self.doc.apply_update(message.payload)
                self._quiet = False
            elif isinstance(message, ControlMessage):
                control = msgspec.json.decode(message.payload, type=ControlToClient)
                if isinstance(control, Acknowledged):
                    for _ in range(control.count - self.link.counted):
                        acknowledge(self.sent.pop(0))
                    self.link.counted = control.count


def _new_peer(number: int) -> Peer:
    """The last one is a stock client: it gets no acknowledgements, and frames of one message."""
    return Peer(speaks_studium=number < PEERS - 1)


class World:
    """One room, its log, and its clients."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.peers = [_new_peer(number) for number in range(PEERS)]
        self.room = self._new_room()
        self.typed: set[str] = set()
        self.kept: set[str] = set()
        self.deleted: set[str] = set()
        self.deleted_for_sure: set[str] = set()
        self._links = 0

    def _new_room(self) -> Room:
        return Room("a.txt", self.store.loaded(), cast(Store, self.store))

    def _acknowledge(self, edit: tuple[set[str], set[str]]) -> None:
        self.kept |= edit[0]
        self.deleted_for_sure |= edit[1]

    async def step(self, act: str, which: int, place: int) -> None:
        peer = self.peers[which]
        if act == "put":
            letter = chr(0x4E00 + len(self.typed))
            self.typed.add(letter)
            peer.edit(place, letter)
        elif act == "take":
            before = str(peer.text)
            peer.edit(place, None)
            self.deleted |= set(before) - set(str(peer.text))
        elif act == "connect":
            self.connect(peer)
        elif act == "cut":
            self.cut(peer)
        elif act == "up":
            for _ in range(place % 4 + 1):
                self.up(peer)
        elif act == "down":
            for _ in range(place % 4 + 1):
                self.down(peer)
        elif act == "commit":
            self.store.commit()
        elif act == "turn":
            for _ in range(place % 4 + 1):
                await asyncio.sleep(0)
        elif act == "checkpoint":
            await asyncio.sleep(0)
            self.room.log.checkpoint()
        elif act == "crash":
            self.crash()
            if place % 2:  # and with it everybody's memory: the log alone must hold what was promised
                self.peers = [_new_peer(number) for number in range(PEERS)]
        elif act == "vanish":  # the tab is closed: only what was acknowledged is promised
            self.cut(peer)
            self.peers[which] = _new_peer(which)

    def connect(self, peer: Peer) -> None:
        if peer.link is None:
            self._links += 1
            peer.link = Link(self._links, peer.speaks_studium)
            peer.sent = []
            self.room.join(cast(Connection, peer.link))
            peer.link.to_server.append(encode_sync(SyncType.STEP_1, peer.doc.get_state()))

    def cut(self, peer: Peer) -> None:
        if peer.link is not None:
            self.room.leave(cast(Connection, peer.link))
            peer.link = None

    def up(self, peer: Peer) -> bool:
        if peer.link is None or not peer.link.to_server:
            return False
        self.room.receive(cast(Connection, peer.link), peer.link.to_server.pop(0))
        assert peer.link.failure is None
        return True

    def down(self, peer: Peer) -> bool:
        if peer.link is None or not peer.link.to_client:
            return False
        peer.receive(peer.link.to_client.pop(0), self._acknowledge)
        return True

    def crash(self) -> None:
        for peer in self.peers:
            peer.link = None
        self.room.close()
        # A new store with what is on the disk: what the dead room still does goes nowhere.
        self.store = MemoryStore(self.store.committed.copy(), self.store.checkpoints.copy())
        self.room = self._new_room()

    async def settle(self) -> None:
        for peer in self.peers:
            self.connect(peer)
        busy = True
        while busy:
            busy = False
            for peer in self.peers:
                busy |= self.up(peer)
                busy |= self.down(peer)
            await asyncio.sleep(0)
            self.store.commit()
            await asyncio.sleep(0)
            busy |= any(peer.link and (peer.link.to_client or peer.link.to_server) for peer in self.peers)

    def check(self) -> None:
        text = self.room.text()
        for peer in self.peers:
            assert str(peer.text) == text
        assert len(set(text)) == len(text)
        assert set(text) <= self.typed
        assert self.kept - self.deleted <= set(text)
        assert not self.deleted_for_sure & set(text)
        again = self._new_room()
        assert again.text() == text


_ACTS = st.sampled_from(
    ["put"] * 6 + ["take"] * 2 + ["up"] * 6 + ["down"] * 6 + ["turn"] * 3 + ["commit"] * 3 + ["connect"] * 3
    + ["cut", "crash", "crash", "vanish", "checkpoint"]
)  # fmt: skip
_PROGRAMS = st.lists(st.tuples(_ACTS, st.integers(0, PEERS - 1), st.integers(0, 50)), min_size=30, max_size=120)


async def _run(program: list[tuple[str, int, int]]) -> None:
    errors: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: errors.append(context))
    world = World()
    await world.settle()
    for act, which, place in program:
        await world.step(act, which, place)
    await world.settle()
    world.check()
    world.room.close()
    assert not errors


@settings(max_examples=60, deadline=None)
@given(_PROGRAMS)
def test_nothing_acknowledged_is_lost_and_nothing_is_doubled(program: Any) -> None:
    asyncio.run(_run(program))
