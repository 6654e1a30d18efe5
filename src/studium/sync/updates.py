"""What an encoded Yjs update brings to a document, told without applying it.

A server needs two answers that the CRDT library does not give: whether an update is already wholly contained (a
reconnecting client sends all deletions each time; writing them to the log again would grow it for nothing), and whether
it still waits for one that has not come (the library keeps such updates aside and leaves them out of every snapshot).
"""

from pycrdt import get_update

from studium.sync.structs import structs
from studium.sync.wire import Decoder, ProtocolError, encode_varbytes, encode_varuint, unpack

EMPTY_UPDATE = b"\x00\x00"
EMPTY_STATE = b"\x00"
_BEYOND = 2**32 - 1  # no operation has a higher number


def decode_state(state: bytes) -> dict[int, int]:
    """A state vector: for each client the number of its operations known."""
    decoder = Decoder(state)
    return {decoder.varuint(): decoder.varuint() for _ in range(decoder.varuint())}


def encode_state(state: dict[int, int]) -> bytes:
    """The inverse of ``decode_state``."""
    return encode_varuint(len(state)) + b"".join(
        encode_varuint(client) + encode_varuint(clock) for client, clock in state.items()
    )


def is_integrated(update: bytes, state: bytes) -> bool:
    """Whether a document with this state vector holds all insertions of ``update``, and all that it deletes was there
    to be deleted. (It says nothing about whether the deletions have been made.)"""
    rest = get_update(update, state)
    if rest == EMPTY_UPDATE:
        return True
    if rest[0] != 0:  # the number of clients with insertions that are missing
        return False
    known = decode_state(state)
    decoder = Decoder(rest, 1)
    for _ in range(decoder.varuint()):
        client = decoder.varuint()
        clock = known.get(client, 0)
        for _ in range(decoder.varuint()):
            start = decoder.varuint()
            if start + decoder.varuint() > clock:
                return False
    return True


def gaps(update: bytes, state: bytes) -> set[int]:
    """The clients of whom ``update`` holds operations that come after others which neither it nor a document with this
    state vector holds. Yjs sets these aside; the library that we use on the server takes them in, and would show what
    no browser shows."""
    found: set[int] = set()
    known: dict[int, int] = {}
    if continues(update, state):
        return found
    try:
        if Decoder(update).varuint() == 0:
            return found
        for one in structs(update):
            end = known.get(one.client)
            if end is None:
                end = _clock_of(one.client, state)
            if one.clock > end:
                found.add(one.client)
            known[one.client] = max(end, one.clock + one.length)
    except ProtocolError:
        pass  # for the library to judge
    return found


def continues(update: bytes, state: bytes) -> bool:
    """Whether ``update`` is surely one struct without a gap before it, as nearly all are: told fast."""
    if update[:2] != b"\x01\x01":
        return False
    end = 2
    size = len(update)
    while end < size and update[end] > 127:
        end += 1
    end += 1
    clock = _number(update, end)
    if clock == 0:
        return True
    at = state.find(update[2:end], 1)  # the client; a number that only looks like it is very unlikely to be larger
    return 0 < clock <= _number(state, at + end - 2) if at > 0 else False


def _number(data: bytes, position: int) -> int:
    """The varuint at ``position``, -1 where there is none."""
    number = shift = 0
    for byte in data[position : position + 8]:
        number |= (byte & 127) << shift
        if byte < 128:
            return number
        shift += 7
    return -1


def without(update: bytes, clients: set[int]) -> bytes:
    """``update`` without what it inserts for ``clients``. Raises ``ValueError`` for one that is malformed."""
    return get_update(update, encode_state(dict.fromkeys(clients, _BEYOND)))


def _clock_of(client: int, state: bytes) -> int:
    decoder = Decoder(state)
    for _ in range(decoder.varuint()):
        found, clock = decoder.varuint(), decoder.varuint()
        if found == client:
            return clock
    return 0


def encode_snapshot(document: bytes, waiting: list[bytes]) -> bytes:
    """A checkpoint: the document as one update, and the updates that still wait for another."""
    return encode_varbytes(document) + b"".join(encode_varbytes(update) for update in waiting)


def decode_snapshot(snapshot: bytes) -> tuple[bytes, list[bytes]]:
    """The inverse of ``encode_snapshot``."""
    parts = unpack(snapshot)
    if not parts:
        raise ProtocolError("A checkpoint is empty.")
    return parts[0], parts[1:]
