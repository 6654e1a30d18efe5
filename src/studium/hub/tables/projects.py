"""``projects``: those that one is in. A set without an id makes one, whose owner is its maker.

An owner deletes one by setting ``deleted_at`` and has ``KEPT_DAYS`` to set it to null again; until then it is stopped
and does not start. An archived one is read and not changed. A copy is made when it first starts, which is at once.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec

from studium.hub.database import Connection
from studium.hub.tables.accounts import COLOURS
from studium.hub.tables.project_idle import IDLE_MINUTES, check_idle_minutes
from studium.hub.tables.project_log import log
from studium.hub.tables.requester import Requester, not_permitted
from studium.hub.tables.rights import STATEMENTS, project_refused
from studium.hub.tables.schema import EDITORS, NOBODY_SETS, Field, Kind, Scope, Table, Who, Write
from studium.hub.tables.values import between, format_time, text
from studium.protocol.activity import LogEvent
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.tables import ActionRequest, ProjectAction

TITLE_CHARACTERS = 200
DESCRIPTION_CHARACTERS = 5000
PROJECTS_OF_ONE_ACCOUNT = 10_000
PROJECTS_IN_AN_HOUR = 500  # a script that makes one for each student of a course has room
TAGS = 20
TAG_CHARACTERS = 40
KEPT_DAYS = 30
"""How long a deleted project can be brought back; ``purge.sql`` says the same."""

_IN_PROJECT = EDITORS | {Who.VIEWER}
_OWNERS = frozenset({Who.OWNER})
_EDITS = frozenset({"title", "description", "tags", "colour"})


def _action_request(value: Any) -> Any:
    """``{"action": "start"}``; the time is added when it is not given, so that a wish repeated is a new one."""
    if isinstance(value, dict):
        value = {"at": format_time(datetime.now(UTC)), **value}
    try:
        request = msgspec.convert(value, ActionRequest)
        datetime.fromisoformat(request.at)
    except (msgspec.ValidationError, ValueError):
        actions = ", ".join(ProjectAction)
        raise ValueError(f"must be an object such as {{“action”: “start”}}; the actions are {actions}") from None
    return {"action": str(request.action), "at": request.at}


_tag = text(1, TAG_CHARACTERS)


def _tags(value: Any) -> Any:
    """A list of words, each once, in their order."""
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise ValueError("must be a list of words such as [“course”, “winter term”]")
    tags = list(dict.fromkeys(_tag(tag) for tag in value))
    if len(tags) > TAGS:
        raise ValueError(f"must not have more than {TAGS} tags; there are {len(tags)}")
    return tags


def _wish(action: ProjectAction) -> dict[str, str]:
    return {"action": str(action), "at": format_time(datetime.now(UTC))}


async def _complete(connection: Connection, requester: Requester, values: dict[str, Any]) -> dict[str, Any]:
    return values if values.get("project_id") is not None else {**values, "project_id": uuid4()}


async def _before_change(write: Write) -> None:
    if write.old is None:
        if "title" not in write.values:
            raise StudiumError(
                ErrorCode.INVALID_VALUE, "A new project needs a title: set projects.title.", field="title"
            )
        await _check_count(write)
        if write.values.get("idle_minutes") is not None:
            await check_idle_minutes(write)
        write.values["created_by"] = write.requester.account_id
        if write.values.get("copied_from") is not None:
            await _check_source(write)
            write.values["action_request"] = _wish(ProjectAction.START)
        return
    _check_phase(write, write.old)
    wish = write.values.get("action_request") or {}
    if write.who == {Who.VIEWER} and wish.get("action") != ProjectAction.START:
        # To read a project it must run; whether others may go on with it is not for viewers to say.
        raise not_permitted("You may start this project, not stop it: owners and collaborators may.")
    if write.values.get("idle_minutes") is not None:
        await check_idle_minutes(write)
    if write.values.keys() & _EDITS:
        write.values["last_edited_at"] = datetime.now(UTC)
    if write.values.get("deleted_at") is not None:
        write.values["deleted_at"] = write.old["deleted_at"] or datetime.now(UTC)
    if write.values.get("deleted_at") is not None or write.values.get("archived"):
        write.values["action_request"] = _wish(ProjectAction.STOP)


def _check_phase(write: Write, old: dict[str, Any]) -> None:
    """A deleted project can only be brought back, an archived one not be edited."""
    if old["deleted_at"] is not None and "deleted_at" not in write.values:
        raise StudiumError(
            ErrorCode.CONFLICT,
            "This project was deleted. One of its owners can restore it; then it can be changed.",
            project_id=str(write.key["project_id"]),
        )
    if old["deleted_at"] is not None and old["deleted_at"] < datetime.now(UTC) - timedelta(days=KEPT_DAYS):
        raise StudiumError(
            ErrorCode.CONFLICT,
            f"This project was deleted more than {KEPT_DAYS} days ago; it is being removed and cannot be restored.",
            project_id=str(write.key["project_id"]),
        )
    if old["archived"] and write.values.get("archived", True) and write.values.keys() & _EDITS:
        raise StudiumError(
            ErrorCode.CONFLICT,
            "This project is archived, so nothing in it changes. One of its owners can take it out of the archive.",
            project_id=str(write.key["project_id"]),
        )


async def _check_source(write: Write) -> None:
    """Whoever may read a project may copy it."""
    source = write.values["copied_from"]
    readable = write.requester.administrator or await write.connection.fetchval(
        STATEMENTS["is_in_project"], source, write.requester.account_id
    )
    if not readable or not await write.connection.fetchval(STATEMENTS["can_be_copied"], source):
        raise project_refused(source)


async def _check_count(write: Write) -> None:
    counted = await write.connection.fetchrow(STATEMENTS["projects_made_by"], write.requester.account_id)
    assert counted is not None
    if counted["made"] >= PROJECTS_OF_ONE_ACCOUNT:
        raise StudiumError(
            ErrorCode.TOO_LARGE,
            f"You have made {counted['made']} projects, which is the most that one account may make.",
        )
    if counted["in_an_hour"] >= PROJECTS_IN_AN_HOUR:
        raise StudiumError(
            ErrorCode.RATE_LIMITED,
            f"You have made {counted['in_an_hour']} projects within an hour, which is the most. Make more later.",
            retry_after=600,
        )


async def _on_change(write: Write) -> None:
    if write.old is None:
        await write.connection.execute(STATEMENTS["add_owner"], write.key["project_id"], write.requester.account_id)
    for event, detail in _events(write):
        await log(write.connection, write.key["project_id"], write.requester.account_id, event, **detail)


def _events(write: Write) -> Iterator[tuple[LogEvent, dict[str, Any]]]:
    """What the log says of a change."""
    new, old = write.values, write.old
    if old is None:
        yield LogEvent.PROJECT_CREATED, {"title": new["title"]}
        return
    if "title" in new:
        yield LogEvent.TITLE_CHANGED, {"title": new["title"], "before": old["title"]}
    if "description" in new:
        yield LogEvent.DESCRIPTION_CHANGED, {}
    if "deleted_at" in new:
        yield LogEvent.PROJECT_RESTORED if new["deleted_at"] is None else LogEvent.PROJECT_DELETED, {}
        return
    if "archived" in new:
        yield LogEvent.PROJECT_ARCHIVED if new["archived"] else LogEvent.PROJECT_UNARCHIVED, {}
        return
    wish = (new.get("action_request") or {}).get("action")
    if wish is not None:
        yield LogEvent(f"{wish}_requested"), {}


PROJECTS = Table(
    name="projects",
    subject="a project",
    description="The projects that one is in. A set without project_id makes one and makes its maker the owner.",
    scope=Scope.PROJECT,
    key=("project_id",),
    computed=True,
    serialised=True,
    fields={
        "project_id": Field(Kind.ID, "The project."),
        "title": Field(Kind.TEXT, "1–200 characters.", sets=EDITORS, check=text(1, TITLE_CHARACTERS)),
        "description": Field(
            Kind.TEXT, "At most 5000.", sets=EDITORS, check=text(0, DESCRIPTION_CHARACTERS, lines=True)
        ),
        "state": Field(Kind.JSON, "Where it is in its life: status, step, message.", default={"status": "stopped"}),
        "action_request": Field(
            Kind.JSON,
            "What somebody wishes: start, stop, restart. Viewers may start.",
            sets=_IN_PROJECT,
            nullable=True,
            check=_action_request,
        ),
        "archived": Field(Kind.BOOLEAN, "Whether it is put away: read by all in it, changed by nobody.", sets=_OWNERS),
        "deleted_at": Field(
            Kind.TIME,
            f"When it was deleted: set any time to delete it, null to restore it within {KEPT_DAYS} days.",
            sets=_OWNERS,
            gives=NOBODY_SETS,
            nullable=True,
        ),
        "tags": Field(Kind.JSON, f"At most {TAGS} words to find it by.", sets=EDITORS, default=[], check=_tags),
        "colour": Field(
            Kind.INTEGER,
            "To tell it apart by, 0–11.",
            sets=EDITORS,
            nullable=True,
            check=between(0, COLOURS - 1),
        ),
        "copied_from": Field(Kind.ID, "The project whose files it began with.", gives=_OWNERS, nullable=True),
        "created_at": Field(Kind.TIME, "When it was made."),
        "last_edited_at": Field(Kind.TIME, "When anything in it was last changed."),
        "created_by": Field(Kind.ID, "Who made it, while that account exists.", nullable=True),
        "idle_minutes": IDLE_MINUTES,
    },
    creates=frozenset({Who.OWNER}),
    complete=_complete,
    before_change=_before_change,
    on_change=_on_change,
    order=("-last_edited_at",),
)
