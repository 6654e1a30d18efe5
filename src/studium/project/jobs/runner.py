"""The jobs of a project: a few run at once, the others wait; each can be ended; one that has ended is told of for a
minute.

A job belongs to the project: it goes on when the page that asked for it closes. What it makes is out of sight until it
is whole (``files/staging.py``), so that nothing is half done when it fails, is ended, or its server is killed.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Final, TypeVar

from studium.http.errors import unforeseen
from studium.project.jobs.work import Cancelled, Work
from studium.protocol.errors import ErrorBody, ErrorCode, StudiumError
from studium.protocol.ids import AccountId
from studium.protocol.jobs import Job, Jobs, JobState

MAX_RUNNING: Final = 3
"""At once: disks get slower with more, and each holds a thread or a program."""
MAX_JOBS: Final = 50
"""That run or wait: more are asked for by a loop, not by people."""
KEPT_SECONDS: Final = 60.0
MAX_ENDED: Final = 200
"""Jobs that have ended and are still told of, in a minute in which many do."""
STOP_SECONDS: Final = 3.0
"""Given to jobs when the server ends; what they leave out of sight then, the next server removes."""
TELL_SECONDS: Final = 0.25

_log = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")
Act = Callable[[Work], Awaitable[None]]
"""What a job does. Raises ``StudiumError``, or ``Cancelled``."""


class _Running:
    """One job."""

    def __init__(self, kind: str, what: str, account_id: AccountId, to: str) -> None:
        self.job_id = secrets.token_hex(8)
        self.kind = kind
        self.what = what
        self.account_id = account_id
        self.started_at = time.time()
        self.state = JobState.RUNNING
        self.error: ErrorBody | None = None
        self.work = Work()
        self.work.to = to
        self.task: asyncio.Task[None] | None = None

    def tell(self) -> Job:
        """The job as it travels."""
        work = self.work
        return Job(
            job_id=self.job_id,
            kind=self.kind,
            what=self.what,
            account_id=self.account_id,
            started_at=self.started_at,
            state=self.state,
            to=work.to,
            done_bytes=work.done_bytes,
            total_bytes=work.total_bytes,
            done_files=work.done_files,
            total_files=work.total_files,
            skipped_files=work.skipped_files,
            path=work.path if self.state is JobState.DONE else None,
            trash_ids=list(work.trash_ids) if self.state is not JobState.RUNNING else [],
            error=self.error,
        )


class Runner:
    """Runs jobs. ``busy`` says for how long the project is in use."""

    def __init__(self, busy: Callable[[], AbstractContextManager[None]]) -> None:
        self._busy = busy
        self._jobs: dict[str, _Running] = {}
        self._turns = asyncio.Semaphore(MAX_RUNNING)
        # Of their own: those of the loop are few, and a save must not wait for a copy.
        self._threads = ThreadPoolExecutor(MAX_RUNNING, thread_name_prefix="job")
        self._listeners: set[Callable[[], None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._ends: set[asyncio.TimerHandle] = set()
        self._closing = False
        self._counts = dict.fromkeys(JobState, 0)

    def start(self, kind: str, what: str, account_id: AccountId, to: str, act: Act) -> str:
        """Begin a job, or let it wait for its turn; the answer is its id. Raises ``rate_limited``."""
        if self._closing:
            raise StudiumError(ErrorCode.UNAVAILABLE, "The project is stopping. Start this again when it is back.")
        if sum(job.state is JobState.RUNNING for job in self._jobs.values()) >= MAX_JOBS:
            message = f"{MAX_JOBS} jobs run or wait in this project already. Wait until one of them ends."
            raise StudiumError(ErrorCode.RATE_LIMITED, message, limit=MAX_JOBS)
        job = _Running(kind, what, account_id, to)
        self._jobs[job.job_id] = job
        job.task = asyncio.create_task(self._run(job, act), name=f"job {kind}")
        self._tell()
        return job.job_id

    def cancel(self, job_id: str) -> None:
        """End a job; one that has ended, or is not known any more, is left alone."""
        job = self._jobs.get(job_id)
        if job is not None and job.state is JobState.RUNNING:
            job.work.cancel()

    async def in_thread(self, function: Callable[..., _Answer], *arguments: object) -> _Answer:
        """Call a blocking function in a thread of the jobs."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    def now(self) -> Jobs:
        """All jobs that are told of, oldest first."""
        return Jobs([job.tell() for job in self._jobs.values()])

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` when something may have changed, four times a second at most; returns what ends that."""
        self._listeners.add(listener)
        self._plan()
        return lambda: self._listeners.discard(listener)

    async def close(self) -> None:
        """End what runs."""
        self._closing = True
        tasks = []
        for job in self._jobs.values():
            if job.task is not None and not job.task.done():
                job.work.cancel()
                tasks.append(job.task)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for timer in (*self._ends, *([self._timer] if self._timer is not None else [])):
            timer.cancel()
        self._listeners.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def statistics(self) -> dict[str, float]:
        """What runs or waits now, and how jobs have ended."""
        running = sum(job.state is JobState.RUNNING for job in self._jobs.values())
        return {"running": running, **{state.value: count for state, count in self._counts.items() if count}}

    async def _run(self, job: _Running, act: Act) -> None:
        state = JobState.FAILED
        try:
            with self._busy():
                await self._wait_for_turn(job)
                try:
                    await act(job.work)
                finally:
                    self._turns.release()
            state = JobState.DONE
        except Cancelled:
            state = JobState.CANCELLED
        except StudiumError as error:
            job.error = error.body()
        except Exception as error:
            job.error = unforeseen(error, f"job {job.kind}").body()
        finally:
            self._ended(job, state)

    async def _wait_for_turn(self, job: _Running) -> None:
        turn = asyncio.ensure_future(self._turns.acquire())
        job.work.on_cancel(turn.cancel)
        try:
            await turn
        except asyncio.CancelledError:
            if job.work.is_cancelled:
                raise Cancelled from None
            turn.cancel()
            raise

    def _ended(self, job: _Running, state: JobState) -> None:
        job.state = state
        self._counts[state] += 1
        if not self._closing:
            handle = asyncio.get_running_loop().call_later(KEPT_SECONDS, self._forget, job.job_id)
            self._ends.add(handle)
        ended = [each.job_id for each in self._jobs.values() if each.state is not JobState.RUNNING]
        for job_id in ended[: max(0, len(ended) - MAX_ENDED)]:
            del self._jobs[job_id]
        self._tell()

    def _forget(self, job_id: str) -> None:
        self._ends = {handle for handle in self._ends if handle.when() > asyncio.get_running_loop().time()}
        if self._jobs.pop(job_id, None) is not None:
            self._tell()

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener()
        self._plan()

    def _plan(self) -> None:
        """While something runs and somebody listens, tell of it four times a second."""
        runs = any(job.state is JobState.RUNNING for job in self._jobs.values())
        if self._timer is None and self._listeners and runs:
            self._timer = asyncio.get_running_loop().call_later(TELL_SECONDS, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._tell()
