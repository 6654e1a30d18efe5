"""Starting the process of a kernel: cold, by the command of its kernelspec, or forked from a zygote (``zygote.py``).

Each kernel has a folder of its own in the inner ring's ``/tmp``, mode 0700, made by a program that runs in there; it
holds the connection file and the sockets. The kernel is no child that must be waited for: it outlives this process,
and what is needed to find it again is in ``Started``.
"""

import asyncio
import os
import secrets
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from studium.compute.sandbox import read_tail
from studium.project.kernels.inner import TEMPORARY, InnerRing
from studium.project.proc import Process, find_inner
from studium.protocol.errors import ErrorCode, StudiumError

START_SECONDS: Final = 60.0
CHANNELS: Final = ("shell", "iopub", "stdin", "control", "hb")

# The words of a kernel before it speaks by its sockets are kept, up to a bound, and then thrown away: a pipe to us
# would break with us, and a file would grow.
_SCRIPT: Final = """
umask 077
mkdir "$1" && cat > "$1/connection.json" && mkfifo "$1/words" || exit 125
{ head -c 16384 > "$1/log"; exec cat > /dev/null; } < "$1/words" > /dev/null &
echo $$
exec < /dev/null > "$1/words" 2>&1
cd -- "$2" && PWD=$2
shift 2
exec "$@"
"""


class Connection(msgspec.Struct, frozen=True):
    """What a connection file says. ``folder`` is the kernel's, as the inner ring names it."""

    folder: str
    key: str
    kernel_name: str = ""

    @classmethod
    def new(cls, kernel_name: str) -> "Connection":
        """A folder and a key that nobody has."""
        return cls(str(TEMPORARY / f"studium-{secrets.token_hex(8)}"), secrets.token_hex(32), kernel_name)

    def file(self) -> dict[str, Any]:
        """The content of the connection file."""
        ports = {f"{channel}_port": number for number, channel in enumerate(CHANNELS, 1)}
        return {
            "transport": "ipc",
            "ip": f"{self.folder}/k",
            "signature_scheme": "hmac-sha256",
            "key": self.key,
            "kernel_name": self.kernel_name,
            **ports,
        }

    def socket(self, channel: str, inner: InnerRing) -> Path:
        """The socket of a channel, where we see it."""
        return inner.outside(Path(self.folder)) / f"k-{CHANNELS.index(channel) + 1}"

    def log(self, inner: InnerRing) -> Path:
        """What the kernel said before it spoke by its sockets."""
        return inner.outside(Path(self.folder)) / "log"


class Started(msgspec.Struct, frozen=True):
    """A kernel's process: ``pid`` is the kernel itself, ``root_pid`` the first process that was started for it alone;
    the same where there is no ring and for a fork."""

    pid: int
    started: int
    root_pid: int
    root_started: int
    inner_pid: int
    forked: bool = False

    @classmethod
    def of(cls, process: Process, root: Process, inner_pid: int, *, forked: bool = False) -> "Started":
        """From processes."""
        return cls(process.pid, process.started, root.pid, root.started, inner_pid, forked)

    def process(self) -> Process:
        """The kernel's process."""
        return Process(self.pid, self.started)

    def kill(self) -> None:
        """End it and all that it started; with a ring of its own, the ring."""
        self.process().kill()
        Process(self.root_pid, self.root_started).kill()


class ColdStart:
    """A kernel by the command of its kernelspec. ``exit_code`` is known once it has ended, if we started it."""

    def __init__(self, popen: "subprocess.Popen[bytes]", started: Started) -> None:
        self.popen = popen
        self.started = started

    def end(self) -> None:
        """Kill it. Blocks until it is gone."""
        self.started.kill()
        self.popen.wait()

    def exit_code(self) -> int | None:
        """How it ended, negative for a signal."""
        with suppress(subprocess.TimeoutExpired):
            code = self.popen.wait(0.5)
            return 128 - code if code > 128 else code
        return None


async def start_cold(
    inner: InnerRing, argv: Sequence[str], connection: Connection, directory: Path, environment: Mapping[str, str]
) -> ColdStart:
    """Start the command of a kernelspec. Raises ``StudiumError`` when there is no such program."""
    file = f"{connection.folder}/connection.json"
    command = [argument.replace("{connection_file}", file) for argument in argv]
    script = ["/bin/sh", "-c", _SCRIPT, "sh", connection.folder, str(directory), *command]
    starting = asyncio.ensure_future(asyncio.to_thread(_start_cold, inner, script, connection, environment))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.to_thread((await starting).end)  # nobody else would
        raise


def _start_cold(
    inner: InnerRing, script: Sequence[str], connection: Connection, environment: Mapping[str, str]
) -> ColdStart:
    popen, said = inner.start_and_hear(script, msgspec.json.encode(connection.file()), environment=environment)
    root = Process.of(popen.pid)
    process = find_inner(popen.pid, int(said)) if said.isdigit() else None
    if process is None or root is None:
        with suppress(ProcessLookupError):
            os.killpg(popen.pid, signal.SIGKILL)
        popen.wait()
        raise StudiumError(ErrorCode.UNAVAILABLE, f"The kernel did not start. {last_words(connection, inner)}".strip())
    return ColdStart(popen, Started.of(process, root, int(said)))


def last_words(connection: Connection, inner: InnerRing) -> str:
    """The last line that a kernel wrote before it ended, for a sentence; empty when there is none."""
    lines = read_tail(connection.log(inner)).strip().splitlines()
    return lines[-1][:500] if lines else ""
