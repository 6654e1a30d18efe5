"""Projects that start, end and are taken over, with one hub and with two on one database."""

import asyncio
import os
import signal
from pathlib import Path
from uuid import uuid4

import pytest

from studium.hub.database import Database, EmbeddedPostgres
from studium.protocol.errors import ErrorCode, close_code
from studium.protocol.ids import ProjectId
from support.hub import SocketDriver, person, running_hub
from support.states import states, until


@pytest.fixture
def driver(tmp_path: Path) -> SocketDriver:
    return SocketDriver(tmp_path)


@pytest.fixture
async def project(database: Database) -> ProjectId:
    return await person(database, "ada@example.org")


async def ask(database: Database, project: ProjectId, action: str) -> None:
    request = {"action": action, "at": "2026-01-01T00:00:00Z"}
    await database.execute("UPDATE projects SET action_request = $2 WHERE project_id = $1", project, request)


async def test_a_wish_starts_stops_and_restarts(database: Database, driver: SocketDriver, project: ProjectId) -> None:
    async with running_hub(database, driver) as hub, states(hub, project) as seen:
        await ask(database, project, "start")
        steps = [await asyncio.wait_for(seen.get(), 60)]
        while steps[-1]["status"] != "running":
            steps.append(await asyncio.wait_for(seen.get(), 60))
        assert {state["status"] for state in steps} == {"starting", "running"}
        assert all(state["step"] for state in steps[:-1])
        await ask(database, project, "restart")
        await until(seen, "running")
        await ask(database, project, "stop")
        await until(seen, "stopped")
        assert driver.starts == [project, project]
        assert driver.stops == [project, project]
        row = await database.fetchrow("SELECT * FROM project_runtime")
        assert row is not None
        assert (row["hub_id"], row["endpoint"], row["secret"], row["epoch"]) == (None, None, None, 2)
        assert await database.fetchval("SELECT action_request FROM projects") is None
        async with hub.browser("ada@example.org") as ada:  # a page that is still open does not start it again
            status, answer = await ada.get(f"/projects/{project}/files/a")
            assert (status, answer["error"]["code"]) == (503, "project_not_running")


async def test_what_a_person_stopped_stays_stopped_until_a_person_starts_it(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    async with running_hub(database, driver) as hub, states(hub, project) as seen:
        await ask(database, project, "start")
        await until(seen, "running")
        await ask(database, project, "stop")
        await until(seen, "stopped")
        await database.execute('UPDATE projects SET state = state || \'{"at": "2026-01-01T00:00:00Z"}\'::jsonb')
        async with hub.browser("ada@example.org") as ada:
            async with ada.client.ws_connect(f"{hub.url}/projects/{project}/documents/a") as socket:
                assert (await socket.receive(timeout=60)).data == close_code(ErrorCode.PROJECT_NOT_RUNNING)
            assert driver.starts == [project]
            await ask(database, project, "start")
            await until(seen, "running")
            assert (await ada.get(f"/projects/{project}/files/a"))[0] == 200
    # What goes down with its hub was not stopped by a person: open pages start it again.
    async with running_hub(database, driver) as hub, hub.browser("ada@example.org") as ada:
        assert (await ada.get(f"/projects/{project}/files/a"))[0] == 200


async def test_one_account_runs_so_many_projects_at_once(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    await database.execute("INSERT INTO site_settings VALUES ('running_projects', '3')")
    await database.execute(
        "WITH made AS (INSERT INTO projects (title, created_by)"
        " SELECT 'p', created_by FROM projects, generate_series(1, 3) RETURNING project_id)"
        " INSERT INTO project_runtime (project_id, hub_id) SELECT project_id, $1 FROM made",
        uuid4(),
    )
    alive = "SELECT pg_advisory_lock(hashtextextended(hub_id::text, 5571)) FROM project_runtime LIMIT 1"
    async with database.connection() as other:
        await other.fetchval(alive)
        async with running_hub(database, driver) as hub, states(hub, project) as seen:
            async with hub.browser("ada@example.org") as ada:
                status, answer = await ada.get(f"/projects/{project}/files/a")
                assert (status, answer["error"]["code"]) == (503, "project_not_running")
                assert "3 projects" in answer["error"]["message"]
            await ask(database, project, "start")
            assert "3 projects" in (await until(seen, "failed"))["message"]
            await database.execute("DELETE FROM site_settings")  # 50, when nobody says otherwise
            await ask(database, project, "start")
            await until(seen, "running")
        await other.execute("SELECT pg_advisory_unlock_all()")
    assert driver.starts == [project]


async def test_traffic_starts_a_project_once_with_the_tutorial(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    async with running_hub(database, driver) as hub, hub.browser("ada@example.org") as ada:
        answers = await asyncio.gather(*(ada.get(f"/projects/{project}/files/a") for _ in range(20)))
        assert {status for status, _ in answers} == {200}
        assert driver.starts == [project]
        template = driver.templates[project]
        assert isinstance(template, Path)
        assert (template / "Welcome.md").is_file()
    assert driver.stops == [project]


async def test_a_failed_start_says_why_and_is_not_tried_at_once_again(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    driver.fail = "The disk is full. Make room, then start the project again."
    async with (
        running_hub(database, driver) as hub,
        hub.browser("ada@example.org") as ada,
        states(hub, project) as seen,
    ):
        for _ in range(3):
            status, answer = await ada.get(f"/projects/{project}/files/a")
            assert (status, answer["error"]["code"]) == (503, "project_not_running")
            assert answer["error"]["message"] == driver.fail
            assert answer["error"]["data"]["log"] == "its last words"
        assert driver.starts == [project]
        assert (await until(seen, "failed"))["message"] == driver.fail
        driver.fail = None
        await ask(database, project, "start")
        await until(seen, "running")


async def test_a_project_that_ends_by_itself_is_started_again_but_not_for_ever(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    async with running_hub(database, driver) as hub, states(hub, project) as seen:
        await ask(database, project, "start")
        for _ in range(4):
            await until(seen, "running")
            await driver.end(project, "The server ended.")
        state = await until(seen, "failed")
        assert (state["message"], state["log"]) == ("The server ended.", "its last words")
        assert driver.starts == [project] * 4


async def test_two_hubs_start_one_project_once_and_share_it(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    driver.start_gate.clear()
    async with (
        running_hub(database, driver) as one,
        running_hub(database, driver) as two,
        one.browser("ada@example.org") as here,
        two.browser("ada@example.org") as there,
    ):
        asked = [asyncio.create_task(each.get(f"/projects/{project}/files/a")) for each in (here, there) * 5]
        await ask(database, project, "start")
        while not driver.starts:
            await asyncio.sleep(0.01)
        driver.start_gate.set()
        answers = await asyncio.gather(*asked)
        assert {status for status, _ in answers} == {200}
        assert driver.starts == [project]
        async with there.client.ws_connect(f"{two.url}/projects/{project}/documents/a") as socket:
            await socket.send_str("x")
            assert await socket.receive_str() == "x"


async def test_what_a_dead_hub_left_is_taken_over(database: Database, driver: SocketDriver, project: ProjectId) -> None:
    async with running_hub(database, driver, stop_projects=False) as first, first.browser("ada@example.org") as ada:
        await ada.get(f"/projects/{project}/files/a")
    assert driver.stops == []
    async with running_hub(database, driver) as second:
        async with second.browser("ada@example.org") as ada:
            status, _ = await ada.get(f"/projects/{project}/files/a")
            assert status == 200
        assert driver.starts == [project]
        assert second.hub.projects.statistics()["running"] == 1
    assert driver.stops == [project]


async def test_a_living_hub_looks_after_what_another_left_running(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    async with running_hub(database, driver) as living:
        async with (
            running_hub(database, driver, stop_projects=False) as leaving,
            leaving.browser("ada@example.org") as ada,
        ):
            await ada.get(f"/projects/{project}/files/a")
        async with asyncio.timeout(60):
            while living.hub.projects.statistics()["running"] != 1:
                await asyncio.sleep(0.01)
        await driver.end(project, "The server ended.")  # and is started again, with no traffic
        async with asyncio.timeout(60):
            while driver.starts != [project, project]:
                await asyncio.sleep(0.01)
    assert driver.stops == [project]


async def test_a_project_that_went_down_with_its_hub_is_seen_as_stopped(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    await database.execute(
        "INSERT INTO project_runtime (project_id, hub_id, epoch, endpoint, secret) VALUES ($1, $2, 7, $3, 'x')",
        project,
        uuid4(),
        "unix:/nowhere",
    )
    await database.execute("UPDATE projects SET state = $1", {"status": "running"})
    async with running_hub(database, driver) as hub:
        assert (await database.fetchval("SELECT state FROM projects"))["status"] == "stopped"
        async with states(hub, project) as seen:
            await ask(database, project, "start")
            await until(seen, "running")


async def test_a_living_hub_takes_over_when_the_other_is_gone_for_good(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    async with running_hub(database, driver) as hub, hub.browser("ada@example.org") as ada:
        await database.execute(
            "INSERT INTO project_runtime (project_id, hub_id, epoch, endpoint, secret) VALUES ($1, $2, 7, $3, 'x')",
            project,
            uuid4(),
            "unix:/nowhere",
        )
        status, _ = await ada.get(f"/projects/{project}/files/a")
        assert status == 200
        assert driver.starts == [project]


async def test_a_wish_written_while_no_hub_ran_is_done(
    database: Database, driver: SocketDriver, project: ProjectId
) -> None:
    await ask(database, project, "start")
    async with running_hub(database, driver) as hub, hub.browser("ada@example.org") as ada:
        status, _ = await ada.get(f"/projects/{project}/files/a")
        assert status == 200
    assert driver.starts == [project]


async def test_a_project_that_ends_while_the_database_is_away_is_started_again(
    driver: SocketDriver, tmp_path: Path
) -> None:
    postgres = EmbeddedPostgres(tmp_path / "postgres")
    database = await Database(await postgres.start()).open()
    try:
        project = await person(database, "ada@example.org")
        async with running_hub(database, driver) as hub, hub.browser("ada@example.org") as ada:
            await ada.get(f"/projects/{project}/files/a")
            assert postgres.process_id is not None
            os.kill(postgres.process_id, signal.SIGKILL)
            await driver.end(project, "The server ended.")
            async with asyncio.timeout(60):
                while (await ada.get(f"/projects/{project}/files/a"))[0] != 200:
                    await asyncio.sleep(0.05)
            # Once more when the database went in the middle of the new start.
            assert driver.starts in ([project] * 2, [project] * 3)
    finally:
        await database.close()
        await postgres.stop()
