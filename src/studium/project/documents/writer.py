"""One thread that commits to SQLite, everything that has arrived in one transaction (group commit).

While a commit waits for the disk, more work gathers and becomes the next transaction, so that a burst costs one write.
When the disk is full the transaction is kept and tried again: nothing is reported as committed, nothing is dropped, and
the bounded queue stops whoever brings more.
"""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studium.protocol.errors import ErrorCode, StudiumError

_log = logging.getLogger(__name__)

MAX_QUEUED_BYTES = 16 * 1024 * 1024  # waiting to be committed; above, readers of sockets wait
MAX_QUEUED_JOBS = 20_000
_RETRY_SECONDS = 0.5
_ROWS_A_STATEMENT = 100

_INSERT = "INSERT INTO updates (document, sequence, count, at, account_id, bytes) VALUES "

UpdateRow = tuple[int, int, int, float, bytes | None, bytes]


@dataclass(slots=True)
class Job:
    """Work of one transaction: rows of the log, then statements. ``done`` is called in the loop, with the error if
    the job could never be committed."""

    rows: list[UpdateRow] = field(default_factory=list)
    statements: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    size_bytes: int = 0
    done: Callable[[Exception | None], None] | None = None


class Writer:
    """Owns the thread. ``submit`` never blocks; ``wait_for_room`` is for those who bring work from outside."""

    def __init__(self, path: Path, on_trouble: Callable[[StudiumError | None], None]) -> None:
        self._path = path
        self._on_trouble = on_trouble
        self._loop = asyncio.get_running_loop()
        self._condition = threading.Condition()
        self._jobs: list[Job] = []
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="documents-writer", daemon=True)
        self._queued_bytes = 0
        self._queued_jobs = 0
        self._waiters: list[asyncio.Future[None]] = []
        self.trouble: StudiumError | None = None
        self._commits = 0
        self._rows = 0

    def start(self) -> None:
        """Start the thread; the database exists already."""
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Commit ``job`` after all that was submitted before."""
        self._queued_bytes += job.size_bytes
        self._queued_jobs += 1
        with self._condition:
            if self._closing:
                raise StudiumError(ErrorCode.UNAVAILABLE, "The project is stopping. Open it again in a moment.")
            self._jobs.append(job)
            self._condition.notify()

    @property
    def is_full(self) -> bool:
        """Whether bringers of work should wait."""
        return self._queued_bytes > MAX_QUEUED_BYTES or self._queued_jobs > MAX_QUEUED_JOBS

    async def wait_for_room(self) -> None:
        """Wait until the queue is below its bounds."""
        while self.is_full:
            waiter = self._loop.create_future()
            self._waiters.append(waiter)
            await waiter

    async def close(self, grace_seconds: float = 10.0) -> bool:
        """Commit what is queued and end; False when that did not work within the time (a full disk)."""
        with self._condition:
            self._closing = True
            self._condition.notify()
        await asyncio.to_thread(self._thread.join, grace_seconds)
        return not self._thread.is_alive() and not self._jobs

    def statistics(self) -> dict[str, int]:
        """Counts for the metrics page."""
        return {
            "commits": self._commits,
            "rows": self._rows,
            "queued_jobs": self._queued_jobs,
            "queued_bytes": self._queued_bytes,
        }

    def _run(self) -> None:
        connection = connect(self._path)
        try:
            while True:
                with self._condition:
                    while not self._jobs:
                        if self._closing:
                            return
                        self._condition.wait()
                    jobs, self._jobs = self._jobs, []
                if not self._commit_until_done(connection, jobs):
                    with self._condition:
                        self._jobs = jobs + self._jobs
                    return
        finally:
            connection.close()

    def _commit_until_done(self, connection: sqlite3.Connection, jobs: list[Job]) -> bool:
        """Commit, waiting out a full disk; False when the writer is closed while waiting."""
        in_trouble = False
        while True:
            try:
                _execute(connection, jobs)
            except sqlite3.OperationalError as error:
                if not in_trouble:
                    in_trouble = True
                    _log.error("Changes of documents cannot be stored: %s", error)
                    self._call(self._trouble, _explain(error))
                with self._condition:
                    if self._closing:
                        return False
                    self._condition.wait_for(lambda: self._closing, _RETRY_SECONDS)
            except sqlite3.Error:
                self._commit_one_by_one(connection, jobs)
                return True
            else:
                if in_trouble:
                    self._call(self._trouble, None)
                self._call(self._done, jobs, None)
                return True

    def _commit_one_by_one(self, connection: sqlite3.Connection, jobs: list[Job]) -> None:
        """One job cannot be committed by what it says: find it, and let the others pass."""
        for job in jobs:
            error: Exception | None = None
            try:
                _execute(connection, [job])
            except sqlite3.Error as failure:
                _log.exception("A change of a document was refused by the store")
                error = failure
            self._call(self._done, [job], error)

    def _call(self, function: Callable[..., None], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # the loop has ended: nobody is left to be told
            _log.warning("The store outlived its server")

    def _trouble(self, error: StudiumError | None) -> None:
        self.trouble = error
        self._on_trouble(error)

    def _done(self, jobs: list[Job], error: Exception | None) -> None:
        self._commits += 1
        for job in jobs:
            self._queued_bytes -= job.size_bytes
            self._rows += len(job.rows)
        self._queued_jobs -= len(jobs)
        for job in jobs:
            if job.done is not None:
                job.done(error)
        if self._waiters and not self.is_full:
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)


def connect(path: Path) -> sqlite3.Connection:
    """A connection on which a commit is on the disk before it returns."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA busy_timeout = 10000")
    return connection


def _execute(connection: sqlite3.Connection, jobs: list[Job]) -> None:
    """All jobs in one transaction. Few statements, because each lets go of the interpreter's lock and waits for it."""
    rows = [row for job in jobs for row in job.rows]
    connection.execute("BEGIN IMMEDIATE")
    try:
        for start in range(0, len(rows), _ROWS_A_STATEMENT):
            chunk = rows[start : start + _ROWS_A_STATEMENT]
            values = ", ".join(["(?, ?, ?, ?, ?, ?)"] * len(chunk))
            connection.execute(_INSERT + values, [value for row in chunk for value in row])
        for job in jobs:
            for sql, parameters in job.statements:
                connection.execute(sql, parameters)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _explain(error: sqlite3.OperationalError) -> StudiumError:
    if error.sqlite_errorcode in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE):
        return StudiumError(
            ErrorCode.DISK_FULL,
            "Your changes cannot be stored, because the disk is full. Keep this page open and free some space; they are"
            " stored as soon as there is room.",
        )
    return StudiumError(
        ErrorCode.UNAVAILABLE,
        "Your changes cannot be stored just now. Keep this page open; it is tried again until it works.",
        reason=str(error),
    )
