"""When somebody last used this project, and what in it is busy: by this its hub stops a project that lies idle.

Use is a request while it is answered, a WebSocket when it is opened, and every edit. A page that is merely open is no
use, whatever its sockets say to keep themselves alive: a page forgotten over night must not keep a project running.
What computes with nobody watching says so for as long as it does: ``with use.busy(): …``.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from aiohttp import web

from studium.http.errors import json_response
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.use import ProjectUse

MAX_WAIT_SECONDS = 600.0


class Use:
    """The clock of idleness. ``clock`` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = clock()
        self._busy = 0
        self._waiters: set[asyncio.Future[None]] = set()

    def note(self) -> None:
        """Somebody uses the project now."""
        self._last = self._clock()
        while self._waiters:
            waiter = self._waiters.pop()
            if not waiter.done():
                waiter.set_result(None)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """The project is in use for the length of a block: a command, a computation, an upload."""
        self._busy += 1
        self.note()
        try:
            yield
        finally:
            self._busy -= 1
            self.note()

    def idle_seconds(self) -> float:
        """For how long there was no use; 0 while anything is busy."""
        return 0.0 if self._busy else self._clock() - self._last

    async def wait_used(self, seconds: float) -> None:
        """Return at the next use, or after ``seconds``."""
        if self._busy:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(waiter, seconds)
        finally:
            self._waiters.discard(waiter)

    def close(self) -> None:
        """Let those who wait go: the server ends."""
        self.note()

    def add_routes(self, app: web.Application) -> None:
        """``GET /use``, ``POST /use``: for the hub alone. A GET with ``wait_seconds`` is answered after as long, or at
        the first use after what ``idle_seconds`` says that the hub knows."""
        app.router.add_get("/use", self._tell)
        app.router.add_post("/use", self._take)

    async def _tell(self, request: web.Request) -> web.StreamResponse:
        seconds = _seconds(request, "wait_seconds", MAX_WAIT_SECONDS)
        if seconds and self.idle_seconds() >= _seconds(request, "idle_seconds", float("inf")):
            await self.wait_used(seconds)
        return json_response(ProjectUse(idle_seconds=self.idle_seconds()))

    async def _take(self, _request: web.Request) -> web.StreamResponse:
        self.note()
        return json_response(ProjectUse(idle_seconds=self.idle_seconds()))

    def statistics(self) -> dict[str, float]:
        """What is busy now, and for how long nothing was."""
        return {"busy": self._busy, "idle_seconds": self.idle_seconds()}


def _seconds(request: web.Request, name: str, most: float) -> float:
    try:
        seconds = float(request.query.get(name, "0"))
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= most:
        message = f"{name} must be a number of seconds, at most {most:.0f}."
        raise StudiumError(ErrorCode.INVALID_VALUE, message, field=name)
    return seconds
