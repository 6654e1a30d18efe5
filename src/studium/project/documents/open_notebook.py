"""A notebook that stays loaded for whoever runs it, with or without people."""

from collections.abc import Callable
from typing import Any

from pycrdt import Doc

from studium.project.documents.file_sync import FileSync
from studium.project.documents.room import Room
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId


class OpenNotebook:
    """Made by ``Documents.notebook``. It follows its file; ``is_gone`` when the document was opened afresh or has
    become another one, after which a new one must be asked for."""

    def __init__(self, room: Room, file: FileSync, let_go: Callable[["OpenNotebook"], None]) -> None:
        self._room = room
        self._file = file
        self._let_go = let_go
        self.is_gone = False

    @property
    def path(self) -> str:
        """Where it lives now."""
        return self._room.path

    @property
    def doc(self) -> Doc[Any]:
        """The document, to be read (``studium.sync.notebook.schema``) and not kept."""
        return self._room.doc

    def edit(self, change: Callable[[Doc[Any]], None], account_id: AccountId | None) -> None:
        """Make an edit, in one transaction: logged, sent to everybody, saved to the file. Raises ``unavailable`` when
        it is gone, ``too_large`` for a full document."""
        if self.is_gone:
            raise StudiumError(ErrorCode.UNAVAILABLE, "The notebook was opened afresh. Run the cell again.")
        self._room.edit(change, account_id)

    async def save(self) -> None:
        """Write the file now if it lacks anything; return when that has been tried."""
        if not self.is_gone:
            await self._file.flush()

    def gone(self) -> None:
        """The room has ended."""
        self.is_gone = True

    def close(self) -> None:
        """It need not stay loaded for this holder any longer."""
        self._let_go(self)
