"""Whatever is sent as a query, the parser answers with actions or an error for the sender."""

from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from studium.hub.tables import Requester
from studium.hub.tables.catalog import TABLES
from studium.hub.tables.parse import Get, Set, parse
from studium.protocol.errors import StudiumError
from studium.protocol.ids import AccountId

ADA = Requester(account_id=AccountId(uuid4()))

_names = st.sampled_from([*TABLES, "title", "state", "project_id", "==", ">", "x", "limit", "set", "order_by"])
_anything: Any = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just("{now}"), st.just("{account_id}")),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_names, inner, max_size=3)),
    max_leaves=12,
)


@given(_anything, _anything)
def test_any_json_is_understood_or_refused(query: Any, options: Any) -> None:
    try:
        actions, _ = parse(TABLES, ADA, query, options)
    except StudiumError as error:
        assert error.message.endswith(".")  # noqa: PT017 - many queries are right
    else:
        assert isinstance(actions, list)


def test_a_null_makes_a_get_and_options_force_either() -> None:
    def kind(query: Any, *options: Any) -> type:
        return type(parse(TABLES, ADA, query, list(options))[0][0])

    assert kind({"projects": {"state": {"status": None}}}) is Get
    assert kind({"projects": {"title": "x"}}) is Set
    assert kind({"projects": {"title": None}}, {"set": True}) is Set
    assert kind({"projects": {"title": "x"}}, {"set": False}) is Get
    assert kind({"projects": {"title": [None]}}) is Set  # an array is a leaf


def test_substitutions() -> None:
    (action,), _ = parse(TABLES, ADA, {"accounts": {"settings": {"a": ["{account_id}"], "b": "{now}"}}}, [])
    assert isinstance(action, Set)
    assert action.values["settings"]["a"] == [str(ADA.account_id)]
    assert action.values["settings"]["b"].endswith("Z")


def test_deep_nesting_is_refused() -> None:
    query: Any = None
    for _ in range(100):
        query = {"a": query}
    try:
        parse(TABLES, ADA, {"projects": {"state": query}}, [])
    except StudiumError as error:
        assert error.code == "invalid_query"  # noqa: PT017
    else:
        raise AssertionError("it was accepted")
