"""Replacing matches in a text: finding the lines that were searched in the text as it is now, and the edits. Pure.

Lines are bytes of UTF-8 without their end. What was found is looked for by the lines themselves, in order, so that
lines that came or went elsewhere meanwhile do not matter; a matched line that is another now does.
"""

import codecs
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from studium.project.find.results import MatchedLine
from studium.sync.diff import Edit

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class ByteEdit:
    """Replace bytes ``start`` to ``end``."""

    start: int
    end: int
    data: bytes


def edits_of(content: bytes, lines: Sequence[MatchedLine], chosen: Collection[int] | None) -> list[ByteEdit] | None:
    """The edits that replace the ``chosen`` matches (counted from 0 through ``lines``; None: all); None where a matched
    line is not in ``content`` any more."""
    edits: list[ByteEdit] = []
    number = -1
    at = 0
    for line in lines:
        begin = _find_line(content, line.data, at)
        if begin is None:
            return None
        for match in line.matches:
            number += 1
            if (chosen is None or number in chosen) and match.replacement is not None:
                edits.append(ByteEdit(begin + match.start, begin + match.end, match.replacement))
        at = begin + len(line.data)
    return edits


def _find_line(content: bytes, line: bytes, at: int) -> int | None:
    """Where a whole line like this one begins, at or after ``at``."""
    if at == 0 and content.startswith(line) and _ends_line(content, len(line)):
        return 0
    begin = max(0, at - 1)
    while (begin := content.find(b"\n" + line, begin)) >= 0:
        if begin + 1 >= at and _ends_line(content, begin + 1 + len(line)):
            return begin + 1
        begin += 1
    return None


def _ends_line(content: bytes, at: int) -> bool:
    return content[at : at + 1] in (b"", b"\n") or content[at : at + 2] in (b"\r", b"\r\n")


def apply(content: bytes, edits: Sequence[ByteEdit]) -> bytes:
    """``content`` after the edits, which are in order."""
    parts: list[bytes] = []
    at = 0
    for edit in edits:
        parts += (content[at : edit.start], edit.data)
        at = edit.end
    return b"".join([*parts, content[at:]])


def text_edits(content: bytes, edits: Sequence[ByteEdit]) -> list[Edit]:
    """The same edits of the text, in code points."""
    result: list[Edit] = []
    at = place = 0
    for edit in edits:
        place += len(content[at : edit.start].decode(errors="replace"))
        size = len(content[edit.start : edit.end].decode(errors="replace"))
        result.append(Edit(place, place + size, edit.data.decode(errors="replace")))
        at = edit.end
        place += size
    return result


def open_encoding(data: bytes) -> tuple[bytes, bytes, str]:
    """A file's bytes as what its mark is, its text in UTF-8 and what the file is encoded in. Raises
    ``UnicodeDecodeError`` for a file that is not what its mark says."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            rest = data[len(mark) :]
            return mark, rest if encoding == "utf-8" else rest.decode(encoding).encode(), encoding
    return b"", data, "utf-8"


def close_encoding(mark: bytes, content: bytes, encoding: str) -> bytes:
    """The file's bytes again."""
    return mark + (content if encoding == "utf-8" else content.decode().encode(encoding))
