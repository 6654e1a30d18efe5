"""From a keystroke to the log, through a real Studium, whatever is killed on the way: each edit is there, once."""

import asyncio
import contextlib
import os
import random
import signal
from pathlib import Path
from typing import Any

import aiohttp

from faults.world import World, new_world
from studium.protocol.errors import ErrorCode
from support.project import running_project
from support.serving import postmaster, project_server
from support.visitors import Visitor


async def logged(ada: Visitor, project_id: str, event: str) -> list[str]:
    """The paths of such entries, the newest first."""
    query = {"project_log": [{"project_id": project_id, "event": event, "path": None}]}
    return [row["path"] for row in (await ada.query(query))["project_log"]]


async def wait_logged(ada: Visitor, project_id: str, *paths: str) -> None:
    """Until just these files are in the log as edited."""
    found: Any = None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(60):
            while found != sorted(paths):
                with contextlib.suppress(aiohttp.ClientError, AssertionError):
                    found = sorted(await logged(ada, project_id, "file_edited"))
                await asyncio.sleep(0.1)
    assert found == sorted(paths)


async def edit(ada: Visitor, project_id: str, path: str) -> None:
    """Type into a document until the server has it."""
    async with asyncio.timeout(60):
        client = ada.client(project_id, path)
        while not client.synced:
            with contextlib.suppress(aiohttp.ClientError, OSError):
                await client.connect()
            await asyncio.sleep(0.1)
        await client.append(f"{path}\n")
        await client.until_acknowledged()


async def test_edits_reach_the_log_whatever_is_killed(tmp_path: Path) -> None:
    async with new_world(tmp_path, random.Random(7)) as world:
        await _run(world)


async def _run(world: World) -> None:
    ada = world.ada
    project_id = await ada.new_project()
    kept = world.data / "projects" / project_id / "state" / "activity.json"

    async def until_kept(path: str) -> None:
        async with asyncio.timeout(60):
            while path not in kept.read_text():
                await asyncio.sleep(0.05)

    await edit(ada, project_id, "one.md")
    await wait_logged(ada, project_id, "one.md")
    assert await logged(ada, project_id, "file_opened") == ["one.md"]
    query = {"projects": {"project_id": project_id, "created_at": None, "last_edited_at": None}}
    row = (await ada.query(query))["projects"]
    assert row["last_edited_at"] > row["created_at"]

    # The database is away while somebody types.
    assert world.serving is not None
    os.kill(postmaster(world.serving), signal.SIGKILL)
    await edit(ada, project_id, "two.md")
    await wait_logged(ada, project_id, "one.md", "two.md")

    # The project server is killed before it was asked.
    await edit(ada, project_id, "three.md")
    await until_kept("three.md")
    os.kill(project_server(None, project_id), signal.SIGKILL)
    await wait_logged(ada, project_id, "one.md", "two.md", "three.md")

    # The hub is killed, and another goes on.
    await edit(ada, project_id, "four.md")
    await world.kill_hub()
    await world.start()
    await wait_logged(ada, project_id, "one.md", "two.md", "three.md", "four.md")

    # A project that stops is asked once more, without waiting for the next batch's time.
    await edit(ada, project_id, "five.md")
    await ada.act(project_id, "stop", "stopped")
    assert (await logged(ada, project_id, "file_edited"))[0] == "five.md"
    assert len(await logged(ada, project_id, "file_edited")) == 5


async def test_only_a_hub_may_take_reports(tmp_path: Path) -> None:
    async with running_project(tmp_path) as project:
        async with project.client.post("http://project/activity", data=b"{}") as answer:
            assert (await project.error(answer)).code is ErrorCode.NOT_FOUND
        nobody = {"X-Studium-Identity": ""}
        async with project.client.post("http://project/activity", data=b"{}", headers=nobody) as answer:
            assert (await project.error(answer)).code is ErrorCode.NOT_PERMITTED
