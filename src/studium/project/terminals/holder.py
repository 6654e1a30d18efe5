"""The server's side of the holder: starting it in the inner ring, finding it again, speaking to it."""

import asyncio
import logging
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from studium.project import listening
from studium.project.kernels.inner import InnerRing
from studium.project.proc import Process
from studium.project.terminals.inside import wire
from studium.protocol.errors import ErrorCode, StudiumError

_log = logging.getLogger(__name__)

READ_BYTES: Final = 256 * 1024
_MODULE: Final = "studium.project.terminals.inside.holder"


class HolderRecord(msgspec.Struct, frozen=True):
    """What is needed to find a holder again."""

    folder: str
    pid: int
    started: int


class Holder:
    """A holder that runs. ``hear`` is called with each JSON message, ``show`` with kind, key and body of the frames of
    a terminal, ``lost`` when nothing more will come."""

    def __init__(
        self,
        inner: InnerRing,
        record: HolderRecord,
        hear: Callable[[dict[str, Any]], None],
        show: Callable[[int, str, bytes], None],
        lost: Callable[[], None],
    ) -> None:
        self.record = record
        self.process = Process(record.pid, record.started)
        self.terminals: list[dict[str, Any]] = []
        """Those it had when we came."""
        self._inner = inner
        self._hear = hear
        self._show = show
        self._lost = lost
        self._popen: subprocess.Popen[bytes] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls, inner: InnerRing, *callbacks: Any) -> "Holder":
        """Start one. Raises ``unavailable``."""
        folder = listening.new_folder()
        # Ours, which both rings show: the project's own Python belongs to its people, and may be broken.
        command = [sys.executable, "-I", "-m", _MODULE, str(folder)]
        starting = asyncio.ensure_future(asyncio.to_thread(listening.start, inner, folder, command))
        try:
            started = await asyncio.shield(starting)
        except asyncio.CancelledError:
            if (started := await starting) is not None:
                started[1].kill()
            raise
        if started is None:
            raise _cannot_start()
        popen, process = started
        holder = cls(inner, HolderRecord(str(folder), process.pid, process.started), *callbacks)
        holder._popen = popen
        if not await holder._connect():
            await holder.end()
            raise _cannot_start()
        return holder

    @classmethod
    async def attach(cls, inner: InnerRing, record: HolderRecord, *callbacks: Any) -> "Holder | None":
        """Speak to one that was started before this process; None when it is gone."""
        holder = cls(inner, record, *callbacks)
        return holder if holder.process.is_alive() and await holder._connect() else None

    async def _connect(self) -> bool:
        try:
            connection = await listening.connect(self._inner, Path(self.record.folder), self.process, READ_BYTES)
            if connection is None:
                return False
            reader, self._writer = connection
            frames = wire.Frames()
            async with asyncio.timeout(listening.READY_SECONDS):
                first = await self._read_first(reader, frames)
        except (TimeoutError, OSError, ValueError):
            return False
        if first is None:
            return False
        self._reading = asyncio.create_task(self._read(reader, frames), name="terminals-holder")
        return True

    async def _read_first(self, reader: asyncio.StreamReader, frames: wire.Frames) -> bool | None:
        while data := await reader.read(READ_BYTES):
            for kind, body in frames.feed(data):
                message = msgspec.json.decode(body, type=dict[str, Any]) if kind == wire.JSON else {}
                self.terminals = [each for each in message.get("terminals", []) if isinstance(each, dict)]
                return True
        return None

    @property
    def is_alive(self) -> bool:
        """Whether it can be spoken to."""
        return self._reading is not None and not self._reading.done()

    def tell(self, do: str, key: str = "", **more: Any) -> None:
        """Tell it what to do."""
        if self._writer is not None and self.is_alive:
            self._writer.write(wire.pack_json({"do": do, "key": key, **more}))

    def type(self, key: str, data: bytes) -> None:
        """Type into a terminal."""
        if self._writer is not None and self.is_alive:
            self._writer.write(wire.pack(wire.INPUT, key, data))

    async def drain(self) -> None:
        """Wait until it has taken most of what it was told."""
        if self._writer is not None:
            with suppress(OSError):
                await self._writer.drain()

    async def end(self) -> None:
        """End it, with all its terminals."""
        self.tell("end")
        await self.drain()
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await self.process.wait_ended()
        await self.close()
        await asyncio.to_thread(self.process.kill)
        await self.process.wait_ended()
        if self._popen is not None:
            await asyncio.to_thread(self._popen.wait)

    async def close(self) -> None:
        """Let go of it; it goes on."""
        if self._writer is not None:
            self._writer.close()
        if self._reading is not None:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading

    async def _read(self, reader: asyncio.StreamReader, frames: wire.Frames) -> None:
        try:
            while data := await reader.read(READ_BYTES):
                for kind, body in frames.feed(data):
                    if kind == wire.JSON:
                        self._hear(msgspec.json.decode(body, type=dict[str, Any]))
                    else:
                        self._show(kind, body[: wire.KEY_BYTES].decode(), body[wire.KEY_BYTES :])
        except (OSError, ValueError, TypeError, LookupError, RecursionError) as error:
            # A program of the project may have taken its place.
            _log.warning("The holder of the terminals is not understood: %s", error)
        except Exception:
            _log.exception("What the holder of the terminals said could not be handled")
        if self._writer is not None:
            self._writer.close()
        self._lost()


def _cannot_start() -> StudiumError:
    message = "Terminals cannot be started in this project at the moment. Restart the project."
    return StudiumError(ErrorCode.UNAVAILABLE, message)
