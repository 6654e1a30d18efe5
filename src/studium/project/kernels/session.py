"""The kernel of one notebook, shared by everybody: what people ask of it, and what there is to know of it.

All of it goes on with nobody there. ``lifecycle.py`` starts and ends the kernel, ``runs.py`` works off the queue,
``writer.py`` writes what comes of that into the document, ``widgets.py`` speaks for widgets.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

from studium.project.kernels.cell_run import CellRun
from studium.project.kernels.client import Message
from studium.project.kernels.console import Console
from studium.project.kernels.kernel import Kernel
from studium.project.kernels.lifecycle import Lifecycle
from studium.project.kernels.notebook import Notebook
from studium.project.kernels.questions import Questions
from studium.project.kernels.records import KernelRecord
from studium.project.kernels.runs import Runs
from studium.project.kernels.services import Services
from studium.project.kernels.specs import Spec, wanted_name
from studium.project.kernels.widgets import Widgets
from studium.project.kernels.writer import Writer
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId
from studium.protocol.kernels import KernelState, KernelStatus

BEGIN_SECONDS: Final = 10.0
LOST: Final = "The kernel ended while the project server was started again."

Failed = Callable[[StudiumError, AccountId | None], None]


class KernelSession:
    """The kernel of the notebook behind ``notebook``. ``changed`` is called after each change of ``status()``,
    ``failed`` when something was not done that somebody has asked for earlier."""

    def __init__(self, services: Services, notebook: Notebook, changed: Callable[[], None], failed: Failed) -> None:
        self._services = services
        self._tell_changed = changed
        self._failed = failed
        self.writer = Writer(notebook, services.open_notebook, self._document_full)
        self.widgets = Widgets(self.changed)
        self.lifecycle = Lifecycle(services, self)
        self.runs = Runs(services, self.writer, self.widgets, self._ready, self.lifecycle.note, failed, self.changed)
        self.memory_bytes: int | None = None
        self.processor_percent: float | None = None
        self.questions = Questions(services, self)
        self.console = Console(services.use, self._ready, self.changed)
        self._acts: set[asyncio.Task[None]] = set()
        self._stopped: CellRun | None = None  # since the document takes no more

    # -- what there is to know ---------------------------------------------------------------------------------------

    @property
    def path(self) -> str:
        """Where the notebook lives now."""
        return self.writer.notebook.path

    @property
    def kernel(self) -> Kernel | None:
        """The kernel, while it can be asked."""
        return self.lifecycle.kernel

    @property
    def run(self) -> CellRun | None:
        """What runs."""
        return self.runs.current

    def status(self) -> KernelStatus:
        """Everything that the pages show."""
        state, run = self.lifecycle.state, self.run
        if state is KernelState.IDLE and (run is not None or self.widgets.is_busy or self.console.is_busy):
            state = KernelState.BUSY
        return KernelStatus(
            state=state,
            kernel=self.lifecycle.spec,
            wanted=wanted_name(self.writer.metadata()),
            reason=self.lifecycle.reason,
            running=run.cell_id if run is not None else None,
            running_by=str(run.account_id) if run is not None and run.account_id else None,
            queue=self.runs.waiting,
            input=self.runs.input,
            memory_bytes=self.memory_bytes,
            processor_percent=self.processor_percent,
            started_at=self.kernel.started_at if self.kernel is not None else None,
        )

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs, or is about to."""
        return self.kernel is None and self.runs.is_idle and not self._acts

    @property
    def has_news(self) -> bool:
        """Whether whoever comes next is to be told how the kernel ended."""
        return self.lifecycle.state is KernelState.DEAD

    # -- what people ask ---------------------------------------------------------------------------------------------
    # Requests count in the order in which they come, and are carried out also when who asked has gone.

    def start(self, name: str | None, account_id: AccountId | None) -> "asyncio.Task[None]":
        """Start the kernel that the notebook asks for, or the one named, in place of any that runs."""
        return self._begin(self._start(name, account_id))

    def interrupt(self, account_id: AccountId | None) -> "asyncio.Task[None]":
        """Interrupt what runs, and empty the queue."""
        self.runs.cancel([], account_id)
        return self._begin(self._interrupt())

    def restart(self, account_id: AccountId | None, *, run_all: bool = False) -> "asyncio.Task[None]":
        """A new kernel in place of the old one."""
        self.runs.cancel([], account_id)
        self.lifecycle.break_off()
        return self._begin(self._restart(account_id, run_all))

    def shut_down(self, account_id: AccountId | None) -> "asyncio.Task[None]":
        """End the kernel."""
        self.runs.cancel([], account_id)
        self.lifecycle.break_off()
        return self._begin(self._shut_down())

    def _begin(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work, name="kernel-act")
        self._acts.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._acts.discard(task)
        if not task.cancelled():
            task.exception()  # told to those who asked, if they are still there
        self.changed()

    async def _interrupt(self) -> None:
        run = self.run
        if run is not None:
            with suppress(TimeoutError):  # a signal that comes before the kernel works on a cell is lost
                async with asyncio.timeout(BEGIN_SECONDS):
                    await run.begun.wait()
        async with self.runs.gate:
            if self.kernel is not None and self.run is run:
                self.runs.input = None
                await self.kernel.interrupt()

    async def _start(self, name: str | None, account_id: AccountId | None) -> None:
        spec = None
        if name is not None:
            spec = await self._services.specs.find(name)
            if spec is None:
                raise StudiumError(ErrorCode.NOT_FOUND, self._services.specs.how_to_install(name, {}), kernel=name)
        async with self.lifecycle.lock:
            if spec is not None:
                told = {"name": spec.name, "display_name": spec.display_name, "language": spec.language}
                old = self.writer.metadata().get("kernelspec")
                if not isinstance(old, dict) or old.get("name") != spec.name:
                    self.writer.set_metadata({"kernelspec": told, "language_info": None}, account_id)
            if self.kernel is not None and (spec is None or self.kernel.spec.name == spec.name):
                return
            self.runs.cancel([], account_id)
            await self.lifecycle.end()
            await self.lifecycle.start(spec, self.writer.metadata())

    async def _restart(self, account_id: AccountId | None, run_all: bool) -> None:
        async with self.lifecycle.lock:
            spec = self.kernel.spec if self.kernel is not None else None
            self.lifecycle.set_state(KernelState.RESTARTING)
            await self.lifecycle.end()
            await self.lifecycle.start(spec, self.writer.metadata(), KernelState.RESTARTING)
        if run_all:
            self.runs.add([cell.id for cell in self.runs.cells()], account_id)

    async def _shut_down(self) -> None:
        async with self.lifecycle.lock:
            await self.lifecycle.end()
            self.lifecycle.set_state(KernelState.NONE)

    async def _ready(self) -> Kernel:
        async with self.lifecycle.lock:
            return self.kernel or await self.lifecycle.start(None, self.writer.metadata())

    # -- what the kernel does (``Owner`` of its lifecycle) -------------------------------------------------------------

    async def spare(self, spec: Spec) -> Kernel | None:
        """A kernel that is ready."""
        return await self._services.spares.take(self, spec)

    def on_output(self, message: Message) -> Awaitable[None] | None:
        """A message that the kernel publishes."""
        if self.questions.take(message) or self.console.take(message):
            return None
        return self.runs.take(message)

    def on_input(self, message: Message) -> None:
        """Code waits for a line."""
        self.runs.take_input_request(message)

    def began(self, kernel: Kernel) -> None:
        """The kernel can be asked."""
        self._services.spares.drop(self)
        self.widgets.connect(kernel.client)

    def died(self) -> None:
        """The kernel has ended by itself: nothing waits for it any more."""
        self.runs.cancel([], None)

    async def over(self) -> None:
        """The kernel has ended."""
        self.memory_bytes = self.processor_percent = None
        self.widgets.disconnect()
        self.console.over()
        await self.runs.wait_over()

    def changed(self) -> None:
        """There is news."""
        self._tell_changed()

    # -- coming and going --------------------------------------------------------------------------------------------

    async def attach(self, kernel: Kernel, record: KernelRecord) -> None:
        """Go on with a kernel that was found again, with its run and with the cells that waited."""
        queued = [cell.id for cell in self.runs.cells() if cell.map.get("execution_state") == "queued"]
        if record.run is not None:
            self.runs.go_on(kernel, record.run)
            self.runs.add(queued, record.run.account_id)
        await self.lifecycle.take(kernel, record)

    def lost(self, record: KernelRecord) -> None:
        """The kernel that was noted is not there any more: say so, in the cell too that it ran."""
        self.lifecycle.set_state(KernelState.DEAD, LOST)
        if record.run is not None:
            self.runs.lost(record.run, LOST)

    async def reopen_if_gone(self) -> None:
        """Hold the document that is open now."""
        if await self.writer.reopen_if_gone():
            self.runs.reset_states()

    async def close(self) -> None:
        """The server ends, and the kernel with it; or there is none."""
        for act in list(self._acts):
            act.cancel()
        await asyncio.gather(*self._acts, return_exceptions=True)
        await self.runs.close()
        self._services.spares.drop(self)
        await self.lifecycle.close()
        await self.writer.close()

    def _document_full(self, error: StudiumError) -> None:
        run = self.run
        if run is not None and run is not self._stopped:
            self._stopped = run
            self._failed(error, run.account_id)
            self.interrupt(run.account_id)
