"""The history of documents: who wrote what and when, and the text of every version.

Everything is read in threads of its own. Restoring is no act of the server: the page edits the open document, so that
it can be undone and bears a name.
"""

import asyncio
from pathlib import Path, PurePosixPath

import msgspec
from aiohttp import web

from studium.project.files.download import download_headers, send_part
from studium.project.files.home import Home
from studium.project.history.deleted import deleted_documents
from studium.project.history.git_export import Export, export_git
from studium.project.history.query import Query
from studium.project.history.reader import Reader
from studium.project.history.worker import Worker
from studium.protocol.history import Blame, DeletedDocuments, HistoryPage, NamedVersions, VersionText
from studium.protocol.session import Identity

MAX_WAITING = 32
"""Requests that wait for the reader."""

MAX_EXPORTS_WAITING = 4
"""Exports that wait for each other; a long one takes some seconds."""

_Answer = HistoryPage | VersionText | Blame | NamedVersions | DeletedDocuments


class History:
    """Opened by its first request, closed with the project server."""

    def __init__(self, home: Home, folder: Path) -> None:
        self._home = home
        self._folder = folder
        self._reading = Worker("history-reader", folder, MAX_WAITING)
        self._exporting = Worker("history-export", folder, MAX_EXPORTS_WAITING)  # others need not wait for it

    async def answer(self, request: web.Request, path: str, identity: Identity) -> web.StreamResponse:
        """Answer for the document at ``path``, whether or not there is a file."""
        query = Query.of(request, path)
        place = await asyncio.to_thread(self._home.canonical, path)
        if query.export:
            return await self._export(request, place, query, identity)
        if query.file is not None:
            version = query.file
            data = await self._reading.read(lambda reader: reader.file(place, query.history, version))
            return web.Response(body=data, headers=download_headers(PurePosixPath(place).name))
        message = await self._reading.read(lambda reader: self._answer(reader, place, query))
        body = await asyncio.to_thread(msgspec.json.encode, message)  # a text may have megabytes
        return web.Response(body=body, content_type="application/json")

    async def close(self) -> None:
        """End what is being read, and let go of the log."""
        await asyncio.gather(self._reading.close(), self._exporting.close())

    def statistics(self) -> dict[str, int]:
        """Counts for the metrics page."""
        exports = self._exporting.statistics()
        return {**self._reading.statistics(), "exports": exports["answered"], "exports_waiting": exports["waiting"]}

    async def _export(self, request: web.Request, place: str, query: Query, identity: Identity) -> web.StreamResponse:
        def export(reader: Reader) -> Export:
            names = {**reader.log.names(), identity.account_id: identity.name}
            return export_git(reader, place, reader.history(place, query.history), names, self._folder)

        made = await self._exporting.read(export)
        try:
            headers = {**download_headers(made.name), "Content-Type": "application/zip"}
            response = web.StreamResponse(headers=headers)
            response.content_length = made.size
            await response.prepare(request)
            if request.method != "HEAD":
                await send_part(response, made.file.fileno(), 0, made.size)
            return response
        finally:
            made.file.close()

    def _answer(self, reader: Reader, place: str, query: Query) -> _Answer:
        """In the reader's thread."""
        if query.documents:
            return deleted_documents(reader.log, self._home, reader.pace)
        if query.version is not None:
            return reader.version(place, query.history, query.version)
        if query.blame is not None:
            return reader.blame(place, query.history, query.blame)
        if query.named:
            return reader.named_versions(place, query.history)
        return reader.page(place, query.history, query.before)
