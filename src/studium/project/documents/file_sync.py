"""Keeps a room and its file the same.

The file is a view of the document: written shortly after edits, watched for changes from outside, which enter as an
edit by "disk". All that touches the file is done by one task at a time, started when there is something to do. What the
file is known to hold (the *base* of a merge) is written down before and after each write, so that after a crash an
older file is recognised as our own and never merged as somebody's change.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from studium.project.documents.connection import Connection
from studium.project.documents.disk import ChangedMeanwhile, Found, Known, hash_of, read_file, write_file
from studium.project.documents.room import Room
from studium.project.documents.store import SavedState, Store
from studium.project.files.errors import file_error
from studium.project.files.home import Home
from studium.project.watcher import Watcher, WatchEvent, WatchKind
from studium.protocol.documents import DiskStatus, NotSaved, Saved
from studium.protocol.errors import ErrorCode, StudiumError
from studium.sync.formats import TextStyle, check_size, decode_text, encode_text, read_only_reason
from studium.sync.replica import file_edit, text_of

_log = logging.getLogger(__name__)

SAVE_AFTER_SECONDS = 0.5  # after the last edit
SAVE_AT_MOST_SECONDS = 2.0  # after the first edit that is not saved
LOOK_AFTER_SECONDS = 0.1  # events of one change from outside come in bursts
EMPTIED_SECONDS = 0.4  # a file that was just emptied is probably being written anew
GONE_SECONDS = 0.5  # a file that was just deleted or renamed is not made again at once
STOP_SECONDS = 10.0  # a save that hangs for longer is given up when the server stops
_RETRY_SECONDS = (2.0, 30.0)  # first and longest pause after a failed save


class FileSync:
    """Belongs to one room. ``start`` brings in what the file holds; ``stop`` ends it."""

    def __init__(self, room: Room, path: str, home: Home, store: Store, watcher: Watcher) -> None:
        self.room = room
        self.path = path
        self.status = DiskStatus.UNKNOWN
        self.saves = 0
        self.merges = 0
        self._home = home
        self._store = store
        self._watcher = watcher
        self._loop = asyncio.get_running_loop()
        self._at_start: SavedState | None = None
        self._is_recognised = False
        self._base = ""
        self._style = TextStyle()
        self._known: Known | None = None
        self._saved_version = 0
        self._dirty_since: float | None = None
        self._save_at: float | None = None
        self._gone_at = 0.0
        self._failures = 0
        self._wants_save = False
        self._wants_look = False
        self._askers: list[Connection] = []
        self._task: asyncio.Task[None] | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._timer: asyncio.TimerHandle | None = None
        self._look_timer: asyncio.TimerHandle | None = None
        self._unwatch: Callable[[], None] | None = None
        self._stopped = False

    # Life ----------------------------------------------------------------------------------------------------------

    async def start(self, saved: SavedState | None) -> None:
        """Look at the file before anybody sees the document. Raises ``StudiumError`` when there is nothing to show."""
        self._at_start = saved
        self._watch()
        try:
            await self._recognise()
        except StudiumError as error:
            unsaved = saved is not None and self.room.version > saved.version
            if not unsaved:
                self._stop_watching()
                raise
            # What was typed is more than the file ever held: it is shown, and the file is left alone.
            self._not_saved(error, DiskStatus.UNKNOWN)
            self._retry()
        self.room.on_edit = self.edited
        self.room.on_save_now = self.save_now

    async def stop(self) -> None:
        """End; what is not saved stays in the log."""
        self._stopped = True
        self._stop_watching()
        for timer in (self._timer, self._look_timer):
            if timer is not None:
                timer.cancel()
        task = self._task
        if task is not None:
            await asyncio.wait([task], timeout=STOP_SECONDS)
            task.cancel()  # no effect on one that has ended
            await asyncio.gather(task, return_exceptions=True)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is to be done: the file holds everything, or is absent and nothing was typed since."""
        return self._task is None and self._dirty_since is None and not self._wants_save

    async def flush(self) -> None:
        """Write the file now if it lacks anything; return when that has been tried."""
        if self._dirty_since is not None:
            self._want_save()
        await self._idle.wait()

    async def move(self, path: str) -> None:
        """The file lives elsewhere now."""
        await self._idle.wait()
        self.path = path
        self._stop_watching()
        self._watch()
        self._want_look()

    # What happens --------------------------------------------------------------------------------------------------

    def edited(self) -> None:
        """The document has changed: save soon, and not later than a while after the first change."""
        now = self._loop.time()
        if self._dirty_since is None:
            self._dirty_since = now
        self._save_at = min(now + SAVE_AFTER_SECONDS, self._dirty_since + SAVE_AT_MOST_SECONDS)
        if self._timer is None and self._failures == 0:
            self._timer = self._loop.call_at(self._save_at, self._on_timer)

    def save_now(self, connection: Connection) -> None:
        """A client asks for the file to be written; it gets the answer."""
        self._askers.append(connection)
        self._want_save()

    def _on_timer(self) -> None:
        self._timer = None
        if self._save_at is None or self._stopped:
            return
        if self._loop.time() < self._save_at - 0.001:
            self._timer = self._loop.call_at(self._save_at, self._on_timer)
        else:
            self._want_save()

    def _on_event(self, event: WatchEvent) -> None:
        if event.kind is WatchKind.GONE:
            self._unwatch = None
        if event.name is not None and event.name != self.path.rpartition("/")[2]:
            return
        if self._look_timer is None and not self._stopped:
            self._look_timer = self._loop.call_later(LOOK_AFTER_SECONDS, self._want_look)

    def _want_look(self) -> None:
        self._look_timer = None
        self._wants_look = True
        self._work()

    def _want_save(self) -> None:
        self._wants_save = True
        self._work()

    def _work(self) -> None:
        if self._task is None and not self._stopped:
            self._idle.clear()
            self._task = self._loop.create_task(self._run(), name="document-file")

    async def _run(self) -> None:
        try:
            while (self._wants_look or self._wants_save) and not (self._stopped and not self._wants_save):
                if self._wants_look:
                    self._wants_look = False
                    await self._guard(self._look)
                if self._wants_save:
                    self._wants_save = False
                    await self._guard(self._save)
                    self._answer_askers()
        finally:
            self._task = None
            self._idle.set()

    async def _guard(self, act: Callable[[], Awaitable[None]]) -> None:
        """Whatever goes wrong is told to everybody and tried again; the document lives on."""
        try:
            await act()
        except StudiumError as error:
            self._not_saved(error, DiskStatus.UNKNOWN)
            self._retry()
        except Exception as error:
            _log.exception("The file of a document could not be kept")
            reason = file_error(error, self.path) if isinstance(error, OSError) else _unforeseen(self.path)
            self._not_saved(reason, DiskStatus.UNKNOWN)
            self._retry()

    # Looking at the file -------------------------------------------------------------------------------------------

    async def _recognise(self) -> None:
        """The first look: is the file what we wrote last, or what we were about to write, or something else?"""
        saved = self._at_start
        found = await asyncio.to_thread(read_file, self._home, self.path, None, time.time_ns(), True)
        if saved is not None:
            if found is not None and saved.next_hash == found.known.hash and saved.next_version is not None:
                saved = SavedState(saved.next_version, saved.next_hash, saved.next_style or found.style)
            self._saved_version = saved.version
            self._style = saved.style
        self._is_recognised = True
        if found is None:
            await self._start_absent(saved)
            return
        self.room.read_only_reason = read_only_reason(found.size_bytes, self.path.rpartition("/")[2])
        assert found.text is not None
        if saved is not None and saved.hash == found.known.hash:
            self._take(found, found.text)
            self._note_version(saved.version)
            return
        if saved is None:
            base = ""
        elif saved.text is not None:
            base = saved.text
        else:
            base = await self._text_of_version(saved.version)
        self._base = base
        await self._merge(found)

    async def _start_absent(self, saved: SavedState | None) -> None:
        self.status = DiskStatus.ABSENT
        if saved is not None and saved.text is not None:
            self._base = saved.text
        elif saved is not None:
            self._base = await self._text_of_version(saved.version)
        if self.room.version > self._saved_version and self.room.text():
            self.edited()
        elif saved is not None and saved.hash is not None:
            self._tell_gone()
        else:
            self._note_version(self.room.version)

    async def _text_of_version(self, version: int) -> str:
        snapshot, updates = await self._store.load_version(self.room.row.number, version)
        return await asyncio.to_thread(text_of, snapshot, updates)

    async def _look(self) -> None:
        """Something happened to the file, perhaps."""
        if self._unwatch is None:
            self._watch()
        if not self._is_recognised:
            await self._recognise()
            return
        found = await asyncio.to_thread(read_file, self._home, self.path, self._known, time.time_ns())
        if found is None:
            if self.status is not DiskStatus.ABSENT:
                self.status = DiskStatus.ABSENT
                self._known = None
                self._gone_at = self._loop.time()
                if self._dirty_since is None:
                    self._tell_gone()
            return
        if found.text is None:
            recovered = self.status is not DiskStatus.CONTENT
            self._take(found, self._base)
            if recovered:
                self._recovered()
            return
        if found.text == "" and self._base and found.is_fresh:
            await asyncio.sleep(EMPTIED_SECONDS)
            again = await asyncio.to_thread(read_file, self._home, self.path, self._known, time.time_ns())
            if again is None or again.text is None:
                self._wants_look = True
                return
            found = again
        await self._merge(found)

    async def _merge(self, found: Found) -> None:
        """Bring in what the file holds. The edit is made on a copy, in a thread, and enters the document when the log
        has it, together with the note that the file holds this text."""
        assert found.text is not None
        theirs, base = found.text, self._base
        version = self.room.version
        snapshot = self.room.snapshot()
        client_id = self.room.row.client_id
        update, mine = await asyncio.to_thread(file_edit, snapshot, client_id, base, theirs)
        self.merges += 1

        def saved_at(edit_version: int, alone: bool) -> SavedState:
            return SavedState(edit_version, found.known.hash, found.style, None if alone else theirs)

        if update is None:
            same = mine == theirs and version == self.room.version
            state = saved_at(version, same)
            await self._store.record(self.room.row.number, state)
            is_same = mine == theirs
        else:
            version = await self.room.commit_disk_edit(
                update, lambda new: saved_at(new, mine == base and new == version + 1)
            )
            is_same = self.room.text() == theirs
        self._take(found, theirs)
        if is_same:
            self._note_version(version)
        elif self._dirty_since is None:
            self.edited()
        self._recovered()

    def _take(self, found: Found, text: str) -> None:
        """The file is this now."""
        if found.text is not None:
            self._style = found.style
        self._known = found.known
        self._base = text
        self.status = DiskStatus.CONTENT

    def _note_version(self, version: int) -> None:
        """The file holds everything up to ``version``."""
        self._saved_version = max(self._saved_version, version)
        if self.room.version <= self._saved_version:
            self._dirty_since = self._save_at = None
        elif self._dirty_since is None:
            self.edited()
        self.room.tell(Saved(self._saved_version))

    def _recovered(self) -> None:
        """The file can be read again: what the document has in addition can be saved."""
        self._failures = 0
        if self._dirty_since is not None:
            self.edited()
        elif self.room.not_saved is not None:
            self.room.tell(Saved(self._saved_version))

    # Writing the file ----------------------------------------------------------------------------------------------

    async def _save(self) -> None:
        if self.room.read_only_reason is not None:
            return
        if self._dirty_since is None and self.status is DiskStatus.CONTENT:
            return
        if self.status is DiskStatus.UNKNOWN:
            await self._look()
        if self.status is DiskStatus.ABSENT and self._gone_at and self._loop.time() < self._gone_at + GONE_SECONDS:
            await asyncio.sleep(self._gone_at + GONE_SECONDS - self._loop.time())
        path, version, text, started = self.path, self.room.version, self.room.text(), self._loop.time()
        data, style = await asyncio.to_thread(encode_text, text, self._style, self._base)
        check_size(len(data), path.rpartition("/")[2])
        digest = hash_of(data) if len(data) < 1 << 20 else await asyncio.to_thread(hash_of, data)
        if self._known is not None and self._known.hash == digest and self.status is DiskStatus.CONTENT:
            await self._store.record(self.room.row.number, SavedState(version, digest, style))
            self._base = text
            self._saved(version, started)
            return
        number = self.room.row.number
        before = SavedState(
            self._saved_version, None if self._known is None else self._known.hash, self._style, self._base
        )
        await self._store.record(number, replace(before, next_version=version, next_hash=digest, next_style=style))
        try:
            known, late = await asyncio.to_thread(write_file, self._home, path, data, self._known, time.time_ns())
        except ChangedMeanwhile:
            await self._look()
            self._wants_save = self._dirty_since is not None
            return
        self.saves += 1
        replaced = self._base
        self._known, self._base, self._style = known, text, style
        self.status = DiskStatus.CONTENT
        await self._store.record(number, SavedState(version, digest, style))
        if self._unwatch is None:
            self._watch()
        self._saved(version, started)
        if late is not None:
            await self._merge_late(late, replaced)

    async def _merge_late(self, data: bytes, base: str) -> None:
        """Somebody wrote the old file, which held ``base``, in the moment in which it was replaced: a change like any
        other."""
        theirs, _ = decode_text(data, self.path.rpartition("/")[2])
        snapshot = self.room.snapshot()
        update, _ = await asyncio.to_thread(file_edit, snapshot, self.room.row.client_id, base, theirs)
        if update is not None:
            self.merges += 1
            known, style, text, version = self._known, self._style, self._base, self._saved_version
            assert known is not None
            await self.room.commit_disk_edit(update, lambda _edit: SavedState(version, known.hash, style, text))
            self.edited()

    def _saved(self, version: int, started: float) -> None:
        self._failures = 0
        self._gone_at = 0.0
        self._dirty_since = None
        self._saved_version = max(self._saved_version, version)
        if self.room.version > version:
            self._dirty_since = started
            self._save_at = None
            self.edited()
        else:
            self._save_at = None
        self.room.tell(Saved(self._saved_version))

    def _answer_askers(self) -> None:
        askers, self._askers = self._askers, []
        answer = self.room.not_saved or Saved(self._saved_version)
        for connection in askers:
            connection.send_control(answer)

    def _tell_gone(self) -> None:
        name = self.path.rpartition("/")[2]
        self.room.tell(
            NotSaved(
                StudiumError(
                    ErrorCode.NOT_FOUND,
                    f"{name} was deleted or renamed outside of this editor. Your text is kept here; save or go on"
                    " typing to make the file again.",
                    path=self.path,
                ).body(),
                DiskStatus.ABSENT,
            )
        )

    def _not_saved(self, error: StudiumError, status: DiskStatus) -> None:
        self.status = status
        self.room.tell(NotSaved(error.body(), status))

    def _retry(self) -> None:
        """Try again later; a change of the file or a wish to save tries earlier."""
        first, longest = _RETRY_SECONDS
        pause = min(first * 2**self._failures, longest)
        self._failures = min(self._failures + 1, 10)
        if self._timer is not None:
            self._timer.cancel()
        self._save_at = self._loop.time() + pause
        self._timer = self._loop.call_at(self._save_at, self._on_timer)

    def _watch(self) -> None:
        try:
            folder = self._home.directory / self.path.rpartition("/")[0]
            self._unwatch = self._watcher.watch(folder, self._on_event)
        except StudiumError as error:
            # Without a watch, the file is looked at before each save, so nothing is lost; it only shows later.
            _log.warning("%s", error.message)

    def _stop_watching(self) -> None:
        if self._unwatch is not None:
            self._unwatch()
            self._unwatch = None


def _unforeseen(path: str) -> StudiumError:
    name = path.rpartition("/")[2]
    return StudiumError(
        ErrorCode.INTERNAL, f"{name} could not be written, for a reason that the log tells. Save again."
    )
