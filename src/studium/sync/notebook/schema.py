"""A notebook in a shared document: the roots and keys of ``jupyter_ydoc``, and what we add to them.

- ``meta``, a map: ``nbformat``, ``nbformat_minor``, ``metadata`` (a map of plain values), and any other top-level key.
- ``cells``, an array of maps: ``id``, ``cell_type``, ``source`` (a text), ``metadata`` (a map of plain values); code
  cells also ``outputs`` (an array of maps; the ``text`` of a stream is a text), ``execution_count`` and
  ``execution_state``; others ``attachments``. Any other key is kept as it came.
- ``position`` is ours: the place of a cell in the order (``positions.py``). A cell without one, which another program
  has put there, follows the one before it in the array.
- ``execution_state`` is ``idle``, ``queued`` or ``running``; it is never written to the file.
- ``blobs`` of an output is ours: data that is not in the document but in the project's blob store, as
  ``{MIME type: {"hash": SHA-256 in hexadecimal digits, "bytes": size}}``; it is put back into ``data`` in the file.

Of several cells with one id the first in the array counts; the others are as if they were not there.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pycrdt import Array, Doc, Map, Text

from studium.sync.notebook.positions import at, is_position

META: Final = "meta"
CELLS: Final = "cells"
OWN_KEYS: Final = frozenset({"position", "execution_state"})
"""Keys of a cell that are never part of the file."""

MAJOR: Final = 4
MINOR: Final = 5
FIRST_MINOR_WITH_IDS: Final = 5

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as it stands in the document; ``index`` is its index in the array, ``place`` what it is sorted by."""

    id: str
    map: Map[Any]
    index: int
    place: tuple[str, int]

    @property
    def type(self) -> str:
        """``code``, ``markdown`` or ``raw``."""
        return str(self.map.get("cell_type", "raw"))

    @property
    def source(self) -> Text:
        """The shared text of the source."""
        source: Text = self.map["source"]
        return source


def meta_of(doc: Doc[Any]) -> Map[Any]:
    """The map of what is not a cell."""
    meta: Map[Any] = doc.get(META, type=Map)
    return meta


def array_of(doc: Doc[Any]) -> Array[Any]:
    """The array that holds the cells, which is not their order."""
    array: Array[Any] = doc.get(CELLS, type=Array)
    return array


def cells_of(doc: Doc[Any]) -> list[Cell]:
    """The cells in their order."""
    return sorted(_known_cells(doc), key=lambda cell: (*cell.place, cell.id))


def find_cell(doc: Doc[Any], cell_id: str) -> Cell | None:
    """The cell with this id, if it is there."""
    return next((cell for cell in _known_cells(doc) if cell.id == cell_id), None)


def _known_cells(doc: Doc[Any]) -> Iterator[Cell]:
    seen: set[str] = set()
    place = ("", 0)
    for index, cell in enumerate(array_of(doc)):
        if not isinstance(cell, Map):
            continue
        place = place_after(place, cell.get("position"))
        cell_id = cell.get("id")
        if not isinstance(cell_id, str) or cell_id in seen or not isinstance(cell.get("source"), Text):
            continue
        seen.add(cell_id)
        yield Cell(cell_id, cell, index, place)


def new_cell(cell: Mapping[str, Any], cell_id: str, position: str) -> Map[Any]:
    """A map to be put into the array, from a cell as the file has it (normalised, ``file.py``)."""
    fields = {key: to_shared(value) for key, value in cell.items() if key not in OWN_KEYS}
    fields |= {"id": cell_id, "position": position, "source": Text(cell.get("source", ""))}
    fields["metadata"] = Map(to_shared(cell.get("metadata", {})))
    if cell["cell_type"] == "code":
        fields["outputs"] = Array([new_output(output) for output in cell.get("outputs", [])])
        fields["execution_state"] = "idle"
    return Map(fields)


def new_output(output: Mapping[str, Any]) -> Map[Any]:
    """A map to be put into ``outputs``, from an output as the file has it (normalised)."""
    fields = {key: to_shared(value) for key, value in output.items()}
    if output.get("output_type") == "stream":
        fields["text"] = Text(output.get("text", ""))
    return Map(fields)


def fill(doc: Doc[Any], notebook: Mapping[str, Any], ids: Iterator[str]) -> None:
    """Put a normalised notebook into an empty document; cells without an id get one of ``ids``."""
    set_meta(doc, notebook)
    array = array_of(doc)
    array.extend(
        [new_cell(cell, cell.get("id") or next(ids), at(index)) for index, cell in enumerate(notebook["cells"])]
    )


def set_meta(doc: Doc[Any], notebook: Mapping[str, Any]) -> None:
    """Put all but the cells into an empty document."""
    meta = meta_of(doc)
    for key, value in notebook.items():
        if key != CELLS:
            meta[key] = Map(to_shared(value)) if key == "metadata" else to_shared(value)


def notebook_of(doc: Doc[Any]) -> JsonObject | None:
    """The notebook that a document holds, normalised; None for a document that nobody has written into."""
    meta: JsonObject = plain(meta_of(doc))
    cells = _in_order(plain(array_of(doc)))
    if not meta and not cells:
        return None
    meta.setdefault("nbformat", MAJOR)
    meta.setdefault("nbformat_minor", MINOR)
    meta.setdefault("metadata", {})
    with_ids = has_ids(meta)
    return {**meta, CELLS: [_as_in_file(cell, with_ids) for cell in cells]}


def _in_order(cells: list[Any]) -> list[JsonObject]:
    """The same as ``cells_of``, of plain values: reading cells one by one takes ten times as long."""
    seen: set[str] = set()
    place = ("", 0)
    placed: list[tuple[tuple[str, int], str, JsonObject]] = []
    for cell in cells:
        if not isinstance(cell, dict):
            continue
        place = place_after(place, cell.get("position"))
        cell_id = cell.get("id")
        if isinstance(cell_id, str) and cell_id not in seen and isinstance(cell.get("source"), str):
            seen.add(cell_id)
            placed.append((place, cell_id, cell))
    return [cell for _, _, cell in sorted(placed, key=lambda each: each[:2])]


def place_after(before: tuple[str, int], position: object) -> tuple[str, int]:
    """What a cell with this position, if it is one, is sorted by; ``before``: the same of the one before it."""
    return (str(position), 0) if is_position(position) else (before[0], before[1] + 1)


def plain(shared: Map[Any] | Array[Any]) -> Any:
    """The plain value of a map or an array, by way of JSON, which the CRDT library writes quickly."""
    return json.loads(str(shared), parse_int=_integer)


def _integer(digits: str) -> Any:
    return int(digits) if len(digits) < 16 else from_shared(float(digits))


def cell_value(cell: Cell, with_id: bool) -> JsonObject:
    """A cell as the file has it, normalised."""
    return _as_in_file(plain(cell.map), with_id)


def _as_in_file(value: JsonObject, with_id: bool) -> JsonObject:
    for key in OWN_KEYS:
        value.pop(key, None)
    if not with_id:
        value.pop("id", None)
    value.setdefault("cell_type", "raw")
    if value["cell_type"] == "code":
        value.setdefault("outputs", [])
        value.setdefault("execution_count", None)
    elif not value.get("attachments", True):
        del value["attachments"]
    value.setdefault("metadata", {})
    return value


def has_ids(notebook: Mapping[str, Any]) -> bool:
    """Whether the file's version has ids of cells."""
    return (notebook.get("nbformat", MAJOR), notebook.get("nbformat_minor", MINOR)) >= (MAJOR, FIRST_MINOR_WITH_IDS)


def to_shared(value: Any) -> Any:
    """A plain value as Yjs knows it: its numbers are floating point, text is Unicode, and what is no number is null."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode(errors="replace").decode()
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return float(value) if abs(value) < 2**1023 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {to_shared(key): to_shared(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_shared(item) for item in value]
    return value


def from_shared(value: Any) -> Any:
    """A value of Yjs as JSON writes it: whole numbers without a point."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return int(value)
    if isinstance(value, dict):
        return {key: from_shared(item) for key, item in value.items()}
    if isinstance(value, list):
        return [from_shared(item) for item in value]
    return value
