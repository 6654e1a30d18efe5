"""Operations on files as a whole: what was typed is saved before, and documents, terminals, lists and the log hear of
them."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from studium.project.activity import Activity
from studium.project.documents.documents import Documents
from studium.project.files.home import Home
from studium.project.files.live import LiveFolders
from studium.project.files.operations import Operations
from studium.project.terminals.terminals import Terminals
from studium.protocol.activity import LogEvent
from studium.protocol.files import (
    CreateFile,
    CreateFolder,
    Duplicate,
    Operation,
    OperationAnswer,
    Rename,
    Restore,
    Trash,
)
from studium.protocol.session import Identity

_EVENTS: Final[Mapping[type[Operation], LogEvent]] = {
    CreateFile: LogEvent.FILE_CREATED,
    CreateFolder: LogEvent.FILE_CREATED,
    Duplicate: LogEvent.FILE_CREATED,
    Rename: LogEvent.FILE_RENAMED,
    Trash: LogEvent.FILE_DELETED,
    Restore: LogEvent.FILE_RESTORED,
}


class Operating:
    """Performs operations for people. ``on_changed`` is called after each."""

    def __init__(
        self,
        home: Home,
        operations: Operations,
        documents: Documents,
        terminals: Terminals,
        live: LiveFolders,
        activity: Activity | None,
        on_changed: Callable[[], None],
    ) -> None:
        self._home = home
        self._operations = operations
        self._documents = documents
        self._terminals = terminals
        self._live = live
        self._activity = activity
        self._on_changed = on_changed

    async def perform(self, identity: Identity, operation: Operation) -> OperationAnswer:
        """Do it and say where the thing is now. Raises ``StudiumError``; nothing has changed then."""
        if isinstance(operation, Duplicate):
            await self._documents.save(operation.path)
        old = await asyncio.to_thread(self._operations.place, operation)
        if old is None:
            answer = await asyncio.to_thread(self._operations.perform, operation)
            self._note(identity, operation, answer)
            return answer
        async with self._documents.still(old):
            answer = await asyncio.to_thread(self._operations.perform, operation)
            # Open documents and followed folders are known by their places without links.
            if isinstance(operation, Rename):
                new = await asyncio.to_thread(self._home.place, answer.path)
                await self._documents.moved(old, new)
                await self._terminals.moved(old, new)
            elif isinstance(operation, Trash):
                await self._documents.removed(old)
                await self._terminals.removed(old)
        self._live.moved(old)
        self._note(identity, operation, answer)
        return answer

    def _note(self, identity: Identity, operation: Operation, answer: OperationAnswer) -> None:
        self._on_changed()
        if self._activity is None:
            return
        path = operation.path if isinstance(operation, Rename | Trash) else answer.path
        to = answer.path if isinstance(operation, Rename) else None
        self._activity.did(identity, _EVENTS[type(operation)], path, to)
