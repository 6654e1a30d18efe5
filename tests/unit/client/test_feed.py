"""A feed of the client by itself: snapshots and events as the hub sends them, and what happens past the bounds."""

from typing import Any

import pytest

from studium.client import ErrorCode, Feed, StudiumError
from studium.client import feed as feed_module
from studium.client.feed import Gap

QUERY: dict[str, Any] = {"projects": [{"project_id": None, "title": None}]}


def row(number: int, title: str | None) -> dict[str, Any]:
    return {"project_id": str(number), "title": title}


def begun(*rows: dict[str, Any], order: tuple[str, ...] = ("-title",)) -> Feed:
    feed = Feed(QUERY, (), lambda _: None)
    feed.reset({"result": {"projects": list(rows)}, "seq": 0, "key": ["project_id"], "order": list(order)})
    return feed


async def test_events_change_the_rows_and_keep_their_order() -> None:
    feed = begun(row(1, "a"), row(2, None))
    assert (await anext(feed)).rows == (row(1, "a"), row(2, None))
    feed.change({"seq": 1, "action": "insert", "new": row(3, "É")})
    feed.change({"seq": 2, "action": "update", "new": row(1, "𝒳")})
    feed.change({"seq": 3, "action": "delete", "old": {"project_id": "2"}})
    assert feed.rows == [row(1, "𝒳"), row(3, "É")]
    assert [(await anext(feed)).action for _ in range(3)] == ["insert", "update", "delete"]


@pytest.mark.parametrize(
    "message",
    [
        {"seq": 2, "action": "insert", "new": row(3, "c")},
        {"seq": 1, "action": "insert", "new": row(1, "c")},
        {"seq": 1, "action": "update", "new": row(3, "c")},
        {"seq": 1, "action": "delete", "old": {"project_id": "3"}},
    ],
)
async def test_what_does_not_fit_is_a_gap(message: dict[str, Any]) -> None:
    feed = begun(row(1, "a"))
    with pytest.raises(Gap):
        feed.change(message)
    assert feed.rows == [row(1, "a")]


async def test_a_reader_that_falls_behind_gets_a_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "EVENTS_WAITING", 5)
    feed = begun(row(1, "a"))
    for number in range(1, 8):
        feed.change({"seq": number, "action": "update", "new": row(1, str(number))})
    events = []
    while feed._events:
        events.append(await anext(feed))
    assert events[0].action == "snapshot"
    assert events[-1].row == row(1, "7")
    assert len(events) < 5


async def test_a_feed_without_its_key_says_what_to_ask_for() -> None:
    feed = Feed({"projects": [{"title": None}]}, (), lambda _: None)
    with pytest.raises(StudiumError, match="“project_id”: None") as caught:
        feed.reset({"result": {"projects": []}, "seq": 0, "key": ["project_id"], "order": []})
    assert caught.value.code is ErrorCode.INVALID_QUERY


async def test_a_failed_feed_gives_what_came_before_its_error() -> None:
    feed = begun(row(1, "a"))
    feed.fail(StudiumError(ErrorCode.NOT_SIGNED_IN, "Over."))
    assert (await anext(feed)).action == "snapshot"
    with pytest.raises(StudiumError, match="Over"):
        await anext(feed)
