"""Accounts and projects for tests, made as the server makes them."""

from typing import Any
from uuid import UUID, uuid4

from studium.hub.api_tokens import create_api_token
from studium.hub.database import Database
from studium.hub.tables import Requester, Tables
from studium.protocol.account import TokenScope
from studium.protocol.ids import AccountId


async def add_account(database: Database, name: str = "Ada", *, administrator: bool = False) -> Requester:
    """A new account, as it asks queries; its address is ``NAME-….@example.org``."""
    account_id = AccountId(uuid4())
    address = f"{name.lower()}-{account_id}@example.org"
    await database.execute(
        "INSERT INTO accounts (account_id, email_address, email_key, first_name, last_name, administrator, colour)"
        " VALUES ($1, $2, $2, $3, 'Tester', $4, 3)",
        account_id,
        address,
        name,
        administrator,
    )
    session_id = await database.fetchval(
        "INSERT INTO sessions (token_hash, account_id, expires_at) VALUES ($1, $2, now() + interval '1 day')"
        " RETURNING session_id",
        account_id.bytes,
        account_id,
    )
    return Requester(account_id=account_id, administrator=administrator, session_id=session_id)


async def add_token(database: Database, requester: Requester, name: str = "script") -> UUID:
    """A new API token of somebody; its id."""
    assert requester.account_id is not None
    token_id, _ = await create_api_token(database, requester.account_id, name, TokenScope.FULL, None)
    return token_id


async def email_of(database: Database, requester: Requester) -> str:
    """The address of an account."""
    return str(
        await database.fetchval("SELECT email_address FROM accounts WHERE account_id = $1", requester.account_id)
    )


async def add_project(tables: Tables, requester: Requester, title: str = "A project") -> str:
    """A new project of somebody; its id as it travels."""
    answer = await tables.query(requester, {"projects": {"title": title}})
    return str(answer.result["projects"]["project_id"])


async def add_collaborator(
    tables: Tables, requester: Requester, project_id: str, account_id: UUID | None, role: str = "collaborator"
) -> Any:
    """Add somebody to a project."""
    return await tables.query(
        requester, {"collaborators": {"project_id": project_id, "account_id": str(account_id), "role": role}}
    )


async def add_invitation(tables: Tables, project_id: str, email_address: str | None = None) -> str:
    """An invitation to a project, whose link nobody knows; its id as it travels."""
    return str(
        await tables.database.fetchval(
            "INSERT INTO project_invitations (project_id, token_hash, role, email_address, email_key)"
            " VALUES ($1::uuid, $2, 'viewer', $3, $3) RETURNING invitation_id",
            project_id,
            uuid4().bytes,
            email_address,
        )
    )
