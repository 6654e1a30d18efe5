"""Running a command as a process: the event loop, signals, and an end that is either clean or quick.

The first Ctrl-C (or SIGTERM) asks for an orderly end; the second one ends the waiting for saves.
"""

import asyncio
import contextlib
import resource
import signal
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
OPEN_FILES = 65_536


class Stopping:
    """What signals ask for: ``asked`` after the first, ``hurried`` after the second."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.hurried = asyncio.Event()

    def signal(self) -> None:
        """A signal came."""
        (self.hurried if self.asked.is_set() else self.asked).set()

    async def unless_asked(self, work: Coroutine[Any, Any, T]) -> T:
        """Do ``work``; a signal meanwhile cancels it and raises ``Interrupted``."""
        return await self._race(work, self.asked)

    async def unless_hurried(self, work: Coroutine[Any, Any, T]) -> T:
        """Do ``work``; a second signal meanwhile cancels it and raises ``Interrupted``."""
        return await self._race(work, self.hurried)

    async def _race(self, work: Coroutine[Any, Any, T], event: asyncio.Event) -> T:
        task, waiting = asyncio.ensure_future(work), asyncio.ensure_future(event.wait())
        try:
            await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise Interrupted
        finally:
            for future in (task, waiting):
                future.cancel()
            await asyncio.gather(task, waiting, return_exceptions=True)


class Interrupted(Exception):
    """A signal ended what was under way."""


def allow_many_files() -> None:
    """Take as many open files as the system allows at all, within reason: each page that is open is a socket or more,
    and the customary 1,024 are soon used up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def run(command: Callable[[Stopping], Awaitable[T]]) -> T | None:
    """Run an asynchronous command to its end; None when a signal interrupted it."""

    async def main() -> T:
        stopping = Stopping()
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, stopping.signal)
        return await command(stopping)

    with contextlib.suppress(Interrupted, KeyboardInterrupt):
        return uvloop.run(main())
    return None
