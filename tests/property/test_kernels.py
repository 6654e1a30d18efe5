"""Random programs of three people in one notebook whose cells run for real: they edit, add, move, delete, cut and paste
cells, clear outputs, interrupt and restart the kernel, come and go, and the project server is killed.

Each cell prints its own name. Law: what stands in a cell was printed by that cell, at any time; at the end everybody
sees the same, nothing runs or waits, and running all cells gives each its own output and nothing else.
"""

import asyncio
import json
import re
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from clients.ydoc import save
from studium.protocol.kernels import AnswerInput, CancelCells, InterruptKernel, KernelState, RestartKernel, RunCells
from studium.sync.format import NOTEBOOK
from studium.sync.notebook.positions import between
from studium.sync.notebook.schema import Cell, array_of, cells_of, new_cell
from support.kernels import Desk, ServerProcess, notebook

PEOPLE = 3
PATH = "n.ipynb"
_ACTS = st.sampled_from(
    ["run"] * 7
    + ["edit", "edit", "add", "move", "move", "delete", "paste", "clear", "wait", "wait"]
    + ["cancel", "interrupt", "restart", "come and go", "kill"]
)
_PROGRAMS = st.lists(st.tuples(_ACTS, st.integers(0, PEOPLE - 1), st.integers(0, 999)), min_size=8, max_size=24)
_SAID = re.compile(r"The project server was started again here.*\n")


def source(cell_id: str, count: int) -> str:
    """Code that prints the name of its cell so often, slowly."""
    return f"import time\nfor n in range({count}):\n    print('{cell_id}', n, flush=True)\n    time.sleep(0.01)"


class _World:
    def __init__(self, folder: Path) -> None:
        self.server = ServerProcess(folder)
        self.desks: list[Desk] = []
        self.numbers = iter(range(100, 10_000))

    async def begin(self) -> None:
        await self.server.start()
        names = [f"c{number}" for number in range(4)]
        (self.server.home / PATH).write_text(notebook(*(source(name, 5) for name in names)))
        self.desks = [await Desk(self.server, PATH).sit_down() for _ in range(PEOPLE)]

    async def act(self, act: str, number: int, chance: int) -> None:
        desk = self.desks[number]
        doc = desk.document.doc
        cells = cells_of(doc)
        cell = cells[chance % len(cells)] if cells else None
        match act:
            case "run":
                await desk.document.until_acknowledged()
                start = chance % max(1, len(cells))
                await desk.page.send(RunCells([each.id for each in cells[start : start + 3]], chance % 2 == 0))
            case "edit" if cell is not None:
                await desk.type_into(cell.id, source(cell.id, 1 + chance % 30))
            case "add":
                place = cells[-1].place[0] if cells else ""
                name = f"c{next(self.numbers)}"
                self.put(desk, {"cell_type": "code", "source": source(name, 3), "outputs": []}, name, place)
            case "move" if cell is not None:
                self.move(cells, cell, chance)
            case "delete" if cell is not None and len(cells) > 2:
                del array_of(doc)[cell.index]
            case "paste" if cell is not None:
                value: dict[str, Any] = {**desk.cell(cell.id), "outputs": []}
                with doc.transaction():
                    del array_of(doc)[cell.index]
                    array_of(doc).append(new_cell(value, cell.id, value["position"]))
            case "clear" if cell is not None:
                outputs = cell.map["outputs"]
                if len(outputs):
                    del outputs[0 : len(outputs)]
            case "wait":
                await asyncio.sleep(chance / 3000)
            case "cancel":
                await desk.page.send(CancelCells([cell.id] if cell is not None else []))
            case "interrupt":
                await desk.page.send(InterruptKernel())
            case "restart":
                await desk.page.send(RestartKernel(run_all=chance % 3 == 0))
            case "come and go":
                await desk.leave()
                await desk.sit_down()
            case "kill" if chance % 2:
                await self.kill()
        await desk.document.flush()
        self.check_all()

    def put(self, desk: Desk, value: dict[str, Any], name: str, after: str) -> None:
        array_of(desk.document.doc).append(new_cell({"metadata": {}, **value}, name, between(after, "")))

    def move(self, cells: list[Cell], cell: Cell, chance: int) -> None:
        others = [each.place[0] for each in cells if each.id != cell.id]
        at = chance % (len(others) + 1)
        low, high = (others[at - 1] if at else ""), (others[at] if at < len(others) else "")
        if low < high or not high:
            cell.map["position"] = between(low, high)

    async def kill(self) -> None:
        await self.server.kill()
        await self.server.start()
        for desk in self.desks:
            await desk.leave()
            await desk.sit_down()

    # Laws ----------------------------------------------------------------------------------------------------------

    def check_all(self) -> None:
        """Nothing is in a wrong cell, for anybody."""
        for desk in self.desks:
            for cell in cells_of(desk.document.doc):
                for output in desk.outputs(cell.id):
                    words = _SAID.sub("", output.get("text", "")).split()
                    assert set(words[::2]) <= {cell.id}, (cell.id, output)

    async def check_end(self) -> None:
        first = self.desks[0]
        for desk in self.desks:
            await desk.document.until_acknowledged()
            await desk.page.ask(AnswerInput("", "nobody asked"))  # what was asked for before counts now
        await asyncio.sleep(0.1)  # and is told, on either socket
        for desk in self.desks:
            await desk.page.until_state(KernelState.NONE, KernelState.IDLE, KernelState.DEAD)  # no restart goes on
            await desk.page.until_at_rest()
            await self.until_idle(desk)
        for name in first.order():  # two who wrote into one cell at once may have made anything of it
            await first.type_into(name, source(name, 4))
        await first.over(await first.start(*first.order(), stop_on_error=False))
        there = NOTEBOOK.text(first.document.doc)
        for desk in self.desks:
            await desk.document.until(lambda desk=desk: NOTEBOOK.text(desk.document.doc) == there)
        self.check_all()
        file = self.server.home / PATH
        async with asyncio.timeout(60):
            while NOTEBOOK.decode(file.read_bytes(), PATH).text != NOTEBOOK.text(first.document.doc):
                await save(first.document)
        for cell in json.loads(file.read_text())["cells"]:
            (output,) = cell["outputs"]
            assert "".join(output["text"]) == "".join(f"{cell['id']} {n}\n" for n in range(4))

    async def until_idle(self, desk: Desk) -> None:
        await desk.document.until(
            lambda: all(cell.map.get("execution_state") == "idle" for cell in cells_of(desk.document.doc)), 30
        )


async def _run(program: list[tuple[str, int, int]], folder: Path) -> None:
    world = _World(folder)
    try:
        await world.begin()
        for act, number, chance in program:
            await world.act(act, number, chance)
        await world.check_end()
        for desk in world.desks:
            await desk.leave()
    finally:
        await world.server.close()


@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.generate])  # shrinking takes an hour
@given(_PROGRAMS)
def test_outputs_are_never_in_a_wrong_cell(program: list[tuple[str, int, int]]) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        asyncio.run(_run(program, Path(folder)))
