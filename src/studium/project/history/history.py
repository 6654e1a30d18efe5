"""The history of documents: who wrote what and when, and the text of every version.

Everything is read in one thread of its own, from committed rows only: neither the event loop nor the people who type
wait for it. Restoring is no act of the server: the page edits the open document, so that it can be undone and bears a
name.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import msgspec
from aiohttp import web

from studium.project.files.home import Home
from studium.project.files.paths import shown
from studium.project.history.bursts import bursts_of
from studium.project.history.log import Log, LoggedHistory
from studium.project.history.pace import Pace
from studium.project.history.replay import Replayer
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.history import Burst, HistoryPage, HistorySummary, VersionText
from studium.protocol.ids import HistoryId

_T = TypeVar("_T")

PAGE_BURSTS = 50
MAX_PAGE_VERSIONS = 50_000
"""Bursts in one answer, and the versions in them after which it has no more: reading 50,000 rows takes some 0.1 s."""

MAX_WAITING = 32
"""Requests that wait for the thread; whoever asks beyond is told to ask again."""


class History:
    """Opened by its first request, closed with the project server."""

    def __init__(self, home: Home, folder: Path) -> None:
        self._home = home
        self._folder = folder
        self._thread = ThreadPoolExecutor(1, "history-reader")
        self._closing = threading.Event()
        self._pace = Pace(self._check)
        self._log: Log | None = None
        self._replayer: Replayer | None = None
        self._waiting = 0
        self._answered = 0

    async def answer(self, request: web.Request, path: str) -> web.StreamResponse:
        """Answer for the document at ``path``, whether or not there is a file."""
        place = await asyncio.to_thread(self._home.canonical, path)
        version, before = _number(request, "version"), _number(request, "before")
        chosen = _history_id(request)
        message: HistoryPage | VersionText
        if version is not None:
            message = await self._read(lambda: self._version(place, chosen, version))
        else:
            message = await self._read(lambda: self._page(place, chosen, before))
        body = await asyncio.to_thread(msgspec.json.encode, message)  # a text may have megabytes
        return web.Response(body=body, content_type="application/json")

    async def close(self) -> None:
        """End what is being read, and let go of the log."""
        self._closing.set()
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)
        if self._log is not None:
            self._log.close()
            self._log = None

    def statistics(self) -> dict[str, int]:
        """Counts for the metrics page."""
        replayer = {} if self._replayer is None else self._replayer.statistics()
        return {"waiting": self._waiting, "answered": self._answered, **replayer}

    async def _read(self, function: Callable[[], _T]) -> _T:
        self._check()
        if self._waiting >= MAX_WAITING:
            raise StudiumError(
                ErrorCode.RATE_LIMITED,
                "Too many people look into the history of this project at once. Try again in a moment.",
                retry_after=1,
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._guarded, function)
        finally:
            self._waiting -= 1
            self._answered += 1

    def _guarded(self, function: Callable[[], _T]) -> _T:
        try:
            return function()
        except (StudiumError, KeyboardInterrupt, SystemExit):
            raise
        except Exception:
            self._replayer = None
            raise
        except BaseException as error:  # a panic of the CRDT library is no Exception
            self._replayer = None
            raise RuntimeError("The CRDT library broke while replaying a history") from error

    # In the thread -------------------------------------------------------------------------------------------------

    def _page(self, path: str, chosen: HistoryId | None, before: int | None) -> HistoryPage:
        histories = self._opened.histories(path)
        history = _choose(histories, path, chosen)
        with closing(self._opened.rows(history.number, before)) as rows:
            bursts: list[Burst] = []
            for burst in islice(bursts_of(rows), PAGE_BURSTS):
                bursts.append(burst)
                if bursts[0].last - burst.first >= MAX_PAGE_VERSIONS:
                    break
        summaries = [
            HistorySummary(each.history_id, each.version, each.created_at, each.ended_at, index == 0)
            for index, each in enumerate(histories)
        ]
        more = bursts[-1].first if bursts and bursts[-1].first > 1 else None
        return HistoryPage(history.history_id, history.version, bursts, more, summaries)

    def _version(self, path: str, chosen: HistoryId | None, version: int) -> VersionText:
        history = _choose(self._opened.histories(path), path, chosen)
        row = self._opened.row_of(history.number, version)
        if version > history.version or row is None:
            if version == 0:
                return VersionText(history.history_id, 0, history.created_at, None, "")
            raise StudiumError(
                ErrorCode.NOT_FOUND,
                f"The history of {shown(path)} ends at version {history.version}. Ask for that one or an older one.",
                version=history.version,
            )
        if self._replayer is None:
            self._replayer = Replayer(self._opened, self._pace)
        text = self._replayer.text(history.number, version)
        return VersionText(history.history_id, version, row.at, row.account_id, text)

    @property
    def _opened(self) -> Log:
        if self._log is None:
            self._log = Log(self._folder, self._pace)
        return self._log

    def _check(self) -> None:
        if self._closing.is_set():
            raise StudiumError(ErrorCode.UNAVAILABLE, "The project is stopping. Open it again in a moment.")


def _choose(histories: list[LoggedHistory], path: str, chosen: HistoryId | None) -> LoggedHistory:
    for history in histories:
        if chosen is None or history.history_id == chosen:
            return history
    raise StudiumError(
        ErrorCode.NOT_FOUND,
        f"There is no history of {shown(path)} yet. It begins when the file is first opened in the editor.",
        path=path,
    )


def _number(request: web.Request, name: str) -> int | None:
    text = request.query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise StudiumError(ErrorCode.INVALID_VALUE, f"“{name}” is the number of a version, like 12.", name=name)
    return int(text)


def _history_id(request: web.Request) -> HistoryId | None:
    text = request.query.get("history")
    if text is None:
        return None
    try:
        return HistoryId(UUID(text))
    except ValueError:
        raise StudiumError(
            ErrorCode.INVALID_VALUE,
            "“history” is the id of a history, as the answer lists them.",
            name="history",
        ) from None
