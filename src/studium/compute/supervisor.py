"""The first process of a project's outer ring: starts the project server, starts it again when it dies, and reaps.

Run as ``python -I -S supervisor.py LOG COMMAND…`` with the project's secret as the first line of standard input; each
server gets that line on its own standard input. What the server writes goes to LOG, bounded, with one older part.

- The server dies: it is started again at once. Five deaths within ten seconds: the supervisor gives up, writes the
  last lines of the log to standard error and ends with status 70.
- The server ends with status 0: it meant to; the project ends.
- SIGTERM: the server is asked to end, then everything else, then the supervisor ends with status 0.

It outlives the project server, so it is kept tiny: standard library only, few imports.
"""

# pathlib and contextlib are imports that this program does without.
# ruff: noqa: PTH105, PTH123, PTH208, SIM105

import os
import select
import signal
import sys
import time
from collections import deque
from typing import NoReturn

MAXIMUM_DEATHS = 5
DEATHS_WITHIN_SECONDS = 10.0
LOG_MAXIMUM_BYTES = 1024 * 1024
LAST_LINES_MAXIMUM_BYTES = 4096
SECRET_MAXIMUM_BYTES = 4096
FAREWELL_SECONDS = 1.0
PR_SET_CHILD_SUBREAPER = 36
GAVE_UP = 70
NO_SECRET = 72


class Log:
    """A file that never grows past its bound: when full it becomes ``NAME.1`` and a new one begins."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.tail = b""
        self._open()

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        self._descriptor = os.open(self.path, flags, 0o600)
        self._size = os.fstat(self._descriptor).st_size

    def write(self, data: bytes) -> None:
        """Append; a full disk must not stop the project, so failures are dropped."""
        self.tail = (self.tail + data)[-LAST_LINES_MAXIMUM_BYTES:]
        try:
            if self._size + len(data) > LOG_MAXIMUM_BYTES:
                os.replace(self.path, self.path + ".1")
                os.close(self._descriptor)
                self._open()
            os.write(self._descriptor, data)
            self._size += len(data)
        except OSError:
            pass


class Supervisor:
    """One project server and everything that was left to us by processes that ended."""

    def __init__(self, log: Log, command: list[str], secret: bytes) -> None:
        self.log = log
        self.command = command
        self.secret = secret
        self.server = 0
        self.output = -1
        self.ending = False
        self.deaths: deque[float] = deque(maxlen=MAXIMUM_DEATHS)
        self.wake_read, wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        if os.getpid() != 1:  # without a namespace of processes, orphans come to us only when we ask
            import ctypes

            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def _on_signal(self, number: int, frame: object) -> None:
        if number != signal.SIGCHLD and not self.ending:
            self.ending = True
            if self.server:
                os.kill(self.server, signal.SIGTERM)

    def run(self) -> int:
        """Serve until told to end; the exit status."""
        self._start()
        while True:
            sources = [self.wake_read] + ([self.output] if self.output >= 0 else [])
            readable, _, _ = select.select(sources, [], [])
            if self.output in readable:
                self._copy_output()
            if self.wake_read in readable:
                os.read(self.wake_read, 4096)
                status = self._reap()
                if status is not None:
                    return status

    def _start(self) -> None:
        secret_read, secret_write = os.pipe2(os.O_CLOEXEC)
        output_read, output_write = os.pipe2(os.O_CLOEXEC)
        os.write(secret_write, self.secret)
        os.close(secret_write)
        actions = [
            (os.POSIX_SPAWN_DUP2, secret_read, 0),
            (os.POSIX_SPAWN_DUP2, output_write, 1),
            (os.POSIX_SPAWN_DUP2, output_write, 2),
        ]
        everything = set(range(1, signal.NSIG)) - {signal.SIGKILL, signal.SIGSTOP, 32, 33}
        self.server = os.posix_spawn(
            self.command[0], self.command, os.environ, file_actions=actions, setpgroup=0, setsigdef=everything
        )
        os.close(secret_read)
        os.close(output_write)
        if self.ending:  # the request came while there was no server to pass it on to
            os.kill(self.server, signal.SIGTERM)
        if self.output >= 0:  # children of the last server may hold its other end; their words are not awaited
            os.close(self.output)
        self.output = output_read

    def _copy_output(self) -> None:
        data = os.read(self.output, 65536)
        if data:
            self.log.write(data)
        else:
            os.close(self.output)
            self.output = -1

    def _drain_output(self) -> None:
        while self.output >= 0 and select.select([self.output], [], [], 0)[0]:
            self._copy_output()

    def _reap(self) -> int | None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return None
            if pid == 0:
                return None
            if pid == self.server:
                self.server = 0
                self._drain_output()
                ended = self._after_death(os.waitstatus_to_exitcode(status))
                if ended is not None:
                    return ended

    def _after_death(self, code: int) -> int | None:
        if self.ending or code == 0:
            return 0
        how = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
        self.log.write(f"The project server {how}.\n".encode())
        now = time.monotonic()
        self.deaths.append(now)
        if len(self.deaths) == MAXIMUM_DEATHS and now - self.deaths[0] < DEATHS_WITHIN_SECONDS:
            sys.stderr.write(self.log.tail.decode(errors="replace"))
            return GAVE_UP
        self._start()
        return None

    def end_everything(self) -> None:
        """Ask what is left to end, wait a moment, and kill the rest."""
        if os.getpid() == 1:  # our end kills everything in our namespace
            _kill(-1, signal.SIGTERM)
            self._wait_for_all()
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in descendants(os.getpid()):
                _kill(pid, number)
            self._wait_for_all()

    def _wait_for_all(self) -> None:
        deadline = time.monotonic() + FAREWELL_SECONDS
        while True:
            try:
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            except ChildProcessError:
                return
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                return
            if select.select([self.wake_read], [], [], remaining)[0]:
                os.read(self.wake_read, 4096)


def _kill(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except OSError:
        pass


def descendants(pid: int) -> list[int]:
    """Every process below ``pid``, nearest first."""
    parents: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as stream:
                    parent = int(stream.read().rpartition(b")")[2].split()[1])
            except OSError:
                continue
            parents.setdefault(parent, []).append(int(name))
    found, queue = [], [pid]
    while queue:
        children = parents.get(queue.pop(0), [])
        found += children
        queue += children
    return found


def _read_line(descriptor: int) -> bytes:
    line = b""
    while len(line) < SECRET_MAXIMUM_BYTES and not line.endswith(b"\n"):
        byte = os.read(descriptor, 1)
        if not byte:
            return b""
        line += byte
    return line


def main() -> NoReturn:
    """Read the secret and supervise; does not return."""
    secret = _read_line(0)
    if not secret:  # whoever started us is gone before it noted that we exist
        print("The project was not started to the end.", file=sys.stderr)
        raise SystemExit(NO_SECRET)
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    supervisor = Supervisor(Log(sys.argv[1]), sys.argv[2:], secret)
    status = supervisor.run()
    supervisor.end_everything()
    raise SystemExit(status)


if __name__ == "__main__":
    main()
