"""Random programs of renaming, deleting and making files, by the file manager and by a shell, while people type, go
offline, come back, open old and new names, and the server restarts.

Laws at the end, when everybody is back: every mark that was typed is in one file, once, namely in that to which the
file went; everybody's document equals its file; there is one room for each document that somebody has open.
"""

import asyncio
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.document_server import DocumentServer
from clients.ydoc import Client
from studium.project.documents import file_content, file_sync
from studium.protocol.documents import DiskStatus

_ACTS = st.sampled_from(
    ["type"] * 6
    + ["manager", "shell", "shell"] * 2
    + ["folder by manager", "folder by shell", "create", "create at an old name", "delete", "trash"]
    + ["offline", "online", "online", "open", "open an old name", "restart"]
)
_PROGRAMS = st.lists(st.tuples(_ACTS, st.integers(0, 1), st.integers(0, 999)), min_size=4, max_size=20)
_FOLDERS = ("", "d", "d/e", "f")
_SECONDS = 20


@dataclass(eq=False)
class _Document:
    """What should be: where a file is, and what is in it."""

    place: str
    marks: list[str] = field(default_factory=list)
    is_deleted: bool = False
    was_opened: bool = False
    perhaps: set[str] = field(default_factory=set)
    """Where it may be, being deleted: a folder that a shell moves takes it along if an open file in it tells so."""


class _World:
    """The server, two people, and what should be."""

    def __init__(self, folder: Path, session: aiohttp.ClientSession) -> None:
        self.home, self.state = folder / "home", folder / "state"
        self.server = DocumentServer(self.home, self.state)
        self.session = session
        self.documents: list[_Document] = []
        self.left: dict[str, _Document] = {}
        """Old names, and what lived there last."""
        self.unknown: set[str] = set()
        """Names from which a shell took files that the server had not open: it cannot know yet that they went."""
        self.people: list[tuple[Client, _Document]] = []
        self.online = [True, True]
        self._numbers = iter(range(10_000))

    # What should be ------------------------------------------------------------------------------------------------

    def mark(self) -> str:
        return f"<{next(self._numbers)}>"

    def free_name(self, number: int) -> str:
        """A new name in some folder."""
        folder = _FOLDERS[number % len(_FOLDERS)]
        name = f"{next(self._numbers)}.txt"
        (self.home / folder).mkdir(parents=True, exist_ok=True)
        return f"{folder}/{name}" if folder else name

    def present(self) -> list[_Document]:
        return [document for document in self.documents if (self.home / document.place).is_file()]

    def make(self, place: str) -> _Document:
        document = _Document(place, [self.mark()])
        (self.home / place).write_text(document.marks[0] + "\n")
        self.documents.append(document)
        self.left.pop(place, None)
        return document

    def note_moved(self, old: str, new: str, documents: list[_Document] | None = None) -> None:
        for document in self.documents if documents is None else documents:
            document.perhaps = {_moved(place, old, new) for place in document.perhaps}
            if self.is_below(document, old):
                to = _moved(document.place, old, new)
                self.left[document.place] = document
                self.left.pop(to, None)
                document.place = to

    def is_below(self, document: _Document, place: str) -> bool:
        return document.place == place or document.place.startswith(place + "/")

    # What is -------------------------------------------------------------------------------------------------------

    async def until(self, what: str, condition: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(_SECONDS):
                while not condition():
                    await asyncio.sleep(0.01)
        except TimeoutError:
            raise AssertionError(f"not in time: {what}") from None

    @property
    def rooms(self) -> dict[str, Any]:
        return self.server.documents.rooms._open

    async def settle(self) -> None:
        """Wait until everybody who is online is where the file is, and all is on the disk."""
        for number, (client, document) in enumerate(self.people):
            if not self.online[number]:
                continue
            await self.until(f"{client.path} is {document.place}", partial(_is_at, client, document))
            await client.until_acknowledged()
        await self.until("rooms are quiet", lambda: all(map(self.is_settled, self.rooms.values())))
        for document in self.present():
            document.is_deleted = False  # it was brought back
            document.perhaps.clear()

    def is_settled(self, opened: Any) -> bool:
        """Whether a room knows what became of its file, and has saved everything."""
        file: file_sync.FileSync = opened.file
        knows = (self.home / opened.room.path).is_file() == (file.status is DiskStatus.CONTENT)
        return knows and file.is_quiet and file._look_timer is None and bool(opened.room.is_quiet)

    async def open(self, number: int, place: str, document: _Document) -> None:
        client = await Client(self.session, self.server.url(place)).connect()
        assert client.close_code is None
        self.people[number : number + 1] = [(client, document)]
        document.was_opened = True
        self.online[number] = True
        await self.until(f"{place} is {document.place}", lambda: client.path == document.place)

    async def restart(self) -> None:
        port = self.server.port
        await self.server.stop()
        self.server = await DocumentServer(self.home, self.state).start(port)
        for number, (client, _) in enumerate(self.people):
            if self.online[number]:
                await client.connect()

    # Acts ----------------------------------------------------------------------------------------------------------

    async def act(self, act: str, number: int, chance: int) -> None:
        client, document = self.people[number]
        if act == "type":
            places = [match.start() for match in re.finditer("<", str(client.text))]
            document.marks.append(self.mark())
            await client.insert(places[chance % len(places)] if places else 0, document.marks[-1])
        elif act == "offline" and self.online[number]:
            await client.disconnect()
            self.online[number] = False
        elif act == "online" and not self.online[number]:
            await client.connect()
            self.online[number] = True
        elif act == "restart":
            await self.settle()
            await self.restart()
        else:
            await self.settle()
            await self.change(act, number, chance)

    async def change(self, act: str, number: int, chance: int) -> None:
        present = self.present()
        chosen = present[chance % len(present)] if present else None
        others = [folder for folder in ("d", "f") if (self.home / folder).is_dir()]
        if act == "manager" and chosen is not None:
            await self.manage(chosen.place, self.free_name(chance))
        elif act == "shell" and chosen is not None:
            self.shell(chosen.place, self.free_name(chance))
        elif act.startswith("folder") and others:
            old, new = others[chance % len(others)], f"folder{next(self._numbers)}"
            await self.manage(old, new) if act == "folder by manager" else self.shell(old, new)
        elif act == "create":
            self.make(self.free_name(chance))
        elif act == "create at an old name":
            names = [name for name in self.left if name not in self.unknown and (self.home / name).parent.is_dir()]
            if names:
                self.make(names[chance % len(names)])
        elif act in ("delete", "trash") and chosen is not None:
            await self.delete(chosen, act == "trash")
        elif act == "open" and self.online[number] and chosen is not None:
            await self.people[number][0].disconnect()
            await self.open(number, chosen.place, chosen)
        elif act == "open an old name" and self.online[number]:
            names = [name for name, was in self.left.items() if was in present]
            if names:
                await self.people[number][0].disconnect()
                name = names[chance % len(names)]
                await self.open(number, name, self.left[name])

    async def manage(self, old: str, new: str) -> None:
        async with self.server.documents.still(old):
            (self.home / old).rename(self.home / new)
            await self.server.documents.moved(old, new)
        self.note_moved(old, new)

    def shell(self, old: str, new: str) -> None:
        for document in self.documents:
            if self.is_below(document, old) and document.place not in self.rooms:
                self.unknown.add(document.place)
        here = self.present()
        (self.home / old).rename(self.home / new)
        self.note_moved(old, new, here)
        for document in self.documents:
            if document not in here:
                places = {document.place, *document.perhaps}
                document.perhaps = places | {_moved(place, old, new) for place in places}
        # Of a file that nobody has opened yet, nothing is known by which to find it again.
        self.left = {
            name: document for name, document in self.left.items() if document.was_opened or document not in here
        }

    async def delete(self, document: _Document, by_manager: bool) -> None:
        file = self.home / document.place
        if by_manager:
            trash = self.home / ".trash" / "files"
            trash.mkdir(parents=True, exist_ok=True)
            async with self.server.documents.still(document.place):
                file.rename(trash / str(next(self._numbers)))
                await self.server.documents.removed(document.place)
        else:
            file.unlink()
        if all(held is not document for _, held in self.people):
            self.documents.remove(document)
        document.is_deleted = True

    # Laws ----------------------------------------------------------------------------------------------------------

    async def check(self) -> None:
        for number, (client, _) in enumerate(self.people):
            if not self.online[number]:
                await client.connect()
                self.online[number] = True
        await self.settle()
        for client, document in self.people:
            await client.save_now()
            await self.until(f"{client.path} equals its document", partial(_holds, self.home, client))
            assert _is_at(client, document)
        everything = {
            str(path.relative_to(self.home)): path.read_text()
            for path in self.home.rglob("*")
            if path.is_file() and ".trash" not in path.parts
        }
        found = {place: sorted(re.findall("<[^<>]*>", text)) for place, text in everything.items()}
        held = {document.place for _, document in self.people}
        # What was deleted, and those who had it open went away from, nobody brings back.
        kept = [document for document in self.documents if not document.is_deleted or document.place in held]
        assert found == {document.place: sorted(document.marks) for document in kept}
        rooms = {place: opened.room.row.history_id for place, opened in self.rooms.items()}
        assert held <= rooms.keys()
        assert len(set(rooms.values())) == len(rooms)


def _moved(place: str, old: str, new: str) -> str:
    """Where something at ``place`` is when ``old`` has become ``new``."""
    return new + place[len(old) :] if place == old or place.startswith(old + "/") else place


def _is_at(client: Client, document: _Document) -> bool:
    if document.is_deleted and client.path in document.perhaps:
        document.place = client.path
    return client.path == document.place


def _holds(home: Path, client: Client) -> bool:
    file = home / str(client.path)
    return file.is_file() and file.read_text() == str(client.text)


async def _run(program: list[tuple[str, int, int]], folder: Path) -> None:
    (folder / "home").mkdir()
    async with aiohttp.ClientSession() as session:
        world = _World(folder, session)
        await world.server.start()
        try:
            for number in range(2):
                place = world.free_name(number)
                await world.open(number, place, world.make(place))
            for act, number, chance in program:
                await world.act(act, number, chance)
            await world.check()
            for client, _ in world.people:
                await client.disconnect()
        finally:
            await world.server.stop()


@settings(max_examples=10, deadline=None)
@given(_PROGRAMS)
def test_what_is_typed_is_where_the_file_went(program: Any) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_content, "GONE_SECONDS", 0.15)
        patch.setattr(file_sync, "LOOK_AFTER_SECONDS", 0.02)
        asyncio.run(_run(program, Path(folder)))
