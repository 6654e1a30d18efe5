"""Frames of the tables plane (``/api/tables``, JSON text frames), and of ``POST /api/query``.

Rows and queries are plain JSON objects whose fields the schema in ``studium.hub.tables`` declares.
"""

from enum import StrEnum
from typing import Any

import msgspec

from studium.protocol.errors import ErrorBody

Row = dict[str, Any]
Query = dict[str, Any]


class ChangeAction(StrEnum):
    """What happened to a row of a feed; ``close`` is the last message of a feed."""

    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    CLOSE = "close"


class TablesRequest(msgspec.Struct, omit_defaults=True):
    """One frame from the browser: a query, with ``changes`` a feed; ``cancel`` ends feed ``id``;
    ``resume`` continues from ``seq`` the feed that the same account had under that id on an earlier connection, so the
    page counts its ids from a random start."""

    id: int
    query: Query | list[Query] | None = None
    changes: bool = False
    options: list[dict[str, Any]] = []
    cancel: bool = False
    resume: int | None = None
    seq: int | None = None


class TablesAnswer(msgspec.Struct, omit_defaults=True):
    """One answer. ``changed`` is false when a set changed nothing. ``seq`` is there for feeds and counts up by one.
    ``reset`` marks a fresh snapshot in place of missed events. With each snapshot of a feed come the fields of the
    table's primary ``key`` and the ``order`` of its rows (``-`` descends), so that a client need not know the table."""

    id: int
    result: Any = None
    error: ErrorBody | None = None
    changed: bool = True
    seq: int | None = None
    reset: bool = False
    key: list[str] | None = None
    order: list[str] | None = None


class Change(msgspec.Struct, omit_defaults=True):
    """One event of a feed. ``new`` holds the fields asked for; ``old`` of a delete the key and the filter fields."""

    id: int
    seq: int
    action: ChangeAction
    new: Row | None = None
    old: Row | None = None


class QueryRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``POST /api/query``."""

    query: Query | list[Query]
    options: list[dict[str, Any]] = []


class QueryAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer of ``POST /api/query``."""

    result: Any
    changed: bool = True


class ProjectStatus(StrEnum):
    """Where a project is in its life; ``projects.state.status``."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    FAILED = "failed"


class ProjectState(msgspec.Struct, frozen=True, omit_defaults=True):
    """``projects.state``. ``step`` is a short phrase for people ("starting the sandbox"); ``message`` says why a
    start failed and what to do, or why it was stopped when nobody asked for it; ``log`` holds the last lines of what
    failed. ``stops_at`` is when a project that nobody uses will stop. Times are ISO 8601."""

    status: ProjectStatus
    step: str | None = None
    message: str | None = None
    log: str | None = None
    at: str | None = None
    stops_at: str | None = None


class ProjectAction(StrEnum):
    """``projects.action_request.action``."""

    START = "start"
    STOP = "stop"
    RESTART = "restart"


class ActionRequest(msgspec.Struct, frozen=True):
    """``projects.action_request``: a collaborator's wish; the hub that sees it acts. ``at`` is an ISO 8601 time."""

    action: ProjectAction
    at: str
