"""The server's side of the holder: starting it in the inner ring, finding it again, speaking to it."""

import asyncio
import logging
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from studium.project.kernels.inner import TEMPORARY, InnerRing, is_socket
from studium.project.proc import Process, find_inner
from studium.project.terminals.inside import wire
from studium.protocol.errors import ErrorCode, StudiumError

_log = logging.getLogger(__name__)

READY_SECONDS: Final = 20.0
READ_BYTES: Final = 256 * 1024
_MODULE: Final = "studium.project.terminals.inside.holder"
_START: Final = 'mkdir -m 700 "$1" && echo $$ && exec < /dev/null > /dev/null 2>&1 && shift && exec "$@"'


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
        folder = TEMPORARY / f"studium-{secrets.token_hex(8)}"
        # Ours, which both rings show: the project's own Python belongs to its people, and may be broken.
        command = [sys.executable, "-I", "-m", _MODULE, str(folder)]
        script = ["/bin/sh", "-c", _START, "sh", str(folder), *command]
        starting = asyncio.ensure_future(asyncio.to_thread(_start, inner, script))
        try:
            popen, process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            popen, process = await starting
            process.kill()
            raise
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
        path = self._inner.outside(Path(self.record.folder)) / "s"
        ended = asyncio.create_task(self.process.wait_ended())
        try:
            async with asyncio.timeout(READY_SECONDS):
                # Nobody tells that a socket has come into being in a folder that is not ours to watch.
                while not is_socket(path):
                    if ended.done():
                        return False
                    await asyncio.sleep(0.005)
                while True:
                    try:
                        reader, self._writer = await asyncio.open_unix_connection(path, limit=READ_BYTES)
                        break
                    except ConnectionRefusedError:  # bound, and not listening yet
                        await asyncio.sleep(0.005)
                frames = wire.Frames()
                first = await self._read_first(reader, frames)
        except (TimeoutError, OSError, ValueError):
            return False
        finally:
            ended.cancel()
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


def _start(inner: InnerRing, script: list[str]) -> "tuple[subprocess.Popen[bytes], Process]":
    popen, said = inner.start_and_hear(script)
    process = find_inner(popen.pid, int(said)) if said.isdigit() else None
    if process is None:
        with suppress(ProcessLookupError):
            os.killpg(popen.pid, signal.SIGKILL)
        popen.wait()
        raise _cannot_start()
    return popen, process
