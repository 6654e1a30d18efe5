"""Looks through an encoded Yjs update before the CRDT library is given it, and cuts a long one into several.

The library decodes nested values by recursion: some 26,000 arrays within each other, in 52 kB, overflow the stack and
end the whole process. It makes room for whatever an update announces, be it in 8 bytes. It takes an update in one go,
and one of a million parts takes seconds, or a minute where each deletes a letter by itself; nobody else's letters pass
meanwhile. So what comes from outside is looked through here: values may be nested ``MAX_NESTING`` deep, and an update
of more than ``MAX_PARTS`` parts (insertions and deleted ranges) becomes several that mean the same, to be applied one
after the other with pauses for others.

Source of the format: yjs ``UpdateDecoder.js``, ``structs/`` and lib0 ``decoding.js``.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from studium.sync.wire import Decoder, ProtocolError, encode_varuint

MAX_NESTING = 100  # of values in values; notebooks and their outputs need some ten
MAX_PARTS = 2_000  # in one update: applied within some 5 ms
PIECE_PARTS = 500
_SAFE_NESTING = 1_000  # no danger to the stack
SMALL_BYTES = 64 * 1024
"""An update that is smaller has too few parts to hold anybody up."""

_ARRAY, _OBJECT = 117, 118
_MAX_CLOCK = 2**32  # what the CRDT library counts with; it does not check sums

_GC, _SKIP = 0, 10
_XML_ELEMENT, _XML_HOOK = 3, 5  # types that have a name
_TYPES = 7
_FIXED_BYTES = {127: 0, 126: 0, 124: 4, 123: 8, 122: 8, 121: 0, 120: 0}


_announces_many = re.compile(rb"\A[\x80-\xff]|v[\x80-\xff]{2}").search


def needs_inspection(update: bytes) -> bool:
    """Whether a small update could do harm. Fast, for the common case that it cannot: each level of nesting takes one
    of two bytes, which are letters in ordinary text; and the library makes room for as many clients, and for as many
    fields of an object, as are announced, which takes seconds for some millions."""
    return update.count(_ARRAY) + update.count(_OBJECT) > _SAFE_NESTING or _announces_many(update) is not None


def split_update(update: bytes) -> list[bytes]:
    """``update`` itself, or what it says in several. Raises ``ProtocolError`` for what is malformed or nested too deep.
    Takes about a second for a million parts: call it from a thread unless the update is small."""
    walk = _Walk(update)
    try:
        pieces = list(walk.pieces())
    except IndexError:
        raise ProtocolError("An update ends within one of its parts.") from None
    return [update] if walk.parts <= MAX_PARTS else pieces


class _Section(NamedTuple):
    """Parts of one client that follow each other, as they are encoded."""

    client: int
    parts: int
    data: bytes


class _Walk(Decoder):
    """One pass over an update."""

    __slots__ = ("parts",)

    def __init__(self, update: bytes) -> None:
        super().__init__(update)
        self.parts = 0

    def pieces(self) -> Iterator[bytes]:
        """The same in updates of ``PIECE_PARTS`` parts each."""
        # An insertion passes those of lower clients at its place one by one: from the highest down there are none.
        insertions = sorted(self._insertions(), key=lambda section: -section.client)
        for sections in _gathered(insertions):
            yield encode_varuint(len(sections)) + b"".join(sections) + b"\0"
        for sections in _gathered(self._deletions()):
            yield b"\0" + encode_varuint(len(sections)) + b"".join(sections)
        if not self.at_end:
            raise ProtocolError(f"An update is longer than its parts, which end at byte {self.position}.")

    def _insertions(self) -> Iterator[_Section]:
        for _ in range(self.varuint()):
            left, client, clock = self.varuint(), self.varuint(), self.varuint()
            while left > 0:
                count, start, first = min(left, PIECE_PARTS), self.position, clock
                for _ in range(count):
                    clock += self._struct()
                if clock > _MAX_CLOCK:
                    raise ProtocolError("An update counts further than there can be operations.")
                left -= count
                head = encode_varuint(count) + encode_varuint(client) + encode_varuint(first)
                self.parts += count
                yield _Section(client, count, head + self.data[start : self.position])

    def _deletions(self) -> Iterator[_Section]:
        for _ in range(self.varuint()):
            client, left = self.varuint(), self.varuint()
            while left > 0:
                count, start = min(left, PIECE_PARTS), self.position
                for _ in range(count):
                    if self.varuint() + self.varuint() > _MAX_CLOCK:
                        raise ProtocolError("An update deletes more than there can be.")
                left -= count
                self.parts += count
                head = encode_varuint(client) + encode_varuint(count)
                yield _Section(client, count, head + self.data[start : self.position])

    def _struct(self) -> int:
        """Skip one insertion; how many operations it stands for."""
        info = self.data[self.position]
        self.position += 1
        kind = info & 31
        if kind in (_GC, _SKIP):
            return self.varuint()
        if info & 128:
            self.varuint(), self.varuint()
        if info & 64:
            self.varuint(), self.varuint()
        if not info & 192:
            if self.varuint() == 1:
                self.varbytes()
            else:
                self.varuint(), self.varuint()
            if info & 32:
                self.varbytes()
        return self._content(kind)

    def _content(self, kind: int) -> int:
        match kind:
            case 4:  # _STRING
                return _length_of(self.varbytes())
            case 1:  # _DELETED
                return self.varuint()
            case 3 | 5:  # _BINARY, _EMBED
                self.varbytes()
            case 6:  # _FORMAT
                self.varbytes(), self.varbytes()
            case 7:  # _TYPE
                kind = self.varuint()
                if kind >= _TYPES:
                    raise ProtocolError(f"There is no shared type of number {kind}.")
                if kind in (_XML_ELEMENT, _XML_HOOK):
                    self.varbytes()
            case 8:  # _ANY
                count = self.varuint()
                self._values(count)
                return count
            case 2:  # _JSON
                count = self.varuint()
                for _ in range(count):
                    self.varbytes()
                return count
            case 9:  # _DOC
                self.varbytes()
                self._values(1)
            case _:
                raise ProtocolError(f"There is no content of type {kind}.")
        return 1

    def _values(self, count: int) -> None:
        """Skip values, without recursion."""
        open_: list[tuple[int, bool]] = []  # what is left in the containers around
        left, named = count, False
        while True:
            while left == 0:
                if not open_:
                    return
                left, named = open_.pop()
            left -= 1
            if named:
                self.varbytes()
            kind = self.data[self.position]
            self.position += 1
            if kind in (_ARRAY, _OBJECT):
                if len(open_) >= MAX_NESTING:
                    raise ProtocolError(f"A value is nested more than {MAX_NESTING} deep.")
                open_.append((left, named))
                left, named = self.varuint(), kind == _OBJECT
            elif kind in _FIXED_BYTES:
                self.position += _FIXED_BYTES[kind]
                if self.position > len(self.data):
                    raise IndexError
            elif kind in (119, 116):  # a string, bytes
                self.varbytes()
            elif kind == 125:  # a whole number
                while self.data[self.position] > 127:
                    self.position += 1
                self.position += 1
            else:
                raise ProtocolError(f"There is no value of type {kind}.")


def _length_of(text: bytes) -> int:
    """The length of UTF-8 text in UTF-16 units."""
    if text.isascii():
        return len(text)
    try:
        return len(text.decode().encode("utf-16-le")) // 2
    except UnicodeDecodeError:
        raise ProtocolError("A text in an update is not UTF-8.") from None


def _gathered(sections: Iterable[_Section]) -> Iterator[list[bytes]]:
    """Sections in groups of about ``PIECE_PARTS`` parts."""
    group: list[bytes] = []
    parts = 0
    for section in sections:
        if group and parts + section.parts > PIECE_PARTS:
            yield group
            group, parts = [], 0
        group.append(section.data)
        parts += section.parts
    if group:
        yield group
