"""Reading the documents' log for its history, beside the store that writes it. Blocking, for one thread.

The connection is its own and read-only: what is asked of a history never waits for, nor holds up, people who type.
"""

import sqlite3
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote
from uuid import UUID

from studium.project.documents.store import DATABASE
from studium.project.history.bursts import LogRow
from studium.project.history.naming import SELECT, named_version
from studium.project.history.pace import Pace
from studium.protocol.documents import DocumentFormat
from studium.protocol.history import NamedVersion
from studium.protocol.ids import AccountId, HistoryId
from studium.sync.format import FORMATS, Format
from studium.sync.wire import unpack

MAX_HISTORIES = 50
"""Histories listed of one path; the oldest are left out."""

_BREATH_ROWS = 200


@dataclass(frozen=True, slots=True)
class LoggedHistory:
    """One history; ``number`` names it within the store, ``version`` is its newest."""

    number: int
    history_id: HistoryId
    created_at: float
    ended_at: float
    version: int


class PlacedHistory(NamedTuple):
    """Where a history lived last. ``replaced``: another one, or none, lives there now."""

    number: int
    path: str
    replaced: bool
    removed: bool


class Log:
    """The log of all documents of a project."""

    def __init__(self, folder: Path, pace: Pace) -> None:
        self._pace = pace
        uri = f"file:{quote(str(folder / DATABASE))}?mode=ro"
        self._connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA busy_timeout = 10000")
        self._connection.execute("PRAGMA query_only = 1")

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def histories(self, path: str) -> list[LoggedHistory]:
        """The histories that lived at ``path``, the one that lives there now (or did last) first, then the newest."""
        rows = self._connection.execute(
            "SELECT document, history_id, created_at FROM documents"
            " WHERE path = ? OR (path IS NULL AND last_path = ?) ORDER BY path IS NULL, document DESC LIMIT ?",
            (path, path, MAX_HISTORIES),
        ).fetchall()
        return [self._history(*row) for row in rows]

    def history(self, path: str, history_id: HistoryId) -> LoggedHistory | None:
        """One of the histories that lived at ``path``, also of those that are too many to be listed."""
        row = self._connection.execute(
            "SELECT document, history_id, created_at FROM documents"
            " WHERE history_id = ? AND (path = ? OR (path IS NULL AND last_path = ?))",
            (history_id.bytes, path, path),
        ).fetchone()
        return None if row is None else self._history(*row)

    def placed(self, limit: int) -> list[PlacedHistory]:
        """The newest ``limit`` histories of all, and where they lived last, the newest first."""
        rows = self._connection.execute(
            "SELECT document, last_path, path IS NULL, removed FROM documents ORDER BY document DESC LIMIT ?", (limit,)
        )
        return [PlacedHistory(number, path, bool(replaced), bool(removed)) for number, path, replaced, removed in rows]

    def numbered(self, number: int) -> LoggedHistory:
        """The history of this number."""
        return self._history(
            *self._connection.execute(
                "SELECT document, history_id, created_at FROM documents WHERE document = ?", (number,)
            ).fetchone()
        )

    def format(self, number: int) -> Format:
        """What kind of document the history of this number is of."""
        row = self._connection.execute("SELECT format FROM documents WHERE document = ?", (number,)).fetchone()
        return FORMATS[DocumentFormat(row[0])]

    def rows(self, number: int, before: int | None) -> Generator[LogRow, None, None]:
        """What was written when and by whom, the newest first, ending before the version ``before``."""
        cursor = self._connection.execute(
            "SELECT sequence, count, at, account_id FROM updates WHERE document = ? AND sequence < ?"
            " ORDER BY sequence DESC",
            (number, 2**62 if before is None else before),
        )
        try:
            for index, (sequence, count, at, account_id) in enumerate(cursor):
                yield LogRow(sequence, sequence + count - 1, at, _account(account_id))
                if index % _BREATH_ROWS == _BREATH_ROWS - 1:
                    self._pace.breathe()
        finally:
            cursor.close()  # a statement that is left open would keep the store from shortening its log

    def row_of(self, number: int, version: int | None = None) -> LogRow | None:
        """The row that made ``version``, or the newest one."""
        with closing(self.rows(number, None if version is None else version + 1)) as rows:
            return next(rows, None)

    def authors(self, number: int, first: int, last: int) -> list[tuple[AccountId | None, int]]:
        """Who made the versions from ``first`` to ``last``, and how many: the one who made most of them first."""
        rows = self._connection.execute(
            "SELECT account_id, SUM(MIN(sequence + count - 1, ?3) - MAX(sequence, ?2) + 1) AS made FROM updates"
            " WHERE document = ?1 AND sequence BETWEEN ?4 AND ?3 GROUP BY account_id ORDER BY made DESC, MIN(sequence)",
            (number, first, last, self._start(number, first - 1) + 1),
        )
        return [(_account(account_id), made) for account_id, made in rows]

    def named_versions(self, number: int) -> list[NamedVersion]:
        """The versions that have names, the newest first."""
        return [named_version(row) for row in self._connection.execute(SELECT, (number,))]

    def names(self) -> dict[AccountId, str]:
        """Names of people who may edit, as they were when they last opened a document."""
        rows = self._connection.execute("SELECT account_id, name FROM people")
        return {AccountId(UUID(bytes=account_id)): name for account_id, name in rows}

    def checkpoint(self, number: int, version: int) -> tuple[int, bytes] | None:
        """The store's newest checkpoint of ``version`` or before."""
        row = self._connection.execute(
            "SELECT sequence, bytes FROM checkpoints WHERE document = ? AND sequence <= ?"
            " ORDER BY sequence DESC LIMIT 1",
            (number, version),
        ).fetchone()
        return None if row is None else (row[0], row[1])

    def updates(self, number: int, after: int, until: int) -> list[bytes]:
        """The updates that lead from the version ``after`` to the version ``until``."""
        updates: list[bytes] = []
        for sequence, count, data in self._connection.execute(
            "SELECT sequence, count, bytes FROM updates WHERE document = ? AND sequence > ? AND sequence <= ?"
            " ORDER BY sequence",
            (number, self._start(number, after), until),
        ):
            if sequence + count > after + 1:
                run = [data[1:]] if count == 1 and data[0] < 0x80 else unpack(data)  # most are one short update
                updates += run[max(0, after + 1 - sequence) : until - sequence + 1]
        return updates

    def _history(self, number: int, history_id: bytes, created_at: float) -> LoggedHistory:
        newest = self.row_of(number)
        version, ended_at = (0, created_at) if newest is None else (newest.last, newest.at)
        return LoggedHistory(number, HistoryId(UUID(bytes=history_id)), created_at, ended_at, version)

    def _start(self, number: int, after: int) -> int:
        """One less than the first version of the row that ``after + 1`` is in."""
        row = self._connection.execute(
            "SELECT MAX(sequence) FROM updates WHERE document = ? AND sequence <= ?", (number, after + 1)
        ).fetchone()
        return after if row[0] is None else int(row[0]) - 1


@lru_cache(1_000)
def _account(data: bytes | None) -> AccountId | None:
    return None if data is None else AccountId(UUID(bytes=data))
