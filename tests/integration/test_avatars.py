"""Pictures of people: set, shown to others at once, served as what they are, taken away."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from studium.hub.database import Database
from studium.protocol.ids import ProjectId
from support.hub import Browser, RunningHub, SocketDriver, identity_in, person, running_hub
from support.pictures import WEBP, png


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[RunningHub]:
    async with running_hub(database, SocketDriver(tmp_path)) as running:
        yield running


@pytest.fixture
async def project(database: Database) -> ProjectId:
    return await person(database, "ada@example.org")


async def put(browser: Browser, content: bytes, **headers: str) -> tuple[int, Any]:
    async with browser.client.put(f"{browser.url}/api/avatar", data=content, headers=headers) as answer:
        return answer.status, await answer.json()


async def account(browser: Browser) -> Any:
    return (await browser.get("/api/session"))[1]["account"]


async def address(browser: Browser) -> str:
    mine = await account(browser)
    return f"{browser.url}/api/avatars/{mine['account_id']}/{mine['avatar']}"


@pytest.mark.parametrize(("content", "kind"), [(png(), "image/png"), (WEBP, "image/webp")])
async def test_a_picture_is_served_as_what_it_is(
    hub: RunningHub, project: ProjectId, content: bytes, kind: str
) -> None:
    await person(hub.database, "bob@example.org")
    async with hub.browser("ada@example.org") as ada, hub.browser("bob@example.org") as bob, hub.browser() as nobody:
        assert (await account(ada))["avatar"] is None
        status, answer = await put(ada, content, **{"Content-Type": "text/html"})
        assert status == 200
        async with asyncio.timeout(60):
            while (await account(ada))["avatar"] != answer["avatar"]:
                await asyncio.sleep(0.02)  # until the hub has heard of it
        url = await address(ada)
        for browser in (ada, bob):
            async with browser.client.get(url) as shown:
                assert await shown.read() == content
                assert shown.headers["Content-Type"] == kind
                assert shown.headers["X-Content-Type-Options"] == "nosniff"
                assert "sandbox" in shown.headers["Content-Security-Policy"]
                assert "immutable" in shown.headers["Cache-Control"]
                assert "private" in shown.headers["Cache-Control"]
        async with nobody.client.get(url) as refused:
            assert refused.status == 401
        for wrong in (url[:-1] + "g", url[:-32] + "0" * 32, url.replace("/avatars/", "/avatars/x")):
            async with ada.client.get(wrong) as missing:
                assert missing.status == 404


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"<svg/>", 400, "invalid_value"),
        (b"", 400, "invalid_value"),
        (png(300, 300), 400, "invalid_value"),
        (png() + bytes(64 * 1024), 413, "too_large"),
    ],
)
async def test_what_is_refused_changes_nothing(
    hub: RunningHub, project: ProjectId, content: bytes, status: int, code: str
) -> None:
    async with hub.browser("ada@example.org") as ada:
        assert (await put(ada, png()))[0] == 200
        got, answer = await put(ada, content)
        assert (got, answer["error"]["code"]) == (status, code)
        assert await hub.database.fetchval("SELECT content FROM avatars") == png()


async def test_it_is_seen_live_where_the_name_is_and_taken_away_by_a_set(hub: RunningHub, project: ProjectId) -> None:
    async with hub.browser("ada@example.org") as ada, ada.client.ws_connect(f"{hub.url}/api/tables") as feed:
        query = {"collaborators": [{"project_id": str(project), "account_id": None, "avatar": None, "colour": None}]}
        await feed.send_json({"id": 1, "query": query, "changes": True})
        await feed.receive_json()
        _, answer = await put(ada, png())
        assert (await feed.receive_json(timeout=60))["new"]["avatar"] == answer["avatar"]
        given = {"query": {"accounts": {"avatar": answer["avatar"]}}}
        async with ada.client.post(f"{hub.url}/api/query", json=given) as refused:
            assert refused.status == 400
            assert "PUT /api/avatar" in await refused.text()
        await ada.post("/api/query", query={"accounts": {"avatar": None}}, options=[{"set": True}])
        assert (await feed.receive_json(timeout=60))["new"]["avatar"] is None
        assert await hub.database.fetchval("SELECT count(*) FROM avatars") == 0


async def test_of_two_pictures_at_once_the_one_that_is_named_is_there(hub: RunningHub, project: ProjectId) -> None:
    async with hub.browser("ada@example.org") as ada:
        await asyncio.gather(*(put(ada, png(colour=(n, n, n))) for n in range(6)))
    row = await hub.database.fetchrow("SELECT avatar, hash FROM accounts JOIN avatars USING (account_id)")
    assert row is not None
    assert row["avatar"] == row["hash"]


async def test_pictures_are_limited(hub: RunningHub, project: ProjectId) -> None:
    async with hub.browser("ada@example.org") as ada:
        codes = [(await put(ada, png()))[0] for _ in range(21)]
    assert codes == [200] * 20 + [429]


@pytest.mark.parametrize(
    "change", [{"colour": 7}, {"first_name": "Augusta"}, {"settings": {"page": {"theme": "dark"}}}]
)
async def test_who_is_seen_in_a_document_is_who_one_is_now(
    hub: RunningHub, project: ProjectId, change: dict[str, Any]
) -> None:
    """The identity was signed when the socket was opened: it is opened again, unless it would say the same."""
    heard = asyncio.Event()  # else the socket could be ended by this very change
    hub.hub.changes.listen("accounts", lambda each: heard.set() if (each.new or {}).get("colour") == 3 else None)
    await hub.database.execute("UPDATE accounts SET colour = 3 WHERE email_key = 'ada@example.org'")
    await asyncio.wait_for(heard.wait(), 60)
    async with (
        hub.browser("ada@example.org") as ada,
        ada.client.ws_connect(f"{hub.url}/api/tables") as feed,
        ada.client.ws_connect(f"{hub.url}/projects/{project}/documents/a") as socket,
    ):
        await socket.send_str("here")
        assert await socket.receive_str() == "here"
        query = {"accounts": [{"account_id": "{account_id}", "settings": None, "colour": None, "first_name": None}]}
        await feed.send_json({"id": 1, "query": query, "changes": True})
        await feed.receive_json()
        assert (await ada.post("/api/query", query={"accounts": change}))[0] == 200
        assert (await feed.receive_json(timeout=60))["action"] == "update"
        if "settings" in change:
            await socket.send_str("still here")
            assert await socket.receive_str() == "still here"
        else:
            assert (await socket.receive(timeout=60)).data == 4503
            async with ada.client.get(f"{hub.url}/projects/{project}/files/a") as answer:
                headers = json.loads(await answer.text())["headers"]
            assert change.get("colour", 3) == identity_in(headers).colour
