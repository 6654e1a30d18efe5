"""``notifications``: what one is told of. The hub writes them, one row a thing, so that ten edits of a file are one;
one marks them as read, and the newest ``KEPT`` of an account are kept.

Who is told of an edit is decided in ``hub/activity.py``; reading the file marks it as read (``file_use``).
"""

from pathlib import Path
from typing import Any
from uuid import UUID

from studium.hub.database import Connection, Statements
from studium.hub.tables.schema import Field, Kind, Scope, Table, Who
from studium.protocol.activity import NotificationKind

_SQL = Statements(Path(__file__).with_name("notifications.sql"))
KEPT = 200  # of one account: who has more does not read them
_OWN = frozenset({Who.SELF})


async def notify(
    connection: Connection,
    account_id: UUID,
    project_id: UUID,
    kind: NotificationKind,
    by_account_id: UUID | None,
    /,
    **detail: Any,
) -> None:
    """Tell somebody in a project of something, in the transaction of ``connection``; not of what they did themselves,
    nor of a project that they muted."""
    if account_id == by_account_id:
        return
    await connection.execute(_SQL["notify"], account_id, project_id, str(kind), by_account_id, detail)
    await connection.execute(_SQL["keep_newest"], [account_id], KEPT)


async def notify_of_edit(
    connection: Connection, project_id: UUID, path: str, by_account_id: UUID, edited_at: float, read_before: float
) -> None:
    """Tell those of an edit who have read the file before, last before ``read_before`` (Unix seconds)."""
    told = await connection.fetch(
        _SQL["notify_of_edit"],
        project_id,
        path,
        by_account_id,
        edited_at,
        read_before,
        str(NotificationKind.FILE_EDITED),
    )
    if told:
        await connection.execute(_SQL["keep_newest"], [row["account_id"] for row in told], KEPT)


async def tell_notice(
    connection: Connection, account_id: UUID, project_id: UUID, path: str, text: str, happened_at: float
) -> None:
    """Tell somebody what a program in the file at ``path`` wanted them to know (at ``happened_at``, in Unix seconds); a
    newer notice takes the place of the one before."""
    kind = str(NotificationKind.NOTICE)
    await connection.execute(_SQL["tell_notice"], account_id, project_id, path, kind, text, happened_at)
    await connection.execute(_SQL["keep_newest"], [account_id], KEPT)


async def mark_file_read(connection: Connection, account_id: UUID, project_id: UUID, path: str, read_at: str) -> None:
    """Somebody has seen what the file was at ``read_at``."""
    await connection.execute(_SQL["mark_file_read"], account_id, project_id, path, read_at)


async def mark_project_read(connection: Connection, account_id: UUID, project_id: UUID) -> None:
    """Somebody does not want to hear of a project any more."""
    await connection.execute(_SQL["mark_project_read"], account_id, project_id)


NOTIFICATIONS = Table(
    name="notifications",
    subject="a notification",
    description=f"What one is told of: the newest {KEPT}. A set of read_at marks one as read, null as unread.",
    scope=Scope.ACCOUNT,
    key=("account_id", "notification_id"),
    fields={
        "account_id": Field(Kind.ID, "Who is told."),
        "notification_id": Field(Kind.ID, "The notification."),
        "project_id": Field(Kind.ID, "In which project it happened."),
        "kind": Field(Kind.TEXT, "file_edited, added_to_project, role_changed or notice."),
        "path": Field(Kind.TEXT, "The file; empty when it is about none."),
        "by_account_id": Field(Kind.ID, "Who did it last.", nullable=True),
        "detail": Field(Kind.JSON, "name: of who did it; title: of the project; role: the new one; text: of a notice."),
        "happened_at": Field(Kind.TIME, "When it happened last."),
        "read_at": Field(Kind.TIME, "When it was read; null while it is not.", sets=_OWN, nullable=True),
    },
    deletes=_OWN,
    order=("-happened_at",),
)
