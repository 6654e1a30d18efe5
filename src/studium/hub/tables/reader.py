"""Reads touched feeds again, by a few tasks on connections of their own.

Feeds wait by *shape*: those that differ in values alone (who asks, which project) are read by one statement, and shapes
take turns. One feed is never read by two at once. What cannot be read, while the database is away, is tried again.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from studium.hub.database import ChangeStream, Database
from studium.hub.tables.feed import Feed, Touch
from studium.hub.tables.select import Key, Plan
from studium.protocol.errors import ErrorCode, StudiumError

logger = logging.getLogger(__name__)

WORKERS = 4
GROUP = 200  # feeds read by one statement
RETRY_SECONDS = 0.5  # a feed that could not be read, while the database is away


class FeedReader:
    """Brings touched feeds up to date; ``failed(feed, error)`` is called for one that cannot go on."""

    def __init__(self, dsn: str, stream: ChangeStream, failed: Callable[[Feed, StudiumError], None]) -> None:
        self._stream = stream
        self._failed = failed
        # Connections of its own: those who write much must not hold up those who look.
        self._database = Database(dsn, connections=WORKERS)
        self._queue: dict[Any, deque[Feed]] = {}
        self._ready = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._pending = 0  # feeds that wait to be read or are being read
        self._tasks: list[asyncio.Task[None]] = []
        self._timers: set[asyncio.TimerHandle] = set()
        self._reads = 0
        self._failures = 0
        self._events = 0

    async def open(self) -> None:
        """Start to read."""
        await self._database.open(apply_migrations=False)
        self._tasks = [asyncio.create_task(self._work(), name=f"feed reader {index}") for index in range(WORKERS)]

    async def close(self) -> None:
        """Stop reading."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        await self._database.close()

    async def wait_idle(self) -> None:
        """Return when every feed has been read again since it was last touched."""
        await self._idle.wait()

    def statistics(self) -> dict[str, int]:
        """Feeds waiting to be read; reads, events and unforeseen failures since the start."""
        return {
            "waiting": self._pending,
            "reads": self._reads,
            "events": self._events,
            "failures": self._failures,
        }

    def enqueue(self, feed: Feed) -> None:
        """Read a touched feed soon; not sooner after the last time than its table allows."""
        if feed.queued or feed.closed:
            return
        feed.queued = True
        self._pending += 1
        self._idle.clear()
        wait = feed.evaluated_at + feed.plan.table.throttle_seconds - asyncio.get_running_loop().time()
        if wait > 0:
            self._later(wait, self._append, feed)
        else:
            self._append(feed)

    def _done(self, feed: Feed) -> None:
        feed.queued = False
        self._pending -= 1
        if feed.touched and not feed.closed:
            self.enqueue(feed)
        elif self._pending == 0:
            self._idle.set()

    def _append(self, feed: Feed) -> None:
        self._queue.setdefault(feed.plan.shape or feed, deque()).append(feed)
        self._ready.set()

    def _take_group(self) -> list[Feed]:
        """Feeds of the shape whose turn it is; what is left of it waits for its next turn."""
        shape, waiting = next(iter(self._queue.items()))
        del self._queue[shape]
        group = [waiting.popleft() for _ in range(min(GROUP, len(waiting)))]
        if waiting:
            self._queue[shape] = waiting
        return group

    async def _work(self) -> None:
        while True:
            while not self._queue:
                self._ready.clear()
                await self._ready.wait()
            group = []
            for feed in self._take_group():
                if feed.closed:
                    self._done(feed)
                else:
                    group.append((feed, feed.take_touched()))
            together: list[tuple[Feed, Touch]] = []
            alone: list[tuple[Feed, Touch]] = []
            for feed, touch in group:
                (alone if touch.scopes or feed.needs_all(touch) else together).append((feed, touch))
            if len(together) == 1 or not await self._read_together(together):
                alone += together
            for feed, touch in alone:
                await self._read_alone(feed, touch)

    async def _read_together(self, group: list[tuple[Feed, Touch]]) -> bool:
        """Read feeds of one shape by one statement; false when that fails, then none suffers for another alone."""
        if not group:
            return True
        try:
            await self._stream.wait_visible(set().union(*(touch.transactions for _, touch in group)), self._database)
            async with self._database.connection() as connection:
                found = await Plan.fetch_together(connection, [(feed.plan, touch.keys) for feed, touch in group])
        except Exception as error:
            if not isinstance(error, StudiumError):
                self._failures += 1
                logger.exception("Feeds on %s could not be read together.", group[0][0].plan.table.name)
            return False
        for (feed, touch), rows in zip(group, found, strict=True):
            try:
                self._send(feed, touch, rows)
            except StudiumError as error:
                self._failed(feed, error)
            self._done(feed)
        return True

    async def _read_alone(self, feed: Feed, touch: Touch) -> None:
        try:
            await self._stream.wait_visible(touch.transactions, self._database)
            async with self._database.connection() as connection:
                rows = await feed.read(connection, touch)
            self._send(feed, touch, rows)
        except StudiumError as error:
            if error.code in (ErrorCode.UNAVAILABLE, ErrorCode.TIMEOUT):
                feed.touch(touch)
                self._later(RETRY_SECONDS, self._append, feed)
                return
            self._failed(feed, error)
        except Exception:
            self._failures += 1
            logger.exception("A feed on %s failed.", feed.plan.table.name)
            self._failed(feed, StudiumError(ErrorCode.INTERNAL, "This feed failed. Reload the page; it was logged."))
        self._done(feed)

    def _send(self, feed: Feed, touch: Touch, rows: dict[Key, dict[str, Any]]) -> None:
        if feed.closed:
            return
        events = feed.difference(touch, rows)
        self._reads += 1
        self._events += len(events)
        feed.evaluated_at = asyncio.get_running_loop().time()
        if feed.connection is not None:
            for event in events:
                feed.connection.send(event.frame(feed.feed_id))

    def _later(self, seconds: float, act: Callable[[Feed], None], feed: Feed) -> None:
        def run() -> None:
            self._timers.discard(timer)
            act(feed)

        timer = asyncio.get_running_loop().call_later(seconds, run)
        self._timers.add(timer)
