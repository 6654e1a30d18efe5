"""A room's end of the log: numbers what was taken, commits it, acknowledges it, and writes checkpoints."""

import asyncio
from collections.abc import Callable, Iterable

from studium.project.documents.connection import Connection
from studium.project.documents.store import Loaded, SavedState, Store
from studium.protocol.documents import Acknowledged
from studium.protocol.ids import AccountId
from studium.sync.replica import Replica

CHECKPOINT_UPDATES = 5_000  # replaying that many takes some 10 ms
CHECKPOINT_BYTES = 1024 * 1024
UNLOAD_CHECKPOINT_UPDATES = 100  # when a room is closed anyway
REST_CHECKPOINT_UPDATES = 500  # when nobody types
REPLAYED_UPDATE_COSTS_BYTES = 500  # replaying an update takes as long as writing so much of a checkpoint


class RoomLog:
    """Of one room. ``version`` is the number of the newest update; ``on_refused`` is called when the store can never
    take what it was given, so that the room is not what the log says."""

    def __init__(self, loaded: Loaded, store: Store, replica: Replica, on_refused: Callable[[], None]) -> None:
        self.version = loaded.version
        self._number = loaded.row.number
        self._store = store
        self._replica = replica
        self._on_refused = on_refused
        self._loop = asyncio.get_running_loop()
        self._uncommitted = 0
        self._all_committed = asyncio.Event()
        self._all_committed.set()
        self._acknowledgements: dict[Connection, tuple[int, int]] = {}
        self._tail_updates = len(loaded.tail)
        self._tail_bytes = sum(map(len, loaded.tail))
        self._snapshot_bytes = len(loaded.snapshot or b"")
        self._disk_edit_in_flight = False

    # Updates of clients --------------------------------------------------------------------------------------------

    def append(self, taken: list[tuple[Connection, bytes]], received: dict[Connection, int]) -> None:
        """Commit what the room has taken, as it came. Then each client learns that its first ``received`` messages are
        on the disk, whether or not they brought anything."""
        runs: dict[AccountId, list[bytes]] = {}
        for connection, update in taken:
            runs.setdefault(connection.identity.account_id, []).append(update)
        first = self.version + 1
        self.version = version = self.version + len(taken)
        self._uncommitted += 1
        self._all_committed.clear()

        def done(error: Exception | None) -> None:
            self._uncommitted -= 1
            if self._uncommitted == 0:
                self._all_committed.set()
            if error is not None:
                self._on_refused()
                return
            if not self._acknowledgements:
                self._loop.call_soon(self._acknowledge)
            for connection, count in received.items():
                self._acknowledgements[connection] = (count, version)

        if taken or self._uncommitted > 1:
            self._store.append(self._number, first, list(runs.items()), done)
            self._count(update for _, update in taken)
        else:
            done(None)

    def append_own(self, update: bytes, account_id: AccountId | None) -> None:
        """Commit an edit that the server made on behalf of somebody, or of nobody."""
        self.version += 1
        self._uncommitted += 1
        self._all_committed.clear()

        def done(error: Exception | None) -> None:
            self._uncommitted -= 1
            if self._uncommitted == 0:
                self._all_committed.set()
            if error is not None:
                self._on_refused()

        self._store.append(self._number, self.version, [(account_id, [update])], done)
        self._count([update])

    def forget(self, connection: Connection) -> None:
        """A client has gone: nobody waits for its acknowledgement."""
        self._acknowledgements.pop(connection, None)

    @property
    def size_bytes(self) -> int:
        """What a fresh start would replay."""
        return self._snapshot_bytes + self._tail_bytes

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is on its way to the disk."""
        return self._uncommitted == 0

    async def wait_committed(self) -> None:
        """Wait until nothing is on its way to the disk."""
        await self._all_committed.wait()

    def _acknowledge(self) -> None:
        """One acknowledgement a client for all that was committed together."""
        acknowledgements, self._acknowledgements = self._acknowledgements, {}
        for connection, (count, version) in acknowledgements.items():
            connection.acknowledged = count
            connection.send_control(Acknowledged(count, version))

    # Edits of the disk ---------------------------------------------------------------------------------------------

    async def commit_disk_edit(
        self, update: bytes, saved: Callable[[int], SavedState], show: Callable[[], None]
    ) -> int:
        """Commit an edit that comes from the file, together with what the file holds (``saved(version)``), and only
        then ``show`` it: a crash in between must not bring it in a second time. The edit's version."""
        committed: asyncio.Future[None] = self._loop.create_future()

        def done(error: Exception | None) -> None:
            if not committed.done():
                committed.set_result(None) if error is None else committed.set_exception(error)

        self.version += 1
        version = self.version
        self._disk_edit_in_flight = True
        try:
            self._store.append(self._number, version, [(None, [update])], done, saved(version))
            await committed
            show()
        finally:
            self._disk_edit_in_flight = False
        self._count([update])
        return version

    # Checkpoints ---------------------------------------------------------------------------------------------------

    def checkpoint_if_due(self) -> None:
        """Write one when the next opening would have much to replay, measured by what a checkpoint costs: that of a
        long document blocks the loop for milliseconds."""
        many = self._tail_updates >= CHECKPOINT_UPDATES and self._tail_bytes >= self._snapshot_bytes // 2
        if many or self._tail_bytes >= max(CHECKPOINT_BYTES, self._snapshot_bytes):
            self.checkpoint()

    def checkpoint_at_rest(self) -> None:
        """Write one, when it costs nobody a delay, if it spares the next opening more than it takes now: a server may
        be killed before the room is closed."""
        if self._tail_updates >= max(REST_CHECKPOINT_UPDATES, self._snapshot_bytes // REPLAYED_UPDATE_COSTS_BYTES):
            self.checkpoint()

    def checkpoint_at_unload(self) -> None:
        """Write one when it spares the next opening some work."""
        if self._tail_updates >= UNLOAD_CHECKPOINT_UPDATES:
            self.checkpoint()

    def checkpoint(self) -> None:
        """Write the document as it is after ``version``, unless an edit of that number is not in it yet."""
        if self._disk_edit_in_flight:
            return
        snapshot = self._replica.checkpoint()
        self._store.checkpoint(self._number, self.version, snapshot)
        self._tail_updates = self._tail_bytes = 0
        self._snapshot_bytes = len(snapshot)

    def _count(self, updates: Iterable[bytes]) -> None:
        for update in updates:
            self._tail_updates += 1
            self._tail_bytes += len(update)
