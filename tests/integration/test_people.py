"""Who is in which file, as the pages of everybody in the project hear it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
import pytest

from clients.ydoc import Client
from studium.http.identity import HEADER, sign
from studium.protocol.files import EventsToClient, EventsToServer, FollowPeople, People, Rename, Subscribe
from studium.protocol.session import Role
from support.project import SECRET, RunningProject, identity, running_project


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[RunningProject]:
    async with running_project(tmp_path) as project:
        yield project


async def ask(socket: aiohttp.ClientWebSocketResponse, message: EventsToServer) -> None:
    await socket.send_str(msgspec.json.encode(message).decode())


async def hear(socket: aiohttp.ClientWebSocketResponse) -> EventsToClient:
    async with asyncio.timeout(60):
        message: EventsToClient = msgspec.json.decode(await socket.receive_str(), type=EventsToClient)
    return message


async def people(socket: aiohttp.ClientWebSocketResponse) -> list[tuple[str, str]]:
    message = await hear(socket)
    assert isinstance(message, People)
    return [(person.name, person.path) for person in message.people]


async def test_everybody_hears_who_is_in_which_file(project: RunningProject) -> None:
    (project.home / "a.md").write_text("a")
    viewer = {HEADER: sign(identity(project.project_id, Role.VIEWER), SECRET)}
    async with project.client.ws_connect(project.url("events"), headers=viewer) as events:
        await ask(events, FollowPeople())
        assert await people(events) == []
        first = await Client(project.client, project.url("documents/a.md")).connect()
        assert await people(events) == [("Ada", "a.md")]
        second = await Client(project.client, project.url("documents/a.md")).connect()  # another tab of hers
        assert await people(events) == [("Ada", "a.md")]
        other = await Client(project.client, project.url("documents/b.md")).connect()
        assert await people(events) == [("Ada", "a.md"), ("Ada", "b.md")]
        await project.operate(Rename("a.md", "c.md"))
        assert await people(events) == [("Ada", "c.md"), ("Ada", "b.md")]
        for client in (first, second, other):
            await client.disconnect()
        heard = await people(events)
        while heard:
            heard = await people(events)


async def test_who_did_not_ask_hears_of_folders_alone(project: RunningProject) -> None:
    async with project.client.ws_connect(project.url("events")) as events:
        client = await Client(project.client, project.url("documents/a.md")).connect()
        await ask(events, Subscribe(""))
        assert not isinstance(await hear(events), People)
        await client.disconnect()
