"""Histories whose file is gone: deleted here or in a shell, or given up for another history of the same name."""

import stat

from studium.project.files.home import Home
from studium.project.history.log import Log, LoggedHistory, PlacedHistory
from studium.project.history.pace import Pace
from studium.protocol.errors import StudiumError
from studium.protocol.history import DeletedDocument, DeletedDocuments

MAX_DOCUMENTS = 500
"""In one answer."""

MAX_LOOKED_AT = 20_000
"""Histories, the newest, whose place is looked at: some 20 µs each."""


def deleted_documents(log: Log, home: Home, pace: Pace) -> DeletedDocuments:
    """Those that were written last, first. One that nobody wrote anything into is none."""
    placed = log.placed(MAX_LOOKED_AT)
    found: list[tuple[PlacedHistory, LoggedHistory]] = []
    for place in placed:
        pace.breathe()
        if place.replaced or not _is_there(home, place.path):
            history = log.numbered(place.number)
            if history.version > 0:
                found.append((place, history))
    found.sort(key=lambda each: (each[1].ended_at, each[1].number), reverse=True)
    return DeletedDocuments(
        [
            DeletedDocument(
                history.history_id, place.path, history.created_at, history.ended_at, history.version, place.removed
            )
            for place, history in found[:MAX_DOCUMENTS]
        ],
        len(found) > MAX_DOCUMENTS or len(placed) == MAX_LOOKED_AT,
    )


def _is_there(home: Home, path: str) -> bool:
    """Whether there is a file. What cannot be looked at is not there to be opened either."""
    try:
        return stat.S_ISREG(home.stat(path, follow=False).st_mode)
    except StudiumError:
        return False
