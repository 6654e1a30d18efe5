"""The runs of one notebook: the queue, what runs now, and those whose late output still has a cell.

One task works off the queue, and starts the kernel when there is none. It needs nobody to look on.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from secrets import token_hex
from typing import Any, Final

from studium.project.kernels.cell_run import OUTPUT_KINDS, CellRun, OutputSink
from studium.project.kernels.client import Message
from studium.project.kernels.kernel import Kernel
from studium.project.kernels.queue import RunQueue, Waiting
from studium.project.kernels.records import RunRecord
from studium.project.kernels.services import Services
from studium.project.kernels.widgets import Widgets
from studium.project.kernels.writer import Writer
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId
from studium.protocol.kernels import InputRequest
from studium.sync.notebook.schema import Cell, cells_of, find_cell

MAX_RUNS: Final = 1000
"""Runs whose late output is still put into their cells."""
IDLE_SECONDS: Final = 10.0
"""For how long a kernel is silent until nothing more is awaited of a run that it has replied to."""
REPLY_SECONDS: Final = 3.0
MAX_PROMPT: Final = 1000
LOST: Final = "The project server was started again here; some of what this cell put out may be missing.\n"


class Runs:
    """``ready`` gives the kernel, started if need be, and ``note`` keeps what runs for the next server; ``failed`` is
    told why a cell of whom was not run."""

    def __init__(
        self,
        services: Services,
        writer: Writer,
        widgets: Widgets,
        ready: Callable[[], Awaitable[Kernel]],
        note: Callable[[], Awaitable[None]],
        failed: Callable[[StudiumError, AccountId | None], None],
        changed: Callable[[], None],
    ) -> None:
        self._services = services
        self._writer = writer
        self._widgets = widgets
        self._ready = ready
        self._note = note
        self._failed = failed
        self._changed = changed
        self._sink = OutputSink(services.blobs, services.overflow, writer.touch)
        self._queue = RunQueue()
        self._runs: OrderedDict[str, CellRun] = OrderedDict()
        self._work: asyncio.Task[None] | None = None
        self._none_runs = asyncio.Event()
        self._none_runs.set()
        self.gate = asyncio.Lock()
        """Held while a signal is on its way, so that it does not meet the run after the one that it is meant for."""
        self._next: str | None = None
        """The cell whose turn has come, while it waits for the kernel."""
        self.current: CellRun | None = None
        self.input: InputRequest | None = None

    @property
    def waiting(self) -> list[str]:
        """The cells that wait, in order."""
        return self._queue.cell_ids

    @property
    def is_idle(self) -> bool:
        """Whether nothing runs or waits."""
        return self._work is None and not self._queue

    async def wait_over(self) -> None:
        """Wait until what runs is over and written."""
        await self._none_runs.wait()

    # -- the queue ---------------------------------------------------------------------------------------------------

    def add(self, cell_ids: list[str], account_id: AccountId | None, *, stop_on_error: bool = True) -> None:
        """Run cells after those that wait. What is no code cell is passed over."""
        known = {cell.id for cell in self.cells()}
        new = self._queue.add((c for c in cell_ids if c in known), account_id, stop_on_error=stop_on_error)
        self._begin_work()
        # After the work has taken a step: what runs at once is never shown as waiting, which would be an edit more.
        asyncio.get_running_loop().call_soon(self._show_waiting, new, account_id)
        self._changed()

    def cancel(self, cell_ids: list[str], account_id: AccountId | None) -> None:
        """Take cells that wait from the queue, all of them when none is named."""
        gone = self._queue.cancel(cell_ids)
        self._writer.set_states([c for c in gone if not self._is_running(c)], "idle", account_id)
        self._changed()

    def cells(self) -> list[Cell]:
        """The code cells, in order."""
        return [cell for cell in cells_of(self._writer.doc) if cell.type == "code"]

    def reset_states(self) -> None:
        """Cells that seem to wait or run, and do not: a server before this one, or another program, left them so."""
        active = set(self.waiting)
        stale = [
            cell.id
            for cell in self.cells()
            if cell.map.get("execution_state", "idle") != "idle"
            and cell.id not in active
            and not self._is_running(cell.id)
        ]
        self._writer.set_states(stale, "idle", None)

    async def close(self) -> None:
        """The server ends: nothing waits any more."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
        self.cancel([], None)

    def _is_running(self, cell_id: str) -> bool:
        return self.current is not None and self.current.cell_id == cell_id

    def _show_waiting(self, cell_ids: list[str], account_id: AccountId | None) -> None:
        waiting = set(self.waiting)
        if self._next is not None:
            waiting.add(self._next)
        self._writer.set_states([c for c in cell_ids if c in waiting and not self._is_running(c)], "queued", account_id)

    def _begin_work(self) -> None:
        if self._work is None and self._queue:
            self._work = asyncio.create_task(self._work_off(), name="kernel-queue")

    async def _work_off(self) -> None:
        try:
            with self._services.use.busy():
                while (waiting := self._queue.take()) is not None:
                    try:
                        await self._do(waiting)
                    except StudiumError as error:
                        self._failed(error, waiting.account_id)
                        gone = [waiting.cell_id, *self._queue.cancel()]
                        self._writer.set_states(gone, "idle", waiting.account_id)
        finally:
            self._work = None
            self._changed()

    async def _do(self, waiting: Waiting) -> None:
        self._next = waiting.cell_id
        try:
            if await self._writer.reopen_if_gone():
                self.reset_states()
            kernel = await self._ready()
        finally:
            self._next = None
        cell = find_cell(self._writer.doc, waiting.cell_id)
        if cell is None or cell.type != "code":
            return
        run = CellRun(waiting.cell_id, token_hex(16), waiting.account_id, stop_on_error=waiting.stop_on_error)
        source = str(cell.source)
        self._remember(run)
        if not source.strip():
            self._writer.begin(run, {})
            self._writer.end(run)
            return
        self._set_current(run)
        self._writer.begin(run, kernel_metadata(self._writer.metadata(), kernel))
        self._changed()
        kernel.memory_kills = kernel.place.memory_kills()
        content = {
            "code": source,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": True,
            "stop_on_error": False,
        }
        async with self.gate:
            kernel.client.expect(run.message_id)
            kernel.client.post("shell", "execute_request", content, message_id=run.message_id)
        await self._note()
        await self._see_through(run, kernel)

    async def _see_through(self, run: CellRun, kernel: Kernel) -> None:
        """Wait until a run is over, and write that it is."""
        reply = asyncio.create_task(kernel.client.reply_to(run.message_id))
        ended = asyncio.create_task(kernel.ended.wait())
        silent = asyncio.create_task(_idle_for_long(run))
        try:
            await asyncio.wait([reply, ended, silent], return_when=asyncio.FIRST_COMPLETED)
            if reply.done() and not reply.cancelled():
                message = reply.result()
                run.note_reply(message)
                if run.stop_on_error and message.content.get("status") != "ok":
                    self.cancel([], run.account_id)  # at once: what is asked for from now on is not meant
                await self._drain(run, kernel)
                self._sink.page(run, message)
            elif silent.done() and not ended.done():
                # A signal that comes in the moment before the code begins ends the request, and its reply with it.
                run.outputs.error("KeyboardInterrupt", "", ["The kernel was interrupted before the cell had begun."])
            elif not reply.done() and not kernel.is_ending:
                reason = f"The kernel ended: {kernel.reason}"
                run.outputs.error("KernelEnded", reason, [reason])
        finally:
            for task in (reply, ended, silent):
                task.cancel()
            await asyncio.gather(reply, ended, silent, return_exceptions=True)
            await self._finish(run)

    async def _drain(self, run: CellRun, kernel: Kernel) -> None:
        """Wait for the outputs of a run that is over: until the kernel says so behind them, or falls silent."""
        seen = -1
        while not run.idle.is_set() and not kernel.ended.is_set() and seen != kernel.client.messages:
            seen = kernel.client.messages
            with suppress(TimeoutError):
                async with asyncio.timeout(IDLE_SECONDS):
                    await run.idle.wait()

    async def _finish(self, run: CellRun) -> None:
        try:
            if run.overflow is not None:
                await self._writer.settle()
                await run.overflow.write()
            with suppress(StudiumError):
                await self._writer.reopen_if_gone()
        finally:
            self._writer.end(run)
            self.input = None
            self._set_current(None)
            self._changed()
        await self._note()

    def _set_current(self, run: CellRun | None) -> None:
        self.current = run
        if run is None:
            self._none_runs.set()
        else:
            self._none_runs.clear()

    def _remember(self, run: CellRun) -> None:
        for message_id, old in list(self._runs.items()):
            if old.cell_id == run.cell_id:
                del self._runs[message_id]
                self._sink.forget(old)
        self._runs[run.message_id] = run
        while len(self._runs) > MAX_RUNS:
            self._sink.forget(self._runs.popitem(last=False)[1])

    # -- what the kernel says ----------------------------------------------------------------------------------------

    def take(self, message: Message) -> Awaitable[None] | None:
        """A message that the kernel publishes."""
        run = self._runs.get(message.parent_id or "")
        if message.kind in OUTPUT_KINDS:
            if self._widgets.take_output(message):
                return None
            run = run or self._runs.get(self._widgets.run_of(message.parent_id) or "")
            return self._sink.take(run, message) if run is not None else None
        if message.kind == "status":
            if run is not None:
                run.note_status(message)
            else:
                self._widgets.note_status(message)
        elif message.kind == "execute_input":
            if run is not None:
                run.note_input(message)
        elif message.kind.startswith("comm_"):
            self._widgets.take(message)
        return None

    def take_input_request(self, message: Message) -> None:
        """Code waits for a line."""
        run = self.current
        if message.kind == "input_request" and run is not None:
            prompt = str(message.content.get("prompt", ""))[:MAX_PROMPT]
            is_password = bool(message.content.get("password"))
            self.input = InputRequest(message.id, run.cell_id, prompt, is_password)
            self._writer.flush()
            self._changed()

    def answer_input(self, kernel: Kernel | None, request_id: str, value: str) -> None:
        """The line for which code waits; only the first answer counts."""
        request, run = self.input, self.current
        if request is None or request.request_id != request_id or kernel is None or run is None:
            raise StudiumError(ErrorCode.CONFLICT, "Nothing waits for this answer any more; somebody was faster.")
        self.input = None
        kernel.client.post("stdin", "input_reply", {"value": value, "status": "ok"})
        shown = "········" if request.password else value
        run.outputs.stream("stdout", f"{request.prompt}{shown}\n")
        self._writer.touch(run)
        self._changed()

    # -- coming back -------------------------------------------------------------------------------------------------

    def go_on(self, kernel: Kernel, record: RunRecord) -> None:
        """See a run through that began under a server before this one, and then the cells that waited."""
        run = CellRun(record.cell_id, record.message_id, record.account_id)
        run.began -= max(0.0, time.time() - record.began_at)
        self._writer.adopt(run)
        run.outputs.stream("stderr", LOST)
        self._remember(run)
        self._set_current(run)
        self._writer.touch(run)
        self._work = asyncio.create_task(self._go_on(run, kernel), name="kernel-queue")

    def lost(self, record: RunRecord, reason: str) -> None:
        """A run has ended with its kernel while no server was there."""
        run = CellRun(record.cell_id, record.message_id, record.account_id)
        self._writer.adopt(run)
        run.outputs.error("KernelEnded", reason, [reason])
        self._writer.end(run)

    async def _go_on(self, run: CellRun, kernel: Kernel) -> None:
        # The kernel answers one request after the other: once it has answered this one, the run is over, and its reply
        # has either come or was sent when nobody heard it.
        over = asyncio.create_task(kernel.client.request("shell", "kernel_info_request", {}))
        seen = asyncio.create_task(self._see_through(run, kernel))
        try:
            with self._services.use.busy():
                await asyncio.wait([over, seen], return_when=asyncio.FIRST_COMPLETED)
                if not seen.done():
                    kernel.client.give_up(run.message_id)
                await seen
        finally:
            for task in (over, seen):
                task.cancel()
            await asyncio.gather(over, seen, return_exceptions=True)
            self._work = None
            self._begin_work()
            self._changed()


async def _idle_for_long(run: CellRun) -> None:
    """Wait until the kernel has long been idle after a run; its reply is sent before it is."""
    await run.idle.wait()
    await asyncio.sleep(REPLY_SECONDS)


def kernel_metadata(metadata: dict[str, Any], kernel: Kernel) -> dict[str, Any]:
    """What the notebook's metadata should say of its kernel, as Jupyter writes it, where it says otherwise."""
    wanted: dict[str, Any] = {}
    if not isinstance(metadata.get("kernelspec"), dict):
        spec = kernel.spec
        wanted["kernelspec"] = {"display_name": spec.display_name, "language": spec.language, "name": spec.name}
    info = kernel.client.info.get("language_info")
    if isinstance(info, dict) and info != metadata.get("language_info"):
        wanted["language_info"] = info
    return wanted
