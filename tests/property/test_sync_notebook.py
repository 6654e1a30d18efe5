"""Laws of notebooks: a file comes back byte for byte, an edit changes its own lines, and merging loses nothing."""

import copy
import difflib
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Doc

from studium.sync.format import NOTEBOOK
from studium.sync.formats import TextStyle
from studium.sync.notebook import values
from studium.sync.notebook.positions import at, between, is_position, spread
from studium.sync.notebook.schema import cells_of
from support.notebooks import cells, notebooks, ways_to_write

MANY = settings(max_examples=150, deadline=None)


def opened(text: str) -> Doc[Any]:
    doc: Doc[Any] = Doc()
    NOTEBOOK.edit(doc, "", text)
    return doc


def decoded(text: str) -> tuple[str, dict[str, bytes]]:
    found = NOTEBOOK.decode(text.encode(), "n.ipynb")
    return found.text, found.blobs


@MANY
@given(notebooks(), ways_to_write())
def test_an_untouched_notebook_keeps_its_bytes(notebook: dict[str, Any], write: Any) -> None:
    raw = write(notebook)
    text, blobs = decoded(raw)
    doc = opened(text)
    assert NOTEBOOK.text(doc) == text
    data, _ = NOTEBOOK.encode(NOTEBOOK.text(doc), TextStyle(), text, raw.encode(), blobs.get)
    assert data == raw.encode()


@MANY
@given(notebooks(), ways_to_write(), st.data())
def test_an_edit_changes_what_it_must(notebook: dict[str, Any], write: Any, data: st.DataObject) -> None:
    raw = write(notebook)
    text, blobs = decoded(raw)
    value = json.loads(text)
    changed = copy.deepcopy(value)
    acts = ["metadata", "insert"] + (["source", "delete", "move"] if changed["cells"] else [])
    act = data.draw(st.sampled_from(acts))
    index = data.draw(st.integers(0, max(0, len(changed["cells"]) - 1)))
    if act == "source":
        changed["cells"][index]["source"] += "more\nlines é"
    elif act == "delete":
        del changed["cells"][index]
    elif act == "move":
        changed["cells"].insert(data.draw(st.integers(0, len(changed["cells"]) - 1)), changed["cells"].pop(index))
    elif act == "insert":
        with_ids = value["nbformat_minor"] >= 5
        cell = values.normal_cell(data.draw(cells(st.just("fresh") if with_ids else None)), 0)
        for output in cell.get("outputs", ()):
            blobs |= values.take_output_blobs(output)
        changed["cells"].insert(index, cell)
    else:
        changed["metadata"]["new"] = {"b": 1, "a": [1.5, "é"]}
    wanted = values.text_of(changed)
    written, _ = NOTEBOOK.encode(wanted, TextStyle(), text, raw.encode(), blobs.get)
    assert decoded(written.decode())[0] == wanted
    if act == "source" and "\n " in raw and not raw.startswith("\ufeff"):
        lines = difflib.unified_diff(raw.split("\n"), written.decode().split("\n"), n=0, lineterm="")
        removed = [line for line in lines if line.startswith("-") and not line.startswith("---")]
        assert len(removed) <= value["cells"][index]["source"].count("\n") + 3


@MANY
@given(notebooks(minor=5), notebooks(minor=5))
def test_what_the_file_became_is_what_the_document_becomes(old: dict[str, Any], new: dict[str, Any]) -> None:
    before, after = decoded(json.dumps(old))[0], decoded(json.dumps(new))[0]
    doc = opened(before)
    NOTEBOOK.edit(doc, before, after)
    assert json.loads(NOTEBOOK.text(doc) or "null") == json.loads(after)
    NOTEBOOK.edit(doc, before, after)  # once more brings nothing
    assert json.loads(NOTEBOOK.text(doc)) == json.loads(after)


@MANY
@given(notebooks(minor=4), st.data())
def test_cells_without_ids_are_found_by_what_they_hold(old: dict[str, Any], data: st.DataObject) -> None:
    before = decoded(json.dumps(old))[0]
    new = copy.deepcopy(old)
    for _ in range(data.draw(st.integers(0, 3))):
        if new["cells"] and data.draw(st.booleans()):
            new["cells"].pop(data.draw(st.integers(0, len(new["cells"]) - 1)))
        else:
            new["cells"].insert(data.draw(st.integers(0, len(new["cells"]))), data.draw(cells()))
    after = decoded(json.dumps(new))[0]
    doc = opened(before)
    NOTEBOOK.edit(doc, before, after)
    assert json.loads(NOTEBOOK.text(doc)) == json.loads(after)


@MANY
@given(notebooks(minor=5), notebooks(minor=5), st.data())
def test_what_was_typed_meanwhile_stays(old: dict[str, Any], new: dict[str, Any], data: st.DataObject) -> None:
    before, after = decoded(json.dumps(old))[0], decoded(json.dumps(new))[0]
    doc = opened(before)
    here = cells_of(doc)
    if not here:
        return
    cell = data.draw(st.sampled_from(here))
    cell.source.insert(len(str(cell.source).encode()), "TYPED")
    NOTEBOOK.edit(doc, before, after)
    assert NOTEBOOK.text(doc).count("TYPED") == 1
    ids = [cell.id for cell in cells_of(doc)]
    assert len(ids) == len(set(ids))
    assert {cell["id"] for cell in json.loads(after)["cells"]} <= set(ids)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60))
def test_between_two_places_there_is_always_another(inserts: list[int]) -> None:
    places = [at(0), at(1)]
    for index in inserts:
        where = index % (len(places) + 1)
        place = between(places[where - 1] if where else "", places[where] if where < len(places) else "")
        assert is_position(place)
        places.insert(where, place)
    assert places == sorted(set(places))
    assert spread(places[0], places[1], 5) == sorted(set(spread(places[0], places[1], 5)))
    assert at(61) < at(62) < at(3_843) < at(3_844)
