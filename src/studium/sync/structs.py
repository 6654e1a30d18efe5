"""The structs of an encoded Yjs update, read without applying it: which operations it holds, and where their text is.

Yjs names every UTF-16 unit that was ever inserted by its client and a clock. An update lists what it inserts as
structs, each a run of clocks of one client. Source of the format (version 1): Yjs ``src/utils/encoding.js`` and
``src/structs``.
"""

from collections.abc import Iterator
from typing import NamedTuple

from studium.sync.wire import Decoder, ProtocolError

_GC, _DELETED, _JSON, _BINARY, _STRING, _EMBED, _FORMAT, _TYPE, _ANY, _DOC, _SKIP, _MOVE = range(12)
_HAS_ORIGIN, _HAS_RIGHT_ORIGIN, _HAS_KEY = 0x80, 0x40, 0x20
_NAMED_TYPES = (3, 5)  # XML elements and hooks


class Struct(NamedTuple):
    """Operations ``clock`` to ``clock + length - 1`` of ``client``. ``text`` is where the update has their text, as a
    string with its length before it; None where they are something else."""

    client: int
    clock: int
    length: int
    text: tuple[int, int] | None


def structs(update: bytes) -> Iterator[Struct]:
    """What ``update`` inserts, in its order. Raises ``ProtocolError``."""
    decoder = Decoder(update)
    varuint = decoder.varuint
    for _ in range(varuint()):
        count, client, clock = varuint(), varuint(), varuint()
        for _ in range(count):
            info = _byte(decoder)
            kind = info & 15
            if info in (_GC, _SKIP):
                length = varuint()
                if info == _GC:
                    yield Struct(client, clock, length, None)
                clock += length
                continue
            _skip_place(decoder, info)
            start = decoder.position
            if kind == _STRING:
                size = varuint()
                content = update[decoder.position : decoder.position + size]
                decoder.position += size
                if len(content) != size:
                    raise ProtocolError(f"The text at byte {start} is longer than the update.")
                length = size if content.isascii() else utf16_length(_text(content, start))
                yield Struct(client, clock, length, (start, decoder.position))
            else:
                length = _skip_content(decoder, kind)
                yield Struct(client, clock, length, None)
            clock += length


def utf16_length(text: str) -> int:
    """How many UTF-16 units ``text`` has, which is what Yjs counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def _text(content: bytes, start: int) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise ProtocolError(f"The text at byte {start} is not UTF-8.") from None


def _byte(decoder: Decoder) -> int:
    try:
        byte = decoder.data[decoder.position]
    except IndexError:
        raise ProtocolError(f"The update ends at byte {decoder.position}, within a struct.") from None
    decoder.position += 1
    return byte


def _skip(decoder: Decoder, size: int) -> None:
    decoder.position += size
    if decoder.position > len(decoder.data):
        raise ProtocolError(f"The update ends at byte {len(decoder.data)}, within a struct.")


def _skip_place(decoder: Decoder, info: int) -> None:
    """Skip what says where a struct belongs."""
    varuint = decoder.varuint
    if info & _HAS_ORIGIN:
        varuint()
        varuint()
    if info & _HAS_RIGHT_ORIGIN:
        varuint()
        varuint()
    if not info & (_HAS_ORIGIN | _HAS_RIGHT_ORIGIN):
        if varuint() == 1:
            _skip(decoder, varuint())  # the name of a root
        else:
            varuint()
            varuint()
        if info & _HAS_KEY:
            _skip(decoder, varuint())


def _skip_content(decoder: Decoder, kind: int) -> int:
    """Skip the content of a struct that is no text; how many operations it is."""
    varuint = decoder.varuint
    if kind == _DELETED:
        return varuint()
    if kind in (_JSON, _ANY):
        count = varuint()
        if kind == _ANY:
            _skip_values(decoder, count)
        else:
            for _ in range(count):
                _skip(decoder, varuint())
        return count
    if kind in (_BINARY, _EMBED):
        _skip(decoder, varuint())
    elif kind == _FORMAT:
        _skip(decoder, varuint())
        _skip(decoder, varuint())
    elif kind == _TYPE:
        if varuint() in _NAMED_TYPES:
            _skip(decoder, varuint())
    elif kind == _DOC:
        _skip(decoder, varuint())
        _skip_values(decoder, 1)
    elif kind == _MOVE:
        flags = _byte(decoder)
        if flags & 0x80:
            varuint()
        for _ in range(2 if flags & 1 else 4):
            varuint()
    else:
        raise ProtocolError(f"There is no struct of type {kind}.")
    return 1


def _skip_values(decoder: Decoder, count: int) -> None:
    """Skip JSON-like values (lib0 ``encoding.writeAny``). No recursion: they may be nested as deeply as one likes."""
    varuint = decoder.varuint
    levels = [(count, False)]  # values that are still to come, and whether each has a key before it
    while levels:
        left, keyed = levels.pop()
        if not left:
            continue
        levels.append((left - 1, keyed))
        if keyed:
            _skip(decoder, varuint())
        match _byte(decoder):
            case 127 | 126 | 121 | 120:  # undefined, null, false, true
                pass
            case 125:  # an integer: its sign is in the first byte, so that only that one has six bits
                while _byte(decoder) & 0x80:
                    pass
            case 124:
                _skip(decoder, 4)
            case 123 | 122:
                _skip(decoder, 8)
            case 119 | 116:  # text, bytes
                _skip(decoder, varuint())
            case 118:
                levels.append((varuint(), True))
            case 117:
                levels.append((varuint(), False))
            case other:
                raise ProtocolError(f"There is no value of type {other}.")
