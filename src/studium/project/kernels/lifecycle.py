"""The kernel of one notebook from its start to its end: its state, why it ended, and what is noted of it."""

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any, Final, Protocol

import msgspec

from studium.project.kernels.cell_run import CellRun
from studium.project.kernels.client import Message
from studium.project.kernels.kernel import Kernel
from studium.project.kernels.records import KernelRecord, RunRecord
from studium.project.kernels.services import Services
from studium.project.kernels.specs import Spec, choose, wanted_name
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.kernels import KernelSpec, KernelState

_log = logging.getLogger(__name__)

BUSY_GRACE_SECONDS: Final = 0.3
IDLE_GRACE_SECONDS: Final = 1.0


class Owner(Protocol):
    """Whom a kernel belongs to. What it says comes in by ``on_output`` and ``on_input``."""

    @property
    def path(self) -> str:
        """Of the notebook."""
        ...

    @property
    def run(self) -> CellRun | None:
        """What runs."""
        ...

    async def spare(self, spec: Spec) -> Kernel | None:
        """A kernel that is ready."""
        ...

    def on_output(self, message: Message) -> Any:
        """A message that nobody asked for."""

    def on_input(self, message: Message) -> None:
        """Code waits for a line."""

    def began(self, kernel: Kernel) -> None:
        """It can be asked."""

    async def over(self) -> None:
        """It has ended, and the widgets with it. Return when its last run is written."""

    def died(self) -> None:
        """It has ended by itself."""

    def changed(self) -> None:
        """There is news for the pages."""


class Lifecycle:
    """Starts, ends and watches the kernel. ``lock`` is held by whoever starts or ends it."""

    def __init__(self, services: Services, owner: Owner) -> None:
        self._services = services
        self._owner = owner
        self.lock = asyncio.Lock()
        self.kernel: Kernel | None = None
        self.state = KernelState.NONE
        self.reason: str | None = None
        self.spec: KernelSpec | None = None
        self._guard: asyncio.Task[None] | None = None
        self._starting: asyncio.Task[Kernel] | None = None
        self._is_broken_off = False
        self._record: KernelRecord | None = None
        self._noting = asyncio.Lock()

    def set_state(self, state: KernelState, reason: str | None = None) -> None:
        """Say what the kernel does."""
        self.state, self.reason = state, reason
        self._owner.changed()

    async def start(
        self, spec: Spec | None, metadata: Mapping[str, Any], state: KernelState = KernelState.STARTING
    ) -> Kernel:
        """Start the kernel, or the one that the notebook's ``metadata`` ask for; the caller holds the lock. Raises
        ``StudiumError``, with the state telling why."""
        self.set_state(state)
        spec = spec or choose(await self._services.specs.all(), metadata)
        spec = spec or choose(await self._services.specs.all(afresh=True), metadata)
        if spec is None:
            name = wanted_name(metadata)
            reason = self._services.specs.how_to_install(name, metadata)
            self.spec = None
            self.set_state(KernelState.MISSING, reason)
            raise StudiumError(ErrorCode.NOT_FOUND, reason, kernel=name)
        self.spec = spec.public()
        self._owner.changed()
        try:
            self._starting = asyncio.create_task(self._start(spec), name="kernel-start")
            kernel = await self._starting
        except StudiumError as error:
            self.set_state(KernelState.DEAD, error.message)
            raise
        except asyncio.CancelledError:
            if not self._is_broken_off:
                raise
            self.set_state(KernelState.NONE)
            raise StudiumError(ErrorCode.CONFLICT, "The kernel was ended before it had begun.") from None
        finally:
            if self._starting is not None:
                self._starting.cancel()
            self._starting, self._is_broken_off = None, False
        await self.take(kernel, KernelRecord.of(self._owner.path, kernel))
        return kernel

    async def _start(self, spec: Spec) -> Kernel:
        owner = self._owner
        return await owner.spare(spec) or await self._services.start(spec, owner.path, owner.on_output, owner.on_input)

    def break_off(self) -> None:
        """End a start that is under way: whoever waits for it gets ``conflict``."""
        if self._starting is not None:
            self._is_broken_off = True
            self._starting.cancel()

    async def take(self, kernel: Kernel, record: KernelRecord) -> None:
        """A kernel that has been started, or found again."""
        self.kernel = kernel
        self.spec = kernel.spec.public()
        self._record = record
        self._guard = asyncio.create_task(self._watch(kernel), name="kernel-guard")
        self._owner.began(kernel)
        await self.note()
        if self.kernel is kernel:
            self.set_state(KernelState.IDLE)

    async def end(self) -> None:
        """End the kernel, if there is one; the caller holds the lock, and says what the state is then."""
        kernel, self.kernel = self.kernel, None
        if kernel is None:
            return
        grace = BUSY_GRACE_SECONDS if self._owner.run is not None else IDLE_GRACE_SECONDS
        await kernel.shut_down(grace_seconds=grace)
        await self._forget(kernel)

    async def note(self) -> None:
        """Note what the next server needs to find the kernel and its run again."""
        async with self._noting:
            if self._record is None:
                return
            run, running = self._owner.run, None
            if run is not None:
                running = RunRecord(run.message_id, run.cell_id, run.account_id, time.time())
            self._record = msgspec.structs.replace(self._record, path=self._owner.path, run=running)
            try:
                await asyncio.to_thread(self._services.records.write, self._record)
            except OSError as error:
                _log.warning("A kernel could not be noted, and will not be found again: %s", error)

    async def close(self) -> None:
        """The server ends, and the kernel with it."""
        kernel, self.kernel = self.kernel, None
        if self._guard is not None:
            self._guard.cancel()
            await asyncio.gather(self._guard, return_exceptions=True)
        if kernel is not None:
            await kernel.shut_down(grace_seconds=BUSY_GRACE_SECONDS)
            await self._forget(kernel)

    async def _watch(self, kernel: Kernel) -> None:
        await kernel.ended.wait()
        if self.kernel is kernel:
            self.kernel = None
            self.set_state(KernelState.DEAD, f"The kernel ended: {kernel.reason}")
            self._owner.died()
            await self._forget(kernel)
            await kernel.let_go()

    async def _forget(self, kernel: Kernel) -> None:
        await self._owner.over()
        async with self._noting:
            record = self._record
            if record is not None and record.connection == kernel.connection:
                self._record = None
                await asyncio.to_thread(self._services.records.remove, record.connection)
