"""Coming into a project by invitation: a link, or an address that waits for an account.

Whoever holds the link of an invitation may use it, also of one that was made for an address: it was sent there. Without
the link an address gets in only when it is known to be its owner's: confirmed, or named by an administrator.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from studium.hub.auth.names import email_key
from studium.hub.auth.tokens import LINK_PREFIX, new_token, token_hash
from studium.hub.database import Connection, Database
from studium.hub.database.statements import Statements
from studium.hub.tables.notifications import notify
from studium.hub.tables.project_log import log
from studium.protocol.activity import LogEvent, NotificationKind
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId, ProjectId
from studium.protocol.session import NewProjectInvitation, Role

SQL = Statements(Path(__file__).with_name("joining.sql"))
INVITATIONS_OF_PROJECT = 100
_ORDER = (Role.VIEWER, Role.COLLABORATOR, Role.OWNER)


@dataclass(frozen=True)
class Made:
    """An invitation that was just made: only now is its token known."""

    token: str
    invitation_id: UUID
    expires_at: datetime | None
    project_title: str


@dataclass(frozen=True)
class Found:
    """What a link leads to."""

    project_id: ProjectId
    title: str
    role: Role
    invited_by: str
    expires_at: datetime | None


async def invite(connection: Connection, account_id: AccountId, asked: NewProjectInvitation) -> Made:
    """Make one within a transaction. Raises ``not_permitted``, ``conflict``, ``invalid_value``, ``too_large``."""
    if asked.role is Role.OWNER:
        raise StudiumError(ErrorCode.INVALID_VALUE, "Nobody becomes an owner by an invitation.", field="role")
    row = await connection.fetchrow(SQL["may_invite"], asked.project_id, account_id)
    if row is None or row["role"] not in (Role.OWNER, Role.COLLABORATOR):
        raise StudiumError(
            ErrorCode.NOT_PERMITTED, "You may not invite people to this project: owners and collaborators may."
        )
    if row["deleted"]:
        raise StudiumError(ErrorCode.CONFLICT, "This project was deleted. Restore it, then invite people.")
    key = None
    if asked.email_address is not None:
        key = email_key(asked.email_address)
        if await connection.fetchval(SQL["has_account"], key):
            raise StudiumError(
                ErrorCode.CONFLICT,
                f"{asked.email_address} has an account here. Add it to the project instead.",
                field="email_address",
            )
        await connection.execute(SQL["take_back_email"], asked.project_id, key)
    if row["invitations"] >= INVITATIONS_OF_PROJECT:
        raise StudiumError(
            ErrorCode.TOO_LARGE,
            f"This project has {INVITATIONS_OF_PROJECT} invitations, which is the most. Take some back first.",
        )
    token = new_token(LINK_PREFIX)
    made = await connection.fetchrow(
        SQL["create"],
        asked.project_id,
        token_hash(token),
        str(asked.role),
        asked.email_address.strip() if asked.email_address is not None else None,
        key,
        account_id,
        asked.days,
        1 if key is not None else asked.most_uses,
    )
    assert made is not None
    return Made(token, made["invitation_id"], made["expires_at"], row["title"])


async def find(connection: Connection, token: str) -> Found:
    """Raises ``not_found`` for a link that does not work, whatever the reason."""
    row = await connection.fetchrow(SQL["find"], token_hash(token))
    if row is None:
        raise StudiumError(
            ErrorCode.NOT_FOUND,
            "This link does not work: it has ended, was used up or was taken back. Ask whoever sent it for a new one.",
        )
    return Found(
        ProjectId(row["project_id"]), row["title"], Role(row["role"]), row["invited_by"] or "", row["expires_at"]
    )


async def join(database: Database, account_id: AccountId, token: str) -> ProjectId:
    """Use a link. Who has the role already, or a higher one, goes in without using it up. Raises ``not_found``."""
    async with database.transaction() as connection:
        return await _join(connection, account_id, token_hash(token), await find(connection, token))


async def join_all_waiting(connection: Connection, account_id: AccountId, key: str) -> list[ProjectId]:
    """Use all invitations of an address that is known to be this account's."""
    joined = []
    for row in await connection.fetch(SQL["waiting"], key):
        found = await connection.fetchrow(SQL["find"], row["token_hash"])
        if found is not None:
            target = Found(ProjectId(found["project_id"]), found["title"], Role(found["role"]), "", None)
            joined.append(await _join(connection, account_id, row["token_hash"], target))
            by, told = found["created_by"], NotificationKind.ADDED_TO_PROJECT
            await notify(connection, account_id, target.project_id, told, by, role=str(target.role))
    return joined


async def _join(connection: Connection, account_id: AccountId, hashed: bytes, found: Found) -> ProjectId:
    await connection.execute(SQL["lock_project"], found.project_id)
    if await connection.fetchrow(SQL["find"], hashed) is None:  # another was quicker
        raise StudiumError(ErrorCode.NOT_FOUND, "This link was used up or taken back just now. Ask for a new one.")
    role = await connection.fetchval(SQL["role"], found.project_id, account_id)
    if role is None or _ORDER.index(Role(role)) < _ORDER.index(found.role):
        await connection.execute(SQL["join"], hashed, account_id)
        await connection.execute(SQL["count_use"], hashed)
        await log(connection, found.project_id, account_id, LogEvent.PERSON_JOINED, role=str(found.role))
    return found.project_id


async def delete_expired(database: Database) -> None:
    """End the invitations whose time is over; every page hears of it."""
    await database.execute(SQL["delete_expired"])
