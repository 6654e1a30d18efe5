"""``GET /projects/{project_id}/find/paths?text=…``: the files whose paths fit some letters, while somebody types.

Paths are walked on the first question, and again when they are old: at once when the kernel told of changes in a folder
that somebody looks at, else after a while. Meanwhile the old ones answer. What fitted fewer letters is kept, so that
each further letter looks through less.
"""

import asyncio
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from studium.project.files.home import Home
from studium.project.find.path_index import PathIndex
from studium.project.find.ranking import best, candidates
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.find import FoundPath, PathsFound

MAX_FOUND: Final = 50
MAX_TEXT: Final = 200
FIRST_SECONDS: Final = 0.04
"""How long an answer waits for a walk that is under way: small projects are walked by then."""
CHANGED_SECONDS: Final = 0.5
OLD_SECONDS: Final = 5.0
"""Paths older than this are walked anew; those of which the kernel told a change, after ``CHANGED_SECONDS``."""
SHARE: Final = 10
"""A walk that took long is made less often: it takes at most a tenth of the time."""
KEPT: Final = 32
MAX_KEPT: Final = 30_000
"""Answers kept, and how many paths one may have: 32 MB."""


_log = logging.getLogger(__name__)


class PathFinder:
    """Answers questions. ``changes`` counts what happened in folders that somebody looks at."""

    def __init__(self, home: Home) -> None:
        self._indexes = {hidden: PathIndex(home, hidden=hidden) for hidden in (False, True)}
        self._walks: dict[bool, asyncio.Task[None]] = {}
        self._seen: dict[bool, int] = {}
        self._kept: OrderedDict[tuple[bool, int, str], list[int]] = OrderedDict()
        self._lock = threading.Lock()
        self._asked = 0
        self.changes: Callable[[], int] = lambda: 0

    async def find(self, text: str, *, hidden: bool) -> PathsFound:
        """The best paths for what was typed; the first ones for nothing."""
        if len(text) > MAX_TEXT:
            message = f"“text” is longer than {MAX_TEXT} characters. Type a part of the name."
            raise StudiumError(ErrorCode.TOO_LARGE, message, field="text", limit=MAX_TEXT)
        self._asked += 1
        walk = self._refresh(hidden)
        if walk is not None:
            await asyncio.wait([walk], timeout=FIRST_SECONDS)
        return await asyncio.to_thread(self._find, text, hidden)

    def changed(self) -> None:
        """Somebody made, renamed or removed files."""
        for index in self._indexes.values():
            index.walked_at = float("-inf")

    async def close(self) -> None:
        """End walks."""
        for index in self._indexes.values():
            index.stop()
        await asyncio.gather(*self._walks.values(), return_exceptions=True)

    def statistics(self) -> dict[str, float]:
        """Counts for the metrics page."""
        return {"paths": sum(len(index.paths) for index in self._indexes.values()), "paths_asked": self._asked}

    def _refresh(self, hidden: bool) -> asyncio.Task[None] | None:
        """The walk that is under way, or is begun because it is time for one."""
        walk = self._walks.get(hidden)
        if walk is not None and not walk.done():
            return walk
        index = self._indexes[hidden]
        now = time.monotonic()
        changes = self.changes()
        is_old = OLD_SECONDS if self._seen.get(hidden) == changes else CHANGED_SECONDS
        if index.complete and now - index.walked_at < max(is_old, SHARE * index.walk_seconds):
            return None
        self._seen[hidden] = changes
        walk = asyncio.get_running_loop().create_task(_walk(index), name="find paths")
        self._walks[hidden] = walk
        return walk

    def _find(self, text: str, hidden: bool) -> PathsFound:
        index = self._indexes[hidden]
        generation, paths, lower, complete = index.generation, index.paths, index.lower, index.complete
        size = len(paths)  # a walk may add to them
        letters = "".join(text.lower().split())
        if letters:
            numbers = self._candidates(hidden, generation, letters, lower[:size] if not complete else lower, complete)
            found = best(text, paths, lower, numbers, MAX_FOUND)
        else:
            found = [(number, []) for number in range(min(size, MAX_FOUND))]
        answers = [FoundPath(paths[number], _units(paths[number], positions)) for number, positions in found]
        return PathsFound(answers, complete, index.truncated, size)

    def _candidates(self, hidden: bool, generation: int, letters: str, lower: list[str], complete: bool) -> list[int]:
        among = None
        if complete:
            for size in range(len(letters), 0, -1):
                among = self._kept.get((hidden, generation, letters[:size]))
                if among is not None:
                    break
        numbers = candidates(letters, lower, among)
        if complete and len(numbers) <= MAX_KEPT:
            with self._lock:
                self._kept[hidden, generation, letters] = numbers
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
        return numbers


async def _walk(index: PathIndex) -> None:
    try:
        await asyncio.to_thread(index.walk)
    except Exception:
        _log.exception("The project could not be looked through for its files")


def _units(path: str, positions: list[int]) -> list[int]:
    """Positions in UTF-16 units. Lower case may be longer than the path: what points beyond it is left out."""
    if path.isascii():
        return positions
    return [len(path[:at].encode("utf-16-le")) // 2 for at in positions if at < len(path)]
