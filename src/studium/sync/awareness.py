"""Awareness: who is in a document, and where. Encoding, and the states that a server keeps.

A state belongs to the connection that brought it: only that connection may change it, and it is removed with the
connection. Stock clients echo the states of others back; those echoes are recognised by owner and clock and dropped.
Source of the format and of the clock rules: y-protocols ``awareness.js``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from studium.sync.wire import Decoder, ProtocolError, encode_varstring, encode_varuint

MAX_STATE_BYTES = 64 * 1024  # a cursor and a name take 300 bytes
MAX_ENTRIES = 10_000  # in one message: stock clients echo everybody's
MAX_STATES_PER_OWNER = 4  # one a client; two more for a client that reloaded its document
MAX_REMEMBERED_CLOCKS = 2_000  # of clients that have left, so that a late echo does not bring them back

State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AwarenessEntry:
    """The state of one client, None when it has left."""

    client_id: int
    clock: int
    state: State | None


def decode_awareness(payload: bytes) -> list[AwarenessEntry]:
    """The entries of an awareness update. Raises ``ProtocolError``."""
    decoder = Decoder(payload)
    count = decoder.varuint()
    if count > MAX_ENTRIES:
        raise ProtocolError(f"An awareness message may hold {MAX_ENTRIES} states at most; got {count}.")
    entries = []
    for _ in range(count):
        client_id, clock = decoder.varuint(), decoder.varuint()
        json = decoder.varbytes()
        if len(json) > MAX_STATE_BYTES:
            raise ProtocolError(f"An awareness state may take {MAX_STATE_BYTES} bytes at most; got {len(json)}.")
        try:
            state = msgspec.json.decode(json) if json else None
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            raise ProtocolError("An awareness state is not valid JSON.") from None
        if state is not None and not isinstance(state, dict):
            raise ProtocolError("An awareness state must be an object or null.")
        entries.append(AwarenessEntry(client_id, clock, state))
    if not decoder.at_end:
        raise ProtocolError("An awareness message is longer than its states.")
    return entries


def encode_awareness_entries(entries: Iterable[tuple[int, int, bytes]]) -> bytes:
    """An awareness update of ``(client id, clock, state as JSON)``."""
    encoded = [
        encode_varuint(client_id) + encode_varuint(clock) + encode_varuint(len(json)) + json
        for client_id, clock, json in entries
    ]
    return encode_varuint(len(encoded)) + b"".join(encoded)


def encode_awareness_state(client_id: int, clock: int, state: State | None) -> bytes:
    """An awareness update of one client; for clients and tests."""
    json = msgspec.json.encode(state).decode()
    return encode_varuint(1) + encode_varuint(client_id) + encode_varuint(clock) + encode_varstring(json)


class Owner(NamedTuple):
    """A connection, and the person behind it: a person may take over states of an earlier connection."""

    person: str
    connection: int


@dataclass(slots=True)
class _Known:
    owner: Owner
    clock: int
    json: bytes | None  # None: has left; kept so that a late echo does not bring the client back


class AwarenessStates:
    """The states of everybody in one document."""

    __slots__ = ("_left", "_owned", "_states")

    def __init__(self) -> None:
        self._states: dict[int, _Known] = {}
        self._owned: dict[Owner, set[int]] = {}
        self._left: dict[int, _Known] = {}  # oldest first

    def __len__(self) -> int:
        return len(self._states)

    def apply(self, owner: Owner, entries: Iterable[AwarenessEntry], force: Callable[[State], State]) -> set[int]:
        """Take what ``owner`` says about its own clients; the client ids that changed.

        ``force`` sets the fields that a client may not choose.
        """
        changed: set[int] = set()
        owned = self._owned.setdefault(owner, set())
        for entry in entries:
            known = self._states.get(entry.client_id) or self._left.get(entry.client_id)
            if not _is_news(owner, entry, known):
                continue
            if entry.state is None:
                self._leave(entry.client_id, entry.clock)
            elif entry.client_id in owned or len(owned) < MAX_STATES_PER_OWNER:
                if known is not None and known.owner in self._owned:
                    self._owned[known.owner].discard(entry.client_id)
                self._left.pop(entry.client_id, None)
                self._states[entry.client_id] = _Known(owner, entry.clock, msgspec.json.encode(force(entry.state)))
                owned.add(entry.client_id)
            else:
                continue
            changed.add(entry.client_id)
        return changed

    def remove_owner(self, owner: Owner) -> set[int]:
        """The connection is closed: its states go; their client ids."""
        gone = self._owned.get(owner, set()).copy()
        for client_id in gone:
            self._leave(client_id, self._states[client_id].clock)
        self._owned.pop(owner, None)
        return gone

    def encode(self, client_ids: Iterable[int]) -> bytes:
        """An awareness update of these clients, with null for those who left."""
        entries = []
        for client_id in client_ids:
            known = self._states.get(client_id) or self._left.get(client_id)
            if known is not None:
                entries.append((client_id, known.clock, known.json or b"null"))
        return encode_awareness_entries(entries)

    def encode_all(self) -> bytes:
        """An awareness update of everybody here."""
        return self.encode(self._states)

    def _leave(self, client_id: int, clock: int) -> None:
        known = self._states.pop(client_id)
        self._owned[known.owner].discard(client_id)
        self._left[client_id] = _Known(known.owner, clock, None)
        while len(self._left) > MAX_REMEMBERED_CLOCKS:
            del self._left[next(iter(self._left))]


def _is_news(owner: Owner, entry: AwarenessEntry, known: _Known | None) -> bool:
    """Whether ``owner`` says this about a client of its own, and for the first time."""
    if known is None:
        return entry.state is not None
    if known.json is None:  # has left: the same person may come back with the clock it had
        same = known.owner.person == owner.person
        return entry.state is not None and (entry.clock > known.clock or (same and entry.clock == known.clock))
    if known.owner == owner:
        return entry.clock > known.clock or (entry.clock == known.clock and entry.state is None)
    return known.owner.person == owner.person and entry.clock > known.clock
