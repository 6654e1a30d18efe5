"""The steps of a start, written where people see them: only the newest, one write at a time."""

import asyncio
import contextlib
from types import TracebackType

from studium.hub.runtime import Runtime
from studium.protocol.errors import StudiumError
from studium.protocol.ids import ProjectId
from studium.protocol.tables import ProjectState, ProjectStatus


class Steps:
    """``async with Steps(…) as steps: steps.show("starting the sandbox")``; at the end no write is under way."""

    def __init__(self, runtime: Runtime, project_id: ProjectId, epoch: int) -> None:
        self._runtime = runtime
        self._project_id = project_id
        self._epoch = epoch
        self._newest: str | None = None
        self._wanted = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None

    def show(self, step: str) -> None:
        """Say what is being done now."""
        self._newest = step
        self._wanted.set()

    async def __aenter__(self) -> "Steps":
        self._writer = asyncio.create_task(self._write(), name=f"steps of {self._project_id}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A write under way must end before the state that follows: cancelled, it might still be carried out after it.
        if self._writer is not None:
            self._newest = None
            self._wanted.set()
            await asyncio.shield(self._writer)

    async def _write(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            step = self._newest
            if step is None:
                return
            with contextlib.suppress(StudiumError):  # a step that nobody sees must not stop a start
                state = ProjectState(status=ProjectStatus.STARTING, step=step)
                await self._runtime.set_state(self._project_id, self._epoch, state)
