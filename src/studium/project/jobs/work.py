"""What a job that runs tells of itself, and how it hears that it is to end.

Threads write the counts and the loop reads them: each is one number, and nothing is decided by them.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from studium.protocol.activity import LogEvent
from studium.protocol.errors import StudiumError

MAX_LOGGED: Final = 10
"""Things that one job makes, moves or removes which the project's log names, the first ones."""


class Cancelled(Exception):
    """Somebody has ended the job. Raised by ``Work.check`` in the thread that works."""


class LogEntry(NamedTuple):
    """What the project's log is to say."""

    event: LogEvent
    path: str
    to: str | None = None


class Work:
    """Counts and the wish to end, of one job."""

    def __init__(self) -> None:
        self.done_bytes = 0
        self.total_bytes: int | None = None
        self.done_files = 0
        self.total_files: int | None = None
        self.skipped_files = 0
        self.to = ""
        self.path: str | None = None
        self.trash_ids: list[str] = []
        self.log: list[LogEntry] = []
        self._cancelled = False
        self._on_cancel: list[Callable[[], object]] = []

    @property
    def is_cancelled(self) -> bool:
        """Has somebody ended it?"""
        return self._cancelled

    def check(self) -> None:
        """Raise ``Cancelled`` once the job is to end. Called often, between small steps."""
        if self._cancelled:
            raise Cancelled

    def cancel(self) -> None:
        """The job is to end. Called by the loop."""
        if not self._cancelled:
            self._cancelled = True
            for callback in self._on_cancel:
                callback()

    def on_cancel(self, callback: Callable[[], object]) -> None:
        """Call it, in the loop, when the job is to end; at once when it is to end already."""
        self._on_cancel.append(callback)
        if self._cancelled:
            callback()

    def count(self, size_bytes: int) -> None:
        """One more file is done."""
        self.done_files += 1
        self.done_bytes += size_bytes
        self.check()

    def made(self, path: str) -> None:
        """Something of a name of its own is there now."""
        if self.path is None:
            self.path = path
        self.note(LogEvent.FILE_CREATED, path)

    def note(self, event: LogEvent, path: str, to: str | None = None) -> None:
        """Something for the project's log."""
        if len(self.log) < MAX_LOGGED:
            self.log.append(LogEntry(event, path, to))


def partly(error: StudiumError, done: int, total: int, verb: str) -> StudiumError:
    """The error of a job that had done some of its things, which stay done."""
    if not done:
        return error
    message = f"{error.message} Before that, {done} of {total} were {verb}."
    return StudiumError(error.code, message, **{**error.data, "done": done})
