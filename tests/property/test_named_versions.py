"""Random programs of typing, naming, renaming and removing names, bringing them back, moving files and folders,
throwing files away and restarting the server.

The law: the names of each history are those of a model that knows nothing of paths and processes.
"""

import asyncio
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.document_server import DocumentServer
from clients.ydoc import Client, save
from studium.project.history.log import Log
from studium.project.history.naming import Naming
from studium.project.history.pace import Pace
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.history import NamedVersion, NameVersion, NamingAct, RemoveName, RenameVersion, RestoreName
from studium.protocol.ids import HistoryId, NamedVersionId

_ACTS = st.sampled_from(
    ["type"] * 2
    + ["name"] * 5
    + ["rename"] * 2
    + ["remove"] * 3
    + ["restore"] * 3
    + ["move", "folder", "trash", "restart"]
)
_PROGRAMS = st.lists(st.tuples(_ACTS, st.integers(0, 1), st.integers(0, 999)), min_size=20, max_size=40)
_NAMES = ("draft", "final", "as handed in")


@dataclass
class _Document:
    """What should be: where a history lives, and what its versions are called."""

    place: str
    history_id: HistoryId
    versions: int = 1
    names: dict[NamedVersionId, NamedVersion] = field(default_factory=dict)
    removed: dict[NamedVersionId, NamedVersion] = field(default_factory=dict)
    is_gone: bool = False


class _World:
    def __init__(self, folder: Path, session: aiohttp.ClientSession) -> None:
        self.home, self.state = folder / "home", folder / "state"
        self.session = session
        self.documents: list[_Document] = []
        self._numbers = iter(range(1000))

    async def start(self) -> None:
        self.server = await DocumentServer(self.home, self.state).start()
        self.naming = Naming(self.server.documents)

    async def make(self) -> None:
        place = f"d/{next(self._numbers)}.txt"
        client = await self.type(place)
        assert client.history_id is not None
        self.documents.append(_Document(place, client.history_id))

    async def type(self, place: str) -> Client:
        client = await Client(self.session, self.server.url(place)).connect()
        await client.append("x")
        await save(client)
        await client.disconnect()
        return client

    async def act(self, act: str, number: int, chance: int) -> None:
        document = self.documents[number]
        name = _NAMES[chance % len(_NAMES)]
        match act:
            case "type" if not document.is_gone:
                await self.type(document.place)
                document.versions += 1
            case "name":
                version = 1 + chance % document.versions
                if any((each.version, each.name) == (version, name) for each in document.names.values()):
                    await self.is_refused(NameVersion(document.history_id, version, name))
                    return
                told = await self.naming.act(NameVersion(document.history_id, version, f" {name} "), None)
                (new,) = (each for each in told.named_versions if each.named_version_id not in document.names)
                assert (new.version, new.name) == (version, name)
                document.names[new.named_version_id] = new
            case "rename" if document.names:
                old = list(document.names.values())[chance % len(document.names)]
                new = NamedVersion(old.named_version_id, old.version, name, old.named_at, old.version_at, None)
                others = [each for each in document.names.values() if each is not old]
                if any((each.version, each.name) == (old.version, name) for each in others):
                    await self.is_refused(RenameVersion(old.named_version_id, name))
                    return
                await self.naming.act(RenameVersion(old.named_version_id, name), None)
                document.names[old.named_version_id] = new
            case "remove" if document.names:
                id_ = list(document.names)[chance % len(document.names)]
                await self.naming.act(RemoveName(id_), None)
                document.removed[id_] = document.names.pop(id_)
            case "restore" if document.removed:
                id_ = list(document.removed)[chance % len(document.removed)]
                was = document.removed[id_]
                if any((each.version, each.name) == (was.version, was.name) for each in document.names.values()):
                    await self.is_refused(RestoreName(id_))
                    return
                await self.naming.act(RestoreName(id_), None)
                document.names[id_] = document.removed.pop(id_)
            case "move" if not document.is_gone:
                await self.move(document.place, f"d/{next(self._numbers)}.txt")
            case "folder":
                aside = f"e{next(self._numbers)}"
                await self.move("d", aside)
                await self.move(aside, "d")
            case "trash" if not document.is_gone and chance % 3 == 0:
                async with self.server.documents.still(document.place):
                    (self.home / document.place).unlink()
                    await self.server.documents.removed(document.place)
                document.is_gone = True
            case "restart":
                await self.server.stop()
                await self.start()

    async def is_refused(self, act: NamingAct) -> None:
        with pytest.raises(StudiumError) as refused:
            await self.naming.act(act, None)
        assert refused.value.code is ErrorCode.CONFLICT

    async def move(self, old: str, new: str) -> None:
        async with self.server.documents.still(old):
            (self.home / old).rename(self.home / new)
            await self.server.documents.moved(old, new)
        for document in self.documents:
            if document.place == old or document.place.startswith(old + "/"):
                document.place = new + document.place[len(old) :]

    def check(self) -> None:
        """As a request reads it: by path and by id, over a connection of its own."""
        log = Log(self.state, Pace(lambda: None))
        try:
            for document in self.documents:
                history = log.history(document.place, document.history_id)
                assert history is not None
                assert history.version == document.versions
                told = log.named_versions(history.number)
                assert {each.named_version_id: each for each in told} == document.names
                assert [each.version for each in told] == sorted((each.version for each in told), reverse=True)
                for each in told:
                    row = log.row_of(history.number, each.version)
                    assert row is not None
                    assert each.version_at == row.at
        finally:
            log.close()


async def _run(program: list[tuple[str, int, int]], folder: Path) -> None:
    (folder / "home" / "d").mkdir(parents=True)
    async with aiohttp.ClientSession() as session:
        world = _World(folder, session)
        await world.start()
        try:
            for _ in range(2):
                await world.make()
            for act, number, chance in program:
                await world.act(act, number, chance)
                world.check()
        finally:
            await world.server.stop()


@settings(max_examples=25, deadline=None)
@given(_PROGRAMS)
def test_names_are_those_that_were_given(program: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_run(program, Path(folder)))
