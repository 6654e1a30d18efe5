"""``/api/project-invitations`` and ``/api/join``: inviting people to a project, and coming in."""

from datetime import UTC, datetime

from aiohttp import hdrs, web

from studium.http.errors import json_response, read_json
from studium.hub import joining, letters
from studium.hub.auth.address import ClientAddress
from studium.hub.auth.limits import RateLimiter, address_key
from studium.hub.auth.sessions import Sessions
from studium.hub.database import Database
from studium.hub.mail import Mail
from studium.hub.site import SiteSettings
from studium.protocol.session import (
    FoundInvitation,
    InvitationLink,
    Joined,
    NewProjectInvitation,
    ProjectInvitation,
)


class JoiningRoutes:
    """The routes. ``url`` is the address of the page, for scripts, which send no origin."""

    def __init__(
        self, database: Database, sessions: Sessions, client: ClientAddress, mail: Mail, site: SiteSettings, url: str
    ) -> None:
        self._database = database
        self._mail = mail
        self._site = site
        self._sessions = sessions
        self._client = client
        self._url = url.rstrip("/")
        self._invitations_limit = RateLimiter(50, 10.0)  # of one account: whether an address has one is told by it
        self._links_limit = RateLimiter(60, 1.0)

    def add_routes(self, app: web.Application) -> None:
        """Add them to the hub."""
        app.router.add_post("/api/project-invitations", self._invite)
        app.router.add_post("/api/project-invitations/find", self._find)
        app.router.add_post("/api/join", self._join)

    def statistics(self) -> dict[str, int]:
        """Tries refused."""
        return {
            "invitations_refused": self._invitations_limit.statistics()["refused"],
            "links_refused": self._links_limit.statistics()["refused"],
        }

    async def _invite(self, request: web.Request) -> web.StreamResponse:
        requester = await self._sessions.require(request)
        self._invitations_limit.take(str(requester.account_id))
        asked = await read_json(request, NewProjectInvitation)
        base = request.headers.get(hdrs.ORIGIN) or self._url
        mailed = asked.email_address is not None and self._mail.configured()
        async with self._database.transaction() as connection:
            made = await joining.invite(connection, requester.account_id, asked)
            link = f"{base}/join#{made.token}"
            if asked.email_address is not None and mailed:
                letter = letters.project_invitation(
                    (await self._site.site()).name, requester.name, made.project_title, link, _words(made.expires_at)
                )
                await self._mail.send_letter(
                    connection, asked.email_address.strip(), letter, account_id=requester.account_id
                )
        return json_response(ProjectInvitation(made.invitation_id, link, _iso(made.expires_at), mailed), 201)

    async def _find(self, request: web.Request) -> web.StreamResponse:
        self._links_limit.take(address_key(self._client.of(request)))
        message = await read_json(request, InvitationLink)
        async with self._database.connection() as connection:
            found = await joining.find(connection, message.token)
        return json_response(
            FoundInvitation(found.project_id, found.title, found.role, found.invited_by, _iso(found.expires_at))
        )

    async def _join(self, request: web.Request) -> web.StreamResponse:
        requester = await self._sessions.require(request)
        self._links_limit.take(address_key(self._client.of(request)))
        message = await read_json(request, InvitationLink)
        project_id = await joining.join(self._database, requester.account_id, message.token)
        return json_response(Joined(project_id))


def _words(time: datetime | None) -> str:
    return f"{time.astimezone(UTC):%-d %B %Y}" if time is not None else "it is taken back"


def _iso(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat(timespec="seconds") if time is not None else None
