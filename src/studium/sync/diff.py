"""Differences between two texts as a short list of edits: by lines, then by words and characters in changed lines.

Lines are matched by those that occur once on both sides (patience diff), which is fast on any size and keeps moved and
repeated blocks apart as a person would; small rests are matched exactly. Space alone is never what a match is made on:
words around a line break that has moved stay where they are, and so does what others write into them meanwhile. Nothing
here is quadratic in the text: a part that stays too large to compare is replaced as a whole.
"""

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

# Rests up to this product of lengths are compared element by element (some 10 ms); larger ones are replaced whole.
_EXACT_LIMIT = 40_000
# Changed lines up to this many characters on both sides together are compared in two ways.
_WEIGHED_LIMIT = 20_000
_TOKEN = re.compile(r"\w+|\s+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace ``[start, end)`` (in code points) by ``text``."""

    start: int
    end: int
    text: str


_Hunk = tuple[int, int, int, int]  # [a0, a1) of the old becomes [b0, b1) of the new


def diff(old: str, new: str) -> list[Edit]:
    """Edits that turn ``old`` into ``new``, in ascending order, not touching each other."""
    if old == new:
        return []
    old_lines, new_lines = old.split("\n"), new.split("\n")
    # Each line but the last carries its newline, so that joining them gives the text back.
    old_lines[:-1] = [line + "\n" for line in old_lines[:-1]]
    new_lines[:-1] = [line + "\n" for line in new_lines[:-1]]
    edits: list[Edit] = []
    position = line = 0
    for a0, a1, b0, b1 in line_hunks(old_lines, new_lines):
        position += sum(map(len, old_lines[line:a0]))
        _edits_of_block(old_lines[a0:a1], new_lines[b0:b1], position, edits)
        position += sum(map(len, old_lines[a0:a1]))
        line = a1
    return _joined(edits)


def line_hunks(old: list[str], new: list[str]) -> list[_Hunk]:
    """Where two lists of lines differ, in ascending order."""
    hunks: list[_Hunk] = []
    todo = [(0, len(old), 0, len(new))]
    while todo:
        a0, a1, b0, b1 = todo.pop()
        while a0 < a1 and b0 < b1 and old[a0] == new[b0]:
            a0, b0 = a0 + 1, b0 + 1
        while a0 < a1 and b0 < b1 and old[a1 - 1] == new[b1 - 1]:
            a1, b1 = a1 - 1, b1 - 1
        if a0 == a1 and b0 == b1:
            continue
        if a0 == a1 or b0 == b1:
            hunks.append((a0, a1, b0, b1))
            continue
        anchors = _unique_anchors(old, a0, a1, new, b0, b1)
        if anchors:
            stops = [(a0 - 1, b0 - 1), *anchors, (a1, b1)]
            todo.extend((a + 1, next_a, b + 1, next_b) for (a, b), (next_a, next_b) in pairwise(stops))
        elif (a1 - a0) * (b1 - b0) <= _EXACT_LIMIT:
            matcher = SequenceMatcher(str.isspace, old[a0:a1], new[b0:b1], autojunk=False)
            hunks.extend(
                (a0 + i0, a0 + i1, b0 + j0, b0 + j1) for tag, i0, i1, j0, j1 in matcher.get_opcodes() if tag != "equal"
            )
        else:
            hunks.append((a0, a1, b0, b1))
    hunks.sort()
    return hunks


def _unique_anchors(old: list[str], a0: int, a1: int, new: list[str], b0: int, b1: int) -> list[tuple[int, int]]:
    """Lines, not of space alone, that occur once on both sides, the longest run of them in the same order on both."""
    old_counts, new_counts = Counter(old[a0:a1]), Counter(new[b0:b1])
    new_at = {new[j]: j for j in range(b0, b1) if new_counts[new[j]] == 1}
    pairs = [
        (i, new_at[line])
        for i in range(a0, a1)
        if old_counts[line := old[i]] == 1 and line in new_at and not line.isspace()
    ]
    # Longest increasing subsequence of the second members: tails[k] is the smallest end of a run of length k + 1.
    tails: list[int] = []
    tail_pairs: list[int] = []
    before: list[int] = []
    for index, (_, j) in enumerate(pairs):
        length = bisect_left(tails, j)
        before.append(tail_pairs[length - 1] if length else -1)
        if length == len(tails):
            tails.append(j)
            tail_pairs.append(index)
        else:
            tails[length] = j
            tail_pairs[length] = index
    anchors = []
    index = tail_pairs[-1] if tail_pairs else -1
    while index >= 0:
        anchors.append(pairs[index])
        index = before[index]
    return anchors[::-1]


def _edits_of_block(old: list[str], new: list[str], position: int, edits: list[Edit]) -> None:
    """Edits for changed lines: each from the one in its place when there are as many on both sides, or as one piece of
    text, in which words may have gone to another line; whichever changes less, space counting least."""
    ways: list[list[Edit]] = []
    text = "".join(old)
    if len(old) != len(new) or len(text) + sum(map(len, new)) <= _WEIGHED_LIMIT:
        as_one: list[Edit] = []
        _edits_of_text(text, "".join(new), 0, as_one)
        ways.append(as_one)
    if len(old) == len(new):
        by_line: list[Edit] = []
        start = 0
        for old_line, new_line in zip(old, new, strict=True):
            _edits_of_text(old_line, new_line, start, by_line)
            start += len(old_line)
        ways.append(by_line)

    def cost(way: list[Edit]) -> tuple[int, int]:
        changed = "".join([part for edit in way for part in (edit.text, text[edit.start : edit.end])])
        return len("".join(changed.split())), len(changed)

    best = ways[0] if len(ways) == 1 else min(ways, key=cost)
    edits += [Edit(position + edit.start, position + edit.end, edit.text) for edit in best]


def _edits_of_text(old: str, new: str, position: int, edits: list[Edit], *, words: bool = True) -> None:
    start = _common_prefix(old, new)
    end = _common_suffix(old, new, min(len(old), len(new)) - start)
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    position += start
    if not old and not new:
        return
    if not old or not new:
        edits.append(Edit(position, position + len(old), new))
    elif len(old) * len(new) <= _EXACT_LIMIT:
        for tag, a0, a1, b0, b1 in SequenceMatcher(str.isspace, old, new, autojunk=False).get_opcodes():
            if tag != "equal":
                edits.append(Edit(position + a0, position + a1, new[b0:b1]))
    elif words:
        _edits_of_words(_TOKEN.findall(old), _TOKEN.findall(new), position, edits)
    else:
        edits.append(Edit(position, position + len(old), new))


def _edits_of_words(old: list[str], new: list[str], position: int, edits: list[Edit]) -> None:
    word = 0
    for a0, a1, b0, b1 in line_hunks(old, new):
        position += sum(map(len, old[word:a0]))
        piece = "".join(old[a0:a1])
        _edits_of_text(piece, "".join(new[b0:b1]), position, edits, words=False)
        position += len(piece)
        word = a1


def _common_prefix(old: str, new: str) -> int:
    low, high = 0, min(len(old), len(new))
    while low < high:  # bisecting on slices compares in C
        middle = (low + high + 1) // 2
        if old[low:middle] == new[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_suffix(old: str, new: str, limit: int) -> int:
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if old[len(old) - middle : len(old) - low] == new[len(new) - middle : len(new) - low]:
            low = middle
        else:
            high = middle - 1
    return low


def _joined(edits: list[Edit]) -> list[Edit]:
    """Touching edits as one."""
    joined: list[Edit] = []
    for edit in edits:
        if joined and joined[-1].end == edit.start:
            last = joined.pop()
            edit = Edit(last.start, edit.end, last.text + edit.text)
        joined.append(edit)
    return joined


def apply_edits(text: str, edits: list[Edit]) -> str:
    """``text`` with ascending ``edits`` made."""
    parts: list[str] = []
    position = 0
    for edit in edits:
        parts += (text[position : edit.start], edit.text)
        position = edit.end
    parts.append(text[position:])
    return "".join(parts)
