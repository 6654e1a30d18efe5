"""Letting others run: the thread that reads histories shares the interpreter's lock with the event loop.

Whoever waits for that lock gets it within some milliseconds, but one pass of the loop takes it several times. So the
reader sleeps a moment after each moment of work, and typing stays quick while a long history is replayed.
"""

import time
from collections.abc import Callable

WORK_SECONDS = 0.002
REST_SECONDS = 0.001


class Pace:
    """Call ``breathe`` between small pieces of work. ``check`` is called as often, and may raise to end the work."""

    def __init__(self, check: Callable[[], None]) -> None:
        self._check = check
        self._since = time.perf_counter()

    def breathe(self) -> None:
        """Sleep when that is due."""
        worked = time.perf_counter() - self._since
        if worked < WORK_SECONDS:
            return
        self._check()
        time.sleep(max(REST_SECONDS, worked * REST_SECONDS / WORK_SECONDS))  # some pieces are not small
        self._since = time.perf_counter()
