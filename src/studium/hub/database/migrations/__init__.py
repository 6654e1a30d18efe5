"""Numbered changes of the database's schema, ``0001_words.sql``, applied in order when a hub starts.

Each runs in a transaction of its own, under one advisory lock, so that any number of hubs may start at once and a
killed one leaves the database between two migrations, never within one. A file that was released is never edited.
"""

import logging
import re
from pathlib import Path

from studium.hub.database.connection import Connection
from studium.protocol.errors import ErrorCode, StudiumError

logger = logging.getLogger(__name__)

ADVISORY_LOCK = 0x5354554449554D  # "STUDIUM"
_NAME = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")


def migrations(folder: Path | None = None) -> list[tuple[int, str, Path]]:
    """Number, name and file of each migration, in order."""
    found = []
    for path in (folder or Path(__file__).parent).glob("*.sql"):
        match = _NAME.match(path.name)
        if match is None:
            raise ValueError(f"{path.name} is not a name for a migration: 0001_words.sql is.")
        found.append((int(match[1]), match[2], path))
    found.sort()
    if [number for number, _, _ in found] != list(range(1, len(found) + 1)):
        raise ValueError("The numbers of the migrations have a gap or a double.")
    return found


async def migrate(connection: Connection, folder: Path | None = None) -> int:
    """Apply what is missing; return how many. Raises ``conflict`` when the database is of a newer Studium."""
    known = migrations(folder)
    await connection.execute("SELECT pg_advisory_lock($1)", ADVISORY_LOCK)
    try:
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations"
            " (number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        applied = await connection.fetchval("SELECT coalesce(max(number), 0) FROM schema_migrations")
        if applied > len(known):
            raise StudiumError(
                ErrorCode.CONFLICT,
                f"The database was changed by a newer Studium (schema {applied}; this one knows {len(known)}). "
                "Run the newer Studium, or restore a backup from before its first start.",
                have=applied,
                want=len(known),
            )
        for number, name, path in known[applied:]:
            async with connection.transaction():
                await connection.execute(path.read_text(encoding="utf-8"))
                await connection.execute("INSERT INTO schema_migrations (number, name) VALUES ($1, $2)", number, name)
            logger.info("The database's schema is now at %04d (%s).", number, name)
        return len(known) - int(applied)
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", ADVISORY_LOCK)
