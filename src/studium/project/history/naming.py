"""Naming versions: who may is asked before (``access.py``); here it is checked, written into the log's store, and told.

Names lie beside the log in one database, so they are kept, copied and moved with it. One change at a time, so that what
was checked is still so when it is written.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from studium.project.documents.documents import Documents
from studium.project.history.version_name import clean_name
from studium.protocol.documents import NamesChanged
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.history import (
    MAX_NAMED_VERSIONS,
    NamedVersion,
    NamedVersions,
    NameVersion,
    NamingAct,
    RemoveName,
    RenameVersion,
    RestoreName,
)
from studium.protocol.ids import AccountId, HistoryId, NamedVersionId

KEPT_REMOVED: Final = 100
"""Names of one history that were taken away and can be brought back; the oldest are forgotten."""

COMMIT_SECONDS: Final = 10.0

SELECT: Final = (
    "SELECT named_version_id, version, name, at, (SELECT updates.at FROM updates WHERE updates.document = ?1"
    " AND sequence <= version ORDER BY sequence DESC LIMIT 1), account_id FROM named_versions WHERE document = ?1"
    " AND removed_at IS NULL ORDER BY version DESC, at DESC, named_version_id"
)
"""The named versions of a history, as ``named_version`` reads them."""

_Statement = tuple[str, tuple[Any, ...]]


def named_version(row: Sequence[Any]) -> NamedVersion:
    """One row of ``SELECT``."""
    account_id = None if row[5] is None else AccountId(UUID(bytes=row[5]))
    return NamedVersion(NamedVersionId(UUID(bytes=row[0])), row[1], row[2], row[3], row[4], account_id)


class Current(NamedTuple):
    """A version that is to be named; ``number`` is that of its history."""

    number: int
    version: int


class _Named(NamedTuple):
    """A name, or one that was taken away."""

    id: NamedVersionId
    number: int
    version: int
    name: str


class Naming:
    """Of one project."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._changing = asyncio.Lock()

    async def act(self, act: NamingAct, account_id: AccountId | None) -> NamedVersions:
        """Do it; all names of that history afterwards. Raises ``StudiumError``."""
        async with self._changing:
            match act:
                case NameVersion(history_id=history_id, version=version, name=name):
                    number = await self._name(history_id, version, clean_name(name), account_id)
                case RenameVersion(named_version_id=id_, name=name):
                    number = await self._rename(await self._find(id_, is_removed=False), clean_name(name))
                case RemoveName(named_version_id=id_):
                    number = await self._remove(await self._find(id_, is_removed=False))
                case RestoreName(named_version_id=id_):
                    number = await self._restore(await self._find(id_, is_removed=True))
        self._tell([number])
        rows = await self._documents.store.query("SELECT history_id FROM documents WHERE document = ?", (number,))
        return NamedVersions(HistoryId(UUID(bytes=rows[0][0])), await self.of(number))

    async def of(self, number: int) -> list[NamedVersion]:
        """The named versions of the history ``number``, the newest first."""
        return [named_version(row) for row in await self._documents.store.query(SELECT, (number,))]

    async def name_all(self, versions: Sequence[Current], name: str, account_id: AccountId | None) -> None:
        """Give many versions, whose histories have room for it, one name: all of them or none."""
        async with self._changing:
            await self._commit(*(_insertion(each, clean_name(name), account_id) for each in versions))
        self._tell([each.number for each in versions])

    async def _name(self, history_id: HistoryId, version: int, name: str, account_id: AccountId | None) -> int:
        rows = await self._documents.store.query(
            "SELECT document, (SELECT sequence + count - 1 FROM updates WHERE updates.document = documents.document"
            " ORDER BY sequence DESC LIMIT 1) FROM documents WHERE history_id = ?",
            (history_id.bytes,),
        )
        if not rows:
            raise StudiumError(ErrorCode.NOT_FOUND, "There is no such history. Open the file again.")
        number, newest = rows[0][0], rows[0][1] or 0
        if not 1 <= version <= newest:
            message = f"There is no version {version} to name: the history has the versions 1 to {newest}."
            if newest == 0:
                message = "Nothing was typed here yet, so there is no version to name."
            raise StudiumError(ErrorCode.NOT_FOUND, message, version=newest)
        await self._check(number, version, name, None)
        await self._commit(_insertion(Current(number, version), name, account_id))
        return int(number)

    async def _rename(self, named: _Named, name: str) -> int:
        if name != named.name:
            await self._check(named.number, named.version, name, named.id)
            await self._commit(
                ("UPDATE named_versions SET name = ? WHERE named_version_id = ?", (name, named.id.bytes))
            )
        return named.number

    async def _remove(self, named: _Named) -> int:
        await self._commit(
            ("UPDATE named_versions SET removed_at = ? WHERE named_version_id = ?", (time.time(), named.id.bytes)),
            (
                "DELETE FROM named_versions WHERE document = ?1 AND removed_at IS NOT NULL AND named_version_id NOT IN"
                " (SELECT named_version_id FROM named_versions WHERE document = ?1 AND removed_at IS NOT NULL"
                " ORDER BY removed_at DESC LIMIT ?2)",
                (named.number, KEPT_REMOVED),
            ),
        )
        return named.number

    async def _restore(self, named: _Named) -> int:
        await self._check(named.number, named.version, named.name, None)
        await self._commit(
            ("UPDATE named_versions SET removed_at = NULL WHERE named_version_id = ?", (named.id.bytes,))
        )
        return named.number

    async def _find(self, id_: NamedVersionId, *, is_removed: bool) -> _Named:
        rows = await self._documents.store.query(
            "SELECT document, version, name, removed_at IS NOT NULL FROM named_versions WHERE named_version_id = ?",
            (id_.bytes,),
        )
        if not rows:
            raise StudiumError(ErrorCode.NOT_FOUND, "This name was removed long ago. Name the version again.")
        number, version, name, removed = rows[0]
        if bool(removed) is not is_removed:
            message = (
                f"“{name}” is the name of version {version} already."
                if is_removed
                else f"Somebody has removed the name “{name}” meanwhile. Name version {version} again."
            )
            raise StudiumError(ErrorCode.CONFLICT, message)
        return _Named(id_, number, version, name)

    async def _check(self, number: int, version: int, name: str, own: NamedVersionId | None) -> None:
        """Whether one more name, or with ``own`` another name, is possible. Raises ``conflict`` or ``too_large``."""
        named = [each for each in await self.of(number) if each.named_version_id != own]
        if any((each.version, each.name) == (version, name) for each in named):
            raise StudiumError(ErrorCode.CONFLICT, f"“{name}” is the name of version {version} already.")
        if len(named) >= MAX_NAMED_VERSIONS:
            message = f"{MAX_NAMED_VERSIONS:,} versions of this file have names, and more cannot. Remove some."
            raise StudiumError(ErrorCode.TOO_LARGE, message, limit=MAX_NAMED_VERSIONS)

    async def _commit(self, *statements: _Statement) -> None:
        """Raises ``StudiumError`` when the disk takes nothing."""
        store = self._documents.store
        if store.trouble is not None:
            message = (
                "The names of versions cannot be changed just now, because nothing can be stored. Try again later."
            )
            if store.trouble.code is ErrorCode.DISK_FULL:
                message = "The names of versions cannot be changed, because the disk is full. Free some space first."
            raise StudiumError(store.trouble.code, message)
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                await store.execute(*statements)
        except TimeoutError:
            message = "This is not stored yet, because the disk is slow or full. It will be, once there is room."
            raise StudiumError(ErrorCode.TIMEOUT, message) from None

    def _tell(self, numbers: Sequence[int]) -> None:
        """Everybody who has one of these documents open, which those have who look at its history."""
        changed = set(numbers)
        for opened in self._documents.rooms:
            if opened.room.row.number in changed:
                opened.room.tell(NamesChanged())


def _insertion(version: Current, name: str, account_id: AccountId | None) -> _Statement:
    return (
        "INSERT INTO named_versions VALUES (?, ?, ?, ?, ?, ?, NULL)",
        (
            uuid4().bytes,
            version.number,
            version.version,
            name,
            time.time(),
            None if account_id is None else account_id.bytes,
        ),
    )
