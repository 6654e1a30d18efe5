"""Projects that nobody uses stop: real hubs, real project servers and documents; a minute is a fraction of a second."""

import asyncio
import contextlib
from datetime import datetime
from pathlib import Path

import pytest

from clients.ydoc import Client
from studium.hub.database import Database
from studium.protocol.ids import ProjectId
from support.hub import Browser, RunningHub, person, running_hub
from support.project_servers import ServerDriver
from support.states import states, until

MINUTE = 0.4
"""Ten minutes are 4 s, of which the warning takes the last two: room for what tests do in answer to it."""


@pytest.fixture
def driver(tmp_path: Path) -> ServerDriver:
    return ServerDriver(tmp_path)


@pytest.fixture
async def project(database: Database) -> ProjectId:
    return await person(database, "ada@example.org")


async def after(database: Database, minutes: int) -> None:
    """All projects stop after so long."""
    await database.execute(
        "INSERT INTO site_settings VALUES ('idle_minutes', $1) ON CONFLICT (name) DO UPDATE SET value = $1", minutes
    )


def document(hub: RunningHub, browser: Browser, project: ProjectId, path: str) -> Client:
    return Client(browser.client, f"{hub.url}/projects/{project}/documents/{path}")


async def wish(database: Database, project: ProjectId, action: str, at: str = "2026-01-01T00:00:00Z") -> None:
    request = {"action": action, "at": at}
    await database.execute("UPDATE projects SET action_request = $2 WHERE project_id = $1", project, request)


async def test_an_unused_project_is_warned_of_then_saved_and_stopped_and_starts_again(
    database: Database, driver: ServerDriver, project: ProjectId
) -> None:
    await after(database, 5)
    async with (
        running_hub(database, driver, idle_minute_seconds=MINUTE) as hub,
        hub.browser("ada@example.org") as ada,
        states(hub, project) as seen,
    ):
        page = await document(hub, ada, project, "main.py").connect()
        await page.append("typed just before\n")
        warning = await until(seen, "running", warned=True)
        left = datetime.fromisoformat(warning["stops_at"]) - datetime.fromisoformat(warning["at"])
        assert left.total_seconds() > 0
        assert (await until(seen, "stopping"))["message"] == (await until(seen, "stopped"))["message"]
        stopped = await database.fetchval("SELECT state FROM projects")
        assert stopped["message"] == "This project was stopped because nobody used it for 5 minutes."
        assert "stops_at" not in stopped
        assert (driver.folder / str(project) / "home" / "main.py").read_text() == "typed just before\n"
        await page.until(lambda: page.close_code is not None)
        assert await database.fetchval("SELECT kept_stopped FROM project_runtime") is False
        # A page that is only open tries again at once, before it has heard of the stop: that starts nothing.
        status, answer = await ada.get(f"/projects/{project}/files/main.py")
        assert (status, answer["error"]["code"]) == (503, "project_not_running")
        assert answer["error"]["message"] == stopped["message"] + " Start it to go on."
        assert driver.starts == [project]
        # Whoever comes back later starts it.
        await database.execute('UPDATE projects SET state = state || \'{"at": "2026-01-01T00:00:00Z"}\'::jsonb')
        assert (await ada.text(f"/projects/{project}/files/main.py")) == (200, "typed just before\n")
        assert driver.starts == [project, project]
        assert hub.hub.idle.statistics()["stopped"] == 1
        await page.disconnect()


async def test_an_open_page_is_no_use_but_an_edit_is(
    database: Database, driver: ServerDriver, project: ProjectId
) -> None:
    await after(database, 10)
    async with (
        running_hub(database, driver, idle_minute_seconds=MINUTE) as hub,
        hub.browser("ada@example.org") as ada,
        states(hub, project) as seen,
    ):
        page = await document(hub, ada, project, "main.py").connect()
        await until(seen, "running", warned=True)
        await page.append("still here\n")
        await until(seen, "running", warned=False)  # the warning is gone
        await until(seen, "running", warned=True)  # the page stays open, and that is not enough
        await until(seen, "stopped")
        await page.disconnect()


@pytest.mark.parametrize("who", ["start", "request"])
async def test_a_wish_to_run_on_takes_the_warning_away(
    database: Database, driver: ServerDriver, project: ProjectId, who: str
) -> None:
    await after(database, 10)
    async with (
        running_hub(database, driver, idle_minute_seconds=MINUTE) as hub,
        hub.browser("ada@example.org") as ada,
        states(hub, project) as seen,
    ):
        await wish(database, project, "start")
        await until(seen, "running", warned=True)
        if who == "start":
            await wish(database, project, "start", "2026-01-01T00:00:01Z")
        else:
            await ada.get(f"/projects/{project}/files/?list")
        await until(seen, "running", warned=False)
        assert driver.stops == []


async def test_what_is_busy_is_in_use(database: Database, driver: ServerDriver, project: ProjectId) -> None:
    await after(database, 5)
    async with (
        running_hub(database, driver, idle_minute_seconds=MINUTE) as hub,
        hub.browser("ada@example.org") as ada,
        states(hub, project) as seen,
    ):
        gate = driver.folder / "gate"
        run = asyncio.create_task(
            ada.post(f"/projects/{project}/run", command=f"until [ -e {gate} ]; do sleep 0.05; done; echo done")
        )
        await until(seen, "running", warned=False)
        await asyncio.sleep(10 * MINUTE)  # twice its time: that nothing comes cannot be awaited
        assert seen.empty()
        gate.touch()
        assert (await run)[1]["stdout"] == "done\n"
        await until(seen, "stopped")


async def test_limits_that_change_hold_at_once(database: Database, driver: ServerDriver, project: ProjectId) -> None:
    await after(database, 0)
    async with running_hub(database, driver, idle_minute_seconds=0.5) as hub, states(hub, project) as seen:
        await wish(database, project, "start")
        await until(seen, "running", warned=False)
        # The most that the site allows holds whatever was chosen before.
        await database.execute("UPDATE projects SET idle_minutes = 600")
        await database.execute("INSERT INTO site_settings VALUES ('idle_minutes_most', '2')")
        await until(seen, "running", warned=True)
        await database.execute("UPDATE site_settings SET value = '0' WHERE name = 'idle_minutes_most'")
        await until(seen, "running", warned=False)
        await database.execute("UPDATE projects SET idle_minutes = 2")
        await until(seen, "running", warned=True)
        await database.execute("UPDATE projects SET idle_minutes = 0")
        await until(seen, "running", warned=False)
        await database.execute("UPDATE projects SET idle_minutes = NULL")
        await after(database, 1)
        assert "for a minute" in (await until(seen, "stopped"))["message"]


async def test_of_two_hubs_the_one_that_runs_it_stops_it_and_use_through_the_other_counts(
    database: Database, driver: ServerDriver, project: ProjectId
) -> None:
    await after(database, 10)
    async with contextlib.AsyncExitStack() as stack:
        one = await stack.enter_async_context(running_hub(database, driver, idle_minute_seconds=MINUTE))
        two = await stack.enter_async_context(running_hub(database, driver, idle_minute_seconds=MINUTE))
        here = await stack.enter_async_context(one.browser("ada@example.org"))
        there = await stack.enter_async_context(two.browser("ada@example.org"))
        seen = await stack.enter_async_context(states(two, project))
        await here.get(f"/projects/{project}/files/?list")
        await until(seen, "running", warned=True)
        await there.get(f"/projects/{project}/files/?list")
        await until(seen, "running", warned=False)
        await until(seen, "stopped")
        assert one.hub.idle.statistics()["stopped"] == 1
        assert two.hub.idle.statistics() == {"watched": 0, "warnings": 0, "stopped": 0}


async def test_a_hub_that_takes_a_project_over_goes_on_counting(
    database: Database, driver: ServerDriver, project: ProjectId
) -> None:
    await after(database, 10)
    async with (
        running_hub(database, driver, stop_projects=False, idle_minute_seconds=MINUTE) as first,
        states(first, project) as seen,
    ):
        await wish(database, project, "start")
        await until(seen, "running", warned=True)
    async with running_hub(database, driver, idle_minute_seconds=MINUTE) as second, states(second, project) as seen:
        await until(seen, "stopped")
        assert driver.starts == [project]
        assert driver.stops == [project]


async def test_a_project_that_does_not_say_how_it_is_used_is_not_stopped(
    database: Database, driver: ServerDriver, project: ProjectId
) -> None:
    await after(database, 1)
    async with running_hub(database, driver, idle_minute_seconds=MINUTE) as hub, states(hub, project) as seen:
        await wish(database, project, "start")
        await until(seen, "running", warned=False)
        server, _ = driver.servers[project]
        await server.stop()
        await asyncio.sleep(5 * MINUTE)  # that nothing comes cannot be awaited
        assert driver.stops == []
        assert hub.hub.idle.statistics()["stopped"] == 0


async def test_limits_of_the_site_hold_from_the_next_start(
    database: Database, driver: ServerDriver, project: ProjectId
) -> None:
    async with running_hub(database, driver) as hub, states(hub, project) as seen:
        await wish(database, project, "start")
        await until(seen, "running", warned=False)
        configured = driver.limits[project]
        await database.execute(
            "INSERT INTO site_settings VALUES ('project_memory_bytes', '1073741824'), ('project_cores', '0.5')"
        )
        await wish(database, project, "restart")
        await until(seen, "running", warned=False)
        limits = driver.limits[project]
        assert (limits.memory_bytes, limits.cpu_cores) == (2**30, 0.5)
        assert (limits.processes, limits.upload_bytes) == (configured.processes, configured.upload_bytes)
