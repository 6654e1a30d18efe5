"""Turns at the database, so that one account's questions never leave others without a connection."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from studium.protocol.errors import ErrorCode, StudiumError

AT_ONCE = 4
"""Questions of one account that are being answered; the hub has four times as many connections."""

WAITING = 400
"""Questions of one account that may wait: each of its connections has one at most, the rest are scripts'."""


class Turns:
    """``async with turns.of(account_id)``: wait for a turn, first come, first served. None is all who are nobody."""

    def __init__(self) -> None:
        self._running: defaultdict[UUID | None, int] = defaultdict(int)
        self._waiting: dict[UUID | None, deque[asyncio.Future[None]]] = {}
        self._refused = 0

    @asynccontextmanager
    async def of(self, account_id: UUID | None) -> AsyncIterator[None]:
        """One turn. Raises ``rate_limited`` when too many wait already."""
        await self._take(account_id)
        try:
            yield
        finally:
            self._give(account_id)

    async def _take(self, account_id: UUID | None) -> None:
        if self._running[account_id] < AT_ONCE:
            self._running[account_id] += 1
            return
        queue = self._waiting.setdefault(account_id, deque())
        if len(queue) >= WAITING:
            self._refused += 1
            raise StudiumError(
                ErrorCode.RATE_LIMITED, f"{WAITING} of your questions are waiting. Ask fewer at a time.", retry_after=1
            )
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give(account_id)  # it was given to us in the moment that we went
            raise

    def _give(self, account_id: UUID | None) -> None:
        queue = self._waiting.get(account_id, deque())
        while queue:
            turn = queue.popleft()
            if not turn.done():  # else who waited has gone
                turn.set_result(None)
                return
        self._waiting.pop(account_id, None)
        self._running[account_id] -= 1
        if not self._running[account_id]:
            del self._running[account_id]

    def statistics(self) -> dict[str, int]:
        """Questions being answered, waiting, and refused since the start."""
        return {
            "running": sum(self._running.values()),
            "waiting": sum(map(len, self._waiting.values())),
            "waiting_refused": self._refused,
        }
