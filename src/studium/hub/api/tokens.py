"""``POST /api/tokens``: make an API token. They are listed and deleted in the table ``api_tokens``."""

from aiohttp import web

from studium.http.errors import json_response, read_json
from studium.hub.api_tokens import create_api_token
from studium.hub.auth.sessions import Sessions
from studium.hub.database import Database
from studium.protocol.account import MadeToken, NewToken
from studium.protocol.errors import ErrorCode, StudiumError


def add_routes(app: web.Application, database: Database, sessions: Sessions) -> None:
    """Serve ``POST /api/tokens``; the application's middleware has checked the origin."""

    async def create(request: web.Request) -> web.StreamResponse:
        requester = await sessions.require_cookie(request, "A token does not make tokens.")
        message = await read_json(request, NewToken)
        if not message.name.strip():
            raise StudiumError(ErrorCode.INVALID_VALUE, "The name is empty. Write what the token is for.", field="name")
        token_id, token = await create_api_token(
            database, requester.account_id, message.name, message.scope, message.days
        )
        return json_response(MadeToken(token_id=token_id, token=token), 201)

    app.router.add_post("/api/tokens", create)
