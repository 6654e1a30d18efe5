"""Who has which documents open, in all of the project, for the file list of everybody.

Told once for what changes within a moment, and whole each time: a class that opens a document together is one message.
"""

import asyncio
from collections.abc import Callable, Iterable

from studium.project.documents.room import Room
from studium.protocol.files import People, Person
from studium.protocol.ids import AccountId

MOMENT_SECONDS = 0.5
MAX_PEOPLE = 500  # in files, that are told of: a message stays small

Listener = Callable[[], None]


class OpenDocuments:
    """Knows the rooms by ``rooms``; ``changed`` is called whenever somebody joins, leaves, or a room moves."""

    def __init__(self, rooms: Callable[[], Iterable[Room]]) -> None:
        self._rooms = rooms
        self._listeners: set[Listener] = set()
        self._timer: asyncio.TimerHandle | None = None

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` after changes; returns what ends that."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    def changed(self) -> None:
        """Tell the listeners, a moment from now."""
        if self._timer is None and self._listeners:
            self._timer = asyncio.get_running_loop().call_later(MOMENT_SECONDS, self._tell)

    def now(self) -> People:
        """Each person once a file, in the order in which they came."""
        found: dict[tuple[str, AccountId], tuple[int, Person]] = {}
        for room in self._rooms():
            for connection in room.connections:
                who = connection.identity
                person = Person(room.path, who.account_id, who.name, who.colour, who.avatar)
                found[room.path, who.account_id] = (connection.owner.connection, person)
        ordered = sorted(found.values(), key=lambda one: one[0])
        return People([person for _, person in ordered[-MAX_PEOPLE:]])

    def close(self) -> None:
        """Tell nobody any more."""
        if self._timer is not None:
            self._timer.cancel()
        self._listeners.clear()

    def _tell(self) -> None:
        self._timer = None
        for listener in list(self._listeners):
            listener()
