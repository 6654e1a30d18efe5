"""A document while people have it open.

Everything that arrives in one turn of the event loop is applied in one transaction, appended to the log as it was
received, and sent to everybody else at once, as one update (``fan_out.py``); the acknowledgement follows when the log
has it on the disk (``room_log.py``). There is no task for a send, no queue, no message to a log.
"""

import asyncio
import logging
from collections.abc import Callable
from time import perf_counter

import msgspec

from studium.project.documents.connection import Connection, control_message, websocket_frame
from studium.project.documents.fan_out import News, fan_out
from studium.project.documents.presence import Presence
from studium.project.documents.room_log import RoomLog
from studium.project.documents.store import Loaded, SavedState, Store
from studium.protocol.documents import ControlToClient, ControlToServer, DiskStatus, Hello, NotSaved, Saved, SyncType
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.session import Role
from studium.sync.replica import Applied, Replica
from studium.sync.updates import EMPTY_UPDATE
from studium.sync.wire import (
    AwarenessMessage,
    ControlMessage,
    Message,
    ProtocolError,
    SyncMessage,
    decode_frame,
    encode_sync,
)

_log = logging.getLogger(__name__)

MAX_WAITING_UPDATES = 1_000  # updates that came before those they rest on
LARGE_ANSWER_BYTES = 16 * 1024  # from which on copying it for each client costs more than a frame of its own
OUTBOX_CHECK_BYTES = 64 * 1024  # sent to each client between two looks at who does not read
CROWD = 100  # clients, from which on a turn rests after sending
REST_SECONDS_A_CLIENT = 5e-6  # about what sending to one takes: a crowd costs less when more edits share a frame

_decode_control = msgspec.json.Decoder(ControlToServer).decode


class Room:
    """One history, loaded. ``Documents`` makes and closes it; ``FileSync`` keeps its file."""

    def __init__(self, path: str, loaded: Loaded, store: Store) -> None:
        self.path = path
        self.row = loaded.row
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
        self.log = RoomLog(loaded, store, self._replica, lambda: self.on_broken())
        self._presence = Presence(lambda: self._send([]))
        self._inbox: list[tuple[Connection, int, bytes]] = []
        self._large_answer = (b"", b"")
        self._rests_until = 0.0
        self._unchecked_bytes = 0

    # What the file needs -------------------------------------------------------------------------------------------

    @property
    def version(self) -> int:
        """Number of the newest update."""
        return self.log.version

    def text(self) -> str:
        """The document's text now."""
        return self._replica.text()

    def snapshot(self) -> bytes:
        """The whole document as one update."""
        return self._replica.doc.get_update()

    async def commit_disk_edit(self, update: bytes, saved: Callable[[int], SavedState]) -> int:
        """Commit an edit of the file with what the file holds then, and show it; the edit's version."""

        def show() -> None:
            self._drop_for_slow_clients()
            self._apply([update])
            self._send([(None, update)])

        version = await self.log.commit_disk_edit(update, saved, show)
        self.log.checkpoint_if_due()
        return version

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is on its way to the log."""
        return self.log.is_quiet and not self._inbox

    def tell(self, control: ControlToClient) -> None:
        """Send a control message to all who understand it; remember what newcomers must know."""
        if isinstance(control, Saved):
            self.saved_version, self.not_saved = control.version, None
            if control.version >= self.version:
                self.log.checkpoint_at_rest()
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
        self.log.forget(connection)
        self._presence.leave(connection)

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
        """Let go of timers; what has just arrived is not acknowledged, and its senders bring it again."""
        self._inbox.clear()
        self._presence.close()

    # Messages ------------------------------------------------------------------------------------------------------

    def _take(self, connection: Connection, message: Message) -> None:
        if isinstance(message, SyncMessage):
            if message.kind == SyncType.STEP_1:
                self._answer(connection, message.payload)
                return
            if connection.read_only and not self._replica.is_empty_for(message.payload):
                raise self._refusal(connection)
            connection.received += 1
            if not self._inbox:
                self._plan_turn()
            self._inbox.append((connection, message.kind, message.payload))
        elif isinstance(message, AwarenessMessage):
            self._presence.receive(connection, message.payload)
        elif isinstance(message, ControlMessage):
            try:
                _decode_control(message.payload)
            except (msgspec.MsgspecError, RecursionError):
                raise ProtocolError("A control message is not one that a client sends.") from None
            self.on_save_now(connection)
        else:
            connection.send_messages(self._presence.everybody())

    def _answer(self, connection: Connection, state: bytes) -> None:
        """Answer a first step: everything that the client lacks and, the first time, our own first step and everybody's
        awareness, all at once."""
        parts = self._replica.missing(state)
        if len(parts[0]) > LARGE_ANSWER_BYTES:
            connection.write(self._framed(parts.pop(0)))
        if not connection.greeted:
            connection.greeted = connection.follows = True
            if not connection.read_only:
                parts.append(encode_sync(SyncType.STEP_1, self._replica.state()))
            parts += self._presence.everybody()
        connection.send_messages(parts)

    def _framed(self, message: bytes) -> bytes:
        """A frame with a large message, made once for a class that opens the document together."""
        if self._large_answer[0] is not message:
            self._large_answer = (message, websocket_frame(message))
        return self._large_answer[1]

    def _refusal(self, connection: Connection) -> StudiumError:
        if connection.identity.role is Role.VIEWER:
            return StudiumError(
                ErrorCode.NOT_PERMITTED,
                "As a viewer of this project you cannot edit. Ask its owner to make you a collaborator.",
            )
        return StudiumError(ErrorCode.TOO_LARGE, self.read_only_reason or "This document can only be read.")

    # A turn --------------------------------------------------------------------------------------------------------

    def _plan_turn(self) -> None:
        """At once, or when a room full of people has rested from the last one: what comes meanwhile shares a frame."""
        rest = self._rests_until - perf_counter()
        if rest > 0:
            self._loop.call_later(rest, self._turn)
        else:
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        inbox, self._inbox = self._inbox, []
        received = {connection: connection.received for connection, _, _ in inbox}
        taken: list[tuple[Connection, bytes]] = []
        for connection, kind, update in inbox:
            if update == EMPTY_UPDATE:
                continue
            if kind == SyncType.STEP_2 and self._is_known(connection, update):
                continue
            taken.append((connection, update))
        if not taken:
            self.log.append(taken, received)
            return
        self._drop_for_slow_clients()
        applied = self._apply([update for _, update in taken])
        for index in sorted(applied.malformed, reverse=True):
            taken[index][0].fail(_malformed("An update is malformed."))
            del taken[index]
        self.log.append(taken, received)
        self._send(_as_one(taken, applied))
        if taken:
            self.log.checkpoint_if_due()
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

    def _apply(self, updates: list[bytes]) -> Applied:
        try:
            return self._replica.apply(updates)
        except BaseException as error:
            self._break(error)
        return Applied(set(range(len(updates))), None)

    def _break(self, error: BaseException) -> None:
        """A panic in the library, which is no ``Exception``: what the document holds now is unknown."""
        if isinstance(error, (KeyboardInterrupt, SystemExit, asyncio.CancelledError)):
            raise error
        _log.error("An update broke a document; it is opened afresh from its log", exc_info=error)
        self.on_broken()

    def _send(self, news: News) -> None:
        """To each client the updates of the others, and where cursors are now."""
        self._unchecked_bytes += fan_out(self.connections, news, self._presence.take_moved())
        if len(self.connections) >= CROWD:
            self._rests_until = perf_counter() + len(self.connections) * REST_SECONDS_A_CLIENT

    def _drop_for_slow_clients(self) -> None:
        """Before the document changes: whoever has not read what was sent is brought up to date later."""
        if self._unchecked_bytes < OUTBOX_CHECK_BYTES:
            return
        self._unchecked_bytes = 0
        for connection in self.connections:
            if connection.has_full_outbox and not connection.is_behind:
                connection.fall_behind(self._replica.state(), self._catch_up)

    def _catch_up(self, state: bytes) -> list[bytes]:
        return self._replica.missing(state) + self._presence.everybody()


def _as_one(taken: list[tuple[Connection, bytes]], applied: Applied) -> News:
    """What to send to whom. Where the turn is one update, those who brought parts of it get it too, which changes
    nothing for them; only who brought all of it does not."""
    if applied.as_one is None:
        return taken
    if applied.as_one == EMPTY_UPDATE:
        return []
    senders = {connection for connection, _ in taken}
    return [(senders.pop() if len(senders) == 1 else None, applied.as_one)]


def _nothing() -> None:
    return


def _malformed(sentence: str) -> StudiumError:
    return StudiumError(
        ErrorCode.INVALID_REQUEST, f"The document's connection was closed: {sentence} Reload the page to go on."
    )
