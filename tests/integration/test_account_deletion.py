"""Deleting one's account: what is refused, what goes with it, and that everything it opened ends, on every hub."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from studium.hub.accounts import add_api_token
from studium.hub.database import Database
from studium.hub.deletion import delete_account
from studium.hub.purge import purge_deleted
from studium.hub.tables import Tables
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId, ProjectId
from support.hub import PASSWORD, Browser, RunningHub, SocketDriver, person, running_hub
from support.people import add_account, add_collaborator, add_project

HASH = "the stored hash"


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[RunningHub]:
    async with running_hub(database, SocketDriver(tmp_path)) as running:
        yield running


@pytest.fixture
async def project(database: Database) -> ProjectId:
    return await person(database, "ada@example.org")


async def delete(browser: Browser, password: str = PASSWORD) -> tuple[int, Any]:
    return await browser.post("/api/account/deletion", password=password)


async def join(database: Database, project: ProjectId, email: str, role: str) -> None:
    await database.execute(
        "INSERT INTO collaborators (project_id, account_id, role) SELECT $1, account_id, $3"
        " FROM accounts WHERE email_key = $2 ON CONFLICT (project_id, account_id) DO UPDATE SET role = $3",
        project,
        email,
        role,
    )


async def test_all_that_is_ones_own_goes_and_all_that_is_open_ends_on_every_hub(
    hub: RunningHub, project: ProjectId, tmp_path: Path
) -> None:
    token = await add_api_token(hub.database, "ada@example.org")
    bearer = {"Authorization": f"Bearer {token}"}
    async with (
        running_hub(hub.database, SocketDriver(tmp_path)) as second,
        hub.browser("ada@example.org") as ada,
        hub.browser("ada@example.org") as phone,
        phone.client.ws_connect(f"{hub.url}/api/tables") as tables,
        phone.client.ws_connect(f"{hub.url}/projects/{project}/documents/a") as document,
        aiohttp.ClientSession(headers=bearer) as script,
        script.ws_connect(f"{second.url}/api/tables") as elsewhere,
    ):
        await document.send_str("here")
        assert await document.receive_str() == "here"
        status, answer = await delete(ada)
        assert (status, answer["account"]) == (200, None)
        for socket in (tables, document, elsewhere):
            while (message := await socket.receive(timeout=60)).type is aiohttp.WSMsgType.TEXT:
                pass
            assert message.data in (4401, 4403)
        assert [cookie.value for cookie in ada.client.cookie_jar] == []
        for browser in (ada, phone):
            assert (await browser.get("/api/session"))[1]["account"] is None
        async with script.get(f"{second.url}/api/session") as ended:
            assert ended.status == 401
        async with asyncio.timeout(60):
            while project not in hub.driver.stops:
                await asyncio.sleep(0.02)  # until the hub has stopped what it ran
    assert await purge_deleted(hub.database, hub.driver) == 1
    assert hub.driver.removed == [project]
    for table in ("accounts", "projects", "collaborators", "sessions", "api_tokens", "avatars"):
        assert await hub.database.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def test_projects_of_others_stay_and_lose_a_member(hub: RunningHub, project: ProjectId) -> None:
    theirs = await person(hub.database, "bob@example.org")
    await join(hub.database, theirs, "ada@example.org", "collaborator")
    await join(hub.database, project, "bob@example.org", "owner")
    async with hub.browser("ada@example.org") as ada:
        assert (await delete(ada))[0] == 200
    assert await hub.database.fetchval("SELECT count(*) FROM projects") == 2
    assert await hub.database.fetchval("SELECT count(*) FROM collaborators") == 2
    assert await hub.database.fetchval("SELECT created_by FROM projects WHERE project_id = $1", project) is None


@pytest.mark.parametrize("role", ["collaborator", "viewer"])
async def test_a_project_with_others_in_it_must_be_handed_over_first(
    hub: RunningHub, project: ProjectId, role: str
) -> None:
    await person(hub.database, "bob@example.org")
    await join(hub.database, project, "bob@example.org", role)
    async with hub.browser("ada@example.org") as ada:
        status, answer = await delete(ada)
        assert (status, answer["error"]["code"]) == (409, "conflict")
        assert answer["error"]["data"]["projects"] == [{"project_id": str(project), "title": "Tutorial"}]
        assert (await ada.get("/api/session"))[1]["account"] is not None
        await join(hub.database, project, "bob@example.org", "owner")
        assert (await delete(ada))[0] == 200


async def test_the_last_administrator_stays(hub: RunningHub) -> None:
    await person(hub.database, "boss@example.org", administrator=True)
    await person(hub.database, "gone@example.org", administrator=True)
    await hub.database.execute("UPDATE accounts SET disabled = true WHERE email_key = 'gone@example.org'")
    async with hub.browser("boss@example.org") as boss:
        status, answer = await delete(boss)
        assert status == 409
        assert "only administrator" in answer["error"]["message"]
        await hub.database.execute("UPDATE accounts SET disabled = false")
        assert (await delete(boss))[0] == 200


async def test_the_password_is_asked_and_guessing_it_is_limited(hub: RunningHub, project: ProjectId) -> None:
    token = await add_api_token(hub.database, "ada@example.org")
    async with hub.browser("ada@example.org") as thief, hub.browser() as nobody:
        assert (await delete(nobody))[0] == 401
        async with thief.client.post(
            f"{hub.url}/api/account/deletion",
            json={"password": PASSWORD},
            headers={"Authorization": f"Bearer {token}"},
        ) as refused:
            assert refused.status == 403
        answers = [await delete(thief, f"guess {n}") for n in range(12)]
        assert answers[0][0] == 403
        assert answers[0][1]["error"]["data"]["field"] == "password"
        assert answers[-1][0] == 429
    assert await hub.database.fetchval("SELECT count(*) FROM accounts") == 1


class TestAtOnce:
    """Several people leave at the same moment, straight at the database."""

    async def leave(self, database: Database, account_id: AccountId | None) -> str:
        assert account_id is not None
        try:
            await delete_account(database, account_id, HASH)
        except StudiumError as error:
            return str(error.code)
        return "gone"

    async def test_two_owners(self, database: Database) -> None:
        tables = Tables(database)
        ada, bob, eve = [await add_account(database, name) for name in ("ada", "bob", "eve")]
        await database.execute("UPDATE accounts SET password_hash = $1", HASH)
        shared = await add_project(tables, ada)
        await add_collaborator(tables, ada, shared, bob.account_id, "owner")
        await add_collaborator(tables, ada, shared, eve.account_id, "viewer")
        both = await asyncio.gather(*(self.leave(database, one.account_id) for one in (ada, bob)))
        assert sorted(both) == ["conflict", "gone"]
        owners = "SELECT count(*) FROM collaborators WHERE project_id = $1 AND role = 'owner'"
        assert await database.fetchval(owners, UUID(shared)) == 1

    async def test_two_administrators(self, database: Database) -> None:
        people = [await add_account(database, name, administrator=True) for name in ("ada", "bob")]
        await database.execute("UPDATE accounts SET password_hash = $1", HASH)
        both = await asyncio.gather(*(self.leave(database, one.account_id) for one in people))
        assert sorted(both) == ["conflict", "gone"]

    async def test_leaving_while_others_add_one_and_projects_are_made(self, database: Database) -> None:
        tables = Tables(database)
        ada, bob = [await add_account(database, name) for name in ("ada", "bob")]
        await database.execute("UPDATE accounts SET password_hash = $1", HASH)
        projects = [await add_project(tables, bob) for _ in range(5)]

        refused: set[ErrorCode] = set()

        async def tried(work: Any) -> None:
            try:
                await work
            except StudiumError as error:
                refused.add(error.code)

        adding = [tried(add_collaborator(tables, bob, each, ada.account_id)) for each in projects]
        making = [tried(add_project(tables, ada)) for _ in range(5)]
        gone, *_ = await asyncio.gather(self.leave(database, ada.account_id), *adding, *making)
        assert gone == "gone"
        assert refused <= {ErrorCode.NOT_FOUND, ErrorCode.NOT_PERMITTED}
        nobodys = (
            "SELECT count(*) FROM projects"
            " WHERE deleted_at IS NULL AND project_id NOT IN (SELECT project_id FROM collaborators)"
        )
        assert await database.fetchval(nobodys) == 0
        assert await database.fetchval("SELECT count(*) FROM accounts WHERE account_id = $1", ada.account_id) == 0

    async def test_being_added_to_a_project_while_one_leaves_is_answered(self, database: Database) -> None:
        tables = Tables(database)
        ada, bob = [await add_account(database, name) for name in ("ada", "bob")]
        project = await add_project(tables, bob)
        async with database.transaction() as connection:
            await connection.execute("DELETE FROM accounts WHERE account_id = $1", ada.account_id)
            adding = asyncio.create_task(add_collaborator(tables, bob, project, ada.account_id))
            waiting = (
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            while not await database.fetchval(waiting):
                await asyncio.sleep(0.01)
        with pytest.raises(StudiumError) as refused:
            await adding
        assert refused.value.code is ErrorCode.NOT_FOUND

    async def test_with_a_password_that_was_changed_meanwhile(self, database: Database) -> None:
        ada = await add_account(database)
        await database.execute("UPDATE accounts SET password_hash = 'another'")
        assert await self.leave(database, ada.account_id) == "conflict"
