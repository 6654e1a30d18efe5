"""Outputs of runs: what is in the document, what beside it, and never in another cell."""

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

from clients.ydoc import save
from studium.project.kernels.overflow import MAX_FILE_BYTES
from studium.protocol.kernels import KernelState
from studium.sync.notebook.positions import between
from studium.sync.notebook.schema import array_of, cells_of, find_cell, new_cell
from support.kernels import Desk, ServerProcess, at_notebook, notebook
from support.project import RunningProject


async def get(project: RunningProject, name: str, query: str = "", **headers: str) -> bytes:
    """A blob, or the rest of an output."""
    async with project.client.get(project.url(f"blobs/{name}{query}"), headers=headers) as answer:
        assert answer.status in (200, 206), await answer.text()
        return await answer.read()


async def test_what_is_beyond_the_bounds_is_fetched_on_request(project: RunningProject) -> None:
    code = "for n in range(300_000): print(n)\nprint('end')"
    async with at_notebook(project, code, "print('next')") as desk:
        await desk.run("c0")
        shown, more = desk.outputs("c0")
        assert 900_000 < len(shown["text"]) <= 1_000_000
        told = more["metadata"]["studium"]["more"]
        assert more["data"]["text/plain"].startswith("…")
        rest = await get(project, told["id"])
        assert (told["bytes"], told["kept"]) == (len(rest), len(rest))
        assert shown["text"] + rest.decode() == "".join(f"{n}\n" for n in range(300_000)) + "end\n"
        assert await get(project, told["id"], Range="bytes=-4") == b"end\n"
        await save(desk.document)
        assert (project.home / "n.ipynb").stat().st_size < 4_000_000
        await desk.run("c0")
        assert desk.outputs("c0")[1]["metadata"]["studium"]["more"]["id"] != told["id"]


async def test_one_huge_line_and_huge_results_are_bounded(project: RunningProject) -> None:
    async with at_notebook(project, "print('x' * 30_000_000)", "'y' * 3_000_000", "'alive'") as desk:
        await desk.run("c0")
        assert len(desk.outputs("c0")[0]["text"]) <= 1_000_000
        await desk.run("c1")
        assert len(json.dumps(desk.outputs("c1"))) < 1_100_000
        await desk.run("c2")
        assert desk.text("c2") == "'alive'"


async def test_images_are_in_the_blob_store_and_in_the_file(project: RunningProject) -> None:
    code = "import matplotlib.pyplot as plt, numpy as np\nplt.imshow(np.random.rand(300, 300))\nplt.show()"
    async with at_notebook(project, code) as desk:
        (output,) = [each for each in await desk.run("c0") if each["output_type"] == "display_data"]
        assert "image/png" not in output["data"]
        blob = output["blobs"]["image/png"]
        picture = await get(project, blob["hash"], "?type=image/png")
        assert picture.startswith(b"\x89PNG")
        assert len(picture) == blob["bytes"]
        await save(desk.document)
        written = json.loads((project.home / "n.ipynb").read_text())["cells"][0]["outputs"][-1]
        assert base64.b64decode(written["data"]["image/png"]) == picture
        assert "blobs" not in written


async def test_carriage_returns_and_clear_output(project: RunningProject) -> None:
    bar = "import time\nfor n in range(5):\n    print(f'\\r{n * 25} %', end='', flush=True)\n    time.sleep(0.02)"
    clear = (
        "from IPython.display import clear_output\nprint('gone')\nclear_output()\nprint('kept')\n"
        "clear_output(wait=True)\nprint('last')"
    )
    async with at_notebook(project, bar, clear) as desk:
        await desk.run("c0")
        assert desk.text("c0") == "100 %"
        await desk.run("c1")
        assert desk.text("c1") == "last\n"


async def test_displays_are_updated_in_other_cells_too(project: RunningProject) -> None:
    async with at_notebook(
        project, "shown = display('one', display_id=True)", "shown.update('two')", "display('x', display_id='id')"
    ) as desk:
        await desk.run("c0")
        assert desk.text("c0") == "'one'"
        await desk.run("c1")
        assert desk.outputs("c1") == []
        assert desk.text("c0") == "'two'"
        await desk.run("c0")
        await desk.run("c1")
        assert desk.text("c0") == "'two'"


def move(desk: Desk, cell_id: str, after: str | None) -> None:
    """Move a cell behind another, or to the front."""
    cells = [cell for cell in cells_of(desk.document.doc) if cell.id != cell_id]
    at = [cell.id for cell in cells].index(after) + 1 if after is not None else 0
    places = ["", *(cell.place[0] for cell in cells), ""]
    found = find_cell(desk.document.doc, cell_id)
    assert found is not None
    found.map["position"] = between(places[at], places[at + 1])


def delete(desk: Desk, cell_id: str) -> None:
    """Delete a cell."""
    found = find_cell(desk.document.doc, cell_id)
    assert found is not None
    del array_of(desk.document.doc)[found.index]


STEPS = "import time\nfor n in range(12):\n    print('{0}', n, flush=True)\n    time.sleep(0.05)"


async def test_a_cell_that_moves_while_it_runs_keeps_its_output(project: RunningProject) -> None:
    async with at_notebook(project, STEPS.format("A"), "'b'", "'c'") as desk:
        goal = await desk.start("c0")
        await desk.until_text("c0", "A 2")
        move(desk, "c0", "c2")
        await desk.document.flush()
        await desk.over(goal)
        assert desk.order() == ["c1", "c2", "c0"]
        assert desk.text("c0") == "".join(f"A {n}\n" for n in range(12))
        assert desk.outputs("c1") == desk.outputs("c2") == []


async def test_a_cell_that_is_deleted_while_it_runs_leaves_nothing(project: RunningProject) -> None:
    async with at_notebook(project, STEPS.format("A"), "'b'") as desk:
        await desk.start("c0", "c1")
        await desk.until_text("c0", "A 2")
        delete(desk, "c0")
        await desk.document.flush()
        await desk.until_text("c1", "'b'")
        assert desk.text("c1") == "'b'"
        assert desk.order() == ["c1"]


async def test_a_cell_that_is_cut_and_pasted_while_it_runs(project: RunningProject) -> None:
    async with at_notebook(project, STEPS.format("A"), "'b'") as desk:
        goal = await desk.start("c0")
        await desk.until_text("c0", "A 2")
        value: dict[str, Any] = {**desk.cell("c0"), "outputs": []}
        position = value.pop("position")
        delete(desk, "c0")
        array_of(desk.document.doc).append(new_cell(value, "c0", position))
        await desk.document.flush()
        await desk.over(goal)
        assert "A 11" in desk.text("c0")
        assert desk.outputs("c1") == []


async def test_outputs_that_somebody_clears_or_spoils_during_a_run(project: RunningProject) -> None:
    async with at_notebook(project, STEPS.format("A")) as desk:
        for spoil in ("clear", "shorten", "replace"):
            goal = await desk.start("c0")
            await desk.until_text("c0", "A 2")
            found = find_cell(desk.document.doc, "c0")
            assert found is not None
            outputs = found.map["outputs"]
            if spoil == "clear":
                del outputs[0 : len(outputs)]
            elif spoil == "shorten":
                text = outputs[0]["text"]
                del text[0 : len(text) - 1]
            else:
                outputs[0] = {"output_type": "display_data", "data": {"text/plain": "mine"}, "metadata": {}}
            await desk.document.flush()
            await desk.over(goal)
            assert "A 11" in desk.text("c0"), spoil
            assert desk.cell("c0")["execution_count"] is not None


async def test_output_of_threads_comes_to_the_cell_that_began_them(project: RunningProject) -> None:
    code = (
        "import threading, time\ndef late():\n    time.sleep(0.4)\n    print('late')\n"
        "thread = threading.Thread(target=late)\nthread.start()"
    )
    async with at_notebook(project, code, "print('other')") as desk:
        await desk.run("c0")
        await desk.run("c1")
        await desk.until_text("c0", "late")
        assert desk.text("c1") == "other\n"


async def test_documentation_is_shown(project: RunningProject) -> None:
    async with at_notebook(project, "len?") as desk:
        await desk.run("c0")
        assert "number of items" in desk.text("c0")


async def test_everything_goes_on_with_nobody_there(project: RunningProject) -> None:
    async with at_notebook(project, STEPS.format("A"), "'b'") as desk:
        await desk.start("c0", "c1")
        await desk.until_text("c0", "A 1")
        await desk.leave()
        await asyncio.sleep(1.2)  # nobody is there who could be told
        again = await Desk(project, "n.ipynb").sit_down()
        assert again.text("c0") == "".join(f"A {n}\n" for n in range(12))
        assert again.text("c1") == "'b'"
        assert again.page.status.state is KernelState.IDLE
        await again.leave()


async def test_a_flood_takes_little_memory(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    await server.start()
    try:
        code = "text = 'x' * 9_999\nfor n in range(30_000): print(text)"
        (server.home / "n.ipynb").write_text(notebook("1", code))
        desk = await Desk(server, "n.ipynb").sit_down()
        await desk.run("c0")
        before = server.most_memory_bytes()
        await desk.run("c1", seconds=120)
        told = desk.outputs("c1")[-1]["metadata"]["studium"]["more"]
        assert told["bytes"] > 290_000_000
        assert told["kept"] == MAX_FILE_BYTES
        assert server.most_memory_bytes() - before < 150_000_000
        await desk.leave()
    finally:
        await server.close()
