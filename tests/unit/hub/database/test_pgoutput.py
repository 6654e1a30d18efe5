"""The decoder of PostgreSQL's log: what it reads, and that nothing else can hurt it."""

import contextlib
import struct
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studium.hub.database.pgoutput import (
    UNCHANGED,
    Begin,
    Commit,
    Decoder,
    Delete,
    Insert,
    MalformedMessage,
    Relation,
    Truncate,
    Update,
)

_COLUMNS = [("id", 2950, True), ("title", 25, False), ("at", 1184, False), ("data", 3802, False), ("ok", 16, False)]
_ID = "11111111-1111-1111-1111-111111111111"


def relation(number: int = 7) -> bytes:
    body = b"R" + struct.pack("!I", number) + b"public\0projects\0f" + struct.pack("!h", len(_COLUMNS))
    for name, kind, key in _COLUMNS:
        body += bytes([key]) + name.encode() + b"\0" + struct.pack("!Ii", kind, -1)
    return body


def row(*values: str | bool | None) -> bytes:
    """Text, null, or (true) a large value that did not change."""
    body = struct.pack("!h", len(values))
    for value in values:
        if value is None:
            body += b"n"
        elif isinstance(value, bool):
            body += b"u"
        else:
            body += b"t" + struct.pack("!i", len(value.encode())) + value.encode()
    return body


NEW = row(_ID, "Knöt", "2026-11-21 09:00:00.5+00", '{"a": 1}', "t")
HEAD = struct.pack("!I", 7)


def decoder() -> Decoder:
    ready = Decoder()
    assert isinstance(ready.decode(relation()), Relation)
    return ready


def test_a_transaction() -> None:
    ready = decoder()
    assert ready.decode(b"B" + struct.pack("!QqI", 5, 0, 99)) == Begin(5, 99)
    insert = ready.decode(b"I" + HEAD + b"N" + NEW)
    assert isinstance(insert, Insert)
    assert insert.relation.table == "projects"
    assert insert.new == {
        "id": UUID(_ID),
        "title": "Knöt",
        "at": datetime(2026, 11, 21, 9, 0, 0, 500000, tzinfo=UTC),
        "data": {"a": 1},
        "ok": True,
    }
    assert ready.decode(b"C" + struct.pack("!BQQq", 0, 5, 6, 0)) == Commit(6)


def test_a_large_unchanged_value_comes_from_the_old_row() -> None:
    ready = decoder()
    update = ready.decode(b"U" + HEAD + b"O" + NEW + b"N" + row(_ID, "New", None, True, "f"))
    assert isinstance(update, Update)
    assert update.new["data"] == {"a": 1}
    alone = ready.decode(b"U" + HEAD + b"N" + row(_ID, "New", None, True, "f"))
    assert isinstance(alone, Update)
    assert alone.old is None
    assert alone.new["data"] is UNCHANGED


def test_a_delete_by_key_holds_the_key_alone() -> None:
    message = decoder().decode(b"D" + HEAD + b"K" + row(_ID, None, None, None, None))
    assert isinstance(message, Delete)
    assert message.old == {"id": UUID(_ID)}


def test_truncate_and_what_says_nothing_of_rows() -> None:
    ready = decoder()
    message = ready.decode(b"T" + struct.pack("!iB", 1, 0) + HEAD)
    assert isinstance(message, Truncate)
    assert [one.table for one in message.relations] == ["projects"]
    assert ready.decode(b"O" + b"anything") is None


def test_a_table_that_was_not_described_is_malformed() -> None:
    with pytest.raises(MalformedMessage, match="was not described"):
        Decoder().decode(b"I" + HEAD + b"N" + NEW)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_message_or_malformed(data: bytes) -> None:
    ready = decoder()
    with contextlib.suppress(MalformedMessage):
        ready.decode(data)


_WHOLE = [
    relation(8),
    b"I" + HEAD + b"N" + NEW,
    b"U" + HEAD + b"O" + NEW + b"N" + NEW,
    b"D" + HEAD + b"O" + NEW,
    b"B" + struct.pack("!QqI", 5, 0, 99),
    b"T" + struct.pack("!iB", 1, 0) + HEAD,
]


@given(st.sampled_from(_WHOLE), st.data())
def test_messages_with_changed_cut_or_added_bytes(whole: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(whole) - 1))
    byte = bytes([data.draw(st.integers(0, 255))])
    broken = data.draw(
        st.sampled_from(
            [whole[:place], whole[:place] + byte + whole[place + 1 :], whole[:place] + byte + whole[place:]]
        )
    )
    ready = decoder()
    with contextlib.suppress(MalformedMessage):
        ready.decode(broken)
    assert isinstance(decoder().decode(whole), object)


@given(st.lists(st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]))), min_size=1, max_size=1))
def test_text_comes_back_as_it_went(values: list[str | None]) -> None:
    message = decoder().decode(b"I" + HEAD + b"N" + row(_ID, values[0], None, None, "t"))
    assert isinstance(message, Insert)
    assert message.new["title"] == values[0]
