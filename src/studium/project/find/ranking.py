"""Which paths fit some letters, and which fit best: as people know it from editors. Pure.

Every letter must occur, in order. A name counts more than its folders; beginnings of words (after ``/``, ``_``, ``-``,
``.``, a space, or at a capital) and runs of letters count more than letters here and there; the whole name in one piece
counts most. Of equals the shorter comes first, then the alphabet decides, so that the order is always the same.
"""

import heapq
from collections.abc import Sequence
from typing import Final

MAX_SCORED: Final = 1_000
"""Paths that are compared letter by letter; which those are is told from a quick look."""
COMMON: Final = "/.eatoinsrlcdumphgfb_-vwykxjqz0123456789"
"""Letters of paths, the most common first."""
NAME = 40
WHOLE = 60
PREFIX = 30
SUBSTRING = 25
WORD = 12
RUN = 6
HIDDEN = -30


def candidates(letters: str, lower: Sequence[str], among: Sequence[int] | None) -> list[int]:
    """The numbers of the paths that hold ``letters`` (of lower case, without spaces) in order; of those ``among``."""
    numbers: Sequence[int] = range(len(lower)) if among is None else among
    for letter in sorted(set(letters), key=COMMON.find, reverse=True):
        # One letter at a time, the rare ones first: by far the quickest way through a long list here.
        numbers = [number for number in numbers if letter in lower[number]]
    if len(letters) < 2:
        return list(numbers)
    first, rest = letters[0], letters[1:]
    found = []
    for number in numbers:
        path = lower[number]
        at = path.find(first)
        for letter in rest:
            at = path.find(letter, at + 1)
            if at < 0:
                break
        else:
            found.append(number)
    return found


def best(
    text: str, paths: Sequence[str], lower: Sequence[str], numbers: Sequence[int], limit: int
) -> list[tuple[int, list[int]]]:
    """The ``limit`` best of ``numbers``, which hold the letters of ``text``, with the positions of these letters."""
    words = text.lower().split()
    letters = "".join(words)
    if len(numbers) > MAX_SCORED:
        numbers = _promising(letters, lower, numbers)
    scored = []
    for number in numbers:
        fit, positions = score(letters, paths[number], lower[number])
        scored.append((-fit, len(paths[number]), paths[number], number, positions))
    return [(number, positions) for _, _, _, number, positions in heapq.nsmallest(limit, scored)]


def _promising(letters: str, lower: Sequence[str], numbers: Sequence[int]) -> Sequence[int]:
    """Some of the numbers, the likely best: names that begin with the letters, else paths that have them in one piece,
    else those that ``_glance`` prefers. Where there are many of a kind, the nearest to the home come first."""
    begins = f"/{letters}"
    found = [number for number in numbers if begins in lower[number] or lower[number].startswith(letters)]
    if len(found) < MAX_SCORED:
        found += [number for number in numbers if letters in lower[number]][:MAX_SCORED]
    if len(found) < MAX_SCORED:
        found += heapq.nsmallest(MAX_SCORED, numbers, key=lambda number: _glance(letters, lower[number]))
    return list(dict.fromkeys(found))[:MAX_SCORED]


def _glance(letters: str, path: str) -> tuple[int, int]:
    """A rough order, quick to tell: the name begins with it, has it, the path has it, neither."""
    at = path.rfind(letters)
    name = path.rfind("/") + 1
    if at >= 0:
        return (0 if at == name else 1 if at > name else 2), len(path)
    # Does the name have all the letters?
    place = name - 1
    for letter in letters:
        place = path.find(letter, place + 1)
        if place < 0:
            return 4, len(path)
    return 3, len(path)


def score(letters: str, path: str, lower: str) -> tuple[int, list[int]]:
    """How well ``path`` fits, and where its letters are: in the name, if it has them all, else in the whole path."""
    name = path.rfind("/") + 1
    hidden = HIDDEN if path.startswith(".") or "/." in path else 0
    in_name = _place(letters, path, lower, name)
    if in_name is not None:
        fit, positions = in_name
        if len(lower) - name == len(letters):
            fit += WHOLE
        elif lower.startswith(letters + ".", name):
            fit += WHOLE // 2
        return fit + NAME + hidden, positions
    whole = _place(letters, path, lower, 0)
    if whole is None:
        return -1_000_000, []
    return whole[0] + hidden, whole[1]


def _place(letters: str, path: str, lower: str, start: int) -> tuple[int, list[int]] | None:
    """A good way to lay the letters over the path from ``start`` on: in one piece if that is there, best at the
    beginning of a word, else each at the beginning of a word where the rest still fits."""
    at = lower.find(letters, start)
    if at >= 0:
        best_at = at
        while at >= 0 and not _begins_word(path, lower, at):
            at = lower.find(letters, at + 1)
        if at >= 0:
            best_at = at
        size = len(letters)
        fit = SUBSTRING + RUN * (size - 1) + (WORD if _begins_word(path, lower, best_at) else 0)
        return fit + (PREFIX if best_at == start else 0), list(range(best_at, best_at + size))
    latest = _latest(letters, lower, start)
    if latest is None:
        return None
    positions: list[int] = []
    fit = 0
    at = start
    for letter, last in zip(letters, latest, strict=True):
        follows = bool(positions) and positions[-1] + 1 == at and lower[at : at + 1] == letter
        place = at if follows else lower.find(letter, at)
        if not follows:
            word = place
            while 0 <= word <= last and not _begins_word(path, lower, word):
                word = lower.find(letter, word + 1)
            if 0 <= word <= last:
                place = word
        fit += RUN if follows else 0
        fit += WORD if _begins_word(path, lower, place) else 0
        positions.append(place)
        at = place + 1
    spread = positions[-1] - positions[0] + 1 - len(positions)
    return fit - min(spread, 20), positions


def _latest(letters: str, lower: str, start: int) -> list[int] | None:
    """For each letter the last place where it may be, so that those after it still fit."""
    latest: list[int] = []
    end = len(lower)
    for letter in reversed(letters):
        end = lower.rfind(letter, start, end)
        if end < 0:
            return None
        latest.append(end)
    return latest[::-1]


def _begins_word(path: str, lower: str, at: int) -> bool:
    if at == 0:
        return True
    before = path[at - 1]
    if before in "/_-. ":
        return True
    # Lower case may be longer than what it was made of; then positions tell nothing of capitals.
    return len(path) == len(lower) and path[at].isupper() and not before.isupper()
