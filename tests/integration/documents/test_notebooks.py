"""Notebooks as live documents: several people in one, its file, other programs, and what is no notebook."""

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from jupyter_ydoc import YNotebook

from clients.document_server import DocumentServer
from clients.ydoc import Client, save
from studium.project.documents.store import DATABASE
from studium.protocol.documents import DocumentFormat, Moved, NotSaved
from studium.protocol.errors import ErrorCode, StudiumError
from studium.sync.notebook.positions import between
from studium.sync.notebook.schema import array_of, cells_of, find_cell, new_cell, new_output

PNG = "iVBORw0KGgo" * 3_000 + "A" * (4 - (11 * 3_000) % 4)
ODD = """{
    "nbformat": 4, "nbformat_minor": 5,
    "metadata": {"zeta": 1, "alpha": 1.50, "kernelspec": {"name": "python3", "display_name": "Python \\u00e9"}},
    "cells": [
        {"id": "one", "cell_type": "code", "source": "a = 1", "metadata": {}, "execution_count": null, "outputs": []},
        {"id": "two", "cell_type": "markdown", "metadata": { }, "source": ["# Title\\n", "text"]}
    ]
}"""


def notebook(*sources: str) -> str:
    """A notebook as Jupyter writes it, of code cells ``c0``, ``c1`` …"""
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "execution_count": None, "id": f"c{n}", "metadata": {}, "outputs": [], "source": [source]}
        for n, source in enumerate(sources)
    ]
    value = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def sources(client: Client) -> list[str]:
    """The sources of the cells, in their order."""
    return [str(cell.source) for cell in cells_of(client.doc)]


def cell_of(client: Client, cell_id: str) -> Any:
    """A cell that is there."""
    cell = find_cell(client.doc, cell_id)
    assert cell is not None
    return cell


async def type_into(client: Client, cell_id: str, text: str) -> None:
    """Type at the end of a cell."""
    source = cell_of(client, cell_id).source
    source.insert(len(str(source).encode()), text)
    await client.flush()


async def people(server: DocumentServer, session: aiohttp.ClientSession, path: str) -> tuple[Client, Client]:
    return (
        await Client(session, server.url(path)).connect(),
        await Client(session, server.url(path), name="Bob").connect(),
    )


async def test_an_edit_changes_its_own_bytes(server: DocumentServer, session: aiohttp.ClientSession) -> None:
    file = server.home / "odd.ipynb"
    file.write_text(ODD)
    ada, bob = await people(server, session, "odd.ipynb")
    assert ada.hello.format is DocumentFormat.NOTEBOOK
    assert sources(ada) == ["a = 1", "# Title\ntext"]
    await save(ada)
    assert file.read_text() == ODD  # opening and saving is no change
    await type_into(bob, "one", "\nb = 2")
    await ada.until(lambda: sources(ada)[0] == "a = 1\nb = 2")
    await bob.until_acknowledged()
    await save(ada)
    assert file.read_text() == ODD.replace('"a = 1"', '"a = 1\\nb = 2"')


async def test_a_cell_moves_while_somebody_types_in_it(server: DocumentServer, session: aiohttp.ClientSession) -> None:
    (server.home / "n.ipynb").write_text(notebook("a", "b", "c"))
    ada, bob = await people(server, session, "n.ipynb")
    cell_of(ada, "c0").map["position"] = between(cell_of(ada, "c2").place[0], "")
    cell_of(bob, "c0").source.insert(1, " typed")  # before either has heard of the other
    await ada.flush()
    await bob.flush()
    for client in (ada, bob):
        await client.until(lambda c=client: sources(c) == ["b", "c", "a typed"])
    await ada.until_acknowledged()
    await bob.until_acknowledged()
    await save(ada)
    written = json.loads((server.home / "n.ipynb").read_text())
    assert ["".join(cell["source"]) for cell in written["cells"]] == ["b", "c", "a typed"]
    assert [cell["id"] for cell in written["cells"]] == ["c1", "c2", "c0"]


async def test_a_program_changes_the_file_while_people_type(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    file = server.home / "n.ipynb"
    file.write_text(notebook("a", "b", "c"))
    ada, bob = await people(server, session, "n.ipynb")
    value = json.loads(file.read_text())
    del value["cells"][2]
    value["cells"].insert(0, {**value["cells"][0], "id": "new", "source": ["from a program"]})
    value["cells"][2]["outputs"] = [{"name": "stdout", "output_type": "stream", "text": ["out\n"]}]
    await type_into(ada, "c1", " and Ada")
    file.write_text(json.dumps(value, indent=1) + "\n")
    for client in (ada, bob):
        await client.until(lambda c=client: sources(c) == ["from a program", "a", "b and Ada"])
    assert cell_of(bob, "c1").map["outputs"].to_py() == [{"name": "stdout", "output_type": "stream", "text": "out\n"}]
    await ada.until_acknowledged()
    await save(bob)
    assert "b and Ada" in file.read_text()


async def test_images_are_kept_beside_the_document_and_written_to_the_file(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    file = server.home / "n.ipynb"
    value = json.loads(notebook("plot()", "x"))
    image = {"output_type": "display_data", "data": {"image/png": PNG}, "metadata": {}}
    value["cells"][0]["outputs"] = [image]
    file.write_text(json.dumps(value))
    ada, _ = await people(server, session, "n.ipynb")
    assert sum(map(len, ada.frames)) < 5_000
    named = cell_of(ada, "c0").map["outputs"][0]["blobs"]["image/png"]
    assert await server.documents.blobs.read(named["hash"]) is not None
    await type_into(ada, "c1", "!")
    await ada.until_acknowledged()
    await save(ada)
    written = json.loads(file.read_text())
    assert written["cells"][0]["outputs"] == [image]
    file.unlink()  # made again from what is kept, without the old file to copy from
    await type_into(ada, "c1", "!")
    await ada.until_acknowledged()
    await save(ada)
    again = json.loads(file.read_text())
    assert again["cells"][0]["outputs"] == [image]
    assert again["cells"][1]["source"] == ["x!!"]


async def test_the_server_writes_outputs_with_nobody_there(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    file = server.home / "n.ipynb"
    file.write_text(notebook("print(1)"))
    held = await server.documents.notebook("n.ipynb")
    output = {"output_type": "stream", "name": "stdout", "text": "1\n"}

    def write(doc: Any) -> None:
        cell = find_cell(doc, "c0")
        assert cell is not None
        cell.map["execution_count"] = 7.0
        cell.map["outputs"].append(new_output(output))

    held.edit(write, None)
    await held.save()
    written = json.loads(file.read_text())["cells"][0]
    assert (written["execution_count"], written["outputs"]) == (7, [{**output, "text": ["1\n"]}])
    ada, _ = await people(server, session, "n.ipynb")
    assert cell_of(ada, "c0").map["outputs"].to_py() == [output]
    held.edit(lambda doc: cell_of_doc(doc)["outputs"].clear(), None)
    await ada.until(lambda: len(cell_of(ada, "c0").map["outputs"]) == 0)
    await server.documents.moved("n.ipynb", "n.ipynb")
    held.close()


def cell_of_doc(doc: Any) -> Any:
    cell = find_cell(doc, "c0")
    assert cell is not None
    return cell.map


async def test_clients_of_jupyter_see_the_notebook(server: DocumentServer, session: aiohttp.ClientSession) -> None:
    (server.home / "n.ipynb").write_text(notebook("a", "b"))
    plain = await Client(session, server.url("n.ipynb"), studium=False).connect()
    seen = YNotebook(plain.doc)
    assert [cell["source"] for cell in seen.get()["cells"]] == ["a", "b"]
    seen.append_cell({"cell_type": "markdown", "id": "theirs", "metadata": {}, "source": "from Jupyter"})
    await plain.flush()
    ada, _ = await people(server, session, "n.ipynb")
    assert sources(ada) == ["a", "b", "from Jupyter"]
    await save(ada)
    written = json.loads((server.home / "n.ipynb").read_text())
    assert [cell["id"] for cell in written["cells"]] == ["c0", "c1", "theirs"]


async def test_what_is_no_notebook_opens_as_text_until_it_is_one(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    file = server.home / "broken.ipynb"
    file.write_text('{"cells": [')
    ada, bob = await people(server, session, "broken.ipynb")
    assert ada.hello.format is DocumentFormat.TEXT
    assert "not a valid notebook" in (ada.hello.format_reason or "")
    assert str(ada.text) == '{"cells": ['
    await ada.append('], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    await ada.until_acknowledged()
    await save(ada)
    await ada.disconnect()
    await bob.disconnect()
    async with asyncio.timeout(60):
        while server.documents.statistics()["open"]:
            await asyncio.sleep(0.01)
    cyd = await Client(session, server.url("broken.ipynb")).connect()
    assert cyd.hello.format is DocumentFormat.NOTEBOOK
    assert cyd.hello.format_reason is None


async def test_a_notebook_that_a_program_breaks_is_left_alone(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    file = server.home / "n.ipynb"
    file.write_text(notebook("a"))
    ada, _ = await people(server, session, "n.ipynb")
    file.write_text("<<<<<<< HEAD\n" + notebook("a"))
    told = await ada.control(NotSaved)
    assert told.error.code is ErrorCode.NOT_NOTEBOOK
    await type_into(ada, "c0", " typed")
    await ada.until_acknowledged()
    assert file.read_text().startswith("<<<<<<<")
    seen = len(ada.controls)
    file.write_text(notebook("a", "mended"))
    await ada.until(lambda: sources(ada) == ["a typed", "mended"])
    await save(ada)
    assert "a typed" in file.read_text()
    assert seen


async def test_a_notebook_that_is_named_otherwise_begins_as_a_text(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    (server.home / "n.ipynb").write_text(notebook("a"))
    ada, _ = await people(server, session, "n.ipynb")
    (server.home / "n.ipynb").rename(server.home / "n.json")
    await server.documents.moved("n.ipynb", "n.json")
    await ada.until(lambda: ada.close_code is not None)
    bob = await Client(session, server.url("n.json")).connect()
    assert bob.hello.format is DocumentFormat.TEXT
    assert str(bob.text) == notebook("a")
    (server.home / "n.json").rename(server.home / "other.ipynb")
    await server.documents.moved("n.json", "other.ipynb")
    assert (await bob.control(Moved)).path == "other.ipynb"  # it stays a text for those who have it open


async def test_only_a_notebook_can_be_run(server: DocumentServer) -> None:
    (server.home / "a.txt").write_text("text")
    with pytest.raises(StudiumError) as raised:
        await server.documents.notebook("a.txt")
    assert raised.value.code is ErrorCode.NOT_NOTEBOOK


async def test_an_empty_file_is_an_empty_notebook(server: DocumentServer, session: aiohttp.ClientSession) -> None:
    file = server.home / "empty.ipynb"
    file.touch()
    ada, _ = await people(server, session, "empty.ipynb")
    assert ada.hello.format is DocumentFormat.NOTEBOOK
    assert sources(ada) == []
    array_of(ada.doc).append(new_cell({"cell_type": "code", "source": "first"}, "x", "V"))
    await ada.flush()
    await ada.until_acknowledged()
    await save(ada)
    written = json.loads(file.read_text())
    assert written["cells"][0]["source"] == ["first"]
    assert (written["nbformat"], written["nbformat_minor"]) == (4, 5)


async def test_a_log_of_before_there_were_notebooks_is_brought_up_to_date(tmp_path: Path) -> None:
    home, state = tmp_path / "home", tmp_path / "state"
    home.mkdir()
    (home / "a.txt").write_text("kept")
    (home / "n.ipynb").write_text(notebook("a"))
    server = await DocumentServer(home, state).start()
    async with aiohttp.ClientSession() as session:
        ada = await Client(session, server.url("a.txt")).connect()
        await ada.append(" and typed")
        await ada.until_acknowledged()
        await server.stop()
        with sqlite3.connect(state / DATABASE) as database:
            database.execute("ALTER TABLE documents DROP COLUMN format")
            database.execute("PRAGMA user_version = 1")
        database.close()
        server = await DocumentServer(home, state).start()
        bob = await Client(session, server.url("a.txt")).connect()
        assert str(bob.text) == "kept and typed"
        assert bob.hello.history_id == ada.hello.history_id
        cyd = await Client(session, server.url("n.ipynb")).connect()
        assert cyd.hello.format is DocumentFormat.NOTEBOOK
        await server.stop()
