"""The routes of the file manager beyond single files: jobs, downloads of many, uploads that go on, and the trash."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from aiohttp import web

from studium.http.errors import json_response
from studium.project.access import Act
from studium.project.activity import Activity
from studium.project.documents.documents import Documents
from studium.project.files.archives import Archives
from studium.project.files.home import Home
from studium.project.files.live import LiveFolders
from studium.project.files.operations import Operations
from studium.project.files.uploads import Uploads
from studium.project.jobs.jobs import FileJobs
from studium.project.terminals.terminals import Terminals
from studium.project.use import Use
from studium.protocol.activity import LogEvent
from studium.protocol.jobs import CancelJob, JobAnswer, JobOperation
from studium.protocol.session import Identity

Allow = Callable[[web.Request, Act], Identity]
"""Says who asks. Raises ``StudiumError`` when they may not do it."""


class JobRoutes:
    """Opened and closed with the project server. ``on_changed`` is called when there may be other files than before."""

    def __init__(
        self,
        home: Home,
        state: Path,
        operations: Operations,
        documents: Documents,
        terminals: Terminals,
        live: LiveFolders,
        activity: Activity | None,
        use: Use,
        *,
        inner_ring: Sequence[str],
        environment: Mapping[str, str],
        limit_bytes: int,
        on_changed: Callable[[], None],
    ) -> None:
        self._activity = activity
        self._on_changed = on_changed
        self._jobs = FileJobs(
            home,
            operations,
            documents,
            terminals,
            live,
            activity,
            use,
            inner_ring=inner_ring,
            environment=environment,
            max_fetch_bytes=limit_bytes,
            on_changed=on_changed,
        )
        self._archives = Archives(home, documents)
        self._uploads = Uploads(home, operations.trash, state, limit_bytes, self._uploaded)
        self.runner = self._jobs.runner

    def add_routes(self, app: web.Application, project: str, allow: Allow) -> None:
        """Answer below ``project``."""

        async def list_trash(request: web.Request) -> web.StreamResponse:
            allow(request, Act.READ)
            return json_response(await self._jobs.list_trash())

        async def prepare(request: web.Request) -> web.StreamResponse:
            return await self._archives.prepare(request, allow(request, Act.READ).account_id)

        async def download(request: web.Request) -> web.StreamResponse:
            return await self._archives.answer(request, allow(request, Act.READ).account_id)

        async def receive(request: web.Request) -> web.StreamResponse:
            return await self._jobs.receive(request, allow(request, Act.WRITE))

        app.router.add_get(project + "/trash", list_trash)
        app.router.add_post(project + "/archives", prepare)
        app.router.add_put(project + "/archives", receive)
        app.router.add_get(project + "/archives/{archive_id}", download)
        self._uploads.add_routes(app, project, lambda request: allow(request, Act.WRITE))

    async def operate(self, identity: Identity, operation: JobOperation | CancelJob) -> JobAnswer:
        """Start a job, or end one. Raises ``StudiumError``."""
        if isinstance(operation, CancelJob):
            self.runner.cancel(operation.job_id)
            return JobAnswer(operation.job_id)
        return await self._jobs.start(identity, operation)

    async def open(self) -> None:
        """Remove what earlier servers have left."""
        await self._jobs.open()
        await self._uploads.open()

    async def close(self) -> None:
        """End what is under way."""
        await self._jobs.close()
        await self._uploads.close()

    def statistics(self) -> dict[str, float]:
        """What is under way, and counts since the start."""
        return {**self.runner.statistics(), **self._archives.statistics(), **self._uploads.statistics()}

    def _uploaded(self, identity: Identity, path: str) -> None:
        self._on_changed()
        if self._activity is not None:
            self._activity.did(identity, LogEvent.FILE_UPLOADED, path)
