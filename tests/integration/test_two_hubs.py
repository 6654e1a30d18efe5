"""Two hubs behind a proxy: any request may go to either, either may die, and nobody loses more than a connection."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from clients.ydoc import Client as Document
from clients.ydoc import save
from studium.client import Client, ErrorCode, Feed, StudiumError
from studium.hub.tables.catalog import TABLES
from support.hubs import TwoHubs, two_hubs
from support.postgres import TestPostgres
from support.serving import project_server

ROUNDS = 3
SECONDS = 60.0


@pytest.fixture
async def both(postgres: TestPostgres, tmp_path: Path) -> AsyncIterator[TwoHubs]:
    dsn = await postgres.create()
    async with two_hubs(tmp_path, dsn) as both:
        yield both
    await postgres.drop(dsn.split("/")[3].split("?")[0])


def whole(name: str) -> dict[str, Any]:
    """A question for all rows of a table and all of their fields that an administrator sees."""
    fields = {field: None for field, declared in TABLES[name].fields.items() if declared.gets.value != "nobody"}
    return {name: [fields]}


async def settle(feed: Feed, client: Client) -> None:
    """Read a feed until it shows what a fresh question answers."""
    async with asyncio.timeout(SECONDS):
        while feed.rows != await client.query(feed.query):
            try:
                async with asyncio.timeout(1):
                    await anext(feed)
            except TimeoutError:
                continue


async def write(client: Client, query: dict[str, Any]) -> Any:
    """Change a row; all that is written here may be written twice."""
    while True:
        try:
            return await client.query(query)
        except StudiumError as error:
            if error.code is not ErrorCode.UNAVAILABLE:
                raise


async def test_feeds_of_every_table_go_on_when_a_hub_is_killed(both: TwoHubs) -> None:
    token = await both.account("ada@example.org", "--administrator")
    grace = await both.account("grace@example.org")
    clients = [Client(both.proxy.url, token) for _ in range(4)]
    writer = Client(both.proxy.url, token)
    try:
        feeds = [(client.feed(whole(name)), client) for client in clients for name in TABLES]
        for feed, _ in feeds:
            assert (await anext(feed)).action == "snapshot"
        project = (await write(writer, {"projects": {"title": "Shared"}}))["project_id"]
        for round_ in range(ROUNDS):
            victim = max(both.hubs, key=both.proxy.open_to)
            assert both.proxy.open_to(victim) > 0
            killed = asyncio.create_task(both.end(victim, signal.SIGKILL))
            for number in range(20):
                title = f"round {round_}, change {number}"
                await write(writer, {"projects": {"project_id": project, "title": title}})
                await write(writer, {"project_marks": {"project_id": project, "starred": number % 2 == 0}})
                await write(writer, {"accounts": {"first_name": title}})
                await write(writer, {"site_settings": {"name": "site_name", "value": title}})
            who = {"project_id": project, "email_address": "grace@example.org", "role": "viewer"}
            if round_ == 0:
                await write(writer, {"collaborators": who})
            await killed
            for feed, client in feeds:
                await settle(feed, client)
            await both.start()
        # A connection lost for each hub that died under it, not one more; no feed has ended.
        assert all(client._tables.connections <= 1 + ROUNDS for client in clients)
        assert sum(client._tables.connections for client in clients) > len(clients)
        async with Client(both.proxy.url, grace) as other:
            assert [row["title"] for row in await other.query(whole("projects")) if row["title"] != "Tutorial"] == [
                title
            ]
    finally:
        for client in (*clients, writer):
            await client.close()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_documents_and_their_project_go_on_when_a_hub_ends(both: TwoHubs, number: signal.Signals) -> None:
    token = await both.account("ada@example.org")
    async with Client(both.proxy.url, token) as client:
        project = (await client.query({"projects": {"title": "Written together"}}))["project_id"]
        await client.start(project)
        server = project_server(None, project)
        headers = {"Authorization": f"Bearer {token}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            url = f"{both.proxy.url}/projects/{project}/documents/notes.md"
            people = [await Document(session, url).connect() for _ in range(4)]
            for round_ in range(2):
                for index, person in enumerate(people):
                    await person.append(f"{round_}.{index} before\n")
                await asyncio.gather(*(person.until(lambda p=person: p.acknowledged == p.sent) for person in people))
                await both.end(next(iter(both.hubs)), number)  # in one of the rounds the one that started the project
                for index, person in enumerate(people):
                    await person.append(f"{round_}.{index} meanwhile\n")
                for person in people:
                    await person.disconnect()
                    await person.connect()
                await asyncio.gather(*(person.until(lambda p=person: p.acknowledged == p.sent) for person in people))
                await both.start()
            wanted = {f"{r}.{i} {when}" for r in range(2) for i in range(4) for when in ("before", "meanwhile")}

            def complete(person: Document) -> bool:
                return set(str(person.text).splitlines()) == wanted

            await asyncio.gather(*(person.until(lambda p=person: complete(p)) for person in people))
            assert {len(str(person.text).splitlines()) for person in people} == {len(wanted)}  # and nothing twice
            fresh = await Document(session, url).connect()
            assert str(fresh.text) == str(people[0].text)
            await save(fresh)
            for person in (*people, fresh):
                await person.disconnect()
        assert project_server(None, project) == server  # one and the same process served them all the time
        shown = await client.run(project, "cat notes.md")
        assert "0.0 before" in shown.stdout, shown
        await client.stop(project)
