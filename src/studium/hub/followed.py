"""What was read from the database, remembered until the database says that it has changed.

A change is heard a moment before a query is sure to see it, and a change may be heard while a query is under way: both
are minded here, so that a cache never keeps an answer older than a change that was heard.
"""

import time
from collections import OrderedDict, defaultdict, deque
from collections.abc import Awaitable, Callable, Hashable, Iterable
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
    """``get(key)`` answers from memory, or by ``read(key)``; a value of None is not remembered. ``about(key, value)``
    are the ids by which an entry is forgotten, at no cost to the others."""

    def __init__(
        self,
        changes: ChangeStream,
        read: Callable[[_Key], Awaitable[_Value | None]],
        about: Callable[[_Key, _Value], Iterable[Hashable]],
    ) -> None:
        self._changes = changes
        self._read = read
        self._ids = about
        self._entries: OrderedDict[_Key, tuple[_Value, float]] = OrderedDict()
        self._about: defaultdict[Hashable, set[_Key]] = defaultdict(set)
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
            self._drop(key)
            self._entries[key] = (value, time.monotonic() + REMEMBERED_SECONDS)
            for one in self._ids(key, value):
                self._about[one].add(key)
            if len(self._entries) > MAX_ENTRIES:
                self._drop(next(iter(self._entries)))
        return value

    def _drop(self, key: _Key) -> None:
        entry = self._entries.pop(key, None)
        for one in () if entry is None else self._ids(key, entry[0]):
            self._about[one].discard(key)
            if not self._about[one]:
                del self._about[one]

    async def see_changes(self) -> None:
        """Return when queries see every change that was heard."""
        if unseen := set(self._unseen):
            await self._changes.wait_visible(unseen)
            while self._unseen and self._unseen[0] in unseen:
                self._unseen.popleft()

    def forget(self, about: Iterable[Hashable] | None = None, transaction: int | None = None) -> None:
        """Forget the entries about any of these ids, or all, because of a change in ``transaction``."""
        self._generation += 1
        if transaction is not None:
            self._unseen.append(transaction)
        if about is None:
            self._entries.clear()
            self._about.clear()
            return
        for key in [key for one in about for key in self._about.get(one, ())]:
            self._drop(key)

    def statistics(self) -> dict[str, int]:
        """Entries, answers from memory, reads of the database."""
        return {"entries": len(self._entries), "hits": self._hits, "reads": self._reads}
