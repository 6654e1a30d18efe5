"""Writing a notebook into its file, changing no byte that need not change.

The file that is there is taken apart only as far as its cells and their fields. What is equal stays as its program
wrote it, whatever its indentation, the order of its keys or its spelling of characters; what changed is written as the
rest of the file is. A file that is not there is written as Jupyter writes it.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, Final

from studium.sync.notebook import values
from studium.sync.notebook.alignment import aligned, longest_rising
from studium.sync.notebook.schema import CELLS, JsonObject, from_shared, has_ids, to_shared

_BOM: Final = "\ufeff"
_INDENT: Final = re.compile(r"\{\r?\n([ \t]+)\"")
_COMPACT: Final = re.compile(r"\{\"[^\"\\]*\":\S")
_ESCAPED: Final = re.compile(r"\\u(?!00[01])[0-9a-fA-F]{4}")
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_decode = json.JSONDecoder().raw_decode

Blob = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class _Style:
    """How a file is written: ``indent`` of one level, or None for all in one line, ``compact`` without any space."""

    indent: str | None = " "
    ascii: bool = False
    crlf: bool = False
    lines: bool = True
    compact: bool = False

    @property
    def colon(self) -> str:
        """What stands between a key and its value."""
        return ":" if self.compact else ": "

    def dump(self, value: Any, level: int) -> str:
        comma = ", " if self.indent is None and not self.compact else ","
        text = json.dumps(value, ensure_ascii=self.ascii, indent=self.indent, separators=(comma, self.colon))
        if self.indent is not None and level:
            text = text.replace("\n", "\n" + self.indent * level)
        return text.replace("\n", "\r\n") if self.crlf else text

    def gap(self, level: int) -> str:
        """What stands between two members or elements."""
        if self.indent is None:
            return "" if self.compact else " "
        return self.edge(level)

    def edge(self, level: int) -> str:
        """What stands between a bracket and what is next to it."""
        if self.indent is None:
            return ""
        return ("\r\n" if self.crlf else "\n") + self.indent * level


@dataclass(slots=True)
class _Member:
    """A value in the file's text: ``[start, end)``; ``key_start`` is where its key begins."""

    value: Any
    start: int
    end: int
    key_start: int = 0


_Edit = tuple[int, int, str]


def write(notebook: JsonObject, held: str | None, blob: Blob) -> str:
    """The file's text for a normalised notebook with its blobs taken out. ``held`` is what the file holds now."""
    if held is not None:
        try:
            text = _spliced(notebook, held, blob)
            if _same(text, notebook):
                return text
        except (ValueError, KeyError, IndexError, TypeError, RecursionError, values.NotANotebook):
            pass  # no notebook of this version: it is written afresh
    return fresh(notebook, blob)


def fresh(notebook: JsonObject, blob: Blob) -> str:
    """The file's text as Jupyter writes it."""
    whole = values.put_blobs_back(json.loads(json.dumps(notebook)), blob)
    whole[CELLS] = [_file_cell(cell, lines=True) for cell in whole[CELLS]]
    return json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True, separators=(",", ": ")) + "\n"


def _same(text: str, notebook: JsonObject) -> bool:
    again = values.normalise(values.read(text.removeprefix(_BOM), ""))
    values.take_blobs(again)
    return values.text_of(again) == values.text_of(notebook)


# Taking apart ------------------------------------------------------------------------------------------------------


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _members(text: str, at: int, special: str = "") -> tuple[dict[str, _Member], int]:
    """The members of the object at ``at``, and where it ends. The value of the key ``special`` is not decoded."""
    if text[at] != "{":
        raise ValueError("no object")
    members: dict[str, _Member] = {}
    at = _after_space(text, at + 1)
    while text[at] != "}":
        key_start = at
        key, at = scanstring(text, at + 1)
        at = _after_space(text, at)
        if text[at] != ":":
            raise ValueError("no colon")
        start = _after_space(text, at + 1)
        if key in members:
            raise ValueError("a key twice")
        if special and key == special:
            elements, end = _elements(text, start)
            members[key] = _Member(elements, start, end, key_start)
        else:
            value, end = _decode(text, start)
            members[key] = _Member(value, start, end, key_start)
        at = _after_space(text, end)
        if text[at] == ",":
            at = _after_space(text, at + 1)
    return members, at + 1


def _elements(text: str, at: int) -> tuple[list[_Member], int]:
    """The objects in the list at ``at``, each with its members as value, and where it ends."""
    if text[at] != "[":
        raise ValueError("no list")
    elements: list[_Member] = []
    at = _after_space(text, at + 1)
    while text[at] != "]":
        members, end = _members(text, at)
        elements.append(_Member(members, at, end))
        at = _after_space(text, end)
        if text[at] == ",":
            at = _after_space(text, at + 1)
    return elements, at + 1


def _style_of(text: str, cells: list[_Member]) -> _Style:
    start = text.removeprefix(_BOM).lstrip()
    indent = _INDENT.match(start)
    sources = [cell.value["source"].value for cell in cells if "source" in cell.value]
    return _Style(
        indent=indent[1] if indent else None,
        ascii=text.isascii() and _ESCAPED.search(text) is not None,
        crlf="\r\n" in text,
        lines=not sources or any(isinstance(source, list) for source in sources),
        compact=_COMPACT.match(start) is not None,
    )


# Putting together --------------------------------------------------------------------------------------------------


def _spliced(notebook: JsonObject, held: str, blob: Blob) -> str:
    start = _after_space(held, 1 if held.startswith(_BOM) else 0)
    top, _ = _members(held, start, special=CELLS)
    cells: list[_Member] = top[CELLS].value
    style = _style_of(held, cells)
    edits: list[_Edit] = []
    for key, member in top.items():
        if key != CELLS and key in notebook:
            _edit_value(edits, member, notebook[key], style, 1)
    wanted = {key: value for key, value in notebook.items() if key != CELLS and (key in top or value != {})}
    _edit_keys(edits, top, wanted, (CELLS,), style, 1)
    old = [_normal(cell, index) for index, cell in enumerate(cells)]
    if not has_ids(notebook) or not has_ids({key: member.value for key, member in top.items()}):
        for cell in old:
            cell.pop("id", None)
    else:
        values.give_ids(old)
    _edit_cells(edits, held, top[CELLS], old, notebook[CELLS], style, blob)
    return _applied(held, edits)


def _normal(cell: _Member, index: int) -> JsonObject:
    value = values.normal_cell({key: member.value for key, member in cell.value.items()}, index)
    for output in value.get("outputs", ()):
        values.take_output_blobs(output)
    return value


def _edit_cells(
    edits: list[_Edit],
    held: str,
    array: _Member,
    old: list[JsonObject],
    new: list[JsonObject],
    style: _Style,
    blob: Blob,
) -> None:
    """Edits that make the list of cells hold ``new``."""
    cells: list[_Member] = array.value
    pairs = aligned(old, new)
    kept = {b: a for a, b in _rising(sorted(pairs.items(), key=lambda pair: pair[1]))}
    if not kept:
        if cells or new:
            inner = style.gap(2).join(
                ("," if index else "") + _dump_cell(cell, style, blob) for index, cell in enumerate(new)
            )
            edits.append((array.start, array.end, f"[{style.edge(2)}{inner}{style.edge(1)}]" if new else "[]"))
        return
    end: int | None = None  # of the cell before, in the file
    waiting: list[str] = []
    kept_old = {a: b for b, a in kept.items()}
    for a, cell in enumerate(cells):  # what is not kept goes, with the comma before it, or the one after it
        if a in kept_old:
            end = cell.end
        elif end is not None:
            edits.append((end, cell.end, ""))
            end = cell.end
        else:
            following = _after_space(held, cell.end)
            following = _after_space(held, following + 1) if held[following] == "," else following
            edits.append((cell.start, following, ""))
    last: int | None = None
    for b, value in enumerate(new):
        if b in kept:
            cell = cells[kept[b]]
            if last is None and waiting:
                edits.append((cell.start, cell.start, "".join(text + "," + style.gap(2) for text in waiting)))
                waiting = []
            _edit_cell(edits, cell, old[kept[b]], value, style, blob)
            last = cell.end
        elif last is None:
            waiting.append(_dump_cell(value, style, blob))
        else:
            edits.append((last, last, "," + style.gap(2) + _dump_cell(value, style, blob)))


def _rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The most pairs whose first halves rise, of pairs whose second halves do."""
    return [pairs[index] for index in longest_rising([a for a, _ in pairs])]


def _edit_cell(edits: list[_Edit], cell: _Member, old: JsonObject, new: JsonObject, style: _Style, blob: Blob) -> None:
    members: dict[str, _Member] = cell.value
    changed = {key for key in new if key not in old or old[key] != new[key]}
    if "id" in new and ("id" not in members or members["id"].value != new["id"]):
        changed.add("id")
    whole: JsonObject | None = None
    for key in sorted(changed & set(members)):
        if whole is None:
            whole = _whole_cell(new, style, blob)
        was = members[key].value
        value = "".join(whole[key]) if key == "source" and isinstance(was, str) else whole[key]
        _edit_value(edits, members[key], value, style, 3)
    # What has no meaning, an id in an old version or a list of no attachments, harms nobody.
    other = tuple(key for key in ("id", "attachments") if key not in new and key not in old)
    if (set(members) - set(new) - set(other)) or (changed - set(members)):
        whole = whole or _whole_cell(new, style, blob)
        wanted = {key: whole[key] for key in new if key in members or key in changed}
        _edit_keys(edits, members, wanted, other, style, 3)


def _edit_value(edits: list[_Edit], member: _Member, value: Any, style: _Style, level: int) -> None:
    if from_shared(to_shared(member.value)) != value:
        edits.append((member.start, member.end, style.dump(_ordered(member.value, value), level)))


def _edit_keys(
    edits: list[_Edit],
    members: dict[str, _Member],
    wanted: JsonObject,
    other: tuple[str, ...],
    style: _Style,
    level: int,
) -> None:
    """Take members out that are not wanted, and add at the end those that are missing."""
    order = list(members.values())
    staying = [key in wanted or key in other for key in members]
    if not any(staying):
        raise ValueError("nothing stays")  # written afresh
    for index, stays in enumerate(staying):
        if stays:
            continue
        if any(staying[:index]):
            edits.append((order[index - 1].end, order[index].end, ""))
        else:
            edits.append((order[index].key_start, order[index + 1].key_start, ""))
    last = max(member.end for member in order)
    edits += [
        (
            last,
            last,
            f",{style.gap(level)}{style.dump(key, 0)}{style.colon}{style.dump(_ordered(None, wanted[key]), level)}",
        )
        for key in sorted(set(wanted) - set(members))
    ]


def _whole_cell(cell: JsonObject, style: _Style, blob: Blob) -> JsonObject:
    copy: JsonObject = json.loads(json.dumps(cell))
    values.put_blobs_back({CELLS: [copy]}, blob)
    return _file_cell(copy, style.lines)


def _dump_cell(cell: JsonObject, style: _Style, blob: Blob) -> str:
    return style.dump(_ordered(None, _whole_cell(cell, style, blob)), 2)


def _file_cell(cell: JsonObject, lines: bool) -> JsonObject:
    """A normalised cell as files have it: texts as lists of lines."""
    if not lines:
        return cell
    cell["source"] = cell["source"].splitlines(True)
    for output in cell.get("outputs", ()):
        if output.get("output_type") == "stream":
            output["text"] = output["text"].splitlines(True)
        data = output.get("data")
        for mime, value in list(data.items()) if isinstance(data, dict) else ():
            if isinstance(value, str) and values.is_lines(mime):
                data[mime] = value.splitlines(True)
    return cell


def _ordered(old: Any, new: Any) -> Any:
    """``new`` with its keys in the order of ``old``; those that are new come after, sorted."""
    if isinstance(new, list):
        before = old if isinstance(old, list) else []
        return [_ordered(before[index] if index < len(before) else None, item) for index, item in enumerate(new)]
    if not isinstance(new, dict):
        return new
    olds = old if isinstance(old, dict) else {}
    keys = [key for key in olds if key in new] + sorted(key for key in new if key not in olds)
    return {key: _ordered(olds.get(key), new[key]) for key in keys}


def _applied(text: str, edits: list[_Edit]) -> str:
    parts: list[str] = []
    at = 0
    for start, end, insert in sorted(edits, key=lambda edit: (edit[0], edit[1])):
        if start < at:
            raise ValueError("edits overlap")
        parts += [text[at:start], insert]
        at = end
    return "".join([*parts, text[at:]])
