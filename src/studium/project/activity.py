"""What people do to files, kept until a hub has taken it into the database (``hub/activity.py``).

An edit is a *burst*: it begins with a keystroke, goes on while more come, and ends with a minute's silence or after
five minutes. It is reported when it begins, each minute, and at its end, always under the same id. A keystroke
costs a look into a dictionary; nothing here waits, and nothing waits for it.

What is not taken yet lies in ``activity.json`` in the state folder, written by a thread; so it outlives this server.
"""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import msgspec

from studium.http.identity import HUB
from studium.protocol.activity import FileReport, LogEvent, ReportBatch, TakeReports
from studium.protocol.ids import AccountId, LogId, time_ordered_id
from studium.protocol.session import Identity

SILENCE_SECONDS = 60.0  # ends a burst of edits; also how often one that goes on is reported
BURST_SECONDS = 300.0
OPENED_SECONDS = 1800.0  # in which opening a file again is no new event
BATCH_SECONDS = 10.0  # between two batches
BATCH_REPORTS = 200
WAIT_SECONDS = 55.0  # for something to report; then an empty batch says that all is well
WRITE_SECONDS = 1.0  # between two writes of the file
MAX_ENTRIES = 2_000  # that no hub has taken; past it, the oldest are lost
MAX_OPENED = 5_000  # openings that are remembered

_log = logging.getLogger(__name__)
_Use = tuple[AccountId, str]


class _Entry:
    """A report, and which of its states was sent and taken."""

    __slots__ = ("changed", "report", "sent")

    def __init__(self, report: FileReport) -> None:
        self.report = report
        self.changed = True  # since it was last taken, enough to be reported
        self.sent: FileReport | None = None


class Activity:
    """Opened and closed with the project server. ``now`` gives Unix seconds."""

    def __init__(self, state: Path, now: Callable[[], float] = time.time) -> None:
        self._file = state / "activity.json"
        self._now = now
        self._entries: dict[LogId, _Entry] = {}
        self._bursts: dict[_Use, _Burst] = {}
        self._opened: dict[_Use, float] = {}
        self._batch: UUID | None = None
        self._batch_at = float("-inf")
        self._asked = 0
        self._news = asyncio.Event()
        self._unwritten = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self._closing = False
        self._lost = 0
        self._taken = 0

    async def open(self) -> None:
        """Go on with what an earlier server left."""
        for report in await asyncio.to_thread(_read, self._file):
            self._entries[report.log_id] = _Entry(msgspec.structs.replace(report, ended=True))
        if self._entries:
            self._news.set()
        self._writer = asyncio.create_task(self._write(), name="activity")

    def stop_waiting(self) -> None:
        """Answer whoever waits; the server ends."""
        self._closing = True
        self._news.set()

    async def close(self) -> None:
        """Keep what was not taken."""
        for burst in list(self._bursts.values()):
            burst.end()
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
            await self._write_now()

    def statistics(self) -> dict[str, int]:
        """Reports that wait, were taken, and were lost because too many waited; edits that go on."""
        return {"waiting": len(self._entries), "taken": self._taken, "lost": self._lost, "bursts": len(self._bursts)}

    # What happened ---------------------------------------------------------------------------------------------------

    def opened(self, identity: Identity, path: str) -> None:
        """Somebody has opened a document."""
        use, now = (identity.account_id, path), self._now()
        if now - self._opened.pop(use, 0.0) >= OPENED_SECONDS:
            self._add(LogEvent.FILE_OPENED, identity.account_id, path)
        self._opened[use] = now
        if len(self._opened) > MAX_OPENED:
            del self._opened[next(iter(self._opened))]

    def edited(self, identity: Identity, path: str) -> None:
        """Somebody has changed a document: called for each turn in which they did."""
        use, now = (identity.account_id, path), self._now()
        burst = self._bursts.get(use)
        if burst is not None and now - burst.began > BURST_SECONDS:
            burst.end()
            burst = None
        if burst is None:
            self._bursts[use] = _Burst(self, use, self._add(LogEvent.FILE_EDITED, *use, ended=False))
        else:
            burst.until = now

    def did(self, identity: Identity, event: LogEvent, path: str, to: str | None = None) -> None:
        """Somebody has made, moved or removed a file or a folder."""
        self._add(event, identity.account_id, path, to=to)

    def notice(self, account_id: AccountId, path: str, text: str) -> None:
        """A program wants somebody to know something; it runs in what is at ``path``."""
        self._add(LogEvent.NOTICE, account_id, path, text=text)

    def _add(
        self,
        event: LogEvent,
        account_id: AccountId,
        path: str,
        *,
        to: str | None = None,
        text: str | None = None,
        ended: bool = True,
    ) -> _Entry:
        now = self._now()
        report = FileReport(LogId(time_ordered_id(now)), event, account_id, path, now, now, ended, to, text)
        entry = self._entries[report.log_id] = _Entry(report)
        if len(self._entries) > MAX_ENTRIES:
            del self._entries[next(iter(self._entries))]
            self._lost += 1
        self._tell()
        return entry

    def _tell(self) -> None:
        self._news.set()
        self._unwritten.set()

    # What a hub takes ------------------------------------------------------------------------------------------------

    async def take(self, asked: TakeReports) -> ReportBatch:
        """The next batch, once there is one; the last one is forgotten if it was taken. Who waits already gets none."""
        self._acknowledge(asked.taken)
        self._asked += 1
        mine = self._asked
        self._news.set()  # for who asked before
        if asked.wait:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WAIT_SECONDS):
                    await self._wait_for_news(mine)
        if mine != self._asked:
            return ReportBatch(uuid4(), [])
        if not asked.wait:  # the project is about to stop: what goes on, ends
            for burst in list(self._bursts.values()):
                burst.end()
        due = [entry for entry in self._entries.values() if entry.changed][:BATCH_REPORTS]
        for entry in self._entries.values():
            entry.sent = None
        for entry in due:
            entry.sent = entry.report
        self._batch, self._batch_at = uuid4(), asyncio.get_running_loop().time()
        return ReportBatch(self._batch, [entry.report for entry in due])

    async def _wait_for_news(self, mine: int) -> None:
        while mine == self._asked and not self._closing:
            self._news.clear()
            if any(entry.changed for entry in self._entries.values()):
                rest = self._batch_at + BATCH_SECONDS - asyncio.get_running_loop().time()
                if rest <= 0:
                    return
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(rest):
                        await self._wait_for_end(mine)
                return
            await self._news.wait()

    async def _wait_for_end(self, mine: int) -> None:
        while mine == self._asked and not self._closing:
            self._news.clear()
            await self._news.wait()

    def _acknowledge(self, taken: UUID | None) -> None:
        if taken is None or taken != self._batch:
            return
        self._batch = None
        for log_id, entry in list(self._entries.items()):
            if entry.sent is None:
                continue
            self._taken += 1
            if entry.sent is entry.report:
                entry.changed = False
                if entry.report.ended:
                    del self._entries[log_id]
            entry.sent = None
        self._unwritten.set()

    # What outlives the server ----------------------------------------------------------------------------------------

    async def _write(self) -> None:
        while True:
            await self._unwritten.wait()
            await self._write_now()
            await asyncio.sleep(WRITE_SECONDS)

    async def _write_now(self) -> None:
        self._unwritten.clear()
        reports = [entry.report for entry in self._entries.values()]
        try:
            await asyncio.to_thread(_replace, self._file, msgspec.json.encode(reports))
        except OSError as error:
            _log.warning("What people do to files cannot be kept at the moment: %s", error)


class _Burst:
    """Edits of one file by one person that go on."""

    def __init__(self, activity: Activity, use: _Use, entry: _Entry) -> None:
        self._activity = activity
        self._use = use
        self._entry = entry
        self.began = self.until = entry.report.at
        self._timer = self._plan(SILENCE_SECONDS)

    def end(self) -> None:
        """No more edits of this burst."""
        self._timer.cancel()
        if self._activity._bursts.get(self._use) is self:
            del self._activity._bursts[self._use]
        self._report(ended=True)

    def _plan(self, seconds: float) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds, self._look)

    def _look(self) -> None:
        silent = self._activity._now() - self.until
        if silent >= SILENCE_SECONDS:
            self.end()
            return
        if self.until > self._entry.report.until:
            self._report(ended=False)
        self._timer = self._plan(SILENCE_SECONDS - silent)

    def _report(self, *, ended: bool) -> None:
        self._entry.report = msgspec.structs.replace(self._entry.report, until=self.until, ended=ended)
        self._entry.changed = True
        self._activity._tell()


def is_hub(identity: Identity) -> bool:
    """Whether the hub itself asks."""
    return identity.account_id == HUB


def _read(file: Path) -> list[FileReport]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=list[FileReport])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.MsgspecError) as error:
        _log.warning("What people did to files before cannot be read, and is lost: %s", error)
        return []


def _replace(file: Path, content: bytes) -> None:
    new = file.with_suffix(".new")
    new.write_bytes(content)
    os.replace(new, file)  # noqa: PTH105
