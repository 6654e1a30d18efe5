"""A room without disk and network: a log whose commits happen when a test says so, and connections in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import msgspec

from studium.project.documents.store import DocumentRow, Loaded, SavedState
from studium.protocol.documents import ControlToClient
from studium.protocol.errors import StudiumError
from studium.protocol.ids import AccountId, DocumentId, HistoryId, ProjectId
from studium.protocol.session import Identity, Role
from studium.sync.awareness import Owner, State
from studium.sync.wire import encode_control

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

    def __init__(self, number: int, speaks_studium: bool = True) -> None:
        self.identity = Identity(AccountId(uuid4()), "Ada", 1, Role.COLLABORATOR, ProjectId(uuid4()), 2**40)
        self.owner = Owner(str(self.identity.account_id), number)
        self.speaks_studium = speaks_studium
        self.read_only = self.greeted = self.follows = self.is_behind = self.has_full_outbox = False
        self.received = self.acknowledged = 0
        self.to_client: list[bytes] = []
        self.to_server: list[bytes] = []
        self.failure: StudiumError | None = None
        self.greeted_client = False
        self.counted = 0  # acknowledgements that the client has seen

    def write(self, data: bytes) -> None:
        while data:
            size, start = data[1], 2
            if size >= 126:
                start = 4 if size == 126 else 10
                size = int.from_bytes(data[2:start])
            self.to_client.append(data[start : start + size])
            data = data[start + size :]

    def send(self, message: bytes) -> None:
        self.to_client.append(message)

    def send_messages(self, messages: list[bytes]) -> None:
        if messages:
            self.to_client += [b"".join(messages)] if self.speaks_studium else messages

    def send_control(self, control: ControlToClient) -> None:
        if self.speaks_studium:
            self.to_client.append(encode_control(msgspec.json.encode(control)))

    def fail(self, error: StudiumError) -> None:
        self.failure = error

    def force_identity(self, state: State) -> State:
        return state
