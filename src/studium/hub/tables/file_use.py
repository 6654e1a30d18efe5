"""``file_use``: who last read and edited each file. A person sets their own entry and no other's; times merge into what
is there and never go back."""

from datetime import UTC, datetime, timedelta
from typing import Any

from studium.hub.tables.notifications import mark_file_read
from studium.hub.tables.requester import not_permitted
from studium.hub.tables.schema import EDITORS, Field, Kind, Scope, Table, Who, Write
from studium.hub.tables.values import an_object, format_time
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.paths import clean_path

PATH_BYTES = 2000
"""Of a file that is remembered: what an index of the database takes."""
FILES = 50_000  # of one project; those that nobody uses for a year make room
PEOPLE = 300  # of one file; past it, who used it longest ago is forgotten
ACTS = frozenset({"read", "edit"})
SKEW = timedelta(minutes=1)
"""How far a browser's clock may be ahead."""
_IN_PROJECT = EDITORS | {Who.VIEWER}
_COUNT = "SELECT count(*) FROM file_use WHERE project_id = $1"


def _path(value: str) -> str:
    try:
        clean_path(value)
    except StudiumError as error:
        raise ValueError(f"must be the path of a file: {error.message}") from None
    if not value:
        raise ValueError("must be the path of a file, not of the home folder")
    if len(value.encode()) > PATH_BYTES:
        raise ValueError(f"must not be longer than {PATH_BYTES} bytes")
    return value


def _times(value: Any) -> Any:
    """The given entry with its times as the server writes them."""
    latest = datetime.now(UTC) + SKEW
    checked: dict[str, dict[str, str]] = {}
    for account_id, acts in an_object(value).items():
        if not isinstance(acts, dict) or not acts or not ACTS.issuperset(acts):
            raise ValueError("must hold for the account an object such as {“read”: time}; read and edit are known")
        for act, at in acts.items():
            checked.setdefault(account_id, {})[act] = _time(at, latest)
    return checked


def _time(value: Any, latest: datetime) -> str:
    try:
        parsed = datetime.fromisoformat(value)
        if parsed.tzinfo is None:
            raise ValueError("no zone")
        parsed = parsed.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("must hold times such as 2026-11-21T09:00:00Z") from None
    if parsed > latest:
        raise ValueError("must not hold a time in the future; check this machine's clock")
    return format_time(parsed)


async def _before_change(write: Write) -> None:
    if write.old is None and await write.connection.fetchval(_COUNT, write.key["project_id"]) >= FILES:
        raise StudiumError(
            ErrorCode.TOO_LARGE, f"This project remembers who used {FILES} files, which is the most.", files=FILES
        )
    own = str(write.requester.account_id)
    old: dict[str, Any] = (write.old or {}).get("users") or {}
    new: dict[str, Any] = write.values.get("users") or {}
    if (
        any(new[account_id] != old.get(account_id) for account_id in new if account_id != own)
        or old.keys() - new.keys()
    ):
        raise not_permitted("You may set your own entry of file_use.users, not that of another.", table="file_use")
    entry = new.get(own, {})
    if "edit" in entry and entry["edit"] != old.get(own, {}).get("edit") and not write.who & EDITORS:
        raise not_permitted("You may not edit this project: owners and collaborators may.", table="file_use")
    for act, at in old.get(own, {}).items():  # another browser of the same person may have been quicker
        entry[act] = max(at, entry.get(act, at))
    if len(new) > PEOPLE:
        stays = sorted((one for one in new if one != own), key=lambda one: max(new[one].values()))[1 - PEOPLE :]
        write.values["users"] = {one: new[one] for one in (*stays, own)}
    edited = entry.get("edit")
    if edited is not None and edited != old.get(own, {}).get("edit"):
        before = (write.old or {}).get("last_edited")
        at = datetime.fromisoformat(edited)
        write.values["last_edited"] = at if before is None else max(at, before)


async def _on_change(write: Write) -> None:
    own = write.requester.account_id
    read = (write.values.get("users") or {}).get(str(own), {}).get("read")
    if own is not None and read is not None:
        await mark_file_read(write.connection, own, write.key["project_id"], write.key["path"], read)


FILE_USE = Table(
    name="file_use",
    subject="the use of a file",
    description="Who last read and edited each file of the projects that one is in.",
    scope=Scope.PROJECT,
    key=("project_id", "path"),
    fields={
        "project_id": Field(Kind.ID, "The project."),
        "path": Field(Kind.TEXT, f"The file, at most {PATH_BYTES} bytes.", check=_path),
        "users": Field(
            Kind.JSON,
            "{account_id: {“read”: time, “edit”: time}}; one sets one's own entry, and times never go back.",
            sets=_IN_PROJECT,
            check=_times,
        ),
        "last_edited": Field(Kind.TIME, "When somebody last edited it.", nullable=True),
    },
    creates=_IN_PROJECT,
    before_change=_before_change,
    on_change=_on_change,
    order=("-last_edited",),
    throttle_seconds=2.0,
)
