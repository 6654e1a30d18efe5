"""Limits that administrators set, the numbers that hubs write for them, and lists of very many accounts."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from studium.hub.database import Database
from studium.hub.tables import Requester, Tables
from studium.protocol.errors import ErrorCode, StudiumError
from support.hub import SocketDriver, person, running_hub
from support.people import add_account, add_project


@pytest.fixture
async def administrator(database: Database) -> Requester:
    return await add_account(database, "Root", administrator=True)


async def refused(tables: Tables, requester: Requester, query: Any) -> str:
    with pytest.raises(StudiumError) as caught:
        await tables.query(requester, query)
    assert caught.value.code is ErrorCode.INVALID_VALUE
    return caught.value.message


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("idle_minutes", -1, "must be from 0 to 525,600; it is -1"),
        ("idle_minutes", 1.5, "must be a whole number"),
        ("idle_minutes", True, "must be a whole number"),
        ("idle_minutes_most", "60", "must be a whole number"),
        ("running_projects", 0, "must be from 1 to 10,000; it is 0"),
        ("project_memory_bytes", 2**20, "must be from 134,217,728 to 17,592,186,044,416; it is 1,048,576"),
        ("project_cores", "two", "must be a number"),
        ("project_cores", 0, "must be from 0.1 to 1,024; it is 0"),
        ("project_processes", 10**9, "must be from 32 to 1,000,000; it is 1,000,000,000"),
        ("site_name", 7, "must be text"),
    ],
)
async def test_a_limit_that_is_none_is_refused(
    database: Database, administrator: Requester, name: str, value: Any, sentence: str
) -> None:
    message = await refused(Tables(database), administrator, {"site_settings": {"name": name, "value": value}})
    assert message == f"The setting {name} {sentence}."


async def test_an_owner_chooses_an_idle_time_within_what_the_site_allows(
    database: Database, administrator: Requester
) -> None:
    tables = Tables(database)
    ada = await add_account(database)
    project = await add_project(tables, ada)

    async def choose(minutes: int | None) -> Any:
        query = {"projects": {"project_id": project, "idle_minutes": minutes}}
        return await tables.query(ada, query, [{"set": True}])

    assert (await choose(1440)).changed
    with pytest.raises(StudiumError) as caught:
        await choose(1441)
    assert "1,441 minutes are too many: on this site" in caught.value.message
    assert caught.value.data["most"] == 1440
    with pytest.raises(StudiumError) as caught:
        await choose(0)
    assert "It cannot run without end" in caught.value.message
    await tables.query(administrator, {"site_settings": {"name": "idle_minutes_most", "value": 0}})
    assert (await choose(0)).changed
    assert (await choose(500_000)).changed
    assert (await choose(None)).changed
    message = await refused(tables, ada, {"projects": {"title": "New", "idle_minutes": -5}})
    assert message == "projects.idle_minutes must be from 0 to 525,600; it is -5."


async def test_numbers_of_the_site_and_its_hubs(database: Database, tmp_path: Path) -> None:
    project = await person(database, "ada@example.org", administrator=True)
    await person(database, "bob@example.org")
    await database.execute("UPDATE accounts SET last_active_at = now() WHERE administrator")
    dead = uuid4()
    await database.execute(
        "INSERT INTO hubs (hub_id, seen_at) VALUES ($1, now() - interval '10 min'), ($2, now())", dead, UUID(int=1)
    )
    async with running_hub(database, SocketDriver(tmp_path)) as hub, hub.browser("ada@example.org") as ada:
        assert (await ada.get(f"/projects/{project}/files/a"))[0] == 200
        await database.execute("DELETE FROM site_statistics")
        async with ada.client.ws_connect(f"{hub.url}/api/tables") as tables:
            site = dict.fromkeys(("name", "accounts", "active_in_day", "projects", "running"))
            await tables.send_json({"id": 1, "query": {"site_statistics": [site]}, "changes": True})
            assert (await tables.receive_json(timeout=60))["result"] == {"site_statistics": []}
            mine = {"hub_id": str(hub.hub.settings.hub_id), "connections": None, "projects": None, "memory_bytes": None}
            await tables.send_json({"id": 2, "query": {"hubs": [{**mine, "project_limits": None}]}, "changes": True})
            (before,) = (await tables.receive_json(timeout=60))["result"]["hubs"]
            assert before["project_limits"] == {"memory_bytes": 4 * 2**30, "cpu_cores": 2.0, "processes": 512}
            await hub.hub._statistics.write()
            news: dict[int, Any] = {}
            while len(news) < 2:
                message = await tables.receive_json(timeout=60)
                news[message["id"]] = message["new"]
        assert news[1] == {"name": "site", "accounts": 2, "active_in_day": 1, "projects": 2, "running": 1}
        assert (news[2]["connections"], news[2]["projects"]) == (1, 1)
        assert news[2]["memory_bytes"] > 10 * 2**20
        hubs = {row["hub_id"] for row in await database.fetch("SELECT hub_id FROM hubs")}
        # One that died long ago is forgotten; one that is only just silent may come back.
        assert hubs == {hub.hub.settings.hub_id, UUID(int=1)}
    assert {row["hub_id"] for row in await database.fetch("SELECT hub_id FROM hubs")} == {UUID(int=1)}


async def test_one_hub_counts_for_all(database: Database, tmp_path: Path) -> None:
    counted = "SELECT measured_at FROM site_statistics"
    async with running_hub(database, SocketDriver(tmp_path)) as one:
        first = await database.fetchval(counted)
        async with running_hub(database, SocketDriver(tmp_path)):
            await one.hub._statistics.write()
            assert await database.fetchval(counted) == first
        await database.execute("UPDATE site_statistics SET measured_at = now() - interval '30 s'")
        await one.hub._statistics.write()
        assert await database.fetchval(counted) > first


async def test_more_accounts_than_a_list_holds_are_found_by_address(
    database: Database, administrator: Requester
) -> None:
    await database.execute(
        "INSERT INTO accounts (email_address, email_key) SELECT 'p' || n || '@example.org', 'p' || n || '@example.org'"
        " FROM generate_series(1, 10000) n"
    )
    tables = Tables(database)
    whole = {"accounts": [{"account_id": None, "email_address": None}]}
    with pytest.raises(StudiumError) as caught:
        await tables.query(administrator, whole)
    assert caught.value.code is ErrorCode.TOO_LARGE
    # As the page asks then.
    found = {"accounts": [{"account_id": None, "email_address": {">=": "p999", "<": "p999\U0010ffff"}}]}
    answer = await tables.query(administrator, found, [{"order_by": "email_address"}, {"limit": 100}])
    assert [row["email_address"] for row in answer.result["accounts"]] == sorted(
        f"p{number}@example.org" for number in (999, *range(9990, 10000))
    )
