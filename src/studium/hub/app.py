"""The hub: one application that signs people in, answers the tables plane and forwards project traffic.

``Hub(settings).app`` is ready to be served; its start-up opens the log of changes and takes over what dead hubs left,
its clean-up ends sockets first and projects last.
"""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from studium.compute.driver import Driver, IsolationLevel, Limits
from studium.http.errors import error_middleware, json_response, refuse_websocket
from studium.http.frame import Frame
from studium.http.headers import add_security_headers
from studium.http.metrics import Metrics, is_loopback
from studium.http.origin import check_origin, is_websocket
from studium.http.page import Page
from studium.hub import joining, tables
from studium.hub.access import Access
from studium.hub.activity import Activity
from studium.hub.api import avatars as avatars_api
from studium.hub.api import deletion as deletion_api
from studium.hub.api import export as export_api
from studium.hub.api import query as query_api
from studium.hub.api import tables as tables_api
from studium.hub.api import tokens as tokens_api
from studium.hub.api.email import EmailRoutes
from studium.hub.api.joining import JoiningRoutes
from studium.hub.api.mail import MailRoutes
from studium.hub.api.session import SessionRoutes
from studium.hub.auth.address import ClientAddress
from studium.hub.auth.sessions import Sessions
from studium.hub.copies import Copies
from studium.hub.database import Database
from studium.hub.database.changes import ChangeStream
from studium.hub.idle import MINUTE_SECONDS, IdleStop
from studium.hub.limits import ProjectLimits
from studium.hub.mail import Mail, MailServer
from studium.hub.presence import Presence
from studium.hub.projects import Projects
from studium.hub.proxy import Proxy, split_path
from studium.hub.purge import purge_deleted
from studium.hub.runtime import Runtime
from studium.hub.site import NOT_ISOLATED, STATIC, SiteSettings
from studium.hub.sockets import OpenSockets
from studium.hub.statistics import HubNumbers, StatisticsWriter
from studium.hub.sweep import sweep
from studium.hub.tables.catalog import TABLES
from studium.hub.tables.site_settings import guarded_site_settings
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import HubId

_log = logging.getLogger(__name__)

READY_SECONDS = 2.0
"""How long the database may take to say that it is there."""


@dataclass(frozen=True)
class HubSettings:
    """What a hub is made of. ``database`` is open; the hub closes neither it nor ``driver``.

    ``origins`` are the addresses of the page, like ``http://127.0.0.1:8080``, the one that is shown first. With an
    ``https`` one, cookies are bound to TLS. ``trusted_proxies`` are client addresses whose ``X-Forwarded-For`` counts.
    ``mail`` is the mail server, where it is not left to the administrator's page.
    """

    database: Database
    driver: Driver
    origins: tuple[str, ...]
    content_origin: str | None = None
    limits: Limits = field(default_factory=Limits)
    trusted_proxies: tuple[str, ...] = ()
    static: Path = STATIC
    mail: MailServer | None = None
    hub_id: HubId = field(default_factory=lambda: HubId(uuid.uuid4()))
    idle_minute_seconds: float = MINUTE_SECONDS  # tests do not wait for half an hour

    @property
    def tls(self) -> bool:
        """Is the page reached by TLS?"""
        return urlsplit(self.origins[0]).scheme == "https"


class Hub:
    """One hub. ``stop_projects``: do this hub's projects end with it? Set it before the server stops."""

    def __init__(self, settings: HubSettings, *, stop_projects: bool = True) -> None:
        self.settings = settings
        self.stop_projects = stop_projects
        database = settings.database
        self.changes = ChangeStream(database)
        self.sockets = OpenSockets()
        self.sessions = Sessions(database, self.changes, tls=settings.tls)
        self.access = Access(database, self.changes, self.sessions, self.sockets)
        self.mail = Mail(database, self.changes, urlsplit(settings.origins[0]).hostname or "localhost", settings.mail)
        self.site = SiteSettings(database, settings.content_origin, self.mail.configured)
        self.activity = Activity(database, self.changes)
        limits = ProjectLimits(database, settings.limits)
        runtime = Runtime(database, settings.hub_id)
        self.projects = Projects(runtime, self.changes, settings.driver, limits, self.activity)
        self.idle = IdleStop(
            database, self.changes, settings.hub_id, self.projects.stop_unused, settings.idle_minute_seconds
        )
        site_settings = guarded_site_settings(self.site.open_refused)
        self.tables = tables.Tables(database, {**TABLES, site_settings.name: site_settings})
        self.feeds = tables.Feeds(self.tables, self.changes)
        self.metrics = Metrics()
        self._proxy = Proxy(self.sessions, self.access, self.projects, self.sockets)
        self._copies = Copies(self.sessions, self.sockets, self._proxy)
        client = ClientAddress(settings.trusted_proxies)
        self._email = EmailRoutes(database, self.mail, self.site, self.sessions, settings.origins[0])
        self._routes = SessionRoutes(
            database, self.sessions, self.site, client, settings.origins[0], self._email.welcome
        )
        self._joining = JoiningRoutes(database, self.sessions, client, self.mail, self.site, settings.origins[0])
        self._mail_routes = MailRoutes(self.mail, self.sessions, self.site)
        self._page = Page(settings.static, settings.content_origin)
        self._presence = Presence(database, settings.hub_id, settings.origins[0])
        self._statistics = StatisticsWriter(database, settings.hub_id, settings.limits, self._numbers)
        self.app = self._create_app()

    def _create_app(self) -> web.Application:
        app = web.Application(middlewares=[self.metrics.middleware, error_middleware, self._origin_middleware()])
        add_security_headers(app, tls=self.settings.tls)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        self._routes.add_routes(app)
        self._joining.add_routes(app)
        tokens_api.add_routes(app, self.settings.database, self.sessions)
        avatars_api.add_routes(app, self.settings.database, self.sessions)
        deletion_api.add_routes(app, self.settings.database, self.sessions, self._routes)
        self._copies.add_routes(app)
        export_api.add_routes(app, self.settings.database, self.sessions)
        self._email.add_routes(app, self._routes)
        self._mail_routes.add_routes(app)
        query_api.add_routes(app, self.tables, self._tables_requester)
        tables_api.add_routes(app, self.feeds, self._tables_requester)
        if self.settings.content_origin is None:
            app.router.add_get("/frame", Frame(self.settings.origins).answer)
        # The proxy says "100 Continue" itself, once the project wants the body. Names of files may hold line breaks.
        app.router.add_route("*", r"/projects/{path:[\s\S]*}", self._project, expect_handler=_wait_for_project)
        self._page.add_routes(app)
        app.cleanup_ctx.append(self._run)
        app.on_shutdown.append(self._end_sockets)
        for name, source in (
            ("sockets", self.sockets.statistics),
            ("sessions", self.sessions.statistics),
            ("access", self.access.statistics),
            ("projects", self.projects.statistics),
            ("idle", self.idle.statistics),
            ("activity", self.activity.statistics),
            ("proxy", self._proxy.statistics),
            ("copies", self._copies.statistics),
            ("tables", self.tables.statistics),
            ("feeds", self.feeds.statistics),
            ("sign_in", self._routes.statistics),
            ("joining", self._joining.statistics),
            ("mail", self.mail.statistics),
            ("changes", self.changes.statistics),
            ("database", self.settings.database.statistics),
        ):
            self.metrics.add(name, source)
        return app

    def _origin_middleware(self) -> Middleware:
        origins = frozenset(self.settings.origins)

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            check_origin(request, origins)
            return await handler(request)

        return check

    async def _run(self, _app: web.Application) -> AsyncIterator[None]:
        report = await self.settings.driver.probe()
        self.site.isolation(isolated=report.level is not IsolationLevel.NONE)
        if report.level is IsolationLevel.NONE:
            _log.warning("%s", NOT_ISOLATED)
        await self.changes.open()
        await self.feeds.open()
        await self.access.start()
        await self._presence.start()
        await self.mail.start()
        await self._email.start()
        await self.projects.start()
        await self._statistics.start()
        sweeper = asyncio.create_task(
            sweep(self.sessions.delete_expired, self._end_invitations, self._purge_deleted, self.activity.sweep),
            name="hourly sweep",
        )
        try:
            yield
        finally:
            sweeper.cancel()
            await asyncio.gather(sweeper, return_exceptions=True)
            await self._statistics.stop()
            await self._email.close()
            await self.mail.close()
            await self._proxy.close()
            await self.idle.close()
            await self.projects.stop(stop_projects=self.stop_projects)
            await self.activity.close()
            await self._presence.stop()
            await self.access.close()
            await self.changes.close()
            self._routes.close()

    async def _end_invitations(self) -> None:
        await joining.delete_expired(self.settings.database)

    async def _purge_deleted(self) -> None:
        await purge_deleted(self.settings.database, self.settings.driver)

    def _numbers(self) -> HubNumbers:
        feeds = self.feeds.statistics()
        running = self.projects.statistics()["running"]
        return HubNumbers(feeds["connections"], feeds["feeds"], self.sockets.statistics()["open"], running)

    async def _tables_requester(self, request: web.Request) -> tables.Requester:
        found = await self.sessions.find(request)
        if found is None:
            return tables.NOBODY
        return tables.Requester(
            found.account_id, found.account.administrator, session_id=found.grant_id, read_only=found.read_only
        )

    async def _end_sockets(self, _app: web.Application) -> None:
        await self.feeds.close()
        self.sockets.end_sockets(
            StudiumError(ErrorCode.UNAVAILABLE, "Studium is stopping. The page connects again once it is back.")
        )

    async def _project(self, request: web.Request) -> web.StreamResponse:
        try:
            forwarded = split_path(request.raw_path) is not None
        except StudiumError as error:
            if is_websocket(request):
                return await refuse_websocket(request, error)
            raise
        if forwarded:
            return await self._proxy.handle(request)
        if request.method in ("GET", "HEAD"):
            return await self._page.index(request)
        raise StudiumError(ErrorCode.NOT_FOUND, "There is nothing at this address.")

    async def _healthz(self, _request: web.Request) -> web.StreamResponse:
        return json_response({"ok": True})

    async def _readyz(self, _request: web.Request) -> web.StreamResponse:
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self.settings.database.fetchval("SELECT 1")
        except (TimeoutError, StudiumError):
            raise StudiumError(ErrorCode.UNAVAILABLE, "The database does not answer. Look at its log.") from None
        if not self.changes.connected:
            raise StudiumError(ErrorCode.UNAVAILABLE, "The database's changes are not followed at the moment.")
        return json_response({"ok": True})

    async def _metrics(self, request: web.Request) -> web.StreamResponse:
        if not is_loopback(request) or request.remote in self.settings.trusted_proxies:
            requester = await self.sessions.require(request)
            if not requester.account.administrator:
                raise StudiumError(ErrorCode.NOT_PERMITTED, "Only this machine and administrators see the numbers.")
        return self.metrics.answer()


async def _wait_for_project(_request: web.Request) -> None:
    return None


def create_hub(settings: HubSettings, *, stop_projects: bool = True) -> Hub:
    """A hub whose ``app`` is ready to be served."""
    return Hub(settings, stop_projects=stop_projects)
