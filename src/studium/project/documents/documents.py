"""All open documents of a project: finds or loads the room of a path, and runs its sockets.

A room is loaded once however many ask at the same time, and is served only when it is loaded. A load that fails is a
message with a reason to those who asked; the next one tries again.
"""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from aiohttp import WSMsgType, web

from studium.http.errors import unforeseen
from studium.project.documents.ancestors import Ancestors
from studium.project.documents.connection import Connection, new_websocket
from studium.project.documents.disk import remove_unfinished
from studium.project.documents.file_sync import STOP_SECONDS, FileSync
from studium.project.documents.intake import Penalties, receive
from studium.project.documents.people import OpenDocuments
from studium.project.documents.places import CameFrom, Elsewhere, Places
from studium.project.documents.room import Room
from studium.project.documents.store import Store
from studium.project.files.home import Home
from studium.project.watcher import Watcher
from studium.protocol.documents import DiskStatus, Moved, NotSaved, Saved
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import HistoryId
from studium.protocol.session import Identity, Role
from studium.sync.replica import warm_up

_log = logging.getLogger(__name__)

IDLE_SECONDS = 30.0  # a room without clients is kept this long: people reload, laptops wake up
MAX_ROOMS = 2_000
MAX_CONNECTIONS = 5_000


Told = Callable[[Identity, str], None]
"""Who did something to the document at which path."""


class _Open:
    """A room and its file."""

    def __init__(self, room: Room, file: FileSync) -> None:
        self.room = room
        self.file = file
        self.unload_timer: asyncio.TimerHandle | None = None


class Documents:
    """Opened with the project server and closed with it. ``opened`` and ``edited`` are told of what people do."""

    def __init__(
        self,
        home: Path,
        state: Path,
        watcher: Watcher,
        opened: Told = lambda _identity, _path: None,
        edited: Told = lambda _identity, _path: None,
    ) -> None:
        self._opened = opened
        self._edited = edited
        self._home = Home(home)
        self._watcher = watcher
        self._ancestors = Ancestors(self._home.directory, watcher)
        self._store = Store(state)
        self._places = Places(self._home, self._store)
        self._open_rooms: dict[str, _Open] = {}
        self.people = OpenDocuments(lambda: (opened.room for opened in self._open_rooms.values()))
        self._loading: dict[str, asyncio.Task[_Open]] = {}
        self._unloading: dict[str, asyncio.Task[None]] = {}
        self._moving = asyncio.Lock()  # held while documents change places: nobody looks for one meanwhile
        self._moves = 0
        self._following: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count(1)
        self._connections: set[Connection] = set()
        self._penalties = Penalties()
        self._closing = False
        self._failed_loads = 0

    async def open(self) -> None:
        """Take the state folder. Raises ``conflict`` when another server has it."""
        await self._store.open()
        warm_up()
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
                room = await self._join(connection, path, _history_id(request))
            except StudiumError as error:
                connection.fail(error)
            except Exception as error:
                connection.fail(unforeseen(error, "opening a document"))
            if room is not None:
                self.people.changed()
                self._opened(identity, room.path)
                await self._serve(room, connection, socket)
        finally:
            self._connections.discard(connection)
            if connection.failure is ErrorCode.INVALID_REQUEST:
                self._penalties.note(identity.account_id)
            if room is not None:
                room.leave(connection)
                self.people.changed()
                self._plan_unload(room.path)
            await connection.finish()
        return socket

    @asynccontextmanager
    async def still(self, path: str) -> AsyncIterator[None]:
        """While the file manager takes ``path`` away, a file or a folder: no file there is written, or a save that is
        under way would make it again under its old name."""
        rooms = self._below(path)
        await asyncio.gather(*(opened.file.pause() for opened in rooms))
        try:
            yield
        finally:
            for opened in rooms:
                opened.file.resume()

    async def moved(self, old: str, new: str) -> None:
        """``old``, a file or a folder, was renamed to ``new``: open documents and histories follow."""
        async with self._moving:
            await self._move(old, new)

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
        self.people.close()
        if self._following:
            await asyncio.wait(self._following, timeout=STOP_SECONDS)
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

    async def _join(self, connection: Connection, path: str, held: HistoryId | None) -> Room:
        """Enter the room of ``path``; or, for a client that comes back with a history, the room of that, wherever it
        lives now."""
        if len(self._connections) > MAX_CONNECTIONS:
            raise StudiumError(
                ErrorCode.RATE_LIMITED, "Too many documents of this project are open at once. Close some."
            )
        await asyncio.sleep(self._penalties.seconds(connection.identity.account_id))
        asked = goal = await self._places.asked_for(path)
        lead_on = connection.speaks_studium  # others could not be told that they are elsewhere
        while True:
            while self._moving.locked():
                async with self._moving:
                    pass
            moves = self._moves
            place = await self._place_of(goal, held)
            try:
                opened = await self._obtain(place, held, lead_on, moves)
            except CameFrom as renamed:
                await self.moved(renamed.path, place)
                continue
            except Elsewhere as left:
                goal, held, lead_on = left.path, None, False
                continue
            if opened is not None and self._open_rooms.get(opened.room.path) is opened:
                # else it was closed or moved in this very moment
                if connection.identity.role is not Role.VIEWER:
                    self._store.remember_name(connection.identity.account_id, connection.identity.name)
                opened.room.join(connection)
                if opened.room.path != asked:
                    connection.send_control(Moved(opened.room.path))
                if opened.unload_timer is not None:
                    opened.unload_timer.cancel()
                    opened.unload_timer = None
                return opened.room

    async def _place_of(self, asked: str, held: HistoryId | None) -> str:
        if held is None:
            return asked
        opened = self._open_rooms.get(asked)
        if opened is not None and opened.room.row.history_id == held:
            return asked
        return await self._places.of_history(held) or asked

    async def _serve(self, room: Room, connection: Connection, socket: web.WebSocketResponse) -> None:
        writer = self._store.writer
        async for message in socket:
            if message.type is WSMsgType.BINARY:
                if connection.is_open:
                    await receive(room, connection, message.data)
                if writer.is_full:
                    await writer.wait_for_room()
            elif message.type is WSMsgType.TEXT:
                connection.fail(
                    StudiumError(
                        ErrorCode.INVALID_REQUEST, "Documents speak in binary frames, but a text frame came. Reload."
                    )
                )

    # Rooms ---------------------------------------------------------------------------------------------------------

    async def _obtain(self, path: str, held: HistoryId | None, lead_on: bool, moves: int) -> _Open | None:
        """The room at ``path``, loaded if need be; None when documents have changed places since there were ``moves``.
        For ``held`` and ``lead_on`` see ``Places.history_at``."""
        while (ending := self._unloading.get(path)) is not None:
            await asyncio.shield(ending)
        if self._moves != moves:
            return None
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
            task = asyncio.get_running_loop().create_task(self._load(path, held, lead_on), name="document-load")
            self._loading[path] = task
            task.add_done_callback(lambda task: self._loaded(path, task))
        return await asyncio.shield(task)

    def _loaded(self, path: str, task: asyncio.Task[_Open]) -> None:
        self._loading.pop(path, None)
        if not task.cancelled():
            task.exception()  # told to those who asked, if they are still there

    async def _load(self, path: str, held: HistoryId | None, lead_on: bool) -> _Open:
        try:
            loaded = await self._places.history_at(path, held, lead_on)
            room = Room(path, loaded, self._store)
            file = FileSync(
                room, path, self._home, self._store, self._places, self._watcher, self._ancestors, loaded.saved
            )
            await file.start()
        except (CameFrom, Elsewhere):
            raise
        except BaseException:
            self._failed_loads += 1
            raise
        opened = _Open(room, file)
        room.on_broken = lambda: self._drop_broken(opened)
        file.on_went = lambda old, new: self._went(opened, old, new)
        room.on_edit_by = lambda identity: self._edited(identity, room.path)
        self._open_rooms[path] = opened
        self._plan_unload(path)
        return opened

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
            with contextlib.suppress(TimeoutError):  # the disk is full, which nobody knew yet
                async with asyncio.timeout(STOP_SECONDS):
                    await opened.room.log.wait_committed()
        opened.room.close()

    async def _settle_loading(self) -> None:
        """Wait for rooms that are being loaded or closed, unless a full disk keeps them from it."""
        tasks = [*self._loading.values(), *self._unloading.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_SECONDS)

    # Places --------------------------------------------------------------------------------------------------------

    def _below(self, path: str) -> list[_Open]:
        """The rooms of a file, or of all files in a folder."""
        return [opened for at, opened in self._open_rooms.items() if at == path or at.startswith(path + "/")]

    def _went(self, opened: _Open, old: str, new: str) -> None:
        """Some program renamed the file of an open document, or a folder above it; the room has paused its file."""
        task = asyncio.get_running_loop().create_task(self._follow(opened, old, new), name="document-follow")
        self._following.add(task)
        task.add_done_callback(self._following.discard)

    async def _follow(self, opened: _Open, old: str, new: str) -> None:
        try:
            async with self._moving:
                if opened in self._below(old):  # else it was closed, or has followed with others
                    await self._move(old, new)
        except Exception:
            _log.exception("A document could not follow its file")
        finally:
            opened.file.resume()

    async def _move(self, old: str, new: str) -> None:
        self._moves += 1
        await self._settle_loading()
        if old == new:
            return
        rooms = self._below(old)
        await asyncio.gather(*(opened.file.pause() for opened in rooms))
        try:
            await self._store.move(old, new)
            for opened in rooms:
                await self._rename(opened, new + opened.room.path[len(old) :])
            self.people.changed()
        finally:
            for opened in rooms:
                opened.file.resume()

    async def _rename(self, opened: _Open, path: str) -> None:
        in_the_way = self._open_rooms.pop(path, None)
        del self._open_rooms[opened.room.path]
        self._open_rooms[path] = opened
        opened.room.path = path
        opened.file.move(path)
        opened.room.tell(Moved(path))
        if in_the_way is None:
            return
        # Its file was replaced by this one. Those who have it open come back to this document, with what waits in them;
        # what only the room had is entered here.
        in_the_way.room.fail(
            StudiumError(ErrorCode.CONFLICT, "Another file was moved to this place. Open the document again to see it.")
        )
        await self._end(in_the_way)
        base, text = in_the_way.file.unsaved()
        if base != text:
            await opened.file.bring_in(base, text)

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


def _history_id(request: web.Request) -> HistoryId | None:
    text = request.query.get("history")
    try:
        return None if text is None else HistoryId(UUID(text))
    except ValueError:
        raise StudiumError(
            ErrorCode.INVALID_VALUE, "“history” is the id of a history, as “hello” told it. Open the document anew."
        ) from None
