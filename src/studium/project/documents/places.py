"""Where documents live: from a path that somebody asks for, or a history that somebody holds, to the place of a file.

A history follows its file. Who renames it through Studium says so (``Documents.moved``); an open document holds on to
its file (``trace.py``); what was renamed while nobody had it open is recognised here, by its bytes, when it is opened
under its new name, or looked for when somebody comes to the old one. Whoever asks for a place that was left is led on
to where its file is now.
"""

import asyncio
import stat
import time

import msgspec

from studium.project.documents.disk import hash_of, read_file
from studium.project.documents.search import find_content
from studium.project.documents.store import Loaded, Store
from studium.project.files.home import Home
from studium.project.files.operations import new_path
from studium.project.files.paths import clean_path, invalid_path
from studium.protocol.documents import DocumentFormat
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import HistoryId
from studium.sync.format import TEXT, may_be

MAX_CANDIDATES = 20  # histories (or renames) that are looked at for one opening
MAX_STEPS = 100  # renames of one file that are followed: a bound for paths that lead in circles

_NEWEST_MOVES = (
    "SELECT move, old, new FROM moves WHERE old IN (SELECT value FROM json_each(?)) ORDER BY move DESC LIMIT ?"
)
_LATER_MOVES = (
    "SELECT move, old, new FROM moves WHERE old IN (SELECT value FROM json_each(?)) AND move > ? ORDER BY move LIMIT ?"
)


class Elsewhere(Exception):
    """Nothing is at the place that was asked for; what was there lives at ``path``."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class CameFrom(Exception):
    """The file that was asked for has no history, and is the one that was at ``path``, renamed by some program."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def _has_unsaved(loaded: Loaded) -> bool:
    return loaded.version > (0 if loaded.saved is None else loaded.saved.version)


class Places:
    """Asks the home and the log; changes neither, except for beginning a history."""

    def __init__(self, home: Home, store: Store) -> None:
        self._home = home
        self._store = store
        self._looks: dict[str, asyncio.Future[str]] = {}

    def canonical(self, path: str) -> str:
        """One name for a file, however it is reached: links are followed. Blocks; raises ``StudiumError``."""
        place = self._home.canonical(clean_path(path))
        if not place:
            raise invalid_path(path, "The home folder is not a document. Open a file in it.")
        return place

    async def asked_for(self, path: str) -> str:
        """The same, in a thread; a class that opens a document in one moment shares one look."""
        look = self._looks.get(path)
        if look is None:
            look = self._looks[path] = asyncio.ensure_future(asyncio.to_thread(self.canonical, path))
            look.add_done_callback(lambda done: self._looked(path, done))
        return await asyncio.shield(look)

    def _looked(self, path: str, look: asyncio.Future[str]) -> None:
        del self._looks[path]
        if not look.cancelled():
            look.exception()  # told to those who asked, if they are still there

    async def of_history(self, history_id: HistoryId) -> str | None:
        """Where a history lives; None when it is not known, or its place was given to another one."""
        rows = await self._store.query(
            "SELECT path FROM documents WHERE history_id = ? AND path IS NOT NULL", (history_id.bytes,)
        )
        return await asyncio.to_thread(self.canonical, rows[0][0]) if rows else None

    async def format_of(self, path: str) -> tuple[DocumentFormat, str | None]:
        """What kind of document the file at ``path`` is, and why not the one that its name promises, if so."""
        format_ = may_be(path)
        if format_ is not TEXT:
            try:
                await asyncio.to_thread(read_file, self._home, path, format_, None, time.time_ns())
            except StudiumError as error:
                if error.code is ErrorCode.NOT_NOTEBOOK:
                    return TEXT.name, error.message
        return format_.name, None

    async def history_at(self, path: str, held: HistoryId | None, lead_on: bool, format_: DocumentFormat) -> Loaded:
        """The history of the file at ``path``, a new one if need be. A place that was emptied on purpose begins a new
        one, except for who holds (``held``) the one that was there; so does a file that is of another ``format_`` now.

        Raises ``CameFrom``; ``Elsewhere``, with ``lead_on`` only; ``StudiumError``.
        """
        loaded = await self._store.load(path)
        if loaded is not None and loaded.row.format is not format_ and not _has_unsaved(loaded):
            loaded = await self._create(path, format_)
        if loaded is not None and loaded.row.history_id == held:
            return loaded
        if loaded is not None and not loaded.row.removed and loaded.version > 0:
            return loaded
        # Looked at first: a path that cannot be opened must not leave a history behind.
        try:
            exists = await asyncio.to_thread(self._exists, path)
        except StudiumError as error:
            if lead_on and error.code is ErrorCode.NOT_FOUND and (to := await self._left_for(path)):
                raise Elsewhere(to) from None
            raise
        if exists and loaded is None and (old := await self._came_from(path)):
            raise CameFrom(old)
        if not exists and lead_on and (loaded is None or not loaded.row.removed) and (to := await self._left_for(path)):
            raise Elsewhere(to)
        if loaded is not None and (exists or not loaded.row.removed):
            if loaded.row.removed:
                # It was removed, and has come back (from the trash, or under the old name): its history goes on.
                await self._store.mark_removed(path, False)
            return loaded
        return await self._create(path, format_)

    async def _create(self, path: str, format_: DocumentFormat) -> Loaded:
        await self._store.create(path, format_)
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

    # Renames -------------------------------------------------------------------------------------------------------

    async def _left_for(self, path: str) -> str | None:
        """Where the file is that was at ``path`` and was renamed since, itself or a folder above it."""
        # The newest is tried first; it may be of a folder that the file had left before.
        for move, old, new in await self._moves_of(path, None):
            at = new + path[len(old) :]
            for _ in range(MAX_STEPS):
                later = await self._moves_of(at, move)
                if not later:
                    break
                move, old, new = later[0]
                at = new + at[len(old) :]
            if at != path and await asyncio.to_thread(self._is_file, at):
                return at
        return None

    async def _moves_of(self, path: str, after: int | None) -> list[tuple[int, str, str]]:
        """Renames of ``path`` or a folder above it: all, the newest first; or those after one, the oldest first."""
        names = path.split("/")
        places = msgspec.json.encode(["/".join(names[:count]) for count in range(1, len(names) + 1)])
        if after is None:
            return await self._store.query(_NEWEST_MOVES, (places, MAX_CANDIDATES))
        return await self._store.query(_LATER_MOVES, (places, after, MAX_CANDIDATES))

    def _is_file(self, path: str) -> bool:
        try:
            return stat.S_ISREG(self._home.stat(path).st_mode)
        except StudiumError:
            return False

    async def _came_from(self, path: str) -> str | None:
        """The newest history whose file is gone and held exactly what the file at ``path`` holds. A copy whose original
        is still there is no rename, nor is a file that holds nothing."""
        try:
            found = await asyncio.to_thread(read_file, self._home, path, may_be(path), None, time.time_ns())
        except StudiumError:
            return None  # told by who opens it
        if found is None or found.content is None or not found.content.text.strip():
            return None
        rows = await self._store.query(
            "SELECT path FROM documents JOIN saved USING (document)"
            " WHERE hash = ? AND path IS NOT NULL AND path <> ? AND NOT removed ORDER BY document DESC LIMIT ?",
            (found.known.hash, path, MAX_CANDIDATES),
        )
        for (old,) in rows:
            if await asyncio.to_thread(self._is_gone, old):
                return str(old)
        return None

    async def gone_to(self, content: bytes) -> str | None:
        """Where a file is that held ``content`` and is not at its place: one that has no history of its own."""
        if not content.strip():
            return None
        taken = {row[0] for row in await self._store.query("SELECT path FROM documents WHERE path IS NOT NULL")}
        return await asyncio.to_thread(find_content, self._home, len(content), hash_of(content), taken)

    def _is_gone(self, path: str) -> bool:
        """Whether a place holds no file any more (one that is reached through a new link only is elsewhere)."""
        try:
            if self._home.canonical(path) != path:
                return True
            self._home.stat(path, follow=False)
        except StudiumError as error:
            return error.code is ErrorCode.NOT_FOUND
        return False
