"""The log of all documents of a project, in one SQLite file of the state folder.

Reading happens in one thread, writing in another (``writer.py``). What the methods here return futures for is committed
when the future is done.
"""

import asyncio
import fcntl
import os
import secrets
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import msgspec

from studium.project.documents.writer import Job, UpdateRow, Writer, connect
from studium.protocol.documents import DocumentFormat
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId, DocumentId, HistoryId
from studium.sync.format import may_be
from studium.sync.formats import TextStyle
from studium.sync.wire import pack, unpack

_SCHEMA = Path(__file__).with_name("schema.sql")
_T = TypeVar("_T")

DATABASE = "documents.sqlite"
"""The store's file in the state folder."""

SCHEMA_VERSION = 2
KEPT_CHECKPOINTS = 3


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One history. ``number`` names it within this store."""

    number: int
    document_id: DocumentId
    history_id: HistoryId
    client_id: int
    removed: bool
    format: DocumentFormat = DocumentFormat.TEXT


@dataclass(frozen=True, slots=True)
class SavedState:
    """What the file is known to hold; ``text`` is None when it is that of ``version``; ``hash`` None: no file."""

    version: int
    hash: bytes | None
    style: TextStyle
    text: str | None = None
    next_version: int | None = None
    next_hash: bytes | None = None
    next_style: TextStyle | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """All that opening a document needs: ``snapshot`` is the newest checkpoint, ``tail`` the updates after it."""

    row: DocumentRow
    version: int
    snapshot: bytes | None
    snapshot_version: int
    tail: list[bytes]
    saved: SavedState | None


class Store:
    """Open it, use it from one loop, close it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / DATABASE
        self._lock: int | None = None
        self._reader = ThreadPoolExecutor(1, "documents-reader")
        self._connection: sqlite3.Connection | None = None
        self._writer: Writer | None = None
        self._names: dict[AccountId, str] = {}
        self.listeners: list[Callable[[StudiumError | None], None]] = []

    async def open(self) -> None:
        """Take the folder and bring the database up to date. Raises ``conflict`` when another server has it."""
        await self._read(self._open)
        self._writer = Writer(self._path, self._tell_trouble)
        self._writer.start()

    async def close(self) -> bool:
        """Commit what is queued; False when that was not possible."""
        committed = True if self._writer is None else await self._writer.close()
        await self._read(self._close)
        self._reader.shutdown()
        return committed

    @property
    def trouble(self) -> StudiumError | None:
        """Why nothing can be committed now, if so."""
        return self.writer.trouble

    @property
    def writer(self) -> Writer:
        """The committing thread."""
        if self._writer is None:
            raise StudiumError(ErrorCode.UNAVAILABLE, "The documents of this project are not open yet. Try again.")
        return self._writer

    async def load(self, path: str) -> Loaded | None:
        """The history that lives at ``path``, if there is one."""
        return await self._read(self._load, path)

    async def load_version(self, number: int, version: int) -> tuple[bytes | None, list[bytes]]:
        """Checkpoint and updates that make up one version."""
        return await self._read(self._replay, number, version)

    async def paths(self, prefix: str) -> list[str]:
        """Paths of histories at ``prefix`` or below it."""
        return await self._read(self._paths, prefix)

    async def query(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
        """The rows of a question that changes nothing."""
        return await self._read(lambda: self._reading.execute(sql, parameters).fetchall())

    async def interrupted_saves(self) -> list[tuple[str, DocumentId]]:
        """Documents whose file was about to be written when the last server died."""
        return await self._read(self._interrupted_saves)

    async def create(self, path: str, format_: DocumentFormat = DocumentFormat.TEXT) -> DocumentRow:
        """A new, empty history at ``path``; one that lived there keeps its log, without a place."""
        document_id, history_id = DocumentId(uuid4()), HistoryId(uuid4())
        client_id = secrets.randbelow(2**31) + 1
        await self.execute(
            ("UPDATE documents SET path = NULL WHERE path = ?", (path,)),
            (
                "INSERT INTO documents (document_id, history_id, path, last_path, client_id, created_at, format)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (document_id.bytes, history_id.bytes, path, path, client_id, time.time(), format_.value),
            ),
        )
        loaded = await self.load(path)
        assert loaded is not None
        return loaded.row

    async def move(self, old: str, new: str) -> None:
        """The file (or folder) ``old`` is now ``new``: histories follow; those that were at the new place lose it. A
        notebook that is no longer named as one begins anew, as a text. It is remembered also where there is no history
        yet, for whoever comes to the old place."""
        changes: list[tuple[str, tuple[Any, ...]]] = [
            ("INSERT INTO moves (old, new, at) VALUES (?, ?, ?)", (old, new, time.time()))
        ]
        for path in await self.paths(old):
            to = new + path[len(old) :]
            changes.append(("UPDATE documents SET path = NULL WHERE path = ?", (to,)))
            kept = [format_.value for format_ in DocumentFormat if format_ in (DocumentFormat.TEXT, may_be(to).name)]
            changes.append(
                (
                    "UPDATE documents SET path = iif(format IN (SELECT value FROM json_each(?)), ?, NULL),"
                    " last_path = ? WHERE path = ?",
                    (msgspec.json.encode(kept).decode(), to, to, path),
                )
            )
        await self.execute(*changes)

    async def mark_removed(self, path: str, removed: bool) -> None:
        """Remember that ``path`` and what is below it was removed on purpose, so that a new file of that name starts
        a new history."""
        changes = [
            ("UPDATE documents SET removed = ? WHERE path = ?", (int(removed), each)) for each in await self.paths(path)
        ]
        if changes:
            await self.execute(*changes)

    def append(
        self,
        number: int,
        sequence: int,
        runs: list[tuple[AccountId | None, list[bytes]]],
        done: Callable[[Exception | None], None],
        saved: SavedState | None = None,
    ) -> None:
        """Append updates, the first of them with number ``sequence``; with ``saved``, in the same transaction."""
        at = time.time()
        rows: list[UpdateRow] = []
        size = 0
        for account_id, updates in runs:
            data = pack(updates)
            size += len(data)
            rows.append((number, sequence, len(updates), at, None if account_id is None else account_id.bytes, data))
            sequence += len(updates)
        statements = [] if saved is None else [_saved_statement(number, saved)]
        self.writer.submit(Job(rows, statements, size, done))

    def remember_name(self, account_id: AccountId, name: str) -> None:
        """Write down what somebody is called, when that is news."""
        if self._names.get(account_id) != name:
            self._names[account_id] = name
            statement = ("INSERT OR REPLACE INTO people VALUES (?, ?)", (account_id.bytes, name))
            self.writer.submit(Job([], [statement]))

    def checkpoint(self, number: int, version: int, snapshot: bytes) -> None:
        """Write a checkpoint and drop the oldest ones; the log stays whole."""
        statements: list[tuple[str, tuple[Any, ...]]] = [
            ("INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?)", (number, version, time.time(), snapshot)),
            (
                "DELETE FROM checkpoints WHERE document = ? AND sequence NOT IN"
                " (SELECT sequence FROM checkpoints WHERE document = ? ORDER BY sequence DESC LIMIT ?)",
                (number, number, KEPT_CHECKPOINTS),
            ),
        ]
        self.writer.submit(Job([], statements, len(snapshot)))

    async def record(self, number: int, saved: SavedState) -> None:
        """Write down what the file holds or is about to hold."""
        await self.execute(_saved_statement(number, saved))

    async def execute(self, *statements: tuple[str, tuple[Any, ...]]) -> None:
        """Commit ``statements`` together."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def done(error: Exception | None) -> None:
            if future.done():
                return
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)

        self.writer.submit(Job([], list(statements), 0, done))
        await future

    def statistics(self) -> dict[str, int]:
        """Counts for the metrics page."""
        return {} if self._writer is None else self._writer.statistics()

    def _tell_trouble(self, error: StudiumError | None) -> None:
        for listener in list(self.listeners):
            listener(error)

    async def _read(self, function: Callable[..., _T], *arguments: object) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._reader, function, *arguments)

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self._folder / "documents.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            self._lock = None
            raise StudiumError(
                ErrorCode.CONFLICT, "Another Studium has the documents of this project open. Stop it first."
            ) from None
        self._connection = connect(self._path)
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise StudiumError(
                ErrorCode.CONFLICT,
                "The documents of this project were written by a newer Studium. Install that version or a later one.",
            )
        if version == 1:
            self._connection.execute("ALTER TABLE documents ADD COLUMN format TEXT NOT NULL DEFAULT 'text'")
        self._connection.executescript(_SCHEMA.read_text())
        people = self._connection.execute("SELECT account_id, name FROM people")
        self._names = {AccountId(UUID(bytes=account_id)): name for account_id, name in people}
        if version != SCHEMA_VERSION:
            self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def _reading(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StudiumError(ErrorCode.UNAVAILABLE, "The documents of this project are closed. Open it again.")
        return self._connection

    def _load(self, path: str) -> Loaded | None:
        row = self._reading.execute(
            "SELECT document, document_id, history_id, client_id, removed, format FROM documents WHERE path = ?",
            (path,),
        ).fetchone()
        if row is None:
            return None
        number = row[0]
        document = DocumentRow(
            number,
            DocumentId(UUID(bytes=row[1])),
            HistoryId(UUID(bytes=row[2])),
            row[3],
            bool(row[4]),
            DocumentFormat(row[5]),
        )
        newest = self._reading.execute(
            "SELECT sequence, bytes FROM checkpoints WHERE document = ? ORDER BY sequence DESC LIMIT 1", (number,)
        ).fetchone()
        at, snapshot = newest if newest is not None else (0, None)
        version = at
        tail: list[bytes] = []
        for sequence, count, data in self._reading.execute(
            "SELECT sequence, count, bytes FROM updates WHERE document = ? AND sequence > ? ORDER BY sequence",
            (number, at),
        ):
            tail += unpack(data)
            version = sequence + count - 1
        return Loaded(document, version, snapshot, at, tail, self._saved(number))

    def _replay(self, number: int, version: int) -> tuple[bytes | None, list[bytes]]:
        newest = self._reading.execute(
            "SELECT sequence, bytes FROM checkpoints WHERE document = ? AND sequence <= ?"
            " ORDER BY sequence DESC LIMIT 1",
            (number, version),
        ).fetchone()
        at, snapshot = newest if newest is not None else (0, None)
        updates: list[bytes] = []
        for sequence, data in self._reading.execute(
            "SELECT sequence, bytes FROM updates WHERE document = ? AND sequence > ? AND sequence <= ?"
            " ORDER BY sequence",
            (number, at, version),
        ):
            updates += unpack(data)[: version - sequence + 1]
        return snapshot, updates

    def _saved(self, number: int) -> SavedState | None:
        row = self._reading.execute(
            "SELECT version, hash, style, text, next_version, next_hash, next_style FROM saved WHERE document = ?",
            (number,),
        ).fetchone()
        if row is None:
            return None
        next_style = None if row[6] is None else msgspec.json.decode(row[6], type=TextStyle)
        return SavedState(
            row[0], row[1], msgspec.json.decode(row[2], type=TextStyle), row[3], row[4], row[5], next_style
        )

    def _interrupted_saves(self) -> list[tuple[str, DocumentId]]:
        rows = self._reading.execute(
            "SELECT path, document_id FROM documents JOIN saved USING (document)"
            " WHERE next_version IS NOT NULL AND path IS NOT NULL"
        )
        return [(path, DocumentId(UUID(bytes=document_id))) for path, document_id in rows]

    def _paths(self, prefix: str) -> list[str]:
        rows = self._reading.execute(
            "SELECT path FROM documents WHERE path = ? OR substr(path, 1, ?) = ?",
            (prefix, len(prefix) + 1, prefix + "/"),
        )
        return [row[0] for row in rows]


def _saved_statement(number: int, saved: SavedState) -> tuple[str, tuple[Any, ...]]:
    next_style = None if saved.next_style is None else msgspec.json.encode(saved.next_style).decode()
    return (
        "INSERT OR REPLACE INTO saved VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            saved.version,
            saved.hash,
            msgspec.json.encode(saved.style).decode(),
            saved.text,
            saved.next_version,
            saved.next_hash,
            next_style,
        ),
    )
