"""Text files and the text of documents.

A document's text has ``\\n`` at the end of its lines, as editors want it. A file has a style of its own (byte order
mark, line endings, even mixed ones), which is remembered beside the text and given back on writing, so that opening and
saving an untouched file leaves every byte as it was, and editing one line changes that line only.
"""

import re
from collections import Counter

import msgspec

from studium.protocol.errors import ErrorCode, StudiumError
from studium.sync.diff import line_hunks

MAX_EDITABLE_BYTES = 10 * 1024 * 1024  # above, a file does not become a document: it is read in pages
MAX_FILE_BYTES = 50 * 1024 * 1024  # a document may grow so far; above, it is not saved

_BOM = b"\xef\xbb\xbf"
_ENDING = re.compile("\r\n|\r|\n")


class TextStyle(msgspec.Struct, frozen=True):
    """How a file writes its text. ``newline`` is the ending of new lines; ``endings`` is set for a file with mixed
    endings: one letter for each line of the text that was last read or written, ``n``, ``r`` or ``b`` for both."""

    bom: bool = False
    newline: str = "\n"
    endings: str | None = None


_LETTER = {"\n": "n", "\r": "r", "\r\n": "b"}
_NEWLINE = {letter: ending for ending, letter in _LETTER.items()}


def decode_text(data: bytes, name: str) -> tuple[str, TextStyle]:
    """The text of a file and its style. Raises ``StudiumError`` ``not_text`` or ``too_large``."""
    check_size(len(data), name)
    bom = data.startswith(_BOM)
    if looks_binary(data):
        raise not_text(name)
    try:
        text = data[len(_BOM) if bom else 0 :].decode()
    except UnicodeDecodeError:
        raise not_text(name) from None
    if "\r" not in text:
        return text, TextStyle(bom=bom)
    found = _ENDING.findall(text)
    counts = Counter(found)
    newline = max(counts, key=lambda ending: counts[ending])
    endings = None if len(counts) == 1 else "".join(map(_LETTER.__getitem__, found))
    return _ENDING.sub("\n", text), TextStyle(bom=bom, newline=newline, endings=endings)


def encode_text(text: str, style: TextStyle, base: str = "") -> tuple[bytes, TextStyle]:
    """The bytes of a file and its style from now on. ``base`` is the text that ``style.endings`` belongs to."""
    if style.endings is not None:
        lines = text.split("\n")
        endings = _carry_endings(base.split("\n"), lines, style)
        style = TextStyle(bom=style.bom, newline=style.newline, endings=endings)
        text = "".join([line + _NEWLINE[letter] for line, letter in zip(lines[:-1], endings, strict=True)] + lines[-1:])
    elif style.newline != "\n":
        text = text.replace("\n", style.newline)
    return (_BOM if style.bom else b"") + text.encode(errors="replace"), style


def _carry_endings(base: list[str], lines: list[str], style: TextStyle) -> str:
    """Endings of ``lines``: unchanged lines keep theirs, new ones get the usual one of the file."""
    assert style.endings is not None
    usual = _LETTER[style.newline]
    known = style.endings.ljust(len(base), usual)
    parts = []
    position = 0
    for a0, a1, b0, b1 in line_hunks(base, lines):
        parts.append(known[position:a0])
        parts.append(known[a0:a1] if a1 - a0 == b1 - b0 else usual * (b1 - b0))
        position = a1
    parts.append(known[position:])
    return "".join(parts)[: len(lines) - 1]


def looks_binary(data: bytes) -> bool:
    """Whether the start of a file, or all of it, is no text in any encoding that is read here."""
    return b"\0" in data


def check_size(size_bytes: int, name: str) -> None:
    """Raises ``too_large`` for what is no longer kept as a document."""
    if size_bytes > MAX_FILE_BYTES:
        raise StudiumError(
            ErrorCode.TOO_LARGE,
            f"{name} has {size_bytes / 2**20:.0f} MB; above {MAX_FILE_BYTES // 2**20} MB a document is not saved any"
            " more. Move a part of it to another file.",
            size_bytes=size_bytes,
            limit_bytes=MAX_FILE_BYTES,
        )


def too_large_to_edit(size_bytes: int, name: str) -> StudiumError:
    """The error of a file that can be read in pages only."""
    return StudiumError(
        ErrorCode.TOO_LARGE,
        f"{name} has {size_bytes / 2**20:.0f} MB; files above {MAX_EDITABLE_BYTES // 2**20} MB can only be read here,"
        " in pages.",
        size_bytes=size_bytes,
        limit_bytes=MAX_EDITABLE_BYTES,
    )


def not_text(name: str) -> StudiumError:
    """The error of a file that is no text."""
    return StudiumError(
        ErrorCode.NOT_TEXT, f"{name} is not a text file in UTF-8, so it cannot be edited as text. Download it instead."
    )
