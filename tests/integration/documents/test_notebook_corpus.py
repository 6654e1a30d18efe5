"""Notebooks as programs and people have written them: each opens, keeps its bytes, and is changed where it must be."""

import difflib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from clients.ydoc import Client
from clients.ydoc import save as save_acknowledged
from studium.protocol.documents import DocumentFormat
from studium.sync.notebook.positions import between
from studium.sync.notebook.schema import array_of, cells_of, new_cell
from support.notebook_corpus import FOLDER, NAMES, NOT_NOTEBOOKS, content, heavy, many_cells
from support.project import RunningProject, running_project

NOTEBOOKS = [name for name in NAMES if name not in NOT_NOTEBOOKS]
WITH_CELLS = [name for name in NOTEBOOKS if name not in ("empty.ipynb", "no-cells.ipynb")]
MENDED = {"no-metadata.ipynb", "odd-fields.ipynb"}
"""Of version 4.5 without ids or with one twice: they are valid once they are changed, as with Jupyter."""
UNKNOWN_TO_JUPYTER = {"odd-outputs.ipynb", "odd-fields.ipynb", "no-metadata.ipynb"}
"""They hold what no version of the format has; it is kept."""
library: Any = nbformat


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[RunningProject]:
    async with running_project(tmp_path) as project:
        yield project


async def opened(project: RunningProject, name: str) -> tuple[Client, Path, bytes]:
    """Somebody in a copy of a file of the corpus, the file, and its bytes."""
    data = (FOLDER / name).read_bytes()
    file = project.home / name
    file.write_bytes(data)
    client = await Client(project.client, project.url(f"documents/{name}")).connect()
    return client, file, data


async def save(client: Client) -> None:
    """Send what was changed, and have it in the file."""
    await client.flush()
    await save_acknowledged(client)


def value_of(data: bytes) -> Any:
    """What the file holds, of version 4."""
    text = data.decode("utf-8-sig")
    value = json.loads(text)
    return value if value["nbformat"] == 4 else json.loads(library.writes(library.reads(text, as_version=4)))


def sources(value: Any) -> list[str]:
    return ["".join(cell.get("source", "")) for cell in value["cells"]]


def without_sources(value: Any) -> Any:
    """All but the sources, and but for what the file left out and is written once it is changed."""
    cells = [
        {"metadata": {}, **{key: part for key, part in cell.items() if key != "source"}} for cell in value["cells"]
    ]
    return {"metadata": {}, **value, "cells": cells}


def removed(before: bytes, after: bytes) -> int:
    """How many lines are not there any more."""
    old, new = before.decode().split("\n"), after.decode().split("\n")
    differing = difflib.unified_diff(old, new, n=0, lineterm="")
    return sum(line.startswith("-") and not line.startswith("---") for line in differing)


def test_the_corpus_is_what_its_script_writes() -> None:
    written = {file.name: file.read_bytes() for file in FOLDER.glob("*.ipynb")}
    assert written == {name: b"" if name == "empty.ipynb" else content(name) for name in NAMES}


@pytest.mark.parametrize("name", NOTEBOOKS)
async def test_a_notebook_opens_and_keeps_its_bytes(project: RunningProject, name: str) -> None:
    client, file, data = await opened(project, name)
    assert client.hello.format is DocumentFormat.NOTEBOOK
    assert client.hello.format_reason is None
    wanted = sources(value_of(data)) if data else []
    assert [str(cell.source) for cell in cells_of(client.doc)] == wanted
    await save(client)
    assert file.read_bytes() == data


@pytest.mark.parametrize("name", WITH_CELLS)
async def test_an_edit_changes_what_it_must_and_taken_back_nothing(project: RunningProject, name: str) -> None:
    client, file, data = await opened(project, name)
    before = value_of(data)
    cell = cells_of(client.doc)[0]
    end = len(str(cell.source).encode())
    cell.source.insert(end, " # é")
    await save(client)
    edited = file.read_bytes()
    after = value_of(edited)
    assert sources(after) == [sources(before)[0] + " # é", *sources(before)[1:]]
    if name in MENDED:
        assert [cell["id"] for cell in after["cells"]] == [cell.id for cell in cells_of(client.doc)]
    elif json.loads(data.decode("utf-8-sig"))["nbformat"] == 4:
        assert without_sources(after) == without_sources(before)
        if data.count(b"\n") > 5:  # not all in one line
            assert removed(data, edited) == 1
        del cell.source[end : end + len(" # é".encode())]
        await save(client)
        assert file.read_bytes() == data
    else:
        assert after["nbformat"] == 4  # as Jupyter saves it


@pytest.mark.parametrize("name", WITH_CELLS)
async def test_cells_are_put_in_moved_and_taken_away(project: RunningProject, name: str) -> None:
    client, file, data = await opened(project, name)
    before = value_of(data)
    there = cells_of(client.doc)
    last = str(there[-1].map["position"])
    array_of(client.doc).append(
        new_cell({"cell_type": "code", "source": "new", "outputs": []}, "fresh", between(last, ""))
    )
    await save(client)
    assert sources(value_of(file.read_bytes())) == [*sources(before), "new"]
    there[0].map["position"] = between(str(there[-1].map["position"]), str(cells_of(client.doc)[-1].map["position"]))
    await save(client)
    first, *rest = sources(before)
    moved = value_of(file.read_bytes())
    assert sources(moved) == [*rest, first, "new"]
    if before.get("nbformat_minor", 0) >= 5 or json.loads(data.decode("utf-8-sig"))["nbformat"] != 4:
        ids = [cell["id"] for cell in moved["cells"] if "id" in cell]
        assert len(set(ids)) == len(ids)
    else:
        assert not any("id" in cell for cell in moved["cells"])
    if name not in UNKNOWN_TO_JUPYTER:
        library.validate(library.from_dict(moved))
    array = array_of(client.doc)
    for index in reversed(range(len(array))):
        if str(array[index]["source"]) == "new":
            del array[index]
    await save(client)
    assert sources(value_of(file.read_bytes())) == [*rest, first]


@pytest.mark.parametrize("name", sorted(NOT_NOTEBOOKS - {"latin-1.ipynb"}))
async def test_what_is_no_notebook_opens_as_a_text_with_the_reason(project: RunningProject, name: str) -> None:
    client, file, data = await opened(project, name)
    assert client.hello.format is DocumentFormat.TEXT
    reason = client.hello.format_reason or ""
    assert reason.startswith(f"{name} is not a valid notebook."), reason
    assert str(client.text) == data.decode()
    await save(client)
    assert file.read_bytes() == data


async def test_what_is_no_utf_8_is_not_opened_and_stays(project: RunningProject) -> None:
    client, file, data = await opened(project, "latin-1.ipynb")
    assert client.close_code is not None
    assert file.read_bytes() == data


@pytest.mark.parametrize("make", [many_cells, heavy])
async def test_large_notebooks_keep_their_bytes_and_change_in_one_place(project: RunningProject, make: Any) -> None:
    data = make().encode()
    file = project.home / "large.ipynb"
    file.write_bytes(data)
    client = await Client(project.client, project.url("documents/large.ipynb")).connect()
    assert client.hello.format is DocumentFormat.NOTEBOOK
    cells = cells_of(client.doc)
    assert [str(cell.source) for cell in cells] == sources(json.loads(data))
    await save(client)
    assert file.read_bytes() == data
    middle = cells[len(cells) // 2]
    middle.source.insert(0, "é")
    await save(client)
    assert removed(data, file.read_bytes()) == 1
    del middle.source[0:2]
    await save(client)
    assert file.read_bytes() == data
