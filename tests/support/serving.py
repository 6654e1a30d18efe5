"""A real ``studium`` process for tests: started by its command line, spoken to as a person or a script would."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from studium.cli.data_directory import DataDirectory
from studium.hub.accounts import create_account
from studium.hub.database import Database

STUDIUM = [sys.executable, "-m", "studium.cli"]
START_SECONDS = 60.0
STOP_SECONDS = 30.0


@dataclass
class Serving:
    """A running ``studium serve`` (or ``hub``, or ``open``): where it answers and what it printed."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    url: str = ""
    _ready: threading.Event = field(default_factory=threading.Event)

    @property
    def printed(self) -> str:
        return "\n".join(self.lines)

    def link(self, path: str) -> str:
        """The printed link whose path is ``path``, with its token in the fragment."""
        match = re.search(rf"https?://\S*{re.escape(path)}#\S+", self.printed)
        assert match, f"no link to {path} in:\n{self.printed}"
        return match.group(0)

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if match := re.match(r"ready (http\S+)", line):
                self.url = match.group(1)
                self._ready.set()
        self._ready.set()

    def wait_ready(self) -> None:
        self._ready.wait(START_SECONDS)
        assert self.url, f"studium did not say that it is ready:\n{self.printed}"

    def stop(self) -> int:
        """Ctrl-C; answers the exit status."""
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(STOP_SECONDS)
        finally:
            self.process.kill()


@contextlib.contextmanager
def running(
    *arguments: str,
    cwd: Path | None = None,
    environment: dict[str, str] | None = None,
    wrapper: Sequence[str] = (),
) -> Iterator[Serving]:
    """Run ``studium ARGUMENTS`` until the block ends; ready on entry. ``wrapper`` is a command that runs a command."""
    process = subprocess.Popen(
        [*wrapper, *STUDIUM, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
    )
    serving = Serving(process)
    reader = threading.Thread(target=serving.read, daemon=True)
    reader.start()
    try:
        serving.wait_ready()
        yield serving
    finally:
        if process.poll() is None:
            serving.stop()
        reader.join(5)
        assert process.stdout is not None
        process.stdout.close()


def admin(data: Path, *arguments: str) -> str:
    """Run ``studium admin --data DATA ARGUMENTS`` and answer what it printed."""
    done = subprocess.run(
        [*STUDIUM, "admin", "--data", str(data), *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout.strip()


def add_account(data: Path, email: str, name: str, password: str, *flags: str) -> None:
    """What ``studium admin account add`` does, with its flags, and without a process for each: tests make hundreds."""

    async def add() -> None:
        database = await Database(DataDirectory(data).running().database, connections=1).open(apply_migrations=False)
        try:
            await create_account(database, email, name, password, administrator="--administrator" in flags)
        finally:
            await database.close()

    # A thread of its own: Playwright has an event loop in ours.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, add()).result(30)


def processes_below(process_id: int) -> dict[int, list[str]]:
    """All processes that a process has started, and those that these have, with their command lines."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    found = {process_id}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    lines = {}
    for number in found - {process_id}:
        with contextlib.suppress(OSError):
            lines[number] = Path(f"/proc/{number}/cmdline").read_text(errors="replace").split("\0")
    return lines


def postmaster(serving: Serving) -> int:
    """The process of the embedded PostgreSQL."""
    below = processes_below(serving.process.pid)
    return next(number for number, words in below.items() if words[0].endswith("/bin/postgres") and "-D" in words)


def project_server(serving: Serving | None, project_id: str) -> int:
    """The process of a project's server (not its supervisor), below ``serving`` or, with None, anywhere: a project
    outlives a hub that is killed."""
    for number, words in processes_below(1 if serving is None else serving.process.pid).items():
        with contextlib.suppress(OSError):
            variables = Path(f"/proc/{number}/environ").read_text(errors="replace").split("\0")
            mine = f"STUDIUM_PROJECT_ID={project_id}" in variables
            if mine and words[1:4] == ["-I", "-m", "studium.project"]:
                return number
    raise AssertionError(f"no server of the project {project_id} runs")


def free_port() -> int:
    """A port on which nothing listens now: for a server that must come back under its old address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
