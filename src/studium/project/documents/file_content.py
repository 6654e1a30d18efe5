"""What the file of a room holds, and making file and document the same: looking, merging, writing.

What the file is known to hold is the *base* of a three-way merge. It is written down before and after each write, so
that after a crash an older file is recognised as our own and never merged as somebody's change. Nothing here decides
when; one caller at a time (``FileSync``).
"""

import asyncio
import time
from dataclasses import replace

from studium.project.documents.disk import ChangedMeanwhile, Found, Known, hash_of, read_file, write_file
from studium.project.documents.room import Room
from studium.project.documents.save_timer import SaveTimer
from studium.project.documents.store import SavedState, Store
from studium.project.files.home import Home
from studium.protocol.documents import DiskStatus, NotSaved, Saved
from studium.protocol.errors import ErrorCode, StudiumError
from studium.sync.formats import TextStyle, check_size, decode_text, encode_text, read_only_reason
from studium.sync.replica import file_edit, text_of

EMPTIED_SECONDS = 0.4  # a file that was just emptied is probably being written anew
GONE_SECONDS = 0.5  # a file that was just deleted or renamed is not made again at once
_HASH_HERE_BYTES = 1 << 20  # hashing less takes below a millisecond: no thread for it


class FileContent:
    """Of one room. ``saved`` is what the log says that the file held."""

    def __init__(
        self, room: Room, path: str, home: Home, store: Store, timer: SaveTimer, saved: SavedState | None
    ) -> None:
        self.path = path
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
        self._gone_at: float | None = None
        self._loop = asyncio.get_running_loop()

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
            self._note_gone()
            return False
        if found.text == "" and self._base and found.is_fresh:
            await asyncio.sleep(EMPTIED_SECONDS)
            found = await self._read()
            if found is None or found.text is None:
                return True
        if found.text is None:
            was_known = self.status is DiskStatus.CONTENT
            self._take(found, self._base)
            if not was_known:
                self._recovered()
        else:
            await self._merge(found, found.text)
        return False

    async def _read(self) -> Found | None:
        return await asyncio.to_thread(read_file, self._home, self.path, self._known, time.time_ns())

    async def _recognise(self) -> None:
        """The first look: is the file what we wrote last, or what we were about to write, or something else?"""
        saved = self._at_start
        found = await asyncio.to_thread(read_file, self._home, self.path, None, time.time_ns(), True)
        if saved is not None:
            if found is not None and saved.next_hash == found.known.hash and saved.next_version is not None:
                saved = SavedState(saved.next_version, saved.next_hash, saved.next_style or found.style)
            self.saved_version = saved.version
            self._style = saved.style
        self._is_recognised = True
        if found is None:
            await self._start_absent(saved)
            return
        self._room.read_only_reason = read_only_reason(found.size_bytes, self._name)
        assert found.text is not None
        if saved is not None and saved.hash == found.known.hash:
            self._take(found, found.text)
            self._note_saved(saved.version)
            return
        self._base = await self._text_of(saved)
        await self._merge(found, found.text)

    async def _start_absent(self, saved: SavedState | None) -> None:
        self.status = DiskStatus.ABSENT
        self._base = await self._text_of(saved)
        if self._room.version > self.saved_version and self._room.text():
            self._timer.edited()
        elif saved is not None and saved.hash is not None:
            self._tell_gone()
        else:
            self._note_saved(self._room.version)

    async def _text_of(self, saved: SavedState | None) -> str:
        """The text that the file held."""
        if saved is None:
            return ""
        if saved.text is not None:
            return saved.text
        snapshot, updates = await self._store.load_version(self._room.row.number, saved.version)
        return await asyncio.to_thread(text_of, snapshot, updates)

    def _note_gone(self) -> None:
        if self.status is DiskStatus.ABSENT:
            return
        self.status = DiskStatus.ABSENT
        self._known = None
        self._gone_at = self._loop.time()
        self._timer.recovered()
        if not self._timer.is_dirty:
            self._tell_gone()

    # Merging -------------------------------------------------------------------------------------------------------

    async def _merge(self, found: Found, theirs: str) -> None:
        """Bring in what the file holds. The edit is made on a copy, in a thread, and enters the document when the log
        has it, together with the note that the file holds this text."""
        room, base, version = self._room, self._base, self._room.version
        update, mine = await asyncio.to_thread(file_edit, room.snapshot(), room.row.client_id, base, theirs)
        self.merges += 1

        def saved_at(edit_version: int, alone: bool) -> SavedState:
            return SavedState(edit_version, found.known.hash, found.style, None if alone else theirs)

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
        room, known, style, text, version = self._room, self._known, self._style, self._base, self.saved_version
        assert known is not None
        theirs, _ = decode_text(data, self._name)
        update, _ = await asyncio.to_thread(file_edit, room.snapshot(), room.row.client_id, base, theirs)
        if update is not None:
            self.merges += 1
            await room.commit_disk_edit(update, lambda _edit: SavedState(version, known.hash, style, text))
            self._timer.edited()

    # Writing -------------------------------------------------------------------------------------------------------

    async def save(self, is_asked: bool) -> bool:
        """Write the file if it lacks anything, or if a person asks for it and it is gone; whether to save once more.
        Raises ``StudiumError``."""
        timer, room = self._timer, self._room
        if room.read_only_reason is not None and not timer.is_dirty:
            return False
        if self.status is DiskStatus.UNKNOWN and await self.look():
            return True
        if not timer.is_dirty and (self.status is DiskStatus.CONTENT or not is_asked):
            return False
        if self.status is DiskStatus.ABSENT and self._gone_at is not None:
            await asyncio.sleep(self._gone_at + GONE_SECONDS - self._loop.time())
        version, text, started = room.version, room.text(), self._loop.time()
        data, style = await asyncio.to_thread(encode_text, text, self._style, self._base)
        check_size(len(data), self._name)
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

    async def _write(self, version: int, text: str, data: bytes, digest: bytes, style: TextStyle) -> bytes | None:
        """Replace the file; what somebody wrote into the old one meanwhile."""
        number = self._room.row.number
        known_hash = None if self._known is None else self._known.hash
        before = SavedState(self.saved_version, known_hash, self._style, self._base)
        await self._store.record(number, replace(before, next_version=version, next_hash=digest, next_style=style))
        owner = self._room.row.document_id.hex
        known, late = await asyncio.to_thread(
            write_file, self._home, self.path, data, self._known, time.time_ns(), owner
        )
        self.saves += 1
        self._known, self._style = known, style
        self.status = DiskStatus.CONTENT
        await self._store.record(number, SavedState(version, digest, style))
        return late

    # What is known now ---------------------------------------------------------------------------------------------

    def _take(self, found: Found, text: str) -> None:
        """The file is this now."""
        if found.text is not None:
            self._style = found.style
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
        self._gone_at = None
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
        if error.code is ErrorCode.NOT_TEXT:  # something else has taken the place of the file
            sentence = (
                f"Something that is not text has taken the place of {self._name} on disk, and is left as it is. Move it"
                " away or delete it, and your text is written again."
            )
            error = StudiumError(ErrorCode.NOT_TEXT, sentence, path=self.path)
        self._room.tell(NotSaved(error.body(), DiskStatus.UNKNOWN))
        self._timer.failed()

    def _tell_gone(self) -> None:
        sentence = (
            f"{self._name} was deleted or renamed outside of this editor. Your text is kept here; save or go on typing"
            " to make the file again."
        )
        error = StudiumError(ErrorCode.NOT_FOUND, sentence, path=self.path)
        self._room.tell(NotSaved(error.body(), DiskStatus.ABSENT))
