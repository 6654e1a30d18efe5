"""Bringing what happened to a notebook's file into the document, however that has moved on: cell by cell, field by
field.

``base`` is what file and document last had in common, ``theirs`` what the file holds now. A source is merged as any
text is (``sync/merge.py``). A cell that the file lacks goes, unless somebody has typed in it since; a cell that was
deleted here stays deleted, unless its source was changed in the file. Order follows the file where the file changed
it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pycrdt import Array, Doc, Map

from studium.sync.merge import edit_text, three_way
from studium.sync.notebook import values
from studium.sync.notebook.alignment import aligned, longest_rising
from studium.sync.notebook.positions import between
from studium.sync.notebook.schema import (
    CELLS,
    OWN_KEYS,
    Cell,
    JsonObject,
    array_of,
    cell_value,
    cells_of,
    fill,
    find_cell,
    meta_of,
    new_cell,
    new_output,
    notebook_of,
    to_shared,
)

_EMPTY: JsonObject = {CELLS: []}


def edit(doc: Doc[Any], base: str, theirs: str) -> None:
    """Change the document within a transaction. Both texts are those of normalised notebooks, or empty."""
    if base == theirs:
        return
    old = values.value_of(base) or _EMPTY
    new = values.value_of(theirs) or _EMPTY
    if notebook_of(doc) is None:
        fill(doc, new, iter([values.made_id(index, cell) for index, cell in enumerate(new[CELLS]) if "id" not in cell]))
        return
    _merge_meta(doc, old, new)
    _Cells(doc, old[CELLS], new[CELLS]).merge()


def _merge_meta(doc: Doc[Any], old: JsonObject, new: JsonObject) -> None:
    meta = meta_of(doc)
    for key in sorted({*old, *new} - {CELLS}):
        if old.get(key) == new.get(key):
            continue
        if key == "metadata" and isinstance(meta.get(key), Map):
            _merge_map(meta[key], old.get(key, {}), new.get(key, {}))
        elif key not in new:
            if new is not _EMPTY and key in meta:
                del meta[key]
        else:
            meta[key] = Map(to_shared(new[key])) if key == "metadata" else to_shared(new[key])


def _merge_map(mine: Map[Any], old: JsonObject, new: JsonObject) -> None:
    for key in sorted({*old, *new}):
        if key in old and key in new and old[key] == new[key]:
            continue
        if key in new:
            mine[key] = to_shared(new[key])
        elif key in mine:
            del mine[key]


@dataclass(slots=True)
class _Cells:
    """The cells of a document, and what became of them in the file: from ``old`` to ``new``."""

    doc: Doc[Any]
    old: Sequence[JsonObject]
    new: Sequence[JsonObject]

    def merge(self) -> None:
        cells = cells_of(self.doc)
        with_ids = any("id" in cell for cell in (*self.old, *self.new))
        mine_of = aligned(self.old, [cell_value(cell, with_ids) for cell in cells])
        theirs_of = aligned(self.old, self.new)
        old_of = {new: old for old, new in theirs_of.items()}
        here: dict[int, Cell] = {}  # by index in the file
        for index, value in enumerate(self.new):
            old = old_of.get(index)
            cell = cells[mine_of[old]] if old is not None and old in mine_of else None
            if cell is not None:
                assert old is not None
                _merge_cell(cell, self.old[old], value)
                here[index] = cell
            elif old is None or self.old[old]["source"] != value["source"]:
                known = find_cell(self.doc, value["id"]) if value.get("id") else None
                if known is not None:  # made alike on both sides
                    _merge_cell(known, {**cell_value(known, True), "source": ""}, value)
                    here[index] = known
        self._reorder(here, old_of)
        self._insert(here, old_of)
        for old, value in enumerate(self.old):
            if old not in theirs_of and old in mine_of:
                self._delete(cells[mine_of[old]].id, value)

    def _reorder(self, here: dict[int, Cell], old_of: dict[int, int]) -> None:
        """Give cells that the file moved a new place, after the one that is before them there."""
        indices = [index for index in sorted(here) if index in old_of]
        staying = {indices[at] for at in longest_rising([old_of[index] for index in indices])}
        for index in indices:
            if index not in staying:
                self._put_after(here, index, here[index].map)

    def _insert(self, here: dict[int, Cell], old_of: dict[int, int]) -> None:
        for index, value in enumerate(self.new):
            if index in here or ((old := old_of.get(index)) is not None and self.old[old]["source"] == value["source"]):
                continue
            cell_id = value.get("id") or self._free_id(values.made_id(index, value))
            low, high = self._room_after(here, index, None)
            array_of(self.doc).append(new_cell(value, cell_id, between(low, high)))
            made = find_cell(self.doc, cell_id)
            assert made is not None
            here[index] = made

    def _free_id(self, cell_id: str) -> str:
        while find_cell(self.doc, cell_id) is not None:
            cell_id += "0"
        return cell_id

    def _put_after(self, here: dict[int, Cell], index: int, cell: Map[Any]) -> None:
        low, high = self._room_after(here, index, here[index].id)
        cell["position"] = between(low, high)

    def _room_after(self, here: dict[int, Cell], index: int, moving: str | None) -> tuple[str, str]:
        """Between which places a cell belongs that has this index in the file."""
        before = next((here[at].id for at in range(index - 1, -1, -1) if at in here), None)
        settle(self.doc)
        order = [cell for cell in cells_of(self.doc) if cell.id != moving]
        at = next((number + 1 for number, cell in enumerate(order) if cell.id == before), 0)
        low = order[at - 1].place[0] if at else ""
        return low, order[at].place[0] if at < len(order) else ""

    def _delete(self, cell_id: str, old: JsonObject) -> None:
        cell = find_cell(self.doc, cell_id)
        if cell is not None and str(cell.source) == old["source"]:
            del array_of(self.doc)[cell.index]


def settle(doc: Doc[Any]) -> None:
    """Give every cell a place of its own where it stands now, where some have none or share one."""
    cells = cells_of(doc)
    for index, cell in enumerate(cells):
        low = str(cells[index - 1].map["position"]) if index else ""
        if cell.place[1] == 0 and cell.place[0] > low:
            continue
        high = next((other.place[0] for other in cells[index + 1 :] if other.place[0] > low), "")
        cell.map["position"] = between(low, high)


def _merge_cell(cell: Cell, old: JsonObject, new: JsonObject) -> None:
    """Carry what changed from ``old`` to ``new`` over to a cell of the document."""
    mine = str(cell.source)
    if edits := three_way(old["source"], mine, new["source"]):
        edit_text(cell.source, mine, edits)
    for key in sorted({*old, *new} - {"id", "source", *OWN_KEYS}):
        if key in old and key in new and old[key] == new[key]:
            continue
        held = cell.map.get(key)
        if key == "metadata" and isinstance(held, Map):
            _merge_map(held, old.get(key, {}), new.get(key, {}))
        elif key == "outputs":
            _merge_outputs(cell, new.get(key))
        elif key in new:
            cell.map[key] = to_shared(new[key])
        elif key in cell.map:
            del cell.map[key]


def _merge_outputs(cell: Cell, new: list[JsonObject] | None) -> None:
    """Outputs are those of the file: what is equal at their beginning and end stays."""
    outputs = cell.map.get("outputs")
    if new is None:
        if outputs is not None:
            del cell.map["outputs"]
        return
    if not isinstance(outputs, Array):
        cell.map["outputs"] = Array([new_output(output) for output in new])
        return
    mine = cell_value(cell, True)["outputs"]
    start = 0
    while start < min(len(mine), len(new)) and mine[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(mine), len(new)) - start and mine[-1 - end] == new[-1 - end]:
        end += 1
    if len(mine) - end > start:
        del outputs[start : len(mine) - end]
    for index, output in enumerate(new[start : len(new) - end]):
        outputs.insert(start + index, new_output(output))
