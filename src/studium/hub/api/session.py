"""``/api/session`` and its neighbours: who I am; sign in, out and up; set-up; invitations."""

import datetime
from collections.abc import Awaitable, Callable
from uuid import UUID

from aiohttp import hdrs, web

from studium.http.errors import json_response, read_json
from studium.hub import accounts
from studium.hub.auth.address import ClientAddress
from studium.hub.auth.limits import RateLimiter, address_key
from studium.hub.auth.names import MAX_EMAIL_CHARACTERS, email_key
from studium.hub.auth.passwords import Passwords, check_password
from studium.hub.auth.requester import Requester
from studium.hub.auth.sessions import SQL, Sessions, read_account
from studium.hub.database import Database
from studium.hub.site import SiteSettings
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId
from studium.protocol.session import (
    Account,
    ChangePassword,
    Invitation,
    Mode,
    NewInvitation,
    SessionInfo,
    SetUp,
    SignedUp,
    SignIn,
    SignUp,
)


class SessionRoutes:
    """The routes, and the limits on guessing. ``welcome`` is told of every new account."""

    def __init__(
        self,
        database: Database,
        sessions: Sessions,
        site: SiteSettings,
        client: ClientAddress,
        url: str,
        welcome: Callable[[AccountId], Awaitable[None]],
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._site = site
        self._client = client
        self._url = url.rstrip("/")
        self._welcome = welcome
        self.passwords = Passwords()
        # A class behind one address signs in together; one account is tried by one person.
        self._address_limit = RateLimiter(60, 1.0)
        self._account_limit = RateLimiter(10, 10.0)
        self._sign_up_limit = RateLimiter(20, 5.0)

    def add_routes(self, app: web.Application) -> None:
        """Add them to the hub."""
        app.router.add_get("/api/session", self._who)
        app.router.add_post("/api/session", self._sign_in)
        app.router.add_delete("/api/session", self._sign_out)
        app.router.add_post("/api/password", self._change_password)
        app.router.add_post("/api/set-up", self._set_up)
        app.router.add_post("/api/accounts", self._sign_up)
        app.router.add_post("/api/invitations", self._invite)

    def close(self) -> None:
        """Let the threads end."""
        self.passwords.close()

    def statistics(self) -> dict[str, int]:
        """Hashes made and waiting, tries refused."""
        return {
            **self.passwords.statistics(),
            "sign_ins_refused": self._address_limit.statistics()["refused"]
            + self._account_limit.statistics()["refused"],
            "sign_ups_refused": self._sign_up_limit.statistics()["refused"],
        }

    async def _who(self, request: web.Request) -> web.StreamResponse:
        requester = await self._sessions.find(request)
        by_cookie = requester is not None and requester.by_cookie
        response = json_response(
            await self._info(
                requester.account if requester else None, requester.grant_id if requester and by_cookie else None
            )
        )
        if requester is not None and requester.by_cookie:
            self._sessions.renew_cookie(request, response)
        elif requester is None and self._sessions.cookie_name in request.cookies:
            self._sessions.clear_cookie(response)
        return response

    async def _sign_in(self, request: web.Request) -> web.StreamResponse:
        self.limit_client(request)
        message = await read_json(request, SignIn)
        account_id = await self._check_credentials(message)
        return await self.signed_in(request, account_id)

    async def _check_credentials(self, message: SignIn) -> AccountId:
        """The account, or one error for every way in which it can be wrong, after the same work."""
        try:
            key: str | None = email_key(message.email_address)
        except StudiumError:
            key = None
        limited = key if key is not None else message.email_address[:MAX_EMAIL_CHARACTERS]
        self._account_limit.take(limited)
        row = await self._database.fetchrow(SQL["find_credentials"], key or "")
        good = await self.passwords.verify(row["password_hash"] if row else None, message.password)
        if row is None or not good:
            raise StudiumError(
                ErrorCode.WRONG_CREDENTIALS,
                "The e-mail address or the password is not right. Check both, then try again.",
            )
        self._account_limit.give_back(limited)
        return AccountId(row["account_id"])

    async def _sign_out(self, request: web.Request) -> web.StreamResponse:
        requester = await self._sessions.find(request)
        if requester is not None and not requester.by_cookie:
            raise StudiumError(
                ErrorCode.INVALID_REQUEST, "A token is not signed out. Delete it in Settings, if it must end."
            )
        if requester is not None:
            await self._sessions.delete(requester.grant_id)
        return await self.signed_out()

    async def _change_password(self, request: web.Request) -> web.StreamResponse:
        """The session that asks goes on; all others of the account end, and its tokens."""
        requester = await self._sessions.require_cookie(request, "A token does not change the password.")
        message = await read_json(request, ChangePassword)
        stored = await self.check_own_password(requester, message.current_password)
        hashed = await self.passwords.hash(check_password(message.password))
        changed = await self._database.fetchval(
            SQL["change_password"], requester.account_id, hashed, requester.grant_id, stored
        )
        if not changed:
            raise StudiumError(ErrorCode.CONFLICT, "The password was changed elsewhere meanwhile. Type the new one.")
        return json_response(await self._info(requester.account, requester.grant_id))

    async def check_own_password(
        self,
        requester: Requester,
        password: str,
        wrong: str = "The current password is not right. Type it again.",
        field: str = "current_password",
    ) -> str:
        """The stored hash of the password of who asks, when this is it; tries are limited as those of sign-in are.
        Raises ``not_permitted`` with the sentence ``wrong``, ``rate_limited``."""
        row = await self._database.fetchrow(SQL["find_own_credentials"], requester.account_id)
        limited = row["email_key"] if row else ""
        self._account_limit.take(limited)
        stored: str | None = row["password_hash"] if row else None
        good = await self.passwords.verify(stored, password)
        if stored is None or not good:
            raise StudiumError(ErrorCode.NOT_PERMITTED, wrong, field=field)
        self._account_limit.give_back(limited)
        return stored

    async def signed_out(self) -> web.Response:
        """The answer to a browser whose session has ended here and now."""
        response = json_response(await self._info(None))
        self._sessions.clear_cookie(response)
        return response

    def limit_client(self, request: web.Request) -> str:
        """Use one try of a client's address, which is the answer. Raises ``rate_limited``."""
        address = address_key(self._client.of(request))
        self._address_limit.take(address)
        return address

    async def _set_up(self, request: web.Request) -> web.StreamResponse:
        self._sign_up_limit.take(address_key(self._client.of(request)))
        message = await read_json(request, SetUp)
        new = await accounts.prepare_account(self.passwords, message.email_address, message.name, message.password)
        account_id = await accounts.use_set_up_token(self._database, message.token, new)
        return await self._signed_up(request, account_id)

    async def _sign_up(self, request: web.Request) -> web.StreamResponse:
        self._sign_up_limit.take(address_key(self._client.of(request)))
        message = await read_json(request, SignUp)
        policy = (await self._site.site()).sign_up
        accounts.check_policy(policy, message.invitation)
        new = await accounts.prepare_account(self.passwords, message.email_address, message.name, message.password)
        account_id = await accounts.sign_up(self._database, new, policy, message.invitation)
        return await self._signed_up(request, account_id)

    async def _invite(self, request: web.Request) -> web.StreamResponse:
        requester = await self._sessions.require(request)
        if not requester.account.administrator:
            raise StudiumError(ErrorCode.NOT_PERMITTED, "Only an administrator invites people. Ask one.")
        message = await read_json(request, NewInvitation)
        token, expires_at = await accounts.create_invitation(
            self._database, requester.account_id, message.email_address
        )
        at = expires_at.astimezone(datetime.UTC).isoformat(timespec="seconds")
        return json_response(Invitation(link=f"{self._base(request)}/sign-up#{token}", expires_at=at), 201)

    def _base(self, request: web.Request) -> str:
        """The address that the administrator uses, which has been checked; a script sends none."""
        return request.headers.get(hdrs.ORIGIN) or self._url

    async def signed_in(self, request: web.Request, account_id: AccountId) -> web.StreamResponse:
        """The answer to somebody who has proved to be this account: a new session."""
        token, session_id = await self._new_session(request, account_id)
        response = json_response(await self._info(await self._account(account_id), session_id))
        self._sessions.set_cookie(response, token)
        return response

    async def _signed_up(self, request: web.Request, account_id: AccountId) -> web.StreamResponse:
        await self._welcome(account_id)
        token, session_id = await self._new_session(request, account_id)
        info = await self._info(await self._account(account_id), session_id)
        answer = SignedUp(session=info, tutorial_project_id=accounts.tutorial_project_id(account_id))
        response = json_response(answer, 201)
        self._sessions.set_cookie(response, token)
        return response

    async def _new_session(self, request: web.Request, account_id: AccountId) -> tuple[str, UUID]:
        """A new session with every sign-in: its token and id; the one that the browser had until now ends."""
        earlier = await self._earlier(request)
        created = await self._sessions.create(account_id, request.headers.get(hdrs.USER_AGENT, ""))
        if earlier is not None:
            await self._sessions.delete(earlier.grant_id)
        return created

    async def _earlier(self, request: web.Request) -> Requester | None:
        try:
            found = await self._sessions.find(request)
        except StudiumError:
            return None
        return found if found is not None and found.by_cookie else None

    async def _account(self, account_id: AccountId) -> Account:
        row = await self._database.fetchrow(SQL["find_account"], account_id)
        if row is None:
            raise StudiumError(ErrorCode.NOT_SIGNED_IN, "The account is gone.")
        return read_account(row)

    async def _info(self, account: Account | None, session_id: UUID | None = None) -> SessionInfo:
        return SessionInfo(mode=Mode.MULTI, site=await self._site.site(), account=account, session_id=session_id)
