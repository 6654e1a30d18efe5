"""All kernels of a project: one for each notebook that somebody looks at or that computes.

A notebook's session is made when a page asks for it, and forgotten when nobody looks on and no kernel runs. A project
server that was killed leaves its kernels behind; the next one finds them (``open``).
"""

import asyncio
import logging
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from aiohttp import web

from studium.compute.limits import InnerLimits
from studium.compute.project_python import ProjectPython
from studium.http.errors import close_websocket, unforeseen
from studium.project.access import Act, may
from studium.project.documents.documents import Documents
from studium.project.kernels.inner import InnerRing
from studium.project.kernels.kernel import Place
from studium.project.kernels.meter import Meter
from studium.project.kernels.overflow import Overflow
from studium.project.kernels.records import KernelRecord, Records
from studium.project.kernels.services import Services
from studium.project.kernels.session import KernelSession
from studium.project.kernels.socket import KernelSocket, new_websocket
from studium.project.kernels.specs import Specs
from studium.project.use import Use
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId
from studium.protocol.kernels import KernelSpec
from studium.protocol.session import Identity

_log = logging.getLogger(__name__)

MAX_SESSIONS: Final = 500
MAX_SOCKETS: Final = 2000


class _Open:
    """A session and the pages that follow it."""

    session: KernelSession

    def __init__(self) -> None:
        self.sockets: set[KernelSocket] = set()

    def changed(self) -> None:
        for socket in self.sockets:
            socket.status_changed()

    def failed(self, error: StudiumError, account_id: AccountId | None) -> None:
        for socket in self.sockets:
            if socket.identity.account_id == account_id:
                socket.fail(error)


class Kernels:
    """Opened with the project server, after its documents, and closed before them."""

    def __init__(
        self,
        documents: Documents,
        home: Path,
        state: Path,
        use: Use,
        *,
        inner_ring: Sequence[str],
        environment: Mapping[str, str],
        python: ProjectPython | None,
        temporary: Path,
        limits: InnerLimits | None,
    ) -> None:
        interpreter = python.executable if python is not None else Path(shutil.which("python3") or "/usr/bin/python3")
        inner = InnerRing(tuple(inner_ring), environment, home, interpreter, temporary)
        self._services = Services(
            place=Place(inner, limits),
            specs=Specs(inner, python),
            records=Records(state),
            blobs=documents.blobs,
            overflow=Overflow(state),
            use=use,
            open_notebook=documents.notebook,
        )
        self._open: list[_Open] = []
        self._opening = asyncio.Lock()
        self._found = asyncio.Event()
        self._finding: asyncio.Task[None] | None = None
        self._meter = Meter(lambda: (each.session for each in self._open if each.sockets))
        self._closing = False

    async def open(self) -> None:
        """Look for the kernels of the server before this one, while everything else goes on."""
        self._finding = asyncio.create_task(self._find(), name="kernels-find")
        self._meter.start()

    async def handle(self, request: web.Request, path: str, identity: Identity) -> web.WebSocketResponse:
        """Serve a page that shows the notebook at ``path``, until either side ends it."""
        socket = new_websocket()
        await socket.prepare(request)
        opened: _Open | None = None
        page: KernelSocket | None = None
        try:
            opened = await self._obtain(path)
            page = KernelSocket(socket, identity, opened.session, self._services)
            opened.sockets.add(page)
            if may(identity.role, Act.RUN):
                self._services.spares.want(opened.session)
            await page.serve()
        except StudiumError as error:
            await close_websocket(socket, error)
        except ConnectionError:
            pass  # the page has gone
        except Exception as error:
            await close_websocket(socket, unforeseen(error, "a kernel socket"))
        finally:
            if opened is not None and page is not None:
                opened.sockets.discard(page)
                await page.finish()
                await self._forget_if_idle(opened)
        return socket

    async def more(self, request: web.Request, overflow_id: str) -> web.StreamResponse:
        """Answer with output that a cell does not show."""
        return await self._services.overflow.answer(request, overflow_id)

    async def specs(self) -> list[KernelSpec]:
        """The kernels that a notebook can have."""
        return [spec.public() for spec in await self._services.specs.all(afresh=True)]

    async def close(self) -> None:
        """The server ends, and with it all kernels."""
        self._closing = True
        await self._meter.close()
        if self._finding is not None:
            self._finding.cancel()
            await asyncio.gather(self._finding, return_exceptions=True)
        stopping = StudiumError(ErrorCode.PROJECT_NOT_RUNNING, "The project is stopping.")
        pages = [page for opened in self._open for page in opened.sockets]
        await asyncio.gather(*(page.end(stopping) for page in pages))
        await asyncio.gather(*(opened.session.close() for opened in self._open))
        self._open.clear()
        await self._services.close()

    def statistics(self) -> dict[str, float]:
        """Counts for the metrics page."""
        return {
            "sessions": len(self._open),
            "running": sum(opened.session.kernel is not None for opened in self._open),
            "connections": sum(len(opened.sockets) for opened in self._open),
            "starts": self._services.starts,
            "forks": self._services.forks,
            "spares_taken": self._services.spares.taken,
            "last_start_seconds": self._services.last_start_seconds,
        }

    # Sessions ------------------------------------------------------------------------------------------------------

    async def _obtain(self, path: str) -> _Open:
        """The session of the notebook at ``path``. Raises ``StudiumError``."""
        await self._found.wait()
        async with self._opening:
            if self._closing:
                raise StudiumError(ErrorCode.UNAVAILABLE, "The project is stopping. Open it again in a moment.")
            if sum(len(opened.sockets) for opened in self._open) >= MAX_SOCKETS:
                raise StudiumError(ErrorCode.RATE_LIMITED, "Too many notebooks of this project are open. Close some.")
            return await self._session(path)

    async def _session(self, path: str) -> _Open:
        notebook = await self._services.open_notebook(path)
        for opened in self._open:
            if opened.session.path == notebook.path:
                notebook.close()
                await opened.session.reopen_if_gone()
                return opened
        if len(self._open) >= MAX_SESSIONS:
            for opened in list(self._open):
                await self._forget(opened)
        if len(self._open) >= MAX_SESSIONS:
            notebook.close()
            raise StudiumError(ErrorCode.RATE_LIMITED, "Too many notebooks of this project are open. Close some.")
        opened = _Open()
        opened.session = KernelSession(self._services, notebook, opened.changed, opened.failed)
        opened.session.runs.reset_states()
        self._open.append(opened)
        return opened

    async def _forget_if_idle(self, opened: _Open) -> None:
        async with self._opening:
            if not any(may(page.identity.role, Act.RUN) for page in opened.sockets):
                self._services.spares.drop(opened.session)
            if not opened.session.has_news:
                await self._forget(opened)

    async def _forget(self, opened: _Open) -> None:
        if opened in self._open and not opened.sockets and opened.session.is_idle:
            self._open.remove(opened)
            await opened.session.close()

    # Coming back ---------------------------------------------------------------------------------------------------

    async def _find(self) -> None:
        try:
            records = await asyncio.to_thread(self._services.records.all)
            await self._services.attach_zygote()
            await asyncio.gather(*(self._take_back(record) for record in records))
        except Exception:
            _log.exception("The kernels of the server before this one could not be found")
        finally:
            self._found.set()

    async def _take_back(self, record: KernelRecord) -> None:
        if record.is_spare:
            await self._end(record)
            return
        try:
            notebook = await self._services.open_notebook(record.path)
        except StudiumError as error:
            _log.info("A kernel has lost its notebook: %s", error.message)
            await self._end(record)
            return
        opened = _Open()
        session = opened.session = KernelSession(self._services, notebook, opened.changed, opened.failed)
        kernel = await self._services.attach(record, session.on_output, session.on_input)
        if kernel is not None:
            await session.attach(kernel, record)
        else:
            await asyncio.to_thread(self._services.records.remove, record.connection)
            session.lost(record)
        session.runs.reset_states()
        self._open.append(opened)
        if kernel is None:
            await self._forget_if_idle(opened)

    async def _end(self, record: KernelRecord) -> None:
        await asyncio.to_thread(record.started.kill)
        await asyncio.to_thread(self._services.records.remove, record.connection)
