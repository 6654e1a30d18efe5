"""What the file of a room holds, and making file and document the same: looking, merging, writing.

What the file is known to hold is the *base* of a three-way merge. It is written down before and after each write, so
that after a crash an older file is recognised as our own and never merged as somebody's change. Nothing here decides
when; one caller at a time (``FileSync``).
"""

import asyncio
import time
from dataclasses import replace
from functools import partial

from studium.project.blobs import Blobs
from studium.project.documents.disk import ChangedMeanwhile, Found, Known, hash_of, read_file, read_held, write_file
from studium.project.documents.places import Places
from studium.project.documents.room import Room
from studium.project.documents.save_timer import SaveTimer
from studium.project.documents.store import SavedState, Store
from studium.project.documents.trace import Trace
from studium.project.files.home import Home
from studium.project.files.trash import make_folders
from studium.protocol.documents import DiskStatus, NotSaved, Saved
from studium.protocol.errors import ErrorCode, StudiumError
from studium.sync.format import TEXT, Decoded
from studium.sync.formats import TextStyle
from studium.sync.merge import made_from
from studium.sync.replica import file_edit, text_of

EMPTIED_SECONDS = 0.4  # a file that was just emptied is probably being written anew
_EMPTIED_LOOKS = 5
GONE_SECONDS = 0.5  # for so long a file that vanished may come back: many programs save by renaming and writing anew
_EARLY_SECONDS = 0.005  # timers may be so much too early
_HASH_HERE_BYTES = 1 << 20  # hashing less takes below a millisecond: no thread for it


class FileContent:
    """Of one room. ``saved`` is what the log says that the file held."""

    def __init__(
        self,
        room: Room,
        path: str,
        home: Home,
        store: Store,
        places: Places,
        timer: SaveTimer,
        saved: SavedState | None,
        blobs: Blobs,
    ) -> None:
        self.path = path
        self._format = room.format
        self._blobs = blobs
        self.status = DiskStatus.UNKNOWN
        self.saved_version = 0
        self.saves = 0
        self.merges = 0
        self._room = room
        self._home = home
        self._store = store
        self._timer = timer
        self._at_start = saved
        self._is_recognised = False
        self._base = ""
        self._style = TextStyle()
        self._known: Known | None = None
        self._places = places
        self._trace = Trace(home)
        self._is_to_be_found = False
        self._loop = asyncio.get_running_loop()
        self.decides_at: float | None = None
        """The file has just vanished: when (a time of the loop) it is to be said what became of it."""
        self.went: tuple[str, str] | None = None
        """What some program renamed, the file or a folder above it, and to what: the document has to follow."""

    @property
    def _name(self) -> str:
        return self.path.rpartition("/")[2]

    # Looking -------------------------------------------------------------------------------------------------------

    async def look(self) -> bool:
        """Bring in what happened to the file, if anything; whether to look once more. Raises ``StudiumError`` for what
        cannot be read."""
        if not self._is_recognised:
            await self._recognise()
            self._timer.recovered()
            return False
        found = await self._read()
        if found is None:
            await self._note_gone()
            return False
        self.decides_at = None
        if self._base and found.is_empty:
            found = await self._read_when_written(found)
            if found is None or found.content is None:
                return True
        if found.content is None:
            was_known = self.status is DiskStatus.CONTENT
            self._take(found, self._base)
            if not was_known:
                self._recovered()
        else:
            await self._merge(found, found.content)
        return False

    async def _read(self, is_first: bool = False) -> Found | None:
        known = None if is_first else self._known
        return await asyncio.to_thread(self._read_and_hold, known, is_first)

    async def _read_when_written(self, found: Found | None, is_first: bool = False) -> Found | None:
        """A file that was just emptied is looked at again: it is probably being written anew. One that was emptied once
        more meanwhile is given that time once more."""
        for _ in range(_EMPTIED_LOOKS):
            if found is None or not found.is_empty or not found.is_fresh:
                break
            emptied = found.known.identity
            await asyncio.sleep(EMPTIED_SECONDS)
            found = await self._read(is_first)
            if found is not None and found.known.identity == emptied:
                break
        return found

    def _read_and_hold(self, known: Known | None, want_text: bool) -> Found | None:
        is_new = want_text and (self._at_start is None or self._at_start.hash is None)
        found = read_file(self._home, self.path, self._format, known, time.time_ns(), want_text, is_new)
        if found is not None:
            if found.content is not None:
                for data in found.content.blobs.values():
                    self._blobs.put_sync(data)
            self._trace.hold(self.path, found.known.identity.inode)
        return found

    async def _recognise(self) -> None:
        """The first look: is the file what we wrote last, or what we were about to write, or something else?"""
        saved = self._at_start
        found = await self._read(is_first=True)
        held_text = saved is not None and saved.hash not in (None, hash_of(b""))
        if found is not None and held_text:
            found = await self._read_when_written(found, is_first=True)
        if found is not None and self._is_somebody_elses(found):
            self._format.check_size(found.size_bytes, self._name, is_new=True)
        if saved is not None:
            if found is not None and saved.next_hash == found.known.hash and saved.next_version is not None:
                saved = SavedState(saved.next_version, saved.next_hash, saved.next_style or saved.style)
            self.saved_version = saved.version
            self._style = saved.style
        self._is_recognised = True
        if found is None:
            await self._start_absent(saved)
            return
        assert found.content is not None
        theirs = found.content.text
        if saved is not None and saved.hash == found.known.hash:
            self._take(found, theirs)
            if saved.text is None or theirs == self._room.text():
                self._note_saved(saved.version)
            else:
                # Killed between a merge and the save after it: the file has its own edit, not those made beside it.
                self.saved_version = 0
                self._timer.edited()
            return
        self._base = await self._text_of(saved)
        if saved is not None and saved.next_version is not None:
            # A save was interrupted, and somebody has changed the file since: the old one or the new one?
            wrote = await self._text_of(replace(saved, version=saved.next_version, text=None))
            self._base = await asyncio.to_thread(made_from, self._base, wrote, theirs)
        await self._merge(found, found.content)

    def _is_somebody_elses(self, found: Found) -> bool:
        """Whether a file is neither what the document last was, nor owed anything that was typed: a document that grew
        large by being edited stays one, a file that a program made large does not become one."""
        saved = self._at_start
        if saved is None:
            return True
        return found.known.hash not in (saved.hash, saved.next_hash) and self._room.version <= saved.version

    async def _start_absent(self, saved: SavedState | None) -> None:
        self.status = DiskStatus.ABSENT
        self._base = await self._text_of(saved)
        if self._room.version > self.saved_version and self._room.text():
            self._timer.edited()
        elif saved is None or saved.hash is None:
            self._note_saved(self._room.version)
        elif self._room.row.removed:
            self._tell_gone()
        if saved is not None and saved.hash is not None and not self._room.row.removed:
            self._is_to_be_found = True
            self.decides_at = self._loop.time() + GONE_SECONDS

    async def _text_of(self, saved: SavedState | None) -> str:
        """The text that the file held."""
        if saved is None:
            return ""
        if saved.text is not None:
            return saved.text
        snapshot, updates = await self._store.load_version(self._room.row.number, saved.version)
        return await asyncio.to_thread(text_of, self._format, snapshot, updates)

    async def _note_gone(self) -> None:
        """The file is not there. After a while, in which it may come back, see whether it is elsewhere."""
        if self.status is not DiskStatus.ABSENT:
            self.status = DiskStatus.ABSENT
            self._known = None
            self.decides_at = self._loop.time() + GONE_SECONDS
            self._timer.recovered()
        elif self.decides_at is not None and self._loop.time() > self.decides_at - _EARLY_SECONDS:
            self.went = await asyncio.to_thread(self._trace.whereabouts)
            if self.went is None and self._is_to_be_found:
                content, _ = await asyncio.to_thread(self._encode, self._base, self._style, self._base)
                place = await self._places.gone_to(content)
                self.went = None if place is None else (self.path, place)
            self._is_to_be_found = False
            if self.went is not None:
                return
            self.decides_at = None
            self._trace.let_go()
            if not self._timer.is_dirty:
                self._tell_gone()

    def follow(self, path: str) -> None:
        """The file lives at ``path`` now."""
        self.path = path
        self.decides_at = self.went = None

    def unsaved(self) -> tuple[str, str]:
        """The text that the file holds, or held last, and that of the document."""
        return self._base, self._room.text()

    def close(self) -> None:
        """Let go of the file."""
        self._trace.close()

    # Merging -------------------------------------------------------------------------------------------------------

    async def _merge(self, found: Found, content: Decoded) -> None:
        """Bring in what the file holds. The edit is made on a copy, in a thread, and enters the document when the log
        has it, together with the note that the file holds this text."""
        room, base, version, theirs = self._room, self._base, self._room.version, content.text
        update, mine = await asyncio.to_thread(
            file_edit, self._format, room.snapshot(), room.row.client_id, base, theirs
        )
        self.merges += 1

        def saved_at(edit_version: int, alone: bool) -> SavedState:
            return SavedState(edit_version, found.known.hash, content.style, None if alone else theirs)

        if update is None:
            is_same = mine == theirs
            await self._store.record(room.row.number, saved_at(version, is_same and version == room.version))
        else:
            version = await room.commit_disk_edit(
                update, lambda new: saved_at(new, mine == base and new == version + 1)
            )
            is_same = room.text() == theirs
        self._take(found, theirs)
        if is_same:
            self._note_saved(version)
        elif not self._timer.is_dirty:
            self._timer.edited()
        self._recovered()

    async def _merge_late(self, data: bytes, base: str) -> None:
        """Somebody wrote the old file, which held ``base``, in the moment in which it was replaced: a change like any
        other."""
        theirs = await asyncio.to_thread(self._format.decode, data, self._name)
        for content in theirs.blobs.values():
            await self._blobs.put(content)
        await self.bring_in(base, theirs.text)

    async def bring_in(self, base: str, theirs: str) -> None:
        """Enter what somebody made of ``base``, which is not in the file yet."""
        room, style, text, version = self._room, self._style, self._base, self.saved_version
        known_hash = None if self._known is None else self._known.hash
        update, _ = await asyncio.to_thread(file_edit, self._format, room.snapshot(), room.row.client_id, base, theirs)
        if update is not None:
            self.merges += 1
            await room.commit_disk_edit(update, lambda _edit: SavedState(version, known_hash, style, text))
            self._timer.edited()

    # Writing -------------------------------------------------------------------------------------------------------

    async def save(self, is_asked: bool) -> bool:
        """Write the file if it lacks anything, or if a person asks for it and it is gone; whether to save once more.
        Raises ``StudiumError``."""
        timer, room = self._timer, self._room
        if self.status is DiskStatus.UNKNOWN and await self.look():
            return True
        if not timer.is_dirty and (self.status is DiskStatus.CONTENT or not is_asked):
            return False
        if self.decides_at is not None:
            await asyncio.sleep(self.decides_at - self._loop.time())
            await self.look()
            return True
        version, started = room.version, self._loop.time()
        text = await self._text_now()
        data, style = await asyncio.to_thread(self._encode, text, self._style, self._base, self._known)
        self._format.check_size(len(data), self._name, is_new=False)
        digest = hash_of(data) if len(data) < _HASH_HERE_BYTES else await asyncio.to_thread(hash_of, data)
        if self._known is not None and self._known.hash == digest and self.status is DiskStatus.CONTENT:
            await self._store.record(room.row.number, SavedState(version, digest, style))
            self._base = text
            self._saved(version, started)
            return False
        try:
            late = await self._write(version, text, data, digest, style)
        except ChangedMeanwhile:
            await self.look()
            return timer.is_dirty
        replaced, self._base = self._base, text
        self._saved(version, started)
        if late is not None:
            await self._merge_late(late, replaced)
        return False

    async def _text_now(self) -> str:
        """The document's text; what takes milliseconds is done elsewhere."""
        if self._format is TEXT:
            return self._room.text()
        return await asyncio.to_thread(text_of, self._format, None, [self._room.snapshot()])

    def _encode(self, text: str, style: TextStyle, base: str, known: Known | None = None) -> tuple[bytes, TextStyle]:
        held = None if known is None or self._format is TEXT else read_held(self._home, self.path, known)
        return self._format.encode(text, style, base, held, self._blobs.read_sync)

    async def _write(self, version: int, text: str, data: bytes, digest: bytes, style: TextStyle) -> bytes | None:
        """Replace the file; what somebody wrote into the old one meanwhile."""
        number = self._room.row.number
        known_hash = None if self._known is None else self._known.hash
        before = SavedState(self.saved_version, known_hash, self._style, self._base)
        # In a transaction after that of the newest edit: a log whose last page is torn must not lack what the file
        # holds, or those who typed it would bring it a second time.
        await self._store.execute()
        await self._store.record(number, replace(before, next_version=version, next_hash=digest, next_style=style))
        is_new = self._known is None
        known, late = await asyncio.to_thread(self._write_and_hold, data)
        if is_new:
            await self._store.mark_removed(self.path, False)
        self.saves += 1
        self._known, self._style = known, style
        self.status = DiskStatus.CONTENT
        await self._store.record(number, SavedState(version, digest, style))
        return late

    def _write_and_hold(self, data: bytes) -> tuple[Known, bytes | None]:
        if self._known is None:
            make_folders(self._home, self.path.rpartition("/")[0])  # the file may have gone with its folder
        owner = self._room.row.document_id.hex
        return write_file(
            self._home, self.path, data, self._known, time.time_ns(), owner, partial(self._trace.hold_new, self.path)
        )

    # What is known now ---------------------------------------------------------------------------------------------

    def _take(self, found: Found, text: str) -> None:
        """The file is this now."""
        if found.content is not None:
            self._style = found.content.style
        self._known = found.known
        self._base = text
        self.status = DiskStatus.CONTENT

    def _note_saved(self, version: int) -> None:
        """The file holds everything up to ``version``."""
        self.saved_version = max(self.saved_version, version)
        if self._room.version <= self.saved_version:
            self._timer.clean()
        elif not self._timer.is_dirty:
            self._timer.edited()
        self._room.tell(Saved(self.saved_version))

    def _saved(self, version: int, started: float) -> None:
        """It was written; what was typed since ``started`` is not in it."""
        self._timer.saved()
        self.saved_version = max(self.saved_version, version)
        if self._room.version > version:
            self._timer.edited(since=started)
        self._room.tell(Saved(self.saved_version))

    def _recovered(self) -> None:
        """The file can be read again: what the document has in addition can be saved."""
        self._timer.recovered()
        if not self._timer.is_dirty and self._room.not_saved is not None:
            self._room.tell(Saved(self.saved_version))

    def not_saved(self, error: StudiumError) -> None:
        """The file could not be kept: tell everybody, and try again later."""
        self.status = DiskStatus.UNKNOWN
        if error.code in (ErrorCode.NOT_TEXT, ErrorCode.NOT_NOTEBOOK):  # something else has taken the place of the file
            what = "that is not text" if error.code is ErrorCode.NOT_TEXT else "that is no valid notebook"
            sentence = (
                f"Something {what} has taken the place of {self._name} on disk, and is left as it is. Move it"
                " away or delete it, and your text is written again."
            )
            error = StudiumError(error.code, sentence, path=self.path)
        self._room.tell(NotSaved(error.body(), DiskStatus.UNKNOWN))
        self._timer.failed()

    def _tell_gone(self) -> None:
        sentence = (
            f"{self._name} was deleted, or moved out of the project. Your text is kept here; save or go on typing to"
            " make the file again."
        )
        error = StudiumError(ErrorCode.NOT_FOUND, sentence, path=self.path)
        self._room.tell(NotSaved(error.body(), DiskStatus.ABSENT))
