"""A forgotten password, a confirmed address, another address: what is done with links that come by mail.

Nobody learns here whether an address has an account. What depends on it (finding the account, writing the link and the
message) is done after the answer, one after another, so that neither the words nor the time of the answer tell.
"""

import asyncio
import datetime
import logging

from aiohttp import hdrs, web

from studium.http.errors import json_response, read_json
from studium.hub import account_links, letters
from studium.hub.account_links import SQL, Purpose, new_link
from studium.hub.accounts import find_account
from studium.hub.api.session import SessionRoutes
from studium.hub.auth.limits import RateLimiter
from studium.hub.auth.names import email_key
from studium.hub.auth.passwords import check_password
from studium.hub.auth.requester import Requester
from studium.hub.auth.sessions import Sessions
from studium.hub.database import Connection, Database
from studium.hub.mail import Letter, Mail
from studium.hub.mail.mail import not_configured
from studium.hub.mail.message import mail_address
from studium.hub.site import SiteSettings
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId
from studium.protocol.mail import (
    AskPasswordReset,
    ChangeEmail,
    ConfirmEmail,
    EmailChange,
    EmailConfirmed,
    NewPasswordLink,
    PasswordLink,
    ResetPassword,
)

MAX_ASKED = 1000
"""Forgotten passwords that wait to be looked at; they take milliseconds."""

_log = logging.getLogger(__name__)


class EmailRoutes:
    """The routes, their limits, and the task that answers to forgotten passwords. ``url`` is where links lead."""

    def __init__(self, database: Database, mail: Mail, site: SiteSettings, sessions: Sessions, url: str) -> None:
        self._database = database
        self._mail = mail
        self._site = site
        self._sessions = sessions
        self._url = url.rstrip("/")
        self._door: SessionRoutes
        self._asked: asyncio.Queue[str] = asyncio.Queue(MAX_ASKED)
        self._task: asyncio.Task[None] | None = None
        # A class behind one address forgets together; one mailbox gets three links and then one in five minutes.
        self._client_limit = RateLimiter(30, 10.0)
        self._address_limit = RateLimiter(3, 300.0)
        self._change_limit = RateLimiter(5, 60.0)

    def add_routes(self, app: web.Application, door: SessionRoutes) -> None:
        """Add them to the hub; ``door`` lets in whoever has proved to be an account."""
        self._door = door
        app.router.add_post("/api/password-resets", self._ask_reset)
        app.router.add_post("/api/password-resets/use", self._use_reset)
        app.router.add_post("/api/password-links", self._make_link)
        app.router.add_post("/api/email", self._change)
        app.router.add_post("/api/email/confirm", self._confirm)
        app.router.add_post("/api/email/resend", self._resend)

    async def start(self) -> None:
        """Be ready to send links."""
        self._task = asyncio.create_task(self._answer_asked(), name="forgotten passwords")

    async def close(self) -> None:
        """Send the links that were asked for, unless it takes long, and end."""
        if self._task is not None:
            try:
                async with asyncio.timeout(2):
                    await self._asked.join()
            except TimeoutError:
                _log.warning("Some links for forgotten passwords were not sent. They have to be asked for again.")
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    # --- a forgotten password --------------------------------------------------------------------------------------

    async def _ask_reset(self, request: web.Request) -> web.StreamResponse:
        self._client_limit.take(self._door.limit_client(request))
        message = await read_json(request, AskPasswordReset)
        key = email_key(message.email_address)
        if not self._mail.configured():
            raise not_configured()
        self._address_limit.take(key)
        try:
            self._asked.put_nowait(key)
        except asyncio.QueueFull:
            raise StudiumError(
                ErrorCode.RATE_LIMITED, "Many people ask for a link at this moment. Try again soon.", retry_after=10
            ) from None
        return json_response({}, 202)

    async def _answer_asked(self) -> None:
        while True:
            key = await self._asked.get()
            try:
                await self._send_reset(key)
            except StudiumError as error:  # too many messages, no address that mail reaches, the database away
                _log.warning("A link for a forgotten password was not sent: %s", error.message)
            except Exception:
                _log.exception("A link for a forgotten password was not sent.")
            finally:
                self._asked.task_done()

    async def _send_reset(self, key: str) -> None:
        row = await self._database.fetchrow(SQL["account_by_key"], key)
        if row is None:
            return
        site = (await self._site.site()).name
        address = row["email_address"]  # as its owner wrote it, never as whoever asked did
        async with self._database.transaction() as connection:
            token, _ = await new_link(
                connection,
                AccountId(row["account_id"]),
                Purpose.RESET_PASSWORD,
                account_links.RESET_SECONDS,
                address=(address, key),
            )
            letter = letters.reset_password(site, address, f"{self._url}/reset-password#{token}")
            await self._mail.send_letter(connection, address, letter, keep_seconds=account_links.RESET_SECONDS)

    async def _use_reset(self, request: web.Request) -> web.StreamResponse:
        self._door.limit_client(request)
        message = await read_json(request, ResetPassword)
        password = check_password(message.password)
        await account_links.check_link(self._database, message.token, Purpose.RESET_PASSWORD)
        hashed = await self._door.passwords.hash(password)
        account_id = await account_links.reset_password(self._database, message.token, hashed)
        return await self._door.signed_in(request, account_id)

    async def _make_link(self, request: web.Request) -> web.StreamResponse:
        requester = await self._sessions.require(request)
        if not requester.account.administrator:
            raise StudiumError(ErrorCode.NOT_PERMITTED, "Only an administrator makes such a link. Ask one.")
        message = await read_json(request, NewPasswordLink)
        account_id = await find_account(self._database, message.email_address)
        address = (message.email_address.strip(), email_key(message.email_address))
        async with self._database.transaction() as connection:
            token, expires_at = await new_link(
                connection,
                account_id,
                Purpose.RESET_PASSWORD,
                account_links.HANDED_SECONDS,
                address=address,
                mailed=False,
            )
        _log.info("The administrator %s made a link for a new password of %s.", requester.account_id, account_id)
        at = expires_at.astimezone(datetime.UTC).isoformat(timespec="seconds")
        base = request.headers.get(hdrs.ORIGIN) or self._url  # an origin of ours, which has been checked
        return json_response(PasswordLink(link=f"{base}/reset-password#{token}", expires_at=at), 201)

    # --- the address -----------------------------------------------------------------------------------------------

    async def welcome(self, account_id: AccountId) -> None:
        """Ask a new account to confirm its address, where mail can be sent. Never fails: it can be asked for again."""
        if self._mail.configured():
            try:
                await self._send_confirmation(account_id)
            except StudiumError as error:
                _log.warning("A new account was not asked to confirm its address: %s", error.message)

    async def _send_confirmation(self, account_id: AccountId) -> None:
        row = await self._database.fetchrow(SQL["account_address"], account_id)
        if row is None or row["confirmed"]:
            return
        site, address = (await self._site.site()).name, row["email_address"]
        async with self._database.transaction() as connection:
            token, _ = await new_link(
                connection,
                account_id,
                Purpose.CONFIRM_EMAIL,
                account_links.CONFIRM_SECONDS,
                address=(address, row["email_key"]),
            )
            letter = letters.confirm_email(site, address, f"{self._url}/confirm-email#{token}")
            await self._mail.send_letter(connection, address, letter, account_id=account_id)

    async def _resend(self, request: web.Request) -> web.StreamResponse:
        requester = await self._browser(request)
        if not self._mail.configured():
            raise not_configured()
        self._change_limit.take(str(requester.account_id))
        await self._send_confirmation(requester.account_id)
        return json_response({}, 202)

    async def _confirm(self, request: web.Request) -> web.StreamResponse:
        self._door.limit_client(request)
        message = await read_json(request, ConfirmEmail)
        used = await account_links.confirm_email(self._database, message.token)
        changed = used.purpose is Purpose.CHANGE_EMAIL
        return json_response(EmailConfirmed(email_address=used.email_address, changed=changed))

    async def _change(self, request: web.Request) -> web.StreamResponse:
        requester = await self._browser(request)
        message = await read_json(request, ChangeEmail)
        address, key = message.email_address.strip(), email_key(message.email_address)
        mail_address(address)
        self._change_limit.take(str(requester.account_id))
        await self._door.check_own_password(requester, message.current_password)
        old = requester.account.email_address
        pending = self._mail.configured() and key != email_key(old)
        async with self._database.transaction() as connection:
            if pending:
                await self._ask_new_address(connection, requester, address, key)
            else:
                await account_links.change_address(connection, requester.account_id, address, key, confirmed=False)
        return json_response(EmailChange(email_address=address, pending=pending))

    async def _ask_new_address(self, connection: Connection, requester: Requester, address: str, key: str) -> None:
        """A link to the new address and a word to the old one; to an address that is taken a word and no link.

        Whoever asks gets the same answer either way.
        """
        site, old = (await self._site.site()).name, requester.account.email_address
        taken = await connection.fetchrow(SQL["account_by_key"], key)
        messages: dict[str, Letter] = {}
        if _reachable(old):  # else nobody could ever leave an address that mail does not reach
            messages[old] = letters.address_changes(site, old, address)
        if taken is not None:
            await connection.execute(SQL["end"], requester.account_id, Purpose.CHANGE_EMAIL.value)
            messages[taken["email_address"]] = letters.address_in_use(site, taken["email_address"])
        else:
            token, _ = await new_link(
                connection,
                requester.account_id,
                Purpose.CHANGE_EMAIL,
                account_links.CHANGE_SECONDS,
                address=(address, key),
            )
            messages[address] = letters.change_email(site, old, address, f"{self._url}/confirm-email#{token}")
        # In one order, so that two who swap their addresses do not wait for each other.
        for to in sorted(messages, key=email_key):
            await self._mail.send_letter(connection, to, messages[to], account_id=requester.account_id)

    async def _browser(self, request: web.Request) -> Requester:
        requester = await self._sessions.require(request)
        if not requester.by_cookie:
            raise StudiumError(
                ErrorCode.INVALID_REQUEST, "A token does not change the address. Sign in in a browser to do it."
            )
        return requester


def _reachable(address: str) -> bool:
    try:
        mail_address(address)
    except StudiumError:
        return False
    return True
