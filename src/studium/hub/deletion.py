"""Deleting an account: what must be handed over first, what goes with it, and in which order locks are taken.

Rows that decide are locked before they are looked at: two owners of a project, or two administrators, who leave at the
same moment leave one after the other, and the second is refused. Every hub hears of the deletions and ends sockets,
feeds and projects.
"""

from pathlib import Path

import asyncpg

from studium.hub.auth.requester import not_signed_in
from studium.hub.database import Connection, Database
from studium.hub.database.statements import Statements
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId

_SQL = Statements(Path(__file__).with_name("deletion.sql"))
PROJECTS_NAMED = 50
"""Projects that a refusal lists; whoever has more hands these over first."""

ATTEMPTS = 5
"""Of a deletion that met others at the same rows."""


async def delete_account(database: Database, account_id: AccountId, password_hash: str) -> None:
    """Delete an account whose password is the one with this hash, and the projects that nobody else is in.

    Raises ``conflict`` for the last administrator, for the only owner of projects that others are in (``projects``
    lists them), and when the password was changed meanwhile.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            async with database.transaction() as connection:
                await _delete(connection, account_id, password_hash)
            return
        except asyncpg.DeadlockDetectedError as error:  # somebody was adding this account to a project
            if attempt == ATTEMPTS:
                raise StudiumError(
                    ErrorCode.CONFLICT, "Others changed the same thing at the same moment. Try again."
                ) from error


async def _delete(connection: Connection, account_id: AccountId, password_hash: str) -> None:
    locked = {row["account_id"]: row for row in await connection.fetch(_SQL["lock_account"], account_id)}
    account = locked.get(account_id)
    if account is None:
        raise not_signed_in()
    if account["password_hash"] != password_hash:
        raise StudiumError(ErrorCode.CONFLICT, "The password was changed elsewhere meanwhile. Type the new one.")
    if account["administrator"] and len(locked) == 1:
        raise StudiumError(
            ErrorCode.CONFLICT,
            "You are the only administrator of this Studium. Make somebody else an administrator first.",
        )
    await connection.execute(_SQL["lock_projects"], account_id)
    owned = await connection.fetch(_SQL["only_owner"], account_id, PROJECTS_NAMED)
    if owned:
        raise StudiumError(
            ErrorCode.CONFLICT,
            "Others are in projects of which you are the only owner. Make somebody else an owner of each, or remove "
            "the others from it, then delete your account.",
            projects=[{"project_id": str(row["project_id"]), "title": row["title"]} for row in owned],
        )
    await _delete_own_projects(connection, account_id)
    await connection.execute(_SQL["delete_account"], account_id)


async def _delete_own_projects(connection: Connection, account_id: AccountId) -> None:
    """Delete the projects that nobody else is in: the one place that says what deleting them means."""
    await connection.execute(_SQL["delete_own_projects"], account_id)
