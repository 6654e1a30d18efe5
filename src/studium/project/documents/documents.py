"""All open documents of a project: runs the sockets of their rooms (``rooms.py``), saves them, and closes them."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from aiohttp import WSMsgType, web

from studium.http.errors import unforeseen
from studium.project.blobs import Blobs
from studium.project.documents.connection import Connection, new_websocket
from studium.project.documents.disk import remove_unfinished
from studium.project.documents.file_sync import STOP_SECONDS
from studium.project.documents.intake import Penalties, receive
from studium.project.documents.open_notebook import OpenNotebook
from studium.project.documents.people import OpenDocuments
from studium.project.documents.places import CameFrom, Elsewhere, Places
from studium.project.documents.room import Room
from studium.project.documents.rooms import OpenRoom, Rooms, Told
from studium.project.documents.store import Store
from studium.project.files.home import Home
from studium.project.watcher import Watcher
from studium.protocol.documents import DiskStatus, Moved, NotSaved, Saved
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import HistoryId
from studium.protocol.session import Identity, Role
from studium.sync.format import NOTEBOOK
from studium.sync.notebook.values import not_a_notebook
from studium.sync.replica import warm_up

_log = logging.getLogger(__name__)

MAX_CONNECTIONS = 5_000


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
        self._home = Home(home)
        self.blobs = Blobs(state)
        self._store = Store(state)
        self._places = Places(self._home, self._store)
        self.rooms = Rooms(self._home, self._store, self._places, watcher, self.blobs, edited, self._on_moved)
        self.people = OpenDocuments(lambda: (opened.room for opened in self.rooms))
        self._numbers = itertools.count(1)
        self._connections: set[Connection] = set()
        self._penalties = Penalties()

    @property
    def store(self) -> Store:
        """The log of all documents."""
        return self._store

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
                self.rooms.plan_unload(room.path)
            await connection.finish()
        return socket

    @asynccontextmanager
    async def still(self, path: str) -> AsyncIterator[None]:
        """While the file manager takes ``path`` away, a file or a folder: no file there is written, or a save that is
        under way would make it again under its old name."""
        rooms = self.rooms.below(path)
        await asyncio.gather(*(opened.file.pause() for opened in rooms))
        try:
            yield
        finally:
            for opened in rooms:
                opened.file.resume()

    async def moved(self, old: str, new: str) -> None:
        """``old``, a file or a folder, was renamed to ``new``: open documents and histories follow."""
        await self.rooms.moved(old, new)

    async def removed(self, path: str) -> None:
        """The file manager removed ``path``, a file or a folder. Open documents stay, and say so; opening the empty
        place later starts a new history, while a file that came back there goes on with the old one."""
        await self._store.mark_removed(path, True)

    async def save_all(self) -> None:
        """Write every file that lacks something; return when that has been tried."""
        await self.rooms.settle()
        tasks = [asyncio.ensure_future(opened.file.flush()) for opened in self.rooms]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def save(self, path: str) -> None:
        """Write the file at ``path`` if it is open and lacks anything. Raises ``StudiumError`` when that failed, or
        took too long."""
        opened = self.rooms.at(await self._places.asked_for(path))
        if opened is not None:
            await self._save(opened)

    async def save_below(self, path: str) -> None:
        """Write all files that are open and lack anything, at ``path`` or in the folder ``path``. Raises as ``save``
        does."""
        if not len(self.rooms):
            return
        place = await asyncio.to_thread(self._home.canonical, path)
        for opened in list(self.rooms) if not place else self.rooms.below(place):
            await self._save(opened)

    async def _save(self, opened: OpenRoom) -> None:
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await opened.file.flush()
        except TimeoutError:
            message = f"The newest text of {opened.room.path} could not be saved in time. Try again in a moment."
            raise StudiumError(ErrorCode.TIMEOUT, message, path=opened.room.path) from None
        if opened.room.not_saved is not None:
            error = opened.room.not_saved.error
            raise StudiumError(error.code, error.message, **error.data)

    async def save_soon(self, seconds: float) -> int:
        """Write every open file that lacks something, for as long as that takes and ``seconds`` at most; how many still
        lack it."""
        tasks = [asyncio.ensure_future(opened.file.flush()) for opened in self.rooms if not opened.file.is_quiet]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return sum(opened.room.version > opened.room.saved_version for opened in self.rooms)

    async def opened(self, path: str) -> OpenRoom | None:
        """The room of ``path``, if it is loaded now."""
        return self.rooms.at(await self._places.asked_for(path))

    async def close(self) -> None:
        """Save, tell clients to come back, and end."""
        self.people.close()
        await self.rooms.begin_to_close()
        error = StudiumError(ErrorCode.UNAVAILABLE, "The project is stopping. This page reconnects when it is back.")
        for connection in list(self._connections):
            connection.fail(error)
        if self._store.trouble is None:
            await self.save_all()
        await self.rooms.close()
        if not await self._store.close():
            _log.error("Changes that nobody was promised could not be stored; pages that are open keep them")
        self._home.close()

    async def notebook(self, path: str) -> OpenNotebook:
        """A notebook that is to stay loaded, also with nobody there, until it is closed. Raises ``StudiumError``."""
        opened = await self.obtain(path)
        if opened.room.format is not NOTEBOOK:
            raise not_a_notebook(path.rpartition("/")[2], opened.room.format_reason or "It is a text file.")
        return self._hold(opened)

    @asynccontextmanager
    async def held(self, path: str) -> AsyncIterator[OpenRoom]:
        """The document at ``path``, which stays loaded within the block. Raises ``StudiumError``."""
        opened = await self.obtain(path)
        holder = self._hold(opened)
        try:
            yield opened
        finally:
            holder.close()

    async def obtain(self, path: str) -> OpenRoom:
        """The room of a document, which holds what its file holds. It is let go soon when nobody needs it. Raises
        ``StudiumError``."""
        while True:
            place = await self._places.asked_for(path)
            try:
                opened = await self.rooms.obtain(place, None, False, self.rooms.moves)
            except CameFrom as renamed:
                await self.moved(renamed.path, place)
                continue
            if opened is not None and self.rooms.at(place) is opened:
                return opened

    def _hold(self, opened: OpenRoom) -> OpenNotebook:
        def let_go(notebook: OpenNotebook) -> None:
            opened.holders.discard(notebook)
            self.rooms.plan_unload(opened.room.path)

        notebook = OpenNotebook(opened.room, opened.file, let_go)
        opened.holders.add(notebook)
        opened.keep()
        return notebook

    def statistics(self) -> dict[str, float]:
        """Counts for the metrics page."""
        return {
            "open": len(self.rooms),
            "connections": len(self._connections),
            "failed_loads": self.rooms.failed_loads,
            "saves": sum(opened.file.saves for opened in self.rooms),
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
            await self.rooms.wait_for_moves()
            moves = self.rooms.moves
            place = await self._place_of(goal, held)
            try:
                opened = await self.rooms.obtain(place, held, lead_on, moves)
            except CameFrom as renamed:
                await self.moved(renamed.path, place)
                continue
            except Elsewhere as left:
                goal, held, lead_on = left.path, None, False
                continue
            if opened is not None and self.rooms.has(opened):
                # else it was closed or moved in this very moment
                if connection.identity.role is not Role.VIEWER:
                    self._store.remember_name(connection.identity.account_id, connection.identity.name)
                opened.room.join(connection)
                if opened.room.path != asked:
                    connection.send_control(Moved(opened.room.path))
                opened.keep()
                return opened.room

    async def _place_of(self, asked: str, held: HistoryId | None) -> str:
        if held is None:
            return asked
        opened = self.rooms.at(asked)
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

    def _on_moved(self) -> None:
        self.people.changed()

    def _on_trouble(self, error: StudiumError | None) -> None:
        """The store cannot commit, or can again: everybody who waits for an acknowledgement is told."""
        for opened in self.rooms:
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
