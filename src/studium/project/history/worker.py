"""A thread that reads the log, and the bounded queue before it. Neither the event loop nor who types waits for it."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from studium.project.history.pace import Pace
from studium.project.history.reader import Reader
from studium.protocol.errors import ErrorCode, StudiumError

_T = TypeVar("_T")


class Worker:
    """Its log is opened by the first request and closed with the worker. ``max_waiting`` requests may wait; whoever
    asks beyond is told to ask again."""

    def __init__(self, name: str, folder: Path, max_waiting: int) -> None:
        self._folder = folder
        self._max_waiting = max_waiting
        self._thread = ThreadPoolExecutor(1, name)
        self._closing = threading.Event()
        self._reader: Reader | None = None
        self._waiting = 0
        self._answered = 0

    async def read(self, function: Callable[[Reader], _T]) -> _T:
        """What ``function`` returns. Raises what it raises, and ``rate_limited`` or ``unavailable``."""
        self._check()
        if self._waiting >= self._max_waiting:
            raise StudiumError(
                ErrorCode.RATE_LIMITED,
                "Too many people look into the history of this project at once. Try again in a moment.",
                retry_after=1,
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._guarded, function)
        finally:
            self._waiting -= 1
            self._answered += 1

    async def close(self) -> None:
        """End what is being read, and let go of the log."""
        self._closing.set()
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)
        self._drop()

    def statistics(self) -> dict[str, int]:
        """Counts for the metrics page."""
        reader = self._reader
        return {
            "waiting": self._waiting,
            "answered": self._answered,
            **({} if reader is None else reader.statistics()),
        }

    def _guarded(self, function: Callable[[Reader], _T]) -> _T:
        if self._reader is None:
            self._reader = Reader(self._folder, Pace(self._check))
        try:
            return function(self._reader)
        except (StudiumError, KeyboardInterrupt, SystemExit):
            raise
        except Exception:
            self._drop()
            raise
        except BaseException as error:  # a panic of the CRDT library is no Exception
            self._drop()
            raise RuntimeError("The CRDT library broke while replaying a history") from error

    def _drop(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.log.close()

    def _check(self) -> None:
        if self._closing.is_set():
            raise StudiumError(ErrorCode.UNAVAILABLE, "The project is stopping. Open it again in a moment.")
