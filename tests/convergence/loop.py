"""An event loop that a test drives: its clock moves when told to, and work for threads waits until somebody does it.

So a program of a test is the only source of order. Nothing sleeps, and the same program always runs the same way.
"""

import asyncio
import contextlib
import functools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")


class _Selector(selectors.DefaultSelector):
    """Never waits. Where the loop would have, it is idle."""

    on_idle: Callable[[float | None], None]

    def select(self, timeout: float | None = None) -> list[Any]:
        events = super().select(0)
        if not events and (timeout is None or timeout > 0):
            self.on_idle(timeout)
        return events


class ThreadJob:
    """A blocking call that waits for a thread."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...], future: asyncio.Future[Any]) -> None:
        self.call = functools.partial(function, *arguments)
        self.future = future

    @property
    def name(self) -> str:
        """Of the function that is called in the end."""
        call: Any = self.call
        while isinstance(call, functools.partial):
            # ``asyncio.to_thread`` makes it ``context.run(function, …)``, ``Store`` passes the function as it is.
            call = call.args[0] if getattr(call.func, "__name__", "") == "run" and call.args else call.func
        return str(getattr(call, "__name__", call))


class DrivenLoop(asyncio.SelectorEventLoop):
    """``errors`` is what nobody handled."""

    def __init__(self, now: float = 0.0) -> None:
        self._selector_of_ours = _Selector()
        self._selector_of_ours.on_idle = self._on_idle
        super().__init__(self._selector_of_ours)
        self.now = now
        self.jobs: list[ThreadJob] = []
        self.errors: list[dict[str, Any]] = []
        self.set_exception_handler(lambda _loop, context: self.errors.append(context))
        self._next_timer: float | None = None

    def time(self) -> float:
        return self.now

    def run_in_executor(  # type: ignore[override]  # the types of arguments are of no interest here
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        job = ThreadJob(func, args, self.create_future())
        self.jobs.append(job)
        return job.future

    def turn(self) -> None:
        """Run what is ready, and what that makes ready, until the loop would wait."""
        self.run_forever()

    def work(self, count: int = 1) -> int:
        """Do the first jobs for threads, each followed by what becomes ready then; how many there were."""
        done = 0
        while done < count and self.jobs:
            job = self.jobs.pop(0)
            done += 1
            try:
                result = job.call()
            except Exception as error:
                if not job.future.done():
                    job.future.set_exception(error)
            else:
                if not job.future.done():
                    job.future.set_result(result)
            self.turn()
        return done

    def advance(self, seconds: float) -> None:
        """Let time pass: timers fire in their order."""
        end = self.now + seconds
        self.turn()
        while self._next_timer is not None and self.now + self._next_timer <= end:
            self.now += max(self._next_timer, 1e-6)
            self.turn()
        self.now = max(self.now, end)
        self.turn()

    def complete(self, coroutine: Coroutine[Any, Any, _T], help_along: Callable[[], bool]) -> _T:
        """The result of a coroutine. ``help_along`` does what it waits for besides jobs (commits); without any, time
        passes."""
        task = self.create_task(coroutine)
        self.turn()
        while not task.done():
            if not self.work() and not help_along():
                assert self._next_timer is not None, "it waits for something that never comes"
                self.advance(self._next_timer)
            self.turn()
        return task.result()

    def kill(self) -> None:
        """What a killed process does: nothing more. Its tasks end without having had an effect."""
        self.jobs.clear()
        self.errors.clear()
        tasks = asyncio.all_tasks(self)
        for task in tasks:
            task.cancel()
        for _ in range(10):
            self.turn()
            self.jobs.clear()
            if all(task.done() for task in tasks):
                break
            for task in tasks:
                task.cancel()
        for task in tasks:
            if task.done() and not task.cancelled():
                with contextlib.suppress(BaseException):
                    task.exception()
        self.close()

    def _on_idle(self, timeout: float | None) -> None:
        self._next_timer = timeout
        self.stop()
