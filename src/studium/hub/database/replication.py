"""One connection that receives PostgreSQL's log of changes through a temporary logical slot.

psycopg2 speaks the replication protocol; its socket is watched by the event loop, so nothing polls and no thread waits.
The slot lives as long as the connection: a hub that dies leaves none behind that would keep PostgreSQL from recycling
its log.
"""

import asyncio
import contextlib
import os
import time
import uuid
from collections.abc import Callable
from typing import Any

import psycopg2
import psycopg2.extras

from studium.hub.database.connection import Connection
from studium.protocol.errors import ErrorCode, StudiumError

PUBLICATION = "studium"
MESSAGES_A_TURN = 500  # then the event loop gets its turn
FEEDBACK_SECONDS = 1.0  # how long PostgreSQL keeps log that we have already received
SILENCE_SECONDS = 120.0  # PostgreSQL says something at least every 30 s; a connection silent for longer is dead
CONNECT_SECONDS = 10


class ReplicationConnection:
    """Calls ``received(payload)`` for each message, and ``lost(error)`` once, when the connection ends by itself."""

    def __init__(self, dsn: str, received: Callable[[bytes], None], lost: Callable[[Exception], None]) -> None:
        self._dsn = dsn
        self._received = received
        self._lost = lost
        self._connection: Any = None
        self._cursor: Any = None
        self._descriptor: int | None = None
        self._loop = asyncio.get_running_loop()
        self._feedback: asyncio.TimerHandle | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._again: asyncio.Handle | None = None
        self._flushed = 0

    async def open(self) -> None:
        """Connect and start to stream. Changes committed after this returns are received; some before it may be."""
        self._connection, self._cursor = await asyncio.to_thread(self._connect)
        # A copy, since psycopg2 closes its own when the connection breaks, behind the event loop's back.
        self._descriptor = os.dup(self._connection.fileno())
        self._loop.add_reader(self._descriptor, self._read)
        self._watch = self._loop.call_later(SILENCE_SECONDS, self._check_silence)
        self._read()

    def close(self) -> None:
        """End the connection; its slot goes with it."""
        connection, self._connection = self._connection, None
        for handle in (self._feedback, self._watch, self._again):
            if handle is not None:
                handle.cancel()
        if connection is not None:
            if self._descriptor is not None:
                self._loop.remove_reader(self._descriptor)
                os.close(self._descriptor)
                self._descriptor = None
            with contextlib.suppress(psycopg2.Error):
                connection.close()

    def handled(self, lsn: int) -> None:
        """Everything up to here has been taken care of; PostgreSQL may forget it."""
        self._flushed = lsn
        if self._feedback is None:
            self._feedback = self._loop.call_later(FEEDBACK_SECONDS, self._send_feedback)

    def _connect(self) -> tuple[Any, Any]:
        connection = psycopg2.connect(
            self._dsn,
            connection_factory=psycopg2.extras.LogicalReplicationConnection,
            application_name="studium changes",
            connect_timeout=CONNECT_SECONDS,
            keepalives_idle=30,
            keepalives_interval=10,
            keepalives_count=3,
        )
        try:
            cursor: Any = connection.cursor()
            slot = f"studium_{uuid.uuid4().hex}"
            cursor.execute(f"CREATE_REPLICATION_SLOT {slot} TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT")
            cursor.start_replication_expert(
                f"START_REPLICATION SLOT {slot} LOGICAL 0/0 (proto_version '1', publication_names '{PUBLICATION}')",
                decode=False,
            )
        except BaseException:
            connection.close()
            raise
        return connection, cursor

    def _read(self) -> None:
        self._again = None
        try:
            for _ in range(MESSAGES_A_TURN):
                if self._connection is None:
                    return
                message = self._cursor.read_message()
                if message is None:
                    return
                self._received(message.payload)
        except Exception as error:  # the connection or a message is broken: either way this stream has ended
            self._end(error)
            return
        # psycopg2 may hold more that the socket does not announce again.
        self._again = self._loop.call_soon(self._read)

    def _send_feedback(self) -> None:
        self._feedback = None
        try:
            self._cursor.send_feedback(flush_lsn=self._flushed, force=True)
        except psycopg2.Error as error:
            self._end(error)

    def _check_silence(self) -> None:
        silence = time.time() - self._cursor.io_timestamp.timestamp()
        if silence > SILENCE_SECONDS:
            self._end(TimeoutError(f"nothing was heard for {silence:.0f} s"))
        else:
            self._watch = self._loop.call_later(SILENCE_SECONDS - silence + 1, self._check_silence)

    def _end(self, error: Exception) -> None:
        if self._connection is not None:
            self.close()
            self._lost(error)


async def check_replication(connection: Connection) -> None:
    """Say plainly what this database lacks for live tables. Raises ``unavailable``."""
    row = await connection.fetchrow(
        """
        SELECT current_setting('wal_level') AS wal_level,
               current_setting('max_replication_slots')::int AS slots,
               (SELECT count(*) FROM pg_replication_slots) AS used,
               (SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user) AS allowed,
               EXISTS (SELECT FROM pg_publication WHERE pubname = $1) AS published
        """,
        PUBLICATION,
    )
    assert row is not None
    sentence = None
    if row["wal_level"] != "logical":
        sentence = (
            f"The database has wal_level = {row['wal_level']}, and live tables need logical. "
            "Run ALTER SYSTEM SET wal_level = 'logical' and restart PostgreSQL."
        )
    elif row["used"] >= row["slots"]:
        sentence = (
            f"All {row['slots']} replication slots of the database are taken, and each hub needs one. "
            "Raise max_replication_slots and max_wal_senders, and restart PostgreSQL."
        )
    elif not row["allowed"]:
        sentence = "The database's role may not replicate. Run ALTER ROLE … REPLICATION for the role that Studium uses."
    elif not row["published"]:
        sentence = f"The database has no publication {PUBLICATION}. Run “studium migrate”."
    if sentence:
        raise StudiumError(ErrorCode.UNAVAILABLE, sentence)
