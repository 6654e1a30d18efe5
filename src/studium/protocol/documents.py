"""Frames of a document's WebSocket, ``/projects/{project_id}/documents/{path}``.

Binary frames are y-protocols messages: a varuint type, then the body; several may share a frame. Types 0 (sync),
1 (awareness) and 3 (query awareness) are those of y-websocket. Type ``CONTROL`` is sent only to a client that offered
the subprotocol ``studium.v1``; its body is a varstring with one of the structs below as JSON, tagged by ``type``.
"""

from enum import StrEnum

import msgspec

from studium.protocol.errors import ErrorBody
from studium.protocol.ids import HistoryId

SUBPROTOCOL = "studium.v1"


class MessageType:
    """First varuint of each message on a document's socket."""

    SYNC = 0
    AWARENESS = 1
    AUTH = 2
    QUERY_AWARENESS = 3
    CONTROL = 100


class SyncType:
    """Second varuint of a ``SYNC`` message."""

    STEP_1 = 0
    STEP_2 = 1
    UPDATE = 2


class DiskStatus(StrEnum):
    """What the file is known to be: ``absent`` is not an error, ``unknown`` is."""

    CONTENT = "content"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class DocumentFormat(StrEnum):
    """How a document holds its content: ``text`` in one shared text, ``notebook`` in cells. A file that is named as a
    notebook and is no valid one is a text."""

    TEXT = "text"
    NOTEBOOK = "notebook"


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """The first message of a connection.

    ``version`` is the sequence number of the newest update in the log, ``saved_version`` that which the file holds.
    A client that holds another ``history_id`` for this path must not merge: it starts afresh and re-enters its
    unacknowledged text as an edit. ``format_reason`` says why a file is not of the format that its name promises.
    """

    history_id: HistoryId
    version: int
    saved_version: int
    read_only: bool
    read_only_reason: str | None = None
    format: DocumentFormat = DocumentFormat.TEXT
    format_reason: str | None = None


class Acknowledged(msgspec.Struct, frozen=True, tag="acknowledged"):
    """The first ``count`` sync messages of types 1 and 2 that this connection sent are committed to the log, the last
    at ``version``."""

    count: int
    version: int


class Saved(msgspec.Struct, frozen=True, tag="saved"):
    """The file on disk holds every update up to ``version``."""

    version: int


class NotSaved(msgspec.Struct, frozen=True, tag="not_saved"):
    """The file could not be written; editing goes on and the save is tried again. ``error`` says why and what to do."""

    error: ErrorBody
    disk: DiskStatus


class Moved(msgspec.Struct, frozen=True, tag="moved"):
    """The document lives at ``path``: it was renamed, or is not where it was asked for. This connection goes on, the
    next one goes there."""

    path: str


class NamesChanged(msgspec.Struct, frozen=True, tag="names_changed"):
    """Versions of the document's history were named, or names were changed or taken away: ask for ``NamedVersions``
    when they are shown."""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The document cannot be served; the socket is closed after this with the code of ``error``."""

    error: ErrorBody


class SaveNow(msgspec.Struct, frozen=True, tag="save_now"):
    """From the client: write the file now. The answer is ``Saved`` or ``NotSaved``."""


ControlToClient = Hello | Acknowledged | Saved | NotSaved | Moved | NamesChanged | Failed
ControlToServer = SaveNow
