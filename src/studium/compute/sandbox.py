"""Starts one sandbox on this machine: writes the files of the rings, and runs the launcher with its orders.

Nothing here waits for a project to be ready; ``local.py`` does. Everything here blocks for a few milliseconds at most.
"""

import fcntl
import os
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec

from studium.compute import rings
from studium.compute.project_python import ProjectPython
from studium.compute.rings import PythonPlace, RingPlan

LAUNCHER = Path(__file__).with_name("launcher.py")
SUPERVISOR = Path(__file__).with_name("supervisor.py")
GAVE_UP, LAUNCH_FAILED = 70, 71  # exit statuses of the supervisor and of the launcher


class Orders(msgspec.Struct, frozen=True):
    """What the launcher does, in this order. ``stage``: the folder to cover with a tmpfs that shows ``sources``."""

    arguments: list[str]
    environment: dict[str, str]
    join: list[str] = []
    stage: str | None = None
    sources: list[str] = []
    seccomp: str | None = None
    uid: int | None = None
    directory: str = "/"


@dataclass(frozen=True)
class Filters:
    """The system call filters of the rings; None where they cannot be had."""

    outer: bytes
    inner: bytes


def write_ring_files(
    folder: Path,
    script: str,
    arguments: Sequence[str],
    filters: Filters | None,
    project_python: ProjectPython | None = None,
) -> None:
    """Write what both rings read: the made files of ``/etc``, the way into the inner ring, the filters."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o755)
    try:
        nameservers = Path("/etc/resolv.conf").read_text(errors="replace")
    except OSError:
        nameservers = ""
    made = rings.etc_files(nameservers, project_python)
    files: dict[str, bytes] = {name: text.encode() for name, text in made.items()}
    files["enter"] = script.encode()
    files["inner.arguments"] = b"".join(argument.encode() + b"\0" for argument in arguments)
    if filters is not None:
        files["outer.bpf"] = filters.outer
        files["inner.bpf"] = filters.inner
    for name, content in files.items():
        file = folder / name
        file.write_bytes(content)
        file.chmod(0o644)
    folder.chmod(0o755)


def sandbox_orders(plan: RingPlan, environment: dict[str, str], uid: int | None, join: Sequence[Path]) -> Orders:
    """The orders that make a sandbox after ``plan``. ``uid``: the user to become; None: stay who we are."""
    return Orders(
        arguments=plan.outer_arguments(),
        environment={**plan.environment(), **environment},
        join=[str(path) for path in join],
        stage=str(rings.STAGE) if plan.staged else None,
        sources=[str(bind.source) for bind in plan.binds()],
        seccomp=str(plan.ring_folder / "outer.bpf") if plan.seccomp else None,
        uid=uid,
    )


@dataclass(frozen=True)
class Launched:
    """A launcher that runs. ``secret`` and ``info`` are pipe ends that the caller closes: to the supervisor's standard
    input, and from bubblewrap, which says on it which process is the first of the sandbox."""

    pid: int
    secret: int
    info: int


def launch(python: PythonPlace, orders: Orders, log: Path) -> Launched:
    """Run the launcher in a session of its own; it outlives us. Its words go to ``log``, which begins anew."""
    with ExitStack() as stack:

        def keep(descriptor: int) -> int:
            """The same file at a number that none of the launcher's own (0 to 5) can collide with."""
            high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 16)
            os.close(descriptor)
            stack.callback(os.close, high)
            return high

        secret_read, secret_write = os.pipe2(os.O_CLOEXEC)
        info_read, info_write = os.pipe2(os.O_CLOEXEC)
        orders_file = os.memfd_create("orders")
        os.write(orders_file, msgspec.json.encode(orders))
        os.lseek(orders_file, 0, os.SEEK_SET)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        log_file = keep(os.open(log, flags, 0o600))
        places = [(keep(secret_read), 0), (log_file, 1), (log_file, 2), (keep(orders_file), 3), (keep(info_write), 4)]
        os.set_blocking(info_read, False)
        try:
            pid = os.posix_spawn(
                python.executable,
                [str(python.executable), "-I", "-S", str(LAUNCHER)],
                {},
                file_actions=[(os.POSIX_SPAWN_DUP2, source, target) for source, target in places],
                setsid=True,
            )
        except OSError:
            os.close(secret_write)
            os.close(info_read)
            raise
        return Launched(pid, secret_write, info_read)


def server_command(python: PythonPlace, module: str) -> list[str]:
    """How the project server is started. ``-I`` keeps the project's own files out of its imports."""
    program = [module] if module.endswith(".py") else ["-m", module]
    return [str(python.executable), "-I", *program]


def supervisor_command(python: PythonPlace, state: Path, module: str) -> list[str]:
    """How the supervisor is started."""
    return [
        *(str(python.executable), "-I", "-S", str(SUPERVISOR), str(state / "server.log")),
        *server_command(python, module),
    ]


def read_tail(file: Path, maximum_bytes: int = 4096) -> str:
    """The last bytes of a log. The file may be the project's own, so a link is not followed, nor a pipe waited for."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        size = os.fstat(descriptor).st_size
        return os.pread(descriptor, maximum_bytes, max(0, size - maximum_bytes)).decode(errors="replace")
    except OSError:
        return ""
    finally:
        os.close(descriptor)


def explain_end(code: int | None, log: str) -> str:
    """Why a project ended, for people. ``code``: exit code of its sandbox, negative for a signal; None: not known."""
    if code == 0:
        return "The project server ended by itself."
    if code == GAVE_UP:
        return "The project server failed again and again, so the project was ended. Its last lines are in the log."
    if code == LAUNCH_FAILED:
        return f"The project's sandbox did not start. {''.join(log.strip().splitlines()[-1:])}".strip()
    if code is None:
        return "The project ended. Its last lines are in the log."
    if code < 0 or code > 128:
        return f"The project was killed (signal {-code if code < 0 else code - 128}). Start it again."
    return f"The project's sandbox ended with status {code}. Its last lines are in the log."
