"""Random programs of three people in one notebook, who type, add, delete and move cells, go offline and come back,
while cells run, programs change the file, and the server restarts.

Laws at the end: everybody has the same cells in the same order, and so has the file; every mark that was typed stands
where it was typed, once, unless its cell was deleted; an output is in the cell that was run, and nowhere else.
"""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

import aiohttp
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Array, Doc

from clients.document_server import DocumentServer
from clients.ydoc import Client, save
from studium.project.documents.open_notebook import OpenNotebook
from studium.sync.format import NOTEBOOK
from studium.sync.notebook.positions import between
from studium.sync.notebook.schema import Cell, array_of, cell_value, cells_of, find_cell, new_cell, new_output

PEOPLE = 3
_ACTS = st.sampled_from(
    ["type"] * 8
    + ["add", "add", "delete", "move", "move", "move", "run", "run", "run"]
    + ["offline", "offline", "online", "online", "program", "program", "restart"]
)
_PROGRAMS = st.lists(st.tuples(_ACTS, st.integers(0, PEOPLE - 1), st.integers(0, 999)), min_size=6, max_size=30)
_PATH = "n.ipynb"


class _World:
    """The server, three people, whoever runs cells, and what should be."""

    def __init__(self, folder: Path, session: aiohttp.ClientSession) -> None:
        self.folder, self.home = folder, folder / "home"
        self.home.mkdir()
        self.session = session
        self.server = DocumentServer(self.home, folder / "state")
        self.people: list[Client] = []
        self.online = [True] * PEOPLE
        self.runner: OpenNotebook | None = None
        self.typed: dict[str, str] = {}
        """In which cell each mark was typed."""
        self.deleted: set[str] = set()
        """Cells that somebody deleted, whoever typed in them meanwhile."""
        self.ran: dict[str, str] = {}
        """What each cell printed when it ran last, of those that were there then."""
        self._numbers = iter(range(10_000))

    @property
    def file(self) -> Path:
        return self.home / _PATH

    async def begin(self) -> None:
        source: dict[str, Any] = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
        cells = [{**source, "id": f"c{index}", "source": [f"cell {index}"]} for index in range(3)]
        value = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        self.file.write_text(json.dumps(value, indent=2))
        await self.server.start()
        self.people = [
            await Client(self.session, self.server.url(_PATH), name=f"P{number}").connect() for number in range(PEOPLE)
        ]
        self.runner = await self.server.documents.notebook(_PATH)

    async def act(self, act: str, number: int, chance: int) -> None:
        client = self.people[number]
        cells = cells_of(client.doc)
        cell = cells[chance % len(cells)] if cells else None
        if act == "type" and cell is not None:
            await self.type(client, cell, chance)
        elif act == "add":
            place = chance % (len(cells) + 1)
            low = cells[place - 1].place[0] if place else ""
            high = cells[place].place[0] if place < len(cells) else ""
            if low < high or not high:
                value = {"cell_type": "code", "source": "", "execution_count": None}
                array_of(client.doc).append(new_cell(value, f"n{next(self._numbers)}", between(low, high)))
                await self.send(number)
        elif act == "delete" and cell is not None and len(cells) > 1:
            self.deleted.add(cell.id)
            del array_of(client.doc)[cell.index]
            await self.send(number)
        elif act == "move" and cell is not None:
            others = [other for other in cells if other.id != cell.id]
            place = chance // 7 % (len(others) + 1)
            low = others[place - 1].place[0] if place else ""
            high = others[place].place[0] if place < len(others) else ""
            if low < high or not high:
                cell.map["position"] = between(low, high)
                await self.send(number)
        elif act == "run":
            self.run(chance)
        elif act == "offline" and self.online[number]:
            await client.disconnect()
            self.online[number] = False
        elif act == "online" and not self.online[number]:
            await client.connect()
            self.online[number] = True
        elif act == "program":
            await self.change_file(chance)
        elif act == "restart":
            await self.restart()

    async def type(self, client: Client, cell: Cell, chance: int) -> None:
        mark = f"<{next(self._numbers)}>"
        places = [0, *(index + 1 for index, sign in enumerate(str(cell.source)) if sign == ">")]
        cell.source.insert(places[chance % len(places)], mark)
        self.typed[mark] = cell.id
        await self.send(self.people.index(client))

    async def send(self, number: int) -> None:
        if self.online[number]:
            await self.people[number].flush()

    def run(self, chance: int) -> None:
        """A cell is run: its outputs are those of a run alone."""
        assert self.runner is not None
        cells = cells_of(self.runner.doc)
        if not cells:
            return
        cell_id = cells[chance % len(cells)].id
        printed = f"{cell_id} run {next(self._numbers)}"

        def write(doc: Doc[Any]) -> None:
            cell = find_cell(doc, cell_id)
            assert cell is not None
            outputs: Array[Any] = cell.map["outputs"]
            outputs.clear()
            outputs.append(new_output({"output_type": "stream", "name": "stdout", "text": printed}))

        self.runner.edit(write, None)
        self.ran[cell_id] = printed

    async def change_file(self, chance: int) -> None:
        """A program reads the file, changes it and writes it, when all is in it."""
        await self.settle()
        value = json.loads(self.file.read_text())
        cells = value["cells"]
        if not cells:
            return
        index = chance % len(cells)
        if chance % 3 == 0:
            cells.append(cells.pop(index))
        else:
            mark = f"<{next(self._numbers)}>"
            cells[index]["source"] = "".join(cells[index]["source"]) + mark
            self.typed[mark] = cells[index]["id"]
        self.file.write_text(json.dumps(value, indent=2))
        assert self.runner is not None
        async with asyncio.timeout(60):
            while [cell.id for cell in cells_of(self.runner.doc)] != [cell["id"] for cell in cells] or any(
                "".join(cell["source"]) != str(here.source)
                for cell, here in zip(cells, cells_of(self.runner.doc), strict=True)
            ):
                await asyncio.sleep(0.01)

    async def settle(self) -> None:
        for number, client in enumerate(self.people):
            if self.online[number]:
                await client.until_acknowledged()
        fresh = await Client(self.session, self.server.url(_PATH), name="Settler").connect()
        await save(fresh)
        await fresh.disconnect()

    async def restart(self) -> None:
        port = self.server.port
        await self.server.stop()
        self.server = await DocumentServer(self.home, self.folder / "state").start(port)
        self.runner = await self.server.documents.notebook(_PATH)
        for number, client in enumerate(self.people):
            if self.online[number]:
                await client.disconnect()
                await client.connect()

    # Laws ----------------------------------------------------------------------------------------------------------

    async def check(self) -> None:
        for number, client in enumerate(self.people):
            if not self.online[number]:
                await client.connect()
                self.online[number] = True
        await self.settle()
        assert self.runner is not None
        there = NOTEBOOK.text(self.runner.doc)
        for client in self.people:
            await client.until(lambda c=client: NOTEBOOK.text(c.doc) == there)
        await self.settle()
        decoded = NOTEBOOK.decode(self.file.read_bytes(), _PATH)
        assert decoded.text == there
        cells = {cell.id: cell_value(cell, True) for cell in cells_of(self.runner.doc)}
        everything = "".join(cell["source"] for cell in cells.values())
        for mark, cell_id in self.typed.items():
            if cell_id in cells:
                assert cells[cell_id]["source"].count(mark) == 1, (mark, cell_id)
                assert everything.count(mark) == 1
            else:
                assert cell_id in self.deleted, f"{mark} is gone with {cell_id}, which nobody deleted"
        for cell_id, cell in cells.items():
            printed = [output["text"] for output in cell["outputs"]]
            assert printed == ([self.ran[cell_id]] if cell_id in self.ran else []), cell_id


async def _run(program: list[tuple[str, int, int]], folder: Path) -> None:
    async with aiohttp.ClientSession() as session:
        world = _World(folder, session)
        try:
            await world.begin()
            for act, number, chance in program:
                await world.act(act, number, chance)
            await world.check()
            for client in world.people:
                await client.disconnect()
        finally:
            await world.server.stop()


@settings(max_examples=40, deadline=None)
@given(_PROGRAMS)
def test_nothing_is_lost_or_doubled_in_a_notebook(program: list[tuple[str, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_run(program, Path(folder)))
