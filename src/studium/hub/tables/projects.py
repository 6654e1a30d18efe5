"""``projects``: those that one is in. A set without an id makes one, whose owner is its maker."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec

from studium.hub.database import Connection
from studium.hub.tables.project_log import log
from studium.hub.tables.requester import Requester, not_permitted
from studium.hub.tables.rights import STATEMENTS
from studium.hub.tables.schema import EDITORS, Field, Kind, Scope, Table, Who, Write
from studium.hub.tables.values import format_time, text
from studium.protocol.activity import LogEvent
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.tables import ActionRequest, ProjectAction

TITLE_CHARACTERS = 200
DESCRIPTION_CHARACTERS = 5000
PROJECTS_OF_ONE_ACCOUNT = 10_000
PROJECTS_IN_AN_HOUR = 500  # a script that makes one for each student of a course has room
_IN_PROJECT = EDITORS | {Who.VIEWER}


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


async def _complete(connection: Connection, requester: Requester, values: dict[str, Any]) -> dict[str, Any]:
    return values if values.get("project_id") is not None else {**values, "project_id": uuid4()}


async def _before_change(write: Write) -> None:
    if write.old is None:
        if "title" not in write.values:
            raise StudiumError(
                ErrorCode.INVALID_VALUE, "A new project needs a title: set projects.title.", field="title"
            )
        await _check_count(write)
        write.values["created_by"] = write.requester.account_id
        return
    wish = write.values.get("action_request") or {}
    if write.who == {Who.VIEWER} and wish.get("action") != ProjectAction.START:
        # To read a project it must run; whether others may go on with it is not for viewers to say.
        raise not_permitted("You may start this project, not stop it: owners and collaborators may.")
    if write.values.keys() & {"title", "description"}:
        write.values["last_edited_at"] = datetime.now(UTC)


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
        "created_at": Field(Kind.TIME, "When it was made."),
        "last_edited_at": Field(Kind.TIME, "When anything in it was last changed."),
        "created_by": Field(Kind.ID, "Who made it, while that account exists.", nullable=True),
    },
    creates=frozenset({Who.OWNER}),
    complete=_complete,
    before_change=_before_change,
    on_change=_on_change,
    order=("-last_edited_at",),
)
