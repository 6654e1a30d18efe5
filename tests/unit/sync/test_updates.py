"""What an update brings, told without applying it; and what the CRDT library does that this rests on."""

import gc
import weakref

from pycrdt import Doc, Text

from studium.sync.updates import EMPTY_UPDATE, is_integrated


def _typed(*words: str) -> tuple[Doc[Text], list[bytes]]:
    doc: Doc[Text] = Doc()
    text = doc.get("source", type=Text)
    updates = []
    for word in words:
        state = doc.get_state()
        text += word
        updates.append(doc.get_update(state))
    return doc, updates


def test_an_update_is_integrated_when_all_it_rests_on_is_there() -> None:
    doc, (one, two) = _typed("one ", "two")
    other: Doc[Text] = Doc()
    other.apply_update(two)
    assert not is_integrated(two, other.get_state())
    assert other.get_update() == EMPTY_UPDATE  # the library leaves it out of snapshots: the room must keep it
    other.apply_update(one)
    assert is_integrated(two, other.get_state())
    assert str(other.get("source", type=Text)) == "one two"
    state = doc.get_state()
    del doc.get("source", type=Text)[0:4]
    deletion = doc.get_update(state)
    assert is_integrated(deletion, state)
    assert not is_integrated(deletion, b"\x00")


def test_documents_are_freed_after_being_observed() -> None:
    doc, (one,) = _typed("one")
    del doc
    other: Doc[Text] = Doc()
    subscription = other.observe(lambda event: None)
    other.apply_update(one)
    other.unobserve(subscription)
    reference = weakref.ref(other)
    del other, subscription
    gc.collect()
    assert reference() is None
