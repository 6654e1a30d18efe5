"""The type of a connection, whether it comes from a pool or stands alone."""

from typing import TypeAlias

import asyncpg
import asyncpg.pool

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record] | asyncpg.Connection[asyncpg.Record]"
