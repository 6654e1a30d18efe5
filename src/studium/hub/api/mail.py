"""``/api/mail``: the mail server, as administrators set and try it. Its password goes in and never comes out."""

from aiohttp import web

from studium.http.errors import json_response, read_json
from studium.hub import letters
from studium.hub.auth.limits import RateLimiter
from studium.hub.auth.requester import Requester
from studium.hub.auth.sessions import Sessions
from studium.hub.mail import Mail, MailServer
from studium.hub.site import SiteSettings
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.mail import MailSettings, MailTested, SetMail

TESTS, TEST_SECONDS = 5, 20.0
"""Test messages of one administrator at once, and the time until one more."""


class MailRoutes:
    """The routes, for administrators alone."""

    def __init__(self, mail: Mail, sessions: Sessions, site: SiteSettings) -> None:
        self._mail = mail
        self._sessions = sessions
        self._site = site
        self._test_limit = RateLimiter(TESTS, TEST_SECONDS)

    def add_routes(self, app: web.Application) -> None:
        """Add them to the hub."""
        app.router.add_get("/api/mail", self._get)
        app.router.add_put("/api/mail", self._set)
        app.router.add_delete("/api/mail", self._remove)
        app.router.add_post("/api/mail/test", self._test)

    async def _administrator(self, request: web.Request) -> Requester:
        requester = await self._sessions.require(request)
        if not requester.account.administrator:
            raise StudiumError(ErrorCode.NOT_PERMITTED, "Only an administrator sets up mail. Ask one.")
        return requester

    async def _get(self, request: web.Request) -> web.StreamResponse:
        await self._administrator(request)
        return json_response(self._settings(await self._mail.server()))

    async def _set(self, request: web.Request) -> web.StreamResponse:
        await self._administrator(request)
        message = await read_json(request, SetMail)
        before = await self._mail.server()
        server = MailServer(
            host=message.host.strip(),
            port=message.port,
            security=message.security,
            sender_address=message.sender_address.strip(),
            sender_name=message.sender_name.strip(),
            user=message.user.strip(),
            password=self._password(message, before),
        ).check()
        kept = message.password is None and before is not None and server.password != ""
        if kept and before is not None and not server.same_place(before):
            # Else whoever may change the host could have the password sent to a server of their own.
            raise StudiumError(
                ErrorCode.INVALID_VALUE,
                "The server, the user or the protection is another now. Type the password again.",
                field="password",
            )
        await self._mail.set_server(server)
        return json_response(self._settings(server))

    @staticmethod
    def _password(message: SetMail, before: MailServer | None) -> str:
        if not message.user.strip():
            return ""
        if message.password is not None:
            return message.password
        return before.password if before is not None else ""

    async def _remove(self, request: web.Request) -> web.StreamResponse:
        await self._administrator(request)
        await self._mail.set_server(None)
        return json_response(self._settings(None))

    async def _test(self, request: web.Request) -> web.StreamResponse:
        requester = await self._administrator(request)
        self._test_limit.take(str(requester.account_id))
        to = requester.account.email_address
        name = (await self._site.site()).name
        reply = await self._mail.test(to, letters.test(name, requester.name))
        return json_response(MailTested(to=to, reply=reply))

    def _settings(self, server: MailServer | None) -> MailSettings:
        if server is None:
            return MailSettings(configured=False, fixed=False)
        return MailSettings(
            configured=True,
            fixed=self._mail.fixed is not None,
            host=server.host,
            port=server.port,
            security=server.security,
            user=server.user,
            has_password=server.password != "",
            sender_address=server.sender_address,
            sender_name=server.sender_name,
        )
