"""Random programs over a room: clients that type, delete and vanish, links that delay and lose, commits that lag,
crashes.

Everything is in memory and driven by the program alone, so a failing one is replayed exactly. Laws, at the end of each:
all replicas equal the room; whatever was acknowledged is there once (or deleted, if its deletion was); nothing is there
twice; nothing is there that nobody typed.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID, uuid4

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Doc, Text, TransactionEvent

from studium.project.documents.connection import Connection
from studium.project.documents.room import Room
from studium.project.documents.store import DocumentRow, Loaded, SavedState, Store
from studium.protocol.documents import Acknowledged, ControlToClient, SyncType
from studium.protocol.errors import StudiumError
from studium.protocol.ids import AccountId, DocumentId, HistoryId, ProjectId
from studium.protocol.session import Identity, Role
from studium.sync.awareness import Owner, State
from studium.sync.updates import EMPTY_UPDATE
from studium.sync.wire import ControlMessage, SyncMessage, decode_frame, encode_sync

PEERS = 3
_ROW = DocumentRow(1, DocumentId(UUID(int=1)), HistoryId(UUID(int=2)), 7, False)


@dataclass
class MemoryStore:
    """A log whose commits happen when the program says so; a crash loses what is not committed."""

    committed: list[bytes] = field(default_factory=list)
    checkpoints: list[tuple[int, bytes]] = field(default_factory=list)
    queue: list[tuple[list[bytes], Callable[[Exception | None], None]]] = field(default_factory=list)
    trouble: StudiumError | None = None

    def append(
        self,
        number: int,
        sequence: int,
        runs: list[tuple[AccountId | None, list[bytes]]],
        done: Callable[[Exception | None], None],
        saved: SavedState | None = None,
    ) -> None:
        updates = [update for _, run in runs for update in run]
        waiting = sum(len(queued) for queued, _ in self.queue)
        assert sequence == len(self.committed) + waiting + 1
        self.queue.append((updates, done))

    def checkpoint(self, number: int, version: int, snapshot: bytes) -> None:
        if not self.queue:  # else it commits after what is queued: a crash may come before
            self.checkpoints.append((version, snapshot))

    def commit(self) -> None:
        queue, self.queue = self.queue, []
        for updates, done in queue:
            self.committed += updates
            done(None)

    def loaded(self) -> Loaded:
        version, snapshot = self.checkpoints[-1] if self.checkpoints else (0, None)
        return Loaded(_ROW, len(self.committed), snapshot, version, self.committed[version:], None)


class Link:
    """A connection in memory: frames wait on both sides until the program delivers them."""

    def __init__(self, number: int) -> None:
        self.identity = Identity(AccountId(uuid4()), "Ada", 1, Role.COLLABORATOR, ProjectId(uuid4()), 2**40)
        self.owner = Owner(str(self.identity.account_id), number)
        self.speaks_studium = True
        self.read_only = self.greeted = self.is_behind = self.has_full_outbox = False
        self.received = self.acknowledged = 0
        self.to_client: list[bytes] = []
        self.to_server: list[bytes] = []
        self.failure: StudiumError | None = None
        self.greeted_client = False
        self.counted = 0  # acknowledgements that the client has seen

    def write(self, frame: bytes) -> None:
        size = frame[1]
        self.to_client.append(frame[2 if size < 126 else 4 if size == 126 else 10 :])

    def send(self, message: bytes) -> None:
        self.to_client.append(message)

    def send_messages(self, messages: list[bytes]) -> None:
        if messages:
            self.to_client.append(b"".join(messages))

    def send_control(self, control: ControlToClient) -> None:
        json = msgspec.json.encode(control)
        self.to_client.append(b"\x64" + _varuint(len(json)) + json)

    def fail(self, error: StudiumError) -> None:
        self.failure = error

    def force_identity(self, state: State) -> State:
        return state


def _varuint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number & 127 | 128, number >> 7])


class Peer:
    """A client: a document that outlives its connections."""

    def __init__(self) -> None:
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


class World:
    """One room, its log, and its clients."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.peers = [Peer() for _ in range(PEERS)]
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
            self.room._write_checkpoint()
        elif act == "crash":
            self.crash()
            if place % 2:  # and with it everybody's memory: the log alone must hold what was promised
                self.peers = [Peer() for _ in range(PEERS)]
        elif act == "vanish":  # the tab is closed: only what was acknowledged is promised
            self.cut(peer)
            self.peers[which] = Peer()

    def connect(self, peer: Peer) -> None:
        if peer.link is None:
            self._links += 1
            peer.link = Link(self._links)
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
        self.store.queue.clear()
        self.room.connections.clear()
        self.room._inbox.clear()
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
    world = World()
    await world.settle()
    for act, which, place in program:
        await world.step(act, which, place)
    await world.settle()
    world.check()
    world.room.close()


@settings(max_examples=60, deadline=None)
@given(_PROGRAMS)
def test_nothing_acknowledged_is_lost_and_nothing_is_doubled(program: Any) -> None:
    asyncio.run(_run(program))
