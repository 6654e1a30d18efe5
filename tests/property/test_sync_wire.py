"""Whatever comes from the network is decoded or refused with ``ProtocolError``, never anything else."""

import contextlib
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from studium.sync.awareness import AwarenessStates, Owner, State, decode_awareness, encode_awareness_state
from studium.sync.updates import decode_state, encode_state
from studium.sync.wire import (
    MAX_VARUINT,
    Decoder,
    ProtocolError,
    SyncMessage,
    decode_frame,
    encode_sync,
    encode_varstring,
    encode_varuint,
    pack,
    unpack,
)

clients = st.integers(0, 2**32)


@given(st.integers(0, MAX_VARUINT))
def test_varuints_come_back(number: int) -> None:
    decoder = Decoder(encode_varuint(number))
    assert decoder.varuint() == number
    assert decoder.at_end


@given(st.text())
def test_strings_come_back(text: str) -> None:
    assert Decoder(encode_varstring(text)).varstring() == text


@given(st.lists(st.binary()))
def test_packed_updates_come_back(parts: list[bytes]) -> None:
    assert unpack(pack(parts)) == parts


@given(st.dictionaries(clients, clients))
def test_state_vectors_come_back(state: dict[int, int]) -> None:
    assert decode_state(encode_state(state)) == state


@given(st.lists(st.tuples(st.sampled_from([0, 1, 2]), st.binary())))
def test_frames_of_several_messages_come_back(messages: list[tuple[int, bytes]]) -> None:
    frame = b"".join(encode_sync(kind, payload) for kind, payload in messages)
    assert decode_frame(frame) == [SyncMessage(kind, payload) for kind, payload in messages]


@given(st.binary(max_size=200))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    for decode in (decode_frame, decode_awareness, decode_state, unpack):
        with contextlib.suppress(ProtocolError):
            decode(data)


def _signed(person: str, state: State) -> State:
    return {**state, "by": person}


states = st.none() | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)
says = st.tuples(st.sampled_from("ab"), st.integers(1, 3), st.integers(1, 4), st.integers(0, 5), states)


@given(st.lists(says, max_size=40))
def test_nobody_speaks_for_another_person(program: list[tuple[str, int, int, int, dict[str, int] | None]]) -> None:
    kept = AwarenessStates()
    owner_of: dict[int, str] = {}
    for person, connection, client_id, clock, state in program:
        owner = Owner(person, connection)
        entries = decode_awareness(encode_awareness_state(client_id, clock, state))
        changed = kept.apply(owner, entries, partial(_signed, person))
        if changed and client_id in owner_of:
            assert owner_of[client_id] == person
        here = {entry.client_id: entry.state for entry in decode_awareness(kept.encode_all())}
        owner_of = {client: str(state["by"]) for client, state in here.items() if state is not None}
    for person in "ab":
        for connection in (1, 2, 3):
            kept.remove_owner(Owner(person, connection))
    assert len(kept) == 0
