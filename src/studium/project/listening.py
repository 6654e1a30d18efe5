"""Programs of ours in the inner ring that go on when this server ends, and listen on the socket ``s`` in a folder of
their own below its ``/tmp``: starting one, and connecting to it.
"""

import asyncio
import os
import secrets
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from studium.project.kernels.inner import TEMPORARY, InnerRing, is_socket
from studium.project.proc import Process, find_inner

READY_SECONDS: Final = 20.0
LOOK_SECONDS: Final = 0.005
_START: Final = 'mkdir -m 700 "$1" && echo $$ && exec < /dev/null > /dev/null 2> "$2" && shift 2 && exec "$@"'


def new_folder() -> Path:
    """Where a program is to listen, in the inner ring."""
    return TEMPORARY / f"studium-{secrets.token_hex(8)}"


def start(
    inner: InnerRing, folder: Path, command: Sequence[str], *, log: Path = Path("/dev/null")
) -> "tuple[subprocess.Popen[bytes], Process] | None":
    """Start one, with the folder made; None when it cannot be. ``log`` takes its standard error. Blocks."""
    popen, said = inner.start_and_hear(["/bin/sh", "-c", _START, "sh", str(folder), str(log), *command])
    process = find_inner(popen.pid, int(said)) if said.isdigit() else None
    if process is None:
        with suppress(ProcessLookupError):
            os.killpg(popen.pid, signal.SIGKILL)
        popen.wait()
        return None
    return popen, process


async def connect(
    inner: InnerRing, folder: Path, process: Process, limit_bytes: int
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
    """A connection, once it listens; None when it ends before. Raises ``TimeoutError`` and ``OSError``."""
    path = inner.outside(folder) / "s"
    ended = asyncio.create_task(process.wait_ended())
    try:
        async with asyncio.timeout(READY_SECONDS):
            # Nobody tells that a socket has come into being in a folder that is not ours to watch.
            while not is_socket(path):
                if ended.done():
                    return None
                await asyncio.sleep(LOOK_SECONDS)
            while True:
                try:
                    return await asyncio.open_unix_connection(path, limit=limit_bytes)
                except ConnectionRefusedError:  # bound, and not listening yet
                    await asyncio.sleep(LOOK_SECONDS)
    finally:
        ended.cancel()
