"""Making API tokens, by which scripts act for an account. Used by the hub's routes and by ``studium admin``."""

from pathlib import Path
from uuid import UUID

from studium.hub.auth.tokens import API_PREFIX, new_token, token_hash
from studium.hub.database import Database
from studium.hub.database.statements import Statements
from studium.hub.tables.values import text
from studium.protocol.account import TokenScope
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId

_SQL = Statements(Path(__file__).with_name("api_tokens.sql"))
MAX_NAME_CHARACTERS = 100
MAX_DAYS = 365
MAX_TOKENS = 50
"""Of one account: one for each script and machine of a person has room, a loop that makes them has not."""

_check_name = text(0, MAX_NAME_CHARACTERS)


async def create_api_token(
    database: Database, account_id: AccountId, name: str, scope: TokenScope, days: int | None
) -> tuple[UUID, str]:
    """A new token: its id, and the token itself, which is shown this once and stored as a hash.

    It ends after ``days``, or never. Raises ``invalid_value``, or ``conflict`` when the account has too many.
    """
    try:
        name = _check_name(name)
    except ValueError as error:
        raise StudiumError(ErrorCode.INVALID_VALUE, f"The name of a token {error}.", field="name") from None
    if days is not None and not 1 <= days <= MAX_DAYS:
        raise StudiumError(
            ErrorCode.INVALID_VALUE,
            f"A token ends after 1 to {MAX_DAYS} days, or never; {days} were asked for.",
            field="days",
        )
    token = new_token(API_PREFIX)
    async with database.transaction() as connection:
        await connection.execute(_SQL["lock_account"], account_id)
        if await connection.fetchval(_SQL["count"], account_id) >= MAX_TOKENS:
            raise StudiumError(
                ErrorCode.CONFLICT,
                f"The account has {MAX_TOKENS} API tokens, which is the most. Delete one that is not used.",
                most=MAX_TOKENS,
            )
        token_id = await connection.fetchval(_SQL["create"], token_hash(token), account_id, name, scope, days)
    return token_id, token
