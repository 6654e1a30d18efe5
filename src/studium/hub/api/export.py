"""``GET /api/export``: what Studium keeps about the signed-in person, as a zip file."""

from contextlib import aclosing
from datetime import UTC, datetime

from aiohttp import hdrs, web

from studium.hub.auth.limits import RateLimiter
from studium.hub.auth.sessions import Sessions
from studium.hub.database import Database
from studium.hub.export import export_account

EXPORTS, EXPORT_SECONDS = 5, 60.0
"""Exports of one account at once, and the time until one more."""


def add_routes(app: web.Application, database: Database, sessions: Sessions) -> None:
    """Serve ``GET /api/export``."""
    limit = RateLimiter(EXPORTS, EXPORT_SECONDS)

    async def export(request: web.Request) -> web.StreamResponse:
        requester = await sessions.require_cookie(request, "A token does not export an account.")
        limit.take(str(requester.account_id))
        response = web.StreamResponse()
        response.content_type = "application/zip"
        name = f"studium-{datetime.now(UTC):%Y-%m-%d}.zip"
        response.headers[hdrs.CONTENT_DISPOSITION] = f'attachment; filename="{name}"'
        async with aclosing(export_account(database, requester.account_id)) as parts:
            part = await anext(parts)  # what cannot begin is answered with its error
            await response.prepare(request)
            try:
                await response.write(part)
                async for part in parts:
                    await response.write(part)
                await response.write_eof()
            except BaseException:
                if request.transport is not None:
                    request.transport.abort()  # a file that breaks off must not look whole
                raise
        return response

    app.router.add_get("/api/export", export, allow_head=False)
