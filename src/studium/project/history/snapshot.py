"""One name for what the documents of a project, or some of them, are now: ``studium snapshot`` in a terminal.

What is typed is saved before, and what programs did to files is brought in, also where nobody has them open: the named
version is what the file holds. Files without a history have no versions; that is said of those that were asked for.
"""

import asyncio
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from studium.project.documents.disk import hash_of
from studium.project.documents.documents import Documents
from studium.project.files.errors import file_errors
from studium.project.files.home import Home
from studium.project.files.paths import shown
from studium.project.history.naming import Current, Naming
from studium.project.history.version_name import clean_name
from studium.protocol.documents import DiskStatus
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.history import MAX_NAMED_VERSIONS
from studium.protocol.ids import AccountId

MAX_DOCUMENTS: Final = 20_000
MAX_AT_ONCE: Final = 8
"""Documents that are looked at together: each waits for its file."""
SNAPSHOT_SECONDS: Final = 15.0
"""Who asks waits for some more."""

_HISTORIES: Final = (
    "SELECT document, path, hash, (SELECT sequence + count - 1 FROM updates WHERE updates.document = documents.document"
    " ORDER BY sequence DESC LIMIT 1) FROM documents LEFT JOIN saved USING (document)"
    " WHERE path IS NOT NULL AND NOT removed ORDER BY path LIMIT ?"
)


@dataclass
class Taken:
    """What came of it. ``named`` and ``unchanged`` are project paths; ``problems`` sentences."""

    named: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class _History(NamedTuple):
    number: int
    path: str
    saved_hash: bytes | None
    version: int | None


class Snapshots:
    """Of one project."""

    def __init__(self, home: Home, documents: Documents, naming: Naming) -> None:
        self._home = home
        self._documents = documents
        self._naming = naming

    async def take(self, name: str, paths: Sequence[str], account_id: AccountId | None) -> Taken:
        """Give ``name`` to the current version of every document at ``paths``, which are project paths of files or of
        folders, with all that is in them ("": the whole project). One that is found in a folder is left out when its
        last named version is the current one. Raises ``StudiumError``; then nothing was named."""
        name = clean_name(name)
        files, folders = await asyncio.to_thread(self._sorted, paths)
        try:
            async with asyncio.timeout(SNAPSHOT_SECONDS):
                return await self._take(name, files, folders, account_id)
        except TimeoutError:
            message = "The files could not all be looked at in time, so none was named. Name fewer files."
            raise StudiumError(ErrorCode.TIMEOUT, message) from None

    def _sorted(self, paths: Sequence[str]) -> tuple[set[str], set[str]]:
        """Files and folders, by their places. Raises ``StudiumError``."""
        files: set[str] = set()
        folders: set[str] = set()
        for path in paths:
            is_folder = stat.S_ISDIR(self._home.stat(path).st_mode)
            (folders if is_folder else files).add(self._home.canonical(path))
        return files, folders

    async def _take(self, name: str, files: set[str], folders: set[str], account_id: AccountId | None) -> Taken:
        taken = Taken()
        rows = await self._documents.store.query(_HISTORIES, (MAX_DOCUMENTS + 1,))
        if len(rows) > MAX_DOCUMENTS:
            taken.problems.append(f"More than {MAX_DOCUMENTS:,} files have versions; the rest was left out.")
        histories = [_History(*row) for row in rows[:MAX_DOCUMENTS]]
        wanted = [each for each in histories if each.path in files or _is_in(each.path, folders)]
        free = asyncio.Semaphore(MAX_AT_ONCE)
        currents = await asyncio.gather(*(self._current(each, free, taken) for each in wanted))
        found = {each.path: current for each, current in zip(wanted, currents, strict=True) if current is not None}
        naming: dict[str, Current] = {}
        for path in sorted(found.keys() | files):
            current = found.get(path)
            if current is not None and current.version > 0:
                if await self._is_to_be_named(path, current, name, path in files, taken):
                    naming[path] = current
            elif path in files:
                message = f"{shown(path)} has no versions yet: they begin when it is first opened in the editor."
                taken.problems.append(message)
        if naming:
            await self._naming.name_all(list(naming.values()), name, account_id)
        taken.named = list(naming)
        return taken

    async def _current(self, history: _History, free: asyncio.Semaphore, taken: Taken) -> Current | None:
        """The version that is what the file holds now; None where there is no file."""
        async with free:
            try:
                if self._documents.rooms.at(history.path) is None:
                    held = await asyncio.to_thread(self._hash, history.path)
                    if held is None:
                        return None
                    if held == history.saved_hash:
                        return Current(history.number, history.version or 0)
                async with self._documents.held(history.path) as opened:
                    await opened.file.catch_up()
            except StudiumError as error:
                taken.problems.append(f"{shown(history.path)} was not named. {error.message}")
                return None
            room = opened.room
            if opened.file.status is DiskStatus.ABSENT:
                return None
            if room.not_saved is not None:
                taken.problems.append(f"{shown(room.path)} is not saved. {room.not_saved.error.message}")
            return Current(room.row.number, room.version)

    def _hash(self, path: str) -> bytes | None:
        """Of what a file holds; None where there is none. Raises ``StudiumError``."""
        try:
            file = self._home.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except StudiumError as error:
            if error.code is ErrorCode.NOT_FOUND:
                return None
            raise
        with os.fdopen(file, "rb") as stream, file_errors(path):
            return hash_of(stream.read()) if stat.S_ISREG(os.fstat(file).st_mode) else None

    async def _is_to_be_named(self, path: str, current: Current, name: str, is_asked_for: bool, taken: Taken) -> bool:
        named = await self._naming.of(current.number)
        newest = [each for each in named if each.version == current.version]
        if any(each.name == name for each in newest) or (newest and not is_asked_for):
            taken.unchanged.append(path)
            return False
        if len(named) >= MAX_NAMED_VERSIONS:
            message = f"{shown(path)} has {MAX_NAMED_VERSIONS:,} named versions, and more cannot. Remove some."
            taken.problems.append(message)
            return False
        return True


def _is_in(path: str, folders: set[str]) -> bool:
    return any(folder == "" or path.startswith(folder + "/") for folder in folders)
