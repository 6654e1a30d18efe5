"""Who may do what, as a table that a person can read: role × table × field × action, on real PostgreSQL.

``.`` stands for allowed, ``P`` for not_permitted, ``K`` for kept by the server (set_not_allowed), ``G`` for
get_not_allowed, ``-`` for null or an empty list.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from studium.hub.database import Database
from studium.hub.tables import NOBODY, Requester, Tables
from studium.hub.tables.catalog import TABLES
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import ProjectId
from support.people import add_account, add_collaborator, add_invitation, add_project, add_token

MAIL_ID = uuid4()
ROLES = ("owner", "collaborator", "viewer", "outsider", "administrator")
LETTERS = {
    ErrorCode.NOT_PERMITTED: "P",
    ErrorCode.SET_NOT_ALLOWED: "K",
    ErrorCode.GET_NOT_ALLOWED: "G",
    ErrorCode.NOT_SIGNED_IN: "S",
}
NEW: dict[str, Any] = {
    "title": "New",
    "description": "New",
    "state": {"status": "running"},
    "action_request": {"action": "start"},
    "created_at": "2020-01-01T00:00:00Z",
    "last_edited_at": "2020-01-01T00:00:00Z",
    "created_by": "11111111-1111-1111-1111-111111111111",
    "idle_minutes": 60,
    "role": "viewer",
    "added_at": "2020-01-01T00:00:00Z",
    "added_by": "11111111-1111-1111-1111-111111111111",
    "first_name": "New",
    "last_name": "New",
    "colour": 7,
    "email_address": "new@example.org",
    "avatar": None,
    "settings": {"new": 1},
    "administrator": True,
    "disabled": True,
    "last_active_at": "2020-01-01T00:00:00Z",
    "value": "New",
    "last_seen_at": "2020-01-01T00:00:00Z",
    "expires_at": "2040-01-01T00:00:00Z",
    "user_agent": "New",
    "name": "New",
    "scope": "full",
    "last_used_at": "2020-01-01T00:00:00Z",
    "starred": True,
    "archived": True,
    "deleted_at": "2020-01-01T00:00:00Z",
    "tags": ["new"],
    "copied_from": "11111111-1111-1111-1111-111111111111",
    "hidden": True,
    "most_uses": 7,
    "uses": 7,
    "address": "New",
    "version": "New",
    "started_at": "2020-01-01T00:00:00Z",
    "seen_at": "2020-01-01T00:00:00Z",
    "measured_at": "2020-01-01T00:00:00Z",
    "project_limits": {},
    **dict.fromkeys(("connections", "feeds", "sockets", "projects", "memory_bytes"), 7),
    **dict.fromkeys(("accounts", "active_in_day", "active_in_week", "running", "database_bytes"), 7),
    "confirmed_at": "2020-01-01T00:00:00Z",
    "to_address": "new@example.org",
    "subject": "New",
    "tries": 7,
    "reason": "New",
    "due_at": "2020-01-01T00:00:00Z",
    "finished_at": "2020-01-01T00:00:00Z",
    "muted": True,
    "workspace": "{}",
    "account_id": "11111111-1111-1111-1111-111111111111",
    "project_id": "11111111-1111-1111-1111-111111111111",
    "happened_at": "2020-01-01T00:00:00Z",
    "kind": "files",
    "event": "file_edited",
    "path": "other.md",
    "detail": {"new": 1},
    "last_edited": "2020-01-01T00:00:00Z",
    "by_account_id": "11111111-1111-1111-1111-111111111111",
    "read_at": "2030-01-01T00:00:00Z",
    "users": {"11111111-1111-1111-1111-111111111111": {"read": "2020-01-01T00:00:00Z"}},
}
HUB = "22222222-2222-2222-2222-222222222222"

SET = [{"set": True}]

# In the order of ROLES.                    gets     sets
PROJECTS = {
    "project_id":                          (".....",         ),
    "title":                               ("...P.", "..PP."),
    "description":                         ("...P.", "..PP."),
    "state":                               ("...P.", "KKKKK"),
    "action_request":                      ("...P.", "...P."),
    "tags":                                ("...P.", "..PP."),
    "colour":                              ("...P.", "..PP."),
    "copied_from":                         ("...P.", "KKKPK"),
    "created_at":                          ("...P.", "KKKKK"),
    "last_edited_at":                      ("...P.", "KKKKK"),
    "created_by":                          ("...P.", "KKKKK"),
    "idle_minutes":                        ("...P.", ".PPP."),
    "archived":                            ("...P.", ".PPP."),
    "deleted_at":                          ("...P.", ".PPP."),
}  # fmt: skip

COLLABORATORS = {
    "project_id":                          (".....",         ),
    "account_id":                          ("...P.",         ),
    "role":                                ("...P.", ".PPP."),
    "added_at":                            ("...P.", "KKKKK"),
    "added_by":                            ("...P.", "KKKKK"),
    "first_name":                          ("...P.", "KKKKK"),
    "last_name":                           ("...P.", "KKKKK"),
    "colour":                              ("...P.", "KKKKK"),
    "avatar":                              ("...P.", "KKKKK"),
    "email_address":                       ("...P.",         ),
}  # fmt: skip

# Of another's row: only administrators see it. Sets of one's own row are below.
ACCOUNTS = {
    "account_id":                          (".....",         ),
    "email_address":                       ("----.", "KKKKK"),
    "first_name":                          ("----.", "PPPP."),
    "last_name":                           ("----.", "PPPP."),
    "colour":                              ("----.", "PPPP."),
    "avatar":                              ("----.", "PPPP."),
    "settings":                            ("----.", "PPPP."),
    "administrator":                       ("----.", "PPPP."),
    "disabled":                            ("GGGG.", "PPPP."),
    "created_at":                          ("----.", "KKKKK"),
    "confirmed_at":                        ("----.", "KKKKK"),
    "last_active_at":                      ("GGGG.", "KKKKK"),
}  # fmt: skip

# Made by a route of their own, not by queries.
PROJECT_INVITATIONS = {
    "project_id":                          (".....",         ),
    "invitation_id":                       ("...P.",         ),
    "role":                                ("...P.", "KKKKK"),
    "email_address":                       ("...P.", "KKKKK"),
    "created_by":                          ("...P.", "KKKKK"),
    "created_at":                          ("...P.", "KKKKK"),
    "expires_at":                          ("...P.", "KKKKK"),
    "most_uses":                           ("...P.", "KKKKK"),
    "uses":                                ("...P.", "KKKKK"),
}  # fmt: skip

# Of another's row: not even an administrator sets it.
PROJECT_MARKS = {
    "account_id":                          ("...-.",         ),
    "project_id":                          (".....",         ),
    "role":                                ("----.", "KKKKK"),
    "starred":                             ("----.", "PPPPP"),
    "hidden":                              ("----.", "PPPPP"),
    "muted":                               ("----.", "PPPPP"),
    "workspace":                           ("----.", "PPPPP"),
}  # fmt: skip

# The entry that somebody was added.
PROJECT_LOG = {
    "project_id":                          (".....",         ),
    "log_id":                              ("...P.",         ),
    "account_id":                          ("...P.", "KKKKK"),
    "name":                                ("...P.", "KKKKK"),
    "happened_at":                         ("...P.", "KKKKK"),
    "kind":                                ("...P.", "KKKKK"),
    "event":                               ("...P.", "KKKKK"),
    "path":                                ("...P.", "KKKKK"),
    "detail":                              ("...P.", "KKKKK"),
}  # fmt: skip

# Another's entry in a file's row; one's own are below.
FILE_USE = {
    "project_id":                          (".....",         ),
    "path":                                ("...P.",         ),
    "users":                               ("...P.", "PPPPP"),
    "last_edited":                         ("...P.", "KKKKK"),
}  # fmt: skip

# Of another: not even an administrator sets it.
NOTIFICATIONS = {
    "account_id":                          ("----.",         ),
    "notification_id":                     ("----.",         ),
    "project_id":                          (".....", "KKKKK"),
    "kind":                                ("----.", "KKKKK"),
    "path":                                ("----.", "KKKKK"),
    "by_account_id":                       ("----.", "KKKKK"),
    "detail":                              ("----.", "KKKKK"),
    "happened_at":                         ("----.", "KKKKK"),
    "read_at":                             ("----.", "PPPPP"),
}  # fmt: skip

# Of another's row; one's own are read and deleted, not changed.
SESSIONS = {
    "account_id":                          ("----.",         ),
    "session_id":                          ("----.",         ),
    "created_at":                          ("----.", "KKKKK"),
    "last_seen_at":                        ("----.", "KKKKK"),
    "expires_at":                          ("----.", "KKKKK"),
    "user_agent":                          ("----.", "KKKKK"),
}  # fmt: skip

# The same; they are made by a route.
API_TOKENS = {
    "account_id":                          ("----.",         ),
    "token_id":                            ("----.",         ),
    "name":                                ("----.", "KKKKK"),
    "scope":                               ("----.", "KKKKK"),
    "created_at":                          ("----.", "KKKKK"),
    "expires_at":                          ("----.", "KKKKK"),
    "last_used_at":                        ("----.", "KKKKK"),
}  # fmt: skip

SITE_SETTINGS = {
    "name":                                ("PPPP.",         ),
    "value":                               ("PPPP.", "PPPP."),
}  # fmt: skip

HUBS = {
    "hub_id":                              ("PPPP.",         ),
    "address":                             ("PPPP.", "PPPPK"),
    "version":                             ("PPPP.", "PPPPK"),
    "started_at":                          ("PPPP.", "PPPPK"),
    "seen_at":                             ("PPPP.", "PPPPK"),
    "connections":                         ("PPPP.", "PPPPK"),
    "feeds":                               ("PPPP.", "PPPPK"),
    "sockets":                             ("PPPP.", "PPPPK"),
    "projects":                            ("PPPP.", "PPPPK"),
    "memory_bytes":                        ("PPPP.", "PPPPK"),
    "project_limits":                      ("PPPP.", "PPPPK"),
}  # fmt: skip

SITE_STATISTICS = {
    "name":                                ("PPPP.",         ),
    "measured_at":                         ("PPPP.", "PPPPK"),
    "accounts":                            ("PPPP.", "PPPPK"),
    "active_in_day":                       ("PPPP.", "PPPPK"),
    "active_in_week":                      ("PPPP.", "PPPPK"),
    "projects":                            ("PPPP.", "PPPPK"),
    "running":                             ("PPPP.", "PPPPK"),
    "database_bytes":                      ("PPPP.", "PPPPK"),
}  # fmt: skip

# What a message says is no field of it.
OUTGOING_MAIL = {
    "mail_id":                             ("PPPP.",         ),
    "to_address":                          ("PPPP.", "PPPPK"),
    "subject":                             ("PPPP.", "PPPPK"),
    "state":                               ("PPPP.", "PPPPK"),
    "tries":                               ("PPPP.", "PPPPK"),
    "reason":                              ("PPPP.", "PPPPK"),
    "created_at":                          ("PPPP.", "PPPPK"),
    "due_at":                              ("PPPP.", "PPPPK"),
    "finished_at":                         ("PPPP.", "PPPPK"),
}  # fmt: skip

MATRIX: dict[str, dict[str, tuple[str, ...]]] = {
    "projects": PROJECTS,
    "collaborators": COLLABORATORS,
    "accounts": ACCOUNTS,
    "project_invitations": PROJECT_INVITATIONS,
    "project_marks": PROJECT_MARKS,
    "project_log": PROJECT_LOG,
    "file_use": FILE_USE,
    "notifications": NOTIFICATIONS,
    "sessions": SESSIONS,
    "api_tokens": API_TOKENS,
    "site_settings": SITE_SETTINGS,
    "hubs": HUBS,
    "site_statistics": SITE_STATISTICS,
    "outgoing_mail": OUTGOING_MAIL,
}

OWN_ACCOUNT = {
    "email_address": "K",
    "first_name": ".",
    "last_name": ".",
    "colour": ".",
    "avatar": ".",
    "settings": ".",
    "administrator": "P",
    "disabled": "P",
    "created_at": "K",
    "confirmed_at": "K",
    "last_active_at": "K",
}

# Who may add a collaborator with a role, remove another, leave (nobody is the last owner here).
ADDING = {
    "owner":        ".PPP.",
    "collaborator": "..PP.",
    "viewer":       "..PP.",
}  # fmt: skip
REMOVING = ".PPP."
LEAVING = "...P-"


class World:
    """A project with one person in each role, an outsider and an administrator who is in no project."""

    def __init__(
        self, tables: Tables, people: dict[str, Requester], project: str, other: Requester, token_id: UUID
    ) -> None:
        self.tables = tables
        self.people = people
        self.project = project
        self.other = other
        self.token_id = token_id
        self.logged = self.notification = ""  # that other was added, and was told so

    async def key(self, table: str) -> dict[str, Any]:
        """The row of a table that the matrix is about."""
        other = {"account_id": str(self.other.account_id)}
        match table:
            case "projects":
                return {"project_id": self.project}
            case "collaborators" | "project_marks":
                return {"project_id": self.project, **other}
            case "project_invitations":
                return {"project_id": self.project, "invitation_id": await add_invitation(self.tables, self.project)}
            case "project_log":
                return {"project_id": self.project, "log_id": self.logged}
            case "file_use":
                return {"project_id": self.project, "path": "notes.md"}
            case "notifications":
                return {**other, "notification_id": self.notification}
            case "sessions":
                return {**other, "session_id": str(self.other.session_id)}
            case "api_tokens":
                return {**other, "token_id": str(self.token_id)}
            case "site_settings":
                return {"name": "site_name"}
            case "hubs":
                return {"hub_id": HUB}
            case "site_statistics":
                return {"name": "site"}
            case "outgoing_mail":
                return {"mail_id": str(MAIL_ID)}
        return other

    async def letter(self, requester: Requester, query: Any, options: Any = ()) -> str:
        try:
            answer = await self.tables.query(requester, query, options)
        except StudiumError as error:
            return LETTERS[error.code]
        ((_, result),) = answer.result.items()
        return "-" if result is None or result == [] or (options and options != SET and not answer.changed) else "."


@pytest.fixture
async def world(database: Database) -> World:
    tables = Tables(database)
    people = {role: await add_account(database, role, administrator=role == "administrator") for role in ROLES}
    project = await add_project(tables, people["owner"])
    for role in ("collaborator", "viewer"):
        await add_collaborator(tables, people["owner"], project, people[role].account_id, role)
    other = await add_account(database, "other")
    await add_collaborator(tables, people["owner"], project, other.account_id, "owner")
    await tables.query(people["administrator"], {"site_settings": {"name": "site_name", "value": "Studium"}})
    await database.execute("UPDATE accounts SET avatar = 'a picture'")
    await database.execute("INSERT INTO hubs (hub_id) VALUES ($1)", UUID(HUB))
    await database.execute("INSERT INTO site_statistics VALUES ('site', now(), 1, 1, 1, 1, 1, 1)")
    await database.execute(
        "INSERT INTO outgoing_mail (mail_id, to_address, address_key, subject, body, give_up_at)"
        " VALUES ($1, 'ada@example.org', 'ada@example.org', 'Hello', 'secret', now() + interval '1 day')",
        MAIL_ID,
    )
    use = {"project_id": project, "path": "notes.md", "users": {str(other.account_id): {"read": "{now}"}}}
    await tables.query(other, {"file_use": use})
    world = World(tables, people, project, other, await add_token(database, other))
    world.logged = str(await database.fetchval("SELECT log_id FROM project_log ORDER BY log_id DESC LIMIT 1"))
    told = "SELECT notification_id FROM notifications WHERE account_id = $1"
    world.notification = str(await database.fetchval(told, other.account_id))
    return world


def test_the_matrix_is_whole() -> None:
    assert {name: set(rows) for name, rows in MATRIX.items()} == {name: set(t.fields) for name, t in TABLES.items()}


@pytest.mark.parametrize("table", MATRIX)
async def test_gets_and_sets(world: World, table: str) -> None:
    rows, key = MATRIX[table], await world.key(table)
    for field, letters in rows.items():
        got = ""
        for role in ROLES:
            query: dict[str, Any] = {**key, field: None}
            if field == "project_id":
                query = {"project_id": None}  # asked of all: a list without a name is never refused
                letter = await world.letter(world.people[role], {table: [query]})
                got += "." if letter == "-" else letter
            else:
                got += await world.letter(world.people[role], {table: query})
        assert got == letters[0], (table, field, "get")
        if len(letters) > 1:
            got = "".join(
                [await world.letter(world.people[role], {table: {**key, field: NEW[field]}}, SET) for role in ROLES]
            )
            assert got == letters[1], (table, field, "set")
        assert await world.letter(NOBODY, {table: {field: None}}) == "S"


async def test_ones_own_account(world: World) -> None:
    for field, letter in OWN_ACCOUNT.items():
        assert await world.letter(world.people["viewer"], {"accounts": {field: NEW[field]}}, SET) == letter, field


async def test_ones_own_marks(world: World) -> None:
    for role, letter in zip(ROLES, "...KK", strict=True):  # an outsider has no row, and a query makes none
        query = {"project_marks": {"project_id": world.project, "starred": True}}
        assert await world.letter(world.people[role], query) == letter, role
    shown = await world.tables.query(world.people["owner"], {"collaborators": [{"account_id": None, "role": None}]})
    assert "starred" not in str(shown.result)


async def test_taking_back_invitations(world: World) -> None:
    for role, letter in zip(ROLES, "..PP.", strict=True):
        key = await world.key("project_invitations")
        assert await world.letter(world.people[role], {"project_invitations": key}, [{"delete": True}]) == letter, role


async def test_ones_own_use_of_a_file(world: World) -> None:
    for act, letters in (("read", "...P."), ("edit", "..PP.")):
        for role, letter in zip(ROLES, letters, strict=True):
            users = {str(world.people[role].account_id): {act: "{now}"}}
            query = {"file_use": {"project_id": world.project, "path": f"{act}.md", "users": users}}
            assert await world.letter(world.people[role], query) == letter, (role, act)
    for role in ROLES:
        key = {"file_use": {"project_id": world.project, "path": "notes.md"}}
        assert await world.letter(world.people[role], key, [{"delete": True}]) == "K"


async def test_ones_own_notifications(world: World) -> None:
    key = {"account_id": str(world.other.account_id), "notification_id": world.notification}
    for role in ROLES:
        assert await world.letter(world.people[role], {"notifications": key}, [{"delete": True}]) == "P", role
    assert await world.letter(world.other, {"notifications": {**key, "read_at": "{now}"}}) == "."
    made = {"account_id": key["account_id"], "notification_id": str(uuid4()), "read_at": "{now}"}
    assert await world.letter(world.other, {"notifications": made}) == "K"
    assert await world.letter(world.other, {"notifications": key}, [{"delete": True}]) == "."


async def test_ending_sessions(world: World) -> None:
    for actor, letter in zip(ROLES, "PPPP.", strict=True):
        key = {"account_id": str(world.other.account_id), "session_id": str(world.other.session_id)}
        assert await world.letter(world.people[actor], {"sessions": key}, [{"delete": True}]) == letter, actor
        # Another's session under one's own name is no session of one's own.
        key["account_id"] = str(world.people["owner"].account_id)
        assert await world.letter(world.people["owner"], {"sessions": key}, [{"delete": True}]) == "-"
    own = {"sessions": {"session_id": str(world.people["viewer"].session_id)}}
    assert await world.letter(world.people["viewer"], own, [{"delete": True}]) == "."


async def test_ending_tokens(database: Database, world: World) -> None:
    key = {"account_id": str(world.other.account_id), "token_id": str(world.token_id)}
    got = "".join([await world.letter(world.people[role], {"api_tokens": key}, [{"delete": True}]) for role in ROLES])
    assert got == "PPPP."
    own = await add_token(database, world.people["viewer"])
    # Another's token under one's own name is no token of one's own.
    wrong = {"account_id": str(world.people["owner"].account_id), "token_id": str(own)}
    assert await world.letter(world.people["owner"], {"api_tokens": wrong}, [{"delete": True}]) == "-"
    assert await world.letter(world.people["viewer"], {"api_tokens": {"token_id": str(own)}}, [{"delete": True}]) == "."


async def test_by_a_token_that_may_only_read_nobody_writes(world: World) -> None:
    key = {"project_id": world.project, "account_id": str(world.other.account_id)}
    for role in ROLES:
        person = replace(world.people[role], read_only=True)
        for query, options in (
            ({"projects": {"title": "Another"}}, ()),
            ({"projects": {"project_id": world.project, "title": "New"}}, ()),
            ({"projects": {"project_id": world.project, "action_request": {"action": "start"}}}, ()),
            ({"accounts": {"first_name": "New"}}, ()),
            ({"accounts": {"account_id": str(world.other.account_id), "disabled": True}}, ()),
            ({"site_settings": {"name": "site_name", "value": "New"}}, ()),
            ({"project_marks": {"project_id": world.project, "starred": True}}, ()),
            ({"collaborators": key}, [{"delete": True}]),
            ({"sessions": {"session_id": str(person.session_id)}}, [{"delete": True}]),
            ({"api_tokens": {"token_id": str(world.token_id)}}, [{"delete": True}]),
        ):
            assert await world.letter(person, query, options) == "P", (role, query)
        get: dict[str, Any] = {"accounts": [{"first_name": None, "settings": None}]}
        assert await world.tables.query(person, get) == await world.tables.query(world.people[role], get)


@pytest.mark.parametrize("role", list(ADDING))
async def test_adding(database: Database, world: World, role: str) -> None:
    got = ""
    for actor in ROLES:
        person = await add_account(database, "new")
        query = {"project_id": world.project, "account_id": str(person.account_id), "role": role}
        got += await world.letter(world.people[actor], {"collaborators": query})
    assert got == ADDING[role]


async def test_removing_and_leaving(database: Database, world: World) -> None:
    got = ""
    for actor in ROLES:
        person = await add_account(database, "new")
        await add_collaborator(world.tables, world.people["owner"], world.project, person.account_id)
        key = {"project_id": world.project, "account_id": str(person.account_id)}
        got += await world.letter(world.people[actor], {"collaborators": key}, [{"delete": True}])
    assert got == REMOVING
    own = {"project_id": world.project, "account_id": "{account_id}"}
    got = ""
    for actor in ROLES:
        got += await world.letter(world.people[actor], {"collaborators": own}, [{"delete": True}])
    assert got == LEAVING


async def test_no_other_table_is_deleted_from(world: World) -> None:
    for table, key in (
        ("projects", {"project_id": world.project}),
        ("accounts", {"account_id": str(world.other.account_id)}),
    ):
        for role in ROLES:
            letter = await world.letter(world.people[role], {table: key}, [{"delete": True}])
            assert letter == "K", (table, role)


async def test_a_project_with_its_own_token_sees_its_own_rows(world: World) -> None:
    other = await add_project(world.tables, world.people["owner"])
    project = Requester(project_id=ProjectId(UUID(world.project)))
    answer = await world.tables.query(project, {"projects": [{"project_id": None}]})
    assert answer.result == {"projects": [{"project_id": world.project}]}
    assert len((await world.tables.query(project, {"collaborators": [{"role": None}]})).result["collaborators"]) == 4
    assert await world.letter(project, {"projects": {"project_id": other, "title": None}}) == "P"
    assert await world.letter(project, {"projects": {"project_id": "{project_id}", "title": "x"}}) == "P"
    assert await world.letter(project, {"accounts": [{"first_name": None}]}) == "-"
    assert await world.letter(project, {"projects": {"title": "x"}}) in ("P", "K")


async def test_a_made_up_project_is_like_one_of_others(world: World) -> None:
    query = {"projects": {"project_id": str(uuid4()), "title": "x"}}
    for role in ROLES:
        assert await world.letter(world.people[role], query) == "P"
