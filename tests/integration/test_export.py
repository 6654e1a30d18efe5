"""What Studium keeps about a person, as a file: theirs, whole, and without secrets."""

import io
import json
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import aiohttp
import pytest

from studium.hub.accounts import add_api_token
from studium.hub.database import Database
from studium.hub.export import ROWS_AT_ONCE, export_account
from studium.protocol.ids import AccountId, ProjectId
from support.hub import Browser, RunningHub, SocketDriver, person, running_hub
from support.pictures import png


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[RunningHub]:
    async with running_hub(database, SocketDriver(tmp_path)) as running:
        yield running


@pytest.fixture
async def project(database: Database) -> ProjectId:
    return await person(database, "ada@example.org")


async def export(browser: Browser) -> dict[str, bytes]:
    async with browser.client.get(f"{browser.url}/api/export") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/zip"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert answer.headers["Cache-Control"] == "no-store"
        with ZipFile(io.BytesIO(await answer.read())) as archive:
            assert archive.testzip() is None
            return {name: archive.read(name) for name in archive.namelist()}


def read(files: dict[str, bytes], name: str) -> Any:
    return json.loads(files[name])


async def test_it_holds_ones_own_rows_and_no_secret(hub: RunningHub, project: ProjectId) -> None:
    await person(hub.database, "bob@example.org")
    token = await add_api_token(hub.database, "ada@example.org", "marking")
    await add_api_token(hub.database, "bob@example.org", "somebody else's")
    async with hub.browser("ada@example.org") as ada:
        cookie = next(iter(ada.client.cookie_jar)).value
        await ada.client.put(f"{hub.url}/api/avatar", data=png())
        await ada.post("/api/query", query={"accounts": {"settings": {"page": {"theme": "dark"}}}})
        await ada.post("/api/query", query={"project_marks": {"project_id": str(project), "starred": True}})
        files = await export(ada)
    assert set(files) == {
        *("README.txt", "account.json", "settings.json", "picture.png"),
        *("projects.json", "sessions.json", "api_tokens.json"),
    }
    assert read(files, "account.json")["email_address"] == "ada@example.org"
    assert read(files, "settings.json") == {"page": {"theme": "dark"}}
    assert files["picture.png"] == png()
    (row,) = read(files, "projects.json")
    assert (row["project_id"], row["title"], row["role"]) == (str(project), "Tutorial", "owner")
    assert (row["starred"], row["hidden"], row["created_by_me"]) == (True, False, True)
    assert [row["name"] for row in read(files, "api_tokens.json")] == ["marking"]
    assert len(read(files, "sessions.json")) == 1
    everything = b"".join(files.values())
    hashes = await hub.database.fetchval("SELECT password_hash FROM accounts WHERE email_key = 'ada@example.org'")
    for secret in (token, cookie, hashes, "bob@example.org", "token_hash"):
        assert secret.encode() not in everything


async def test_without_anything_it_is_whole_too(hub: RunningHub, project: ProjectId) -> None:
    await hub.database.execute("DELETE FROM projects")
    async with hub.browser("ada@example.org") as ada:
        files = await export(ada)
    assert read(files, "projects.json") == []
    assert read(files, "api_tokens.json") == []


async def test_only_a_browser_and_not_too_often(hub: RunningHub, project: ProjectId) -> None:
    async with hub.browser() as nobody:
        assert (await nobody.get("/api/export"))[0] == 401
    token = await add_api_token(hub.database, "ada@example.org")
    bearer = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as script, script.get(f"{hub.url}/api/export", headers=bearer) as answer:
        assert answer.status == 403
    async with hub.browser("ada@example.org") as ada:
        for _ in range(5):
            await export(ada)
        assert (await ada.get("/api/export"))[0] == 429


async def test_many_rows_take_no_more_memory_than_few(database: Database) -> None:
    await person(database, "ada@example.org")
    account = AccountId(await database.fetchval("SELECT account_id FROM accounts"))
    count = 20 * ROWS_AT_ONCE + 7
    await database.execute(
        "WITH made AS (INSERT INTO projects (title, description, created_by)"
        "              SELECT 'p' || n, repeat(md5(n::text), 150), $1 FROM generate_series(2, $2::int) n"
        "              RETURNING project_id)"
        " INSERT INTO collaborators (project_id, account_id, role) SELECT project_id, $1, 'owner' FROM made",
        account,
        count,
    )
    archive, largest = bytearray(), 0
    tracemalloc.start()
    try:
        async for part in export_account(database, account):
            archive += part
            largest = max(largest, len(part))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    with ZipFile(io.BytesIO(archive)) as opened:
        text = opened.read("projects.json")
    rows = json.loads(text)
    assert len({row["project_id"] for row in rows}) == count
    assert len(text) > 15_000_000
    assert largest < len(archive) / 5
    assert peak - 2 * len(archive) < 12_000_000
