"""Text files that are too large to be edited, read in pages: one page, the page of a line, the next place of a text.

Nothing is kept open and nothing runs between requests. A request reads for a bounded time, in one of two threads.
"""

import asyncio
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec
from aiohttp import web

from studium.project.files.download import entity_tag, open_file
from studium.project.files.errors import file_errors
from studium.project.files.home import Home
from studium.project.pages.paged_file import LineCounts, PagedFile, text_of, units_of
from studium.project.pages.search import MAX_NEEDLE_BYTES, Needle, search, search_backward
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.pages import FilePage, ReadingGoesOn, TextFound, TextNotFound
from studium.sync.formats import looks_binary, not_text

READ_SECONDS: Final = 0.5
"""What a request reads for; whoever asks says so again."""
MAX_WAITING: Final = 64
MAX_KEPT_COUNTS: Final = 32
"""Files whose line counts are kept; those of a file of 10 GB take 160 kB."""
HEAD_BYTES: Final = 64 * 1024

IsOver = Callable[[], bool]
Answer = FilePage | TextFound | TextNotFound | ReadingGoesOn


class _Counts:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.lines = LineCounts()


class Pages:
    """Made and closed with the project server."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._threads = ThreadPoolExecutor(2, "page-reader")
        self._counts: OrderedDict[tuple[int, int], _Counts] = OrderedDict()
        self._counts_lock = threading.Lock()
        self._waiting = 0
        self._answered = 0

    async def answer(self, request: web.Request, path: str) -> web.StreamResponse:
        """Answer for the file at ``path``."""
        if self._waiting >= MAX_WAITING:
            raise StudiumError(
                ErrorCode.RATE_LIMITED,
                "Too many people read large files of this project at once. Try again in a moment.",
                retry_after=1,
            )
        query = dict(request.query)
        self._waiting += 1
        try:
            body = await asyncio.get_running_loop().run_in_executor(self._threads, self._read, path, query)
        finally:
            self._waiting -= 1
            self._answered += 1
        return web.Response(body=body, content_type="application/json", headers={"Cache-Control": "no-store"})

    async def close(self) -> None:
        """Wait for what is being read."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    def statistics(self) -> dict[str, int]:
        """Counts for the metrics page."""
        return {"waiting": self._waiting, "answered": self._answered, "counted_files": len(self._counts)}

    # In a thread ---------------------------------------------------------------------------------------------------

    def _read(self, path: str, query: dict[str, str]) -> bytes:
        end = time.monotonic() + READ_SECONDS
        fd, status = open_file(self._home, path)
        try:
            with file_errors(path):
                file = PagedFile(fd, status.st_size)
                if looks_binary(file.read(0, HEAD_BYTES)):
                    raise not_text(path.rpartition("/")[2])
                return msgspec.json.encode(self._answer(file, status, query, lambda: time.monotonic() > end))
        finally:
            os.close(fd)

    def _answer(self, file: PagedFile, status: os.stat_result, query: dict[str, str], is_over: IsOver) -> Answer:
        if "find" in query:
            return _find(file, query, is_over)
        counts = self._counts_of(status)
        with counts.lock:
            counts.lines.keep_if_grown(file)
            if "line" in query:
                page = counts.lines.page_of_line(file, _number(query, "line", 1), is_over)
                if page is None:
                    return ReadingGoesOn(counts.lines.counted_bytes, file.size_bytes)
            else:
                page = min(_number(query, "page", 1), file.pages) - 1
            before = counts.lines.before(file, page, is_over)
        text, replaced = text_of(file.bytes_of(page), page == 0)
        return FilePage(
            tag=entity_tag(status).strip('"'),
            size_bytes=file.size_bytes,
            modified_at=status.st_mtime,
            pages=file.pages,
            page=page + 1,
            at=file.start_of(page),
            text=text,
            first_line=None if before is None else before + 1,
            begins_in_line=file.begins_in_line(page),
            replaced=replaced,
        )

    def _counts_of(self, status: os.stat_result) -> _Counts:
        key = (status.st_dev, status.st_ino)
        with self._counts_lock:
            counts = self._counts.setdefault(key, _Counts())
            self._counts.move_to_end(key)
            while len(self._counts) > MAX_KEPT_COUNTS:
                self._counts.popitem(last=False)
            return counts


def _find(file: PagedFile, query: dict[str, str], is_over: IsOver) -> Answer:
    text, backward = query["find"], "backward" in query
    if not text or len(text.encode(errors="replace")) > MAX_NEEDLE_BYTES:
        raise StudiumError(
            ErrorCode.INVALID_VALUE, f"“find” is a text of 1 to {MAX_NEEDLE_BYTES} bytes.", limit_bytes=MAX_NEEDLE_BYTES
        )
    at = _number(query, "at", 0) if "at" in query else (file.size_bytes if backward else 0)
    found = (search_backward if backward else search)(file, Needle(text, case="case" in query), at, is_over)
    if found is None:
        return TextNotFound()
    if isinstance(found, int):
        return ReadingGoesOn(found, file.size_bytes)
    page = file.page_of(found[0])
    start_of_page = file.start_of(page)
    data = file.bytes_of(page)
    start, end = (units_of(text_of(data[: at - start_of_page], page == 0)[0]) for at in found)
    return TextFound(page + 1, start, end, *found)


def _number(query: dict[str, str], name: str, least: int) -> int:
    text = query.get(name, str(least))
    if not (text.isascii() and text.isdigit() and len(text) <= 15 and int(text) >= least):
        raise StudiumError(ErrorCode.INVALID_VALUE, f"“{name}” is a whole number from {least} on.", name=name)
    return int(text)
