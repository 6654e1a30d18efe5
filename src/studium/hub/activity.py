"""What people did to files, from the project servers into the database.

A project server knows who did what, and cannot reach a hub: its sandbox keeps it from internal networks. So the hub
that runs a project asks (``POST /activity``, under the project's secret), and the answer waits until there is
something, at most once in ten seconds. Reports are sent again until their batch was named as taken, and writing one
twice is writing it once; so nothing is lost or doubled by a hub, a project or a database that goes away in between.
"""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import aiohttp
import msgspec

from studium.http import identity
from studium.hub.asking import read_answer
from studium.hub.database import ChangeStream, Connection, Database, RowChange, Statements
from studium.hub.forward import Upstream
from studium.hub.runtime import Running
from studium.hub.tables.file_use import PATH_BYTES
from studium.hub.tables.notifications import notify_of_edit, tell_notice
from studium.protocol.activity import MAX_NOTICE, FileReport, LogEvent, ReportBatch, TakeReports, kind_of
from studium.protocol.errors import StudiumError
from studium.protocol.ids import ProjectId
from studium.protocol.paths import clean_path

SQL = Statements(Path(__file__).with_name("activity.sql"))
WAIT_SECONDS = 120.0  # for an answer: twice what a project server waits for something to report
LAST_SECONDS = 2.0  # for the last reports of a project that is about to stop
RETRY_SECONDS, MAX_RETRY_SECONDS = 1.0, 30.0
BATCH_BYTES = 4 * 1024 * 1024
WATCHING_SECONDS = 60.0
"""Who has read a file so short a time before an edit still looks at it; whether they saw it is known at its end."""
OPENED_SECONDS = 1800.0  # in which opening a file again is no new event
KEPT_ENTRIES = 100_000  # of one project's log
DELETED_AT_ONCE = 5_000
_CHANGES_FILES = frozenset(
    {
        LogEvent.FILE_EDITED,
        LogEvent.FILE_CREATED,
        LogEvent.FILE_UPLOADED,
        LogEvent.FILE_RENAMED,
        LogEvent.FILE_DELETED,
        LogEvent.FILE_RESTORED,
    }
)
_REPORTED = _CHANGES_FILES | {LogEvent.FILE_OPENED, LogEvent.NOTICE}

_log = logging.getLogger(__name__)
_decode = msgspec.json.Decoder(ReportBatch).decode


class Activity:
    """Follows the project servers of this hub, and keeps the log within its bounds."""

    def __init__(self, database: Database, changes: ChangeStream) -> None:
        self._database = database
        self._followers: dict[ProjectId, asyncio.Task[None]] = {}
        self._running: dict[ProjectId, Running] = {}
        self._grown: set[UUID] = set()  # projects whose log has grown since it was last swept
        self._stop_listening = changes.listen("project_log", self._logged)
        self._batches = 0
        self._reports = 0
        self._failures = 0

    async def close(self) -> None:
        """Follow nothing any more. What was not taken waits in the projects."""
        self._stop_listening()
        tasks = list(self._followers.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._followers.clear()

    def follow(self, project_id: ProjectId, run: Running) -> None:
        """A project answers now: take what it reports."""
        self.forget(project_id)
        self._running[project_id] = run
        self._followers[project_id] = asyncio.create_task(self._follow(project_id, run), name=f"follow {project_id}")

    def forget(self, project_id: ProjectId) -> None:
        """A project answers no more."""
        self._running.pop(project_id, None)
        if (task := self._followers.pop(project_id, None)) is not None:
            task.cancel()

    async def finish(self, project_id: ProjectId) -> None:
        """A project is about to stop: take its last reports, if that is quickly done. It keeps what was not taken."""
        run = self._running.get(project_id)
        self.forget(project_id)
        if run is None:
            return
        upstream = Upstream(run.endpoint)
        try:
            async with asyncio.timeout(LAST_SECONDS):
                taken: UUID | None = None
                while (batch := await _ask(upstream, project_id, run, TakeReports(taken, wait=False))).reports:
                    await self._write(project_id, batch)
                    taken = batch.batch
        except (StudiumError, aiohttp.ClientError, OSError, TimeoutError, msgspec.MsgspecError) as error:
            self._failures += 1
            _log.warning("The last reports of project %s wait until it runs again: %s", project_id, error)
        finally:
            await upstream.close()

    def statistics(self) -> dict[str, int]:
        """Projects followed; batches and reports taken, and tries that failed, since the start."""
        return {
            "followed": len(self._followers),
            "batches": self._batches,
            "reports": self._reports,
            "failures": self._failures,
        }

    async def _follow(self, project_id: ProjectId, run: Running) -> None:
        upstream = Upstream(run.endpoint)
        taken: UUID | None = None
        pause = RETRY_SECONDS
        try:
            while True:
                try:
                    async with asyncio.timeout(WAIT_SECONDS):
                        batch = await _ask(upstream, project_id, run, TakeReports(taken))
                    await self._write(project_id, batch)
                    taken, pause = batch.batch, RETRY_SECONDS
                except Exception as error:  # whatever it is: the project keeps the reports, and is asked again
                    self._failures += 1
                    _log.debug("What happened in project %s is not known yet: %s", project_id, error)
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, MAX_RETRY_SECONDS)
        finally:
            await upstream.close()

    async def _write(self, project_id: ProjectId, batch: ReportBatch) -> None:
        if batch.reports:
            await write_reports(self._database, project_id, batch.reports)
            self._batches += 1
            self._reports += len(batch.reports)

    def _logged(self, change: RowChange) -> None:
        if change.action == "insert" and change.new is not None:
            self._grown.add(change.new["project_id"])

    async def sweep(self) -> None:
        """Delete what is beyond the bounds, a part at a time, so that nobody waits for it."""
        for statement in (SQL["delete_old"], SQL["delete_unused"]):
            while _deleted(await self._database.execute(statement, DELETED_AT_ONCE)) == DELETED_AT_ONCE:
                pass
        while self._grown:
            await delete_beyond(self._database, self._grown.pop(), KEPT_ENTRIES)


async def delete_beyond(database: Database, project_id: UUID, kept: int) -> None:
    """Delete all but the newest so many entries of a project's log."""
    while _deleted(await database.execute(SQL["delete_beyond"], project_id, kept, DELETED_AT_ONCE)) == DELETED_AT_ONCE:
        pass


async def write_reports(database: Database, project_id: ProjectId, reports: Sequence[FileReport]) -> None:
    """Write what a project server reports, in one transaction: its log, when the project was last edited, and who is
    told. A report that no server of ours would make is left out: it must not hold up the others for ever."""
    reports = [report for report in reports if _is_sound(report)]
    async with database.transaction() as connection:
        for report in reports:
            await _write_report(connection, project_id, report)
        edited = [report.until for report in reports if report.event in _CHANGES_FILES]
        if edited:
            await connection.execute(SQL["edited"], project_id, max(edited))


async def _write_report(connection: Connection, project_id: ProjectId, report: FileReport) -> None:
    name = await connection.fetchval(SQL["author"], project_id, report.account_id)
    if name is None:  # the account is gone, or a server makes up that somebody was there
        return
    if report.event is LogEvent.NOTICE:
        text = (report.text or "")[:MAX_NOTICE]
        await tell_notice(connection, report.account_id, project_id, report.path, text, report.at)
        return
    detail: dict[str, object] = {}
    if report.to is not None:
        detail["to"] = report.to
    if report.event is LogEvent.FILE_EDITED:
        detail["until"] = round(report.until, 3)
    new = await connection.fetchval(
        SQL["log_file"],
        project_id,
        report.log_id,
        report.account_id,
        report.at,
        str(kind_of(report.event)),
        str(report.event),
        report.path,
        detail,
        _first_id_at(report.at - OPENED_SECONDS),
        name,
    )
    if report.event is LogEvent.FILE_EDITED:
        before = report.until if report.ended else report.until - WATCHING_SECONDS
        await notify_of_edit(connection, project_id, report.path, report.account_id, report.until, before)
    elif report.event is LogEvent.FILE_RENAMED and new and report.to is not None and report.to != report.path:
        await connection.execute(SQL["make_way"], project_id, report.to)
        await connection.execute(SQL["move_use"], project_id, report.path, report.to, PATH_BYTES)
        await connection.execute(SQL["forget_told"], project_id, report.to)
        await connection.execute(SQL["move_told"], project_id, report.path, report.to, PATH_BYTES)
    elif report.event is LogEvent.FILE_DELETED and new:
        await connection.execute(SQL["forget_told"], project_id, report.path)


async def _ask(upstream: Upstream, project_id: ProjectId, run: Running, asked: TakeReports) -> ReportBatch:
    signed = identity.sign(identity.hub_identity(project_id), run.secret)
    async with upstream.session.post(
        upstream.url("/activity"),
        data=msgspec.json.encode(asked),
        headers={identity.HEADER: signed, "Content-Type": "application/json"},
    ) as answer:
        return _decode(await read_answer(answer, BATCH_BYTES))


def _is_sound(report: FileReport) -> bool:
    if report.event not in _REPORTED or not report.path or not 0 < report.at <= report.until < 2**33:
        return False
    try:
        clean_path(report.path)
        clean_path(report.to or "")
    except StudiumError:
        return False
    return True


def _first_id_at(unix_seconds: float) -> UUID:
    """The least time-ordered id of a moment."""
    return UUID(int=max(0, int(unix_seconds * 1000)) << 80)


def _deleted(status: str) -> int:
    """How many rows, from what PostgreSQL says of a statement: ``DELETE 12``."""
    return int(status.rpartition(" ")[2])
