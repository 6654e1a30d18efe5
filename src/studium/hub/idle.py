"""Projects that nobody uses are stopped, after a warning that every page shows.

What use is, the project server knows (``project/use.py``): it sees what comes through every hub, and outlives this one.
The hub that runs a project asks it when it could have been idle for long enough, and not before; within the time of the
warning it waits there for the next use. So nothing is polled, and a hub that takes a project over goes on counting
where the other was. Which projects this hub runs, what their owners choose, and that somebody wishes one to run on (a
wish to start what runs) it hears from the log of changes.

A stop saves everything, as any stop does. It is no person's wish: the next who comes starts the project again.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import msgspec

from studium.hub.asking import read_answer
from studium.hub.database import ChangeStream, Database, RowChange
from studium.hub.database.statements import Statements
from studium.hub.forward import Upstream
from studium.hub.limits import idle_minutes
from studium.hub.runtime import read_endpoint
from studium.hub.tables.site_limits import read_limits
from studium.protocol.errors import StudiumError
from studium.protocol.ids import HubId, ProjectId
from studium.protocol.tables import ProjectAction
from studium.protocol.use import ProjectUse

MINUTE_SECONDS = 60.0
WARNING_MINUTES = 5
"""How long before its stop a project says so; half of its idle time when that is shorter than twice this."""

SAME_SECONDS = 2.0
"""Two times for one stop that differ by less are the same: pages count minutes."""

ANSWER_SECONDS, ANSWER_BYTES = 10.0, 1024
_WAIT_SECONDS = 60.0
"""The longest that one question stays open; then it is asked again."""

SQL = Statements(Path(__file__).with_name("idle.sql"))
_TROUBLE = (StudiumError, aiohttp.ClientError, OSError, TimeoutError, msgspec.MsgspecError)

_log = logging.getLogger(__name__)

Stop = Callable[[ProjectId, int, str], Awaitable[None]]
"""Stops a project, if it is still the run with this epoch; the sentence says why."""


@dataclass(eq=False)
class _Watch:
    """One project that this hub runs. ``changed`` is set when its limit may be another, or somebody wishes that it runs
    on."""

    project_id: ProjectId
    epoch: int
    endpoint: str
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    wished: bool = False
    warned_of: float | None = None  # the stop that pages show, by this process's clock
    task: "asyncio.Task[None] | None" = None


class IdleStop:
    """Watches over the projects of one hub. ``minute_seconds``: how long a minute is, which tests shorten."""

    def __init__(
        self, database: Database, changes: ChangeStream, hub_id: HubId, stop: Stop, minute_seconds: float
    ) -> None:
        self._database = database
        self._hub_id = hub_id
        self._stop = stop
        self._minute = minute_seconds
        self._watches: dict[ProjectId, _Watch] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._reader: asyncio.Task[None] | None = None
        self._warnings = 0
        self._stopped = 0
        self._stops = [
            changes.listen("project_runtime", self._runtime_changed),
            changes.listen("projects", self._project_changed),
            changes.listen("site_settings", self._setting_changed),
            changes.on_restored(self._restored),
        ]

    async def close(self) -> None:
        """Watch no more; projects go on. A stop that is under way comes to its end: it saves."""
        for stop in self._stops:
            stop()
        tasks = [task for task in (*(watch.task for watch in self._watches.values()), self._reader) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *self._ending, return_exceptions=True)
        self._watches.clear()

    def statistics(self) -> dict[str, int]:
        """Projects that are watched, warnings given, and projects stopped for idleness."""
        return {"watched": len(self._watches), "warnings": self._warnings, "stopped": self._stopped}

    # --- what is heard ---------------------------------------------------------------------------------------------

    def _runtime_changed(self, change: RowChange) -> None:
        row = change.new or change.old or {}
        project_id = ProjectId(row["project_id"])
        if change.new is None or row["hub_id"] != self._hub_id or not row["endpoint"]:
            self._forget(project_id)
        else:
            self._follow(project_id, row["epoch"], row["endpoint"])

    def _project_changed(self, change: RowChange) -> None:
        row = change.new or {}
        watch = self._watches.get(ProjectId(row["project_id"])) if row else None
        if watch is None:
            return
        wish = row.get("action_request")
        if wish and change.changed("action_request") and wish.get("action") == ProjectAction.START:
            watch.wished = True
            watch.changed.set()
        elif change.changed("idle_minutes"):
            watch.changed.set()

    def _setting_changed(self, change: RowChange) -> None:
        if str((change.new or change.old or {}).get("name", "")).startswith("idle_minutes"):
            for watch in self._watches.values():
                watch.changed.set()

    def _restored(self) -> None:
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read_again(), name="projects that may be idle")

    async def _read_again(self) -> None:
        """After a time in which nothing was heard."""
        try:
            rows = await self._database.fetch(SQL["running_here"], self._hub_id)
        except StudiumError:
            return  # away again: it will be told when it is back
        for project_id in self._watches.keys() - {row["project_id"] for row in rows}:
            self._forget(project_id)
        for row in rows:
            self._follow(ProjectId(row["project_id"]), row["epoch"], row["endpoint"])
        for watch in self._watches.values():
            watch.changed.set()

    def _follow(self, project_id: ProjectId, epoch: int, endpoint: str) -> None:
        known = self._watches.get(project_id)
        if known is not None and (known.epoch, known.endpoint) == (epoch, endpoint):
            return
        self._forget(project_id)
        watch = self._watches[project_id] = _Watch(project_id, epoch, endpoint)
        watch.task = asyncio.create_task(self._look_after(watch), name=f"idleness of {project_id}")
        watch.task.add_done_callback(_log_failure)

    def _forget(self, project_id: ProjectId) -> None:
        watch = self._watches.pop(project_id, None)
        if watch is not None and watch.task is not None:
            watch.task.cancel()

    # --- one project -----------------------------------------------------------------------------------------------

    async def _look_after(self, watch: _Watch) -> None:
        upstream = Upstream(read_endpoint(watch.endpoint))
        try:
            while True:
                watch.changed.clear()
                try:
                    pause = await self._look(watch, upstream)
                except _TROUBLE as error:  # it, or the database, is away for a moment: it is not stopped unasked
                    _log.debug("How project %s is used cannot be seen yet: %s", watch.project_id, error)
                    pause = self._minute
                if self._watches.get(watch.project_id) is not watch:
                    return
                if pause != 0.0:
                    await _wait(watch.changed, pause)
        finally:
            await upstream.close()

    async def _look(self, watch: _Watch, upstream: Upstream) -> float | None:
        """Do what is due. Seconds until the next look; None: when something changes; 0: at once."""
        if watch.wished:
            await self._ask(upstream, "POST")
            watch.wished = False
        own = await self._database.fetchval(SQL["limits_of"], watch.project_id)
        minutes = idle_minutes(own, await read_limits(self._database))
        if minutes is None:
            await self._calm(watch)
            return None
        limit = minutes * self._minute
        warning = min(WARNING_MINUTES * self._minute, limit / 2)
        idle = await self._ask(upstream, "GET")
        left = limit - idle
        if left > warning:
            await self._calm(watch)
            return left - warning
        # Nobody is stopped unwarned: not after a limit was lowered, nor when another hub gave the warning.
        left = warning if watch.warned_of is None else max(left, watch.warned_of - time.monotonic())
        if left > 0:
            await self._warn(watch, left)
            wait = f"?wait_seconds={min(left, _WAIT_SECONDS):.3f}&idle_seconds={idle:.3f}"
            waiting = asyncio.create_task(self._ask(upstream, "GET", wait))
            changed = asyncio.create_task(watch.changed.wait())
            try:
                await asyncio.wait((waiting, changed), return_when=asyncio.FIRST_COMPLETED)
                if waiting.done():
                    waiting.result()
            finally:
                for task in (waiting, changed):
                    task.cancel()
                await asyncio.gather(waiting, changed, return_exceptions=True)
            return 0.0
        self._end(watch, minutes)
        return 0.0

    async def _ask(self, upstream: Upstream, method: str, query: str = "") -> float:
        """For how many seconds the project has been idle."""
        async with (
            asyncio.timeout(_WAIT_SECONDS + ANSWER_SECONDS if query else ANSWER_SECONDS),
            upstream.session.request(method, upstream.url("/use" + query)) as answer,
        ):
            return msgspec.json.decode(await read_answer(answer, ANSWER_BYTES), type=ProjectUse).idle_seconds

    async def _warn(self, watch: _Watch, left: float) -> None:
        stops_at = time.monotonic() + left
        if watch.warned_of is None or abs(watch.warned_of - stops_at) > SAME_SECONDS:
            await self._database.execute(SQL["warn"], watch.project_id, watch.epoch, left)
            watch.warned_of = stops_at
            self._warnings += 1

    async def _calm(self, watch: _Watch) -> None:
        if watch.warned_of is not None:
            await self._database.execute(SQL["calm"], watch.project_id, watch.epoch)
            watch.warned_of = None

    def _end(self, watch: _Watch, minutes: int) -> None:
        """Stop it, in a task of its own: the stop ends this watch."""
        del self._watches[watch.project_id]
        long = "a minute" if minutes == 1 else f"{minutes:,} minutes"
        why = f"This project was stopped because nobody used it for {long}."
        _log.info("Project %s stops: nobody used it for %s.", watch.project_id, long)
        task = asyncio.create_task(self._stop_now(watch, why), name=f"stop of idle {watch.project_id}")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        task.add_done_callback(_log_failure)

    async def _stop_now(self, watch: _Watch, why: str) -> None:
        try:
            await self._stop(watch.project_id, watch.epoch, why)
            self._stopped += 1
        except StudiumError as error:
            _log.warning("Project %s could not be stopped: %s", watch.project_id, error.message)
            self._restored()  # if it is still ours, it is watched again


async def _wait(changed: asyncio.Event, seconds: float | None) -> None:
    try:
        async with asyncio.timeout(seconds):
            await changed.wait()
    except TimeoutError:
        return


def _log_failure(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("The idleness of projects is not seen as it should be.", exc_info=error)
