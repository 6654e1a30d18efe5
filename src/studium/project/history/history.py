"""The history of documents: who wrote what and when, and the text of every version.

Everything is read in a thread of its own. Restoring is no act of the server: the page edits the open document, so that
it can be undone and bears a name.
"""

import asyncio
from pathlib import Path

import msgspec
from aiohttp import web

from studium.project.files.home import Home
from studium.project.history.deleted import deleted_documents
from studium.project.history.query import Query
from studium.project.history.reader import Reader
from studium.project.history.worker import Worker
from studium.protocol.history import Blame, DeletedDocuments, HistoryPage, VersionText

MAX_WAITING = 32
"""Requests that wait for the reader."""

_Answer = HistoryPage | VersionText | Blame | DeletedDocuments


class History:
    """Opened by its first request, closed with the project server."""

    def __init__(self, home: Home, folder: Path) -> None:
        self._home = home
        self._reading = Worker("history-reader", folder, MAX_WAITING)

    async def answer(self, request: web.Request, path: str) -> web.StreamResponse:
        """Answer for the document at ``path``, whether or not there is a file."""
        query = Query.of(request, path)
        place = await asyncio.to_thread(self._home.canonical, path)
        message = await self._reading.read(lambda reader: self._answer(reader, place, query))
        body = await asyncio.to_thread(msgspec.json.encode, message)  # a text may have megabytes
        return web.Response(body=body, content_type="application/json")

    async def close(self) -> None:
        """End what is being read, and let go of the log."""
        await self._reading.close()

    def statistics(self) -> dict[str, int]:
        """Counts for the metrics page."""
        return self._reading.statistics()

    def _answer(self, reader: Reader, place: str, query: Query) -> _Answer:
        """In the reader's thread."""
        if query.documents:
            return deleted_documents(reader.log, self._home, reader.pace)
        if query.version is not None:
            return reader.version(place, query.history, query.version)
        if query.blame is not None:
            return reader.blame(place, query.history, query.blame)
        return reader.page(place, query.history, query.before)
