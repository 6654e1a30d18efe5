"""Copying from one project to another, through a real hub and two real project servers."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from studium.hub import copies
from studium.hub.database import Database
from studium.protocol.ids import ProjectId
from support.hub import Browser, RunningHub, person, running_hub
from support.jobs import tree
from support.project_driver import ProjectDriver


@dataclass
class Two:
    """Two people, each with a project; Ada is a viewer of Bob's until he lets her write."""

    hub: RunningHub
    driver: ProjectDriver
    ada: Browser
    source: ProjectId
    target: ProjectId

    async def copy(self, paths: list[str], **fields: Any) -> tuple[int, Any]:
        url = f"/api/projects/{self.source}/copies"
        return await self.ada.post(url, paths=paths, to_project_id=str(self.target), **fields)

    async def let_ada(self, role: str | None) -> None:
        """Her role in the target."""
        await self.hub.database.execute(
            "DELETE FROM collaborators WHERE project_id = $1 AND account_id = "
            "(SELECT account_id FROM accounts WHERE email_address = 'ada@example.org')",
            self.target,
        )
        if role is not None:
            await self.hub.database.execute(
                "INSERT INTO collaborators (project_id, account_id, role) SELECT $1, account_id, $2 FROM accounts "
                "WHERE email_address = 'ada@example.org'",
                self.target,
                role,
            )
        expected = {None: (403, 403), "viewer": (200, 403), "collaborator": (200, 200)}[role]
        async with asyncio.timeout(30):  # until the hub has heard of it
            while True:
                with contextlib.suppress(aiohttp.ClientError):  # what is under way when a right is lost is cut
                    if await self.may_ada() == expected:
                        return
                await asyncio.sleep(0.02)

    async def may_ada(self) -> tuple[int, int]:
        """What the target answers when she reads, and when she changes something."""
        url = f"{self.hub.url}/projects/{self.target}"
        async with self.ada.client.get(f"{url}/trash") as reading:
            pass
        async with self.ada.client.post(f"{url}/operations", json={"type": "cancel_job", "job_id": "x"}) as writing:
            pass
        return reading.status, writing.status


@pytest.fixture
async def two(database: Database, tmp_path: Path) -> AsyncIterator[Two]:
    driver = ProjectDriver(tmp_path)
    async with running_hub(database, driver) as hub:
        source = await person(database, "ada@example.org")
        target = await person(database, "bob@example.org")
        async with hub.browser("ada@example.org") as ada, hub.browser("bob@example.org") as bob:
            for browser, project in ((ada, source), (bob, target)):
                assert (await browser.client.get(f"{hub.url}/projects/{project}/trash")).status == 200
            two = Two(hub, driver, ada, source, target)
            await two.let_ada("collaborator")
            yield two


async def test_files_and_folders_are_copied(two: Two) -> None:
    source, target = two.driver.homes[two.source], two.driver.homes[two.target]
    (source / "data" / "deep").mkdir(parents=True)
    (source / "data" / "big").write_bytes(os.urandom(5_000_000))
    (source / "data" / "deep" / "é").write_text("x")
    (source / "a.md").write_text("a")
    (target / "in").mkdir()
    status, copied = await two.copy(["data", "a.md"], to="in")
    assert (status, copied) == (200, {"files": 5, "bytes": 5_000_002})
    assert tree(target / "in") == tree(source)
    status, answer = await two.copy(["data", "a.md"], to="in")
    assert (status, answer["error"]["code"], answer["error"]["data"]["taken"]) == (409, "conflict", ["data", "a.md"])
    (source / "a.md").write_text("b")
    status, _ = await two.copy(["a.md"], to="in", clash="replace")
    assert (target / "in" / "a.md").read_text() == "b"
    assert not list(target.glob(".studium*"))


async def test_both_rights_are_asked_for(two: Two) -> None:
    source, target = two.driver.homes[two.source], two.driver.homes[two.target]
    (source / "a.md").write_text("a")
    await two.let_ada("viewer")
    status, answer = await two.copy(["a.md"])
    assert (status, answer["error"]["code"]) == (403, "not_permitted")
    await two.let_ada(None)
    status, answer = await two.copy(["a.md"])
    assert (status, answer["error"]["code"]) == (403, "not_permitted")
    status, answer = await two.ada.post(
        f"/api/projects/{two.target}/copies", paths=["x"], to_project_id=str(two.source)
    )
    assert (status, answer["error"]["code"]) == (403, "not_permitted")
    assert tree(target) == {}
    for fields, code in (
        ({"to_project_id": str(two.source)}, "invalid_value"),
        ({"to_project_id": "x"}, "invalid_value"),
    ):
        status, answer = await two.ada.post(f"/api/projects/{two.source}/copies", paths=["a.md"], **fields)
        assert answer["error"]["code"] == code
    async with two.hub.browser() as stranger:
        status, _ = await stranger.post(
            f"/api/projects/{two.source}/copies", paths=["x"], to_project_id=str(two.target)
        )
        assert status == 401


async def test_what_cannot_be_copied(two: Two) -> None:
    (two.driver.homes[two.source] / "a.md").write_text("a")
    for paths, to, code in (
        (["missing"], "", "not_found"),
        (["../x"], "", "invalid_path"),
        (["a.md"], "missing", "not_found"),
        (["a.md"], "../x", "invalid_path"),
        ([], "", "invalid_value"),
    ):
        _, answer = await two.copy(paths, to=to)
        assert answer["error"]["code"] == code, answer
    assert tree(two.driver.homes[two.target]) == {}


async def test_a_right_that_is_lost_ends_the_copy(two: Two) -> None:
    source, target = two.driver.homes[two.source], two.driver.homes[two.target]
    with (source / "big").open("wb") as file:
        file.truncate(4 * 1024**3)
    copying = asyncio.create_task(two.copy(["big"]))
    async with asyncio.timeout(30):
        while not list(target.glob(".studium-jobs.tmp/*/content/big")):
            await asyncio.sleep(0.01)
    await two.let_ada(None)
    status, answer = await copying
    assert status >= 400, answer
    async with asyncio.timeout(30):
        while list(target.glob(".studium*")):
            await asyncio.sleep(0.02)
    assert tree(target) == {}


async def test_whoever_goes_ends_the_copy(two: Two) -> None:
    source, target = two.driver.homes[two.source], two.driver.homes[two.target]
    with (source / "big").open("wb") as file:
        file.truncate(4 * 1024**3)
    copying = asyncio.create_task(two.copy(["big"]))
    async with asyncio.timeout(30):
        while not list(target.glob(".studium-jobs.tmp/*/content/big")):
            await asyncio.sleep(0.01)
    copying.cancel()
    await asyncio.gather(copying, return_exceptions=True)
    async with asyncio.timeout(30):
        while list(target.glob(".studium*")):
            await asyncio.sleep(0.02)
    assert tree(target) == {}


async def test_not_too_many_at_once(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "MAX_OF_ACCOUNT", 0)
    status, answer = await two.copy(["x"])
    assert (status, answer["error"]["code"]) == (429, "rate_limited")
