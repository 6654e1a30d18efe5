"""Memory and processor time of kernels, for the pages that show them."""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final

from studium.project.kernels.session import KernelSession

SECONDS: Final = 2.0
MEMORY_STEP_BYTES: Final = 1024**2
PROCESSOR_STEP_PERCENT: Final = 1.0


class Meter:
    """Looks at the kernels of ``sessions`` now and then; a session is told when what it uses has changed visibly."""

    def __init__(self, sessions: Callable[[], Iterable[KernelSession]]) -> None:
        self._sessions = sessions
        self._last: dict[int, tuple[float, float]] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="kernel-meter")

    async def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            last, self._last = self._last, {}
            for session in list(self._sessions()):
                self._look(session, last)
            await asyncio.sleep(SECONDS)

    def _look(self, session: KernelSession, last: dict[int, tuple[float, float]]) -> None:
        if session.kernel is None:
            return
        process = session.kernel.started.process()
        memory, seconds, now = process.memory_bytes(), process.processor_seconds(), time.monotonic()
        if memory is None or seconds is None:
            return
        then = last.get(process.pid)
        percent = 100 * (seconds - then[1]) / (now - then[0]) if then is not None and now > then[0] else 0.0
        self._last[process.pid] = (now, seconds)
        shown = (session.memory_bytes or 0, session.processor_percent or 0.0)
        if abs(memory - shown[0]) >= MEMORY_STEP_BYTES or abs(percent - shown[1]) >= PROCESSOR_STEP_PERCENT:
            session.memory_bytes, session.processor_percent = memory, round(max(0.0, percent), 1)
            session.changed()
