"""One kernel: its process, its channels, and why it ended."""

import asyncio
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Final

from studium.compute.limits import InnerLimits
from studium.project.kernels.client import Handler, KernelClient
from studium.project.kernels.inner import InnerRing
from studium.project.kernels.launch import START_SECONDS, ColdStart, Connection, Started, last_words, start_cold
from studium.project.kernels.records import KernelRecord
from studium.project.kernels.specs import Spec
from studium.project.kernels.zygote import Zygote
from studium.protocol.errors import ErrorCode, StudiumError

SHUT_DOWN_SECONDS: Final = 1.0
_FOR_OUTPUTS: Final = {"BOKEH_RESOURCES": "inline"}
"""Outputs have no network: a library that would load its scripts from there is to put them into the output."""
_SIGNALS: Final = {
    signal.SIGSEGV: "it crashed (segmentation fault)",
    signal.SIGABRT: "it crashed (abort)",
    signal.SIGBUS: "it crashed (bus error)",
    signal.SIGFPE: "it crashed (arithmetic error)",
    signal.SIGILL: "it crashed (illegal instruction)",
    signal.SIGKILL: "it was killed",
    signal.SIGTERM: "it was asked to end",
}


@dataclass(frozen=True)
class Place:
    """Where kernels are started, and what may end them."""

    inner: InnerRing
    limits: InnerLimits | None = None

    def memory_kills(self) -> int:
        """How many processes have been ended for memory so far."""
        return self.limits.memory_kills() if self.limits is not None else 0


@dataclass(eq=False)
class Kernel:
    """A kernel that was started or found again. ``ended`` is set when its process has ended, ``reason`` says why."""

    place: Place
    spec: Spec
    connection: Connection
    started: Started
    session_id: str
    client: KernelClient
    cold: ColdStart | None = None
    zygote: Zygote | None = None
    started_at: float = field(default_factory=time.time)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    reason: str = ""
    memory_kills: int = 0
    is_ending: bool = False
    """It was ended on purpose."""
    _watching: "asyncio.Task[None] | None" = None

    @classmethod
    async def start(
        cls,
        place: Place,
        spec: Spec,
        zygote: Zygote | None,
        directory: Path,
        variables: Mapping[str, str],
        on_output: Handler,
        on_input: Handler,
    ) -> "Kernel":
        """Start a kernel and wait until it answers. Raises ``StudiumError`` with the reason when it does not."""
        inner = place.inner
        environment = {**_FOR_OUTPUTS, **inner.environment, **spec.environment, **variables}
        if spec.own:
            environment["PATH"] = f"{inner.python.parent}:{environment.get('PATH', '')}"
        cold = started = None
        kills = place.memory_kills()
        connection = Connection.new(spec.name)
        if zygote is not None:
            started = await zygote.fork(connection, directory, environment)
        if started is None:
            zygote, connection = None, Connection.new(spec.name)
            cold = await start_cold(inner, spec.argv, connection, directory, environment)
            started = cold.started
        session_id = token_hex(16)
        client = KernelClient(connection, inner, session_id, on_output, on_input)
        kernel = cls(place, spec, connection, started, session_id, client, cold, zygote, memory_kills=kills)
        kernel.watch()
        try:
            await kernel._wait_ready(START_SECONDS)
        except BaseException:
            await kernel.kill()
            raise
        return kernel

    @classmethod
    async def attach(
        cls, place: Place, record: KernelRecord, zygote: Zygote | None, on_output: Handler, on_input: Handler
    ) -> "Kernel | None":
        """The kernel that a server before this one has started, if it is still there."""
        if not record.started.process().is_alive():
            return None
        client = KernelClient(record.connection, place.inner, record.session_id, on_output, on_input)
        if record.run is not None:
            client.expect(record.run.message_id)
        kernel = cls(
            place,
            record.spec,
            record.connection,
            record.started,
            record.session_id,
            client,
            zygote=zygote if record.started.forked else None,
            started_at=record.started_at,
            memory_kills=place.memory_kills(),
        )
        kernel.watch()
        try:
            await kernel._wait_ready(10.0)
        except StudiumError:
            await kernel.kill()
            return None
        return kernel

    def watch(self) -> None:
        """Notice when the process ends."""
        self._watching = asyncio.create_task(self._watch(), name="kernel-process")

    async def interrupt(self) -> None:
        """Interrupt what runs."""
        if self.spec.interrupt_mode == "message":
            self.client.post("control", "interrupt_request", {})
        else:
            await asyncio.to_thread(self.started.process().interrupt)

    async def shut_down(self, *, grace_seconds: float = SHUT_DOWN_SECONDS) -> None:
        """Ask it to end, and end it when it does not."""
        self.is_ending = True
        if not self.ended.is_set() and grace_seconds > 0:
            self.client.post("control", "shutdown_request", {"restart": False})
            with suppress(TimeoutError):
                async with asyncio.timeout(grace_seconds):
                    await self.ended.wait()
        await self.kill()

    async def kill(self) -> None:
        """End it and everything that it started."""
        self.is_ending = True
        await asyncio.to_thread(self.started.kill)
        await self.ended.wait()
        await self.let_go()

    async def let_go(self) -> None:
        """Close our side; it goes on."""
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        await self.client.close()

    async def _wait_ready(self, seconds: float) -> None:
        ready = asyncio.create_task(self.client.wait_ready())
        ended = asyncio.create_task(self.ended.wait())
        try:
            await asyncio.wait([ready, ended], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if self.ended.is_set():
                raise StudiumError(ErrorCode.UNAVAILABLE, f"The kernel did not start: {self.reason}")
            if not ready.done():
                message = f"The kernel did not answer within {seconds:.0f} seconds. Start it again."
                raise StudiumError(ErrorCode.TIMEOUT, message)
            ready.result()
        finally:
            for task in (ready, ended):
                task.cancel()
            await asyncio.gather(ready, ended, return_exceptions=True)

    async def _watch(self) -> None:
        await self.started.process().wait_ended()
        status: int | None = None
        if self.zygote is not None:
            status = await self.zygote.wait_status(self.started.inner_pid)
        elif self.cold is not None:
            status = await asyncio.to_thread(self.cold.exit_code)
        words = await asyncio.to_thread(last_words, self.connection, self.place.inner)
        self.reason = self._why(status, words)
        self.ended.set()

    def _why(self, status: int | None, words: str) -> str:
        if status in (None, -signal.SIGKILL) and self.place.memory_kills() > self.memory_kills:
            limit = self.place.limits.memory_limit_bytes() if self.place.limits is not None else None
            size = f" of {limit / 1024**3:.1f} GB" if limit else ""
            return f"the project's memory{size} was used up. Work on less data at once."
        if status is None:
            return "it ended, and how is not known."
        said = f" Its last words: {words}" if words else ""
        if status < 0:
            with suppress(ValueError):
                number = signal.Signals(-status)
                return f"{_SIGNALS.get(number, f'it was ended by {number.name}')}.{said}"
        if status == 0:
            return f"its program ended by itself.{said}"
        return f"its program ended with status {status}.{said}"
