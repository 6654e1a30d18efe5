"""A text file in pages: where they begin, and which line each begins with. Blocking; bounded memory for any size.

Where a page begins follows from the bytes around a multiple of ``PAGE_BYTES`` alone, so that any page of a file of any
size is read without the others. Line numbers need all that is before: lines are counted page by page, as far as
somebody asks and for a bounded time, and what was counted is kept for as long as the file only grows.
"""

import os
from array import array
from collections.abc import Callable
from hashlib import blake2b
from typing import Final

PAGE_BYTES: Final = 512 * 1024
LINE_END_BYTES: Final = 64 * 1024
"""So far beyond its place a page looks for the start of a line; lines that are longer are cut."""
_SAMPLE_BYTES: Final = 4096
_BOM: Final = b"\xef\xbb\xbf"
_LINE_FEED: Final = 10


class PagedFile:
    """A file that is open for one request."""

    def __init__(self, fd: int, size_bytes: int) -> None:
        self._fd = fd
        self.size_bytes = size_bytes
        # The last page has half a size at least: somebody who follows a growing file never sees it almost empty.
        self.pages = max(1, (size_bytes + PAGE_BYTES // 2) // PAGE_BYTES)

    def read(self, at: int, length: int) -> bytes:
        """``length`` bytes, fewer at the end."""
        parts = []
        while length > 0 and (part := os.pread(self._fd, length, at)):
            parts.append(part)
            at += len(part)
            length -= len(part)
        return b"".join(parts)

    def start_of(self, page: int) -> int:
        """The byte with which a page (from 0) begins; that of the page after the last is the end."""
        if page <= 0 or page >= self.pages:
            return 0 if page <= 0 else self.size_bytes
        place = page * PAGE_BYTES
        data = self.read(place - 1, LINE_END_BYTES)
        line = data.find(b"\n")
        if line >= 0:
            return place + line
        # In the middle of a long line: not in the middle of a character.
        skip = next((n for n in range(4) if not data[1 + n : 2 + n] or data[1 + n] & 0xC0 != 0x80), 0)
        return place + skip

    def page_of(self, at: int) -> int:
        """The page (from 0) that holds a byte."""
        page = min(at // PAGE_BYTES, self.pages - 1)
        return page if at >= self.start_of(page) else page - 1

    def bytes_of(self, page: int) -> bytes:
        """All bytes of a page (from 0)."""
        start = self.start_of(page)
        return self.read(start, self.start_of(page + 1) - start)

    def begins_in_line(self, page: int) -> bool:
        """Whether a page (from 0) goes on in a line."""
        start = self.start_of(page)
        return start > 0 and self.read(start - 1, 1) != b"\n"

    def sample(self, end: int) -> bytes:
        """Tells whether the file still begins as it did, up to ``end``: a hash of its first bytes and of those before
        ``end``."""
        last = max(0, end - _SAMPLE_BYTES)
        return blake2b(self.read(0, min(_SAMPLE_BYTES, end)) + self.read(last, end - last)).digest()


class LineCounts:
    """How many lines end before each page, of one file, as far as they have been counted."""

    def __init__(self) -> None:
        self._before = array("Q", [0])
        self._end = 0
        self._sample = b""

    def keep_if_grown(self, file: PagedFile) -> None:
        """Forget what was counted when the file is not what it was, with something added."""
        if self._end and (file.size_bytes < self._end or file.sample(self._end) != self._sample):
            self._before, self._end, self._sample = array("Q", [0]), 0, b""

    @property
    def counted_bytes(self) -> int:
        """So far lines have been counted."""
        return self._end

    def before(self, file: PagedFile, page: int, is_over: Callable[[], bool]) -> int | None:
        """How many lines end before a page (from 0); None when counting that took too long: ask again."""
        self._count(file, lambda: len(self._before) > page, is_over)
        return self._before[page] if page < len(self._before) else None

    def page_of_line(self, file: PagedFile, line: int, is_over: Callable[[], bool]) -> int | None:
        """The page (from 0) in which a line (from 1) begins, the last one for lines beyond the end; None when counting
        took too long."""
        self._count(file, lambda: self._before[-1] >= line, is_over)
        if self._before[-1] < line and len(self._before) < file.pages:
            return None
        low, high = 0, min(len(self._before), file.pages) - 1
        while low < high:  # the last page before which fewer lines end
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self._before[middle] < line else (low, middle - 1)
        return low

    def _count(self, file: PagedFile, is_enough: Callable[[], bool], is_over: Callable[[], bool]) -> None:
        counted = False
        while len(self._before) < file.pages and not is_enough() and not is_over():
            page = len(self._before) - 1
            data = file.bytes_of(page)
            self._before.append(self._before[-1] + data.count(_LINE_FEED))
            self._end = file.start_of(page + 1)
            counted = True
        if counted:
            self._sample = file.sample(self._end)


def text_of(data: bytes, is_first: bool) -> tuple[str, bool]:
    """The text of a page, and whether bytes that are no UTF-8 had to be replaced."""
    if is_first:
        data = data.removeprefix(_BOM)
    try:
        text, replaced = data.decode(), False
    except UnicodeDecodeError:
        text, replaced = data.decode(errors="replace"), True
    return text.replace("\r\n", "\n"), replaced


def units_of(text: str) -> int:
    """The length of a text in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
