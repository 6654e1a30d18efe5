"""The rooms of a project: each is loaded once however many ask at the same time, and is served only when it is loaded;
it is let go when nobody needs it, and follows its file to another place.

A load that fails is a message with a reason to those who asked; the next one tries again.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from studium.project.blobs import Blobs
from studium.project.documents.ancestors import Ancestors
from studium.project.documents.file_sync import STOP_SECONDS, FileSync
from studium.project.documents.open_notebook import OpenNotebook
from studium.project.documents.places import CameFrom, Elsewhere, Places
from studium.project.documents.room import Room
from studium.project.documents.store import Store
from studium.project.files.home import Home
from studium.project.watcher import Watcher
from studium.protocol.documents import Moved
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import HistoryId
from studium.protocol.session import Identity
from studium.sync.format import TEXT, may_be

_log = logging.getLogger(__name__)

IDLE_SECONDS = 30.0  # a room without clients is kept this long: people reload, laptops wake up
MENDED_SECONDS = 0.25  # and one of a notebook that is a text because it is broken: once mended, it opens as a notebook
MAX_ROOMS = 2_000


Told = Callable[[Identity, str], None]
"""Who did something to the document at which path."""


@dataclass(eq=False)
class OpenRoom:
    """A room and its file. ``holders`` are those who need it without being connected."""

    room: Room
    file: FileSync
    unload_timer: asyncio.TimerHandle | None = None
    holders: set[OpenNotebook] = field(default_factory=set)

    @property
    def is_used(self) -> bool:
        """Whether anybody needs it."""
        return bool(self.room.connections or self.holders)

    def keep(self) -> None:
        """Somebody needs it now."""
        if self.unload_timer is not None:
            self.unload_timer.cancel()
            self.unload_timer = None


class Rooms:
    """``edited`` is told of what people do, ``on_moved`` when rooms have changed places."""

    def __init__(
        self,
        home: Home,
        store: Store,
        places: Places,
        watcher: Watcher,
        blobs: Blobs,
        edited: Told,
        on_moved: Callable[[], None],
    ) -> None:
        self._home = home
        self._store = store
        self._places = places
        self._watcher = watcher
        self._ancestors = Ancestors(home.directory, watcher)
        self._blobs = blobs
        self._edited = edited
        self._on_moved = on_moved
        self._open: dict[str, OpenRoom] = {}
        self._loading: dict[str, asyncio.Task[OpenRoom]] = {}
        self._unloading: dict[str, asyncio.Task[None]] = {}
        self._moving = asyncio.Lock()  # held while documents change places: nobody looks for one meanwhile
        self._following: set[asyncio.Task[None]] = set()
        self._closing = False
        self.moves = 0
        """How often documents have changed places."""
        self.failed_loads = 0

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[OpenRoom]:
        """Those that are loaded now; they may be closed and loaded meanwhile."""
        return iter(list(self._open.values()))

    def at(self, path: str) -> OpenRoom | None:
        """The one at ``path``, if it is loaded."""
        return self._open.get(path)

    def has(self, opened: OpenRoom) -> bool:
        """Whether it is still what there is at its place."""
        return self._open.get(opened.room.path) is opened

    async def wait_for_moves(self) -> None:
        """Return when no documents are changing places."""
        while self._moving.locked():
            async with self._moving:
                pass

    async def moved(self, old: str, new: str) -> None:
        """``old``, a file or a folder, was renamed to ``new``: open documents and histories follow."""
        async with self._moving:
            await self._move(old, new)

    async def begin_to_close(self) -> None:
        """Load no more, and let those that follow their files come to an end."""
        self._closing = True
        if self._following:
            await asyncio.wait(self._following, timeout=STOP_SECONDS)

    async def close(self) -> None:
        """End all rooms; what is to be saved has been."""
        for opened in self:
            await self._end(opened)
        self._open.clear()
        await asyncio.gather(*self._unloading.values(), return_exceptions=True)

    async def obtain(self, path: str, held: HistoryId | None, lead_on: bool, moves: int) -> OpenRoom | None:
        """The room at ``path``, loaded if need be; None when documents have changed places since there were ``moves``.
        For ``held`` and ``lead_on`` see ``Places.history_at``."""
        while (ending := self._unloading.get(path)) is not None:
            await asyncio.shield(ending)
        if self.moves != moves:
            return None
        opened = self._open.get(path)
        if opened is not None:
            return opened
        task = self._loading.get(path)
        if task is None:
            if self._closing:
                raise StudiumError(ErrorCode.UNAVAILABLE, "The project is stopping. Open it again in a moment.")
            if len(self._open) >= MAX_ROOMS:
                raise StudiumError(
                    ErrorCode.RATE_LIMITED, "Too many documents of this project are open at once. Close some."
                )
            task = asyncio.get_running_loop().create_task(self._load(path, held, lead_on), name="document-load")
            self._loading[path] = task
            task.add_done_callback(lambda task: self._loaded(path, task))
        return await asyncio.shield(task)

    def _loaded(self, path: str, task: asyncio.Task[OpenRoom]) -> None:
        self._loading.pop(path, None)
        if not task.cancelled():
            task.exception()  # told to those who asked, if they are still there

    async def _load(self, path: str, held: HistoryId | None, lead_on: bool) -> OpenRoom:
        try:
            format_, reason = await self._places.format_of(path)
            loaded = await self._places.history_at(path, held, lead_on, format_)
            room = Room(path, loaded, self._store)
            room.format_reason = reason if loaded.row.format is format_ else None
            file = FileSync(
                room,
                path,
                self._home,
                self._store,
                self._places,
                self._watcher,
                self._ancestors,
                loaded.saved,
                self._blobs,
            )
            await file.start()
        except (CameFrom, Elsewhere):
            raise
        except BaseException:
            self.failed_loads += 1
            raise
        opened = OpenRoom(room, file)
        room.on_broken = lambda: self._drop(opened, "The document is opened afresh. This page reconnects by itself.")
        file.on_went = lambda old, new: self._went(opened, old, new)
        room.on_edit_by = lambda identity: self._edited(identity, room.path)
        self._open[path] = opened
        self.plan_unload(path)
        return opened

    def plan_unload(self, path: str) -> None:
        opened = self._open.get(path)
        if opened is None or opened.is_used or self._closing:
            return
        if opened.unload_timer is not None:
            opened.unload_timer.cancel()
        seconds = IDLE_SECONDS if opened.room.format_reason is None else MENDED_SECONDS
        opened.unload_timer = asyncio.get_running_loop().call_later(seconds, self._unload, opened)

    def _unload(self, opened: OpenRoom) -> None:
        opened.unload_timer = None
        path = opened.room.path
        if opened.is_used or self._open.get(path) is not opened:
            return
        if not opened.file.is_quiet or not opened.room.is_quiet:
            self.plan_unload(path)  # not saved yet, or cannot be saved: kept until it is
            return
        del self._open[path]
        opened.room.log.checkpoint_at_unload()
        self._end_later(opened)

    def _drop(self, opened: OpenRoom, sentence: str) -> None:
        """Close a room at once; whoever was there comes back to a fresh one."""
        if self._open.get(opened.room.path) is not opened:
            return
        del self._open[opened.room.path]
        opened.room.fail(StudiumError(ErrorCode.UNAVAILABLE, sentence))
        self._end_later(opened)

    def _end_later(self, opened: OpenRoom) -> None:
        path = opened.room.path
        task = asyncio.get_running_loop().create_task(self._end(opened), name="document-unload")
        self._unloading[path] = task
        task.add_done_callback(lambda _task: self._unloading.pop(path, None))

    async def _end(self, opened: OpenRoom) -> None:
        for notebook in opened.holders:
            notebook.gone()
        if opened.unload_timer is not None:
            opened.unload_timer.cancel()
        await opened.file.stop()
        if self._store.trouble is None:
            with contextlib.suppress(TimeoutError):  # the disk is full, which nobody knew yet
                async with asyncio.timeout(STOP_SECONDS):
                    await opened.room.log.wait_committed()
        opened.room.close()

    async def settle(self) -> None:
        """Wait for rooms that are being loaded or closed, unless a full disk keeps them from it."""
        tasks = [*self._loading.values(), *self._unloading.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_SECONDS)

    # Places --------------------------------------------------------------------------------------------------------

    def below(self, path: str) -> list[OpenRoom]:
        """The rooms of a file, or of all files in a folder."""
        return [opened for at, opened in self._open.items() if at == path or at.startswith(path + "/")]

    def _went(self, opened: OpenRoom, old: str, new: str) -> None:
        """Some program renamed the file of an open document, or a folder above it; the room has paused its file."""
        task = asyncio.get_running_loop().create_task(self._follow(opened, old, new), name="document-follow")
        self._following.add(task)
        task.add_done_callback(self._following.discard)

    async def _follow(self, opened: OpenRoom, old: str, new: str) -> None:
        try:
            async with self._moving:
                if opened in self.below(old):  # else it was closed, or has followed with others
                    await self._move(old, new)
        except Exception:
            _log.exception("A document could not follow its file")
        finally:
            opened.file.resume()

    async def _move(self, old: str, new: str) -> None:
        self.moves += 1
        await self.settle()
        if old == new:
            return
        rooms = self.below(old)
        await asyncio.gather(*(opened.file.pause() for opened in rooms))
        try:
            await self._store.move(old, new)
            for opened in rooms:
                to = new + opened.room.path[len(old) :]
                if opened.room.format in (TEXT, may_be(to)):
                    await self._rename(opened, to)
                else:
                    self._drop(opened, f"{to.rpartition('/')[2]} is opened afresh, as a text. This page reconnects.")
            self._on_moved()
        finally:
            for opened in rooms:
                opened.file.resume()

    async def _rename(self, opened: OpenRoom, path: str) -> None:
        in_the_way = self._open.pop(path, None)
        del self._open[opened.room.path]
        self._open[path] = opened
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
