"""Kernels that are ready before the first cell runs: one for each notebook that somebody who may run it has open.

A spare kernel is one of the project's own Python, forked at the notebook's place. It is nothing that anybody sees: it
becomes the notebook's kernel when one is wanted, and goes when nobody has the notebook open. There are few of them.
"""

import asyncio
import logging
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from studium.project.kernels.kernel import Kernel
from studium.project.kernels.records import KernelRecord
from studium.project.kernels.specs import Spec, choose
from studium.protocol.errors import StudiumError

if TYPE_CHECKING:
    from studium.project.kernels.services import Services
    from studium.project.kernels.session import KernelSession

_log = logging.getLogger(__name__)

MAX_SPARES: Final = 2
"""Each takes about 25 MB."""


class _Spare:
    """One that is there, or will be; ``folder`` is where it works."""

    def __init__(self, folder: PurePath, task: "asyncio.Task[Kernel | None]") -> None:
        self.folder = folder
        self.task = task


class Spares:
    """The spare kernels of a project."""

    def __init__(self, services: "Services") -> None:
        self._services = services
        self._spares: dict[KernelSession, _Spare] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self.taken = 0

    def want(self, session: "KernelSession") -> None:
        """Have one ready for a session, in the place of the one that was wanted longest ago."""
        if session in self._spares or session.kernel is not None:
            return
        while len(self._spares) >= MAX_SPARES:
            self.drop(next(iter(self._spares)))
        task = asyncio.create_task(self._start(session), name="kernel-spare")
        self._spares[session] = _Spare(PurePath(session.path).parent, task)

    async def take(self, session: "KernelSession", spec: Spec) -> Kernel | None:
        """The one that is ready for a session, if it is the kernel that is wanted."""
        spare = self._spares.pop(session, None)
        if spare is None:
            return None
        if not spec.own or spare.folder != PurePath(session.path).parent:
            self._end(spare)
            return None
        kernel = await spare.task
        if kernel is None or kernel.ended.is_set():
            return None
        self.taken += 1
        return kernel

    def drop(self, session: "KernelSession") -> None:
        """None is needed for this session any more."""
        spare = self._spares.pop(session, None)
        if spare is not None:
            self._end(spare)

    async def close(self) -> None:
        """The server ends."""
        for session in list(self._spares):
            self.drop(session)
        await asyncio.gather(*self._ending)

    async def _start(self, session: "KernelSession") -> Kernel | None:
        spec = choose(await self._services.specs.all(), session.writer.metadata())
        if spec is None or not spec.own or await self._services.zygote() is None:
            return None
        try:
            kernel = await self._services.start(spec, session.path, session.on_output, session.on_input)
        except StudiumError as error:
            _log.info("A spare kernel did not start: %s", error.message)
            return None
        record = KernelRecord.of(session.path, kernel, is_spare=True)
        try:
            await asyncio.to_thread(self._services.records.write, record)
        except OSError as error:
            _log.info("A spare kernel could not be noted: %s", error)
        return kernel

    def _end(self, spare: _Spare) -> None:
        task = asyncio.create_task(self._end_spare(spare), name="kernel-spare-end")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _end_spare(self, spare: _Spare) -> None:
        kernel = await spare.task
        if kernel is not None:
            await kernel.kill()
            await asyncio.to_thread(self._services.records.remove, kernel.connection)
