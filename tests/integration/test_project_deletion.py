"""Projects that are deleted, restored, archived, copied and removed for ever."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from studium.hub.database import Database
from studium.hub.purge import purge_deleted
from studium.protocol.ids import ProjectId
from support.hub import Browser, SocketDriver, identity_in, person, running_hub


@pytest.fixture
def driver(tmp_path: Path) -> SocketDriver:
    return SocketDriver(tmp_path)


@pytest.fixture
async def project(database: Database) -> ProjectId:
    return await person(database, "ada@example.org")


async def put(browser: Browser, project: ProjectId, **fields: Any) -> tuple[int, Any]:
    """Set fields of a project as its page does."""
    query = {"projects": {"project_id": str(project), **fields}}
    return await browser.post("/api/query", query=query, options=[{"set": True}])


async def stopped(driver: SocketDriver, project: ProjectId) -> None:
    async with asyncio.timeout(30):
        while project in driver.servers:
            await asyncio.sleep(0.01)


async def started(driver: SocketDriver, project: ProjectId) -> None:
    async with asyncio.timeout(30):
        while project not in driver.servers:
            await asyncio.sleep(0.01)


async def test_a_deleted_project_is_stopped_and_comes_back(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    async with running_hub(database, driver) as hub, hub.browser("ada@example.org") as ada:
        async with ada.client.ws_connect(f"{hub.url}/projects/{project}/documents/a") as socket:
            assert (await put(ada, project, deleted_at="{now}"))[0] == 200
            assert (await socket.receive(timeout=60)).data in (4403, 4503, 1001)
        await stopped(driver, project)
        status, refused = await ada.get(f"/projects/{project}/files/a")
        assert (status, refused["error"]["code"]) == (503, "project_not_running")
        for fields in ({"title": "New"}, {"action_request": {"action": "start"}}, {"archived": True}):
            status, refused = await put(ada, project, **fields)
            assert (status, refused["error"]["code"]) == (409, "conflict"), fields
            assert "restore" in refused["error"]["message"]
        deleted_at = await database.fetchval("SELECT deleted_at FROM projects")
        assert (await put(ada, project, deleted_at="2020-01-01T00:00:00Z"))[0] == 200
        assert await database.fetchval("SELECT deleted_at FROM projects") == deleted_at
        assert (await put(ada, project, deleted_at=None))[0] == 200
        assert (await put(ada, project, action_request={"action": "start"}))[0] == 200
        await started(driver, project)
        assert (await ada.get(f"/projects/{project}/files/a"))[0] == 200
    assert driver.removed == []


async def test_a_project_deleted_while_it_starts_does_not_stay_running(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    driver.start_gate.clear()
    async with running_hub(database, driver) as hub, hub.browser("ada@example.org") as ada:
        opening = asyncio.create_task(ada.get(f"/projects/{project}/files/a"))
        while not driver.starts:
            await asyncio.sleep(0.01)
        assert (await put(ada, project, deleted_at="{now}"))[0] == 200
        driver.start_gate.set()
        await opening
        async with asyncio.timeout(30):
            while driver.stops != [project]:
                await asyncio.sleep(0.01)
        assert (await ada.get(f"/projects/{project}/files/a"))[0] == 503


async def test_what_was_deleted_long_ago_is_removed_for_ever(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    other = await person(database, "bob@example.org")
    kept = await person(database, "cem@example.org")
    await database.execute("UPDATE projects SET deleted_at = now() - interval '31 days' WHERE project_id = $1", project)
    await database.execute("UPDATE projects SET deleted_at = now() - interval '31 days' WHERE project_id = $1", other)
    await database.execute("UPDATE projects SET deleted_at = now() - interval '29 days' WHERE project_id = $1", kept)

    class Stuck(SocketDriver):
        async def remove(self, project_id: ProjectId) -> None:
            if project_id == project:
                raise PermissionError(13, "not allowed")
            await super().remove(project_id)

    stuck = Stuck(driver.folder)
    assert await purge_deleted(database, stuck) == 1
    assert stuck.removed == [other]
    left = {row["project_id"] for row in await database.fetch("SELECT project_id FROM projects")}
    assert left == {project, kept}
    assert await purge_deleted(database, driver) == 1
    assert await purge_deleted(database, driver) == 0
    assert driver.removed == [project]


async def test_what_is_about_to_be_removed_is_not_restored(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    await database.execute("UPDATE projects SET deleted_at = now() - interval '30 days 10 minutes'")
    async with running_hub(database, driver) as hub, hub.browser("ada@example.org") as ada:
        status, refused = await put(ada, project, deleted_at=None)
        assert (status, refused["error"]["code"]) == (409, "conflict")
        assert "30 days" in refused["error"]["message"]


async def test_an_archived_project_is_read_and_not_written(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    async with running_hub(database, driver) as hub, hub.browser("ada@example.org") as ada:
        assert await role(ada, project) == "owner"
        async with ada.client.ws_connect(f"{hub.url}/projects/{project}/documents/a") as socket:
            assert (await put(ada, project, archived=True))[0] == 200
            assert (await socket.receive(timeout=60)).data in (4503, 1001)
        await stopped(driver, project)
        assert (await put(ada, project, action_request={"action": "start"}))[0] == 200
        await started(driver, project)
        assert await role(ada, project) == "viewer"
        status, refused = await put(ada, project, title="New")
        assert (status, refused["error"]["code"]) == (409, "conflict")
        assert (await put(ada, project, title="New", archived=False))[0] == 200
        async with asyncio.timeout(30):  # the hub hears of it a moment later
            while await role(ada, project) != "owner":
                await asyncio.sleep(0.01)


async def role(browser: Browser, project: ProjectId) -> str:
    """The role that is signed for a request to the project."""
    _, answer = await browser.get(f"/projects/{project}/files/a")
    return str(identity_in(answer["headers"]).role)


async def test_a_copy_begins_with_the_files_of_its_source(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    await person(database, "bob@example.org")
    async with running_hub(database, driver) as hub, hub.browser("ada@example.org") as ada:
        copy = await copied(ada, project)
        await started(driver, copy)
        assert driver.templates[copy] == project
        async with hub.browser("bob@example.org") as bob:
            query = {"projects": {"title": "Mine", "copied_from": str(project)}}
            assert (await bob.post("/api/query", query=query))[0] == 403
        await put(ada, project, deleted_at="{now}")
        query = {"projects": {"title": "Copy", "copied_from": str(project)}}
        assert (await ada.post("/api/query", query=query))[0] == 403


async def copied(browser: Browser, project: ProjectId) -> ProjectId:
    query = {"projects": {"title": "Copy", "copied_from": str(project)}}
    status, answer = await browser.post("/api/query", query=query)
    assert status == 200, answer
    return ProjectId(UUID(answer["result"]["projects"]["project_id"]))


async def test_a_project_whose_row_is_deleted_ends(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    async with running_hub(database, driver) as hub, hub.browser("ada@example.org") as ada:
        async with ada.client.ws_connect(f"{hub.url}/projects/{project}/documents/a") as socket:
            await database.execute("DELETE FROM projects")
            assert (await socket.receive(timeout=60)).data in (4403, 4503)
        async with asyncio.timeout(30):
            while driver.stops != [project]:
                await asyncio.sleep(0.01)
        assert (await ada.get(f"/projects/{project}/files/a"))[0] == 403
