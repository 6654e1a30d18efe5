"""Where the rows of a delimited text begin. Blocking; bounded memory for any size.

Rows are counted block by block, as far as somebody asks and for a bounded time; the start of each block is kept, so
that any row that was counted is found by reading one block. What was counted is kept for as long as the file only
grows.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Final

from studium.project.pages.paged_file import PagedFile
from studium.project.views.records import MAX_RECORD_BYTES, Dialect, ends, measure

BLOCK_BYTES: Final = 256 * 1024
_BOM: Final = b"\xef\xbb\xbf"


class RowIndex:
    """The rows of one file, as far as they have been counted. Row 0 is the first record, a header or not."""

    def __init__(self, dialect: Dialect) -> None:
        self._delimiter = dialect.delimiter.encode()
        self._newline = dialect.newline
        self._forget()

    def _forget(self) -> None:
        self._starts = array("Q", [0])
        self._rows = array("Q", [0])
        self._sample = b""
        self._whole = -1

    @property
    def counted_rows(self) -> int:
        """So many rows are known."""
        return self._rows[-1]

    @property
    def counted_bytes(self) -> int:
        """So far rows have been counted."""
        return self._starts[-1]

    def is_complete(self, file: PagedFile) -> bool:
        """Whether all rows of the file are counted."""
        return self.counted_bytes >= file.size_bytes

    def keep_if_grown(self, file: PagedFile) -> None:
        """Forget what was counted when the file is not what it was, with something added."""
        end = self.counted_bytes
        if end == 0:
            return
        if file.size_bytes < end or file.sample(end) != self._sample:
            self._forget()
        elif self._whole == end < file.size_bytes and len(self._starts) > 1:
            # The last row may have had no end yet.
            self._starts.pop()
            self._rows.pop()
            self._sample = file.sample(self.counted_bytes)
            self._whole = -1

    def count(self, file: PagedFile, up_to: int | None, is_over: Callable[[], bool]) -> bool:
        """Count on until row ``up_to`` is known (None: all of them); answers whether it is, or the file has ended."""
        before = self.counted_bytes
        while not self.is_complete(file) and (up_to is None or self.counted_rows <= up_to):
            if is_over():
                break
            data, is_last = self._block(file, self.counted_bytes)
            count, taken = measure(data, is_last=is_last, delimiter=self._delimiter, newline=self._newline)
            if taken == 0:  # longer than a record may be
                count, taken = 1, len(data)
            self._rows.append(self.counted_rows + count)
            self._starts.append(self.counted_bytes + taken)
        if self.counted_bytes != before:
            self._sample = file.sample(self.counted_bytes)
            self._whole = self.counted_bytes if self.is_complete(file) else -1
        return self.is_complete(file) or (up_to is not None and self.counted_rows > up_to)

    def read(self, file: PagedFile, first: int) -> Iterator[bytes]:
        """The records from row ``first`` on, which was counted, to the end of what was counted."""
        block = bisect_right(self._rows, first) - 1
        row, at = self._rows[block], self._starts[block]
        while at < self.counted_bytes:
            data, is_last = self._block(file, at)
            found = ends(data, is_last=is_last, delimiter=self._delimiter, newline=self._newline) or [len(data)]
            start = 0
            for end in found:
                if row >= first:
                    yield data[start:end] if at + start > 0 else data[start:end].removeprefix(_BOM)
                start = end
                row += 1
            at += found[-1]

    def _block(self, file: PagedFile, at: int) -> tuple[bytes, bool]:
        """Bytes that hold a whole record, unless one is longer than it may be; and whether they are the last."""
        length = BLOCK_BYTES
        while True:
            data = file.read(at, length)
            is_last = len(data) < length or at + len(data) >= file.size_bytes
            if is_last or length >= MAX_RECORD_BYTES:
                return data, is_last
            if measure(data, is_last=False, delimiter=self._delimiter, newline=self._newline)[1] > 0:
                return data, False
            length = min(4 * length, MAX_RECORD_BYTES)
