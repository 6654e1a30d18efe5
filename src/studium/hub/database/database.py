"""A pool of connections to PostgreSQL that survives the database's absence.

While the database is away every call raises ``unavailable``; once it is back the next call works, since the pool opens
connections anew. JSON columns are Python values both ways.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import msgspec

from studium.hub.database.connection import Connection
from studium.hub.database.migrations import migrate
from studium.protocol.errors import ErrorCode, StudiumError

logger = logging.getLogger(__name__)

CONNECTIONS = 16
ACQUIRE_SECONDS = 10.0
COMMAND_SECONDS = 30.0

_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.ReadOnlySQLTransactionError,  # the primary of a cluster became a standby
    asyncpg.InternalClientError,
)


class Database:
    """``await Database(dsn).open()``, then ``fetch``, ``fetchrow``, ``fetchval``, ``execute`` and ``transaction()``."""

    def __init__(self, dsn: str, *, connections: int = CONNECTIONS) -> None:
        self.dsn = dsn
        self._connections = connections
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def open(self, *, apply_migrations: bool = True) -> "Database":
        """Connect and bring the schema up to date. Raises ``unavailable``, or ``conflict`` for a newer schema."""
        try:
            self._pool = await asyncpg.create_pool(
                self.dsn,
                min_size=1,
                max_size=self._connections,
                timeout=ACQUIRE_SECONDS,
                command_timeout=COMMAND_SECONDS,
                init=_prepare,
                reset=_keep_as_it_is,
                server_settings={"application_name": "studium"},
            )
        except (
            *_AWAY,
            OSError,
            asyncpg.InvalidAuthorizationSpecificationError,
            asyncpg.InvalidCatalogNameError,
        ) as error:
            raise StudiumError(
                ErrorCode.UNAVAILABLE,
                f"The database cannot be reached: {error}. Check that it runs and the address given.",
            ) from error
        if apply_migrations:
            async with self.connection() as connection:
                await migrate(connection)
        return self

    async def close(self) -> None:
        """Close all connections; what is still being asked may end first."""
        if self._pool is not None:
            try:
                await asyncio.wait_for(self._pool.close(), 5)
            except (OSError, *_AWAY):
                self._pool.terminate()
            self._pool = None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """One connection of the pool. What goes wrong between us and the database becomes a ``StudiumError``."""
        if self._pool is None:
            raise StudiumError(ErrorCode.UNAVAILABLE, "The database is closed: Studium is starting or stopping.")
        pool = self._pool
        try:
            connection = await pool.acquire(timeout=ACQUIRE_SECONDS)
        except (*_AWAY, OSError, TimeoutError, asyncpg.InterfaceError) as error:
            raise _unavailable() from error
        try:
            yield connection
        except _AWAY as error:
            raise _unavailable() from error
        except (OSError, asyncpg.InterfaceError) as error:
            if isinstance(error, TimeoutError):
                raise _too_slow() from error
            if not _is_lost(connection):  # not the connection's error but the caller's own
                raise
            raise _unavailable() from error
        except asyncpg.QueryCanceledError as error:
            raise _too_slow() from error
        except asyncpg.DiskFullError as error:
            raise StudiumError(
                ErrorCode.DISK_FULL,
                "The disk of the database is full, so nothing was changed. Ask an administrator to make room there, "
                "then try again.",
            ) from error
        finally:
            await pool.release(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection within a transaction (read committed) that ends with the block."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    async def fetch(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        """All rows."""
        async with self.connection() as connection:
            return await connection.fetch(statement, *values)

    async def fetchrow(self, statement: str, *values: Any) -> asyncpg.Record | None:
        """The first row, or none."""
        async with self.connection() as connection:
            return await connection.fetchrow(statement, *values)

    async def fetchval(self, statement: str, *values: Any) -> Any:
        """The first value of the first row, or none."""
        async with self.connection() as connection:
            return await connection.fetchval(statement, *values)

    async def execute(self, statement: str, *values: Any) -> str:
        """PostgreSQL's command tag, such as ``UPDATE 1``."""
        async with self.connection() as connection:
            return await connection.execute(statement, *values)

    def statistics(self) -> dict[str, int]:
        """Connections open, idle and allowed."""
        if self._pool is None:
            return {"connections": 0, "idle": 0, "limit": self._connections}
        return {
            "connections": self._pool.get_size(),
            "idle": self._pool.get_idle_size(),
            "limit": self._connections,
        }


def _is_lost(connection: Connection) -> bool:
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # closed, and the pool has noticed: the name we hold leads nowhere now
        return True


async def _prepare(connection: Connection) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name, encoder=_encode, decoder=msgspec.json.decode, schema="pg_catalog", format="text"
        )


async def _keep_as_it_is(connection: Connection) -> None:
    """We leave no state on a connection, so the usual reset, one more round trip a query, is not needed."""


def _encode(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _too_slow() -> StudiumError:
    return StudiumError(ErrorCode.TIMEOUT, "The database took too long to answer. Ask for less at once, or try again.")


def _unavailable() -> StudiumError:
    return StudiumError(
        ErrorCode.UNAVAILABLE, "The database is away at the moment. Nothing is lost; try again in a few seconds."
    )
