"""A document while people have it open.

Everything that arrives in one turn of the event loop is applied in one transaction, appended to the log as it was
received, and sent to everybody else as one frame; the acknowledgement follows when the log has it on the disk. There is
no task for a send, no observer, no message to a log.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

import msgspec

from studium.project.documents.connection import Connection, control_message, websocket_frame
from studium.project.documents.store import Loaded, SavedState, Store
from studium.protocol.documents import (
    Acknowledged,
    ControlToClient,
    ControlToServer,
    DiskStatus,
    Hello,
    NotSaved,
    Saved,
    SyncType,
)
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId
from studium.protocol.session import Role
from studium.sync.awareness import AwarenessStates, decode_awareness
from studium.sync.replica import Replica
from studium.sync.updates import EMPTY_UPDATE
from studium.sync.wire import (
    AwarenessMessage,
    ControlMessage,
    Message,
    ProtocolError,
    SyncMessage,
    decode_frame,
    encode_awareness,
    encode_sync,
)

_log = logging.getLogger(__name__)

PRESENCE_SECONDS = 0.03  # cursors that move without an edit are gathered this long
CHECKPOINT_UPDATES = 5_000  # replaying that many takes some 10 ms
CHECKPOINT_BYTES = 1024 * 1024
UNLOAD_CHECKPOINT_UPDATES = 100  # when a room is closed anyway
MAX_WAITING_UPDATES = 1_000  # updates that came before those they rest on

_decode_control = msgspec.json.Decoder(ControlToServer).decode


class Room:
    """One history, loaded. ``Documents`` makes and closes it; ``FileSync`` keeps its file."""

    def __init__(self, path: str, loaded: Loaded, store: Store) -> None:
        self.path = path
        self.row = loaded.row
        self.version = loaded.version
        self.read_only_reason: str | None = None
        self.saved_version = 0
        self.not_saved: NotSaved | None = None
        self.on_edit: Callable[[], None] = _nothing
        self.on_save_now: Callable[[Connection], None] = lambda _connection: None
        self.on_broken: Callable[[], None] = _nothing
        self.connections: dict[Connection, None] = {}
        self._store = store
        self._loop = asyncio.get_running_loop()
        self._replica = Replica(loaded.snapshot, loaded.tail)
        self._inbox: list[tuple[Connection, int, bytes]] = []
        self._turn_is_due = False
        self._uncommitted = 0
        self._committed: asyncio.Event = asyncio.Event()
        self._committed.set()
        self._acknowledgements: dict[Connection, tuple[int, int]] = {}
        self._awareness = AwarenessStates()
        self._moved_clients: set[int] = set()
        self._presence_timer: asyncio.TimerHandle | None = None
        self._tail_updates = len(loaded.tail)
        self._tail_bytes = sum(map(len, loaded.tail))
        self._snapshot_bytes = len(loaded.snapshot or b"")
        self._disk_edit_in_flight = False

    # What the file needs -------------------------------------------------------------------------------------------

    def text(self) -> str:
        """The document's text now."""
        return self._replica.text()

    def snapshot(self) -> bytes:
        """The whole document as one update."""
        return self._replica.doc.get_update()

    async def commit_disk_edit(self, update: bytes, saved: Callable[[int], SavedState]) -> int:
        """Commit an edit that comes from the file, together with what the file holds (``saved(version)``), and only
        then show it to anybody: a crash in between must not bring it in a second time. The edit's version."""
        future: asyncio.Future[None] = self._loop.create_future()
        self.version += 1
        version = self.version
        self._disk_edit_in_flight = True

        def done(error: Exception | None) -> None:
            if not future.done():
                future.set_result(None) if error is None else future.set_exception(error)

        try:
            self._store.append(self.row.number, version, [(None, [update])], done, saved(version))
            await future
            self._drop_for_slow_clients()
            self._apply([update])
            self._broadcast([(None, update)])
        finally:
            self._disk_edit_in_flight = False
        self._count_for_checkpoint([update])
        return version

    async def wait_committed(self) -> None:
        """Wait until nothing is on its way to the log."""
        await self._committed.wait()

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is on its way to the log."""
        return self._uncommitted == 0 and not self._inbox

    def tell(self, control: ControlToClient) -> None:
        """Send a control message to all who understand it; remember what newcomers must know."""
        if isinstance(control, Saved):
            self.saved_version, self.not_saved = control.version, None
        elif isinstance(control, NotSaved):
            self.not_saved = control
        frame = websocket_frame(control_message(control))
        for connection in self.connections:
            if connection.speaks_studium:
                connection.write(frame)

    # Connections ---------------------------------------------------------------------------------------------------

    def join(self, connection: Connection) -> None:
        """A client has connected."""
        self.connections[connection] = None
        reason = self.read_only_reason
        if connection.read_only:
            reason = "You are a viewer of this project."
        elif reason is not None:
            connection.read_only = True
        connection.send_control(
            Hello(self.row.history_id, self.version, self.saved_version, connection.read_only, reason)
        )
        trouble = self._store.trouble
        if trouble is not None:
            connection.send_control(NotSaved(trouble.body(), DiskStatus.UNKNOWN))
        elif self.not_saved is not None:
            connection.send_control(self.not_saved)

    def leave(self, connection: Connection) -> None:
        """A client has gone; its updates that have arrived still count."""
        self.connections.pop(connection, None)
        self._acknowledgements.pop(connection, None)
        self._show(self._awareness.remove_owner(connection.owner))

    def receive(self, connection: Connection, frame: bytes) -> None:
        """A frame from a client. What it may not send ends its connection."""
        try:
            for message in decode_frame(frame):
                self._take(connection, message)
        except ProtocolError as error:
            connection.fail(_malformed(str(error)))
        except StudiumError as error:
            connection.fail(error)

    def fail(self, error: StudiumError) -> None:
        """Close all connections with a reason."""
        for connection in list(self.connections):
            connection.fail(error)

    def close(self) -> None:
        """Let go of timers."""
        if self._presence_timer is not None:
            self._presence_timer.cancel()

    def checkpoint(self) -> None:
        """Write a checkpoint now when it spares the next opening some work."""
        if self._tail_updates >= UNLOAD_CHECKPOINT_UPDATES and not self._disk_edit_in_flight:
            self._write_checkpoint()

    # Messages ------------------------------------------------------------------------------------------------------

    def _take(self, connection: Connection, message: Message) -> None:
        if isinstance(message, SyncMessage):
            if message.kind == SyncType.STEP_1:
                self._answer(connection, message.payload)
                return
            if connection.read_only and not self._replica.is_empty_for(message.payload):
                raise self._refusal(connection)
            connection.received += 1
            self._inbox.append((connection, message.kind, message.payload))
            self._schedule_turn()
        elif isinstance(message, AwarenessMessage):
            entries = decode_awareness(message.payload)
            self._show(self._awareness.apply(connection.owner, entries, connection.force_identity))
        elif isinstance(message, ControlMessage):
            try:
                _decode_control(message.payload)
            except (msgspec.MsgspecError, RecursionError):
                raise ProtocolError("A control message is not one that a client sends.") from None
            self.on_save_now(connection)
        elif len(self._awareness):
            connection.send(encode_awareness(self._awareness.encode_all()))

    def _answer(self, connection: Connection, state: bytes) -> None:
        """Answer a first step: everything that the client lacks and, the first time, our own first step and everybody's
        awareness, all in one frame."""
        parts = self._replica.missing(state)
        if not connection.greeted:
            connection.greeted = True
            if not connection.read_only:
                parts.append(encode_sync(SyncType.STEP_1, self._replica.state()))
            if len(self._awareness):
                parts.append(encode_awareness(self._awareness.encode_all()))
        connection.send_messages(parts)

    def _refusal(self, connection: Connection) -> StudiumError:
        if connection.identity.role is Role.VIEWER:
            return StudiumError(
                ErrorCode.NOT_PERMITTED,
                "As a viewer of this project you cannot edit. Ask its owner to make you a collaborator.",
            )
        return StudiumError(ErrorCode.TOO_LARGE, self.read_only_reason or "This document can only be read.")

    # A turn --------------------------------------------------------------------------------------------------------

    def _schedule_turn(self) -> None:
        if not self._turn_is_due:
            self._turn_is_due = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._turn_is_due = False
        inbox, self._inbox = self._inbox, []
        senders = {connection: connection.received for connection, _, _ in inbox}
        taken: list[tuple[Connection, bytes]] = []
        for connection, kind, update in inbox:
            if update == EMPTY_UPDATE:
                continue
            if kind == SyncType.STEP_2 and self._is_known(connection, update):
                continue
            taken.append((connection, update))
        if taken:
            self._drop_for_slow_clients()
        failed = self._apply([update for _, update in taken])
        for index in sorted(failed, reverse=True):
            taken[index][0].fail(_malformed("An update is malformed."))
            del taken[index]
        self._append(taken, senders)
        self._broadcast(taken)
        if taken:
            self._count_for_checkpoint([update for _, update in taken])
            if len(self._replica.waiting) > MAX_WAITING_UPDATES:
                taken[-1][0].fail(_malformed("Too many updates came without those that they rest on."))
            self.on_edit()

    def _is_known(self, connection: Connection, update: bytes) -> bool:
        """Whether a client that reconnects sends only what is in the log already: its second step holds all deletions
        that it ever saw, which must not be written down again each time."""
        self._drop_for_slow_clients()
        try:
            return self._replica.brings_nothing(update)
        except ProtocolError as error:
            connection.fail(_malformed(str(error)))
        except BaseException as error:
            self._break(error)
        return True

    def _apply(self, updates: list[bytes]) -> set[int]:
        """Apply in one transaction; which of them are malformed."""
        try:
            return self._replica.apply(updates)
        except BaseException as error:
            self._break(error)
        return set(range(len(updates)))

    def _break(self, error: BaseException) -> None:
        """A panic in the library, which is no ``Exception``: what the document holds now is unknown."""
        if isinstance(error, (KeyboardInterrupt, SystemExit, asyncio.CancelledError)):
            raise error
        _log.error("An update broke a document; it is opened afresh from its log", exc_info=error)
        self.on_broken()

    def _append(self, taken: list[tuple[Connection, bytes]], senders: dict[Connection, int]) -> None:
        runs: dict[AccountId, list[bytes]] = {}
        for connection, update in taken:
            runs.setdefault(connection.identity.account_id, []).append(update)
        first = self.version + 1
        self.version = version = self.version + len(taken)
        self._uncommitted += 1
        self._committed.clear()

        def done(error: Exception | None) -> None:
            self._uncommitted -= 1
            if self._uncommitted == 0:
                self._committed.set()
            if error is not None:
                self.on_broken()
                return
            if not self._acknowledgements:
                self._loop.call_soon(self._acknowledge)
            for connection, count in senders.items():
                self._acknowledgements[connection] = (count, version)

        if taken or self._uncommitted > 1:
            self._store.append(self.row.number, first, list(runs.items()), done)
        else:
            done(None)

    def _acknowledge(self) -> None:
        """One acknowledgement a client for all that was committed together."""
        acknowledgements, self._acknowledgements = self._acknowledgements, {}
        for connection, (count, version) in acknowledgements.items():
            connection.acknowledged = count
            connection.send_control(Acknowledged(count, version))

    def _broadcast(self, taken: Sequence[tuple[Connection | None, bytes]]) -> None:
        """One frame to each client: the updates of the others, and where cursors are now."""
        if self._presence_timer is not None:
            self._presence_timer.cancel()
            self._presence_timer = None
        presence = b""
        if self._moved_clients:
            presence = encode_awareness(self._awareness.encode(self._moved_clients))
            self._moved_clients = set()
        messages = [encode_sync(SyncType.UPDATE, update) for _, update in taken]
        if presence:
            messages.append(presence)
        if not messages:
            return
        senders = {connection for connection, _ in taken}
        frames: list[bytes] = []  # what clients get in common is made once, when the first of them needs it
        of_studium = of_stock = b""
        for connection in self.connections:
            if not connection.greeted or connection.is_behind:
                continue
            if not connection.speaks_studium and not frames:
                frames = [websocket_frame(message) for message in messages]
                of_stock = b"".join(frames)
            if connection in senders:
                parts = messages if connection.speaks_studium else frames
                parts = [
                    part for number, part in enumerate(parts) if number >= len(taken) or taken[number][0] != connection
                ]
                if parts:
                    data = b"".join(parts)
                    connection.write(websocket_frame(data) if connection.speaks_studium else data)
            elif connection.speaks_studium:
                of_studium = of_studium or websocket_frame(b"".join(messages))
                connection.write(of_studium)
            else:
                connection.write(of_stock)

    def _show(self, client_ids: set[int]) -> None:
        """Tell everybody soon about the awareness of these clients."""
        if client_ids:
            self._moved_clients |= client_ids
            if self._presence_timer is None:
                self._presence_timer = self._loop.call_later(PRESENCE_SECONDS, self._broadcast, ())

    def _drop_for_slow_clients(self) -> None:
        """Before the document changes: whoever has not read what was sent is brought up to date later."""
        for connection in self.connections:
            if connection.has_full_outbox and not connection.is_behind:
                connection.fall_behind(self._replica.state(), self._catch_up)

    def _catch_up(self, state: bytes) -> list[bytes]:
        return [*self._replica.missing(state), encode_awareness(self._awareness.encode_all())]

    # Checkpoints ---------------------------------------------------------------------------------------------------

    def _count_for_checkpoint(self, updates: list[bytes]) -> None:
        self._tail_updates += len(updates)
        self._tail_bytes += sum(map(len, updates))
        due = self._tail_updates >= CHECKPOINT_UPDATES or self._tail_bytes >= max(
            CHECKPOINT_BYTES, self._snapshot_bytes
        )
        if due and not self._disk_edit_in_flight:
            self._write_checkpoint()

    def _write_checkpoint(self) -> None:
        snapshot = self._replica.checkpoint()
        self._store.checkpoint(self.row.number, self.version, snapshot)
        self._tail_updates = self._tail_bytes = 0
        self._snapshot_bytes = len(snapshot)


def _nothing() -> None:
    return


def _malformed(sentence: str) -> StudiumError:
    return StudiumError(
        ErrorCode.INVALID_REQUEST, f"The document's connection was closed: {sentence} Reload the page to go on."
    )
