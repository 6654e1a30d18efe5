"""API tokens: made in a browser, shown once, ended at once; and what one that may only read can do."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from studium.hub.accounts import add_api_token
from studium.hub.api_tokens import MAX_TOKENS
from studium.hub.auth.tokens import token_hash
from studium.hub.database import Database
from studium.hub.sweep import sweep
from studium.protocol.account import TokenScope
from studium.protocol.ids import ProjectId
from studium.protocol.session import Role
from support.hub import Browser, RunningHub, SocketDriver, identity_in, person, running_hub

LIST = {"api_tokens": [dict.fromkeys(("token_id", "name", "scope", "created_at", "expires_at", "last_used_at"))]}


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[RunningHub]:
    async with running_hub(database, SocketDriver(tmp_path)) as running:
        yield running


@pytest.fixture
async def project(database: Database) -> ProjectId:
    return await person(database, "ada@example.org", administrator=True)


@asynccontextmanager
async def script(hub: RunningHub, token: str) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as client:
        yield Browser(client, hub.url)


async def make(browser: Browser, name: str = "marking", scope: str = "full", days: int | None = 30) -> tuple[int, Any]:
    return await browser.post("/api/tokens", name=name, scope=scope, days=days)


async def listed(browser: Browser) -> list[Any]:
    status, answer = await browser.post("/api/query", query=LIST)
    assert status == 200, answer
    return list(answer["result"]["api_tokens"])


async def test_a_token_is_shown_once_and_works_until_it_is_deleted(hub: RunningHub, project: ProjectId) -> None:
    async with hub.browser("ada@example.org") as ada:
        status, made = await make(ada, "  marking  ", "full", 30)
        assert status == 201
        assert made["token"].startswith("studium_token_")
        (row,) = await listed(ada)
        assert row["token_id"] == made["token_id"]
        assert (row["name"], row["scope"], row["last_used_at"]) == ("marking", "full", None)
        assert row["expires_at"] is not None
        assert made["token"] not in json.dumps(row)
        stored = await hub.database.fetchval("SELECT token_hash FROM api_tokens")
        assert stored == token_hash(made["token"])
        async with script(hub, made["token"]) as running:
            assert (await running.post("/api/query", query={"projects": {"title": "By a script"}}))[0] == 200
            assert (await listed(ada))[0]["last_used_at"] is not None
            async with running.client.ws_connect(f"{hub.url}/api/tables") as tables:
                query = {"api_tokens": {"token_id": made["token_id"]}}
                assert (await ada.post("/api/query", query=query, options=[{"delete": True}]))[0] == 200
                assert (await tables.receive(timeout=60)).data == 4401
            assert (await running.get("/api/session"))[0] == 401
        assert await listed(ada) == []


async def test_a_token_that_does_not_end(hub: RunningHub, project: ProjectId) -> None:
    async with hub.browser("ada@example.org") as ada:
        assert (await make(ada, days=None))[0] == 201
        assert (await listed(ada))[0]["expires_at"] is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"days": 0}, "days"),
        ({"days": 366}, "days"),
        ({"scope": "administrator"}, None),
        ({"days": "7"}, None),
    ],
)
async def test_bad_input_is_named(
    hub: RunningHub, project: ProjectId, fields: dict[str, Any], field: str | None
) -> None:
    async with hub.browser("ada@example.org") as ada:
        status, answer = await make(ada, **fields)
        assert status == 400
        if field is not None:
            assert answer["error"]["data"]["field"] == field
        assert await listed(ada) == []


async def test_only_a_browser_makes_tokens(hub: RunningHub, project: ProjectId) -> None:
    async with hub.browser() as nobody:
        assert (await make(nobody))[0] == 401
    async with script(hub, await add_api_token(hub.database, "ada@example.org")) as running:
        status, answer = await make(running)
        assert (status, answer["error"]["code"]) == (403, "not_permitted")
        assert len(await listed(running)) == 1


async def test_an_account_has_so_many_tokens_however_many_are_asked_for_at_once(
    hub: RunningHub, project: ProjectId
) -> None:
    async with hub.browser("ada@example.org") as ada:
        for _ in range(MAX_TOKENS - 1):
            await add_api_token(hub.database, "ada@example.org")
        answers = await asyncio.gather(*(make(ada) for _ in range(4)))
        assert sorted(status for status, _ in answers) == [201, 409, 409, 409]
        assert len(await listed(ada)) == MAX_TOKENS


async def test_what_a_token_opened_ends_with_its_time(hub: RunningHub, project: ProjectId) -> None:
    token = await add_api_token(hub.database, "ada@example.org", "short", TokenScope.FULL, 1)
    async with script(hub, token) as running:
        document = f"{hub.url}/projects/{project}/documents/a"
        async with (
            running.client.ws_connect(f"{hub.url}/api/tables") as tables,
            running.client.ws_connect(document) as socket,
        ):
            await socket.send_str("here")
            assert await socket.receive_str() == "here"
            await hub.database.execute("UPDATE api_tokens SET expires_at = now() + interval '1 second'")
            sweeper = asyncio.create_task(sweep(hub.hub.sessions.delete_expired))
            assert (await tables.receive(timeout=60)).data == 4401
            assert (await socket.receive(timeout=60)).data == 4401
            sweeper.cancel()
        assert (await running.get("/api/session"))[0] == 401


async def test_a_token_whose_time_is_over_is_refused_before_it_is_swept(hub: RunningHub, project: ProjectId) -> None:
    token = await add_api_token(hub.database, "ada@example.org", "short", TokenScope.FULL, 1)
    await hub.database.execute("UPDATE api_tokens SET expires_at = now()")
    async with script(hub, token) as running:
        assert (await running.get("/api/session"))[0] == 401


class TestReadOnly:
    """A token that may only read, of an administrator who owns the project."""

    @pytest.fixture
    async def reader(self, hub: RunningHub, project: ProjectId) -> AsyncIterator[Browser]:
        token = await add_api_token(hub.database, "ada@example.org", "reader", TokenScope.READ_ONLY)
        async with script(hub, token) as running:
            yield running

    async def test_it_reads_tables_and_sets_nothing(self, hub: RunningHub, reader: Browser) -> None:
        status, answer = await reader.post("/api/query", query={"projects": [{"title": None}]})
        assert (status, answer["result"]["projects"]) == (200, [{"title": "Tutorial"}])
        status, answer = await reader.post("/api/query", query={"projects": {"title": "New"}})
        assert (status, answer["error"]["code"]) == (403, "not_permitted")
        assert "only read" in answer["error"]["message"]
        async with reader.client.ws_connect(f"{hub.url}/api/tables") as tables:
            await tables.send_json({"id": 1, "query": {"accounts": [{"first_name": None}]}, "changes": True})
            assert "result" in await tables.receive_json()
            await tables.send_json({"id": 2, "query": {"accounts": {"first_name": "New"}}})
            assert (await tables.receive_json())["error"]["code"] == "not_permitted"

    async def test_in_a_project_it_is_a_viewer(self, hub: RunningHub, project: ProjectId, reader: Browser) -> None:
        for method in ("GET", "PUT", "POST"):
            async with reader.client.request(method, f"{hub.url}/projects/{project}/files/a") as answer:
                assert identity_in((await answer.json())["headers"]).role is Role.VIEWER
        async with hub.browser("ada@example.org") as ada:
            _, answer = await ada.get(f"/projects/{project}/files/a")
            assert identity_in(answer["headers"]).role is Role.OWNER

    async def test_it_has_no_power_of_an_administrator_but_to_read(self, reader: Browser) -> None:
        for path, fields in (
            ("/api/invitations", {"email_address": None}),
            ("/api/tokens", {"name": "more", "scope": "full", "days": None}),
            ("/api/password", {"current_password": "x", "password": "x"}),
        ):
            status, answer = await reader.post(path, **fields)
            assert (status, answer["error"]["code"]) == (403, "not_permitted"), path
