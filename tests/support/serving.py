"""A real ``studium`` process for tests: started by its command line, spoken to as a person or a script would."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

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
def running(*arguments: str, cwd: Path | None = None, environment: dict[str, str] | None = None) -> Iterator[Serving]:
    """Run ``studium ARGUMENTS`` until the block ends; ready on entry."""
    process = subprocess.Popen(
        [*STUDIUM, *arguments],
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
