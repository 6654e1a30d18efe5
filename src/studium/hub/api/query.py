"""``POST /api/query``: the tables plane for scripts, one request one answer, no feeds."""

from aiohttp import web

from studium.http.errors import json_response, read_json
from studium.hub.api.tables import RequesterOf
from studium.hub.auth.limits import RateLimiter, address_key
from studium.hub.tables import Tables
from studium.hub.tables.connection import MESSAGE_BYTES
from studium.hub.tables.parse import invalid
from studium.protocol.tables import QueryRequest

REQUESTS, REQUEST_SECONDS = 500, 0.02
"""Requests of one account at once, and the time until one more: 50 a second go on for ever."""


def add_routes(app: web.Application, tables: Tables, requester_of: RequesterOf) -> None:
    """Serve ``POST /api/query``; the application's middleware has checked the origin."""
    limit = RateLimiter(REQUESTS, REQUEST_SECONDS)

    async def query(request: web.Request) -> web.StreamResponse:
        requester = await requester_of(request)
        limit.take(str(requester.account_id or address_key(request.remote)))
        try:
            message = await read_json(request, QueryRequest, MESSAGE_BYTES)
        except RecursionError:
            raise invalid("This query is nested too deep.") from None
        return json_response(await tables.query(requester, message.query, message.options))

    app.router.add_post("/api/query", query)
