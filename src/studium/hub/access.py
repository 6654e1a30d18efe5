"""Who may do what in a project: the one place where it is decided, and where losing a right takes effect.

An administrator who is not in a project passes as its owner. Nobody learns from a refusal whether a project exists.
"""

import asyncio
from pathlib import Path
from uuid import UUID

from studium.hub.auth.requester import Requester, not_signed_in
from studium.hub.auth.sessions import Sessions
from studium.hub.database import Database
from studium.hub.database.changes import ChangeStream, RowChange
from studium.hub.database.statements import Statements
from studium.hub.followed import Followed
from studium.hub.sockets import OpenSockets
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import ProjectId
from studium.protocol.session import Role

_SQL = Statements(Path(__file__).with_name("access.sql"))
_SIGNED = ("first_name", "last_name", "colour", "avatar")
"""Columns of an account that the identity of a socket has in it."""

_Pair = tuple[ProjectId, UUID]


def not_permitted() -> StudiumError:
    """The same for a project that is not there and for one that is somebody else's."""
    return StudiumError(
        ErrorCode.NOT_PERMITTED,
        "There is no such project, or you are not in it. Ask one of its owners to add you.",
    )


class Access:
    """Roles, with a memory that follows the database, and the end of sockets whose right has gone."""

    def __init__(self, database: Database, changes: ChangeStream, sessions: Sessions, sockets: OpenSockets) -> None:
        self._database = database
        self._sessions = sessions
        self._sockets = sockets
        self._roles: Followed[_Pair, Role] = Followed(changes, self._read, lambda pair, _: (pair, *pair))
        self._recheck = asyncio.Event()
        self._checker: asyncio.Task[None] | None = None
        self._stops = [
            changes.listen("collaborators", self._collaborators),
            changes.listen("sessions", self._sessions_changed),
            changes.listen("api_tokens", self._tokens_changed),
            changes.listen("accounts", self._accounts_changed),
            changes.listen("projects", self._projects_changed),
            changes.on_restored(self._restored),
        ]

    async def project(self, requester: Requester, project_id: ProjectId) -> Role:
        """The role of whoever asks; by a token that may only read it is a viewer's. Raises ``not_permitted``."""
        role = await self._roles.get((project_id, requester.account_id))
        if role is None:
            raise not_permitted()
        return _capped(role, read_only=requester.read_only)

    async def start(self) -> None:
        """Be ready to check what is open after the database was away."""
        self._checker = asyncio.create_task(self._check_sockets(), name="rights of open sockets")

    async def close(self) -> None:
        """Listen no more."""
        for stop in self._stops:
            stop()
        if self._checker is not None:
            self._checker.cancel()
            await asyncio.gather(self._checker, return_exceptions=True)

    async def _read(self, pair: _Pair) -> Role | None:
        role = await self._database.fetchval(_SQL["role"], *pair)
        return Role(role) if role is not None else None

    def _collaborators(self, change: RowChange) -> None:
        row = change.old or change.new or {}
        project_id, account_id = ProjectId(row["project_id"]), row["account_id"]
        self._roles.forget([(project_id, account_id)], change.transaction)
        if change.action == "delete":
            self._sockets.end(not_permitted(), account_id=account_id, project_id=project_id)
        elif change.action == "update" and change.changed("role"):
            # The role was signed when the socket was opened; the page opens it again with the new one.
            self._sockets.end(_role_changed(), account_id=account_id, project_id=project_id)

    def _projects_changed(self, change: RowChange) -> None:
        row = change.new or change.old or {}
        archived = change.action == "update" and change.changed("archived")
        if change.action == "delete" or archived:
            project_id = row["project_id"]
            self._roles.forget([project_id], change.transaction)
            self._sockets.end(_role_changed() if archived else not_permitted(), project_id=project_id)

    def _sessions_changed(self, change: RowChange) -> None:
        if change.action == "delete" and change.old is not None:
            self._end_grant(change.old["session_id"], change.transaction)

    def _tokens_changed(self, change: RowChange) -> None:
        if change.action == "delete" and change.old is not None:
            self._end_grant(change.old["token_id"], change.transaction)

    def _end_grant(self, grant_id: UUID, transaction: int) -> None:
        self._sessions.forget(grant_id=grant_id, transaction=transaction)
        self._sockets.end(not_signed_in(), grant_id=grant_id)

    def _accounts_changed(self, change: RowChange) -> None:
        row = change.old or change.new or {}
        account_id = row["account_id"]
        if change.action == "insert":
            return
        self._sessions.forget(account_id=account_id, transaction=change.transaction)
        disabled = change.new is not None and change.new.get("disabled") is True
        if change.action == "delete" or (disabled and change.changed("disabled")):
            self._sockets.end(not_signed_in(), account_id=account_id)
        elif change.changed("administrator"):
            self._roles.forget([account_id], change.transaction)
            self._sockets.end(_role_changed(), account_id=account_id)
        elif any(change.changed(column) for column in _SIGNED):
            # Others see the old name and colour where a socket is open: the page opens it again with the new ones.
            self._sockets.end_sockets(_person_changed(), account_id)

    def _restored(self) -> None:
        """Rights may have been lost unheard: every socket is checked anew."""
        self._roles.forget()
        self._sessions.forget()
        self._recheck.set()

    async def _check_sockets(self) -> None:
        while True:
            await self._recheck.wait()
            self._recheck.clear()
            try:
                for each in self._sockets.all():
                    values = (each.project_id, each.account_id, each.grant_id)
                    role = await self._database.fetchval(_SQL["role_by_grant"], *values)
                    if role is None:
                        each.end(not_permitted())
                    elif each.role is not None and _capped(Role(role), read_only=each.read_only) != each.role:
                        each.end(_role_changed())
            except StudiumError:
                continue  # away again: it will be told when it is back

    def statistics(self) -> dict[str, int]:
        """Of the memory of roles."""
        return self._roles.statistics()


def _capped(role: Role, *, read_only: bool) -> Role:
    return Role.VIEWER if read_only else role


def _person_changed() -> StudiumError:
    return StudiumError(ErrorCode.UNAVAILABLE, "Your name or picture has changed. The page connects again.")


def _role_changed() -> StudiumError:
    return StudiumError(ErrorCode.UNAVAILABLE, "Your role has changed. The page connects again.")
