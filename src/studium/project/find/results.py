"""What a searching program prints, line by line, and the results that are made of it.

A file's matches come one after the other between ``begin`` and ``end``, and only ``end`` says whether the file turned
out to be no text; so a file is told when it is whole. Ripgrep counts in bytes, the page in UTF-16 units.
"""

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

import msgspec

from studium.project.files.paths import display_name
from studium.protocol.find import FoundFile, FoundLine, FoundSpan

MAX_LINE_BYTES: Final = 1024 * 1024
"""Of what is printed about one line; what is longer is counted and passed over."""
SHOWN: Final = 400
"""Characters of a line that are told; of a longer one, the parts around its matches."""
BEFORE: Final = 60
"""Characters of a long line before the first match of a part."""
MAX_REPLACEMENT: Final = 2_000


class _Data(msgspec.Struct, frozen=True):
    """Bytes, as text where they are UTF-8."""

    text: str | None = None
    base64: str = msgspec.field(default="", name="bytes")

    def value(self) -> bytes:
        return self.text.encode() if self.text is not None else base64.b64decode(self.base64)


class _Submatch(msgspec.Struct, frozen=True):
    start: int
    end: int
    replacement: _Data | None = None


class _MessageData(msgspec.Struct, frozen=True):
    path: _Data = _Data()
    lines: _Data = _Data()
    line_number: int | None = None
    submatches: list[_Submatch] = []
    binary_offset: int | None = None


class _Message(msgspec.Struct, frozen=True):
    type: str
    data: _MessageData


_decode = msgspec.json.Decoder(_Message).decode


@dataclass(frozen=True, slots=True)
class Match:
    """Bytes ``start`` to ``end`` of a line, and what they would become."""

    start: int
    end: int
    replacement: bytes | None


@dataclass(frozen=True, slots=True)
class MatchedLine:
    """A line, counted from 1, without its end; with no matches it is context."""

    number: int
    data: bytes
    matches: tuple[Match, ...] = ()


@dataclass(slots=True)
class MatchedFile:
    """A file with its matched lines and those around them, in order. ``name`` is as the file system has it."""

    name: str
    lines: list[MatchedLine] = field(default_factory=list)

    def matched(self) -> list[MatchedLine]:
        """The lines with matches."""
        return [line for line in self.lines if line.matches]

    def digest(self) -> str:
        """Names the matched lines and their matches, wherever in the file they are."""
        total = blake2b(digest_size=12)
        for line in self.matched():
            spans = ",".join(f"{match.start}-{match.end}" for match in line.matches)
            total.update(b"%d:%b:%b;" % (len(line.data), line.data, spans.encode()))
        return total.hexdigest()


class Reader:
    """Makes files of what a program prints. ``replacement`` is what each match becomes where that does not say."""

    def __init__(self, replacement: bytes | None = None) -> None:
        self._replacement = replacement
        self.too_long = 0
        self.is_whole = False
        """The program came to its end, having read all that it could."""
        self._rest = bytearray()
        self._skips = False
        self._file: MatchedFile | None = None

    def feed(self, data: bytes) -> Iterator[MatchedFile]:
        """The files that some more output brings to an end."""
        at = 0
        while (end := data.find(b"\n", at)) >= 0:
            if self._skips:
                self._skips = False
            elif self._rest:
                self._rest += data[at:end]
                yield from self._take(bytes(self._rest))
            else:
                yield from self._take(data[at:end])
            self._rest.clear()
            at = end + 1
        if self._skips:
            return
        self._rest += data[at:]
        if len(self._rest) > MAX_LINE_BYTES:
            self.too_long += self._rest.startswith(b'{"type":"match"')
            self._skips = True
            self._rest.clear()

    def _take(self, line: bytes) -> Iterator[MatchedFile]:
        message = _decode(line)
        data = message.data
        match message.type:
            case "begin":
                name = data.path.value().decode(errors="surrogateescape").removeprefix("./")
                self._file = MatchedFile(name)
            case "match" | "context" if self._file is not None:
                text = data.lines.value().removesuffix(b"\n").removesuffix(b"\r")
                matches = tuple(
                    Match(one.start, one.end, self._replacement if one.replacement is None else one.replacement.value())
                    for one in data.submatches
                )
                if message.type == "context":
                    matches = ()
                self._file.lines.append(MatchedLine(data.line_number or 0, text, matches))
            case "end":
                file, self._file = self._file, None
                if file is not None and data.binary_offset is None and any(line.matches for line in file.lines):
                    yield file
            case "summary":
                self.is_whole = True


def found_file(file: MatchedFile, room: int, context: int) -> tuple[FoundFile, int]:
    """A file as it is told, with at most ``room`` matches, and how many those are."""
    path, openable = display_name(file.name)
    lines: list[FoundLine] = []
    told = 0
    for index, line in enumerate(file.lines):
        if not line.matches:
            continue
        matches = line.matches[: room - told]
        if not matches:
            break
        told += len(matches)
        before = _around(file.lines, index, range(-1, -context - 1, -1))[::-1]
        after = _around(file.lines, index, range(1, context + 1))
        lines += _parts(line, matches, before, after)
    count = sum(len(line.matches) for line in file.lines)
    return FoundFile(path, file.digest(), count, lines, complete=told == count, openable=openable), told


def _around(lines: list[MatchedLine], index: int, steps: Iterable[int]) -> list[str]:
    """The lines next to one, as far as they are known and are no matches themselves."""
    found: list[str] = []
    for step in steps:
        at = index + step
        if not 0 <= at < len(lines) or lines[at].number != lines[index].number + step or lines[at].matches:
            break
        found.append(lines[at].data[: 4 * SHOWN].decode(errors="replace")[:SHOWN])
    return found


def _parts(line: MatchedLine, matches: tuple[Match, ...], before: list[str], after: list[str]) -> Iterator[FoundLine]:
    """A line, or of a long one the parts around its matches; each match is in one of them."""
    data = line.data
    plain = data.isascii()
    begin = 0  # of the part, in bytes, and `at` in UTF-16 units
    at = 0
    spans: list[FoundSpan] = []
    text = ""
    size = 0  # of the part, in UTF-16 units
    scanned, scanned_units = 0, 0  # positions are found by going on from the last one

    def units(place: int) -> int:
        nonlocal scanned, scanned_units
        if plain:
            return place
        if place < scanned:
            scanned, scanned_units = 0, 0
        scanned_units += utf16_length(data[scanned:place])
        scanned = place
        return scanned_units

    is_short = len(data) <= SHOWN
    for match in matches:
        start = units(match.start)
        end = units(match.end)
        if not spans or (not is_short and start - at >= SHOWN - BEFORE):
            if spans:
                yield FoundLine(line.number, text, at, spans, before, [])
                before = []
            begin = 0 if is_short or match.start < SHOWN - 2 * BEFORE else _boundary(data, match.start - BEFORE)
            at = units(begin)
            text = data[begin : begin + 4 * SHOWN].decode(errors="replace")[:SHOWN]
            size = len(text) if plain else _length(text)
            spans = []
        replacement = None
        if match.replacement is not None:
            replacement = match.replacement.decode(errors="replace")[:MAX_REPLACEMENT]
        spans.append(FoundSpan(min(start - at, size), min(end - at, size), replacement))
    yield FoundLine(line.number, text, at, spans, before, after)


def _boundary(data: bytes, place: int) -> int:
    """The start of the character that is at ``place``."""
    while place > 0 and data[place] & 0xC0 == 0x80:
        place -= 1
    return place


def utf16_length(data: bytes) -> int:
    """How many UTF-16 units some UTF-8 is."""
    return _length(data.decode(errors="replace"))


def _length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
