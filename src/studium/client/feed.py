"""A live table: its rows as they are now, and what happens to them, one event after another."""

import asyncio
import functools
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.tables import Row

EVENTS_WAITING = 10_000
"""Events that may wait to be read; past that, one snapshot of the rows as they are takes the place of all."""


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """``snapshot``: all ``rows``, at the start and when what was missed can no longer be had. Else the ``row`` that was
    inserted or updated, as it is now; of one that is gone, the primary key and the fields that the query selects by."""

    action: Literal["snapshot", "insert", "update", "delete"]
    row: Row | None = None
    rows: tuple[Row, ...] | None = None


class Gap(Exception):
    """Events are missing, or do not fit to the rows: the feed must be read anew."""


class Feed:
    """``async for event in feed:``; ``feed.rows`` at any time. It goes on through lost connections and restarts of
    Studium. Leave it by ``async with client.feed(…) as feed:``, or ``await feed.close()``."""

    def __init__(
        self, query: dict[str, Any], options: Sequence[dict[str, Any]], closed: Callable[["Feed"], None]
    ) -> None:
        self.query = query
        self.options = list(options)
        self.seq: int | None = None  # of the last message taken in; none before the first snapshot
        self._closed = closed
        self._table = next(iter(query), "")
        self._key: tuple[str, ...] = ()
        self._order: tuple[str, ...] = ()
        self._rows: dict[tuple[Any, ...], Row] = {}
        self._events: deque[FeedEvent] = deque()
        self._news = asyncio.Event()
        self._error: StudiumError | None = None
        self._ended = False

    def __repr__(self) -> str:
        return f"<Feed of {self._table}, {len(self._rows)} rows>"

    @property
    def rows(self) -> list[Row]:
        """The rows as they are now, in the order of the query where its fields are asked for."""
        rows = list(self._rows.values())
        order = [column for column in (*self._order, *self._key) if rows and column.removeprefix("-") in rows[0]]
        return sorted(rows, key=functools.cmp_to_key(functools.partial(_compare, order)))

    def __aiter__(self) -> "Feed":
        return self

    async def __anext__(self) -> FeedEvent:
        while not self._events:
            if self._error is not None:
                raise self._error
            if self._ended:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._events.popleft()

    async def __aenter__(self) -> "Feed":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End the feed."""
        if not self._ended:
            self._ended = True
            self._news.set()
            self._closed(self)

    # --- what the connection does -------------------------------------------------------------------------------

    def fail(self, error: StudiumError) -> None:
        """The feed cannot go on."""
        self._error, self._ended = error, True
        self._news.set()

    def end(self) -> None:
        """The client is closed."""
        self._ended = True
        self._news.set()

    def reset(self, message: dict[str, Any]) -> None:
        """Take in a snapshot. Raises ``invalid_query`` for one whose rows cannot be told apart."""
        ((self._table, rows),) = message["result"].items()
        self._key, self._order = tuple(message.get("key", ())), tuple(message.get("order", ()))
        (pattern,) = self.query[self._table]
        missing = [column for column in self._key if column not in pattern]
        if missing or not self._key:
            raise StudiumError(
                ErrorCode.INVALID_QUERY,
                f"To follow {self._table}, ask for its key too: "
                + ", ".join(f"“{name}”: None" for name in missing)
                + ".",
            )
        self._rows = {self._key_of(row): row for row in rows}
        self.seq = int(message["seq"])
        self._add(self._snapshot())

    def change(self, message: dict[str, Any]) -> None:
        """Take in an event. Raises ``Gap``."""
        if self.seq is None or message["seq"] != self.seq + 1:
            raise Gap
        action = message["action"]
        row: Row = message["old" if action == "delete" else "new"]
        key = self._key_of(row)
        if (key in self._rows) == (action == "insert"):
            raise Gap
        self.seq += 1
        if action == "delete":
            del self._rows[key]
        else:
            self._rows[key] = row
        self._add(FeedEvent(action, row=row))

    def _key_of(self, row: Row) -> tuple[Any, ...]:
        return tuple(row[column] for column in self._key)

    def _snapshot(self) -> FeedEvent:
        return FeedEvent("snapshot", rows=tuple(self.rows))

    def _add(self, event: FeedEvent) -> None:
        if event.action == "snapshot":
            self._events.clear()  # what was not read yet is in it
        self._events.append(event)
        if len(self._events) > EVENTS_WAITING:
            self._events.clear()
            self._events.append(self._snapshot())
        self._news.set()


def _compare(order: list[str], one: Row, other: Row) -> int:
    """As the database sorts: texts by code point, nulls last."""
    for column in order:
        name, sign = column.removeprefix("-"), -1 if column.startswith("-") else 1
        a, b = one[name], other[name]
        if a is None or b is None:
            if (a is None) != (b is None):
                return 1 if a is None else -1
        elif a != b:
            return sign if a > b else -sign
    return 0
