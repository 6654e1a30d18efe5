"""Those who wait until something about a project changes."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator

from studium.protocol.ids import ProjectId


class Waiters:
    """``with waiters.waiting(project_id) as changed:`` look first, then ``await changed``."""

    def __init__(self) -> None:
        self._waiting: defaultdict[ProjectId, set[asyncio.Future[None]]] = defaultdict(set)

    @contextlib.contextmanager
    def waiting(self, project_id: ProjectId) -> Iterator["asyncio.Future[None]"]:
        """A future that ends when anything about the project changes after this."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[project_id].add(waiter)
        try:
            yield waiter
        finally:
            waiter.cancel()
            self._waiting[project_id].discard(waiter)
            if not self._waiting[project_id]:
                del self._waiting[project_id]

    def wake(self, project_id: ProjectId) -> None:
        """Something about the project has changed."""
        for waiter in self._waiting.get(project_id, ()):
            if not waiter.done():
                waiter.set_result(None)

    def wake_all(self) -> None:
        """Anything may have changed."""
        for project_id in list(self._waiting):
            self.wake(project_id)
