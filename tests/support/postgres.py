"""PostgreSQL for tests: ``postgres`` is one embedded server a test session, ``database`` a fresh, migrated database."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from studium.hub.database import Database, EmbeddedPostgres

TEMPLATE = "studium_template"
DROP_TRIES = 100


class TestPostgres:
    """The running server and the names of databases in it."""

    __test__ = False

    def __init__(self, server: EmbeddedPostgres) -> None:
        self.server = server

    def dsn(self, name: str) -> str:
        """The connection string of one database."""
        return self.server.dsn.replace("/studium?", f"/{name}?")

    async def execute(self, statement: str) -> None:
        """Run a statement outside of every test's database."""
        connection = await asyncpg.connect(self.dsn("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def create(self, template: str = TEMPLATE) -> str:
        """A new database, a copy of the template; returns its connection string."""
        name = f"test_{uuid.uuid4().hex}"
        await self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.dsn(name)

    async def drop(self, name: str) -> None:
        """Drop a database. A replication slot goes a moment after its connection, and keeps the database so long."""
        for _ in range(DROP_TRIES):
            try:
                return await self.execute(f"DROP DATABASE {name} WITH (FORCE)")
            except asyncpg.ObjectInUseError:
                await asyncio.sleep(0.05)
        return await self.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestPostgres]:
    """One embedded PostgreSQL for the whole session, not safe against power loss."""
    directory: Path = tmp_path_factory.mktemp("postgres")
    server = EmbeddedPostgres(directory, durable=False)

    async def start() -> TestPostgres:
        await server.start()
        running = TestPostgres(server)
        await running.execute(f"CREATE DATABASE {TEMPLATE}")
        await (await Database(running.dsn(TEMPLATE)).open()).close()
        return running

    with asyncio.Runner() as runner:
        yield runner.run(start())
        runner.run(server.stop())


@pytest.fixture
async def database(postgres: TestPostgres) -> AsyncIterator[Database]:
    """A fresh database with Studium's schema; it is dropped afterwards."""
    dsn = await postgres.create()
    opened = await Database(dsn, connections=6).open(apply_migrations=False)
    try:
        yield opened
    finally:
        await opened.close()
        await postgres.drop(dsn.split("/")[3].split("?")[0])
