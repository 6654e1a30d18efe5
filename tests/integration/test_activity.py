"""What people do in projects reaches the log, the time of the last edit, and those who are to be told."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from studium.hub.activity import KEPT_ENTRIES, Activity, delete_beyond, write_reports
from studium.hub.database import ChangeStream, Database, RowChange
from studium.hub.tables import Requester, Tables
from studium.hub.tables.notifications import KEPT
from studium.protocol.activity import FileReport, LogEvent
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId, LogId, ProjectId, time_ordered_id
from support.people import add_account, add_collaborator, add_project


class World:
    """Ada's project, in which Bob collaborates and Eve reads; reports come as a project server sends them."""

    def __init__(self, database: Database, ada: Requester, bob: Requester, eve: Requester, project: str) -> None:
        self.database = database
        self.tables = Tables(database)
        self.ada, self.bob, self.eve = ada, bob, eve
        self.project = project
        self.project_id = ProjectId(UUID(project))

    async def use(self, who: Requester, path: str, act: str = "read", at: str = "{now}") -> Any:
        users = {str(who.account_id): {act: at}}
        return await self.tables.query(who, {"file_use": {"project_id": self.project, "path": path, "users": users}})

    def edit(self, who: Requester, path: str, at: float | None = None, **fields: Any) -> FileReport:
        return self.report(LogEvent.FILE_EDITED, who, path, at, **fields)

    def report(self, event: LogEvent, who: Requester, path: str, at: float | None = None, **fields: Any) -> FileReport:
        assert who.account_id is not None
        now = time.time() if at is None else at
        return FileReport(LogId(time_ordered_id(now)), event, who.account_id, path, now, **{"until": now, **fields})

    async def write(self, *reports: FileReport) -> None:
        await write_reports(self.database, self.project_id, reports)

    async def unread(self, who: Requester) -> list[str]:
        query = {"notifications": [{"account_id": "{account_id}", "kind": None, "path": None, "read_at": None}]}
        rows = (await self.tables.query(who, query)).result["notifications"]
        return sorted(row["path"] or row["kind"] for row in rows if row["read_at"] is None)

    async def log(self, **filters: Any) -> list[dict[str, Any]]:
        pattern = {"project_id": self.project, "event": None, "name": None, "path": None, "detail": None, **filters}
        rows = (await self.tables.query(self.eve, {"project_log": [pattern]})).result["project_log"]
        return list(rows)


@pytest.fixture
async def world(database: Database) -> World:
    ada, bob, eve = [await add_account(database, name) for name in ("Ada", "Bob", "Eve")]
    tables = Tables(database)
    project = await add_project(tables, ada, "Algebra")
    await add_collaborator(tables, ada, project, bob.account_id)
    await add_collaborator(tables, ada, project, eve.account_id, "viewer")
    return World(database, ada, bob, eve, project)


async def test_the_log_tells_of_people_titles_and_wishes(world: World) -> None:
    tables, key = world.tables, {"project_id": world.project}
    await tables.query(world.bob, {"projects": {**key, "title": "Geometry"}})
    await tables.query(world.bob, {"projects": {**key, "title": "Geometry"}})  # changes nothing, so nothing happened
    await tables.query(world.eve, {"projects": {**key, "action_request": {"action": "start"}}})
    bob = {**key, "account_id": str(world.bob.account_id)}
    await tables.query(world.ada, {"collaborators": {**bob, "role": "viewer"}})
    await tables.query(world.ada, {"collaborators": bob}, [{"delete": True}])
    told = [(row["event"], row["name"], row["detail"].get("person")) for row in await world.log()]
    assert told == [
        ("person_removed", "Ada Tester", "Bob Tester"),
        ("role_changed", "Ada Tester", "Bob Tester"),
        ("start_requested", "Eve Tester", None),
        ("title_changed", "Bob Tester", None),
        ("person_added", "Ada Tester", "Eve Tester"),
        ("person_added", "Ada Tester", "Bob Tester"),
        ("project_created", "Ada Tester", None),
    ]
    (title,) = await world.log(event="title_changed")
    assert (title["detail"]["before"], title["detail"]["title"]) == ("Algebra", "Geometry")


async def test_being_added_and_a_new_role_are_told_to_whom_they_happen(world: World) -> None:
    assert await world.unread(world.bob) == ["added_to_project"]
    key = {"project_id": world.project, "account_id": str(world.bob.account_id)}
    await world.tables.query(world.ada, {"collaborators": {**key, "role": "owner"}})
    assert await world.unread(world.bob) == ["added_to_project", "role_changed"]
    assert await world.unread(world.ada) == []
    await world.tables.query(world.bob, {"collaborators": {**key, "role": "viewer"}})  # nobody is told what they did
    assert len(await world.unread(world.bob)) == 2
    await world.tables.query(world.bob, {"collaborators": key}, [{"delete": True}])
    assert await world.unread(world.bob) == [], "who left hears of it no more, nor keeps the names of its files"


async def test_an_edit_is_told_to_those_who_have_read_the_file(world: World) -> None:
    await world.use(world.ada, "notes.md")
    await world.use(world.bob, "notes.md")
    report = world.edit(world.bob, "notes.md")
    await world.write(report)
    await world.write(report)  # sent again: the same
    assert await world.unread(world.ada) == ["notes.md"]
    assert await world.unread(world.bob) == ["added_to_project"], "nobody is told what they did themselves"
    assert await world.unread(world.eve) == ["added_to_project"], "who never opened the file is not told"
    assert len(await world.log(event="file_edited")) == 1
    await world.use(world.ada, "notes.md")
    assert await world.unread(world.ada) == []
    await world.write(report)
    assert await world.unread(world.ada) == [], "what was seen is not told again"
    await world.write(world.edit(world.bob, "notes.md"))
    assert await world.unread(world.ada) == ["notes.md"]


async def test_who_is_looking_is_told_only_when_they_looked_away(world: World) -> None:
    now = time.time()
    await world.use(world.ada, "notes.md")
    burst = world.edit(world.bob, "notes.md", until=now + 5, ended=False)
    await world.write(burst)
    assert await world.unread(world.ada) == [], "she read it a moment ago, and may be looking still"
    ended = world.edit(world.bob, "notes.md", at=now, until=now + 5)
    await world.write(ended)
    assert await world.unread(world.ada) == ["notes.md"], "by the end she has not looked again"


async def test_a_muted_project_tells_nothing(world: World) -> None:
    await world.use(world.ada, "notes.md")
    await world.write(world.edit(world.bob, "notes.md"))
    await world.tables.query(world.ada, {"project_marks": {"project_id": world.project, "muted": True}})
    assert await world.unread(world.ada) == []
    await world.write(world.edit(world.bob, "notes.md", time.time() + 1))
    assert await world.unread(world.ada) == []


async def test_a_notice_is_told_to_one_person_and_is_in_no_log(world: World) -> None:
    async def texts(who: Requester) -> list[str]:
        pattern = {"account_id": "{account_id}", "kind": "notice", "detail": None, "read_at": None}
        rows = (await world.tables.query(who, {"notifications": [pattern]})).result["notifications"]
        return [row["detail"]["text"] for row in rows if row["read_at"] is None]

    now = time.time()
    first = world.report(LogEvent.NOTICE, world.bob, "t.term", now - 2, text="It is built")
    later = world.report(LogEvent.NOTICE, world.bob, "t.term", now - 1, text="It is tested")
    await world.write(first)
    assert (await texts(world.bob), await texts(world.ada)) == (["It is built"], [])
    await world.write(first, later)  # the first one is sent again
    await world.write(first)
    assert await texts(world.bob) == ["It is tested"]
    await world.use(world.bob, "t.term")
    assert await texts(world.bob) == [], "who looks at the terminal has seen it"
    await world.write(later)
    assert await texts(world.bob) == []
    await world.write(world.report(LogEvent.NOTICE, world.bob, "t.term", text="x" * 10_000))
    assert await texts(world.bob) == ["x" * 500]
    assert await world.log(event="notice") == []


async def test_the_last_edit_of_a_project_follows_its_files(world: World) -> None:
    async def last() -> Any:
        return await world.database.fetchval("SELECT extract(epoch FROM last_edited_at) FROM projects")

    await world.database.execute("UPDATE projects SET last_edited_at = now() - interval '1 day'")
    before = await last()
    await world.write(world.report(LogEvent.FILE_OPENED, world.eve, "notes.md"))
    assert await last() == before, "to look is not to edit"
    now = time.time() - 100
    await world.write(world.edit(world.bob, "notes.md", now))
    assert float(await last()) == pytest.approx(now, abs=0.001)
    await world.write(world.edit(world.bob, "notes.md", now - 50), world.edit(world.bob, "late.md", 2.0**33 - 1))
    assert float(await last()) < time.time() + 1, "a clock that runs ahead does not lead to the future"
    assert len(await world.log(event="file_edited")) == 3


async def test_use_and_notifications_follow_a_rename(world: World) -> None:
    await world.use(world.ada, "old/notes.md")
    await world.use(world.ada, "older.md")
    await world.write(world.edit(world.bob, "old/notes.md"))
    rename = world.report(LogEvent.FILE_RENAMED, world.bob, "old", to="new")
    await world.write(rename)
    assert await world.unread(world.ada) == ["new/notes.md"]
    await world.use(world.ada, "old/notes.md")
    await world.write(rename)  # sent again, when something else has the old name
    paths = await world.database.fetch("SELECT path FROM file_use ORDER BY path")
    assert [row["path"] for row in paths] == ["new/notes.md", "old/notes.md", "older.md"]
    await world.use(world.ada, "new/notes.md")
    await world.write(world.edit(world.bob, "new/notes.md", time.time() + 1))
    assert await world.unread(world.ada) == ["new/notes.md"]
    await world.write(world.report(LogEvent.FILE_DELETED, world.bob, "new"))
    assert await world.unread(world.ada) == []


async def test_times_of_a_file_merge_and_never_go_back(world: World) -> None:
    async def users() -> Any:
        row = (await world.tables.query(world.eve, {"file_use": {**key, "users": None}})).result["file_use"]
        return row["users"][str(world.ada.account_id)]

    key = {"project_id": world.project, "path": "a.md"}
    await world.use(world.ada, "a.md", "edit", "2026-01-01T00:00:00Z")
    await world.use(world.ada, "a.md", "read", "2026-01-02T00:00:00Z")
    assert await users() == {"edit": "2026-01-01T00:00:00.000000Z", "read": "2026-01-02T00:00:00.000000Z"}
    await world.use(world.ada, "a.md", "read", "2026-01-01T12:00:00Z")
    assert (await users())["read"] == "2026-01-02T00:00:00.000000Z"
    row = (await world.tables.query(world.eve, {"file_use": {**key, "last_edited": None}})).result["file_use"]
    assert row["last_edited"] == "2026-01-01T00:00:00.000000Z"


@pytest.mark.parametrize(
    ("path", "users"),
    [
        ("../etc/passwd", {"read": "{now}"}),
        ("/etc/passwd", {"read": "{now}"}),
        ("", {"read": "{now}"}),
        ("a" * 256, {"read": "{now}"}),
        ("/".join(["a" * 200] * 11), {"read": "{now}"}),
        ("a.md", {"read": "2999-01-01T00:00:00Z"}),
        ("a.md", {"read": "yesterday"}),
        ("a.md", {"read": "2026-01-01T00:00:00"}),
        ("a.md", {"read": 7}),
        ("a.md", {"sung": "{now}"}),
        ("a.md", {}),
        ("a.md", "read"),
    ],
)
async def test_a_use_that_cannot_be_is_refused(world: World, path: str, users: Any) -> None:
    with pytest.raises(StudiumError) as caught:
        await world.tables.query(
            world.ada,
            {"file_use": {"project_id": world.project, "path": path, "users": {str(world.ada.account_id): users}}},
        )
    assert caught.value.code is ErrorCode.INVALID_VALUE
    assert "file_use." in caught.value.message


async def test_a_project_remembers_so_many_files(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studium.hub.tables.file_use.FILES", 2)
    for path in ("a.md", "b.md"):
        await world.use(world.ada, path)
    with pytest.raises(StudiumError) as caught:
        await world.use(world.ada, "c.md")
    assert caught.value.code is ErrorCode.TOO_LARGE
    await world.use(world.bob, "a.md")


async def test_a_file_remembers_so_many_people(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studium.hub.tables.file_use.PEOPLE", 2)
    for person in (world.ada, world.bob, world.eve):
        await world.use(person, "a.md")
    users = await world.database.fetchval("SELECT users FROM file_use")
    assert set(users) == {str(world.bob.account_id), str(world.eve.account_id)}


async def test_reports_that_no_server_of_ours_makes_hold_up_nothing(world: World) -> None:
    stranger = await add_account(world.database, "Stranger")
    good = world.edit(world.bob, "notes.md")
    await world.write(
        world.edit(world.bob, "../notes.md"),
        world.edit(world.bob, ""),
        world.report(LogEvent.PERSON_ADDED, world.bob, "notes.md"),
        world.edit(world.bob, "notes.md", until=0.0),
        world.edit(stranger, "of a stranger.md"),
        FileReport(LogId(uuid4()), LogEvent.FILE_EDITED, AccountId(uuid4()), "of nobody.md", 1.0, 2.0),
        good,
    )
    assert [row["path"] for row in await world.log(kind="files")] == ["notes.md"]


async def test_opening_a_file_again_within_half_an_hour_is_no_news(world: World) -> None:
    now = time.time()
    for at in (now - 4000, now - 100, now):
        await world.write(world.report(LogEvent.FILE_OPENED, world.eve, "notes.md", at))
    assert len(await world.log(event="file_opened")) == 2


async def test_the_newest_notifications_are_kept(world: World) -> None:
    for index in range(KEPT + 5):
        await world.use(world.ada, f"{index:03}.md")
    now = time.time()
    await world.write(*[world.edit(world.bob, f"{index:03}.md", now + index / 1000) for index in range(KEPT + 5)])
    unread = await world.unread(world.ada)
    assert (len(unread), unread[0]) == (KEPT, "005.md")


@pytest.fixture
async def changes(database: Database) -> AsyncIterator[ChangeStream]:
    stream = await ChangeStream(database).open()
    yield stream
    await stream.close()


@pytest.fixture
async def activity(database: Database, changes: ChangeStream) -> AsyncIterator[Activity]:
    activity = Activity(database, changes)
    yield activity
    await activity.close()


async def test_the_log_is_bounded_by_number_and_age(
    world: World, activity: Activity, changes: ChangeStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert KEPT_ENTRIES == 100_000
    monkeypatch.setattr("studium.hub.activity.KEPT_ENTRIES", 4)
    monkeypatch.setattr("studium.hub.activity.DELETED_AT_ONCE", 2)
    other = await add_project(world.tables, world.ada)
    await world.use(world.ada, "old.md", at="2020-01-01T00:00:00Z")
    await world.use(world.ada, "new.md")
    year = 366 * 86_400
    await world.write(*[world.edit(world.bob, f"{index}.md", time.time() - year) for index in range(3)])
    reports = [world.edit(world.bob, f"{index}.md") for index in range(9)]
    heard = asyncio.Event()

    def hear(change: RowChange) -> None:
        if change.new is not None and change.new["log_id"] == reports[-1].log_id:
            heard.set()

    stop = changes.listen("project_log", hear)
    await world.write(*reports)
    await asyncio.wait_for(heard.wait(), 60)
    stop()
    await activity.sweep()
    assert [row["path"] for row in await world.log()] == ["8.md", "7.md", "6.md", "5.md"]
    assert await world.database.fetchval("SELECT count(*) FROM project_log WHERE project_id = $1::uuid", other) == 1
    assert [row["path"] for row in await world.database.fetch("SELECT path FROM file_use")] == ["new.md"]
    await delete_beyond(world.database, world.project_id, 0)
    assert await world.log() == []


async def test_reports_of_a_project_that_is_gone_are_over(world: World) -> None:
    report = world.edit(world.bob, "notes.md")
    await world.database.execute("DELETE FROM projects")
    await world.write(report, world.report(LogEvent.FILE_RENAMED, world.bob, "notes.md", to="other.md"))
    assert await world.database.fetchval("SELECT count(*) FROM project_log") == 0
