"""One feed: what its client holds, what may have changed, and the events that bring the one to the other.

A feed never trusts a change for its content. A change only *touches* it: it says which rows to read again. They are
read by the feed's own query, and the difference to what the client holds is sent. So whatever the order and number of
changes, after the last one the client holds what a fresh query would give.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from studium.hub.database import Connection
from studium.hub.tables.parse import ROWS
from studium.hub.tables.select import Key, Plan, encode
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.tables import Change, ChangeAction

if TYPE_CHECKING:
    from studium.hub.tables.connection import FeedConnection

TOUCHED_KEYS = 500  # past this, reading all of a feed again is cheaper than reading so many rows by key
BUFFER_EVENTS = 200  # what a client that reconnects can catch up on; past it, it gets a fresh snapshot
BUFFER_BYTES = 64 * 1024


@dataclass(slots=True)
class Touch:
    """What may have changed since a feed was last read, and the transactions that must be visible before it is."""

    keys: set[Key] = field(default_factory=set)
    scopes: set[UUID] = field(default_factory=set)
    whole: bool = False
    transactions: set[int] = field(default_factory=set)

    def __bool__(self) -> bool:
        return self.whole or bool(self.keys) or bool(self.scopes)

    def add(self, other: "Touch") -> None:
        """Take in another touch."""
        self.keys |= other.keys
        self.scopes |= other.scopes
        self.whole = self.whole or other.whole
        self.transactions |= other.transactions
        if len(self.keys) > TOUCHED_KEYS:
            self.whole = True
            self.keys.clear()


@dataclass(frozen=True, slots=True)
class Event:
    """One difference, without the id under which it travels."""

    seq: int
    action: ChangeAction
    row: bytes

    def frame(self, feed_id: int) -> bytes:
        """The message to the client."""
        row = msgspec.Raw(self.row)
        if self.action is ChangeAction.DELETE:
            return _encoder.encode(Change(id=feed_id, seq=self.seq, action=self.action, old=row))  # type: ignore[arg-type]
        return _encoder.encode(Change(id=feed_id, seq=self.seq, action=self.action, new=row))  # type: ignore[arg-type]


_encoder = msgspec.json.Encoder()
_ACTIONS = {action[0].encode(): action for action in (ChangeAction.INSERT, ChangeAction.UPDATE, ChangeAction.DELETE)}


class Feed:
    """A get of many that goes on. ``connection`` is none while the client is away. A hub has very many, most of them
    quiet: what only a change needs is made when one comes."""

    __slots__ = (
        "_buffer",
        "_buffered_bytes",
        "_held",
        "closed",
        "connection",
        "evaluated_at",
        "feed_id",
        "open",
        "plan",
        "queued",
        "requester",
        "seq",
        "touched",
    )

    def __init__(self, feed_id: int, plan: Plan, connection: "FeedConnection") -> None:
        self.feed_id = feed_id
        self.plan = plan
        self.requester = plan.requester
        self.connection: FeedConnection | None = connection
        self.touched: Touch | None = None
        self.open = False  # its snapshot was sent
        self.closed = False
        self.queued = False
        self.evaluated_at = float("-inf")
        self.seq = 0
        # Bytes alone, by packed key and in a row: what many feeds hold must not be walked through by the garbage
        # collector, which would stop the hub for as long.
        self._held: dict[bytes, bytes] = {}
        self._buffer: deque[bytes] | None = None  # the newest events, one number after the other: action and row
        self._buffered_bytes = 0

    @property
    def rows(self) -> int:
        """How many rows the client holds."""
        return len(self._held)

    def touch(self, touch: Touch) -> None:
        """Rows of it may have changed."""
        if self.touched is None:
            self.touched = Touch()
        self.touched.add(touch)

    def take_touched(self) -> Touch:
        """What was touched since the last time."""
        touched, self.touched = self.touched, None
        return touched or Touch()

    async def snapshot(self, connection: Connection) -> Any:
        """Read all; return the result for the client, who holds just that from now on."""
        await self.plan.check(connection)
        rows = await self.plan.fetch(connection)
        self._held = {self.plan.pack(key): encode(row) for key, row in rows.items()}
        self._buffer = None
        self._buffered_bytes = 0
        return self.plan.answer(rows)

    async def read(self, connection: Connection, touch: Touch) -> dict[Key, dict[str, Any]]:
        """Read again what was touched."""
        if self.needs_all(touch):
            return await self.plan.fetch(connection)
        return await self.plan.fetch_touched(connection, touch.keys, touch.scopes)

    def needs_all(self, touch: Touch) -> bool:
        """Whether the touched rows alone do not tell what the client should hold."""
        return touch.whole or self.plan.bounded

    def difference(self, touch: Touch, rows: dict[Key, dict[str, Any]]) -> list[Event]:
        """The events that bring the client to what was read. Raises ``too_large``."""
        found = {self.plan.pack(key): encode(row) for key, row in rows.items()}
        if self.needs_all(touch):
            gone = [key for key in self._held if key not in found]
        else:
            candidates = {self.plan.pack(key) for key in touch.keys}
            if touch.scopes:
                scopes = {str(scope) for scope in touch.scopes}
                candidates.update(key for key in self._held if self.plan.scope_of(key) in scopes)
            gone = [key for key in candidates if key in self._held and key not in found]
        events = [self._event(ChangeAction.DELETE, self._identity(key, self._held.pop(key))) for key in gone]
        for key, row in found.items():
            before = self._held.get(key)
            if before != row:
                self._held[key] = row
                events.append(self._event(ChangeAction.INSERT if before is None else ChangeAction.UPDATE, row))
        if len(self._held) > ROWS:
            raise StudiumError(
                ErrorCode.TOO_LARGE,
                f"This feed has grown past {ROWS} rows of {self.plan.table.name}. Follow fewer with the option limit.",
            )
        return events

    def missed_since(self, seq: int) -> list[Event] | None:
        """The events after ``seq``, or none when some of them are no longer kept."""
        buffer = self._buffer or ()
        first = self.seq - len(buffer) + 1
        if not first - 1 <= seq <= self.seq:
            return None
        return [
            Event(number, _ACTIONS[kept[:1]], kept[1:]) for number, kept in enumerate(buffer, first) if number > seq
        ]

    def _event(self, action: ChangeAction, row: bytes) -> Event:
        self.seq += 1
        if self._buffer is None:
            self._buffer = deque()
        self._buffer.append(action[0].encode() + row)
        self._buffered_bytes += len(row)
        while len(self._buffer) > BUFFER_EVENTS or self._buffered_bytes > BUFFER_BYTES:
            self._buffered_bytes -= len(self._buffer.popleft()) - 1
        return Event(self.seq, action, row)

    def _identity(self, key: bytes, row: bytes) -> bytes:
        """Of a row that is gone: the primary key and the filter fields."""
        values = msgspec.json.decode(row)
        identity = {name: values[name] for name in self.plan.filter_columns}
        identity |= zip(self.plan.table.key, msgspec.json.decode(key), strict=True)
        return encode(identity)
