"""E-mail addresses and names, whatever is typed."""

from hypothesis import given
from hypothesis import strategies as st

from studium.hub.auth.names import email_key, split_name
from studium.protocol.errors import StudiumError


@given(st.text(max_size=60))
def test_the_key_of_a_key_is_itself(address: str) -> None:
    try:
        key = email_key(address)
    except StudiumError:
        return
    assert email_key(key) == key
    assert key.count("@") == 1
    assert not any(character.isspace() for character in key)


@given(st.text(max_size=60))
def test_a_name_loses_nothing_but_white_space(name: str) -> None:
    try:
        first, last = split_name(name)
    except StudiumError:
        return
    assert first
    assert " " not in first
    assert split_name(f"{first} {last}") == (first, last)
