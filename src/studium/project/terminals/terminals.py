"""All terminals of a project: the files that have them, the pages that look at them, and what becomes of them."""

import asyncio
import logging
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from aiohttp import web

from studium.compute.limits import InnerLimits
from studium.http.errors import close_websocket, unforeseen
from studium.http.origin import page_origin
from studium.project.files.home import Home
from studium.project.files.paths import invalid_path, shown
from studium.project.history.snapshot import Snapshots
from studium.project.kernels.inner import InnerRing
from studium.project.terminals import file_socket, socket
from studium.project.terminals.commands import SendNotice
from studium.project.terminals.file_socket import FileSocket
from studium.project.terminals.open_file import OpenFile
from studium.project.terminals.services import Services
from studium.project.terminals.socket import TerminalSocket
from studium.project.use import Use
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import ProjectId
from studium.protocol.session import Identity
from studium.protocol.terminals import TerminalState

_log = logging.getLogger(__name__)

ENDING: Final = ".term"
KEEP_SECONDS: Final = 10.0
"""How often what terminals show is kept."""
MAX_SOCKETS: Final = 2000
MISSING_SECONDS: Final = 600.0
"""How long a file may be nowhere, since a shell has moved it, before its terminals are ended."""
LAST_SCREENS_SECONDS: Final = 3.0
"""Given to keeping all of it when the project stops."""


class Terminals:
    """Opened and closed with the project server."""

    def __init__(
        self,
        project_id: ProjectId,
        home: Home,
        state: Path,
        use: Use,
        *,
        inner_ring: Sequence[str],
        environment: Mapping[str, str],
        temporary: Path,
        limits: InnerLimits | None,
        send_notice: SendNotice | None,
        snapshots: Snapshots,
    ) -> None:
        python = Path(shutil.which("python3") or "/usr/bin/python3")
        inner = InnerRing(tuple(inner_ring), environment, home.directory, python, temporary)
        self._home = home
        self._services = Services(project_id, inner, home, state, use, limits, send_notice, snapshots)
        self._files: dict[str, OpenFile] = {}
        self._opening = asyncio.Lock()
        self._found = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None
        self._sockets = 0
        self._missing: dict[str, float] = {}

    async def open(self) -> None:
        """Look for the terminals of the server before this one, while everything else goes on."""
        await asyncio.to_thread(self._services.records.open)
        self._keeping = asyncio.create_task(self._keep(), name="terminals-keep")

    async def handle(self, request: web.Request, path: str, identity: Identity) -> web.WebSocketResponse:
        """Serve a page that shows the file at ``path``, or one of its terminals, until either side ends it."""
        terminal_id = request.query.get("terminal")
        new = socket.new_websocket() if terminal_id is not None else file_socket.new_websocket()
        await new.prepare(request)
        self._sockets += 1
        try:
            if self._sockets > MAX_SOCKETS:
                raise StudiumError(ErrorCode.RATE_LIMITED, "Too many terminals of this project are open. Close some.")
            if terminal_id is None:
                await self._serve_file(new, path, identity)
            else:
                await self._serve_terminal(new, path, terminal_id, identity, page_origin(request))
        except StudiumError as error:
            await close_websocket(new, error)
        except ConnectionError:
            pass  # the page has gone
        except Exception as error:
            await close_websocket(new, unforeseen(error, "a terminal socket"))
        finally:
            self._sockets -= 1
        return new

    async def _serve_file(self, new: web.WebSocketResponse, path: str, identity: Identity) -> None:
        file = await self._obtain(path)
        page = FileSocket(new, identity, file.do)
        try:
            file.join(page)
            await page.serve()
        finally:
            file.sockets.discard(page)
            await page.finish()
            self._forget_if_idle(file)

    async def _serve_terminal(
        self, new: web.WebSocketResponse, path: str, terminal_id: str, identity: Identity, origin: str | None
    ) -> None:
        file = await self._obtain(path)
        page = TerminalSocket(new, identity, await file.session(terminal_id), origin)
        try:
            await page.serve()
        finally:
            await page.finish()
            self._forget_if_idle(file)

    async def moved(self, old: str, new: str) -> None:
        """``old``, a file or a folder, was renamed to ``new``: its terminals follow."""
        for was, path in self._services.records.moved(old, new).items():
            if (file := self._files.pop(was, None)) is not None:
                file.moved(path)
                self._files[path] = file
        await self._services.write_records()

    async def removed(self, path: str) -> None:
        """``path``, a file or a folder, was removed: what ran in its terminals ends."""
        gone = StudiumError(ErrorCode.NOT_FOUND, "The file of this terminal was deleted.")
        for each in self._services.records.below(path):
            file = self._files.pop(each, None) or OpenFile(self._services, each)
            record = self._services.records.files()[each]
            for terminal_id in list(record.keys):
                await file.forget_terminal(terminal_id)
            self._services.records.remove(each)
            await asyncio.gather(*(page.end(gone) for page in list(file.sockets)))
        await self._services.write_records()

    async def close(self) -> None:
        """The server ends, and with it all terminals; what they show is kept."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        stopping = StudiumError(ErrorCode.PROJECT_NOT_RUNNING, "The project is stopping.")
        try:
            async with asyncio.timeout(LAST_SCREENS_SECONDS):
                await self._services.keep_screens()
        except TimeoutError:
            _log.warning("What some terminals show could not be kept in time")
        self._services.is_closing = True
        pages: list[FileSocket | TerminalSocket] = []
        for file in self._files.values():
            pages += [*file.sockets, *_pages(file)]
        await asyncio.gather(*(page.end(stopping) for page in pages))
        await self._services.close()

    def statistics(self) -> dict[str, float]:
        """Counts for the metrics page."""
        sessions = self._services.sessions.values()
        return {
            "files": len(self._files),
            "sessions": len(sessions),
            "running": sum(session.state is TerminalState.RUNNING for session in sessions),
            "connections": self._sockets,
            "starts": self._services.starts,
        }

    # Files -----------------------------------------------------------------------------------------------------------

    async def _obtain(self, path: str) -> OpenFile:
        """The file at ``path``, read anew. Raises ``StudiumError``."""
        await self._found.wait()
        place = await asyncio.to_thread(self._home.canonical, path)
        if not place.lower().endswith(ENDING):  # whatever else it is, we would write over it
            message = f"{shown(place)} is no file of terminals: those end with {ENDING}. Make a new terminal."
            raise invalid_path(place, message)
        async with self._opening:
            file = self._files.get(place)
            if file is None:
                file = OpenFile(self._services, place)
                former = self._services.records.former_path(place, await file.status())
                if former is not None and not await self._exists(former):
                    await self.moved(former, place)
                    file = self._files.get(place, file)
                self._files[place] = file
            try:
                await file.read()
            except StudiumError:
                self._forget_if_idle(file)
                raise
        return file

    async def _exists(self, path: str) -> bool:
        try:
            await asyncio.to_thread(self._home.stat, path)
        except StudiumError:
            return False
        return True

    def _forget_if_idle(self, file: OpenFile) -> None:
        """Let go of what costs nothing to read again: sessions stay, they hear of their programs."""
        if file.is_idle and not file.sessions and self._files.get(file.path) is file:
            del self._files[file.path]

    # Coming back, and keeping ----------------------------------------------------------------------------------------

    async def _find(self) -> None:
        await self._services.attach_holder()
        running = {str(each.get("key")): each for each in (self._services.holder or _NONE).terminals}
        for path, record in list(self._services.records.files().items()):
            if not any(key in running for key in record.keys.values()):
                continue
            file = OpenFile(self._services, path)
            try:
                content = await file.read()
            except StudiumError as error:
                _log.info("Terminals have lost their file: %s", error.message)
                continue  # it may have been moved, and come back by its inode
            self._files[path] = file
            for entry in content.terminals:
                status = running.get(record.keys.get(entry.terminal_id, ""))
                if status is not None:
                    (await file.session(entry.terminal_id)).held(status)

    async def _keep(self) -> None:
        try:
            await self._find()
        except Exception:
            _log.exception("The terminals of the server before this one could not be found")
        finally:
            self._found.set()
        while True:
            await asyncio.sleep(KEEP_SECONDS)
            try:
                await self._services.keep_screens()
                await self._look_at_files()
            except Exception:
                _log.exception("What terminals show could not be kept")

    async def _look_at_files(self) -> None:
        """Pages hear of what others have changed in a file; terminals whose file is gone for long are ended."""
        now = time.monotonic()
        for path in list(self._services.records.files()):
            file = self._files.get(path)
            try:
                if file is not None and file.sockets:
                    await file.read()
                else:
                    await asyncio.to_thread(self._home.stat, path)
            except StudiumError as error:
                if error.code is not ErrorCode.NOT_FOUND or (file is not None and not file.is_idle):
                    continue
                if now - self._missing.setdefault(path, now) > MISSING_SECONDS:
                    await self.removed(path)
                    del self._missing[path]
            else:
                self._missing.pop(path, None)


class _NoHolder:
    terminals: tuple[dict[str, object], ...] = ()


_NONE: Final = _NoHolder()


def _pages(file: OpenFile) -> list[TerminalSocket]:
    return [page for session in file.sessions.values() for page in session.sockets]
