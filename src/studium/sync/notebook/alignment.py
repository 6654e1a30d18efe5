"""Which cells of two notebooks are the same cell: by their ids, or where a file has none, by what they hold."""

from bisect import bisect_left
from collections.abc import Sequence
from difflib import SequenceMatcher

from studium.sync.notebook.schema import JsonObject

_ALIKE = 0.5


def aligned(old: Sequence[JsonObject], new: Sequence[JsonObject]) -> dict[int, int]:
    """Indices of cells of ``old``, with those that they have in ``new``."""
    pairs: dict[int, int] = {}
    by_id = {cell["id"]: index for index, cell in enumerate(new) if cell.get("id")}
    for index, cell in enumerate(old):
        if cell.get("id") and (there := by_id.get(cell["id"])) is not None:
            pairs[index] = there
    left = [index for index, cell in enumerate(old) if index not in pairs and not (cell.get("id") and by_id)]
    taken = set(pairs.values())
    right = [
        index
        for index, cell in enumerate(new)
        if index not in taken and not (cell.get("id") and any(other.get("id") for other in old))
    ]
    if left and right:
        pairs |= _by_content([(index, old[index]) for index in left], [(index, new[index]) for index in right])
    return pairs


def _by_content(old: list[tuple[int, JsonObject]], new: list[tuple[int, JsonObject]]) -> dict[int, int]:
    pairs: dict[int, int] = {}
    matcher = SequenceMatcher(None, [_key(cell) for _, cell in old], [_key(cell) for _, cell in new], autojunk=False)
    for tag, a0, a1, b0, b1 in matcher.get_opcodes():
        if tag == "equal":
            pairs.update({old[a][0]: new[b][0] for a, b in zip(range(a0, a1), range(b0, b1), strict=True)})
        elif tag == "replace":
            b = b0
            for a in range(a0, a1):
                found = next((c for c in range(b, b1) if _is_alike(old[a][1], new[c][1])), None)
                if found is None and a1 - a0 == b1 - b0 and old[a][1]["cell_type"] == new[b0 + a - a0][1]["cell_type"]:
                    found = max(b, b0 + a - a0)
                if found is not None and found < b1:
                    pairs[old[a][0]] = new[found][0]
                    b = found + 1
    # What was moved is elsewhere, as it was.
    left = {_key(cell): index for index, cell in reversed(old) if index not in pairs}
    taken = set(pairs.values())
    for index, cell in new:
        if index not in taken and (there := left.pop(_key(cell), None)) is not None:
            pairs[there] = index
    return pairs


def _key(cell: JsonObject) -> tuple[str, str]:
    return cell["cell_type"], cell["source"]


def _is_alike(old: JsonObject, new: JsonObject) -> bool:
    if old["cell_type"] != new["cell_type"]:
        return False
    a, b = old["source"][:2_000], new["source"][:2_000]
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return matcher.real_quick_ratio() > _ALIKE and matcher.quick_ratio() > _ALIKE and matcher.ratio() > _ALIKE


def longest_rising(numbers: Sequence[int]) -> list[int]:
    """Indices of a longest part of ``numbers`` that rises."""
    ends: list[int] = []  # the smallest last number of a rising part of each length
    indices: list[int] = []
    before: list[int] = []
    for index, number in enumerate(numbers):
        length = bisect_left(ends, number)
        ends[length : length + 1] = [number]
        indices[length : length + 1] = [index]
        before.append(indices[length - 1] if length else -1)
    result: list[int] = []
    at = indices[-1] if indices else -1
    while at >= 0:
        result.append(at)
        at = before[at]
    return result[::-1]
