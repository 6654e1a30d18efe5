"""Who is in a document and where: the awareness states of its clients, and when they are told to the others."""

import asyncio
from collections.abc import Callable

from studium.project.documents.connection import Connection
from studium.sync.awareness import AwarenessStates, decode_awareness
from studium.sync.wire import encode_awareness

PRESENCE_SECONDS = 0.03  # cursors that move without an edit are gathered this long


class Presence:
    """Of one room. ``send`` is called when there is something to tell and no edit took it along."""

    def __init__(self, send: Callable[[], None]) -> None:
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._states = AwarenessStates()
        self._moved: set[int] = set()
        self._timer: asyncio.TimerHandle | None = None

    def receive(self, connection: Connection, payload: bytes) -> None:
        """What a client says about itself. Raises ``ProtocolError``."""
        self._tell_soon(
            self._states.apply(connection.owner, decode_awareness(payload), connection.force_identity),
        )

    def leave(self, connection: Connection) -> None:
        """A client has gone, and its cursors with it."""
        self._tell_soon(self._states.remove_owner(connection.owner))

    def everybody(self) -> list[bytes]:
        """A message with all states, if there are any."""
        return [encode_awareness(self._states.encode_all())] if len(self._states) else []

    def take_moved(self) -> list[bytes]:
        """A message with what has changed since the last one, if anything has: the caller sends it now."""
        self.close()
        if not self._moved:
            return []
        moved, self._moved = self._moved, set()
        return [encode_awareness(self._states.encode(moved))]

    def close(self) -> None:
        """Let go of the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tell_soon(self, client_ids: set[int]) -> None:
        if client_ids:
            self._moved |= client_ids
            if self._timer is None:
                self._timer = self._loop.call_later(PRESENCE_SECONDS, self._send)
