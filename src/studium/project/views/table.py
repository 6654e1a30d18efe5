"""Rows of delimited text files of any size, read in threads; nothing is kept open and nothing runs between requests."""

import asyncio
import os
import threading
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Final

from studium.project.files.download import entity_tag, open_file
from studium.project.files.errors import file_errors
from studium.project.files.home import Home
from studium.project.pages.paged_file import PagedFile
from studium.project.views.records import DELIMITERS, Dialect, cells, sniff
from studium.project.views.row_index import RowIndex
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.pages import ReadingGoesOn
from studium.protocol.views import TableRows
from studium.sync.formats import looks_binary, not_text

READ_SECONDS: Final = 0.5
"""What a request reads for; whoever asks says so again."""
MAX_WAITING: Final = 64
MAX_ROWS: Final = 500
MAX_CHARACTERS: Final = 2_000_000
"""Of the cells of an answer; it has fewer rows rather than more."""
MAX_KEPT: Final = 32
"""Files whose rows stay counted; those of a file of 10 GB take 640 kB."""
HEAD_BYTES: Final = 64 * 1024


class _Counted:
    def __init__(self, dialect: Dialect) -> None:
        self.lock = threading.Lock()
        self.index = RowIndex(dialect)


class Tables:
    """Made and closed with the project server."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._threads = ThreadPoolExecutor(2, "table-reader")
        self._counted: OrderedDict[tuple[int, int, str, bytes], _Counted] = OrderedDict()
        self._counted_lock = threading.Lock()
        self._waiting = 0

    async def answer(self, path: str, query: dict[str, str]) -> TableRows | ReadingGoesOn:
        """Answer for the file at ``path``. Raises ``StudiumError``."""
        if self._waiting >= MAX_WAITING:
            message = "Too many people read tables of this project at once. Try again in a moment."
            raise StudiumError(ErrorCode.RATE_LIMITED, message, retry_after=1)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, path, query)
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Wait for what is being read."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    # In a thread ---------------------------------------------------------------------------------------------------

    def _read(self, path: str, query: dict[str, str]) -> TableRows | ReadingGoesOn:
        fd, status = open_file(self._home, path)
        try:
            with file_errors(path):
                file = PagedFile(fd, status.st_size)
                head = file.read(0, HEAD_BYTES)
                name = path.rpartition("/")[2]
                if looks_binary(head):
                    raise not_text(name)
                return self._rows(file, status, _dialect(head, name, query), query)
        finally:
            os.close(fd)

    def _rows(
        self, file: PagedFile, status: os.stat_result, dialect: Dialect, query: dict[str, str]
    ) -> TableRows | ReadingGoesOn:
        end = time.monotonic() + READ_SECONDS
        first, wanted = _number(query, "first", 0), min(_number(query, "rows", MAX_ROWS), MAX_ROWS)
        skipped = 1 if dialect.header else 0
        counted = self._counted_of(status, dialect)
        with counted.lock:
            index = counted.index
            index.keep_if_grown(file)
            known = index.count(file, first + skipped if wanted else None, lambda: time.monotonic() > end)
            if wanted and not known:
                return ReadingGoesOn(index.counted_bytes, file.size_bytes)
            replaced, rows, characters = False, [], 0
            names: list[str] = []
            if dialect.header:
                names, replaced = cells(next(index.read(file, 0), b""), dialect.delimiter)
            for record in islice(index.read(file, first + skipped), wanted):
                row, odd = cells(record, dialect.delimiter)
                rows.append(row)
                replaced = replaced or odd
                characters += sum(map(len, row))
                if characters > MAX_CHARACTERS:
                    break
            return TableRows(
                tag=entity_tag(status).strip('"'),
                size_bytes=file.size_bytes,
                delimiter=dialect.delimiter,
                header=dialect.header,
                names=names,
                columns=max(len(names), max(map(len, rows), default=0)),
                first=first,
                rows=rows,
                counted=max(0, index.counted_rows - skipped),
                counted_bytes=index.counted_bytes,
                complete=index.is_complete(file),
                replaced=replaced,
            )

    def _counted_of(self, status: os.stat_result, dialect: Dialect) -> _Counted:
        key = (status.st_dev, status.st_ino, dialect.delimiter, dialect.newline)
        with self._counted_lock:
            counted = self._counted.get(key)
            if counted is None:
                counted = self._counted[key] = _Counted(dialect)
            self._counted.move_to_end(key)
            while len(self._counted) > MAX_KEPT:
                self._counted.popitem(last=False)
            return counted


def _dialect(head: bytes, name: str, query: dict[str, str]) -> Dialect:
    """How the file is read: as the asker says, else as it looks."""
    # A last line that was cut off in the middle says nothing.
    found = sniff(head[: head.rfind(b"\n") + 1] or head if len(head) == HEAD_BYTES else head, name)
    delimiter = query.get("delimiter", found.delimiter)
    if delimiter not in DELIMITERS:
        message = "“delimiter” is a comma, a semicolon, a tab or a vertical bar."
        raise StudiumError(ErrorCode.INVALID_VALUE, message, name="delimiter")
    header = query.get("header")
    if header not in (None, "0", "1"):
        raise StudiumError(ErrorCode.INVALID_VALUE, "“header” is 1 or 0.", name="header")
    return Dialect(delimiter, found.newline, found.header if header is None else header == "1")


def _number(query: dict[str, str], name: str, usual: int) -> int:
    text = query.get(name, str(usual))
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise StudiumError(ErrorCode.INVALID_VALUE, f"“{name}” is a whole number from 0 on.", name=name)
    return int(text)
