"""A notebook's file as a plain value in one form, whatever program wrote it, and as a text in one form.

Normalised: version 4; the lines of a source, of a stream and of text data are one string; every code cell has
``outputs`` and ``execution_count``; cells of version 4.5 have ids, each another one; data above ``BLOB_BYTES`` is taken
out of the outputs and named by its hash (``blobs`` in ``schema.py``). The text of a value is JSON with sorted keys, so
that equal notebooks have equal texts.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any, Final

from studium.protocol.errors import ErrorCode, StudiumError
from studium.sync.notebook.schema import CELLS, MAJOR, JsonObject, from_shared, has_ids, to_shared

BLOB_BYTES: Final = 16 * 1024
"""Data of an output that is longer does not travel with the document."""
MAX_DEPTH: Final = 100
"""Of nested lists and objects; the CRDT library decodes by recursion, and a thousand of them are an attack."""

_LINES: Final = ("application/javascript", "image/svg+xml")
_BINARY: Final = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "audio/", "video/")
_CELL_TYPES: Final = frozenset({"code", "markdown", "raw"})


class NotANotebook(Exception):
    """The text says why a value is no notebook, for a person."""


def read(text: str, name: str) -> JsonObject:
    """The notebook that a file's text holds, as it stands there (version 4). Raises ``NotANotebook``."""
    try:
        value = json.loads(text)
    except RecursionError:
        raise NotANotebook("It is nested too deeply.") from None
    except ValueError as error:
        raise NotANotebook(f"It is no valid JSON: {error}.") from None
    if not isinstance(value, dict):
        raise NotANotebook("It holds no notebook.")
    if depth_of(value) > MAX_DEPTH:
        raise NotANotebook("It is nested too deeply.")
    major = value.get("nbformat")
    if not isinstance(major, int) or isinstance(major, bool):
        raise NotANotebook("It does not say which version of the notebook format it is.")
    if major > MAJOR:
        raise NotANotebook(f"It is of version {major} of the notebook format, which is newer than this program.")
    return value if major == MAJOR else _upgraded(text)


def _upgraded(text: str) -> JsonObject:
    """A notebook of before version 4, as Jupyter would save it."""
    import nbformat  # slow to import, and seldom needed; its functions have no types

    library: Any = nbformat

    try:
        upgraded: JsonObject = json.loads(library.writes(library.reads(text, as_version=MAJOR)))
    except Exception as error:
        raise NotANotebook(f"It is of an old version and could not be brought up to date: {error}.") from None
    return upgraded


def normalise(notebook: JsonObject) -> JsonObject:
    """A value as ``read`` gives it, in the one form; the argument may be used up. Raises ``NotANotebook``."""
    cells = notebook.get(CELLS)
    if not isinstance(cells, list):
        raise NotANotebook("It has no list of cells.")
    result = {key: from_shared(to_shared(value)) for key, value in notebook.items() if key != CELLS}
    if not isinstance(result.setdefault("metadata", {}), dict):
        raise NotANotebook("Its metadata is no object.")
    if not isinstance(result.setdefault("nbformat_minor", 0), int):
        raise NotANotebook("Its minor version is no number.")
    result[CELLS] = [normal_cell(cell, index) for index, cell in enumerate(cells)]
    if has_ids(result):
        give_ids(result[CELLS])
    else:
        for cell in result[CELLS]:
            cell.pop("id", None)
    return result


def normal_cell(cell: Any, index: int) -> JsonObject:
    """One cell in the one form. Raises ``NotANotebook``."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in _CELL_TYPES:
        raise NotANotebook(f"Cell {index + 1} is of no known type.")
    result: JsonObject = from_shared(to_shared({key: value for key, value in cell.items() if key != "outputs"}))
    result["source"] = _joined(result.get("source", ""))
    if not isinstance(result["source"], str):
        raise NotANotebook(f"The source of cell {index + 1} is no text.")
    if not isinstance(result.setdefault("metadata", {}), dict):
        raise NotANotebook(f"The metadata of cell {index + 1} is no object.")
    if result["cell_type"] == "code":
        outputs = cell.get("outputs", [])
        if not isinstance(outputs, list) or not all(isinstance(output, dict) for output in outputs):
            raise NotANotebook(f"The outputs of cell {index + 1} are no list of objects.")
        result["outputs"] = [normal_output(output) for output in outputs]
        result.setdefault("execution_count", None)
    elif not result.get("attachments", True):
        del result["attachments"]
    return result


def normal_output(output: JsonObject) -> JsonObject:
    """One output in the one form, but for its blobs."""
    result: JsonObject = from_shared(to_shared(output))
    if result.get("output_type") == "stream":
        text = _joined(result.get("text", ""))
        result["text"] = text if isinstance(text, str) else str(text)
    data = result.get("data")
    if isinstance(data, dict):
        result["data"] = {mime: value if is_json(mime) else _joined(value) for mime, value in data.items()}
    return result


def _joined(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return value


def is_json(mime: str) -> bool:
    """Whether data of this type is a JSON value and not a text."""
    return mime == "application/json" or (mime.startswith("application/") and mime.endswith("+json"))


def is_lines(mime: str) -> bool:
    """Whether Jupyter writes data of this type as a list of lines."""
    return mime.startswith("text/") or mime in _LINES


def made_id(index: int, cell: JsonObject) -> str:
    """An id for a cell whose file has none: always the same, so that two who read the file agree."""
    return sha256(f"{index} {cell['cell_type']} {cell['source']}".encode(errors="replace")).hexdigest()[:12]


def give_ids(cells: list[JsonObject]) -> None:
    """Give each cell that has none, or one that another has before it, the id that it always gets."""
    seen: set[str] = set()
    for index, cell in enumerate(cells):
        cell_id = cell.get("id")
        if not isinstance(cell_id, str) or not cell_id or cell_id in seen:
            cell_id = made_id(index, cell)
            while cell_id in seen:
                cell_id += "0"
            cell["id"] = cell_id
        seen.add(cell_id)


# Blobs -------------------------------------------------------------------------------------------------------------


def take_blobs(notebook: JsonObject) -> dict[str, bytes]:
    """Take large data out of the outputs of a normalised notebook; what was taken, by its hash."""
    taken: dict[str, bytes] = {}
    for output in outputs_of(notebook):
        taken |= take_output_blobs(output)
    return taken


def take_output_blobs(output: JsonObject) -> dict[str, bytes]:
    """The same for one normalised output, which is changed."""
    taken: dict[str, bytes] = {}
    blobs: JsonObject = {}
    data = output.get("data")
    for mime, value in list(data.items()) if isinstance(data, dict) else ():
        content = _content(mime, value)
        if content is not None:
            blobs[mime] = _named(content, taken)
            del output["data"][mime]
    if output.get("output_type") == "stream" and len(output["text"]) > 16 * BLOB_BYTES:
        blobs["text"] = _named(output["text"].encode(), taken)
        output["text"] = ""
    if blobs:
        output["blobs"] = blobs
    return taken


def _named(content: bytes, taken: dict[str, bytes]) -> JsonObject:
    name = sha256(content).hexdigest()
    taken[name] = content
    return {"hash": name, "bytes": len(content)}


def _content(mime: str, value: Any) -> bytes | None:
    """The bytes of large data, from which it can be made again; None for what stays."""
    if is_json(mime):
        text = json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else ""
        return text.encode() if len(text) > BLOB_BYTES else None
    if not isinstance(value, str) or len(value) <= BLOB_BYTES:
        return None
    if not mime.startswith(_BINARY):
        return value.encode()
    try:
        content = base64.b64decode(value)
    except (binascii.Error, ValueError):
        return None
    return content if base64.b64encode(content).decode() == "".join(value.split()) else None


def put_blobs_back(notebook: JsonObject, blob: Callable[[str], bytes | None]) -> JsonObject:
    """The notebook, changed, with the data of its blobs in place; what the store lacks is left out."""
    for output in outputs_of(notebook):
        for mime, named in output.pop("blobs", {}).items():
            content = blob(str(named.get("hash"))) if isinstance(named, dict) else None
            if content is None:
                continue
            if mime == "text":
                output["text"] = content.decode(errors="replace")
            else:
                output.setdefault("data", {})[mime] = _data(mime, content)
    return notebook


def _data(mime: str, content: bytes) -> Any:
    if is_json(mime):
        return json.loads(content)
    return base64.b64encode(content).decode() if mime.startswith(_BINARY) else content.decode(errors="replace")


def outputs_of(notebook: JsonObject) -> Iterator[JsonObject]:
    """All outputs of all cells."""
    for cell in notebook[CELLS]:
        yield from cell.get("outputs", ())


# Text --------------------------------------------------------------------------------------------------------------


def text_of(notebook: JsonObject | None) -> str:
    """The one text of a normalised notebook; empty where there is none."""
    return "" if notebook is None else json.dumps(notebook, ensure_ascii=False, sort_keys=True, indent=1)


def value_of(text: str) -> JsonObject | None:
    """The notebook of a text that ``text_of`` made."""
    value: JsonObject | None = json.loads(text) if text else None
    return value


def not_a_notebook(name: str, why: str) -> StudiumError:
    """The error of a file that is named as a notebook and is none."""
    return StudiumError(ErrorCode.NOT_NOTEBOOK, f"{name} is not a valid notebook. {why}", reason=why)


def depth_of(value: Any) -> int:
    """How deep lists and objects are nested, at most one more than is allowed."""
    depth = 0
    level = [value]
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [
            item
            for each in level
            for item in (each.values() if isinstance(each, dict) else each)
            if isinstance(item, (dict, list))
        ]
    return depth
