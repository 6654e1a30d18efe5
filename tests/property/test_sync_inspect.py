"""What is looked through before the library gets it: good updates mean the same in pieces, bad ones are refused."""

import contextlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text

from clients import hostile
from studium.sync import inspect
from studium.sync.inspect import needs_inspection, split_update
from studium.sync.replica import Replica
from studium.sync.wire import ProtocolError

edits = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 200), st.text("ab\n☺\U0001f600é", max_size=6)), max_size=40
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**50), 2**50) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def document(program: list[tuple[int, int, str]], stored: list[object]) -> bytes:
    """A document that several people typed in, with other shared types beside the text, as one update."""
    docs: list[Doc[Any]] = [Doc() for _ in range(4)]
    for who, place, text in program:
        doc = docs[who]
        source = doc.get("source", type=Text)
        if place % 3 == 0 and (there := str(source)):
            del source[: len(there[0].encode())]
        if text:
            source.insert(0, text)
        for other in docs:
            other.apply_update(doc.get_update(other.get_state()))
    docs[0].get("items", type=Array).extend(stored)
    docs[0].get("map", type=Map)["k"] = stored
    return bytes(docs[0].get_update())


@given(edits, st.lists(values, max_size=5))
def test_pieces_say_what_the_whole_says(program: list[tuple[int, int, str]], stored: list[object]) -> None:
    update = document(program, stored)
    assert split_update(update) == [update]
    pieces = list(inspect._Walk(update).pieces())
    whole, apart = Replica(None, [update]), Replica()
    for piece in pieces:
        assert not apart.apply([piece]).malformed
    assert apart.waiting == []
    assert apart.text() == whole.text()
    assert apart.state() == whole.state()
    assert apart.doc.get_update(whole.state()) == whole.doc.get_update(whole.state())


def test_a_long_update_becomes_pieces_in_any_order_of_clients() -> None:
    updates = hostile.many_clients(3_000)
    whole = Replica(None, updates)
    pieces = split_update(whole.doc.get_update())
    assert len(pieces) == 3_000 // inspect.PIECE_PARTS
    apart = Replica()
    for piece in pieces:
        apart.apply([piece])
    assert apart.text() == whole.text()


@given(st.binary(max_size=200))
def test_random_bytes_are_taken_or_refused(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        split_update(data)


@given(edits, st.integers(0, 10_000), st.integers(0, 255))
def test_a_changed_byte_breaks_nothing_but_the_update(
    program: list[tuple[int, int, str]], place: int, byte: int
) -> None:
    update = bytearray(document(program, []))
    update[place % len(update)] = byte
    with contextlib.suppress(ProtocolError):
        split_update(bytes(update))


def test_what_needs_inspection() -> None:
    assert not needs_inspection(hostile.update([hostile.text("very usual vows, é☺")]))
    for update in (
        hostile.nested_values(2_000),
        hostile.nested_values(2_000, named=True),
        hostile.number(2**28) + b"\1\1\0",
        hostile.update([bytes([hostile.ANY]) + hostile.IN_ROOT + b"\1\x76" + hostile.number(2**28)]),
    ):
        assert needs_inspection(update)
        with contextlib.suppress(ProtocolError):
            split_update(update)
            raise AssertionError("it was taken")
