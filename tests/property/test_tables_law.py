"""The law of the tables plane: ``apply(snapshot, events) == fresh snapshot``, for every table, whatever people do.

Random programs of four people and an administrator, over two hubs on one real PostgreSQL; connections, the stream of
changes and (in the last test) the database itself are lost in the middle.
"""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from studium.hub.activity import delete_beyond, write_reports
from studium.hub.database import EmbeddedPostgres
from studium.hub.tables import Requester
from studium.hub.tables.catalog import TABLES
from studium.protocol.activity import FileReport, LogEvent
from studium.protocol.errors import StudiumError
from studium.protocol.ids import LogId, ProjectId, time_ordered_id
from support.people import add_account, add_invitation, add_token
from support.postgres import TestPostgres
from support.table_clients import FeedClient, TablesHub, fresh

PEOPLE = 4
PROJECTS = 3
KINDS = 21  # of feeds: see ``World.kinds``

_person = st.integers(0, PEOPLE - 1)
_actor = st.integers(0, PEOPLE)  # the last is the administrator
_project = st.integers(0, PROJECTS - 1)
_title = st.sampled_from(["a", "b", "c", "É", "𝒳"])
_path = st.sampled_from(["a.md", "a/b.md", "É.md"])
_role = st.sampled_from(["owner", "collaborator", "viewer"])

_step = st.one_of(
    st.tuples(st.just("create"), _person, _title),
    st.tuples(st.just("title"), _actor, _project, _title),
    st.tuples(st.just("description"), _actor, _project, _title),
    st.tuples(st.just("phase"), _actor, _project, st.sampled_from(["archived", "deleted_at"]), st.booleans()),
    st.tuples(st.just("invite"), _project),
    st.tuples(st.just("take_back"), _actor, _project),
    st.tuples(st.just("tags"), _actor, _project, st.lists(_title, max_size=2)),
    st.tuples(st.just("wish"), _person, _project, st.sampled_from(["start", "stop"])),
    st.tuples(st.just("add"), _actor, _project, _person, _role),
    st.tuples(st.just("role"), _actor, _project, _person, _role),
    st.tuples(st.just("remove"), _actor, _project, _person),
    st.tuples(st.just("name"), _person, _title),
    st.tuples(st.just("settings"), _person, _title, _title),
    st.tuples(st.just("state"), _project, _title),
    st.tuples(st.just("site"), _title),
    st.tuples(st.just("mark"), _person, _project, st.sampled_from(["starred", "hidden", "muted"]), st.booleans()),
    st.tuples(st.just("use"), _actor, _project, _path, st.sampled_from(["read", "edit"])),
    st.tuples(st.just("report"), _person, _project, _path),
    st.tuples(st.just("rename"), _project, _path, _path),
    st.tuples(st.just("noticed"), _person),
    st.tuples(st.just("forget"), _project),
    st.tuples(st.just("picture"), _person, _title),
    st.tuples(st.just("token"), _person, _title),
    st.tuples(st.just("end_token"), _actor, _person),
    st.tuples(st.just("hub"), st.integers(0, 2), st.integers(0, 3)),
    st.tuples(st.just("counted"), st.integers(0, 3)),
    st.tuples(st.just("idle"), _actor, _project, st.sampled_from([None, 0, 60, 2000])),
    st.tuples(st.just("limit"), _actor, st.sampled_from([0, 60, 1440])),
    st.tuples(st.just("mail"), _title, st.sampled_from(["waiting", "sent", "failed"])),
    st.tuples(st.just("sign_in"), _actor),
    st.tuples(st.just("sign_out"), _actor),
    st.tuples(st.just("follow"), _actor, st.integers(0, KINDS - 1), _project),
    st.tuples(st.just("break"), _actor),
    st.tuples(st.just("restart"), st.integers(0, 1)),
    st.tuples(
        st.just("lose"),
    ),
    st.tuples(st.just("delete"), _project),
    st.tuples(
        st.just("turn"),
    ),
)


@dataclass
class Followed:
    """A feed that a client opened."""

    client: FeedClient
    shown: Any
    query: Any
    options: list[Any]
    order: tuple[str, ...]


class World:
    """Two hubs, five people, and what they follow."""

    def __init__(self, hubs: list[TablesHub]) -> None:
        self.hubs = hubs
        self.people: list[Requester] = []
        self.clients: list[FeedClient] = []
        self.projects: list[str] = []
        self.followed: list[Followed] = []

    async def begin(self) -> None:
        database = self.hubs[0].database
        for index in range(PEOPLE + 1):
            self.people.append(await add_account(database, f"P{index}", administrator=index == PEOPLE))
            self.clients.append(FeedClient(self.hubs[index % 2], self.people[index]))
        for index in range(PROJECTS):
            await self.act(("create", index, "start"))
        for person in range(PEOPLE):  # everybody is in the first project, so that there is access to lose
            await self.act(("add", PEOPLE, 0, person, "collaborator"))
        await self.act(("add", PEOPLE, 1, 0, "owner"))
        for index in range(PEOPLE + 1):
            for kind in (0, 1, 2, 3, 10, KINDS - 4, KINDS - 3, KINDS - 2, KINDS - 1):
                await self.act(("follow", index, kind, index % PROJECTS))
        await self.act(("follow", PEOPLE, 16, 0))

    async def act(self, step: tuple[Any, ...]) -> None:
        with contextlib.suppress(StudiumError):  # what is refused changes nothing, which is what is checked
            await getattr(self, "_" + step[0])(*step[1:])

    async def check(self) -> None:
        for hub in self.hubs:
            await hub.settle()
            assert hub.feeds.statistics()["failures"] == 0
        for one in self.followed:
            await asyncio.sleep(0)
            if one.shown.refused:
                continue
            expected = await fresh(one.client.hub.tables, one.client.requester, one.query, one.options)
            assert one.shown.listed(one.order) == expected, (one.query, one.options)

    async def end(self) -> None:
        for client in self.clients:
            await client.stop()
            client.hub.feeds.close_account(client.requester.account_id)  # type: ignore[arg-type]

    def _of(self, index: int) -> TablesHub:
        return self.hubs[index % 2]

    async def _write(self, actor: int, query: Any, options: Any = ()) -> Any:
        return await self._of(actor + len(self.projects)).tables.query(self.people[actor], query, options)

    def _key(self, project: int, person: int) -> dict[str, Any]:
        return {"project_id": self.projects[project], "account_id": str(self.people[person].account_id)}

    async def _create(self, person: int, title: str) -> None:
        answer = await self._write(person, {"projects": {"title": title}})
        self.projects.insert(0, answer.result["projects"]["project_id"])

    async def _title(self, actor: int, project: int, title: str) -> None:
        await self._write(actor, {"projects": {"project_id": self.projects[project], "title": title}})

    async def _description(self, actor: int, project: int, title: str) -> None:
        await self._write(actor, {"projects": {"project_id": self.projects[project], "description": title}})

    async def _phase(self, actor: int, project: int, field: str, value: bool) -> None:
        given = value if field == "archived" else "{now}" if value else None
        await self._write(actor, {"projects": {"project_id": self.projects[project], field: given}}, [{"set": True}])

    async def _invite(self, project: int) -> None:
        with contextlib.suppress(asyncpg.ForeignKeyViolationError):  # the project was deleted just now
            await add_invitation(self.hubs[0].tables, self.projects[project])

    async def _take_back(self, actor: int, project: int) -> None:
        invitation = await self.hubs[0].database.fetchval(
            "SELECT invitation_id::text FROM project_invitations WHERE project_id = $1::uuid LIMIT 1",
            self.projects[project],
        )
        key = {"project_id": self.projects[project], "invitation_id": invitation}
        await self._write(actor, {"project_invitations": key}, [{"delete": True}])

    async def _tags(self, actor: int, project: int, tags: list[str]) -> None:
        await self._write(actor, {"projects": {"project_id": self.projects[project], "tags": tags}})

    async def _wish(self, person: int, project: int, action: str) -> None:
        wish = {"project_id": self.projects[project], "action_request": {"action": action}}
        await self._write(person, {"projects": wish})

    async def _add(self, actor: int, project: int, person: int, role: str) -> None:
        await self._write(actor, {"collaborators": {**self._key(project, person), "role": role}})

    async def _role(self, actor: int, project: int, person: int, role: str) -> None:
        await self._add(actor, project, person, role)

    async def _remove(self, actor: int, project: int, person: int) -> None:
        await self._write(actor, {"collaborators": self._key(project, person)}, [{"delete": True}])

    async def _mark(self, person: int, project: int, mark: str, value: bool) -> None:
        await self._write(person, {"project_marks": {"project_id": self.projects[project], mark: value}})

    async def _use(self, actor: int, project: int, path: str, act: str) -> None:
        users = {str(self.people[actor].account_id): {act: "{now}"}}
        await self._write(actor, {"file_use": {"project_id": self.projects[project], "path": path, "users": users}})

    async def _report(self, person: int, project: int, path: str) -> None:
        """The project server tells of an edit."""
        account_id = self.people[person].account_id
        assert account_id is not None
        now = time.time()
        report = FileReport(LogId(time_ordered_id(now)), LogEvent.FILE_EDITED, account_id, path, now, now)
        await self._told(0, project, report)

    async def _rename(self, project: int, path: str, to: str) -> None:
        account_id = self.people[0].account_id
        assert account_id is not None
        now = time.time()
        report = FileReport(LogId(time_ordered_id(now)), LogEvent.FILE_RENAMED, account_id, path, now, now, to=to)
        await self._told(1, project, report)

    async def _told(self, hub: int, project: int, report: FileReport) -> None:
        """A hub that could not write asks again: a project may be deleted, or a row made, at the same moment."""
        project_id = ProjectId(UUID(self.projects[project]))
        for _ in range(5):
            with contextlib.suppress(asyncpg.PostgresError):
                return await write_reports(self.hubs[hub].database, project_id, [report])
        return await write_reports(self.hubs[hub].database, project_id, [report])

    async def _noticed(self, person: int) -> None:
        """Mark all as read."""
        asked = {"account_id": "{account_id}", "notification_id": None}
        rows = (await self._write(person, {"notifications": [asked]})).result["notifications"]
        await self._write(person, [{"notifications": {**row, "read_at": "{now}"}} for row in rows])

    async def _forget(self, project: int) -> None:
        """The sweep, as if all but two entries were too many."""
        await delete_beyond(self.hubs[0].database, UUID(self.projects[project]), 2)

    async def _name(self, person: int, name: str) -> None:
        await self._write(person, {"accounts": {"first_name": name}})

    async def _settings(self, person: int, name: str, value: str) -> None:
        await self._write(person, {"accounts": {"settings": {name: {"value": value}}}})

    async def _picture(self, person: int, avatar: str) -> None:
        await self.hubs[0].database.execute(
            "UPDATE accounts SET avatar = $2 WHERE account_id = $1", self.people[person].account_id, avatar
        )

    async def _token(self, person: int, name: str) -> None:
        await add_token(self.hubs[0].database, self.people[person], name)

    async def _end_token(self, actor: int, person: int) -> None:
        owner = {"account_id": str(self.people[person].account_id)}
        answer = await self._write(actor, {"api_tokens": [{**owner, "token_id": None}]})
        for row in answer.result["api_tokens"][:1]:
            await self._write(actor, {"api_tokens": row}, [{"delete": True}])

    async def _state(self, project: int, step: str) -> None:
        await self.hubs[0].database.execute(
            "UPDATE projects SET state = $2 WHERE project_id = $1::uuid",
            self.projects[project],
            {"status": "starting" if step < "c" else "stopped", "step": step},
        )

    async def _site(self, name: str) -> None:
        await self._write(PEOPLE, {"site_settings": {"name": "site_name", "value": name}})

    async def _idle(self, actor: int, project: int, minutes: int | None) -> None:
        values = {"project_id": self.projects[project], "idle_minutes": minutes}
        await self._write(actor, {"projects": values}, [{"set": True}])

    async def _limit(self, actor: int, minutes: int) -> None:
        await self._write(actor, {"site_settings": {"name": "idle_minutes_most", "value": minutes}})

    async def _hub(self, index: int, projects: int) -> None:
        hub_id = UUID(int=index)
        if projects == 0:
            await self.hubs[0].database.execute("DELETE FROM hubs WHERE hub_id = $1", hub_id)
            return
        await self.hubs[0].database.execute(
            "INSERT INTO hubs (hub_id, projects) VALUES ($1, $2)"
            " ON CONFLICT (hub_id) DO UPDATE SET projects = $2, seen_at = now()",
            hub_id,
            projects,
        )

    async def _counted(self, accounts: int) -> None:
        await self.hubs[1].database.execute(
            "INSERT INTO site_statistics VALUES ('site', now(), $1, 0, 0, 0, 0, 0)"
            " ON CONFLICT (name) DO UPDATE SET accounts = $1, measured_at = now()",
            accounts,
        )

    async def _mail(self, to: str, state: str) -> None:
        await self.hubs[0].database.execute(
            "INSERT INTO outgoing_mail (mail_id, to_address, address_key, subject, body, give_up_at)"
            " VALUES (md5($1)::uuid, $1, $1, 'Hello', 'secret', now() + interval '1 day')"
            " ON CONFLICT (mail_id) DO UPDATE SET state = $2, tries = outgoing_mail.tries + 1",
            to,
            state,
        )

    async def _delete(self, project: int) -> None:
        await self.hubs[1].database.execute("DELETE FROM projects WHERE project_id = $1::uuid", self.projects[project])

    async def _turn(self) -> None:
        await asyncio.sleep(0.002)

    async def _break(self, actor: int) -> None:
        await self.clients[actor].break_and_resume()

    async def _sign_in(self, actor: int) -> None:
        await self.hubs[0].database.execute(
            "INSERT INTO sessions (token_hash, account_id, expires_at)"
            " VALUES (gen_random_uuid()::text::bytea, $1, now() + interval '1 day')",
            self.people[actor].account_id,
        )

    async def _sign_out(self, actor: int) -> None:
        """Of another browser: one's own session ends one's feeds, which is tested elsewhere."""
        account_id, session_id = self.people[actor].account_id, self.people[actor].session_id
        other = await self.hubs[1].database.fetchval(
            "SELECT session_id FROM sessions WHERE account_id = $1 AND session_id <> $2", account_id, session_id
        )
        if other is not None:
            query = {"sessions": {"account_id": str(account_id), "session_id": str(other)}}
            await self._write(actor, query, [{"delete": True}])

    async def _restart(self, index: int) -> None:
        """A hub ends; whoever was on it goes on through the other, and it comes back."""
        away, other = self.hubs[index], self.hubs[1 - index]
        await away.stop()
        for client in self.clients:
            if client.hub is away:
                await client.break_and_resume(other)
        async with asyncio.timeout(120):
            while self.hubs[index] is away:
                back = TablesHub(away.database.dsn)
                try:
                    self.hubs[index] = await back.start()
                except StudiumError:  # the database is still coming back
                    await back.database.close()
                    await asyncio.sleep(0.05)

    async def _lose(self) -> None:
        await self.hubs[0].database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_replication"
            " JOIN pg_stat_activity USING (pid) WHERE datname = current_database()"
        )

    def kinds(self, project: int) -> list[tuple[Any, list[Any], tuple[str, ...]]]:
        """What people follow: query, options, and the order that these mean."""
        whole: dict[str, Any] = {"project_id": None, "title": None, "last_edited_at": None}
        people: dict[str, Any] = {"project_id": None, "account_id": None, "role": None, "first_name": None}
        marks = {"account_id": "{account_id}", "project_id": None, "role": None, "starred": None, "hidden": False}
        named = self.projects[project]
        return [
            ({"projects": [whole]}, [], ("-last_edited_at",)),
            ({"collaborators": [{**people, "avatar": None, "added_at": None}]}, [], ("added_at",)),
            (
                {"accounts": [{"account_id": None, "first_name": None, "settings": None, "created_at": None}]},
                [],
                ("created_at",),
            ),
            ({"projects": [whole]}, [{"order_by": "-title"}, {"limit": 2}], ("-title",)),
            ({"projects": [{**whole, "title": {">=": "b"}}]}, [{"order_by": "title"}], ("title",)),
            ({"collaborators": [{**people, "project_id": named}]}, [{"order_by": "first_name"}], ("first_name",)),
            ({"projects": [{**whole, "project_id": named, "description": None}]}, [{"order_by": "title"}], ("title",)),
            ({"projects": [{**whole, "state": {"status": "starting", "step": None}}]}, [], ("-last_edited_at",)),
            ({"site_settings": [{"name": None, "value": None}]}, [], ("name",)),
            ({"project_marks": [marks]}, [], ("project_id",)),
            (
                {
                    "project_invitations": [
                        {"project_id": None, "invitation_id": None, "created_at": None, "uses": None}
                    ]
                },
                [],
                ("created_at",),
            ),
            ({"projects": [{**whole, "deleted_at": None, "tags": None}]}, [], ("-last_edited_at",)),
            (
                {"api_tokens": [{"account_id": None, "token_id": None, "name": None, "created_at": None}]},
                [],
                ("-created_at",),
            ),
            ({"hubs": [{"hub_id": None, "started_at": None, "projects": None}]}, [], ("started_at",)),
            ({"site_statistics": [{"name": None, "accounts": None}]}, [], ()),
            (
                {"projects": [{"project_id": None, "idle_minutes": None}]},
                [{"order_by": "idle_minutes"}],
                ("idle_minutes",),
            ),
            (
                {"outgoing_mail": [{"mail_id": None, "to_address": None, "state": {"!=": "sent"}, "tries": None}]},
                [{"order_by": "to_address"}, {"limit": 5}],
                ("to_address",),
            ),
            (
                {"project_log": [{"project_id": named, "log_id": None, "event": None, "path": None, "detail": None}]},
                [{"limit": 5}],
                ("-log_id",),
            ),
            (
                {"file_use": [{"project_id": None, "path": None, "users": None, "last_edited": None}]},
                [{"order_by": "path"}],
                ("path",),
            ),
            (
                {
                    "notifications": [
                        {"account_id": "{account_id}", "notification_id": None, "path": None, "read_at": None}
                    ]
                },
                [{"order_by": "notification_id"}],
                ("notification_id",),
            ),
            (
                {"sessions": [{"account_id": None, "session_id": None, "last_seen_at": None, "user_agent": None}]},
                [],
                ("-last_seen_at",),
            ),
        ]

    async def _follow(self, actor: int, kind: int, project: int) -> None:
        query, options, order = self.kinds(project)[kind]
        client = self.clients[actor]
        answer = await client.ask(query=query, options=options, changes=True)
        if "error" not in answer:
            client.described(answer["id"], query, options)
            self.followed.append(Followed(client, client.shown[answer["id"]], query, options, order))


class Hubs:
    """Two hubs on one database, and the event loop that they run in."""

    def __init__(self, runner: asyncio.Runner, hubs: list[TablesHub]) -> None:
        self.runner = runner
        self.hubs = hubs


async def _start(dsn: str) -> list[TablesHub]:
    return [await TablesHub(dsn).start(), await TablesHub(dsn).start()]


@pytest.fixture(scope="module")
def hubs(postgres: TestPostgres) -> Iterator[Hubs]:
    with asyncio.Runner() as runner:
        started = runner.run(_start(runner.run(postgres.create())))
        yield Hubs(runner, started)
        for hub in started:
            runner.run(hub.stop())


def test_every_table_is_followed() -> None:
    """A new table comes with a kind of feed here, and with acts that change its rows."""
    world = World([])
    world.projects = ["a project"] * PROJECTS
    kinds = world.kinds(0)
    assert len(kinds) == KINDS
    assert {next(iter(query)) for query, _, _ in kinds} == set(TABLES)
    for query, _, _ in kinds:
        ((name, (pattern,)),) = query.items()
        assert set(pattern) <= set(TABLES[name].fields)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
@given(program=st.lists(_step, min_size=5, max_size=40))
@example(program=[("delete", 0), ("restart", 0)])
def test_applied_events_equal_a_fresh_snapshot(hubs: Hubs, program: list[tuple[Any, ...]]) -> None:
    async def run() -> None:
        world = World(hubs.hubs)
        await world.begin()
        try:
            for step in program:
                await world.act(step)
            await world.check()
        finally:
            await world.end()

    hubs.runner.run(run())


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
@given(programs=st.lists(st.lists(_step, min_size=5, max_size=20), min_size=2, max_size=4))
def test_programs_at_the_same_time(hubs: Hubs, programs: list[list[tuple[Any, ...]]]) -> None:
    async def run() -> None:
        world = World(hubs.hubs)
        await world.begin()

        async def one(program: list[tuple[Any, ...]]) -> None:
            for step in program:
                # A client's own acts are in order; only their effects are at the same time.
                if step[0] not in ("break", "restart"):
                    await world.act(step)

        try:
            await asyncio.gather(*(one(program) for program in programs))
            await world.check()
        finally:
            await world.end()

    hubs.runner.run(run())


async def test_the_law_holds_when_the_database_is_killed(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    started = await _start(await server.start())
    world = World(started)
    try:
        await world.begin()
        for round_ in range(3):
            await world.act(("title", round_, round_, "before"))
            assert server.process_id is not None
            os.kill(server.process_id, signal.SIGKILL)
            restarts = server.statistics()["restarts"]
            while server.statistics()["restarts"] == restarts:
                await world.act(("add", 0, round_, round_ + 1, "collaborator"))
                await world.act(("name", 1, f"name {round_}"))
                await asyncio.sleep(0.02)
            await world.act(("add", 0, 2, round_ + 1, "collaborator"))
            await world.act(("restart", round_ % 2))
            await world.act(("sign_in", round_))
            await world.check()
    finally:
        await world.end()
        for hub in world.hubs:
            await hub.stop()
        await server.stop()
