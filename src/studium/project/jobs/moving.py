"""Moving many files and folders, to a folder or to the trash: one rename each, and whoever is in them is told.

What is moved when a job ends or fails stays moved; the counts and the error say how much that is.
"""

import asyncio
import os
from collections.abc import Sequence

from studium.project.documents.documents import Documents
from studium.project.files.home import Home
from studium.project.files.live import LiveFolders
from studium.project.files.operations import Operations
from studium.project.files.staging import put
from studium.project.jobs.selection import Item
from studium.project.jobs.work import Work, partly
from studium.project.terminals.terminals import Terminals
from studium.protocol import files as messages
from studium.protocol.activity import LogEvent
from studium.protocol.errors import StudiumError
from studium.protocol.jobs import Clash


class Mover:
    """Renames, and tells open documents, terminals and followed folders."""

    def __init__(
        self, home: Home, operations: Operations, documents: Documents, terminals: Terminals, live: LiveFolders
    ) -> None:
        self._home = home
        self._operations = operations
        self._documents = documents
        self._terminals = terminals
        self._live = live

    async def move(self, items: Sequence[Item], clash: Clash, work: Work) -> None:
        """Move each item to its target. Raises ``StudiumError``, also for a part that was done."""
        work.total_files = len(items)
        for item in items:
            work.check()
            try:
                new = await self._move(item, clash)
            except StudiumError as error:
                raise partly(error, work.done_files, len(items), "moved") from error
            if new is None:
                work.skipped_files += 1
                continue
            work.path = work.path or new
            work.note(LogEvent.FILE_RENAMED, item.path, new)
            work.done_files += 1

    async def trash(self, paths: Sequence[str], work: Work) -> None:
        """Move each to the trash. Raises ``StudiumError``, also for a part that was done."""
        work.total_files = len(paths)
        for path in paths:
            work.check()
            try:
                work.trash_ids.append(await self._trash(path))
            except StudiumError as error:
                raise partly(error, work.done_files, len(paths), "moved to the trash") from error
            work.note(LogEvent.FILE_DELETED, path)
            work.done_files += 1

    async def _move(self, item: Item, clash: Clash) -> str | None:
        old = await asyncio.to_thread(self._operations.place, messages.Rename(item.path, item.target))
        if old is None:  # a link: what it leads to stays where it is
            return await asyncio.to_thread(self._rename, item, clash)
        async with self._documents.still(old):
            new = await asyncio.to_thread(self._rename, item, clash)
            if new is None:
                return None
            place = await asyncio.to_thread(self._home.place, new)
            await self._documents.moved(old, place)
            await self._terminals.moved(old, place)
        self._live.moved(old)
        return new

    def _rename(self, item: Item, clash: Clash) -> str | None:
        fd, name = self._home.open_parent(item.path)
        try:
            return put(self._home, self._operations.trash, fd, name, item.target, clash)
        finally:
            os.close(fd)

    async def _trash(self, path: str) -> str:
        operation = messages.Trash(path)
        old = await asyncio.to_thread(self._operations.place, operation)
        if old is None:
            answer = await asyncio.to_thread(self._operations.perform, operation)
        else:
            async with self._documents.still(old):
                answer = await asyncio.to_thread(self._operations.perform, operation)
                await self._documents.removed(old)
                await self._terminals.removed(old)
            self._live.moved(old)
        return answer.trash_id or ""
