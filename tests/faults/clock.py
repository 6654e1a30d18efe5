"""A document server whose clock can be set while it runs, by libfaketime (Debian: ``faketime``).

It is not sandboxed: no variable of its surroundings reaches a project in its rings, and so no other clock.
"""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from faults.project import CannotRun, Project

SERVER = Path(__file__).parents[1] / "clients" / "document_server.py"


class ClockServer:
    """Documents in a process of their own, always on the same port."""

    def __init__(self, folder: Path) -> None:
        self.project = Project("", folder, "/documents", 0)
        self._clock = folder / "clock"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> "ClockServer":
        """Start and wait until it is ready. Raises ``CannotRun``."""
        library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
        if library is None:
            raise CannotRun("there is no libfaketime (Debian: apt install faketime)")
        project = self.project
        for folder in (project.home, project.state):
            folder.mkdir(parents=True)
        self.set(0)
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(SERVER), str(project.home), str(project.state), str(project.port)),
            stdout=subprocess.PIPE,
            env={
                **os.environ,
                "LD_PRELOAD": str(library),
                "FAKETIME_TIMESTAMP_FILE": str(self._clock),
                "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                "NO_FAKE_STAT": "1",  # times of files stay those of the kernel: they are in the future then
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
        )
        assert self._process.stdout is not None
        project.port = int((await self._process.stdout.readline()).split()[1])
        return self

    def set(self, seconds: int) -> None:
        """Set the clock: so far from the true time."""
        new = self._clock.with_suffix(".new")
        new.write_text(f"{seconds:+d}")
        new.replace(self._clock)

    async def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()
