"""Making accounts, and what belongs to an account: its Tutorial project, its tokens, its invitations.

Used by the hub's routes and by ``studium admin``; needs a database and nothing else.
"""

import datetime
import uuid
from pathlib import Path

import asyncpg

from studium.hub import joining
from studium.hub.api_tokens import create_api_token
from studium.hub.auth.names import email_key, split_name
from studium.hub.auth.passwords import Passwords, check_password
from studium.hub.auth.tokens import LINK_PREFIX, new_token, token_hash
from studium.hub.database import Connection, Database
from studium.hub.database.statements import Statements
from studium.protocol.account import TokenScope
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId, ProjectId
from studium.protocol.session import SignUpPolicy

SQL = Statements(Path(__file__).with_name("accounts.sql"))
TUTORIAL_TITLE = "Tutorial"
TUTORIAL_DESCRIPTION = "A few files that teach Studium by doing. Change them as you like."
_TUTORIALS = uuid.UUID("2c6a5f0e-6b9a-5d43-9a3e-71f1f2a5c0de")


def tutorial_project_id(account_id: AccountId) -> ProjectId:
    """The id of an account's Tutorial project: whoever starts a project of this id knows what to put in."""
    return ProjectId(uuid.uuid5(_TUTORIALS, str(account_id)))


async def create_account(
    database: Database, email_address: str, name: str, password: str, administrator: bool = False
) -> AccountId:
    """A new account with its Tutorial project, in the projects that its address was invited to: whoever runs this names
    the address. Raises ``invalid_value``, or ``conflict`` for a taken address."""
    passwords = Passwords()
    try:
        new = await prepare_account(passwords, email_address, name, password)
    finally:
        passwords.close()
    async with database.transaction() as connection:
        account_id = await new.insert(connection, administrator=administrator)
        await joining.join_all_waiting(connection, account_id, new.key)
        return account_id


class NewAccount:
    """An account that has been checked and hashed, and is not yet in the database."""

    def __init__(self, email_address: str, key: str, names: tuple[str, str], password_hash: str) -> None:
        self.email_address = email_address
        self.key = key
        self.names = names
        self.password_hash = password_hash

    async def insert(self, connection: Connection, *, administrator: bool) -> AccountId:
        """Write the account and its Tutorial project within the transaction of ``connection``."""
        try:
            account_id = AccountId(
                await connection.fetchval(
                    SQL["create_account"], self.email_address, self.key, *self.names, self.password_hash, administrator
                )
            )
        except asyncpg.UniqueViolationError:
            raise StudiumError(
                ErrorCode.CONFLICT,
                f"There is an account with the address {self.email_address} already. Sign in, or use another address.",
                field="email_address",
            ) from None
        project_id = tutorial_project_id(account_id)
        await connection.execute(SQL["create_project"], project_id, TUTORIAL_TITLE, TUTORIAL_DESCRIPTION, account_id)
        await connection.execute(SQL["create_owner"], project_id, account_id)
        return account_id


async def prepare_account(passwords: Passwords, email_address: str, name: str, password: str) -> NewAccount:
    """Check all fields, cheapest first, then hash."""
    key = email_key(email_address)
    names = split_name(name)
    return NewAccount(email_address.strip(), key, names, await passwords.hash(check_password(password)))


async def find_account(database: Database, email_address: str) -> AccountId:
    """The account with this address. Raises ``not_found``."""
    account_id = await database.fetchval(SQL["find_by_email"], email_key(email_address))
    if account_id is None:
        raise StudiumError(
            ErrorCode.NOT_FOUND,
            f"There is no account with the address {email_address[:254]}. Check the address.",
            email_address=email_address[:254],
        )
    return AccountId(account_id)


async def add_api_token(
    database: Database,
    email_address: str,
    name: str = "",
    scope: TokenScope = TokenScope.FULL,
    days: int | None = None,
) -> str:
    """A new token for the account with this address; see ``create_api_token``."""
    account_id = await find_account(database, email_address)
    _, token = await create_api_token(database, account_id, name, scope, days)
    return token


async def set_password(database: Database, email_address: str, password: str) -> None:
    """A new password; every session and every token of the account ends."""
    account_id = await find_account(database, email_address)
    passwords = Passwords()
    try:
        hashed = await passwords.hash(check_password(password))
    finally:
        passwords.close()
    await database.execute(SQL["set_password"], account_id, hashed)


async def set_sign_up(database: Database, policy: SignUpPolicy) -> None:
    """Who may make an account."""
    await database.execute(SQL["set_site_setting"], "sign_up", policy.value)


async def new_set_up_token(database: Database) -> str | None:
    """The token of a fresh set-up link, or None when there is an account already. Earlier links end."""
    async with database.transaction() as connection:
        await connection.execute(SQL["lock_accounts"])
        await connection.execute(SQL["clear_set_up_tokens"])
        if await connection.fetchval(SQL["any_account"]):
            return None
        token = new_token(LINK_PREFIX)
        await connection.execute(SQL["create_set_up_token"], token_hash(token))
        return token


async def use_set_up_token(database: Database, token: str, new: NewAccount) -> AccountId:
    """Make the first account. Of two who use one link at once, one wins and the other gets ``not_permitted``."""
    async with database.transaction() as connection:
        await connection.execute(SQL["lock_accounts"])
        used = await connection.fetchval(SQL["use_set_up_token"], token_hash(token))
        if not used or await connection.fetchval(SQL["any_account"]):
            raise StudiumError(
                ErrorCode.NOT_PERMITTED,
                "This set-up link has been used, or a newer one was printed. Sign in; or, if there is no account yet, "
                "start Studium again and use the link that it prints.",
            )
        await connection.execute(SQL["clear_set_up_tokens"])
        return await new.insert(connection, administrator=True)


async def create_invitation(
    database: Database, invited_by: AccountId, email_address: str | None
) -> tuple[str, datetime.datetime]:
    """The token of an invitation link and when it ends."""
    key = email_key(email_address) if email_address else None
    token = new_token(LINK_PREFIX)
    expires_at = await database.fetchval(SQL["create_invitation"], token_hash(token), key, invited_by)
    return token, expires_at


def check_policy(policy: SignUpPolicy, invitation: str | None) -> None:
    """Raise ``sign_up_closed`` when nobody may make an account, or only with an invitation."""
    if policy is SignUpPolicy.CLOSED:
        raise StudiumError(ErrorCode.SIGN_UP_CLOSED, "This Studium takes no new accounts. Ask its administrator.")
    if policy is SignUpPolicy.INVITATION and not invitation:
        raise StudiumError(
            ErrorCode.SIGN_UP_CLOSED, "A new account needs an invitation link here. Ask the administrator for one."
        )


async def sign_up(database: Database, new: NewAccount, policy: SignUpPolicy, invitation: str | None) -> AccountId:
    """Make an account as the site's policy allows. Raises ``sign_up_closed`` or ``not_permitted``."""
    check_policy(policy, invitation)
    async with database.transaction() as connection:
        if invitation is None:
            return await new.insert(connection, administrator=False)
        hashed = token_hash(invitation)
        used = await connection.fetchrow(SQL["use_invitation"], hashed, new.key)
        if used is None:
            raise StudiumError(
                ErrorCode.NOT_PERMITTED,
                "This invitation has been used, has ended, or is for another e-mail address. Ask for a new one.",
            )
        account_id = await new.insert(connection, administrator=False)
        await connection.execute(SQL["set_invitation_account"], hashed, account_id)
        if used["email_address"] is not None:  # the administrator sent the link there
            await joining.join_all_waiting(connection, account_id, new.key)
        return account_id
