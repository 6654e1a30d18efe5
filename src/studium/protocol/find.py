"""Messages of finding: text in files (``/projects/{project_id}/find``), replacing it, and files by name.

Finding is a WebSocket: ``FindText`` begins a search and ends the one before; results come as they are found, and
``FindDone`` or ``FindFailed`` last. ``POST …/find/replace`` takes ``ReplaceText``, ``POST …/find/undo`` takes
``UndoReplace``; both answer ``Replaced``. ``GET …/find/paths?text=…`` answers ``PathsFound``.

Lines count from 1; columns count from 0 in UTF-16 units, as the page's editors do.
"""

from enum import StrEnum

import msgspec

from studium.protocol.errors import ErrorBody


class TextQuery(msgspec.Struct, frozen=True):
    """What is looked for, in one line. ``hidden``: also in hidden and generated files. ``include`` and ``exclude`` are
    globs, ``folder`` is a project path. ``replacement``: what each match would become; with ``regex`` it may name
    groups (``$1``, ``${name}``, ``$&`` for all of it, ``$$`` for a dollar) and ``\\n``, ``\\t``, ``\\\\``."""

    text: str
    regex: bool = False
    case: bool = False
    word: bool = False
    hidden: bool = False
    include: list[str] = []
    exclude: list[str] = []
    folder: str = ""
    replacement: str | None = None


class FindText(msgspec.Struct, frozen=True, tag="find"):
    """Begin a search; what comes of it carries ``id``. ``context``: lines to show before and after each match."""

    id: int
    query: TextQuery
    context: int = 0


class StopFinding(msgspec.Struct, frozen=True, tag="stop"):
    """End the search that is under way; nothing more comes of it."""


FindToServer = FindText | StopFinding


class FoundSpan(msgspec.Struct, frozen=True):
    """A match within the ``text`` of its line, and what it would become."""

    start: int
    end: int
    replacement: str | None = None


class FoundLine(msgspec.Struct, frozen=True):
    """A line with matches, or the part of a long one around some of them: ``text`` begins at column ``at``."""

    line: int
    text: str
    at: int
    spans: list[FoundSpan]
    before: list[str] = []
    after: list[str] = []


class FoundFile(msgspec.Struct, frozen=True):
    """All matches in a file, in order. ``digest`` names them and the lines that they are in: whoever replaces says
    which were seen. Not ``complete``: there are more than are told. Not ``openable``: its name is not UTF-8."""

    path: str
    digest: str
    count: int
    lines: list[FoundLine]
    complete: bool = True
    openable: bool = True


class FoundFiles(msgspec.Struct, frozen=True, tag="found"):
    """Some more files of the search ``id``."""

    id: int
    files: list[FoundFile]


class FindLimit(StrEnum):
    """Why a search ended before it had seen everything."""

    MATCHES = "matches"
    TIME = "time"


class FindDone(msgspec.Struct, frozen=True, tag="done"):
    """The search ``id`` is over; ``began_at`` (Unix time in seconds, by the project's clock) tells what changed since.
    ``unreadable`` counts files and folders that could not be read, ``too_long`` lines
    that are too long to be told, ``unsaved`` open documents whose newest text could not be written, so that an older
    one was searched."""

    id: int
    files: int
    matches: int
    began_at: float
    limit: FindLimit | None = None
    unreadable: int = 0
    too_long: int = 0
    unsaved: int = 0


class FindFailed(msgspec.Struct, frozen=True, tag="failed"):
    """The search ``id`` could not be made, such as for a mistake in its pattern."""

    id: int
    error: ErrorBody


FindToClient = FoundFiles | FindDone | FindFailed


class ReplaceFile(msgspec.Struct, frozen=True):
    """Which matches in a file: by their numbers from 0, or all. ``digest`` is that of its ``FoundFile``."""

    path: str
    digest: str
    matches: list[int] | None = None


class ReplaceText(msgspec.Struct, frozen=True):
    """Replace what ``query`` found in ``files`` by its ``replacement``."""

    query: TextQuery
    files: list[ReplaceFile]


class UndoReplace(msgspec.Struct, frozen=True):
    """Take back what one replacing did."""

    undo_id: str


class ReplacedFile(msgspec.Struct, frozen=True):
    """How many matches were replaced in a file, or put back."""

    path: str
    count: int


class NotReplaced(msgspec.Struct, frozen=True):
    """A file that was left as it is, and why."""

    path: str
    error: ErrorBody


class Replaced(msgspec.Struct, frozen=True):
    """What was done, file by file. ``undo_id`` takes it back; null where nothing can be."""

    files: list[ReplacedFile]
    failed: list[NotReplaced]
    undo_id: str | None = None


class FoundPath(msgspec.Struct, frozen=True):
    """A file whose path has the letters that were typed, at these ``positions`` (UTF-16 units)."""

    path: str
    positions: list[int]


class PathsFound(msgspec.Struct, frozen=True):
    """The best paths, best first. Not ``complete``: the project is still being looked through; ask again.
    ``truncated``: it has more files than are known here."""

    paths: list[FoundPath]
    complete: bool
    truncated: bool
    known: int
