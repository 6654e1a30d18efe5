"""Replacing what was found, and taking that back.

The files are searched again, and one in which something else is found than the person saw is left alone. What is open
as a document is changed there, as an edit of the person, so that cursors, histories and what others type meanwhile
hold; other files are written in one step, if they are still what was read. What was replaced lately can be taken back.
"""

import asyncio
import os
import secrets
import stat
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pycrdt import Doc, Text

from studium.project.documents.disk import ChangedMeanwhile, FileIdentity, Known, hash_of, write_file
from studium.project.documents.documents import Documents
from studium.project.documents.rooms import OpenRoom
from studium.project.files.errors import file_errors
from studium.project.files.home import Home
from studium.project.files.names import in_trash, is_hidden
from studium.project.files.paths import clean_path, invalid_path, shown
from studium.project.find.edits import apply, close_encoding, edits_of, open_encoding, text_edits
from studium.project.find.query import check
from studium.project.find.results import MatchedFile, MatchedLine
from studium.project.find.searcher import MAX_FILE_BYTES
from studium.project.find.searching import Searching
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.find import NotReplaced, Replaced, ReplacedFile, ReplaceFile, ReplaceText
from studium.protocol.session import Identity
from studium.sync.format import NOTEBOOK, ROOT, TEXT
from studium.sync.merge import edit_text, three_way

MAX_FILES: Final = 200
"""Of one request; the page makes as many as it needs."""
SEARCH_SECONDS: Final = 60.0
TRIES: Final = 3
"""How often a document is searched again in which somebody is typing."""
MAX_UNDO_BYTES: Final = 64 * 1024**2
"""Of all that can be taken back, packed; the oldest goes first."""
MAX_UNDO: Final = 1_000

Told = Callable[[Identity, str], None]


@dataclass(frozen=True, slots=True)
class _Change:
    """What one file was, and what it became: of a document its text, of a file its bytes. Packed."""

    path: str
    count: int
    is_text: bool
    before: bytes
    after: bytes

    @classmethod
    def of(cls, path: str, count: int, before: bytes, after: bytes, *, is_text: bool) -> "_Change":
        return cls(path, count, is_text, zlib.compress(before, 1), zlib.compress(after, 1))

    @property
    def size_bytes(self) -> int:
        return len(self.before) + len(self.after)

    def unpacked(self) -> tuple[bytes, bytes]:
        return zlib.decompress(self.before), zlib.decompress(self.after)


class Replacing:
    """Replaces and takes back. ``edited`` is told of what people change."""

    def __init__(self, home: Home, documents: Documents, searching: Searching) -> None:
        self._home = home
        self._documents = documents
        self._searching = searching
        self._undo: OrderedDict[str, list[_Change]] = OrderedDict()
        self._undo_bytes = 0
        self._replaced = 0
        self.edited: Told = lambda _identity, _path: None

    async def replace(self, asked: ReplaceText, identity: Identity) -> Replaced:
        """Replace; each file by itself, so that one that fails keeps none of the others."""
        check(asked.query)
        if asked.query.replacement is None:
            message = "There is no replacement. Say what the matches become, which may be nothing."
            raise StudiumError(ErrorCode.INVALID_VALUE, message, field="replacement")
        if len(asked.files) > MAX_FILES:
            message = f"One request replaces in {MAX_FILES} files at most. Make several."
            raise StudiumError(ErrorCode.TOO_LARGE, message, limit=MAX_FILES)
        waiting = {file.path: file for file in asked.files}
        changes: list[_Change] = []
        failed: list[NotReplaced] = []
        for again in range(TRIES):
            moved: list[ReplaceFile] = []
            found = await self._search(asked, list(waiting.values()), failed)
            for path, file in waiting.items():
                if path not in found:
                    continue
                try:
                    changes.append(await self._replace(file, found[path], identity))
                except ChangedMeanwhile:
                    moved.append(file)
                except StudiumError as error:
                    failed.append(NotReplaced(path, error.body()))
            waiting = {file.path: file for file in moved}
            if not waiting or again == TRIES - 1:
                break
        failed += [NotReplaced(path, _changed(path).body()) for path in waiting]
        return self._answer(changes, failed, keep=True)

    async def undo(self, undo_id: str, identity: Identity) -> Replaced:
        """Take back what one ``replace`` did, in each file that still allows it."""
        changes = self._undo.pop(undo_id, None)
        if changes is None:
            message = "This cannot be undone here any more. The history of each file has what was there before."
            raise StudiumError(ErrorCode.NOT_FOUND, message)
        self._undo_bytes -= sum(change.size_bytes for change in changes)
        done: list[_Change] = []
        failed: list[NotReplaced] = []
        for change in changes:
            try:
                await self._put_back(change, identity)
                done.append(change)
            except ChangedMeanwhile:
                failed.append(NotReplaced(change.path, _changed_since(change.path).body()))
            except StudiumError as error:
                failed.append(NotReplaced(change.path, error.body()))
        return self._answer(done, failed, keep=False)

    def statistics(self) -> dict[str, float]:
        """Counts for the metrics page."""
        return {"replaced": self._replaced, "undo_bytes": self._undo_bytes}

    # Replacing -----------------------------------------------------------------------------------------------------

    async def _search(
        self, asked: ReplaceText, files: Sequence[ReplaceFile], failed: list[NotReplaced]
    ) -> dict[str, MatchedFile | None]:
        """What is found in the files now; those that cannot be searched are added to ``failed``."""
        places: list[str] = []
        for file in files:
            try:
                opened = await self._documents.opened(_own_path(file.path))
                if opened is not None:
                    await self._documents.save(file.path)
                await asyncio.to_thread(self._check_file, file.path)
                places.append(file.path)
            except StudiumError as error:
                failed.append(NotReplaced(file.path, error.body()))
        found: dict[str, MatchedFile | None] = dict.fromkeys(places)
        if not places:
            return found
        async with self._searching.run(asked.query, 0, places) as search:
            try:
                async with asyncio.timeout(SEARCH_SECONDS):
                    while (batch := await search.next()) is not None:
                        found.update({file.name: file for file in batch})
                    await search.check()
            except TimeoutError:
                message = "Searching the files again took too long. Replace in fewer files at once."
                raise StudiumError(ErrorCode.TIMEOUT, message) from None
        return found

    def _check_file(self, path: str) -> None:
        status = self._home.stat(path, follow=False)
        if not stat.S_ISREG(status.st_mode):
            message = f"{shown(path)} is no regular file any more. Search again."
            raise StudiumError(ErrorCode.CONFLICT, message, path=path)
        if status.st_size > MAX_FILE_BYTES:
            raise _too_large(path)

    async def _replace(self, file: ReplaceFile, found: MatchedFile | None, identity: Identity) -> _Change:
        """Raises ``ChangedMeanwhile`` where the file is another one than was searched just now."""
        if found is None or found.digest() != file.digest:
            raise _changed(file.path)
        lines = found.matched()
        chosen = None if file.matches is None else frozenset(file.matches)
        count = sum(len(line.matches) for line in lines) if chosen is None else len(chosen)
        opened = await self._documents.opened(file.path)
        if opened is None:
            change = await asyncio.to_thread(self._in_file, file.path, lines, chosen, count)
            self.edited(identity, file.path)
        elif opened.room.format is TEXT:
            before, after = self._in_text(opened, lines, chosen, identity)
            change = await asyncio.to_thread(_Change.of, file.path, count, before, after, is_text=True)
        else:
            before, after = await self._in_notebook(opened, file.path, lines, chosen, identity)
            change = await asyncio.to_thread(_Change.of, file.path, count, before, after, is_text=True)
        self._replaced += count
        return change

    def _in_text(
        self,
        opened: OpenRoom,
        lines: Sequence[MatchedLine],
        chosen: Collection[int] | None,
        identity: Identity,
    ) -> tuple[bytes, bytes]:
        """The text before and after. In one turn of the loop: nobody types between the look and the edit."""
        mine = opened.room.text()
        content = mine.encode(errors="replace")
        edits = edits_of(content, lines, chosen)
        if edits is None:
            raise ChangedMeanwhile
        replacing = text_edits(content, edits)
        opened.room.edit(
            lambda doc: edit_text(doc.get(ROOT, type=Text), mine, replacing),
            identity.account_id,
        )
        opened.room.on_edit_by(identity)
        return content, apply(content, edits)

    async def _in_notebook(
        self,
        opened: OpenRoom,
        path: str,
        lines: Sequence[MatchedLine],
        chosen: Collection[int] | None,
        identity: Identity,
    ) -> tuple[bytes, bytes]:
        """A notebook is searched as its file is written, and changed as a document: what was made of the file's text is
        brought in."""
        before = await asyncio.to_thread(self._read, path)
        edits = edits_of(before[0], lines, chosen)
        if edits is None:
            raise ChangedMeanwhile
        after = apply(before[0], edits)
        base, theirs = await asyncio.to_thread(_notebook_texts, before[0], after, path)
        _bring_in(opened, base, theirs, identity)
        return base.encode(), theirs.encode()

    def _in_file(self, path: str, lines: Sequence[MatchedLine], chosen: Collection[int] | None, count: int) -> _Change:
        """Blocking."""
        data, known = self._read(path)
        try:
            mark, content, encoding = open_encoding(data)
            edits = edits_of(content, lines, chosen)
            if edits is None:
                raise ChangedMeanwhile
            if encoding == "utf-8" and not _is_utf8(content) and not all(edit.data.isascii() for edit in edits):
                raise UnicodeEncodeError("utf-8", "", 0, 1, "the file's encoding is not known")
            after = close_encoding(mark, apply(content, edits), encoding)
        except UnicodeError:
            message = f"{shown(path)} is not in UTF-8, so only letters of ASCII can be put into it. Convert it first."
            raise StudiumError(ErrorCode.NOT_TEXT, message, path=path) from None
        if path.lower().endswith(".ipynb"):
            _check_notebook(data, after, path)
        self._write(path, after, known)
        return _Change.of(path, count, data, after, is_text=False)

    # Taking back ---------------------------------------------------------------------------------------------------

    async def _put_back(self, change: _Change, identity: Identity) -> None:
        before, after = await asyncio.to_thread(change.unpacked)
        opened = await self._documents.opened(change.path)
        if opened is None and not change.is_text:
            await asyncio.to_thread(self._write_back, change.path, before, after)
            self.edited(identity, change.path)
            return
        async with self._documents.held(change.path) as held:
            room = held.room
            if change.is_text:
                base, theirs = after.decode(), before.decode()
            else:
                name = change.path.rpartition("/")[2]
                base, theirs = (room.format.decode(data, name).text for data in (after, before))
            if room.format is TEXT and not _fits(base, room.text(), theirs):
                raise ChangedMeanwhile
            _bring_in(held, base, theirs, identity)

    def _write_back(self, path: str, before: bytes, after: bytes) -> None:
        data, known = self._read(path)
        if data != after:
            raise ChangedMeanwhile
        self._write(path, before, known)

    def _answer(self, changes: list[_Change], failed: list[NotReplaced], *, keep: bool) -> Replaced:
        files = [ReplacedFile(change.path, change.count) for change in changes]
        size = sum(change.size_bytes for change in changes)
        if not keep or not changes or size > MAX_UNDO_BYTES:
            return Replaced(files, failed)
        undo_id = secrets.token_urlsafe(12)
        self._undo[undo_id] = changes
        self._undo_bytes += size
        while self._undo_bytes > MAX_UNDO_BYTES or len(self._undo) > MAX_UNDO:
            _, oldest = self._undo.popitem(last=False)
            self._undo_bytes -= sum(change.size_bytes for change in oldest)
        return Replaced(files, failed, undo_id)

    # Files ---------------------------------------------------------------------------------------------------------

    def _read(self, path: str) -> tuple[bytes, Known]:
        fd = self._home.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(fd, "rb") as file, file_errors(path):
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode):
                raise _changed(path)
            if status.st_size > MAX_FILE_BYTES:
                raise _too_large(path)
            data = file.read(MAX_FILE_BYTES + 1)
        return data, Known(FileIdentity.of(status), hash_of(data), False)

    def _write(self, path: str, data: bytes, known: Known) -> None:
        known, late = write_file(self._home, path, data, known, time.time_ns(), "")
        if late is not None:  # a program wrote into the old file in that moment: its word counts
            write_file(self._home, path, late, known, time.time_ns(), "")
            raise ChangedMeanwhile


def _bring_in(opened: OpenRoom, base: str, theirs: str, identity: Identity) -> None:
    """What became of ``base``, as an edit of somebody."""

    def change(doc: Doc[Any]) -> None:
        opened.room.format.edit(doc, base, theirs)

    opened.room.edit(change, identity.account_id)
    opened.room.on_edit_by(identity)


def _own_path(path: str) -> str:
    clean_path(path)
    folder, _, name = path.rpartition("/")
    if in_trash(path) or is_hidden(folder, name):
        raise invalid_path(path, f"{shown(path)} is Studium's own. Nothing is replaced there.")
    return path


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _fits(base: str, mine: str, theirs: str) -> bool:
    """Whether taking ``theirs`` into what became of ``base`` puts all of it back."""
    return mine == base or bool(three_way(base, mine, theirs))


def _check_notebook(before: bytes, after: bytes, path: str) -> None:
    """A notebook stays one."""
    name = path.rpartition("/")[2]
    try:
        NOTEBOOK.decode(before, name)
    except StudiumError:
        return
    try:
        NOTEBOOK.decode(after, name)
    except StudiumError as error:
        raise _no_notebook(path) from error


def _notebook_texts(before: bytes, after: bytes, path: str) -> tuple[str, str]:
    name = path.rpartition("/")[2]
    base = NOTEBOOK.decode(before, name)
    try:
        theirs = NOTEBOOK.decode(after, name)
    except StudiumError as error:
        raise _no_notebook(path) from error
    if theirs.blobs.keys() - base.blobs.keys():
        message = f"A match in {shown(path)} is within the data of an image, which is not replaced. Search for more."
        raise StudiumError(ErrorCode.INVALID_VALUE, message, path=path)
    return base.text, theirs.text


def _no_notebook(path: str) -> StudiumError:
    message = f"With this replacement {shown(path)} would be no notebook any more. Replace in its cells instead."
    return StudiumError(ErrorCode.NOT_NOTEBOOK, message, path=path)


def _changed(path: str) -> StudiumError:
    message = f"{shown(path)} has changed since it was searched. Search again to see what is there now."
    return StudiumError(ErrorCode.CONFLICT, message, path=path)


def _changed_since(path: str) -> StudiumError:
    message = f"{shown(path)} has changed since, so it stays as it is. Its history has what was there before."
    return StudiumError(ErrorCode.CONFLICT, message, path=path)


def _too_large(path: str) -> StudiumError:
    message = f"{shown(path)} is larger than {MAX_FILE_BYTES // 1024**2} MB. Use a program in a terminal."
    return StudiumError(ErrorCode.TOO_LARGE, message, path=path, limit_bytes=MAX_FILE_BYTES)
