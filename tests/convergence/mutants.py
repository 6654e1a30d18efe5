"""The engine broken on purpose, in ways in which others have lost text."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pycrdt import Doc, Text

from studium.project.documents import disk, file_content
from studium.project.documents.disk import Found, Known
from studium.project.documents.file_content import FileContent
from studium.project.documents.room_log import RoomLog
from studium.project.documents.store import Store
from studium.protocol.documents import Acknowledged, Saved
from studium.protocol.errors import StudiumError
from studium.sync import format as formats_of_documents
from studium.sync import merge
from studium.sync.format import TEXT, Decoded, Format
from studium.sync.formats import TextStyle
from studium.sync.replica import Replica

Patch = Callable[[pytest.MonkeyPatch], None]


def acknowledged_before_commit(patch: pytest.MonkeyPatch) -> None:
    """The log says that it is done before it is."""
    real = RoomLog.append

    def append(self: RoomLog, taken: Any, received: Any) -> None:
        for connection, count in received.items():
            connection.send_control(Acknowledged(count, self.version + len(taken)))
        real(self, taken, received)

    patch.setattr(RoomLog, "append", append)


def nothing_missing_after_a_reconnect(patch: pytest.MonkeyPatch) -> None:
    """A client's second step is taken for known, whatever it brings."""
    patch.setattr(Replica, "brings_nothing", lambda self, update: True)


def whole_text_as_new(patch: pytest.MonkeyPatch) -> None:
    """A room is made from the file's text at each start, as others did when they had no log: its structs are new."""
    real = Replica.__init__

    def init(
        self: Replica, snapshot: bytes | None = None, updates: list[bytes] | None = None, format_: Format = TEXT
    ) -> None:
        real(self, snapshot, updates, format_)
        text = self.text()
        fresh: Doc[Text] = Doc()
        fresh.get("source", type=Text).insert(0, text)
        real(self, None, [fresh.get_update()])

    patch.setattr(Replica, "__init__", init)


def file_replaced_without_a_look(patch: pytest.MonkeyPatch) -> None:
    """What somebody wrote into the file meanwhile is overwritten."""
    real = disk.write_file

    def write(home: Any, path: str, data: bytes, _expected: Any, now_ns: int, owner: str) -> Any:
        found = disk.read_file(home, path, TEXT, None, now_ns)
        return real(home, path, data, None if found is None else found.known, now_ns, owner)

    patch.setattr(file_content, "write_file", write)


def merged_without_a_base(patch: pytest.MonkeyPatch) -> None:
    """The file's text is taken as it is, so that what is not in it yet counts as deleted."""
    real = merge.three_way
    patch.setattr(formats_of_documents, "three_way", lambda base, mine, theirs: real(mine, mine, theirs))


def checkpoint_claims_too_much(patch: pytest.MonkeyPatch) -> None:
    """A checkpoint that is written while an edit of the disk is on its way has its number and lacks it."""
    real = RoomLog.checkpoint

    def checkpoint(self: RoomLog) -> None:
        self._disk_edit_in_flight = False
        real(self)

    patch.setattr(RoomLog, "checkpoint", checkpoint)


def disk_edit_apart_from_its_note(patch: pytest.MonkeyPatch) -> None:
    """An edit of the file is committed first, and that the file holds it after: a crash between doubles it."""
    real = RoomLog.commit_disk_edit

    async def commit(self: RoomLog, update: bytes, saved: Any, show: Any) -> int:
        store, number = self._store, self._number
        before = store._saved(number)
        version = await real(self, update, lambda version: before or replace(saved(version), hash=b"", text=""), show)
        await store.record(number, saved(version))
        return version

    patch.setattr(RoomLog, "commit_disk_edit", commit)


def saved_before_it_is(patch: pytest.MonkeyPatch) -> None:
    """People are told that the file is written when it is about to be."""
    real = FileContent._write

    async def write(self: FileContent, version: int, *rest: Any) -> Any:
        self._room.tell(Saved(version))
        return await real(self, version, *rest)

    patch.setattr(FileContent, "_write", write)


def viewers_may_write(patch: pytest.MonkeyPatch) -> None:
    """The wire trusts its client."""
    patch.setattr(Replica, "is_empty_for", lambda self, update: True)


def removed_document_keeps_its_id(patch: pytest.MonkeyPatch) -> None:
    """A new document under an old id: clients merge what they hold of the old one."""
    real = Store.create

    async def create(self: Store, path: str) -> Any:
        row = await real(self, path)
        await self.execute(
            ("UPDATE documents SET history_id = ? WHERE document = ?", (bytes(16), row.number)),
            ("UPDATE documents SET history_id = ? WHERE path IS NULL", (bytes([1] * 16),)),
        )
        return row

    patch.setattr(Store, "create", create)


def unreadable_is_empty(patch: pytest.MonkeyPatch) -> None:
    """A file that cannot be read is taken for an empty one."""
    real = disk.read_file

    def read(*arguments: Any) -> Any:
        try:
            return real(*arguments)
        except StudiumError:
            nothing = disk.FileIdentity(0, 0, 0, 0)
            return Found(Known(nothing, b"", False), Decoded("", TextStyle()), 0, False)

    patch.setattr(file_content, "read_file", read)


MUTANTS: list[tuple[Patch, int]] = [
    (acknowledged_before_commit, 0),
    (nothing_missing_after_a_reconnect, 0),
    (whole_text_as_new, 0),
    (file_replaced_without_a_look, 61),
    (merged_without_a_base, 3),
    (checkpoint_claims_too_much, 48),
    (disk_edit_apart_from_its_note, 33),
    (saved_before_it_is, 249),
    (viewers_may_write, 24),
    (removed_document_keeps_its_id, 59),
    (unreadable_is_empty, 63),
]
"""Each with the seed of a program that has shown it."""
