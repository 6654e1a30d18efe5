"""What has happened in projects: the names in the tables ``project_log`` and ``notifications``, and how a project
server reports to a hub what people did to files (``POST /activity``, which no browser reaches)."""

from enum import StrEnum
from uuid import UUID

import msgspec

from studium.protocol.ids import AccountId, LogId


class LogKind(StrEnum):
    """What an event is about; ``project_log.kind``."""

    FILES = "files"
    PEOPLE = "people"
    PROJECT = "project"
    RUNS = "runs"


class LogEvent(StrEnum):
    """What happened; ``project_log.event``. ``document_run`` and ``document_built`` wait for what runs and builds;
    ``notice`` is in no log: it is a word to one person."""

    FILE_OPENED = "file_opened"
    FILE_EDITED = "file_edited"
    FILE_CREATED = "file_created"
    FILE_UPLOADED = "file_uploaded"
    FILE_RENAMED = "file_renamed"
    FILE_DELETED = "file_deleted"
    FILE_RESTORED = "file_restored"
    PERSON_ADDED = "person_added"
    ROLE_CHANGED = "role_changed"
    PERSON_JOINED = "person_joined"
    PERSON_LEFT = "person_left"
    PERSON_REMOVED = "person_removed"
    PROJECT_CREATED = "project_created"
    TITLE_CHANGED = "title_changed"
    DESCRIPTION_CHANGED = "description_changed"
    PROJECT_ARCHIVED = "project_archived"
    PROJECT_UNARCHIVED = "project_unarchived"
    PROJECT_DELETED = "project_deleted"
    PROJECT_RESTORED = "project_restored"
    START_REQUESTED = "start_requested"
    STOP_REQUESTED = "stop_requested"
    RESTART_REQUESTED = "restart_requested"
    PROJECT_STARTED = "project_started"
    PROJECT_STOPPED = "project_stopped"
    PROJECT_FAILED = "project_failed"
    DOCUMENT_RUN = "document_run"
    DOCUMENT_BUILT = "document_built"
    NOTICE = "notice"


def kind_of(event: LogEvent) -> LogKind:
    """What an event is about."""
    if event.startswith("file_"):
        return LogKind.FILES
    if event.startswith(("document_", "notice")):
        return LogKind.RUNS
    return LogKind.PEOPLE if event.startswith(("person_", "role_")) else LogKind.PROJECT


MAX_NOTICE = 500
"""Characters of a notice."""


class NotificationKind(StrEnum):
    """What somebody is told of; ``notifications.kind``. ``notice``: what a program of theirs wanted them to know.
    ``mentioned`` waits for chats."""

    FILE_EDITED = "file_edited"
    ADDED_TO_PROJECT = "added_to_project"
    ROLE_CHANGED = "role_changed"
    MENTIONED = "mentioned"
    NOTICE = "notice"


class FileReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that a person did to a file. Times are Unix seconds. An edit goes on ``until`` and is reported again
    under the same id while it does, ``ended`` at the end; ``to`` is the new path of what was renamed, ``text`` what a
    notice says to the person."""

    log_id: LogId
    event: LogEvent
    account_id: AccountId
    path: str
    at: float
    until: float
    ended: bool = True
    to: str | None = None
    text: str | None = None


class TakeReports(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /activity``: the batch ``taken`` is in the database; send the next, and ``wait`` until there is one."""

    taken: UUID | None = None
    wait: bool = True


class ReportBatch(msgspec.Struct, frozen=True):
    """The answer: reports that are sent again until their batch is named as taken."""

    batch: UUID
    reports: list[FileReport]
