"""Yjs updates that no honest client sends, and some that one might, built by hand. All are for the root text."""

from studium.protocol.documents import SyncType
from studium.sync.wire import encode_sync, encode_varstring

MALLORY = 77  # a client id
IN_ROOT = b"\x01" + encode_varstring("source")  # the place of a part that has no neighbours
NO_DELETIONS = b"\0"
STRING, TYPE, ANY, DOC = 4, 7, 8, 9
MAP, XML_ELEMENT = 1, 3


def number(value: int) -> bytes:
    """A varuint, also of values that are out of range."""
    out = bytearray()
    while value > 127:
        out.append(128 | value & 127)
        value >>= 7
    out.append(value)
    return bytes(out)


def update(parts: list[bytes], client: int = MALLORY, clock: int = 0) -> bytes:
    """An update of one client."""
    return number(1) + number(len(parts)) + number(client) + number(clock) + b"".join(parts) + NO_DELETIONS


def text(content: str, root: str = "source") -> bytes:
    """A part: text at the start of the root."""
    return bytes([STRING]) + b"\x01" + encode_varstring(root) + encode_varstring(content)


def nested_values(depth: int, named: bool = False) -> bytes:
    """An array in an array in an array …, or an object in an object."""
    level = b"\x76\x01\x01k" if named else b"\x75\x01"
    return update([bytes([ANY]) + IN_ROOT + number(1) + level * depth + b"\x7e"])


def nested_options(depth: int) -> bytes:
    """A subdocument whose options are nested."""
    return update([bytes([DOC]) + IN_ROOT + encode_varstring("id") + b"\x76\x01\x01k" * depth + b"\x7e"])


def nested_types(depth: int, kind: int = MAP) -> bytes:
    """A shared type in a shared type in a shared type …"""
    name = encode_varstring("x") if kind == XML_ELEMENT else b""
    key, info = (encode_varstring("k"), TYPE | 32) if kind == MAP else (b"", TYPE)
    parts = [bytes([info]) + IN_ROOT + key + number(kind) + name]
    return update(
        parts
        + [
            bytes([info]) + b"\0" + number(MALLORY) + number(clock) + key + number(kind) + name
            for clock in range(depth - 1)
        ]
    )


def contradiction(client: int = MALLORY) -> bytes:
    """Text within text, which cannot be: the library fails in the middle of it."""
    return update([text("abc"), bytes([STRING]) + b"\0" + number(client) + number(0) + encode_varstring("x")], client)


def many_clients(count: int) -> list[bytes]:
    """Updates of one letter each at the same place, each by another client: every one is compared with all others."""
    return [update([text("a")], client) for client in range(1, count + 1)]


def many_deletions(client: int, count: int) -> bytes:
    """Every other letter of what a client typed, each by itself."""
    ranges = b"".join(number(2 * clock) + number(1) for clock in range(count))
    return number(0) + number(1) + number(client) + number(count) + ranges


def false_claims() -> list[bytes]:
    """Updates that announce more than there is, or than there can be."""
    head = number(1) + number(1) + number(MALLORY) + number(0)
    claims = []
    for size in (2**20, 2**24, 2**26, 2**28, 2**32 - 1, 2**53 - 1, 2**63):
        claims += [
            number(size) + number(1) + number(1) + number(0),  # clients
            number(1) + number(size) + number(1) + number(0),  # parts
            head + bytes([STRING]) + IN_ROOT + number(size) + b"abc",
            head + bytes([ANY]) + IN_ROOT + number(size) + b"\x7e",
            head + bytes([ANY]) + IN_ROOT + number(1) + b"\x75" + number(size) + b"\x7e",
            head + bytes([ANY]) + IN_ROOT + number(1) + b"\x76" + number(size) + b"\x7e",
            number(0) + number(size) + number(1),  # clients that deleted
            number(0) + number(1) + number(1) + number(size) + number(1),  # ranges
        ]
    return claims


def frames(updates: list[bytes], each: int) -> list[bytes]:
    """Update messages, so many in a frame."""
    messages = [encode_sync(SyncType.UPDATE, update) for update in updates]
    return [b"".join(messages[start : start + each]) for start in range(0, len(messages), each)]
