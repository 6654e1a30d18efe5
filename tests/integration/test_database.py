"""Connections to PostgreSQL: what callers get when it works, and when it is away."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from studium.hub.database import Database, EmbeddedPostgres
from studium.protocol.errors import ErrorCode, StudiumError


async def test_values_of_json_columns_are_python_values(database: Database) -> None:
    assert await database.fetchval("SELECT $1::jsonb", {"a": [1, None, "ü"]}) == {"a": [1, None, "ü"]}


async def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO site_settings VALUES ('x', '1')")
            raise FileNotFoundError  # the caller's own error stays what it is

    with pytest.raises(FileNotFoundError):
        await fail()
    assert await database.fetchval("SELECT count(*) FROM site_settings") == 0


async def test_a_question_that_takes_too_long_is_a_timeout(database: Database) -> None:
    await database.execute("SET statement_timeout = '20ms'")
    with pytest.raises(StudiumError) as caught:
        await database.fetch("SELECT pg_sleep(5)")
    assert caught.value.code is ErrorCode.TIMEOUT


async def test_while_the_database_is_away_calls_say_so_and_then_work_again(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, durable=False)
    database = await Database(await server.start()).open()
    try:
        assert server.process_id is not None
        working = asyncio.create_task(database.fetch("SELECT pg_sleep(30)"))
        while not await database.fetchval("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)'"):
            await asyncio.sleep(0.01)
        os.kill(server.process_id, signal.SIGKILL)
        with pytest.raises(StudiumError) as caught:
            await working
        assert caught.value.code is ErrorCode.UNAVAILABLE
        codes = set()
        while server.statistics()["restarts"] == 0:
            try:
                await database.fetchval("SELECT 1")
            except StudiumError as error:
                codes.add(error.code)
            await asyncio.sleep(0.01)
        assert codes == {ErrorCode.UNAVAILABLE}
        assert await database.fetchval("SELECT 1") == 1
    finally:
        await database.close()
        await server.stop()
