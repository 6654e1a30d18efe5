"""Feeds as a browser sees them: over a real WebSocket, from real PostgreSQL."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web
from aiohttp.test_utils import TestClient, TestServer

from studium.http.errors import error_middleware
from studium.hub.api import query as query_api
from studium.hub.api import tables as tables_api
from studium.hub.database import ChangeStream, Database
from studium.hub.tables import NOBODY, Feeds, Requester, Tables
from studium.hub.tables.tables import GUESSES
from studium.hub.tables.turns import AT_ONCE, WAITING
from studium.protocol.errors import ErrorCode, StudiumError, close_code
from support.people import add_account, add_collaborator, add_project, email_of

Client = TestClient[web.Request, web.Application]


class Hub:
    """The tables plane of one hub, where a header says who asks."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.tables = Tables(database)
        self.stream = ChangeStream(database)
        self.feeds = Feeds(self.tables, self.stream)
        self.people: dict[str, Requester] = {}
        self.leaving: set[str] = set()  # who is known when first asked about, and never again

    async def start(self) -> "Hub":
        await self.stream.open()
        await self.feeds.open()
        app = web.Application(middlewares=[error_middleware])
        tables_api.add_routes(app, self.feeds, self._requester)
        query_api.add_routes(app, self.tables, self._requester)
        self.client: Client = TestClient(TestServer(app))
        await self.client.start_server()
        return self

    async def stop(self) -> None:
        await self.feeds.close()
        await self.stream.close()
        await self.client.close()

    async def _requester(self, request: web.Request) -> Requester:
        name = request.headers.get("X-Person", "")
        found = self.people.get(name, NOBODY)
        if name in self.leaving:
            self.people.pop(name, None)
        return found

    async def socket(self, person: Requester) -> "Socket":
        self.people[str(person.account_id)] = person
        return Socket(await self.client.ws_connect("/api/tables", headers={"X-Person": str(person.account_id)}))


class Socket:
    """A client of the tables plane."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.raw = socket
        self.next_id = random.randrange(2**31)

    async def send(self, **message: Any) -> int:
        self.next_id += 1
        await self.raw.send_str(json.dumps({"id": self.next_id, **message}))
        return self.next_id

    async def receive(self) -> Any:
        return await self.raw.receive_json(timeout=60)

    async def ask(self, **message: Any) -> Any:
        number = await self.send(**message)
        answer = await self.receive()
        assert answer["id"] == number
        return answer

    async def follow(self, query: Any, *options: Any) -> tuple[int, Any]:
        answer = await self.ask(query=query, changes=True, options=list(options))
        assert answer["seq"] == 0
        return answer["id"], answer["result"]


@pytest.fixture
async def hub(database: Database) -> AsyncIterator[Hub]:
    started = await Hub(database).start()
    yield started
    await started.stop()


PROJECTS = {"projects": [{"project_id": None, "title": None}]}


async def test_a_query_over_http_and_websocket(hub: Hub) -> None:
    ada = await add_account(hub.database)
    socket = await hub.socket(ada)
    query = {"accounts": {"first_name": None}}
    assert (await socket.ask(query=query))["result"] == {"accounts": {"first_name": "Ada"}}
    response = await hub.client.post("/api/query", json={"query": query}, headers={"X-Person": str(ada.account_id)})
    assert await response.json() == {"result": {"accounts": {"first_name": "Ada"}}, "changed": False}
    refused = await hub.client.post("/api/query", json={"query": query})
    assert refused.status == 401
    assert (await refused.json())["error"]["code"] == "not_signed_in"


async def test_a_session_that_ends_while_its_socket_opens_is_not_missed(hub: Hub) -> None:
    ada = await add_account(hub.database)
    hub.leaving.add(str(ada.account_id))
    socket = await hub.socket(ada)
    closed = await socket.raw.receive(timeout=60)
    assert (closed.type, closed.data) == (WSMsgType.CLOSE, close_code(ErrorCode.NOT_SIGNED_IN))
    assert hub.feeds.statistics()["connections"] == 0


async def test_a_session_that_ends_unheard_is_found_once_changes_are_heard_again(hub: Hub) -> None:
    ada, bob = await add_account(hub.database), await add_account(hub.database, "Bob")
    socket, other = await hub.socket(ada), await hub.socket(bob)
    await socket.follow(PROJECTS)
    async with hub.database.transaction() as connection:  # deleted while the stream is away
        await connection.execute("DELETE FROM sessions WHERE account_id = $1", ada.account_id)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_replication WHERE application_name LIKE 'studium%'"
        )
    closed = await socket.raw.receive(timeout=60)
    assert (closed.type, closed.data) == (WSMsgType.CLOSE, close_code(ErrorCode.NOT_SIGNED_IN))
    assert (await other.ask(query=PROJECTS))["result"] == {"projects": []}


async def test_one_account_asks_a_few_questions_at_a_time_and_others_are_not_held_up(hub: Hub) -> None:
    ada, bob = await add_account(hub.database), await add_account(hub.database, "Bob")
    async with AsyncExitStack() as turns:
        for _ in range(AT_ONCE):
            await turns.enter_async_context(hub.tables.turns.of(ada.account_id))
        waiting = [asyncio.create_task(hub.tables.query(ada, PROJECTS)) for _ in range(WAITING)]
        assert (await hub.tables.query(bob, PROJECTS)).result == {"projects": []}
        with pytest.raises(StudiumError) as refused:
            await hub.tables.query(ada, PROJECTS)
        assert refused.value.code is ErrorCode.RATE_LIMITED
        waiting[0].cancel()
        assert not any(task.done() for task in waiting[1:])
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    assert hub.tables.turns.statistics() == {"running": 0, "waiting": 0, "waiting_refused": 1}


async def test_scripts_of_one_account_are_slowed_down(hub: Hub) -> None:
    ada = await add_account(hub.database)
    hub.people[str(ada.account_id)] = ada
    headers = {"X-Person": str(ada.account_id)}

    async def ask() -> int:
        async with hub.client.post("/api/query", json={"query": PROJECTS}, headers=headers) as answer:
            return answer.status

    statuses = [await ask()]
    while 429 not in statuses and len(statuses) < 5000:  # so many, since a slow machine asks hardly faster than it may
        statuses += await asyncio.gather(*(ask() for _ in range(100)))
    assert statuses[0] == 200
    assert 429 in statuses


async def test_looking_for_who_has_an_account_is_limited(hub: Hub) -> None:
    ada, bob = await add_account(hub.database), await add_account(hub.database, "Bob")
    project = await add_project(hub.tables, ada)

    async def add(address: str) -> ErrorCode | None:
        try:
            row = {"project_id": project, "email_address": address}
            await hub.tables.query(ada, {"collaborators": row})
        except StudiumError as error:
            return error.code
        return None

    assert await add(await email_of(hub.database, bob)) is None
    tried = [await add(f"nobody{number}@example.org") for number in range(GUESSES + 5)]
    assert tried[GUESSES - 1 :] == [ErrorCode.NOT_FOUND] + [ErrorCode.RATE_LIMITED] * 5


async def test_being_removed_is_a_delete_and_being_added_an_insert(hub: Hub) -> None:
    ada, bob = await add_account(hub.database), await add_account(hub.database, "Bob")
    project = await add_project(hub.tables, ada, "Knots")
    await add_collaborator(hub.tables, ada, project, bob.account_id)
    socket = await hub.socket(bob)
    number, result = await socket.follow(PROJECTS)
    row = {"project_id": project, "title": "Knots"}
    assert result == {"projects": [row]}
    key = {"project_id": project, "account_id": str(bob.account_id)}
    await hub.tables.query(ada, {"collaborators": key}, [{"delete": True}])
    assert await socket.receive() == {"id": number, "seq": 1, "action": "delete", "old": {"project_id": project}}
    await add_collaborator(hub.tables, ada, project, bob.account_id)
    assert await socket.receive() == {"id": number, "seq": 2, "action": "insert", "new": row}
    await hub.tables.query(ada, {"projects": {"project_id": project, "title": "Braids"}})
    assert await socket.receive() == {"id": number, "seq": 3, "action": "update", "new": {**row, "title": "Braids"}}


async def test_only_fields_asked_for_make_updates(hub: Hub) -> None:
    ada = await add_account(hub.database)
    project = await add_project(hub.tables, ada)
    socket = await hub.socket(ada)
    number, _ = await socket.follow(PROJECTS)
    await hub.tables.query(ada, {"projects": {"project_id": project, "description": "Not asked for"}})
    await hub.tables.query(ada, {"projects": {"project_id": project, "title": "Asked for"}})
    event = await socket.receive()
    assert (event["id"], event["seq"], event["new"]["title"]) == (number, 1, "Asked for")


async def test_a_new_name_reaches_fellow_collaborators(hub: Hub) -> None:
    ada, bob = await add_account(hub.database), await add_account(hub.database, "Bob")
    project = await add_project(hub.tables, ada)
    await add_collaborator(hub.tables, ada, project, bob.account_id)
    socket = await hub.socket(bob)
    await socket.follow({"collaborators": [{"project_id": project, "account_id": None, "first_name": None}]})
    await hub.tables.query(ada, {"accounts": {"first_name": "Augusta"}})
    assert (await socket.receive())["new"]["first_name"] == "Augusta"


async def test_a_limit_holds_for_life(hub: Hub) -> None:
    ada = await add_account(hub.database)
    a, b = await add_project(hub.tables, ada, "a"), await add_project(hub.tables, ada, "b")
    socket = await hub.socket(ada)
    _, result = await socket.follow(PROJECTS, {"order_by": "title"}, {"limit": 1})
    assert [row["project_id"] for row in result["projects"]] == [a]
    await hub.tables.query(ada, {"projects": {"project_id": a, "title": "z"}})
    first, second = await socket.receive(), await socket.receive()
    assert (first["action"], first["old"]) == ("delete", {"project_id": a})
    assert (second["action"], second["new"]["project_id"]) == ("insert", b)


async def test_a_delete_carries_the_filter_fields(hub: Hub) -> None:
    ada = await add_account(hub.database)
    project = await add_project(hub.tables, ada, "Knots")
    socket = await hub.socket(ada)
    await socket.follow({"projects": [{"title": {"==": "Knots"}, "description": None}]})
    await hub.tables.query(ada, {"projects": {"project_id": project, "title": "Braids"}})
    assert (await socket.receive())["old"] == {"project_id": project, "title": "Knots"}


async def test_cancel_answers_once(hub: Hub) -> None:
    ada = await add_account(hub.database)
    socket = await hub.socket(ada)
    number, _ = await socket.follow(PROJECTS)
    await socket.raw.send_json({"id": number, "cancel": True})
    assert await socket.receive() == {"id": number, "action": "close"}
    await add_project(hub.tables, ada)
    assert (await socket.ask(query={"accounts": {"first_name": None}}))["result"]
    assert hub.feeds.statistics()["feeds"] == 0


async def test_resume_gives_what_was_missed(hub: Hub) -> None:
    ada = await add_account(hub.database)
    socket = await hub.socket(ada)
    number, _ = await socket.follow(PROJECTS)
    await add_project(hub.tables, ada, "one")
    assert (await socket.receive())["seq"] == 1
    await socket.raw.close()
    await add_project(hub.tables, ada, "two")
    again = await hub.socket(ada)
    resumed = await again.send(resume=number, seq=1)
    assert await again.receive() == {"id": resumed, "seq": 1}
    event = await again.receive()
    assert (event["id"], event["seq"], event["new"]["title"]) == (resumed, 2, "two")
    await add_project(hub.tables, ada, "three")
    assert (await again.receive())["seq"] == 3


async def test_resume_past_the_buffer_is_a_fresh_snapshot(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studium.hub.tables.feed.BUFFER_EVENTS", 1)
    ada = await add_account(hub.database)
    socket = await hub.socket(ada)
    number, _ = await socket.follow(PROJECTS)
    for title in ("one", "two"):
        await add_project(hub.tables, ada, title)
        await socket.receive()
    await socket.raw.close()
    again = await hub.socket(ada)
    answer = await again.ask(resume=number, seq=0)
    assert answer["reset"] is True
    assert len(answer["result"]["projects"]) == 2
    unknown = await again.ask(resume=12345, seq=0)
    assert unknown["error"]["code"] == "invalid_query"
    anew = await again.ask(resume=12345, seq=0, query=PROJECTS, changes=True)
    assert anew["reset"] is True


async def test_what_cannot_be_followed(hub: Hub) -> None:
    ada = await add_account(hub.database)
    socket = await hub.socket(ada)
    queries: list[Any] = [
        {"accounts": {"first_name": None}},
        {"accounts": {"first_name": "x"}},
        [PROJECTS],
        {"x": [{}]},
    ]
    for query in queries:
        answer = await socket.ask(query=query, changes=True)
        assert answer["error"]["code"] in ("invalid_query", "no_such_table")


async def test_limits_of_feeds_requests_and_messages(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studium.hub.tables.feeds.FEEDS_OF_CONNECTION", 2)
    ada = await add_account(hub.database)
    socket = await hub.socket(ada)
    for _ in range(2):
        await socket.follow(PROJECTS)
    assert (await socket.ask(query=PROJECTS, changes=True))["error"]["code"] == "too_many_feeds"
    await socket.raw.send_str("nonsense")
    assert (await socket.receive())["error"]["code"] == "invalid_query"
    monkeypatch.setattr("studium.hub.tables.connection.REQUESTS_WAITING", 3)
    for _ in range(50):
        await socket.send(query=PROJECTS)
    answers = [await socket.receive() for _ in range(50)]
    codes = {answer["error"]["code"] if answer.get("error") else None for answer in answers}
    assert codes <= {None, "rate_limited"}
    await socket.raw.send_str(" " * (1024 * 1024 + 1))
    assert (await socket.receive())["error"]["code"] == "too_large"
    closed = await socket.raw.receive(timeout=60)
    assert (closed.type, closed.data) == (WSMsgType.CLOSE, close_code(ErrorCode.TOO_LARGE))


async def test_the_end_of_a_session_or_of_rights_closes_sockets(hub: Hub) -> None:
    ada = await add_account(hub.database)
    socket = await hub.socket(ada)
    await socket.follow(PROJECTS)
    assert ada.session_id is not None
    hub.feeds.close_session(ada.session_id)
    assert (await socket.raw.receive(timeout=60)).data == close_code(ErrorCode.NOT_SIGNED_IN)
    again = await hub.socket(ada)
    await again.follow(PROJECTS)
    await hub.database.execute("UPDATE accounts SET disabled = true WHERE account_id = $1", ada.account_id)
    assert (await again.raw.receive(timeout=60)).data == close_code(ErrorCode.NOT_SIGNED_IN)
    assert hub.feeds.statistics()["feeds"] == 0


async def test_a_client_that_does_not_read_is_disconnected(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studium.hub.tables.connection.OUTBOX_BYTES", 100_000)
    ada = await add_account(hub.database)
    await hub.tables.query(ada, {"accounts": {"settings": {"x": "y" * 50_000}}})
    hub.people["ada"] = ada
    async with ClientSession() as session:
        url = hub.client.make_url("/api/tables")
        socket = await session.ws_connect(url, headers={"X-Person": "ada"}, max_msg_size=0)
        transport = socket._response.connection
        assert transport is not None
        assert transport.transport is not None
        transport.transport.pause_reading()
        for number in range(150):
            await socket.send_json({"id": number, "query": {"accounts": {"settings": None}}})
        async with asyncio.timeout(60):
            while hub.feeds.statistics()["connections"]:
                await asyncio.sleep(0.01)
