"""Messages of a document's history: ``GET /projects/{project_id}/history/{path}``.

The answer is a ``HistoryPage`` (``before`` goes on to older bursts); with ``version``, a ``VersionText``; with
``blame``, which is a version too, a ``Blame``; with ``file``, likewise, the bytes of the file then. ``history`` chooses
one of the histories that lived at the path; the default is the newest. With ``versions=named``, ``NamedVersions``.
Without a path, ``documents=deleted`` asks for ``DeletedDocuments``.

Versions are named with ``POST /projects/{project_id}/named-versions``: one of ``NamingAct``, answered by the
``NamedVersions`` of that history.

A *version* is the text after one update of the log, which numbers them from 1; version 0 is the empty text. A *burst*
is a run of versions that belong together: of a person who typed without a long pause, or of people who typed at the
same time.
"""

import msgspec

from studium.protocol.documents import DocumentFormat
from studium.protocol.ids import AccountId, HistoryId, NamedVersionId


class Burst(msgspec.Struct, frozen=True):
    """The versions from ``first`` to ``last``. Times are Unix times in seconds. An account that is null stands for the
    disk: a program changed the file."""

    first: int
    last: int
    started_at: float
    ended_at: float
    account_ids: list[AccountId | None]


class HistorySummary(msgspec.Struct, frozen=True):
    """One of the histories that lived at a path. ``current``: it is the one that lives there now, or did last. A file
    that was no notebook and became one has a history of each kind."""

    history_id: HistoryId
    version: int
    started_at: float
    ended_at: float
    current: bool
    format: DocumentFormat = DocumentFormat.TEXT


class HistoryPage(msgspec.Struct, frozen=True):
    """Some bursts of a history, the newest first. ``version`` is its newest. ``before`` asks for the next page; null
    when this one reaches version 1. ``histories`` are all that lived at the path, this one included."""

    history_id: HistoryId
    version: int
    bursts: list[Burst]
    before: int | None
    histories: list[HistorySummary]


class VersionText(msgspec.Struct, frozen=True):
    """The text of one version, who made it, and when (Unix time in seconds). That of a notebook is its JSON with sorted
    keys; large outputs are named by their hashes (``blobs``)."""

    history_id: HistoryId
    version: int
    at: float
    account_id: AccountId | None
    text: str
    format: DocumentFormat = DocumentFormat.TEXT


class BlameRun(msgspec.Struct, frozen=True):
    """``count`` lines, one after the other, that all have their newest characters from ``version``."""

    count: int
    version: int
    at: float
    account_id: AccountId | None


class Blame(msgspec.Struct, frozen=True):
    """Who wrote the lines of a version: of its text as split at each line break, so that the counts make up all lines.

    A line is from the newest version that inserted one of its characters, its line break left out; an empty line is
    from the newer of the line breaks around it. Deleting changes nothing. The empty text is one line of version 0.
    """

    history_id: HistoryId
    version: int
    lines: list[BlameRun]


class DeletedDocument(msgspec.Struct, frozen=True):
    """A history whose file is not there now. ``path`` is where it was last: ask there for it, with ``history``. It was
    written from ``created_at`` to ``ended_at``. ``removed``: by the file manager; else in some other way."""

    history_id: HistoryId
    path: str
    created_at: float
    ended_at: float
    versions: int
    removed: bool


class DeletedDocuments(msgspec.Struct, frozen=True):
    """Histories without a file, the one that was written last first; ``more``: there are others."""

    documents: list[DeletedDocument]
    more: bool


MAX_VERSION_NAME = 100
"""Characters of a version's name."""

MAX_NAMED_VERSIONS = 1_000
"""Names in one history."""


class NamedVersion(msgspec.Struct, frozen=True):
    """A name that somebody gave to a version; one version may have several. ``named_at`` and ``version_at`` are when
    that was and when the version was made (Unix times in seconds). An account that is null: a program did it in a
    terminal, and it is not known for whom."""

    named_version_id: NamedVersionId
    version: int
    name: str
    named_at: float
    version_at: float
    account_id: AccountId | None


class NamedVersions(msgspec.Struct, frozen=True):
    """All named versions of a history, the newest version first; of one version, the name that was given last."""

    history_id: HistoryId
    named_versions: list[NamedVersion]


class NameVersion(msgspec.Struct, frozen=True, tag="name"):
    """Give a version a name: one line of 1 to 100 characters; spaces around it do not count."""

    history_id: HistoryId
    version: int
    name: str


class RenameVersion(msgspec.Struct, frozen=True, tag="rename"):
    """Change a name. Who gave it and when stays."""

    named_version_id: NamedVersionId
    name: str


class RemoveName(msgspec.Struct, frozen=True, tag="remove"):
    """Take a name away; the version stays."""

    named_version_id: NamedVersionId


class RestoreName(msgspec.Struct, frozen=True, tag="restore"):
    """Bring back a name that was taken away, as it was."""

    named_version_id: NamedVersionId


NamingAct = NameVersion | RenameVersion | RemoveName | RestoreName
