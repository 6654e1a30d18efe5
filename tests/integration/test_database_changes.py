"""The stream of changes, on real PostgreSQL."""

import asyncio
import itertools
import os
import signal
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from studium.hub.api_tokens import create_api_token
from studium.hub.database import ChangeStream, Database, EmbeddedPostgres, RowChange
from studium.protocol.account import TokenScope
from studium.protocol.ids import AccountId
from support.postgres import TestPostgres


@pytest.fixture
async def stream(database: Database) -> AsyncIterator[ChangeStream]:
    opened = await ChangeStream(database).open()
    yield opened
    await opened.close()


async def _add_account(database: Database) -> uuid.UUID:
    name = uuid.uuid4().hex
    found = await database.fetchval(
        "INSERT INTO accounts (email_address, email_key, password_hash) VALUES ($1, $1, 'secret') RETURNING account_id",
        name,
    )
    assert isinstance(found, uuid.UUID)
    return found


async def test_a_change_is_heard_with_old_and_new_and_without_secrets(database: Database, stream: ChangeStream) -> None:
    heard: asyncio.Queue[RowChange] = asyncio.Queue()
    stream.listen("accounts", heard.put_nowait)
    account = await _add_account(database)
    insert = await asyncio.wait_for(heard.get(), 60)
    assert (insert.action, insert.old) == ("insert", None)
    assert insert.new is not None
    assert insert.new["account_id"] == account
    assert insert.new["settings"] == {}
    assert "password_hash" not in insert.new
    await database.execute("UPDATE accounts SET first_name = 'Ada' WHERE account_id = $1", account)
    update = await asyncio.wait_for(heard.get(), 60)
    assert update.changed("first_name")
    assert not update.changed("email_key")
    await database.execute("DELETE FROM accounts WHERE account_id = $1", account)
    delete = await asyncio.wait_for(heard.get(), 60)
    assert delete.action == "delete"
    assert delete.old is not None
    assert delete.old["first_name"] == "Ada"
    await stream.wait_visible({insert.transaction, update.transaction, delete.transaction})


async def test_the_end_of_a_session_is_heard_by_its_public_id_and_its_account(
    database: Database, stream: ChangeStream
) -> None:
    heard: asyncio.Queue[RowChange] = asyncio.Queue()
    stream.listen("sessions", heard.put_nowait)
    account = await _add_account(database)
    session = await database.fetchval(
        "INSERT INTO sessions (token_hash, account_id, expires_at) VALUES ('x', $1, now()) RETURNING session_id",
        account,
    )
    await database.execute("DELETE FROM sessions")
    await asyncio.wait_for(heard.get(), 60)
    delete = await asyncio.wait_for(heard.get(), 60)
    assert delete.old == {"account_id": account, "session_id": session}


async def test_an_api_token_is_heard_of_with_its_account_and_without_its_hash(
    database: Database, stream: ChangeStream
) -> None:
    heard: asyncio.Queue[RowChange] = asyncio.Queue()
    stream.listen("api_tokens", heard.put_nowait)
    account = await _add_account(database)
    token_id, _ = await create_api_token(database, AccountId(account), "script", TokenScope.READ_ONLY, 7)
    insert = await asyncio.wait_for(heard.get(), 60)
    assert insert.new is not None
    assert "token_hash" not in insert.new
    assert (insert.new["name"], insert.new["scope"]) == ("script", "read_only")
    await database.execute("DELETE FROM accounts")
    delete = await asyncio.wait_for(heard.get(), 60)
    assert delete.old == {"account_id": account, "token_id": token_id}


async def _held_commit(
    database: Database, writer: "asyncpg.Connection[asyncpg.Record]", heard: "asyncio.Queue[RowChange]"
) -> "tuple[RowChange, asyncio.Task[str]]":
    """A change that was heard and is not yet visible, and who writes it. Commits are held from when the server's
    checkpointer has read the settings, which nothing tells: those before it go through."""
    insert = "INSERT INTO accounts (email_address, email_key) VALUES ($1, $1)"
    state = "SELECT wait_event FROM pg_stat_activity WHERE pid = $1"
    for number in itertools.count():
        writing = asyncio.create_task(writer.execute(insert, str(number)))
        change = await asyncio.wait_for(heard.get(), 60)
        while not writing.done():
            if await database.fetchval(state, writer.get_server_pid()) == "SyncRep":
                return change, writing
            await asyncio.sleep(0.01)
    raise AssertionError("the numbers do not end")


async def test_a_change_that_is_heard_before_it_is_visible_is_waited_for(
    postgres: TestPostgres, database: Database, stream: ChangeStream
) -> None:
    """A synchronous standby that lags holds a commit just between the two: in the log, not yet visible."""
    heard: asyncio.Queue[RowChange] = asyncio.Queue()
    stream.listen("accounts", heard.put_nowait)
    await postgres.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    await postgres.execute("SELECT pg_reload_conf()")
    writer = await asyncpg.connect(database.dsn)
    try:
        await writer.execute("SET synchronous_commit = on")
        while await writer.fetchval("SHOW synchronous_standby_names") != "nobody":
            await asyncio.sleep(0.01)
        change, writing = await _held_commit(database, writer, heard)
        before = await database.fetchval("SELECT count(*) FROM accounts")
        waiting = asyncio.create_task(stream.wait_visible({change.transaction}))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await postgres.execute("ALTER SYSTEM RESET synchronous_standby_names")
        await postgres.execute("SELECT pg_reload_conf()")
        await asyncio.wait_for(waiting, 60)
        assert await database.fetchval("SELECT count(*) FROM accounts") == before + 1
        await writing
    finally:
        await postgres.execute("ALTER SYSTEM RESET synchronous_standby_names")
        await postgres.execute("SELECT pg_reload_conf()")
        await writer.close()


async def test_the_stream_comes_back_after_the_database_was_killed(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, durable=False)
    database = await Database(await server.start()).open()
    stream = await ChangeStream(database).open()
    try:
        restored = asyncio.Event()
        stream.on_restored(restored.set)
        assert server.process_id is not None
        os.kill(server.process_id, signal.SIGKILL)
        await asyncio.wait_for(restored.wait(), 60)
        heard: asyncio.Queue[RowChange] = asyncio.Queue()
        stream.listen("accounts", heard.put_nowait)
        await _add_account(database)
        assert (await asyncio.wait_for(heard.get(), 60)).action == "insert"
        assert stream.statistics()["losses"] >= 1
    finally:
        await stream.close()
        await database.close()
        await server.stop()
