"""The garbage collector of a hub with many connections: full collections are rare.

A full collection walks through all objects and stops the event loop for as long: a second or more with ten thousand
pages open. By itself Python makes one whenever the number of objects has grown by a quarter: while people come in the
morning. Young objects are still collected all the time, which is where almost all garbage is; what is found by a full
collection alone are connections that ended and left a cycle, and these can wait.
"""

import asyncio
import contextlib
import gc
import time
from collections.abc import AsyncIterator

FULL_SECONDS = 600.0
"""Between two full collections: pauses are less than a thousandth of the time, and little waits to be freed."""

NEVER = 2**30


class RareCollections:
    """``async with RareCollections().running():`` for the life of a hub."""

    def __init__(self, seconds: float = FULL_SECONDS) -> None:
        self._seconds = seconds
        self._made = 0
        self._paused_seconds = 0.0
        self._longest_seconds = 0.0

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep to it until the block ends."""
        before = gc.get_threshold()
        gc.collect()
        gc.freeze()  # modules and what was made at the start are for ever
        gc.set_threshold(before[0], before[1], NEVER)
        task = asyncio.create_task(self._work(), name="full garbage collections")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            gc.set_threshold(*before)
            gc.unfreeze()

    async def _work(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            began = time.perf_counter()
            gc.collect()
            took = time.perf_counter() - began
            self._made += 1
            self._paused_seconds += took
            self._longest_seconds = max(self._longest_seconds, took)

    def statistics(self) -> dict[str, float]:
        """Full collections since the start, and for how long they stopped the hub, in all and at most."""
        return {
            "full_collections": self._made,
            "paused_seconds": self._paused_seconds,
            "longest_pause_seconds": self._longest_seconds,
        }
