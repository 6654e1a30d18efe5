"""What was read from the database, remembered until the database says that it has changed.

A change is heard a moment before a query is sure to see it, and a change may be heard while a query is under way: both
are minded here, so that a cache never keeps an answer older than a change that was heard.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from studium.hub.database.changes import ChangeStream

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")

MAX_ENTRIES = 10_000
MAX_UNSEEN = 256
"""Changes that are made sure of before a read; they take microseconds to be seen, so older ones are."""

REMEMBERED_SECONDS = 30.0
"""How long an answer is believed when no change is heard of: access by time (an expiry) is not a change."""


class Followed(Generic[_Key, _Value]):
    """``get(key)`` answers from memory, or by ``read(key)``; a value of None is not remembered."""

    def __init__(self, changes: ChangeStream, read: Callable[[_Key], Awaitable[_Value | None]]) -> None:
        self._changes = changes
        self._read = read
        self._entries: OrderedDict[_Key, tuple[_Value, float]] = OrderedDict()
        self._generation = 0
        self._unseen: deque[int] = deque(maxlen=MAX_UNSEEN)
        self._hits = 0
        self._reads = 0

    async def get(self, key: _Key) -> _Value | None:
        """The value, or None when there is none."""
        entry = self._entries.get(key)
        if entry is not None and entry[1] > time.monotonic() and self._changes.connected:
            self._hits += 1
            return entry[0]
        await self.see_changes()
        generation = self._generation
        self._reads += 1
        value = await self._read(key)
        if value is not None and generation == self._generation:
            self._entries[key] = (value, time.monotonic() + REMEMBERED_SECONDS)
            self._entries.move_to_end(key)
            if len(self._entries) > MAX_ENTRIES:
                self._entries.popitem(last=False)
        return value

    async def see_changes(self) -> None:
        """Return when queries see every change that was heard."""
        if unseen := set(self._unseen):
            await self._changes.wait_visible(unseen)
            while self._unseen and self._unseen[0] in unseen:
                self._unseen.popleft()

    def forget(self, which: Callable[[_Key, _Value], bool] | None = None, transaction: int | None = None) -> None:
        """Forget the entries that ``which`` picks, or all, because of a change in ``transaction``."""
        self._generation += 1
        if transaction is not None:
            self._unseen.append(transaction)
        if which is None:
            self._entries.clear()
            return
        for key in [key for key, (value, _) in self._entries.items() if which(key, value)]:
            del self._entries[key]

    def statistics(self) -> dict[str, int]:
        """Entries, answers from memory, reads of the database."""
        return {"entries": len(self._entries), "hits": self._hits, "reads": self._reads}
