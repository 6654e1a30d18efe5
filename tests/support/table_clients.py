"""Hubs and clients of the tables plane without HTTP: a client applies events as a browser does."""

import asyncio
import json
from collections.abc import Callable
from functools import cmp_to_key
from typing import Any
from uuid import uuid4

from studium.hub.database import ChangeStream, Database
from studium.hub.tables import FeedConnection, Feeds, Requester, Tables
from studium.hub.tables.catalog import TABLES
from studium.protocol.errors import ErrorCode, StudiumError


class TablesHub:
    """The tables plane of one hub on a database of its own connections."""

    def __init__(self, dsn: str) -> None:
        self.database = Database(dsn, connections=6)
        self.tables = Tables(self.database)
        self.stream = ChangeStream(self.database)
        self.feeds = Feeds(self.tables, self.stream)

    async def start(self) -> "TablesHub":
        await self.database.open()
        await self.stream.open()
        await self.feeds.open()
        return self

    async def stop(self) -> None:
        await self.feeds.close()
        await self.stream.close()
        await self.database.close()

    async def settle(self) -> None:
        """Return when all that is committed now has reached the feeds of this hub."""
        async with asyncio.timeout(120):
            await self.stream.wait_connected()
            marked = asyncio.Event()
            mark = uuid4()  # in a table that every hub hears of and no feed shows
            end = self.stream.listen(
                "hubs", lambda change: marked.set() if (change.new or {}).get("hub_id") == mark else None
            )
            while not marked.is_set():  # again, when the stream was lost meanwhile
                await self.database.execute("DELETE FROM hubs WHERE hub_id = $1", mark)
                await self.database.execute("INSERT INTO hubs (hub_id) VALUES ($1)", mark)
                try:
                    await asyncio.wait_for(marked.wait(), 2)
                except TimeoutError:
                    continue
            await self.database.execute("DELETE FROM hubs WHERE hub_id = $1", mark)
            end()
            await self.feeds.wait_idle()


class FeedClient:
    """One connection and what it shows for each feed."""

    def __init__(self, hub: TablesHub, requester: Requester) -> None:
        self.hub = hub
        self.requester = requester
        self.closed: ErrorCode | None = None
        self.shown: dict[int, ShownFeed] = {}
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._next = 0
        self._connect()

    def _connect(self) -> None:
        self.connection = FeedConnection(self.hub.feeds, self.requester, self._end)
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self.connection.work())]

    async def ask(self, **message: Any) -> Any:
        """Send a request; wait for its answer."""
        self._next += 1
        number = message.pop("id", self._next)
        future = self._answers[number] = asyncio.get_running_loop().create_future()
        self.connection.receive(json.dumps({"id": number, **message}))
        return await asyncio.wait_for(future, 60)

    async def follow(self, query: Any, options: list[Any]) -> "ShownFeed | None":
        """Open a feed, unless it is refused."""
        answer = await self.ask(query=query, options=options, changes=True)
        return self.shown.get(answer["id"]) if "error" not in answer else None

    async def break_and_resume(self, hub: TablesHub | None = None) -> None:
        """Lose the connection, come back, to another hub where one is given, and resume every feed."""
        await self.stop()
        self.hub = hub or self.hub
        before, self.shown = self.shown, {}
        self._connect()
        for number, feed in before.items():
            self._next += 1
            self.shown[self._next] = feed
            await self.ask(
                id=self._next, resume=number, seq=feed.seq, query=feed.query, options=feed.options, changes=True
            )

    async def stop(self) -> None:
        """Go away."""
        self.connection.lost()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _read(self) -> None:
        while frames := await self.connection.next_frames():
            for frame in frames:
                self._take(json.loads(frame))

    def _take(self, message: Any) -> None:
        number = message["id"]
        if message.get("action") in ("insert", "update", "delete"):
            self.shown[number].apply(message)
            return
        if "seq" in message and "error" not in message:
            self._snapshot(number, message)
        elif "error" in message:
            ended = self.shown.pop(number, None)
            if ended is not None and message["error"]["code"] == ErrorCode.NOT_PERMITTED:
                ended.refused = True
        future = self._answers.pop(number, None)
        if future is not None and not future.done():
            future.set_result(message)

    def _snapshot(self, number: int, message: Any) -> None:
        feed = self.shown.get(number)
        if feed is None:
            feed = self.shown[number] = ShownFeed()
        if "result" in message:
            feed.reset(message["result"], message["seq"])
        else:
            assert feed.seq == message["seq"]

    def _end(self, code: ErrorCode, _reason: str) -> None:
        self.closed = code

    def described(self, number: int, query: Any, options: list[Any]) -> None:
        """Remember what a feed asks, to ask it afresh."""
        self.shown[number].query, self.shown[number].options = query, options


class ShownFeed:
    """The rows of one feed by primary key."""

    def __init__(self) -> None:
        self.query: Any = None
        self.options: list[Any] = []
        self.seq = 0
        self.refused = False  # another hub did not let it go on: its project is gone, or not this person's any more
        self.rows: dict[tuple[Any, ...], Any] = {}
        self.table = ""

    def reset(self, result: Any, seq: int) -> None:
        ((self.table, rows),) = result.items()
        self.rows = {self._key(row): row for row in rows}
        self.seq = seq

    def apply(self, event: Any) -> None:
        """Take an event in, exactly as the protocol's page says."""
        assert event["seq"] == self.seq + 1, "a gap in the sequence"
        self.seq += 1
        if event["action"] == "delete":
            assert self.rows.pop(self._key(event["old"]), None) is not None, "a delete of what was not there"
            return
        key = self._key(event["new"])
        assert (key in self.rows) == (event["action"] == "update"), "an insert of what was there, or the reverse"
        assert self.rows.get(key) != event["new"], "an update without a difference"
        self.rows[key] = event["new"]

    def listed(self, order: tuple[str, ...]) -> list[Any]:
        """The rows in the order of the feed, sorted by the client."""
        return sorted(self.rows.values(), key=cmp_to_key(_compare((*order, *TABLES[self.table].key))))

    def _key(self, row: Any) -> tuple[Any, ...]:
        return tuple(row[column] for column in TABLES[self.table].key)


def _compare(order: tuple[str, ...]) -> Callable[[Any, Any], int]:
    def compare(one: Any, other: Any) -> int:
        for column in order:
            name, sign = column.removeprefix("-"), -1 if column.startswith("-") else 1
            a, b = one[name], other[name]
            if a is None or b is None:
                if (a is None) != (b is None):
                    return 1 if a is None else -1
            elif a != b:
                return sign if a > b else -sign
        return 0

    return compare


async def fresh(tables: Tables, requester: Requester, query: Any, options: list[Any]) -> list[Any]:
    """What a query answers now; nothing when it is refused."""
    try:
        answer = await tables.query(requester, query, options)
    except StudiumError as error:
        if error.code is not ErrorCode.NOT_PERMITTED:
            raise
        return []
    ((_, rows),) = answer.result.items()
    return list(rows)
