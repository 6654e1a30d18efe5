"""A document while people have it open.

Everything that arrives in one turn of the event loop is applied in one transaction, appended to the log as it was
received, and sent to everybody else at once, as one update (``fan_out.py``); the acknowledgement follows when the log
has it on the disk (``room_log.py``). There is no task for a send, no queue, no message to a log.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from pycrdt import Doc

from studium.project.documents.connection import Connection, control_message, websocket_frame
from studium.project.documents.fan_out import News, fan_out
from studium.project.documents.presence import Presence
from studium.project.documents.room_log import RoomLog
from studium.project.documents.store import Loaded, SavedState, Store
from studium.protocol.documents import ControlToClient, ControlToServer, DiskStatus, Hello, NotSaved, Saved, SyncType
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId
from studium.protocol.session import Identity
from studium.sync.format import FORMATS
from studium.sync.inspect import SMALL_BYTES, needs_inspection, split_update
from studium.sync.replica import Applied, BrokenReplica, Replica
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

LARGE_ANSWER_BYTES = 16 * 1024  # from which on copying it for each client costs more than a frame of its own
OUTBOX_CHECK_BYTES = 64 * 1024  # sent to each client between two looks at who does not read
CROWD = 100  # clients, from which on a turn rests after sending
REST_SECONDS_A_CLIENT = 5e-6  # about what sending to one takes: a crowd costs less when more edits share a frame
TURN_SECONDS = 0.05  # past it, what has not been applied waits for the next turn: other rooms and sockets come first
SLOW_SECONDS = 0.02  # of a turn: who takes more is read more slowly
MAX_DOCUMENT_BYTES = 256 * 1024 * 1024  # of a document's log: nobody types that much, and it takes 1-10 GB of memory

_decode_control = msgspec.json.Decoder(ControlToServer).decode


class Arrived(NamedTuple):
    """A second step or an update of a client, and how many of its sync messages have come with it."""

    connection: Connection
    number: int
    kind: int
    update: bytes


class Room:
    """One history, loaded. ``Documents`` makes and closes it; ``FileSync`` keeps its file."""

    def __init__(self, path: str, loaded: Loaded, store: Store) -> None:
        self.path = path
        self.row = loaded.row
        self.saved_version = 0
        self.not_saved: NotSaved | None = None
        self.format_reason: str | None = None
        self.on_edit: Callable[[], None] = _nothing
        self.on_edit_by: Callable[[Identity], None] = lambda _identity: None
        self.on_save_now: Callable[[Connection], None] = lambda _connection: None
        self.on_broken: Callable[[], None] = _nothing
        self.connections: dict[Connection, None] = {}
        self._store = store
        self._loop = asyncio.get_running_loop()
        self.format = FORMATS[loaded.row.format]
        self._replica = Replica(loaded.snapshot, loaded.tail, self.format)
        self.log = RoomLog(loaded, store, self._replica, lambda: self.on_broken())
        self._presence = Presence(lambda: self._send([]))
        self._inbox: list[Arrived] = []
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
            try:
                self._replica.bring_in(update)
            except BrokenReplica as error:
                self._break(error)
            else:
                self._send([(None, update)])

        version = await self.log.commit_disk_edit(update, saved, show)
        self.log.checkpoint_if_due()
        return version

    @property
    def doc(self) -> Doc[Any]:
        """The document itself, to be read in this loop. It is another one after some failures: do not keep it."""
        return self._replica.doc

    def edit(self, change: Callable[[Doc[Any]], None], account_id: AccountId | None) -> None:
        """Make an edit of the server's own, for somebody: what a run writes. Raises ``too_large``."""
        if self.log.size_bytes > MAX_DOCUMENT_BYTES:
            raise _full(self.path)
        self._drop_for_slow_clients()
        update = self._replica.edit(change)
        if update is None:
            return
        self.log.append_own(update, account_id)
        self._send([(None, update)])
        self.log.checkpoint_if_due()
        self.on_edit()

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
        reason = "You are a viewer of this project." if connection.read_only else None
        connection.send_control(
            Hello(
                self.row.history_id,
                self.version,
                self.saved_version,
                connection.read_only,
                reason,
                self.row.format,
                self.format_reason,
            )
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
        """A small frame from a client. What it may not send ends its connection."""
        try:
            self.take(connection, decode_frame(frame))
        except ProtocolError as error:
            connection.fail(_malformed(str(error)))

    def take(self, connection: Connection, messages: list[Message]) -> None:
        """Messages from a client, of which large ones have been inspected (``intake.py``)."""
        try:
            for message in messages:
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
            if len(message.payload) < SMALL_BYTES and needs_inspection(message.payload):
                split_update(message.payload)
            if connection.read_only and not self._replica.is_empty_for(message.payload):
                raise _not_a_viewers()
            if self.log.size_bytes > MAX_DOCUMENT_BYTES and message.payload != EMPTY_UPDATE:
                raise _full(self.path)
            connection.received += not message.goes_on
            if not self._inbox:
                self._plan_turn()
            self._inbox.append(Arrived(connection, connection.received, message.kind, message.payload))
        elif isinstance(message, AwarenessMessage):
            self._presence.receive(connection, message.payload)
        elif isinstance(message, ControlMessage):
            try:
                _decode_control(message.payload)
            except (msgspec.MsgspecError, RecursionError):
                raise ProtocolError("A control message is not one that a client sends.") from None
            self.on_save_now(connection)
        elif not connection.has_full_outbox:  # else it will hear of everybody when it has read on
            connection.send_messages(self._presence.everybody())

    def _answer(self, connection: Connection, state: bytes) -> None:
        """Answer a first step: everything that the client lacks and, the first time, our own first step and everybody's
        awareness, all at once. Whoever asks again without having read the answer gets one more when it has: an
        answer may be the whole document."""
        if connection.greeted and connection.has_full_outbox:
            connection.fall_behind(state, self._catch_up)
            return
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

    # A turn --------------------------------------------------------------------------------------------------------

    def _plan_turn(self) -> None:
        """At once, or when a room full of people has rested from the last one: what comes meanwhile shares a frame."""
        rest = self._rests_until - time.perf_counter()
        if rest > 0:
            self._loop.call_later(rest, self._turn)
        else:
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        began = time.thread_time()
        inbox, self._inbox = self._inbox, []
        places = self._fresh(inbox, lambda: time.thread_time() - began > TURN_SECONDS)
        end = places.pop()
        fresh = [inbox[place] for place in places]
        refused: set[int] = set()
        news: News = []
        if fresh:
            self._drop_for_slow_clients()
            applied = self._apply(fresh, lambda: time.thread_time() - began > TURN_SECONDS)
            if applied.count < len(fresh):
                end = places[applied.count]
                del fresh[applied.count :]
            refused = self._refuse(fresh, applied)
            taken = [(one.connection, one.update) for index, one in enumerate(fresh) if index not in refused]
            news = _news(fresh, refused, applied)
        else:
            taken = []
        if end < len(inbox):
            self._postpone(inbox[end:])
        self.log.append(taken, {arrived.connection: arrived.number for arrived in inbox[:end]})
        if not fresh:
            return
        self._send(news)
        if taken:
            self.log.checkpoint_if_due()
            self.on_edit()
            for connection in {connection for connection, _ in taken}:
                self.on_edit_by(connection.identity)
        if (seconds := time.thread_time() - began) > SLOW_SECONDS:
            for arrived in fresh:
                arrived.connection.pause_seconds += seconds / len(fresh)

    def _fresh(self, inbox: list[Arrived], is_over: Callable[[], bool]) -> list[int]:
        """Which of what has arrived is to be applied, and last where the next turn begins."""
        places: list[int] = []
        for place, arrived in enumerate(inbox):
            if arrived.update == EMPTY_UPDATE:
                continue
            if arrived.kind == SyncType.STEP_2:
                if place and is_over():
                    return [*places, place]
                if self._is_known(arrived.connection, arrived.update):
                    continue
            places.append(place)
        return [*places, len(inbox)]

    def _postpone(self, rest: list[Arrived]) -> None:
        """Other rooms and sockets come first."""
        if not self._inbox:
            self._loop.call_soon(self._turn)
        self._inbox[:0] = rest

    def _refuse(self, fresh: list[Arrived], applied: Applied) -> set[int]:
        """End the connections whose updates cannot be taken; which updates those are."""
        for index in applied.malformed:
            fresh[index].connection.fail(_malformed("An update is malformed."))
        if not applied.waiting or not self._replica.has_too_many_waiting:
            return applied.malformed
        self._replica.drop_waiting(len(applied.waiting))
        for index in applied.waiting:
            fresh[index].connection.fail(_malformed("Too many updates came without those that they rest on."))
        return applied.malformed | applied.waiting

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

    def _apply(self, fresh: list[Arrived], is_over: Callable[[], bool]) -> Applied:
        try:
            return self._replica.apply([arrived.update for arrived in fresh], is_over)
        except BrokenReplica as error:
            fresh[error.index].connection.fail(_malformed("An update contradicts the document."))
            self._break(error)
        return Applied(len(fresh), set(range(len(fresh))), None)

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
            self._rests_until = time.perf_counter() + len(self.connections) * REST_SECONDS_A_CLIENT

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


def _news(fresh: list[Arrived], refused: set[int], applied: Applied) -> News:
    """What to send to whom. Where the turn is one update, those who brought parts of it get it too, which changes
    nothing for them; only who brought all of it does not."""
    taken = [(index, one) for index, one in enumerate(fresh) if index not in refused]
    if applied.as_one == EMPTY_UPDATE:
        return []
    if applied.as_one is not None:
        senders = {one.connection for _, one in taken}
        return [(senders.pop() if len(senders) == 1 else None, applied.as_one)]
    news: list[tuple[Connection | None, bytes]] = [
        (one.connection, applied.instead.get(index, one.update)) for index, one in taken
    ]
    news += [(None, update) for update in applied.released]
    return [(sender, update) for sender, update in news if update != EMPTY_UPDATE]


def _nothing() -> None:
    return


def _not_a_viewers() -> StudiumError:
    return StudiumError(
        ErrorCode.NOT_PERMITTED,
        "As a viewer of this project you cannot edit. Ask its owner to make you a collaborator.",
    )


def _full(path: str) -> StudiumError:
    name = path.rpartition("/")[2]
    return StudiumError(
        ErrorCode.TOO_LARGE,
        f"The history of {name} has reached {MAX_DOCUMENT_BYTES // 2**20} MB, so it takes no more changes. Copy its"
        " text into a new file and go on there.",
        limit_bytes=MAX_DOCUMENT_BYTES,
    )


def _malformed(sentence: str) -> StudiumError:
    return StudiumError(
        ErrorCode.INVALID_REQUEST, f"The document's connection was closed: {sentence} Reload the page to go on."
    )
