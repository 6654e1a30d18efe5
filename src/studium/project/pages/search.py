"""Finding a text in a file of any size, forwards and backwards, portion by portion."""

import re
from collections.abc import Callable
from typing import Final

from studium.project.pages.paged_file import PagedFile

PORTION_BYTES: Final = 1024 * 1024
_SLOW_PORTION_BYTES: Final = 128 * 1024
"""A regular expression holds the interpreter for as long as it runs: some 5 ms."""
MAX_NEEDLE_BYTES: Final = 1000


class Needle:
    """What is looked for. ``find`` and ``find_last`` answer start and end within bytes."""

    def __init__(self, text: str, *, case: bool) -> None:
        self.longest = 2 * len(text.encode())  # other cases of a letter may take more bytes
        self._plain = text.encode() if case else text.lower().encode()
        self._lower = not case
        self._pattern: re.Pattern[bytes] | None = None
        if not case and not text.isascii():
            self._pattern = re.compile(b"".join(map(_either_case, text)))
        self.portion_bytes = PORTION_BYTES if self._pattern is None else _SLOW_PORTION_BYTES

    def find(self, data: bytes) -> tuple[int, int] | None:
        """The first place."""
        if self._pattern is not None:
            match = self._pattern.search(data)
            return match.span() if match else None
        at = (data.lower() if self._lower else data).find(self._plain)
        return None if at < 0 else (at, at + len(self._plain))

    def find_last(self, data: bytes, before: int) -> tuple[int, int] | None:
        """The last place that begins before ``before``."""
        if self._pattern is not None:
            spans = [match.span() for match in self._pattern.finditer(data) if match.start() < before]
            return spans[-1] if spans else None
        end = before + len(self._plain) - 1
        at = (data.lower() if self._lower else data).rfind(self._plain, 0, max(0, end))
        return None if at < 0 else (at, at + len(self._plain))


def search(file: PagedFile, needle: Needle, at: int, is_over: Callable[[], bool]) -> tuple[int, int] | int | None:
    """The first place at or after byte ``at``: where it begins and ends; where to go on; or None at the end."""
    while at < file.size_bytes:
        data = file.read(at, needle.portion_bytes + needle.longest)
        if found := needle.find(data):
            return at + found[0], at + found[1]
        at += needle.portion_bytes
        if is_over() and at < file.size_bytes:
            return at
    return None


def search_backward(
    file: PagedFile, needle: Needle, at: int, is_over: Callable[[], bool]
) -> tuple[int, int] | int | None:
    """The last place that begins before byte ``at``, as ``search``."""
    at = min(at, file.size_bytes)
    while at > 0:
        start = max(0, at - needle.portion_bytes)
        data = file.read(start, at - start + needle.longest)
        if found := needle.find_last(data, at - start):
            return start + found[0], start + found[1]
        at = start
        if is_over() and at > 0:
            return at
    return None


def _either_case(letter: str) -> bytes:
    forms: set[str] = {letter, letter.lower(), letter.upper()}
    return b"(?:" + b"|".join(re.escape(form.encode()) for form in sorted(forms, key=len, reverse=True)) + b")"
