"""Records of delimited text (RFC 4180, and what people make of it), out of bytes. Pure.

A record ends with its line unless a quoted field goes on in the next one. What a quote means is decided by the bytes
of the record itself, so that records can be found from the start of any of them. Lines with an even number of quotes
are taken as closed without a closer look; a quote that nobody closes within ``MAX_QUOTED_BYTES`` is a letter like any
other.
"""

import csv
from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

MAX_RECORD_BYTES: Final = 1024 * 1024
"""Longer ones are cut."""
MAX_QUOTED_BYTES: Final = 64 * 1024
MAX_CELL: Final = 10_000
"""Characters that are shown of a cell."""
MAX_COLUMNS: Final = 2_000
DELIMITERS: Final = (",", ";", "\t", "|")
_SNIFFED_RECORDS: Final = 50

csv.field_size_limit(MAX_RECORD_BYTES)


class Dialect(msgspec.Struct, frozen=True):
    """How a file writes its records. ``newline`` is one byte; ``header``: the first record names the columns."""

    delimiter: str
    newline: bytes
    header: bool


def ends(data: bytes, *, is_last: bool, delimiter: bytes, newline: bytes) -> list[int]:
    """Where each whole record of ``data``, which begins with one, ends: behind its newline."""
    length = len(data)
    if is_last and data and not data.endswith(newline):
        data += newline
    found: list[int] = []
    at, begun, first_end = 0, -1, 0
    while True:
        end = data.find(newline, at)
        if end < 0:
            if begun < 0 or not is_last:
                break
            found.append(first_end)
            at, begun = first_end, -1
            continue
        odd = data.count(b'"', at, end) % 2
        if begun < 0:
            if odd and _leaves_open(data[at:end], delimiter):
                begun, first_end = at, end + 1
            else:
                found.append(end + 1)
        elif odd and not _goes_on(data[at:end], delimiter):
            found.append(end + 1)
            begun = -1
        elif end - begun > MAX_QUOTED_BYTES:
            found.append(first_end)
            at, begun = first_end, -1
            continue
        at = end + 1
    if found:
        found[-1] = min(found[-1], length)
    return found


def measure(data: bytes, *, is_last: bool, delimiter: bytes, newline: bytes) -> tuple[int, int]:
    """How many whole records ``data`` begins with, and how many bytes they take."""
    # Quoted fields that go on in another line are rare, and a closer look at each line is slow.
    lines = data.split(newline) if b'"' in data else []
    if any(line.count(b'"') % 2 for line in (lines if is_last else lines[:-1])):
        found = ends(data, is_last=is_last, delimiter=delimiter, newline=newline)
        return len(found), found[-1] if found else 0
    count, taken = data.count(newline), data.rfind(newline) + 1
    return (count + 1, len(data)) if is_last and taken < len(data) else (count, taken)


def cells(record: bytes, delimiter: str) -> tuple[list[str], bool]:
    """The fields of a record as text, and whether bytes that are no UTF-8 had to be replaced."""
    record = record.rstrip(b"\r\n")
    try:
        text, replaced = record.decode(), False
    except UnicodeDecodeError:
        text, replaced = record.decode(errors="replace"), True
    try:
        fields = next(csv.reader([text], delimiter=delimiter), [""])
    except csv.Error:  # a line break where none can be
        fields = text.split(delimiter)
    if len(fields) > MAX_COLUMNS:
        fields = [*fields[: MAX_COLUMNS - 1], f"… {len(fields) - MAX_COLUMNS + 1} more"]
    return [field if len(field) <= MAX_CELL else field[:MAX_CELL] + "…" for field in fields], replaced


def sniff(head: bytes, name: str) -> Dialect:
    """How a file that begins with ``head`` writes its records."""
    newline = b"\r" if b"\r" in head and b"\n" not in head else b"\n"
    preferred = "\t" if name.lower().endswith((".tsv", ".tab")) else ","

    def rows_by(delimiter: str) -> list[list[str]]:
        found = ends(head, is_last=True, delimiter=delimiter.encode(), newline=newline)[:_SNIFFED_RECORDS]
        starts = [0, *found[:-1]]
        return [cells(head[start:end], delimiter)[0] for start, end in zip(starts, found, strict=False)]

    def fit(delimiter: str) -> tuple[float, int, bool]:
        widths = Counter(len(row) for row in rows_by(delimiter))
        width, count = widths.most_common(1)[0] if widths else (1, 0)
        return (count / widths.total() if width > 1 else 0.0, width, delimiter == preferred)

    best = max(DELIMITERS, key=fit)
    if fit(best)[0] == 0:
        best = preferred
    return Dialect(best, newline, _has_header(rows_by(best)))


def _has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row can only be names: all there, all different, no number among them, and something below."""
    if len(rows) < 2:
        return False
    names = [name.strip() for name in rows[0]]
    return all(names) and len(set(names)) == len(names) and not any(_is_number(name) for name in names)


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


def _leaves_open(line: bytes, delimiter: bytes) -> bool:
    """Whether a line that begins a record ends within a quoted field."""
    at = 0
    while True:
        if line[at : at + 1] == b'"':
            closed = _closing(line, at + 1)
            if closed < 0:
                return True
            at = closed
        at = line.find(delimiter, at)
        if at < 0:
            return False
        at += 1


def _goes_on(line: bytes, delimiter: bytes) -> bool:
    """Whether a line that begins within a quoted field ends within one."""
    closed = _closing(line, 0)
    if closed < 0:
        return True
    following = line.find(delimiter, closed)
    return following >= 0 and _leaves_open(line[following + 1 :], delimiter)


def _closing(line: bytes, at: int) -> int:
    """Behind the quote that ends a quoted field, -1 when there is none; two quotes are one that is meant."""
    while (quote := line.find(b'"', at)) >= 0:
        if line[quote + 1 : quote + 2] != b'"':
            return quote + 1
        at = quote + 2
    return -1
