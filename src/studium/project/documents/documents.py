"""All open documents of a project: finds or loads the room of a path, and runs its sockets.

A room is loaded once however many ask at the same time, and is served only when it is loaded. A load that fails is a
message with a reason to those who asked; the next one tries again.
"""

import asyncio
import itertools
import logging
from collections.abc import Callable
from pathlib import Path

from aiohttp import WSMsgType, web

from studium.http.errors import unforeseen
from studium.project.documents.connection import Connection, new_websocket
from studium.project.documents.disk import remove_unfinished
from studium.project.documents.file_sync import STOP_SECONDS, FileSync
from studium.project.documents.room import Room
from studium.project.documents.store import Loaded, Store
from studium.project.files.home import Home
from studium.project.files.operations import new_path
from studium.project.files.paths import clean_path, invalid_path
from studium.project.watcher import Watcher
from studium.protocol.documents import DiskStatus, Moved, NotSaved, Saved
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.session import Identity, Role

_log = logging.getLogger(__name__)

IDLE_SECONDS = 30.0  # a room without clients is kept this long: people reload, laptops wake up
MAX_ROOMS = 2_000
MAX_CONNECTIONS = 5_000


class _Open:
    """A room and its file."""

    def __init__(self, room: Room, file: FileSync) -> None:
        self.room = room
        self.file = file
        self.unload_timer: asyncio.TimerHandle | None = None


class Documents:
    """Opened with the project server and closed with it."""

    def __init__(self, home: Path, state: Path, watcher: Watcher, resolve: Callable[[str], Path] | None = None) -> None:
        self._home = Home(home)
        self._resolve = resolve or self._home.resolve
        self._watcher = watcher
        self._store = Store(state)
        self._open_rooms: dict[str, _Open] = {}
        self._loading: dict[str, asyncio.Task[_Open]] = {}
        self._unloading: dict[str, asyncio.Task[None]] = {}
        self._numbers = itertools.count(1)
        self._connections: set[Connection] = set()
        self._closing = False
        self._failed_loads = 0

    async def open(self) -> None:
        """Take the state folder. Raises ``conflict`` when another server has it."""
        await self._store.open()
        self._store.listeners.append(self._on_trouble)
        for path, document_id in await self._store.interrupted_saves():
            await asyncio.to_thread(remove_unfinished, self._home, path, document_id.hex)

    async def handle(self, request: web.Request, path: str, identity: Identity) -> web.WebSocketResponse:
        """Serve one document to one client until either ends it."""
        socket = new_websocket()
        await socket.prepare(request)
        connection = Connection(request, socket, identity, next(self._numbers))
        self._connections.add(connection)
        room: Room | None = None
        try:
            try:
                room = await self._join(connection, path)
            except StudiumError as error:
                connection.fail(error)
            except Exception as error:
                connection.fail(unforeseen(error, "opening a document"))
            if room is not None:
                await self._serve(room, connection, socket)
        finally:
            self._connections.discard(connection)
            if room is not None:
                room.leave(connection)
                self._plan_unload(room.path)
            await connection.finish()
        return socket

    async def moved(self, old: str, new: str) -> None:
        """The file manager renamed ``old``, a file or a folder, to ``new``: open documents and histories follow."""
        await self._settle_loading()
        await self._store.move(old, new)
        for path in [path for path in self._open_rooms if path == old or path.startswith(old + "/")]:
            to = new + path[len(old) :]
            in_the_way = self._open_rooms.pop(to, None)
            if in_the_way is not None:
                error = StudiumError(
                    ErrorCode.CONFLICT, "Another file was moved to this place. Open the document again to see it."
                )
                in_the_way.room.fail(error)
                await in_the_way.file.stop()
            opened = self._open_rooms.pop(path)
            self._open_rooms[to] = opened
            opened.room.path = to
            opened.room.tell(Moved(to))
            await opened.file.move(to)

    async def removed(self, path: str) -> None:
        """The file manager removed ``path``, a file or a folder. Open documents stay, and say so; opening the empty
        place later starts a new history, while a file that came back there goes on with the old one."""
        await self._store.mark_removed(path, True)

    async def save_all(self) -> None:
        """Write every file that lacks something; return when that has been tried."""
        await self._settle_loading()
        tasks = [asyncio.ensure_future(opened.file.flush()) for opened in list(self._open_rooms.values())]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        """Save, tell clients to come back, and end."""
        self._closing = True
        error = StudiumError(ErrorCode.UNAVAILABLE, "The project is stopping. This page reconnects when it is back.")
        for connection in list(self._connections):
            connection.fail(error)
        if self._store.trouble is None:
            await self.save_all()
        for opened in list(self._open_rooms.values()):
            await self._end(opened)
        self._open_rooms.clear()
        await asyncio.gather(*self._unloading.values(), return_exceptions=True)
        if not await self._store.close():
            _log.error("Changes that nobody was promised could not be stored; pages that are open keep them")
        self._home.close()

    def statistics(self) -> dict[str, float]:
        """Counts for the metrics page."""
        return {
            "open": len(self._open_rooms),
            "connections": len(self._connections),
            "failed_loads": self._failed_loads,
            "saves": sum(opened.file.saves for opened in self._open_rooms.values()),
            "behind": sum(connection.is_behind for connection in self._connections),
            **{f"store_{name}": value for name, value in self._store.statistics().items()},
        }

    # Sockets -------------------------------------------------------------------------------------------------------

    async def _join(self, connection: Connection, path: str) -> Room:
        if len(self._connections) > MAX_CONNECTIONS:
            raise StudiumError(
                ErrorCode.RATE_LIMITED, "Too many documents of this project are open at once. Close some."
            )
        while True:
            place = await asyncio.to_thread(self._place, path)
            opened = await self._obtain(place)
            if self._open_rooms.get(opened.room.path) is opened:  # else it was closed or moved in this very moment
                if connection.identity.role is not Role.VIEWER:
                    self._store.remember_name(connection.identity.account_id, connection.identity.name)
                opened.room.join(connection)
                if opened.unload_timer is not None:
                    opened.unload_timer.cancel()
                    opened.unload_timer = None
                return opened.room

    async def _serve(self, room: Room, connection: Connection, socket: web.WebSocketResponse) -> None:
        writer = self._store.writer
        async for message in socket:
            if message.type is WSMsgType.BINARY:
                if connection.is_open:
                    room.receive(connection, message.data)
                if writer.is_full:
                    await writer.wait_for_room()
            elif message.type is WSMsgType.TEXT:
                connection.fail(
                    StudiumError(
                        ErrorCode.INVALID_REQUEST, "Documents speak in binary frames, but a text frame came. Reload."
                    )
                )

    # Rooms ---------------------------------------------------------------------------------------------------------

    def _place(self, path: str) -> str:
        """One name for a file, however it is reached: links are followed."""
        place = self._home.canonical(clean_path(path))
        if not place:
            raise invalid_path(path, "The home folder is not a document. Open a file in it.")
        return place

    async def _obtain(self, path: str) -> _Open:
        while (ending := self._unloading.get(path)) is not None:
            await asyncio.shield(ending)
        opened = self._open_rooms.get(path)
        if opened is not None:
            return opened
        task = self._loading.get(path)
        if task is None:
            if self._closing:
                raise StudiumError(ErrorCode.UNAVAILABLE, "The project is stopping. Open it again in a moment.")
            if len(self._open_rooms) >= MAX_ROOMS:
                raise StudiumError(
                    ErrorCode.RATE_LIMITED, "Too many documents of this project are open at once. Close some."
                )
            task = asyncio.get_running_loop().create_task(self._load(path), name="document-load")
            self._loading[path] = task
            task.add_done_callback(lambda task: self._loaded(path, task))
        return await asyncio.shield(task)

    def _loaded(self, path: str, task: asyncio.Task[_Open]) -> None:
        self._loading.pop(path, None)
        if not task.cancelled():
            task.exception()  # told to those who asked, if they are still there

    async def _load(self, path: str) -> _Open:
        try:
            loaded = await self._load_history(path)
            room = Room(path, loaded, self._store)
            file = FileSync(room, path, self._home, self._store, self._watcher, loaded.saved)
            await file.start()
        except BaseException:
            self._failed_loads += 1
            raise
        opened = _Open(room, file)
        room.on_broken = lambda: self._drop_broken(opened)
        self._open_rooms[path] = opened
        self._plan_unload(path)
        return opened

    async def _load_history(self, path: str) -> Loaded:
        loaded = await self._store.load(path)
        if loaded is not None and not loaded.row.removed:
            return loaded
        # Looked at first: a path that cannot be opened must not leave a history behind.
        exists = await asyncio.to_thread(self._exists, path)
        if loaded is not None and exists:
            # It was removed, and has come back (from the trash, or under the old name): its history goes on.
            await self._store.mark_removed(path, False)
            return loaded
        await self._store.create(path)
        loaded = await self._store.load(path)
        assert loaded is not None
        return loaded

    def _exists(self, path: str) -> bool:
        try:
            self._home.stat(path, follow=False)
        except StudiumError as error:
            if error.code is not ErrorCode.NOT_FOUND:
                raise
            new_path(path)  # its first edit would make it
            self._home.stat(path.rpartition("/")[0])  # parents are not invented
            return False
        return True

    def _plan_unload(self, path: str) -> None:
        opened = self._open_rooms.get(path)
        if opened is None or opened.room.connections or self._closing:
            return
        if opened.unload_timer is not None:
            opened.unload_timer.cancel()
        opened.unload_timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._unload, opened)

    def _unload(self, opened: _Open) -> None:
        opened.unload_timer = None
        path = opened.room.path
        if opened.room.connections or self._open_rooms.get(path) is not opened:
            return
        if not opened.file.is_quiet or not opened.room.is_quiet:
            self._plan_unload(path)  # not saved yet, or cannot be saved: kept until it is
            return
        del self._open_rooms[path]
        opened.room.log.checkpoint_at_unload()
        self._end_later(opened)

    def _drop_broken(self, opened: _Open) -> None:
        if self._open_rooms.get(opened.room.path) is not opened:
            return
        del self._open_rooms[opened.room.path]
        opened.room.fail(
            StudiumError(ErrorCode.UNAVAILABLE, "The document is opened afresh. This page reconnects by itself.")
        )
        self._end_later(opened)

    def _end_later(self, opened: _Open) -> None:
        path = opened.room.path
        task = asyncio.get_running_loop().create_task(self._end(opened), name="document-unload")
        self._unloading[path] = task
        task.add_done_callback(lambda _task: self._unloading.pop(path, None))

    async def _end(self, opened: _Open) -> None:
        if opened.unload_timer is not None:
            opened.unload_timer.cancel()
        await opened.file.stop()
        if self._store.trouble is None:
            await opened.room.log.wait_committed()
        opened.room.close()

    async def _settle_loading(self) -> None:
        await asyncio.gather(*self._loading.values(), return_exceptions=True)

    def _on_trouble(self, error: StudiumError | None) -> None:
        """The store cannot commit, or can again: everybody who waits for an acknowledgement is told."""
        for opened in list(self._open_rooms.values()):
            room = opened.room
            if error is not None:
                message: NotSaved | Saved = NotSaved(error.body(), DiskStatus.UNKNOWN)
            else:
                message = room.not_saved or Saved(room.saved_version)
            for connection in room.connections:
                connection.send_control(message)
