"""What an update holds is read as the CRDT library wrote it."""

from typing import Any

import pytest
from pycrdt import Array, Doc, Map, Text, XmlElement, XmlFragment, XmlText

from studium.sync.structs import structs
from studium.sync.updates import decode_state
from studium.sync.wire import ProtocolError


def everything() -> Doc[Any]:
    """A document with every kind of content that the library writes, some of it deleted."""
    doc: Doc[Any] = Doc(client_id=2**40 + 5)
    text = doc.get("source", type=Text)
    text += "plain é 🙂\n"
    text.insert(3, "between")
    text.format(1, 4, {"bold": True, "link": {"to": ["x", 1.5, None, -3, 2**40]}})
    text.insert_embed(2, {"image": "a.png"})
    del text[0:2]
    values = doc.get("values", type=Array)
    values.extend([1, -1, 63, 64, -64, 2**31, -(2**45), 1.5, 1e300, True, False, None, "é🙂", b"bytes"])
    values.append({"deep": [[[{"er": [1, {"": []}]}]]], "other": {}})
    del values[1]
    table = doc.get("table", type=Map)
    table["a"], table["b"], table["c"] = Text("nested 🙂"), Array([Map({"d": 1})]), Doc()
    table["a"] = "replaced"
    xml = doc.get("xml", type=XmlFragment)
    xml.children.append(XmlElement("paragraph", {"class": "x"}))
    xml.children[0].children.append(XmlText("in it"))
    return doc


def test_every_operation_of_a_document_is_read_once() -> None:
    doc = everything()
    clocks: dict[int, int] = {}
    for client, clock, length, _ in structs(doc.get_update()):
        assert clock == clocks.get(client, 0)
        clocks[client] = clock + length
    assert clocks == decode_state(doc.get_state())


def test_texts_are_found_where_they_are() -> None:
    doc: Doc[Text] = Doc()
    text = doc.get("source", type=Text)
    text += "é🙂" * 40
    update = doc.get_update()
    ((_, clock, length, where),) = structs(update)
    assert (clock, length) == (0, 120)
    assert where is not None
    assert update[where[0] : where[1]] == bytes([6 * 40 % 128 | 128, 6 * 40 // 128]) + ("é🙂" * 40).encode()


def test_what_is_missing_and_what_is_collected_count_as_the_library_counts_them() -> None:
    # Two operations that are not in it (skip), three that were collected (gc), one letter that hangs on nothing known.
    update = b"\1\3\7\0" + b"\x0a\2" + b"\0\3" + b"\x84\7\0\1x" + b"\0"
    assert [tuple(struct) for struct in structs(update)] == [(7, 2, 3, None), (7, 5, 1, (11, 13))]


def test_an_update_that_ends_early_is_refused() -> None:
    update = everything().get_update()
    read = list(structs(update))
    for end in range(len(update)):
        try:
            part = list(structs(update[:end]))
        except ProtocolError:
            continue
        assert part == read, end  # only what is deleted is cut


@pytest.mark.parametrize(
    "update",
    [
        b"",
        b"\1\1\7\0\x04\1\1a\2\xff\xff",  # not UTF-8
        b"\1\1\7\0\x0c\1\1a\0",  # no struct has the type 12
        b"\1\1\7\0\x08\1\1a\1\x01\0",  # no value has the type 1
        b"\1\1\7\0\x08\1\1a\xff\xff\xff\xff\x07" + b"\x75\xff\xff\xff\xff\x07" * 1000,  # values without end
        b"\1" + b"\xff" * 20,
    ],
)
def test_what_no_client_sends_is_refused(update: bytes) -> None:
    with pytest.raises(ProtocolError):
        list(structs(update))


def test_a_bit_that_the_library_passes_over_is_passed_over() -> None:
    update = b"\1\1\5\0" + b"\x14\1\6source\2he" + b"\0"
    doc: Doc[Text] = Doc()
    doc.apply_update(update)
    assert str(doc.get("source", type=Text)) == "he"
    assert [struct.length for struct in structs(update)] == [2]
