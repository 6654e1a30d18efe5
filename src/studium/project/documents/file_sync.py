"""Keeps a room and its file the same: decides when the file is looked at and written.

The file is a view of the document: written shortly after edits, watched for changes from outside, which enter as an
edit by "disk". All that touches the file (``file_content.py``) is done by one task at a time, started when there is
something to do.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from studium.project.blobs import Blobs
from studium.project.documents.ancestors import Ancestors
from studium.project.documents.connection import Connection
from studium.project.documents.file_content import FileContent
from studium.project.documents.places import Places
from studium.project.documents.room import Room
from studium.project.documents.save_timer import SaveTimer
from studium.project.documents.store import SavedState, Store
from studium.project.files.errors import file_error
from studium.project.files.home import Home
from studium.project.watcher import Watcher, WatchEvent, WatchKind
from studium.protocol.documents import DiskStatus, Saved
from studium.protocol.errors import ErrorCode, StudiumError

_log = logging.getLogger(__name__)

LOOK_AFTER_SECONDS = 0.1  # events of one change from outside come in bursts
STOP_SECONDS = 10.0  # a save that hangs for longer is given up when the server stops


class FileSync:
    """Belongs to one room. ``start`` brings in what the file holds; ``stop`` ends it. ``saved`` is what the log says
    that the file held. ``on_went`` is called when some program renamed the file, and must see to it that ``move`` and
    ``resume`` are called."""

    def __init__(
        self,
        room: Room,
        path: str,
        home: Home,
        store: Store,
        places: Places,
        watcher: Watcher,
        ancestors: Ancestors,
        saved: SavedState | None,
        blobs: Blobs,
    ) -> None:
        self.room = room
        self.on_went: Callable[[str, str], None] = lambda _old, _new: None
        self._timer = SaveTimer(self._want_save)
        self._content = FileContent(room, path, home, store, places, self._timer, saved, blobs)
        self._has_unsaved = saved is not None and room.version > saved.version
        self._home = home
        self._watcher = watcher
        self._loop = asyncio.get_running_loop()
        self._wants_save = False
        self._wants_look = False
        self._askers: dict[Connection, None] = {}
        self._task: asyncio.Task[None] | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._look_timer: asyncio.TimerHandle | None = None
        self._decision_timer: asyncio.TimerHandle | None = None
        self._ancestors = ancestors
        self._unwatch: Callable[[], None] | None = None
        self._is_started = False
        self._let_go_of_ancestors: Callable[[], None] | None = None
        self._is_watched_wrongly = False
        self._pauses = 0
        self._resumed = asyncio.Event()
        self._resumed.set()
        self._is_stopped = False

    # Life ----------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Look at the file before anybody sees the document. Raises ``StudiumError`` when there is nothing to show."""
        self._watch()
        try:
            await self._content.look()
        except StudiumError as error:
            if not self._has_unsaved:
                self._timer.stop()
                self._stop_watching()
                self._content.close()
                raise
            # What was typed is more than the file ever held: it is shown, and the file is left alone.
            self._content.not_saved(error)
        self._after_looking()
        self.room.on_edit = self._timer.edited
        self.room.on_save_now = self.save_now
        # What happened to the file meanwhile waited: two looks at once would each merge with the same base.
        self._is_started = True
        if self._wants_look or self._wants_save:
            self._work()

    async def stop(self) -> None:
        """End; what is not saved stays in the log."""
        self._is_stopped = True
        self._stop_watching()
        self._timer.stop()
        for timer in (self._look_timer, self._decision_timer):
            if timer is not None:
                timer.cancel()
        task = self._task
        if task is not None:
            await asyncio.wait([task], timeout=STOP_SECONDS)
            task.cancel()  # no effect on one that has ended
            await asyncio.gather(task, return_exceptions=True)
        self._timer.stop()
        self._content.close()

    async def flush(self) -> None:
        """Write the file now if it lacks anything; return when that has been tried."""
        while True:
            await self._resumed.wait()
            if self._timer.is_dirty:
                self._want_save()
            await self._idle.wait()
            if self._resumed.is_set():
                return

    async def catch_up(self) -> None:
        """Bring in what the file holds and write what it lacks; return when both have been tried."""
        if self._look_timer is not None:
            self._look_timer.cancel()
        self._want_look()
        await self.flush()

    async def pause(self) -> None:
        """Leave the file alone until ``resume``; returns when nothing is done to it any more."""
        self._add_pause()
        await self._idle.wait()

    def resume(self) -> None:
        """End a ``pause``."""
        self._pauses -= 1
        if self._pauses == 0:
            self._resumed.set()
            if self._wants_look or self._wants_save:
                self._work()

    def move(self, path: str) -> None:
        """The file lives elsewhere now. Only while paused."""
        self._content.follow(path)
        self._is_watched_wrongly = self._wants_look = True

    def unsaved(self) -> tuple[str, str]:
        """The text that the file holds, or held last, and that of the document."""
        return self._content.unsaved()

    async def bring_in(self, base: str, theirs: str) -> None:
        """Enter what somebody made of the text ``base`` elsewhere. Only while paused."""
        await self._content.bring_in(base, theirs)

    @property
    def status(self) -> DiskStatus:
        """What is known of the file."""
        return self._content.status

    @property
    def saves(self) -> int:
        """How often the file was written."""
        return self._content.saves

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is to be done: the file holds everything, or is absent and nothing was typed since."""
        is_settled = self._content.decides_at is None and not self._pauses
        return self._task is None and is_settled and not self._timer.is_dirty and not self._wants_save

    # What there is to do -------------------------------------------------------------------------------------------

    def save_now(self, connection: Connection) -> None:
        """A client asks for the file to be written; it gets the answer."""
        self._askers[connection] = None
        self._want_save()

    def _on_event(self, event: WatchEvent) -> None:
        if event.kind is WatchKind.GONE:
            self._unwatch = None
        if event.name is not None and event.name != self._content.path.rpartition("/")[2]:
            return
        self._look_soon()

    def _on_folders_changed(self) -> None:
        self._is_watched_wrongly = True
        self._look_soon()

    def _look_soon(self) -> None:
        if self._look_timer is None and not self._is_stopped:
            self._look_timer = self._loop.call_later(LOOK_AFTER_SECONDS, self._want_look)

    def _want_look(self) -> None:
        self._look_timer = None
        self._wants_look = True
        self._work()

    def _want_decision(self) -> None:
        self._wants_look = True
        self._work()

    def _want_save(self) -> None:
        self._wants_save = True
        self._work()

    # Doing it ------------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        if self._task is None and self._is_started and not self._is_stopped and not self._pauses:
            self._idle.clear()
            self._task = self._loop.create_task(self._run(), name="document-file")

    async def _run(self) -> None:
        try:
            while self._has_work():
                if self._unwatch is None or self._is_watched_wrongly:
                    self._stop_watching()
                    self._watch()  # before looking, so that no change falls between
                if self._wants_look:
                    self._wants_look = False
                    await self._guard(self._look)
                elif self._wants_save:
                    self._wants_save = False
                    await self._guard(self._save)
                    if not self._wants_save:
                        self._answer_askers()
        finally:
            self._task = None
            self._idle.set()

    def _has_work(self) -> bool:
        if self._pauses or (self._is_stopped and not self._wants_save):
            return False
        return self._wants_look or self._wants_save

    async def _look(self) -> None:
        again = await self._content.look()
        self._wants_look |= again  # in two steps: somebody may have wished for one meanwhile
        self._after_looking()

    async def _save(self) -> None:
        again = await self._content.save(is_asked=bool(self._askers))
        self._wants_save |= again
        self._after_looking()
        if self._unwatch is None:
            self._stop_watching()
            self._watch()  # the folder may have been made again

    def _after_looking(self) -> None:
        """A file that has vanished is looked for when programs had the time to put one in its place."""
        content = self._content
        if self._decision_timer is not None:
            self._decision_timer.cancel()
            self._decision_timer = None
        if self._is_stopped:
            return
        if content.went is not None:
            self._add_pause()
            self.on_went(*content.went)
        elif content.decides_at is not None:
            self._decision_timer = self._loop.call_at(content.decides_at, self._want_decision)

    def _add_pause(self) -> None:
        self._pauses += 1
        self._resumed.clear()

    async def _guard(self, act: Callable[[], Awaitable[None]]) -> None:
        """Whatever goes wrong is told to everybody and tried again; the document lives on."""
        path = self._content.path
        try:
            await act()
        except StudiumError as error:
            self._content.not_saved(error)
        except Exception as error:
            _log.exception("The file of a document could not be kept")
            self._content.not_saved(file_error(error, path) if isinstance(error, OSError) else _unforeseen(path))

    def _answer_askers(self) -> None:
        askers, self._askers = self._askers, {}
        answer = self.room.not_saved or Saved(self._content.saved_version)
        for connection in askers:
            connection.send_control(answer)

    # Watching ------------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        self._is_watched_wrongly = False
        self._let_go_of_ancestors = self._ancestors.hold(self._content.path, self._on_folders_changed)
        try:
            folder = self._home.directory / self._content.path.rpartition("/")[0]
            self._unwatch = self._watcher.watch(folder, self._on_event)
        except StudiumError as error:
            # Without a watch, the file is looked at before each save, so nothing is lost; it only shows later.
            if error.code is not ErrorCode.NOT_FOUND:  # a folder that is gone: those above it are watched
                _log.warning("%s", error.message)

    def _stop_watching(self) -> None:
        if self._unwatch is not None:
            self._unwatch()
            self._unwatch = None
        if self._let_go_of_ancestors is not None:
            self._let_go_of_ancestors()
            self._let_go_of_ancestors = None


def _unforeseen(path: str) -> StudiumError:
    name = path.rpartition("/")[2]
    return StudiumError(
        ErrorCode.INTERNAL, f"{name} could not be written, for a reason that the log tells. Save again."
    )
