"""What happens to rows, as a stream: every hub hears of every committed change, its own too, in order of commit.

``listen(table, handler)`` calls ``handler(RowChange)`` at once for each change. A handler is a plain function: it takes
note and leaves work to a task of its own. When the connection to the database is lost, changes may be missed; after it
is back ``on_restored`` handlers are told that everything may have changed.

A change is heard a moment before other connections can be sure to see it: PostgreSQL sends it when its commit is in the
log, and makes it visible right after. Whoever reads the database in answer to a change calls ``wait_visible`` first.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from studium.hub.database import pgoutput
from studium.hub.database.database import Database
from studium.hub.database.replication import ReplicationConnection, check_replication
from studium.protocol.errors import ErrorCode, StudiumError

logger = logging.getLogger(__name__)

# Never handed on, whatever the publication says.
SECRET_COLUMNS = {"password_hash", "token_hash", "secret"}
RECONNECT_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_NOTHING_SEEN = "0:0:"


@dataclass(frozen=True, slots=True)
class RowChange:
    """One row of one table changed. ``old`` is none for an insert, and for an update of a table whose old rows do not
    travel; ``new`` is none for a delete. A value too large to travel unchanged may be absent from ``new``.
    ``transaction`` is for ``wait_visible``."""

    table: str
    action: Literal["insert", "update", "delete"]
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    transaction: int

    def changed(self, column: str) -> bool:
        """Whether the column may have another value than before."""
        if self.old is None or self.new is None:
            return True
        return column not in self.old or column not in self.new or bool(self.old[column] != self.new[column])


Handler = Callable[[RowChange], None]


class ChangeStream:
    """The hub's one connection to the log of changes; ``open`` it before reading what changes shall keep current."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._handlers: dict[str, list[Handler]] = defaultdict(list)
        self._restored: list[Callable[[], None]] = []
        self._connection: ReplicationConnection | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._lost = asyncio.Event()
        self._up = asyncio.Event()
        self._decoder = pgoutput.Decoder()
        self._transaction = 0
        self._snapshot = _NOTHING_SEEN  # the last that was asked for
        self._changes = 0
        self._losses = 0

    @property
    def connected(self) -> bool:
        """Whether changes arrive now."""
        return self._up.is_set()

    async def wait_connected(self) -> None:
        """Return once changes arrive."""
        await self._up.wait()

    def listen(self, table: str, handler: Handler) -> Callable[[], None]:
        """Call ``handler`` for each change of the table; returns what ends that."""
        self._handlers[table].append(handler)
        return lambda: self._handlers[table].remove(handler)

    def on_restored(self, handler: Callable[[], None]) -> Callable[[], None]:
        """Call ``handler`` when the stream was lost and is back; returns what ends that."""
        self._restored.append(handler)
        return lambda: self._restored.remove(handler)

    async def open(self) -> "ChangeStream":
        """Start to listen. Raises ``unavailable`` with what the database lacks."""
        async with self._database.connection() as connection:
            await check_replication(connection)
        try:
            await self._connect()
        except Exception as error:
            raise StudiumError(ErrorCode.UNAVAILABLE, f"The database's changes cannot be followed: {error}") from error
        self._keeper = asyncio.create_task(self._keep(), name="change stream")
        return self

    async def close(self) -> None:
        """Stop listening."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._up.clear()

    def statistics(self) -> dict[str, int]:
        """Changes heard, losses of the connection, whether it is up (0 or 1)."""
        return {"changes": self._changes, "losses": self._losses, "connected": int(self.connected)}

    async def wait_visible(self, transactions: Iterable[int], database: Database | None = None) -> None:
        """Return when queries see these transactions: usually at once, with a synchronous standby when it has them.

        Those heard before the stream was last lost are left out, as the database may be another now; ``on_restored``
        says to read everything. Raises as the database does.
        """
        wanted = set(transactions)
        pause = 0.0005
        while wanted := {one for one in wanted if one >> 32 == self._losses and not _visible(one, self._snapshot)}:
            self._snapshot = await (database or self._database).fetchval("SELECT pg_current_snapshot()::text")
            wanted = {one for one in wanted if not _visible(one, self._snapshot)}
            if wanted:  # PostgreSQL has no event for this
                await asyncio.sleep(pause)
                pause = min(pause * 2, 0.1)

    async def _connect(self) -> None:
        self._lost.clear()
        self._decoder = pgoutput.Decoder()
        self._snapshot = _NOTHING_SEEN
        connection = ReplicationConnection(self._database.dsn, self._received, self._connection_lost)
        self._connection = connection
        await connection.open()
        if not self._lost.is_set():
            self._up.set()

    async def _keep(self) -> None:
        while True:
            await self._lost.wait()
            self._up.clear()
            attempt = 0
            while not self._up.is_set():
                await asyncio.sleep(RECONNECT_SECONDS[min(attempt, len(RECONNECT_SECONDS) - 1)])
                attempt += 1
                try:
                    await self._connect()
                except Exception as error:
                    logger.debug("The database's changes cannot be followed yet: %s", error)
            logger.info("The database's changes are followed again.")
            for handler in list(self._restored):
                self._call(handler)

    def _connection_lost(self, error: Exception) -> None:
        self._losses += 1
        self._up.clear()
        self._lost.set()
        logger.warning("The connection that follows the database's changes was lost: %s", str(error).strip())

    def _received(self, payload: bytes) -> None:
        message = self._decoder.decode(payload)
        match message:
            case pgoutput.Begin():
                self._transaction = self._losses << 32 | message.transaction
            case pgoutput.Commit():
                if self._connection is not None:
                    self._connection.handled(message.end_lsn)
            case pgoutput.Insert():
                self._dispatch(message.relation.table, "insert", None, message.new)
            case pgoutput.Update():
                self._dispatch(message.relation.table, "update", message.old, message.new)
            case pgoutput.Delete():
                self._dispatch(message.relation.table, "delete", message.old, None)
            case pgoutput.Truncate():
                # Nothing of ours truncates; someone at a console did, and their rows are not told.
                for handler in list(self._restored):
                    self._call(handler)
            case _:
                pass

    def _dispatch(
        self,
        table: str,
        action: Literal["insert", "update", "delete"],
        old: pgoutput.Values | None,
        new: pgoutput.Values | None,
    ) -> None:
        self._changes += 1
        change = RowChange(table, action, _public(old), _public(new), self._transaction)
        for handler in list(self._handlers.get(table, ())):
            self._call(handler, change)

    @staticmethod
    def _call(handler: Callable[..., None], *values: Any) -> None:
        try:
            handler(*values)
        except Exception:  # one listener's fault must not stop the stream for all
            logger.exception("A listener to the database's changes failed.")


def _public(values: pgoutput.Values | None) -> dict[str, Any] | None:
    if values is None:
        return None
    return {
        name: value for name, value in values.items() if name not in SECRET_COLUMNS and value is not pgoutput.UNCHANGED
    }


def _visible(transaction: int, snapshot: str) -> bool:
    """Whether a snapshot ``xmin:xmax:running,…`` of 64-bit ids sees the committed transaction with this 32-bit id."""
    transaction &= 0xFFFFFFFF
    _, upper, running = snapshot.split(":")
    xmax = int(upper)
    if xmax == 0:
        return False
    difference = (transaction - xmax) & 0xFFFFFFFF
    whole = xmax + (difference - (1 << 32) if difference >= 1 << 31 else difference)
    if whole >= xmax:
        return False
    return not running or str(whole) not in running.split(",")
