"""Queries as ``POST /api/query`` runs them, on real PostgreSQL: every rule and example of the tables plane."""

from typing import Any
from uuid import uuid4

import pytest

from studium.hub.database import Database
from studium.hub.tables import NOBODY, Requester, Tables
from studium.protocol.errors import ErrorCode, StudiumError
from support.people import add_account, add_collaborator, add_project, email_of


@pytest.fixture
def tables(database: Database) -> Tables:
    return Tables(database)


async def fails(tables: Tables, requester: Requester, query: Any, options: Any = ()) -> ErrorCode:
    with pytest.raises(StudiumError) as caught:
        await tables.query(requester, query, options)
    assert caught.value.message.endswith(".")
    return caught.value.code


async def test_own_account(database: Database, tables: Tables) -> None:
    ada = await add_account(database)
    answer = await tables.query(ada, {"accounts": {"account_id": "{account_id}", "first_name": None}})
    assert answer.result == {"accounts": {"account_id": str(ada.account_id), "first_name": "Ada"}}


async def test_another_account_is_null_and_named_in_collaborators(database: Database, tables: Tables) -> None:
    ada, bob = await add_account(database), await add_account(database, "Bob")
    query = {"accounts": {"account_id": str(ada.account_id), "first_name": None}}
    assert (await tables.query(bob, query)).result == {"accounts": None}
    project = await add_project(tables, ada)
    await add_collaborator(tables, ada, project, bob.account_id)
    found = await tables.query(bob, {"collaborators": [{"account_id": str(ada.account_id), "first_name": None}]})
    assert found.result == {"collaborators": [{"account_id": str(ada.account_id), "first_name": "Ada"}]}


async def test_projects_are_those_that_i_am_in(database: Database, tables: Tables) -> None:
    ada, bob = await add_account(database), await add_account(database, "Bob")
    project = await add_project(tables, ada, "Knots")
    query = {"projects": [{"project_id": None, "title": None}]}
    assert (await tables.query(ada, query)).result == {"projects": [{"project_id": project, "title": "Knots"}]}
    assert (await tables.query(bob, query)).result == {"projects": []}


async def test_a_project_of_others_is_not_permitted_whether_it_exists_or_not(
    database: Database, tables: Tables
) -> None:
    ada, bob = await add_account(database), await add_account(database, "Bob")
    for project in (await add_project(tables, ada), str(uuid4())):
        for query in (
            {"projects": {"project_id": project, "title": None}},
            {"projects": [{"project_id": {"==": project}, "title": None}]},
            {"projects": {"project_id": project, "title": "Mine"}},
            {"collaborators": [{"project_id": project, "account_id": None}]},
            {"collaborators": {"project_id": project, "account_id": "{account_id}", "role": "owner"}},
        ):
            assert await fails(tables, bob, query) is ErrorCode.NOT_PERMITTED


async def test_no_such_table_field_and_secrets(database: Database, tables: Tables) -> None:
    ada = await add_account(database, administrator=True)
    assert await fails(tables, ada, {"no_such": {"x": None}}) is ErrorCode.NO_SUCH_TABLE
    for table in ("project_runtime", "set_up_tokens", "invitations", "pg_authid"):
        assert await fails(tables, ada, {table: [{"token_hash": None}]}) is ErrorCode.NO_SUCH_TABLE
    for table in ("sessions", "api_tokens"):
        assert await fails(tables, ada, {table: [{"token_hash": None}]}) is ErrorCode.NO_SUCH_FIELD
    for field in ("password_hash", "email_key", "x; DROP TABLE accounts"):
        assert await fails(tables, ada, {"accounts": {field: None}}) is ErrorCode.NO_SUCH_FIELD
    assert await fails(tables, await add_account(database), {"accounts": {"disabled": None}}) is (
        ErrorCode.GET_NOT_ALLOWED
    )


async def test_json_merges_and_null_removes(database: Database, tables: Tables) -> None:
    ada = await add_account(database)
    await tables.query(ada, {"accounts": {"settings": {"editor": {"size": 14, "keys": ["a"]}, "theme": "dark"}}})
    await tables.query(ada, {"accounts": {"settings": {"editor": {"keys": ["b"], "vim": True}}}})
    settings = {"accounts": {"settings": None}}
    assert (await tables.query(ada, settings)).result == {
        "accounts": {"settings": {"editor": {"size": 14, "keys": ["b"], "vim": True}, "theme": "dark"}}
    }
    answer = await tables.query(ada, {"accounts": {"settings": {"editor": None}}}, [{"set": True}])
    assert answer.changed
    assert (await tables.query(ada, settings)).result == {"accounts": {"settings": {"theme": "dark"}}}
    part = {"accounts": {"settings": {"theme": None, "editor": {"size": None}}}}
    assert (await tables.query(ada, part)).result == {
        "accounts": {"settings": {"theme": "dark", "editor": {"size": None}}}
    }


async def test_filters_within_json_and_operators(database: Database, tables: Tables) -> None:
    ada = await add_account(database)
    for title in ("A", "B", "C"):
        await add_project(tables, ada, title)
    titles = {"projects": [{"title": {">=": "B", "!=": "C"}}]}
    assert (await tables.query(ada, titles, [{"set": False}])).result == {"projects": [{"title": "B"}]}
    stopped = {"projects": [{"title": None, "state": {"status": "stopped"}}]}
    assert len((await tables.query(ada, stopped)).result["projects"]) == 3
    running = {"projects": [{"title": None, "state": {"status": {"==": "running"}}}]}
    assert (await tables.query(ada, running)).result == {"projects": []}
    unasked = {"projects": [{"title": None, "action_request": {"==": None}}]}
    assert len((await tables.query(ada, unasked)).result["projects"]) == 3


async def test_order_limit_and_offset(database: Database, tables: Tables) -> None:
    ada = await add_account(database)
    for title in ("b", "a", "É", "c"):
        await add_project(tables, ada, title)
    query = {"projects": [{"title": None}]}

    async def titles(*options: Any) -> list[str]:
        return [row["title"] for row in (await tables.query(ada, query, list(options))).result["projects"]]

    assert await titles({"order_by": "title"}) == ["a", "b", "c", "É"]
    assert await titles({"order_by": "-title"}, {"limit": 2}) == ["É", "c"]
    assert await titles({"order_by": "title"}, {"limit": 2}, {"offset": 1}) == ["b", "c"]


async def test_a_set_answers_its_key_and_whether_it_changed(database: Database, tables: Tables) -> None:
    ada = await add_account(database)
    project = await add_project(tables, ada)
    query = {"projects": {"project_id": project, "title": "New"}}
    first, second = await tables.query(ada, query), await tables.query(ada, query)
    assert first.result == second.result == {"projects": {"project_id": project}}
    assert (first.changed, second.changed) == (True, False)


async def test_queries_in_an_array_run_in_order(database: Database, tables: Tables) -> None:
    ada = await add_account(database)
    answer = await tables.query(
        ada,
        [{"accounts": {"first_name": "Grace"}}, {"accounts": {"first_name": None}}, {"projects": [{"title": None}]}],
    )
    assert answer.result[1:] == [{"accounts": {"first_name": "Grace"}}, {"projects": []}]


@pytest.mark.parametrize(
    ("query", "options", "code"),
    [
        ({}, [], ErrorCode.INVALID_QUERY),
        ({"projects": {}, "accounts": {}}, [], ErrorCode.INVALID_QUERY),
        ("projects", [], ErrorCode.INVALID_QUERY),
        ({"projects": [{}, {}]}, [], ErrorCode.INVALID_QUERY),
        ({"projects": []}, [], ErrorCode.INVALID_QUERY),
        ({"projects": "all"}, [], ErrorCode.INVALID_QUERY),
        ({"projects": [{"title": {"~": "x", "a": None}}]}, [], ErrorCode.INVALID_QUERY),
        ({"projects": [{"title": {">": None}}]}, [], ErrorCode.INVALID_QUERY),
        ({"projects": [{"project_id": "7", "title": None}]}, [], ErrorCode.INVALID_VALUE),
        ({"projects": [{"created_at": {">": "yesterday"}, "title": None}]}, [], ErrorCode.INVALID_VALUE),
        ({"projects": [{"title": None}]}, [{"limit": 0}], ErrorCode.INVALID_QUERY),
        ({"projects": [{"title": None}]}, [{"limit": True}], ErrorCode.INVALID_QUERY),
        ({"projects": [{"title": None}]}, [{"order_by": "state"}], ErrorCode.INVALID_QUERY),
        ({"projects": [{"title": None}]}, [{"fast": True}], ErrorCode.INVALID_QUERY),
        ({"projects": [{"title": None}]}, [{"limit": 1, "offset": 1}], ErrorCode.INVALID_QUERY),
        ({"projects": [{"title": None}]}, {"limit": 1}, ErrorCode.INVALID_QUERY),
        ({"projects": {"title": ""}}, [], ErrorCode.INVALID_VALUE),
        ({"projects": {"title": "x" * 201}}, [], ErrorCode.INVALID_VALUE),
        ({"projects": {"title": "a\nb"}}, [], ErrorCode.INVALID_VALUE),
        ({"projects": {"title": "a\x00b"}}, [], ErrorCode.INVALID_VALUE),
        ({"projects": {"title": "\ud800"}}, [], ErrorCode.INVALID_VALUE),
        ({"projects": {"title": 7}}, [], ErrorCode.INVALID_VALUE),
        ({"projects": {"description": "no title"}}, [], ErrorCode.INVALID_VALUE),
        ({"projects": {"title": "x", "state": {"status": "running"}}}, [], ErrorCode.SET_NOT_ALLOWED),
        ({"projects": {"title": "x", "action_request": {"action": "explode"}}}, [], ErrorCode.INVALID_VALUE),
        ({"accounts": {"first_name": "x" * 101}}, [], ErrorCode.INVALID_VALUE),
        ({"accounts": {"colour": 12}}, [], ErrorCode.INVALID_VALUE),
        ({"accounts": {"colour": True}}, [], ErrorCode.INVALID_VALUE),
        ({"accounts": {"settings": {"x": "y" * 70_000}}}, [], ErrorCode.INVALID_VALUE),
        ({"accounts": {"settings": {"x": "\x00"}}}, [], ErrorCode.INVALID_VALUE),
        ({"accounts": {"settings": 7}}, [], ErrorCode.INVALID_VALUE),
        ({"accounts": {"email_address": "x@example.org"}}, [], ErrorCode.SET_NOT_ALLOWED),
        ({"accounts": {"administrator": True}}, [], ErrorCode.NOT_PERMITTED),
        ({"accounts": {"first_name": None}}, [{"set": True}], ErrorCode.INVALID_VALUE),
        ({"accounts": {"account_id": "{account_id}"}}, [{"delete": True}], ErrorCode.SET_NOT_ALLOWED),
        ({"collaborators": {"role": "viewer"}}, [], ErrorCode.MISSING_KEY),
        ({"collaborators": {"project_id": "{project_id}", "role": "viewer"}}, [], ErrorCode.INVALID_QUERY),
        ({"site_settings": [{"name": None}]}, [], ErrorCode.NOT_PERMITTED),
        ({"site_settings": {"name": "sign_up", "value": "open"}}, [], ErrorCode.NOT_PERMITTED),
    ],
)
async def test_bad_queries(database: Database, tables: Tables, query: Any, options: Any, code: ErrorCode) -> None:
    assert await fails(tables, await add_account(database), query, options) is code


async def test_nobody_is_asked_to_sign_in(database: Database, tables: Tables) -> None:
    for query in ({"accounts": {"first_name": None}}, {"projects": {"title": "x"}}, {"projects": [{"title": None}]}):
        assert await fails(tables, NOBODY, query) is ErrorCode.NOT_SIGNED_IN


async def test_adding_by_address(database: Database, tables: Tables) -> None:
    ada, bob = await add_account(database), await add_account(database, "Bob")
    project = await add_project(tables, ada)
    address = (await email_of(database, bob)).upper()
    answer = await tables.query(ada, {"collaborators": {"project_id": project, "email_address": address}})
    assert answer.result == {"collaborators": {"project_id": project, "account_id": str(bob.account_id)}}
    found = await tables.query(
        bob, {"collaborators": {"project_id": project, "account_id": "{account_id}", "role": None}}
    )
    assert found.result["collaborators"]["role"] == "collaborator"
    nobody = {"collaborators": {"project_id": project, "email_address": "nobody@example.org"}}
    assert await fails(tables, ada, nobody) is ErrorCode.NOT_FOUND


async def test_the_last_owner_stays(database: Database, tables: Tables) -> None:
    ada, bob = await add_account(database), await add_account(database, "Bob")
    project = await add_project(tables, ada)
    own = {"project_id": project, "account_id": "{account_id}"}
    assert await fails(tables, ada, {"collaborators": own}, [{"delete": True}]) is ErrorCode.CONFLICT
    assert await fails(tables, ada, {"collaborators": {**own, "role": "viewer"}}) is ErrorCode.CONFLICT
    await add_collaborator(tables, ada, project, bob.account_id, "owner")
    assert (await tables.query(ada, {"collaborators": own}, [{"delete": True}])).changed
    assert (await tables.query(ada, {"projects": [{"title": None}]})).result == {"projects": []}


async def test_a_wish_gets_its_time(database: Database, tables: Tables) -> None:
    ada = await add_account(database)
    project = await add_project(tables, ada)
    wish = {"projects": {"project_id": project, "action_request": {"action": "start"}}}
    assert (await tables.query(ada, wish)).changed
    assert (await tables.query(ada, wish)).changed
    found = await tables.query(ada, {"projects": {"project_id": project, "action_request": None}})
    assert set(found.result["projects"]["action_request"]) == {"action", "at"}


async def test_settings_of_the_site_are_for_administrators(database: Database, tables: Tables) -> None:
    root = await add_account(database, administrator=True)
    assert (await tables.query(root, {"site_settings": {"name": "sign_up", "value": "open"}})).changed
    assert (
        await fails(tables, root, {"site_settings": {"name": "sign_up", "value": "maybe"}}) is ErrorCode.INVALID_VALUE
    )
    assert await fails(tables, root, {"site_settings": {"name": "x", "value": "open"}}) is ErrorCode.INVALID_VALUE
    found = await tables.query(root, {"site_settings": [{"name": None, "value": None}]})
    assert found.result == {"site_settings": [{"name": "sign_up", "value": "open"}]}


async def test_too_many_rows_is_an_error_that_says_what_to_do(
    database: Database, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studium.hub.tables.select.ROWS", 2)
    ada = await add_account(database)
    for _ in range(3):
        await add_project(tables, ada)
    assert await fails(tables, ada, {"projects": [{"title": None}]}) is ErrorCode.TOO_LARGE
    assert len((await tables.query(ada, {"projects": [{"title": None}]}, [{"limit": 2}])).result["projects"]) == 2
