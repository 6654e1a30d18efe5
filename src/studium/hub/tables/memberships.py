"""Which of the accounts that have feeds here are in which projects: an index to find feeds by, never a right.

It may know too many memberships for a moment, never too few: whoever is found by it is still asked by their own query.
"""

from collections import defaultdict
from uuid import UUID

from studium.hub.database import Database
from studium.hub.tables.rights import STATEMENTS


class Memberships:
    """Projects of watched accounts, kept current by ``add`` and ``remove`` from the stream of changes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._projects: dict[UUID, set[UUID]] = {}
        self._accounts: dict[UUID, set[UUID]] = defaultdict(set)
        self._read_once: set[UUID] = set()  # accounts whose projects are all known

    def accounts_in(self, project_id: UUID) -> set[UUID]:
        """The watched accounts in a project."""
        return self._accounts.get(project_id, set())

    async def watch(self, account_id: UUID) -> None:
        """Know the projects of this account from now on. It is watched before it is read, so that nothing is missed."""
        if account_id in self._read_once:
            return
        projects = self._projects.setdefault(account_id, set())
        await self._read(account_id)
        if self._projects.get(account_id) is projects:
            self._read_once.add(account_id)

    async def read_again(self) -> None:
        """After changes may have been missed."""
        for account_id in list(self._projects):
            await self._read(account_id)

    def unwatch(self, account_id: UUID) -> None:
        """Forget an account that has no feeds any more."""
        self._read_once.discard(account_id)
        for project_id in self._projects.pop(account_id, set()):
            self._drop(project_id, account_id)

    def add(self, project_id: UUID, account_id: UUID) -> None:
        """An account came into a project."""
        if account_id in self._projects:
            self._projects[account_id].add(project_id)
            self._accounts[project_id].add(account_id)

    def remove(self, project_id: UUID, account_id: UUID) -> None:
        """An account left a project."""
        if account_id in self._projects:
            self._projects[account_id].discard(project_id)
            self._drop(project_id, account_id)

    def statistics(self) -> dict[str, int]:
        """Accounts watched, and projects that they are in."""
        return {"accounts": len(self._projects), "projects": len(self._accounts)}

    async def _read(self, account_id: UUID) -> None:
        for row in await self._database.fetch(STATEMENTS["projects_of"], account_id):
            self.add(row["project_id"], account_id)

    def _drop(self, project_id: UUID, account_id: UUID) -> None:
        accounts = self._accounts.get(project_id)
        if accounts is not None:
            accounts.discard(account_id)
            if not accounts:
                del self._accounts[project_id]
