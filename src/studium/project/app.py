"""The project server's application: the routes of one project, each behind an identity and the access table.

Who may speak to it is one question with one answer: ``authenticate``. Behind a hub it is the signed header and nothing
else; in single mode (``single.py``) it is the cookie of the printed link.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import cast

from aiohttp import web
from aiohttp.typedefs import Handler

from studium.compute.limits import InnerLimits
from studium.compute.project_python import ProjectPython
from studium.http.errors import error_middleware, json_response, read_json, refuse_websocket
from studium.http.headers import add_security_headers
from studium.http.identity import HEADER, verify
from studium.http.metrics import Metrics
from studium.http.origin import is_websocket
from studium.project.access import Act, require
from studium.project.activity import Activity, is_hub
from studium.project.documents.documents import Documents
from studium.project.exports.exports import Exports
from studium.project.files.download import download
from studium.project.files.events import Events
from studium.project.files.home import Home
from studium.project.files.live import LiveFolders
from studium.project.files.operations import Operations
from studium.project.files.paths import decode_path
from studium.project.files.upload import MAX_UPLOAD_BYTES, upload
from studium.project.find.find import Find
from studium.project.find.routes import FindRoutes
from studium.project.history.history import History
from studium.project.history.naming import Naming
from studium.project.history.snapshot import Snapshots
from studium.project.jobs.jobs import MAX_OPERATION_BYTES
from studium.project.jobs.routes import JobRoutes
from studium.project.kernels.kernels import Kernels
from studium.project.kernels.overflow import is_overflow_id
from studium.project.operating import Operating
from studium.project.pages.pages import Pages
from studium.project.processes import MAX_COMMAND_BYTES, Processes
from studium.project.terminals.terminals import Terminals
from studium.project.use import Use
from studium.project.views.views import Views
from studium.project.watcher import Watcher
from studium.protocol.activity import LogEvent, TakeReports
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.files import Operation, Run
from studium.protocol.history import NamingAct
from studium.protocol.ids import ProjectId
from studium.protocol.jobs import CancelJob, JobOperation
from studium.protocol.session import Identity

Authenticate = Callable[[web.Request], Identity]
"""Says who a request is from. Raises ``StudiumError``."""

_ANY_PATH = r"{path:[\s\S]*}"  # names may hold line breaks

_ANY_OPERATION = cast("type[Operation | JobOperation | CancelJob]", Operation | JobOperation | CancelJob)

IDENTITY = web.RequestKey("identity", Identity)


@dataclass(frozen=True)
class ProjectSettings:
    """What a project server is told. ``inner_ring`` is the command prefix of everything that people run,
    ``environment`` all the variables that such a command sees, ``limits`` what all of them may take together.
    ``temporary`` is where this process finds the ``/tmp`` of such a command. ``reports``: a hub asks for what people
    did to files. ``python``: what notebooks compute with; None where the site has none."""

    project_id: ProjectId
    home: Path
    state: Path
    inner_ring: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: InnerLimits | None = None
    max_upload_bytes: int = MAX_UPLOAD_BYTES
    reports: bool = True
    python: ProjectPython | None = None
    temporary: Path = Path("/tmp")  # noqa: S108 - that of the commands, which may be another one than ours


def signed_identity(secret: str, project_id: ProjectId) -> Authenticate:
    """Trust what a hub signed with the project's secret, and nothing else."""

    def authenticate(request: web.Request) -> Identity:
        values = request.headers.getall(HEADER, [])
        return verify(values[0] if len(values) == 1 else None, secret, project_id)

    return authenticate


class ProjectServer:
    """One project's services and the handlers of its routes."""

    def __init__(self, settings: ProjectSettings, authenticate: Authenticate, metrics: Metrics) -> None:
        self._settings = settings
        self._authenticate = authenticate
        self._metrics = metrics
        self._prefix = f"/projects/{settings.project_id}/"
        self._ready = False
        self._home = Home(settings.home)
        self._watcher = Watcher()
        self.use = Use()
        self._activity = Activity(settings.state) if settings.reports else None
        self._documents = Documents(
            self._home.directory,
            settings.state,
            self._watcher,
            self._document_opened,
            self._document_edited,
        )
        self._history = History(self._home, settings.state)
        self._naming = Naming(self._documents)
        self._pages = Pages(self._home)
        self._views = Views(self._home, settings.inner_ring, settings.environment, self._documents.save)
        self._blobs = self._documents.blobs
        self._live = LiveFolders(self._home, self._watcher)
        self._operations = Operations(self._home)
        self._processes = Processes(self._home, settings.inner_ring, settings.environment, settings.limits)
        self._exports = Exports(self._home, self._documents, settings.inner_ring, settings.environment, settings.python)
        self._find = Find(self._home, self._documents, settings.inner_ring, settings.environment, settings.python)
        self._kernels = Kernels(
            self._documents,
            self._home.directory,
            settings.state,
            self.use,
            inner_ring=settings.inner_ring,
            environment=settings.environment,
            python=settings.python,
            temporary=settings.temporary,
            limits=settings.limits,
        )
        self._terminals = Terminals(
            settings.project_id,
            self._home,
            settings.state,
            self.use,
            inner_ring=settings.inner_ring,
            environment=settings.environment,
            temporary=settings.temporary,
            limits=settings.limits,
            send_notice=self._activity.notice if self._activity is not None else None,
            snapshots=Snapshots(self._home, self._documents, self._naming),
        )
        self._operating = Operating(
            self._home,
            self._operations,
            self._documents,
            self._terminals,
            self._live,
            self._activity,
            self._find.paths.changed,
        )
        self._jobs = JobRoutes(
            self._home,
            settings.state,
            self._operations,
            self._documents,
            self._terminals,
            self._live,
            self._activity,
            self.use,
            inner_ring=settings.inner_ring,
            environment=settings.environment,
            limit_bytes=settings.max_upload_bytes,
            on_changed=self._find.paths.changed,
        )
        self._events = Events(self._live, self._documents.people, self._kernels.specs, self._jobs.runner)
        metrics.add("watcher", self._watcher.statistics)
        metrics.add("documents", self._documents.statistics)
        metrics.add("history", self._history.statistics)
        metrics.add("pages", self._pages.statistics)
        metrics.add("views", self._views.statistics)
        metrics.add("blobs", self._blobs.statistics)
        metrics.add("files", lambda: {**self._operations.statistics(), **self._events.statistics()})
        metrics.add("processes", self._processes.statistics)
        metrics.add("exports", self._exports.statistics)
        metrics.add("find", self._find.statistics)
        metrics.add("kernels", self._kernels.statistics)
        metrics.add("terminals", self._terminals.statistics)
        metrics.add("jobs", self._jobs.statistics)
        metrics.add("use", self.use.statistics)
        if self._activity is not None:
            metrics.add("activity", self._activity.statistics)
        if settings.limits is not None:
            metrics.add("limits", partial(_known, settings.limits))

    def add_routes(self, app: web.Application) -> None:
        """Answer the project's URLs, start with the application, and end with it."""
        project = self._prefix.rstrip("/")
        app.router.add_get(project + "/files/" + _ANY_PATH, self._download)
        app.router.add_put(project + "/files/" + _ANY_PATH, self._upload)
        app.router.add_get(project + "/documents/" + _ANY_PATH, self._document)
        app.router.add_get(project + "/history/" + _ANY_PATH, self._read_history)
        app.router.add_post(project + "/named-versions", self._name_version)
        app.router.add_get(project + "/pages/" + _ANY_PATH, self._read_pages)
        app.router.add_get(project + "/views/" + _ANY_PATH, self._view)
        app.router.add_get(project + "/blobs/{hash}", self._blob)
        app.router.add_get(project + "/kernels/" + _ANY_PATH, self._kernel)
        app.router.add_get(project + "/terminals/" + _ANY_PATH, self._terminal)
        app.router.add_get(project + "/exports/" + _ANY_PATH, self._export, allow_head=False)
        FindRoutes(self._find, self._watcher, _identity, self._document_edited).add_to(app, project)
        app.router.add_post(project + "/operations", self._operate)
        self._jobs.add_routes(app, project, _allow)
        app.router.add_get(project + "/events", self._follow)
        app.router.add_post(project + "/run", self._run)
        if self._activity is not None:
            app.router.add_post("/activity", self._report)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.on_startup.append(self._open)
        app.on_shutdown.append(self._shut_down)
        app.on_cleanup.append(self._close)

    @web.middleware
    async def identify(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let nobody reach a project route without an identity; tell a WebSocket why by its close."""
        if not request.path.startswith("/projects/") and request.path != "/activity":
            return await handler(request)
        try:
            request[IDENTITY] = self._authenticate(request)
            if is_websocket(request):  # that it stays open is no use
                self.use.note()
                return await handler(request)
            if is_hub(request[IDENTITY]):  # nor is what it asks for itself
                return await handler(request)
            with self.use.busy():
                return await handler(request)
        except StudiumError as error:
            if is_websocket(request):
                return await refuse_websocket(request, error)
            raise

    async def _open(self, _app: web.Application) -> None:
        await self._documents.open()
        await self._kernels.open()
        await self._terminals.open()
        await self._jobs.open()
        if self._activity is not None:
            await self._activity.open()
        self._ready = True

    async def _shut_down(self, _app: web.Application) -> None:
        """Saving comes first: whatever goes wrong later, the files hold what was typed. Sockets end here, since the
        clean-up waits for the requests under way."""
        self._ready = False
        self.use.close()
        if self._activity is not None:
            self._activity.stop_waiting()
        await self._documents.save_all()
        await self._jobs.close()
        await self._terminals.close()
        await self._kernels.close()
        await self._events.close()
        await self._history.close()
        await self._pages.close()
        await self._views.close()
        await self._documents.close()
        await self._processes.close()
        await self._exports.close()
        await self._find.close()
        if self._activity is not None:
            await self._activity.close()

    async def _close(self, _app: web.Application) -> None:
        await self._watcher.close()
        self._home.close()

    def _path(self, request: web.Request, word: str) -> str:
        """The project path in the URL, from its raw form: decoded once, and here only."""
        return decode_path(request.rel_url.raw_path.removeprefix(f"{self._prefix}{word}/"))

    async def _download(self, request: web.Request) -> web.StreamResponse:
        require(request[IDENTITY], Act.READ)
        return await download(request, self._home, self._path(request, "files"))

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        require(request[IDENTITY], Act.WRITE)
        path = self._path(request, "files")
        answer = await upload(request, self._home, path, self._settings.max_upload_bytes)
        if self._activity is not None:
            self._activity.did(request[IDENTITY], LogEvent.FILE_UPLOADED, path)
        return answer

    async def _document(self, request: web.Request) -> web.StreamResponse:
        identity = request[IDENTITY]
        require(identity, Act.OPEN)
        return await self._documents.handle(request, self._path(request, "documents"), identity)

    async def _read_history(self, request: web.Request) -> web.StreamResponse:
        identity = request[IDENTITY]
        require(identity, Act.READ)
        return await self._history.answer(request, self._path(request, "history"), identity)

    async def _name_version(self, request: web.Request) -> web.StreamResponse:
        identity = request[IDENTITY]
        require(identity, Act.NAME)
        act: NamingAct = await read_json(request, cast("type[NamingAct]", NamingAct))
        return json_response(await self._naming.act(act, identity.account_id))

    async def _read_pages(self, request: web.Request) -> web.StreamResponse:
        require(request[IDENTITY], Act.READ)
        return await self._pages.answer(request, self._path(request, "pages"))

    async def _view(self, request: web.Request) -> web.StreamResponse:
        require(request[IDENTITY], Act.READ)  # views.py says why it is not RUN
        return await self._views.answer(request, self._path(request, "views"))

    async def _blob(self, request: web.Request) -> web.StreamResponse:
        require(request[IDENTITY], Act.READ)
        name = request.match_info["hash"]
        if is_overflow_id(name):
            return await self._kernels.more(request, name)
        return await self._blobs.answer(request, name)

    async def _kernel(self, request: web.Request) -> web.StreamResponse:
        identity = request[IDENTITY]
        require(identity, Act.OPEN)  # socket.py says who may do what with it
        if not is_websocket(request):
            raise StudiumError(ErrorCode.INVALID_REQUEST, "Kernels speak over a WebSocket; ask for one.")
        return await self._kernels.handle(request, self._path(request, "kernels"), identity)

    async def _terminal(self, request: web.Request) -> web.StreamResponse:
        identity = request[IDENTITY]
        require(identity, Act.OPEN)  # its sockets say who may do what with it
        if not is_websocket(request):
            raise StudiumError(ErrorCode.INVALID_REQUEST, "Terminals speak over a WebSocket; ask for one.")
        return await self._terminals.handle(request, self._path(request, "terminals"), identity)

    async def _export(self, request: web.Request) -> web.StreamResponse:
        require(request[IDENTITY], Act.READ)  # exports.py says why it is not RUN
        return await self._exports.answer(request, self._path(request, "exports"))

    async def _operate(self, request: web.Request) -> web.StreamResponse:
        require(request[IDENTITY], Act.WRITE)
        operation = await read_json(request, _ANY_OPERATION, MAX_OPERATION_BYTES)
        if isinstance(operation, JobOperation | CancelJob):
            return json_response(await self._jobs.operate(request[IDENTITY], operation))
        return json_response(await self._operating.perform(request[IDENTITY], operation))

    def _document_opened(self, identity: Identity, path: str) -> None:
        if self._activity is not None:
            self._activity.opened(identity, path)

    def _document_edited(self, identity: Identity, path: str) -> None:
        self.use.note()
        if self._activity is not None:
            self._activity.edited(identity, path)

    async def _report(self, request: web.Request) -> web.StreamResponse:
        """What people did to files, for the hub alone: no path that it forwards leads here."""
        if self._activity is None or not is_hub(request[IDENTITY]):
            raise StudiumError(ErrorCode.NOT_FOUND, "There is nothing at this address.")
        return json_response(await self._activity.take(await read_json(request, TakeReports)))

    async def _follow(self, request: web.Request) -> web.StreamResponse:
        require(request[IDENTITY], Act.FOLLOW)
        if not is_websocket(request):
            raise StudiumError(ErrorCode.INVALID_REQUEST, "Events come over a WebSocket; ask for one.")
        return await self._events.answer(request)

    async def _run(self, request: web.Request) -> web.StreamResponse:
        require(request[IDENTITY], Act.RUN)
        # JSON may write one byte as six.
        command = await read_json(request, Run, limit_bytes=6 * MAX_COMMAND_BYTES + 4096)
        return json_response(await self._processes.run(command))

    async def _healthz(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(text="ok\n")

    async def _readyz(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(text="ready\n" if self._ready else "not ready\n", status=200 if self._ready else 503)


def create_project_app(settings: ProjectSettings, authenticate: Authenticate) -> web.Application:
    """The application that answers behind a hub. Call it in the loop that will run it."""
    metrics = Metrics()
    server = ProjectServer(settings, authenticate, metrics)
    app = web.Application(middlewares=[metrics.middleware, error_middleware, server.identify])
    add_security_headers(app)
    server.add_routes(app)
    server.use.add_routes(app)

    async def answer_metrics(_request: web.Request) -> web.StreamResponse:
        return metrics.answer()

    app.router.add_get("/metrics", answer_metrics)
    return app


def _identity(request: web.Request) -> Identity:
    return request[IDENTITY]


def _allow(request: web.Request, act: Act) -> Identity:
    identity = request[IDENTITY]
    require(identity, act)
    return identity


def _known(limits: InnerLimits) -> dict[str, int]:
    return {name: value for name, value in limits.statistics().items() if value is not None}
