"""``POST /api/query``: the tables plane for scripts, one request one answer, no feeds."""

from aiohttp import web

from studium.http.errors import json_response, read_json
from studium.hub.api.tables import Allowed, RequesterOf, allow_all
from studium.hub.tables import Tables
from studium.hub.tables.connection import MESSAGE_BYTES
from studium.hub.tables.parse import invalid
from studium.protocol.tables import QueryRequest


def add_routes(app: web.Application, tables: Tables, requester_of: RequesterOf, allowed: Allowed = allow_all) -> None:
    """Serve ``POST /api/query``."""

    async def query(request: web.Request) -> web.StreamResponse:
        allowed(request)
        requester = await requester_of(request)
        try:
            message = await read_json(request, QueryRequest, MESSAGE_BYTES)
        except RecursionError:
            raise invalid("This query is nested too deep.") from None
        return json_response(await tables.query(requester, message.query, message.options))

    app.router.add_post("/api/query", query)
