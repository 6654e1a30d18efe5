"""The document server and its peers as processes of their own, on a core of their own."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / "benchmarks" / "peers"
OURS = "studium_durable"
SERVER_CORE, LOAD_CORE = 0, 1
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGESIZE")

Ways = dict[str, Callable[[], "Server"]]
"""Ways to start each server afresh."""


class Server:
    """A document server. ``names_documents``: each message begins with the name of its document (hocuspocus)."""

    def __init__(
        self,
        command: list[str],
        prefix: str = "/",
        environment: dict[str, str] | None = None,
        names_documents: bool = False,
    ) -> None:
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline().split()[1])
        self.prefix = prefix
        self.names_documents = names_documents
        pin(self.process.pid, SERVER_CORE)

    def cpu_seconds(self) -> float:
        """Used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory_bytes(self) -> int:
        """Resident."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * _PAGE_BYTES

    def stop(self) -> None:
        """At once, as SIGKILL does it."""
        self.process.kill()
        self.process.wait()


def pin(pid: int, core: int) -> None:
    """Keep a process (0: this one), with all its threads, on one core, where there are others."""
    if (os.cpu_count() or 1) > 1:
        for task in Path(f"/proc/{pid or os.getpid()}/task").iterdir():
            os.sched_setaffinity(int(task.name), {core})


def studium(folder: Path) -> Server:
    """Ours, over the home and the log in ``folder``."""
    for name in ("home", "state"):
        (folder / name).mkdir(exist_ok=True)
    script = ROOT / "tests" / "clients" / "document_server.py"
    command = [sys.executable, str(script), str(folder / "home"), str(folder / "state"), "0"]
    return Server(command, "/documents/", {"PYTHONPATH": str(ROOT / "src")})


def _peers() -> Ways:
    """The peers that this machine can run."""
    ways: Ways = {"pycrdt_websocket_in_memory": lambda: Server([sys.executable, str(ROOT / "benchmarks" / "peer.py")])}
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        lock, installed = PEERS / "package-lock.json", PEERS / "node_modules" / ".package-lock.json"
        if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
            quiet = ["--no-audit", "--no-fund", "--ignore-scripts"]
            subprocess.run([npm, "ci", *quiet], cwd=PEERS, check=True, capture_output=True)
        ways["y_websocket_in_memory"] = lambda: Server([node, str(PEERS / "y-websocket.mjs")])
        ways["hocuspocus_in_memory"] = lambda: Server([node, str(PEERS / "hocuspocus.mjs")], names_documents=True)
    return ways


@contextlib.contextmanager
def ways_to_start() -> Iterator[Ways]:
    """Ours, each time over an empty folder, and the peers."""
    with tempfile.TemporaryDirectory(prefix="studium-bench-") as folder:
        numbers = iter(range(1000))

        def ours() -> Server:
            place = Path(folder) / str(next(numbers))
            place.mkdir()
            return studium(place)

        yield {OURS: ours, **_peers()}
