"""Pictures of people: ``PUT /api/avatar`` sets one's own, ``GET /api/avatars/{account_id}/{hash}`` answers one.

It is taken away by a set: ``{"accounts": {"avatar": null}}``. An address names the content, so it can be kept for ever.
"""

import contextlib
import hashlib
from pathlib import Path
from uuid import UUID

from aiohttp import hdrs, web

from studium.http.errors import json_response, read_bytes
from studium.hub.auth.limits import RateLimiter
from studium.hub.auth.sessions import Sessions
from studium.hub.database import Database
from studium.hub.database.statements import Statements
from studium.hub.pictures import picture_type
from studium.protocol.account import Avatar
from studium.protocol.errors import ErrorCode, StudiumError

_SQL = Statements(Path(__file__).parents[1] / "avatars.sql")
MAX_BYTES = 64 * 1024
HASH_CHARACTERS = 32
CHANGES, CHANGE_SECONDS = 20, 10.0
"""Pictures that one account sets at once, and the time until one more."""

_FOREVER = "private, max-age=31536000, immutable"


def add_routes(app: web.Application, database: Database, sessions: Sessions) -> None:
    """Serve the two routes; the application's middleware has checked the origin."""
    limit = RateLimiter(CHANGES, CHANGE_SECONDS)

    async def put(request: web.Request) -> web.StreamResponse:
        requester = await sessions.require(request)
        limit.take(str(requester.account_id))
        content = await read_bytes(request, MAX_BYTES)
        try:
            content_type = picture_type(content)
        except ValueError as error:
            raise StudiumError(ErrorCode.INVALID_VALUE, f"The picture {error}. Choose another.") from None
        name = hashlib.sha256(content).hexdigest()[:HASH_CHARACTERS]
        async with database.transaction() as connection:
            await connection.execute(_SQL["show"], requester.account_id, name)
            await connection.execute(_SQL["put"], requester.account_id, name, content_type, content)
        return json_response(Avatar(avatar=name))

    async def get(request: web.Request) -> web.StreamResponse:
        await sessions.require(request)
        row = None
        with contextlib.suppress(ValueError):  # no id: there is no such picture either
            account_id = UUID(request.match_info["account_id"])
            row = await database.fetchrow(_SQL["get"], account_id, request.match_info["hash"])
        if row is None:
            raise StudiumError(ErrorCode.NOT_FOUND, "There is no such picture: it was changed or taken away.")
        headers = {hdrs.CACHE_CONTROL: _FOREVER}
        return web.Response(body=row["content"], content_type=row["content_type"], headers=headers)

    app.router.add_put("/api/avatar", put)
    app.router.add_get(r"/api/avatars/{account_id}/{hash:[0-9a-f]{32}}", get)
