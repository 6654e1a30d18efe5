"""From a request to who asks: the session cookie of a browser, the bearer token of a script.

What was found is remembered for a short time and forgotten the moment that the database says it has changed.
"""

from pathlib import Path
from uuid import UUID

import asyncpg
from aiohttp import hdrs, web

from studium.hub.auth.requester import Requester, not_signed_in, read_only_token
from studium.hub.auth.tokens import API_PREFIX, MAX_TOKEN_CHARACTERS, SESSION_PREFIX, new_token, token_hash
from studium.hub.database import Database
from studium.hub.database.changes import ChangeStream
from studium.hub.database.statements import Statements
from studium.hub.followed import Followed
from studium.protocol.account import TokenScope
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId
from studium.protocol.session import Account

SQL = Statements(Path(__file__).with_name("sessions.sql"))
COOKIE = "studium_session"
SESSION_SECONDS = 30 * 24 * 3600
MAX_USER_AGENT_CHARACTERS = 200
SAFE_METHODS = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})


def read_account(row: asyncpg.Record) -> Account:
    """The account in a row that has its fields."""
    return Account(
        account_id=AccountId(row["account_id"]),
        first_name=row["first_name"],
        last_name=row["last_name"],
        email_address=row["email_address"],
        administrator=row["administrator"],
        colour=row["colour"],
        avatar=row["avatar"],
    )


class Sessions:
    """Sessions and API tokens. ``tls``: the cookie is bound to this very host and to TLS."""

    def __init__(self, database: Database, changes: ChangeStream, *, tls: bool) -> None:
        self._database = database
        self._tls = tls
        self.cookie_name = f"__Host-{COOKIE}" if tls else COOKIE
        self._remembered: Followed[tuple[bytes, bool], Requester] = Followed(
            changes, self._read, lambda _, requester: (requester.grant_id, requester.account_id)
        )

    async def find(self, request: web.Request) -> Requester | None:
        """Who asks, or None. Raises ``not_signed_in`` for a bearer token that is not good: a script must not go on
        as nobody."""
        authorization = request.headers.get(hdrs.AUTHORIZATION)
        if authorization is not None:
            scheme, _, token = authorization.partition(" ")
            if scheme.lower() != "bearer" or not (found := await self._by_token(token.strip())):
                raise not_signed_in()
            return found
        cookie = request.cookies.get(self.cookie_name)
        return await self._by_cookie(cookie) if cookie else None

    async def require(self, request: web.Request, *, capped: bool = False) -> Requester:
        """Who asks; raises ``not_signed_in`` when nobody does.

        A token that may only read is refused by every method that changes things, unless the caller sees to it by
        what it allows (``capped``).
        """
        found = await self.find(request)
        if found is None:
            raise not_signed_in()
        if found.read_only and not capped and request.method not in SAFE_METHODS:
            raise read_only_token()
        return found

    async def require_cookie(self, request: web.Request, refused: str) -> Requester:
        """Who asks, in a browser. Raises as ``require`` does; for a token ``not_permitted`` with this sentence."""
        found = await self.require(request)
        if not found.by_cookie:
            raise StudiumError(ErrorCode.NOT_PERMITTED, f"{refused} Sign in to Studium in a browser to do it.")
        return found

    async def _by_cookie(self, token: str) -> Requester | None:
        if not token.startswith(SESSION_PREFIX) or len(token) > MAX_TOKEN_CHARACTERS:
            return None
        return await self._remembered.get((token_hash(token), True))

    async def _by_token(self, token: str) -> Requester | None:
        if not token.startswith(API_PREFIX) or len(token) > MAX_TOKEN_CHARACTERS:
            return None
        return await self._remembered.get((token_hash(token), False))

    async def _read(self, key: tuple[bytes, bool]) -> Requester | None:
        hashed, by_cookie = key
        find, touch = ("find_session", "touch_session") if by_cookie else ("find_api_token", "touch_api_token")
        row = await self._database.fetchrow(SQL[find], hashed)
        if row is None:
            return None
        if row["stale"]:
            await self._database.execute(SQL[touch], hashed)
            await self._database.execute(SQL["touch_account"], row["account_id"])
        return Requester(read_account(row), row[0], by_cookie, row["scope"] == TokenScope.READ_ONLY)

    def forget(
        self, *, grant_id: UUID | None = None, account_id: UUID | None = None, transaction: int | None = None
    ) -> None:
        """Forget what is remembered of a grant, of an account, or, without either, of all."""
        about = [one for one in (grant_id, account_id) if one is not None]
        self._remembered.forget(about or None, transaction)

    async def create(self, account_id: AccountId, user_agent: str) -> tuple[str, UUID]:
        """A new session: its token for the cookie, and its id."""
        token = new_token(SESSION_PREFIX)
        shown = "".join(character for character in user_agent if character.isprintable())
        session_id = await self._database.fetchval(
            SQL["create_session"], token_hash(token), account_id, shown[:MAX_USER_AGENT_CHARACTERS]
        )
        return token, session_id

    async def delete(self, session_id: UUID) -> None:
        """Sign out."""
        await self._database.execute(SQL["delete_session"], session_id)
        self.forget(grant_id=session_id)

    async def delete_expired(self) -> float | None:
        """Delete what has ended by time, tokens at the moment at which they end, so that nothing that they opened goes
        on. Seconds until the next token ends, none if no token does."""
        await self._database.execute(SQL["delete_expired"])
        left = await self._database.fetchval(SQL["next_token_end"])
        return None if left is None else float(left)

    def set_cookie(self, response: web.StreamResponse, token: str) -> None:
        """Give the browser a session."""
        self._cookie(response, token, SESSION_SECONDS)

    def renew_cookie(self, request: web.Request, response: web.StreamResponse) -> None:
        """Let the browser keep its session for another 30 days."""
        self._cookie(response, request.cookies[self.cookie_name], SESSION_SECONDS)

    def clear_cookie(self, response: web.StreamResponse) -> None:
        """Take the session from the browser."""
        self._cookie(response, "", 0)

    def _cookie(self, response: web.StreamResponse, value: str, seconds: int) -> None:
        response.set_cookie(
            self.cookie_name, value, max_age=seconds, path="/", httponly=True, samesite="Lax", secure=self._tls
        )

    def statistics(self) -> dict[str, int]:
        """Grants remembered, and questions that went to the database."""
        return self._remembered.statistics()
