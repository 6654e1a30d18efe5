"""What comes from a client and is large is taken in portions, so that others get their turn in between.

A small frame goes straight to its room. A large one is decoded and looked through in a thread (``sync/inspect.py``),
then handed on piece by piece; a client whose updates cost others time waits for as long before it is read again, and
an account that breaks the protocol again and again waits before it is let in.
"""

import asyncio
import time

from studium.project.documents.connection import Connection
from studium.project.documents.room import Room
from studium.protocol.documents import SyncType
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId
from studium.sync.inspect import SMALL_BYTES, split_update
from studium.sync.wire import Message, ProtocolError, SyncMessage, decode_frame

PORTION_BYTES = 64 * 1024  # handed to a room at once: applied within some 10 ms
MAX_PAUSE_SECONDS = 5.0
FREE_OFFENCES = 3  # a page with a fault, reloaded: no need to wait
MAX_PENALTY_SECONDS = 30.0
FORGET_SECONDS = 300.0


async def receive(room: Room, connection: Connection, frame: bytes) -> None:
    """Hand a frame to its room; returns when the room may have more of this client."""
    if len(frame) < SMALL_BYTES:
        room.receive(connection, frame)
    else:
        await _receive_large(room, connection, frame)
    if connection.pause_seconds > 0.0:
        pause, connection.pause_seconds = min(connection.pause_seconds, MAX_PAUSE_SECONDS), 0.0
        await asyncio.sleep(pause)


async def _receive_large(room: Room, connection: Connection, frame: bytes) -> None:
    try:
        portions = await asyncio.to_thread(_portions, frame)
    except ProtocolError as error:
        connection.fail(StudiumError(ErrorCode.INVALID_REQUEST, f"The document's connection was closed: {error}"))
        return
    for portion in portions:
        if not connection.is_open:
            return
        room.take(connection, portion)
        await asyncio.sleep(connection.pause_seconds)  # at least a turn of the loop, in which the room takes its own
        connection.pause_seconds = 0.0


def _portions(frame: bytes) -> list[list[Message]]:
    portions: list[list[Message]] = []
    size = PORTION_BYTES
    for message in decode_frame(frame):
        for piece in _pieces(message):
            size += len(piece.payload) if isinstance(piece, SyncMessage) else PORTION_BYTES // 16
            if size >= PORTION_BYTES:
                portions.append([])
                size = 0
            portions[-1].append(piece)
    return portions


def _pieces(message: Message) -> list[Message]:
    if not isinstance(message, SyncMessage) or message.kind == SyncType.STEP_1:
        return [message]
    pieces = split_update(message.payload)
    last = len(pieces) - 1
    return [SyncMessage(message.kind, piece, index < last) for index, piece in enumerate(pieces)]


class Penalties:
    """Accounts that broke the protocol lately."""

    def __init__(self) -> None:
        self._offences: dict[AccountId, tuple[int, float]] = {}

    def note(self, account_id: AccountId) -> None:
        """A connection of this account was closed for what it sent."""
        count, _ = self._current(account_id)
        now = time.monotonic()
        self._offences[account_id] = (count + 1, now)
        self._offences = {key: (n, at) for key, (n, at) in self._offences.items() if at > now - FORGET_SECONDS}

    def seconds(self, account_id: AccountId) -> float:
        """How long the account waits before its next document is opened."""
        count, _ = self._current(account_id)
        return 0.0 if count < FREE_OFFENCES else min(MAX_PENALTY_SECONDS, 0.5 * 2.0 ** min(count - FREE_OFFENCES, 10))

    def _current(self, account_id: AccountId) -> tuple[int, float]:
        count, at = self._offences.get(account_id, (0, 0.0))
        return (count, at) if at > time.monotonic() - FORGET_SECONDS else (0, 0.0)
