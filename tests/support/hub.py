"""A real hub on a real database for tests, with a small driver whose project servers say what reached them."""

import asyncio
import base64
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from aiohttp import web

from studium.compute.driver import Endpoint, IsolationLevel, IsolationReport, ProjectFailed, ProjectSpec, Step
from studium.http.identity import HEADER
from studium.http.server import Server, bind_tcp, bind_unix
from studium.hub.accounts import create_account, tutorial_project_id
from studium.hub.app import Hub, HubSettings, create_hub
from studium.hub.database import Database
from studium.protocol.ids import ProjectId
from studium.protocol.session import Identity

PASSWORD = "four short plain words"
CLOSES: "web.AppKey[asyncio.Queue[int | None]]" = web.AppKey("closes")
_SLOTS = "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()"
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def echo(request: web.Request) -> web.StreamResponse:
    """Says what reached the project: path, headers, size of the body; a WebSocket is echoed."""
    if request.headers.get("Upgrade"):
        socket = web.WebSocketResponse(protocols=("studium.v1",), compress=False, max_msg_size=0)
        await socket.prepare(request)
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT and message.data.startswith("close "):
                _, code, reason = message.data.split(" ", 2)
                await socket.close(code=int(code), message=reason.encode())
            elif message.type is aiohttp.WSMsgType.TEXT:
                await socket.send_str(message.data)
            else:
                await socket.send_bytes(message.data)
        request.app[CLOSES].put_nowait(socket.close_code)
        return socket
    size = 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
    return web.json_response(
        {"method": request.method, "path": request.raw_path, "size": size, "headers": dict(request.headers)},
        headers={"Set-Cookie": "evil=1", "X-Answer": "yes", "Content-Security-Policy": "script-src *"},
    )


@dataclass
class SocketDriver:
    """Project servers within the test's own process, each on a Unix socket, shared by the drivers of one ``folder``."""

    folder: Path
    answer: Answer = echo
    level: IsolationLevel = IsolationLevel.FULL
    fail: str | None = None
    start_gate: asyncio.Event = field(default_factory=asyncio.Event)
    starts: list[ProjectId] = field(default_factory=list)
    stops: list[ProjectId] = field(default_factory=list)
    removed: list[ProjectId] = field(default_factory=list)
    templates: dict[ProjectId, Path | ProjectId | None] = field(default_factory=dict)
    closes: "asyncio.Queue[int | None]" = field(default_factory=asyncio.Queue)
    servers: dict[ProjectId, tuple[Server, Endpoint]] = field(default_factory=dict)
    ends: dict[ProjectId, "asyncio.Future[ProjectFailed]"] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.start_gate.set()

    async def probe(self) -> IsolationReport:
        return IsolationReport(self.level, [])

    async def prepare(self, spec: ProjectSpec, template: Path | ProjectId | None = None) -> None:
        self.templates[spec.project_id] = template

    async def start(self, spec: ProjectSpec, step: Step) -> Endpoint:
        step("starting the sandbox")
        self.starts.append(spec.project_id)
        await self.start_gate.wait()
        if self.fail is not None:
            raise ProjectFailed(self.fail, "its last words")
        socket = self.folder / f"{next(self.numbers)}.sock"
        app = web.Application()
        app[CLOSES] = self.closes
        app.router.add_route("*", "/projects/{path:.*}", self._answer)  # what the hub itself asks is not found
        server = Server(app, [bind_unix(socket)])
        await server.start()
        endpoint = Endpoint(socket_path=socket)
        self.servers[spec.project_id] = (server, endpoint)
        self.ends[spec.project_id] = asyncio.get_running_loop().create_future()
        return endpoint

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        return await self.answer(request)  # of this moment: tests change it

    async def stop(self, project_id: ProjectId, grace_seconds: float = 10.0) -> None:
        if project_id in self.servers:
            self.stops.append(project_id)
            self.ends.pop(project_id).cancel()
            await self.servers.pop(project_id)[0].stop()

    async def remove(self, project_id: ProjectId) -> None:
        await self.stop(project_id)
        self.removed.append(project_id)

    async def end(self, project_id: ProjectId, message: str) -> None:
        """The project ends by itself."""
        server, _ = self.servers.pop(project_id)
        self.ends[project_id].set_result(ProjectFailed(message, "its last words"))
        await server.stop()

    async def running(self) -> dict[ProjectId, Endpoint]:
        return {project_id: endpoint for project_id, (_, endpoint) in self.servers.items()}

    async def wait_ended(self, project_id: ProjectId) -> ProjectFailed:
        return await asyncio.shield(self.ends[project_id])

    async def close(self) -> None:
        return None


@dataclass
class RunningHub:
    """A hub that answers, and its database."""

    hub: Hub
    url: str
    database: Database
    driver: SocketDriver

    @asynccontextmanager
    async def browser(self, email_address: str | None = None) -> AsyncIterator["Browser"]:
        """A browser with a cookie jar, signed in when an address is given."""
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar, headers={"Origin": self.url}) as client:
            browser = Browser(client, self.url)
            if email_address is not None:
                status, _ = await browser.post("/api/session", email_address=email_address, password=PASSWORD)
                assert status == 200
            yield browser


@dataclass
class Browser:
    """What a page does."""

    client: aiohttp.ClientSession
    url: str

    async def post(self, path: str, **fields: Any) -> tuple[int, Any]:
        async with self.client.post(self.url + path, json=fields) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str, **options: Any) -> tuple[int, Any]:
        async with self.client.get(self.url + path, **options) as answer:
            return answer.status, await answer.json()

    async def text(self, path: str) -> tuple[int, str]:
        async with self.client.get(self.url + path) as answer:
            return answer.status, await answer.text()


@asynccontextmanager
async def running_hub(
    database: Database, driver: SocketDriver, *, stop_projects: bool = True, **settings: Any
) -> AsyncIterator[RunningHub]:
    """A hub on a free port of the loopback."""
    slots = await database.fetchval(_SLOTS)
    sockets = bind_tcp("127.0.0.1", 0)
    url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    hub = create_hub(HubSettings(database, driver, (url,), **settings), stop_projects=stop_projects)
    server = Server(hub.app, sockets)
    await server.start()
    try:
        yield RunningHub(hub, url, database, driver)
    finally:
        await server.stop()
        # The database can be dropped only once PostgreSQL has seen that this hub follows it no more.
        while await database.fetchval(_SLOTS) > slots:
            await asyncio.sleep(0.02)


async def person(database: Database, email_address: str, **fields: Any) -> ProjectId:
    """An account, and the id of its Tutorial project."""
    return tutorial_project_id(await create_account(database, email_address, "Ada Lovelace", PASSWORD, **fields))


def identity_in(headers: dict[str, str]) -> Identity:
    """Who a request is from, in the headers that ``echo`` says have reached the project."""
    payload, _, _ = headers[HEADER].rpartition(".")
    return msgspec.json.decode(base64.urlsafe_b64decode(payload), type=Identity)
