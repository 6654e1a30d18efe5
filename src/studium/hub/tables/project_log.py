"""``project_log``: what has happened in the projects that one is in. Nobody writes it by a query: rows about people and
projects are written with the change itself, rows about files come from the project server (``hub/activity.py``)."""

import time
from pathlib import Path
from typing import Any
from uuid import UUID

from studium.hub.database import Connection, Statements
from studium.hub.tables.schema import Field, Kind, Scope, Table
from studium.protocol.activity import LogEvent, kind_of
from studium.protocol.ids import time_ordered_id

_SQL = Statements(Path(__file__).with_name("project_log.sql"))


async def log(
    connection: Connection, project_id: UUID, account_id: UUID | None, event: LogEvent, /, **detail: Any
) -> None:
    """Write what happens in the transaction of ``connection``; ``account_id`` did it, or nobody."""
    log_id = time_ordered_id(time.time())
    await connection.execute(_SQL["log"], project_id, log_id, account_id, str(kind_of(event)), str(event), detail)


async def name_of(connection: Connection, account_id: UUID | None) -> str:
    """What somebody is called now; empty for nobody."""
    return str(await connection.fetchval(_SQL["name_of"], account_id) or "")


PROJECT_LOG = Table(
    name="project_log",
    subject="an entry of the log",
    description="What has happened in the projects that one is in, for a year, and the last 100,000 entries of each.",
    scope=Scope.PROJECT,
    key=("project_id", "log_id"),
    fields={
        "project_id": Field(Kind.ID, "The project."),
        "log_id": Field(Kind.ID, "The entry; made from the time, so ids sort by it."),
        "account_id": Field(Kind.ID, "Who did it, while that account exists; null for what nobody did.", nullable=True),
        "name": Field(Kind.TEXT, "What that person was called then.", nullable=True),
        "happened_at": Field(Kind.TIME, "When it happened; of an edit, when it began."),
        "kind": Field(Kind.TEXT, "files, people, project or runs."),
        "event": Field(Kind.TEXT, "What happened, such as file_edited, person_added or project_failed."),
        "path": Field(Kind.TEXT, "The file, for what happened to one.", nullable=True),
        "detail": Field(Kind.JSON, "More about it: to, until, title, before, role, person, message."),
    },
    order=("-log_id",),
    limit=100,
    throttle_seconds=1.0,
)
