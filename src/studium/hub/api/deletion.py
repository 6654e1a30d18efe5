"""``POST /api/account/deletion``: delete one's own account. The password is asked: an open page is not enough."""

from aiohttp import web

from studium.http.errors import read_json
from studium.hub.api.session import SessionRoutes
from studium.hub.auth.sessions import Sessions
from studium.hub.database import Database
from studium.hub.deletion import delete_account
from studium.protocol.account import DeleteAccount


def add_routes(app: web.Application, database: Database, sessions: Sessions, session_routes: SessionRoutes) -> None:
    """Serve it; the application's middleware has checked the origin."""

    async def delete(request: web.Request) -> web.StreamResponse:
        requester = await sessions.require_cookie(request, "A token does not delete an account.")
        message = await read_json(request, DeleteAccount)
        stored = await session_routes.check_own_password(
            requester, message.password, "The password is not right. Type it again.", "password"
        )
        await delete_account(database, requester.account_id, stored)
        sessions.forget(account_id=requester.account_id)
        return await session_routes.signed_out()

    app.router.add_post("/api/account/deletion", delete)
