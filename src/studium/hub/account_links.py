"""Links of an account that come by mail, or from an administrator: a new password, a confirmed or another address.

Each works once, for a time, and ends with a newer one of its kind; the database ends them when the password or the
address changes or the account is disabled (migration 0010). What is stored is a hash.
"""

import datetime
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import asyncpg

from studium.hub.accounts import SQL as ACCOUNTS_SQL
from studium.hub.auth.tokens import LINK_PREFIX, new_token, token_hash
from studium.hub.database import Connection, Database
from studium.hub.database.statements import Statements
from studium.hub.joining import join_all_waiting
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId

SQL = Statements(Path(__file__).with_name("account_links.sql"))
RESET_SECONDS = 3600.0
"""A link that was mailed to somebody who forgot a password."""

HANDED_SECONDS = 24 * 3600.0
"""One that an administrator hands over by other means."""

CONFIRM_SECONDS = 7 * 24 * 3600.0
CHANGE_SECONDS = 24 * 3600.0


class Purpose(StrEnum):
    """What a link is for."""

    RESET_PASSWORD = "reset_password"  # noqa: S105 - a name
    CONFIRM_EMAIL = "confirm_email"
    CHANGE_EMAIL = "change_email"


@dataclass(frozen=True)
class UsedLink:
    """What a link said that has just been used."""

    account_id: AccountId
    purpose: Purpose
    email_address: str
    email_key: str
    mailed: bool


async def new_link(
    connection: Connection,
    account_id: AccountId,
    purpose: Purpose,
    seconds: float,
    *,
    address: tuple[str, str],
    mailed: bool = True,
) -> tuple[str, datetime.datetime]:
    """The token of a new link and when it ends; an older one of the account for this purpose ends now.

    ``address`` is the e-mail address that it is sent to, and its canonical form.
    """
    token = new_token(LINK_PREFIX)
    expires_at = await connection.fetchval(
        SQL["put"], token_hash(token), account_id, purpose.value, *address, mailed, datetime.timedelta(seconds=seconds)
    )
    return token, expires_at


async def check_link(database: Database, token: str, *purposes: Purpose) -> None:
    """Raise ``not_permitted`` when the link would not work, before dear work is done for it."""
    if not await database.fetchval(SQL["is_good"], token_hash(token), [purpose.value for purpose in purposes]):
        raise ended()


async def take_link(connection: Connection, token: str, *purposes: Purpose) -> UsedLink:
    """Use a link up, within the transaction of what it is for. Of two at once one gets ``not_permitted``."""
    row = await connection.fetchrow(SQL["take"], token_hash(token), [purpose.value for purpose in purposes])
    if row is None:
        raise ended()
    return UsedLink(
        AccountId(row["account_id"]), Purpose(row["purpose"]), row["email_address"], row["email_key"], row["mailed"]
    )


async def reset_password(database: Database, token: str, password_hash: str) -> AccountId:
    """A new password by a link: every session and token of the account ends. Raises ``not_permitted``."""
    async with database.transaction() as connection:
        used = await take_link(connection, token, Purpose.RESET_PASSWORD)
        await connection.execute(ACCOUNTS_SQL["set_password"], used.account_id, password_hash)
        if used.mailed:  # whoever opened it reads the mail of this address
            await connection.fetchval(SQL["confirm"], used.account_id, used.email_key)
            await join_all_waiting(connection, used.account_id, used.email_key)
    return used.account_id


async def confirm_email(database: Database, token: str) -> UsedLink:
    """Confirm an address, or change to it, by the link that was sent there: what it was invited to opens now.

    Raises ``not_permitted``, ``conflict``.
    """
    async with database.transaction() as connection:
        used = await take_link(connection, token, Purpose.CONFIRM_EMAIL, Purpose.CHANGE_EMAIL)
        if used.purpose is Purpose.CONFIRM_EMAIL:
            if await connection.fetchval(SQL["confirm"], used.account_id, used.email_key) is None:
                raise ended()
        else:
            await change_address(connection, used.account_id, used.email_address, used.email_key, confirmed=True)
        await join_all_waiting(connection, used.account_id, used.email_key)
    return used


async def change_address(
    connection: Connection, account_id: AccountId, address: str, key: str, *, confirmed: bool
) -> None:
    """Another address for an account, whose links end. Raises ``conflict`` when it is taken."""
    try:
        await connection.execute(SQL["change_address"], account_id, address, key, confirmed)
    except asyncpg.UniqueViolationError:
        raise StudiumError(
            ErrorCode.CONFLICT,
            f"There is an account with the address {address} already. Use another address.",
            field="email_address",
        ) from None


def ended() -> StudiumError:
    """A link that does not work any more, or never did."""
    return StudiumError(
        ErrorCode.NOT_PERMITTED,
        "This link has been used, has ended, or gave way to a newer one. Ask for a new one and open that.",
    )
