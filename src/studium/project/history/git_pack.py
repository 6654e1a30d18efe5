"""Writing a git repository's objects as one pack, and the files beside it. No I/O but to the file that is given.

Written here, in three formats that have not changed for fifteen years, rather than with a library: all that is needed
is a small part of one, and what takes time is the deltas, which a library does not know as well as we do: a version of
a text differs from the one before in a few places. Source: git ``Documentation/gitformat-pack.txt`` and
``gitformat-index.txt``. That git reads it is tested with git.
"""

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from studium.sync.diff import line_hunks
from studium.sync.wire import encode_varuint

COMMIT, TREE, BLOB, _OFFSET_DELTA = 1, 2, 3, 6
_NAMES = {COMMIT: b"commit", TREE: b"tree", BLOB: b"blob"}

MAX_CHAIN = 50
"""Deltas, one on the other; git reads all of them for the last one."""

MAX_COMPARED_BYTES = 1024 * 1024
"""Of what changed, from the first place to the last. Above, it is stored whole."""

_FILE_MODE = 0o100644
_MAX_COPY = 0xFFFFFF
_MAX_INSERT = 0x7F
_READ_BYTES = 1024 * 1024
_PIECE_BYTES = 64 * 1024


class PackWriter:
    """A pack that grows in ``file``, which can be read and written. An object that is added twice is there once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._entries: dict[bytes, tuple[int, int, int]] = {}  # offset, checksum, deltas to go through
        self.size = 0
        self._write(b"PACK" + struct.pack(">II", 2, 0))

    def add(self, kind: int, data: bytes, base: tuple[bytes, bytes] | None = None) -> bytes:
        """Add an object; its name. ``base`` is name and content of one of the same kind that it was made from."""
        name = _name_of(kind, data)
        if name in self._entries:
            return name
        start, depth = self.size, 0
        known = None if base is None else self._entries.get(base[0])
        entry = b""
        if base is not None and known is not None and known[2] < MAX_CHAIN:
            change = delta(base[1], data)
            if len(change) < len(data):  # git takes none for an empty object
                depth = known[2] + 1
                entry = _entry_head(_OFFSET_DELTA, len(change)) + _distance(start - known[0]) + zlib.compress(change)
        entry = entry or _entry_head(kind, len(data)) + zlib.compress(data)
        self._write(entry)
        self._entries[name] = start, zlib.crc32(entry), depth
        return name

    def finish(self) -> tuple[str, bytes]:
        """Complete the pack; its name, and its index."""
        self._file.seek(8)
        self._file.write(struct.pack(">I", len(self._entries)))
        self._file.seek(0)
        checksum = hashlib.sha1(usedforsecurity=False)
        while part := self._file.read(_READ_BYTES):
            checksum.update(part)
        self._write(checksum.digest())
        return checksum.hexdigest(), self._index(checksum.digest())

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self.size += len(data)

    def _index(self, checksum: bytes) -> bytes:
        names = sorted(self._entries)
        entries = [self._entries[name] for name in names]
        counts = [0] * 256
        for name in names:
            counts[name[0]] += 1
        for byte in range(1, 256):
            counts[byte] += counts[byte - 1]
        body = b"".join(
            [
                b"\xfftOc",
                struct.pack(">I256I", 2, *counts),
                *names,
                struct.pack(f">{len(names)}I", *(entry[1] for entry in entries)),
                struct.pack(f">{len(names)}I", *(entry[0] for entry in entries)),  # below 2**31: packs are bounded
                checksum,
            ]
        )
        return body + hashlib.sha1(body, usedforsecurity=False).digest()


def _name_of(kind: int, data: bytes) -> bytes:
    name = hashlib.sha1(b"%s %d\0" % (_NAMES[kind], len(data)), usedforsecurity=False)
    name.update(data)  # by itself: that lets go of the interpreter's lock, and copies nothing
    return name.digest()


def _entry_head(kind: int, size: int) -> bytes:
    """The kind and size of an object: four bits of the size, then seven a byte, the lowest first (as a varuint)."""
    first, size = kind << 4 | size & 15, size >> 4
    return bytes([first | 128]) + encode_varuint(size) if size else bytes([first])


def _distance(number: int) -> bytes:
    """How far back the base of a delta is: seven bits a byte, the highest first, without the values that fewer bytes
    can say."""
    out = [number & 127]
    while number := number >> 7:
        number -= 1
        out.append(128 | number & 127)
    return bytes(reversed(out))


def tree_of(name: str, blob: bytes) -> bytes:
    """The content of a tree with one file."""
    return b"%o %s\0" % (_FILE_MODE, name.encode()) + blob


def staging_of(name: str, blob: bytes) -> bytes:
    """The file ``.git/index`` of a folder in which this file is checked out: without it, git would say that the file
    was removed. Sizes and times are nought, so that git looks at the file once."""
    path = name.encode()
    entry = struct.pack(">10I20sH", *(0,) * 6, _FILE_MODE, 0, 0, 0, blob, min(len(path), 0xFFF)) + path
    body = b"DIRC" + struct.pack(">II", 2, 1) + entry + bytes(8 - len(entry) % 8)
    return body + hashlib.sha1(body, usedforsecurity=False).digest()


def delta(old: bytes, new: bytes) -> bytes:
    """How git makes ``new`` from ``old``: what is copied, and what is put between."""
    parts = [encode_varuint(len(old)), encode_varuint(len(new))]
    position = 0  # in old
    for start, end, put in _changes(old, new):
        parts += _copies(position, start - position)
        for at in range(0, len(put), _MAX_INSERT):
            piece = put[at : at + _MAX_INSERT]
            parts += (bytes([len(piece)]), piece)
        position = end
    parts += _copies(position, len(old) - position)
    return b"".join(parts)


def _changes(old: bytes, new: bytes) -> Iterator[tuple[int, int, bytes]]:
    """From where to where ``old`` is replaced, and by what, in ascending order."""
    shorter = min(len(old), len(new))
    start = _alike(shorter, lambda a, b: old[a:b] == new[a:b])
    end = _alike(shorter - start, lambda a, b: old[len(old) - b : len(old) - a] == new[len(new) - b : len(new) - a])
    before, after = old[start : len(old) - end], new[start : len(new) - end]
    if max(len(before), len(after)) > MAX_COMPARED_BYTES:
        yield start, len(old) - end, after
        return
    # Latin-1 makes a character of each byte, so that positions stay what they are.
    old_lines, new_lines = (part.decode("latin-1").splitlines(keepends=True) for part in (before, after))
    line, at, new_at = 0, start, 0
    for a0, a1, b0, b1 in line_hunks(old_lines, new_lines):
        kept = sum(map(len, old_lines[line:a0]))
        removed, put = sum(map(len, old_lines[a0:a1])), sum(map(len, new_lines[b0:b1]))
        at, new_at = at + kept, new_at + kept
        yield at, at + removed, after[new_at : new_at + put]
        at, new_at, line = at + removed, new_at + put, a1


def _copies(start: int, size: int) -> Iterator[bytes]:
    """Copy ``size`` bytes of the old content: those bytes of the place and of the size that are not nought."""
    while size > 0:
        part = min(size, _MAX_COPY)
        numbers = struct.pack("<I", start) + struct.pack("<I", part)[:3]
        flags = sum(1 << bit for bit, byte in enumerate(numbers) if byte)
        yield bytes([128 | flags, *filter(None, numbers)])
        start, size = start + part, size - part


def _alike(limit: int, equal: Callable[[int, int], bool]) -> int:
    """How many bytes, up to ``limit``, are ``equal`` from the first on; it tells of a range. In pieces, so that others
    run between; slices compare in C."""
    size = 0
    while size < limit and equal(size, min(size + _PIECE_BYTES, limit)):
        size = min(size + _PIECE_BYTES, limit)
    high = min(size + _PIECE_BYTES, limit)
    while size < high:
        middle = (size + high + 1) // 2
        if equal(size, middle):
            size = middle
        else:
            high = middle - 1
    return size
