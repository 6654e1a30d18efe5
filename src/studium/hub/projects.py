"""The life of projects: started by a wish in the table or by traffic, watched while they run, stopped by a wish.

Any hub may be asked; the one that claims the project acts (``runtime.py``), the others wait for the row to change and
forward to where it runs. Work on one project is done one thing at a time; work on different projects side by side.
"""

import asyncio
import contextlib
import logging
import time
from collections import defaultdict, deque
from dataclasses import replace
from pathlib import Path
from weakref import WeakValueDictionary

from studium.compute.driver import Driver, Endpoint, ProjectFailed, ProjectSpec
from studium.hub.accounts import tutorial_project_id
from studium.hub.activity import Activity
from studium.hub.database.changes import ChangeStream, RowChange
from studium.hub.failures import as_failure, failed_state, not_running
from studium.hub.followed import Followed
from studium.hub.limits import ProjectLimits
from studium.hub.runtime import Cause, Claim, Held, Running, Runtime
from studium.hub.steps import Steps
from studium.hub.waiters import Waiters
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import ProjectId
from studium.protocol.tables import ProjectAction, ProjectState, ProjectStatus

START_SECONDS = 30.0
"""How long traffic waits for its project to start."""

STOP_SECONDS = 10.0
RESTARTS_A_MINUTE = 3
MAX_STARTING = 8
"""Projects that one hub starts at the same time; more wait their turn."""

RETRY_SECONDS, MAX_RETRY_SECONDS = 0.2, 10.0
TUTORIAL = Path(__file__).parent.parent / "tutorial"

_log = logging.getLogger(__name__)


class Projects:
    """The projects of this hub, and the way to all others."""

    def __init__(
        self, runtime: Runtime, changes: ChangeStream, driver: Driver, limits: ProjectLimits, activity: Activity
    ) -> None:
        self._runtime = runtime
        self._activity = activity
        self._changes = changes
        self._driver = driver
        self._limits = limits
        self._known: Followed[ProjectId, Running] = Followed(changes, runtime.find, lambda key, _: (key,))
        self._claims: dict[ProjectId, Claim] = {}
        self._starting: dict[ProjectId, asyncio.Task[Running | None]] = {}
        self._watches: dict[ProjectId, asyncio.Task[None]] = {}
        self._acting: dict[ProjectId, asyncio.Task[None]] = {}
        self._again: set[ProjectId] = set()
        self._deleted: set[ProjectId] = set()
        self._locks: WeakValueDictionary[ProjectId, asyncio.Lock] = WeakValueDictionary()
        self._turns = asyncio.Semaphore(MAX_STARTING)
        self._waiters = Waiters()
        self._restarts: defaultdict[ProjectId, deque[float]] = defaultdict(lambda: deque(maxlen=RESTARTS_A_MINUTE))
        self._stops = [
            changes.listen("project_runtime", self._runtime_changed),
            changes.listen("projects", self._project_changed),
            changes.listen("hubs", self._hub_changed),
            changes.on_restored(self._restored),
        ]
        self._scanner: asyncio.Task[None] | None = None
        self._scan_again = False
        self._closing = False
        self._started = 0
        self._failed = 0

    async def start(self) -> None:
        """Take over what dead hubs left: projects that still run go on, the others are seen as stopped."""
        await self._take_over()

    async def stop(self, *, stop_projects: bool) -> None:
        """End this hub's part. With ``stop_projects`` its projects save and end; else they go on for another hub."""
        self._closing = True
        for stop in self._stops:
            stop()
        tasks = [*self._acting.values(), *self._watches.values(), *self._starting.values()]
        if self._scanner is not None:
            tasks.append(self._scanner)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if stop_projects:
            stopped = await asyncio.gather(
                *(self._stop(project_id) for project_id in list(self._claims)), return_exceptions=True
            )
            for error in stopped:
                if isinstance(error, Exception):
                    _log.warning("A project did not stop cleanly: %s", error)

    async def running(self, project_id: ProjectId) -> Running:
        """Where a project answers; starts it when it does not run. Raises ``project_not_running`` with the reason."""
        found = await self._known.get(project_id)
        if found is not None:
            return found
        try:
            async with asyncio.timeout(START_SECONDS):
                return await self._started_somewhere(project_id)
        except TimeoutError:
            raise StudiumError(
                ErrorCode.PROJECT_NOT_RUNNING,
                f"The project did not start within {START_SECONDS:.0f} seconds. It may still be starting; try again.",
            ) from None

    async def _started_somewhere(self, project_id: ProjectId) -> Running:
        while True:
            with self._waiters.waiting(project_id) as changed:
                found = await self._known.get(project_id) or await asyncio.shield(self._begin(project_id))
                if found is not None:
                    return found
                await changed

    def _begin(self, project_id: ProjectId) -> "asyncio.Task[Running | None]":
        """The one start of a project that is under way here."""
        task = self._starting.get(project_id)
        if task is None:
            task = asyncio.create_task(self._start_for_traffic(project_id), name=f"start {project_id}")
            self._starting[project_id] = task
            task.add_done_callback(lambda done: self._begun(project_id, done))
        return task

    def _begun(self, project_id: ProjectId, task: "asyncio.Task[Running | None]") -> None:
        self._starting.pop(project_id, None)
        if not task.cancelled():
            task.exception()  # seen by whoever waits; nobody may, when the browser has gone

    async def _start_for_traffic(self, project_id: ProjectId) -> Running | None:
        async with self._lock(project_id):
            return await self._start(project_id, Cause.TRAFFIC)

    async def lost(self, project_id: ProjectId, run: Running) -> None:
        """Nothing listens where the project should be. Returns when it is worth another try; raises when it is not.

        A living hub's supervisor brings it back; what a dead hub left is given free, so that the next try starts it."""
        self._known.forget([project_id])
        epoch, alive = await self._runtime.epoch(project_id)
        if epoch == run.epoch and not alive and project_id not in await self._driver.running():
            await self._runtime.release(project_id, epoch)
        elif epoch == run.epoch:
            # Nothing tells us of a server that restarts within its ring; its socket is back in a fraction of a second.
            with self._waiters.waiting(project_id) as changed, contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.2):
                    await changed

    async def _start(self, project_id: ProjectId, cause: Cause) -> Running | None:
        """Claim and start, within the project's lock. None: another hub is at it. Raises ``project_not_running``."""
        if self._closing:
            raise StudiumError(ErrorCode.UNAVAILABLE, "This hub is stopping. Try again in a moment.")
        await self._known.see_changes()
        local = await self._driver.running()
        claim = await self._runtime.claim(project_id, local, cause, holds=project_id in self._claims)
        match claim:
            case Held(state=state, epoch=epoch):
                if cause is Cause.REQUEST:
                    await self._runtime.set_state(project_id, epoch, state)
                raise not_running(state)
            case Claim():
                return await self._start_claimed(project_id, claim)
            case _:
                return claim

    async def _start_claimed(self, project_id: ProjectId, claim: Claim, why: str | None = None) -> Running:
        self._claims[project_id] = claim
        try:
            endpoint = claim.running or await self._start_afresh(project_id, claim, why)
            if not await self._runtime.publish(project_id, claim.epoch, endpoint):
                raise ProjectFailed("Another hub has taken the project over.")
        except BaseException as error:
            self._claims.pop(project_id, None)
            failed = as_failure(error)
            await asyncio.shield(self._give_up(project_id, claim, failed))
            if isinstance(error, asyncio.CancelledError):
                raise
            raise not_running(failed_state(failed, claim.secret)) from error
        await self._runtime.set_state(project_id, claim.epoch, ProjectState(status=ProjectStatus.RUNNING))
        self._started += 1
        self._watch(project_id, claim)
        self._activity.follow(project_id, run := Running(self._runtime.hub_id, claim.epoch, endpoint, claim.secret))
        return run

    async def _start_afresh(self, project_id: ProjectId, claim: Claim, why: str | None) -> Endpoint:
        spec = ProjectSpec(project_id, claim.uid_number, claim.secret, await self._limits.read())
        is_tutorial = claim.created_by is not None and project_id == tutorial_project_id(claim.created_by)
        template = TUTORIAL if is_tutorial else claim.copied_from
        async with Steps(self._runtime, project_id, claim.epoch) as steps:
            steps.show(why or "waiting for its turn")
            async with self._turns:
                steps.show(why or "preparing its files")
                await self._driver.prepare(spec, template)
                return await self._driver.start(spec, steps.show)

    async def _give_up(self, project_id: ProjectId, claim: Claim, failed: ProjectFailed) -> None:
        self._failed += 1
        _log.warning("Project %s does not run: %s", project_id, failed.message)
        with contextlib.suppress(StudiumError):
            await self._driver.stop(project_id, 0)
            await self._runtime.set_state(project_id, claim.epoch, failed_state(failed, claim.secret))
            await self._runtime.release(project_id, claim.epoch)

    def _watch(self, project_id: ProjectId, claim: Claim) -> None:
        task = asyncio.create_task(self._watched(project_id, claim), name=f"watch {project_id}")
        self._watches[project_id] = task
        task.add_done_callback(lambda done: self._watch_ended(project_id, done))

    def _watch_ended(self, project_id: ProjectId, task: "asyncio.Task[None]") -> None:
        if self._watches.get(project_id) is task:
            del self._watches[project_id]
            self._activity.forget(project_id)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.warning("Project %s is no longer watched: %s", project_id, error)

    async def _watched(self, project_id: ProjectId, claim: Claim) -> None:
        """Wait until the project ends by itself, and see to it; a database that is away is waited for."""
        failed = await self._driver.wait_ended(project_id)
        _log.warning("Project %s ended: %s", project_id, failed.message)
        pause = RETRY_SECONDS
        while True:
            try:
                async with self._lock(project_id):
                    return await self._ended(project_id, claim, failed)
            except Exception as error:  # whatever it is, an ended project must not be taken for a running one
                _log.warning("Project %s cannot be started again yet: %s", project_id, error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, MAX_RETRY_SECONDS)
                await self._changes.wait_connected()

    async def _ended(self, project_id: ProjectId, claim: Claim, failed: ProjectFailed) -> None:
        """Start a project again that ended by itself, unless it did so too often."""
        if self._claims.get(project_id) is not claim or self._closing:
            return
        epoch, _ = await self._runtime.epoch(project_id)
        if epoch != claim.epoch:  # another hub has it, or it was deleted
            del self._claims[project_id]
            return
        await self._runtime.withdraw(project_id, claim.epoch)
        restarts, now = self._restarts[project_id], time.monotonic()
        if len(restarts) == RESTARTS_A_MINUTE and restarts[0] > now - 60:
            del self._claims[project_id]
            await self._give_up(project_id, claim, failed)
            return
        restarts.append(now)
        again = replace(claim, running=None)
        with contextlib.suppress(StudiumError):  # the state says why
            await self._start_claimed(project_id, again, "starting again")

    async def stop_unused(self, project_id: ProjectId, epoch: int, why: str) -> None:
        """Stop a project that nobody uses, if it is still that run of it. Whoever comes back starts it again."""
        async with self._lock(project_id):
            if (claim := self._claims.get(project_id)) is not None and claim.epoch == epoch:
                await self._stop(project_id, why)

    async def _stop(self, project_id: ProjectId, why: str | None = None) -> None:
        """Stop a project of this hub, within its lock or at the end of the hub."""
        claim = self._claims.pop(project_id, None)
        if claim is None:
            return
        if (watch := self._watches.pop(project_id, None)) is not None:
            watch.cancel()
        with contextlib.suppress(StudiumError):  # a database that is away must not keep processes running
            await self._runtime.withdraw(project_id, claim.epoch)
            await self._runtime.set_state(project_id, claim.epoch, ProjectState(ProjectStatus.STOPPING, message=why))
        await self._activity.finish(project_id)
        await self._driver.stop(project_id, STOP_SECONDS)
        await self._runtime.set_state(project_id, claim.epoch, ProjectState(ProjectStatus.STOPPED, message=why))
        await self._runtime.release(project_id, claim.epoch)

    async def _act(self, project_id: ProjectId) -> None:
        """Do what collaborators asked for until nothing is asked for."""
        while project_id in self._again:
            self._again.discard(project_id)
            await self._known.see_changes()
            async with self._lock(project_id):
                if project_id in self._deleted:
                    self._deleted.discard(project_id)
                    await self._stop(project_id)
                    continue
                action = await self._runtime.take_request(project_id)
                if action is None:
                    continue
                if action is not ProjectAction.START:
                    await self._stop_anywhere(project_id)
                if action is not ProjectAction.STOP:
                    self._restarts.pop(project_id, None)
                    with contextlib.suppress(StudiumError):  # the state says why
                        await self._start(project_id, Cause.REQUEST)

    async def _stop_anywhere(self, project_id: ProjectId) -> None:
        """Stop a project of this hub, or one that a dead hub left running."""
        if project_id not in self._claims:
            local = await self._driver.running()
            claim = await self._runtime.claim(project_id, local, Cause.TAKE_OVER, holds=False)
            if not isinstance(claim, Claim):
                return
            self._claims[project_id] = claim
        await self._stop(project_id)

    async def _take_over(self) -> None:
        local = await self._driver.running()
        for project_id in {*await self._runtime.held_by_dead(), *local}:
            async with self._lock(project_id):
                if project_id in self._claims:
                    continue
                claim = await self._runtime.claim(project_id, local, Cause.TAKE_OVER, holds=False)
                if isinstance(claim, Claim):
                    self._claims[project_id] = claim
                    if claim.running is not None:
                        await self._start_claimed(project_id, claim)
                    else:
                        await self._stop(project_id)
                elif (
                    claim is None and project_id in local and (await self._runtime.epoch(project_id))[0] == 0
                ):  # deleted
                    await self._driver.stop(project_id, STOP_SECONDS)
        for project_id in await self._runtime.requested():
            self._ask(project_id)

    def _ask(self, project_id: ProjectId) -> None:
        if self._closing:
            return
        self._again.add(project_id)
        if project_id not in self._acting:
            task = asyncio.create_task(self._act(project_id), name=f"act on {project_id}")
            self._acting[project_id] = task
            task.add_done_callback(lambda done: self._acted(project_id, done))

    def _acted(self, project_id: ProjectId, task: "asyncio.Task[None]") -> None:
        self._acting.pop(project_id, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.warning("What was asked of project %s could not be done: %s", project_id, error)

    def _project_changed(self, change: RowChange) -> None:
        row = change.new or change.old or {}
        project_id = ProjectId(row["project_id"])
        if change.new is not None and change.new.get("action_request") and change.changed("action_request"):
            self._known.forget([], change.transaction)
            self._ask(project_id)
        if change.action == "delete" and project_id in self._claims:
            self._deleted.add(project_id)
            self._ask(project_id)
        if change.action == "delete" or change.changed("state"):
            self._waiters.wake(project_id)

    def _runtime_changed(self, change: RowChange) -> None:
        row = change.new or change.old or {}
        project_id = ProjectId(row["project_id"])
        self._known.forget([project_id], change.transaction)
        self._waiters.wake(project_id)

    def _restored(self) -> None:
        self._known.forget()
        self._waiters.wake_all()
        self._scan()

    def _hub_changed(self, change: RowChange) -> None:
        """A hub that ended cleanly: one of those that live goes on with what it left running."""
        if change.action == "delete":
            self._scan()

    def _scan(self) -> None:
        self._scan_again = True
        if not self._closing and (self._scanner is None or self._scanner.done()):
            self._scanner = asyncio.create_task(self._scan_for_work(), name="projects that nobody looks after")

    async def _scan_for_work(self) -> None:
        while self._scan_again:
            self._scan_again = False
            try:
                await self._take_over()
            except StudiumError as error:
                _log.warning("Projects that others left could not be taken over: %s", error.message)

    def _lock(self, project_id: ProjectId) -> asyncio.Lock:
        return self._locks.setdefault(project_id, asyncio.Lock())

    def statistics(self) -> dict[str, int]:
        """Projects that this hub runs, is starting, has started and seen fail."""
        return {
            "running": len(self._watches),
            "starting": len(self._starting),
            "started": self._started,
            "failed": self._failed,
        }
