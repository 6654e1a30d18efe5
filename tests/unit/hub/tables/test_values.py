"""Checks and merges of values."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studium.hub.tables.schema import Kind
from studium.hub.tables.values import merge, same_json, text, to_database, to_json

_json: Any = st.recursive(
    st.one_of(st.booleans(), st.integers(-9, 9), st.text(max_size=3)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=2), inner, max_size=3)),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.ID, "no"),
        (Kind.ID, 7),
        (Kind.TEXT, "a\0b"),
        (Kind.TEXT, "\ud800"),
        (Kind.INTEGER, True),
        (Kind.INTEGER, 1.5),
        (Kind.INTEGER, 2**31),
        (Kind.BOOLEAN, 1),
        (Kind.TIME, "2026-11-21T09:00:00"),
        (Kind.TIME, "tomorrow"),
        (Kind.JSON, {"a": "b\0"}),
        (Kind.JSON, "x" * 70_000),
        (Kind.JSON, [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]),
    ],
)
def test_values_that_are_refused(kind: Kind, value: Any) -> None:
    with pytest.raises(ValueError, match="must"):
        to_database(kind, value)


def test_times_travel_with_six_digits_so_that_their_text_sorts() -> None:
    for given_, travels in (
        ("2026-11-21T09:00:00Z", "2026-11-21T09:00:00.000000Z"),
        ("2026-11-21T10:00:00.5+01:00", "2026-11-21T09:00:00.500000Z"),
    ):
        assert to_json(Kind.TIME, to_database(Kind.TIME, given_)) == travels


def test_text_is_trimmed_and_kept_to_its_length() -> None:
    check = text(1, 5)
    assert check("  Knöt ") == "Knöt"
    for wrong in ("", "  ", "sixsix", "a\nb", "a\x1bb", "a\u2028b"):
        with pytest.raises(ValueError, match="must"):
            check(wrong)
    assert text(0, 9, lines=True)("a\nb") == "a\nb"


@given(_json, _json)
def test_merging_twice_is_merging_once(old: Any, new: Any) -> None:
    once = merge(old, new)
    assert same_json(merge(once, new), once)


def test_merge() -> None:
    assert merge({"a": {"x": 1, "y": 2}, "b": [1, 2]}, {"a": {"x": 3}, "b": [9]}) == {"a": {"x": 3, "y": 2}, "b": [9]}
    assert merge({"a": {"x": 1}, "b": 2}, {"a": None}) == {"b": 2}
    assert not same_json({"a": 1}, {"a": True})
    assert same_json({"a": 1, "b": 2}, {"b": 2, "a": 1})
