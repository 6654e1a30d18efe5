"""The sockets that are open and the requests that are under way through this hub, by whom and for what, so that they
can be ended at once."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from studium.hub.auth.requester import Requester
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import ProjectId
from studium.protocol.session import Role

MAX_SOCKETS_OF_ACCOUNT = 500
"""Sockets and requests that one account may have open through one hub: some browsers with many tabs, not a flood."""


@dataclass(eq=False)
class OpenSocket:
    """One socket, or one ``request``. ``role`` is that which was signed for it; ``ended`` is set with the reason when
    it must close."""

    account_id: UUID
    grant_id: UUID
    project_id: ProjectId
    request: bool = False
    read_only: bool = False
    role: Role | None = None
    ended: "asyncio.Future[StudiumError]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def end(self, error: StudiumError) -> None:
        """Ask for its close."""
        if not self.ended.done():
            self.ended.set_result(error)


class OpenSockets:
    """All sockets of this hub."""

    def __init__(self) -> None:
        self._by_account: dict[UUID, set[OpenSocket]] = defaultdict(set)
        self._ended = 0

    @contextmanager
    def opened(self, requester: Requester, project_id: ProjectId, *, request: bool = False) -> Iterator[OpenSocket]:
        """Register a socket for the length of a block. Register first, then check the rights: so no loss of a right
        can fall between the two. Raises ``rate_limited``."""
        mine = self._by_account[requester.account_id]
        if len(mine) >= MAX_SOCKETS_OF_ACCOUNT:
            raise StudiumError(
                ErrorCode.RATE_LIMITED,
                f"You have {len(mine)} connections open, which is the limit. Close some tabs, then try again.",
                retry_after=10,
            )
        opened = OpenSocket(requester.account_id, requester.grant_id, project_id, request, requester.read_only)
        mine.add(opened)
        try:
            yield opened
        finally:
            opened.ended.cancel()
            mine.discard(opened)
            if not mine:
                self._by_account.pop(requester.account_id, None)

    def end(
        self,
        error: StudiumError,
        *,
        account_id: UUID | None = None,
        grant_id: UUID | None = None,
        project_id: UUID | None = None,
    ) -> int:
        """End every socket that matches all that is given; return how many."""
        if account_id is None:
            found = [each for mine in self._by_account.values() for each in mine]
        else:
            found = list(self._by_account.get(account_id, ()))
        count = 0
        for each in found:
            if (grant_id is None or each.grant_id == grant_id) and (
                project_id is None or each.project_id == project_id
            ):
                each.end(error)
                count += 1
        self._ended += count
        return count

    def end_sockets(self, error: StudiumError, account_id: UUID | None = None) -> None:
        """End every socket, or those of one account; requests under way may still finish."""
        for each in self.all() if account_id is None else list(self._by_account.get(account_id, ())):
            if not each.request:
                each.end(error)

    def all(self) -> list[OpenSocket]:
        """Every socket that is open now."""
        return [each for mine in self._by_account.values() for each in mine]

    def statistics(self) -> dict[str, int]:
        """Sockets open, accounts that have any, sockets that were ended from here."""
        return {
            "open": sum(len(mine) for mine in self._by_account.values()),
            "accounts": len(self._by_account),
            "ended": self._ended,
        }
