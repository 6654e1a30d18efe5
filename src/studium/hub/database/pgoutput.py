"""Decodes PostgreSQL's logical replication messages (plugin ``pgoutput``, version 1). Pure: bytes in, values out.

The format is "Logical Replication Message Formats" in PostgreSQL's manual. Any input gives messages or
``MalformedMessage``, nothing else.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec


class MalformedMessage(ValueError):
    """The bytes are no message of this protocol."""


class Unchanged(msgspec.Struct, frozen=True):
    """Stands for a large value that an update left as it was and that was therefore not sent."""


UNCHANGED = Unchanged()

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Begin:
    """A transaction begins; all of it follows, it has been committed. ``transaction`` is its 32-bit id."""

    lsn: int
    transaction: int


@dataclass(frozen=True, slots=True)
class Commit:
    """The transaction is complete; ``end_lsn`` is where the next may start."""

    end_lsn: int


@dataclass(frozen=True, slots=True)
class Relation:
    """A table as it is from now on: names of its columns, type of each, and which identify a row."""

    relation: int
    schema: str
    table: str
    columns: tuple[str, ...]
    types: tuple[int, ...]
    keys: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Insert:
    """A new row."""

    relation: Relation
    new: Values


@dataclass(frozen=True, slots=True)
class Update:
    """A changed row; ``old`` is whole, or the identifying columns, or absent, by the table's replica identity."""

    relation: Relation
    old: Values | None
    new: Values


@dataclass(frozen=True, slots=True)
class Delete:
    """A row that is gone."""

    relation: Relation
    old: Values


@dataclass(frozen=True, slots=True)
class Truncate:
    """Tables that were emptied."""

    relations: tuple[Relation, ...]


Message = Begin | Commit | Relation | Insert | Update | Delete | Truncate


def _timestamp(text: str) -> datetime | str:
    if text in ("infinity", "-infinity") or text.endswith("BC"):
        return text
    return datetime.fromisoformat(text).astimezone(UTC)


_PARSERS: dict[int, Callable[[str], Any]] = {
    16: lambda text: text == "t",  # bool
    20: int,  # bigint
    21: int,  # smallint
    23: int,  # integer
    114: msgspec.json.decode,  # json
    700: float,  # real
    701: float,  # double precision
    1184: _timestamp,  # timestamptz
    2950: UUID,  # uuid
    3802: msgspec.json.decode,  # jsonb
}


class _Reader:
    """Walks over the fields of one message."""

    __slots__ = ("_data", "_place")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def unpack(self, form: struct.Struct) -> tuple[Any, ...]:
        try:
            values = form.unpack_from(self._data, self._place)
        except struct.error as error:
            raise MalformedMessage("The message is too short.") from error
        self._place += form.size
        return values

    def take(self, length: int) -> bytes:
        piece = self._data[self._place : self._place + length]
        if length < 0 or len(piece) != length:
            raise MalformedMessage("The message is too short.")
        self._place += length
        return piece

    def string(self) -> str:
        end = self._data.find(b"\0", self._place)
        if end < 0:
            raise MalformedMessage("A string has no end.")
        text = self._data[self._place : end]
        self._place = end + 1
        return _text(text)

    def end(self) -> None:
        if self._place != len(self._data):
            raise MalformedMessage(f"{len(self._data) - self._place} bytes too many.")


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise MalformedMessage("A string is not UTF-8.") from error


_BYTE = struct.Struct("!c")
_SHORT = struct.Struct("!h")
_LONG = struct.Struct("!I")
_LENGTH = struct.Struct("!i")
_BEGIN = struct.Struct("!QqI")
_COMMIT = struct.Struct("!BQQq")
_COLUMN = struct.Struct("!Ii")
_TRUNCATE = struct.Struct("!iB")


class Decoder:
    """One a connection: remembers the tables that were described on it."""

    def __init__(self) -> None:
        self._relations: dict[int, Relation] = {}

    def decode(self, data: bytes) -> Message | None:
        """One message; none for kinds that say nothing of rows (origins, types, logical messages)."""
        reader = _Reader(data)
        (kind,) = reader.unpack(_BYTE)
        message: Message
        match kind:
            case b"B":
                lsn, _, transaction = reader.unpack(_BEGIN)
                message = Begin(lsn, transaction)
            case b"C":
                _, _, end_lsn, _ = reader.unpack(_COMMIT)
                message = Commit(end_lsn)
            case b"R":
                message = self._relation(reader)
            case b"I":
                relation = self._known(reader)
                self._expect(reader, b"N")
                message = Insert(relation, self._tuple(reader, relation, b"N", None))
            case b"U":
                message = self._update(reader)
            case b"D":
                relation = self._known(reader)
                message = Delete(relation, self._tuple(reader, relation, self._expect(reader, b"KO"), None))
            case b"T":
                count, _ = reader.unpack(_TRUNCATE)
                message = Truncate(tuple(self._known(reader) for _ in range(count)))
            case b"O" | b"Y" | b"M":
                return None
            case _:
                raise MalformedMessage(f"There is no message of kind {kind!r}.")
        reader.end()
        return message

    def _relation(self, reader: _Reader) -> Relation:
        (number,) = reader.unpack(_LONG)
        schema, table = reader.string(), reader.string()
        reader.unpack(_BYTE)
        (count,) = reader.unpack(_SHORT)
        columns, types, keys = [], [], []
        for _ in range(count):
            (flags,) = reader.unpack(_BYTE)
            columns.append(reader.string())
            kind, _ = reader.unpack(_COLUMN)
            types.append(kind)
            keys.append(bool(flags[0] & 1))
        relation = Relation(number, schema, table, tuple(columns), tuple(types), tuple(keys))
        self._relations[number] = relation
        return relation

    def _update(self, reader: _Reader) -> Update:
        relation = self._known(reader)
        marker = self._expect(reader, b"KON")
        old = None
        if marker != b"N":
            old = self._tuple(reader, relation, marker, None)
            self._expect(reader, b"N")
        return Update(relation, old, self._tuple(reader, relation, b"N", old))

    def _known(self, reader: _Reader) -> Relation:
        (number,) = reader.unpack(_LONG)
        try:
            return self._relations[number]
        except KeyError:
            raise MalformedMessage(f"Table {number} was not described.") from None

    @staticmethod
    def _expect(reader: _Reader, markers: bytes) -> bytes:
        (marker,) = reader.unpack(_BYTE)
        if marker not in markers:
            raise MalformedMessage(f"Expected one of {markers!r}, found {marker!r}.")
        return bytes(marker)

    @staticmethod
    def _tuple(reader: _Reader, relation: Relation, marker: bytes, old: Values | None) -> Values:
        (count,) = reader.unpack(_SHORT)
        if count != len(relation.columns):
            raise MalformedMessage(f"A row of {relation.table} has {count} columns.")
        values: Values = {}
        for name, kind, key in zip(relation.columns, relation.types, relation.keys, strict=True):
            (form,) = reader.unpack(_BYTE)
            if form == b"n":
                if marker != b"K" or key:
                    values[name] = None
            elif form == b"u":
                values[name] = UNCHANGED if old is None else old.get(name, UNCHANGED)
            elif form == b"t":
                (length,) = reader.unpack(_LENGTH)
                text = _text(reader.take(length))
                parser = _PARSERS.get(kind)
                try:
                    values[name] = text if parser is None else parser(text)
                except (ValueError, OverflowError, RecursionError, msgspec.DecodeError) as error:
                    raise MalformedMessage(f"{relation.table}.{name} holds {text[:40]!r}.") from error
            else:
                raise MalformedMessage(f"A value has the form {form!r}.")
        return values
