"""Which hubs are alive, as the database itself knows it.

Every hub holds an advisory lock on a connection of its own; PostgreSQL lets go of it the moment that the hub's process
or its connection ends. So a dead hub is known at once, without heartbeats and without comparing clocks.
"""

import asyncio
import contextlib
import logging
from uuid import UUID

import asyncpg

from studium.hub.database import Connection, Database
from studium.protocol.ids import HubId

_LOCK = "hashtextextended($1::text, 5571)"
_RECONNECT_SECONDS = (0.1, 0.5, 1.0, 2.0)

_log = logging.getLogger(__name__)


async def is_alive(connection: Connection, hub_id: UUID) -> bool:
    """Does this hub run? ``connection`` is within a transaction."""
    return not await connection.fetchval(f"SELECT pg_try_advisory_xact_lock_shared({_LOCK})", str(hub_id))


class Presence:
    """Says that this hub is alive for as long as it is."""

    def __init__(self, database: Database, hub_id: HubId, address: str) -> None:
        self._database = database
        self._hub_id = hub_id
        self._address = address
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._lost = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take the lock."""
        await self._connect()
        self._keeper = asyncio.create_task(self._keep(), name="presence of this hub")

    async def stop(self) -> None:
        """Let go of it."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._connection is not None and not self._connection.is_closed():
            with contextlib.suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
                # The lock first: whoever hears of the deletion must find us gone.
                await self._connection.execute(f"SELECT pg_advisory_unlock({_LOCK})", str(self._hub_id), timeout=2)
                await self._connection.execute("DELETE FROM hubs WHERE hub_id = $1", self._hub_id, timeout=2)
                await self._connection.close(timeout=2)
        if self._connection is not None:
            self._connection.terminate()

    async def _connect(self) -> None:
        self._lost.clear()
        connection = await asyncpg.connect(
            self._database.dsn, timeout=10, server_settings={"application_name": "studium presence"}
        )
        try:
            await connection.execute(f"SELECT pg_advisory_lock({_LOCK})", str(self._hub_id), timeout=10)
            await connection.execute(
                "INSERT INTO hubs (hub_id, address) VALUES ($1, $2) ON CONFLICT (hub_id) DO UPDATE SET seen_at = now()",
                self._hub_id,
                self._address,
            )
        except BaseException:
            connection.terminate()
            raise
        connection.add_termination_listener(lambda _: self._lost.set())
        self._connection = connection

    async def _keep(self) -> None:
        attempt = 0
        while True:
            await self._lost.wait()
            await asyncio.sleep(_RECONNECT_SECONDS[min(attempt, len(_RECONNECT_SECONDS) - 1)])
            attempt += 1
            try:
                await self._connect()
                attempt = 0
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                _log.debug("cannot say yet that this hub is alive: %s", error)
                self._lost.set()
