"""A process that has imported ipykernel and forks kernels: each is ready in a third of the time of a cold start.

Run as ``python zygote.py FOLDER``. It listens on ``FOLDER/s``; requests and answers are lines of JSON, and an answer
has the ``id`` of its request.

- ``{"fork": {"folder", "connection", "directory", "environment"}}``: a kernel. The folder is made for it (mode 0700)
  with its connection file in it. Answer: ``{"forked": PID, "folder": …}``, with the number that the process has in the
  namespace of the zygote, or ``{"failed": SENTENCE}``, or ``{"stale": true}`` when packages have been installed since
  it began: then it forks no more, and ends with the last of its kernels.
- ``{"read": {"what", "code", "line", "column", …}}``: ``{"read": …}``, what jedi knows, in a fork: ``completions`` or
  ``documentation``. The line counts from 1, the column is in code points.
- When a kernel ends everyone connected hears ``{"ended": PID, "status": N}``, negative for a signal. Whoever
  connects later hears of those that ended before.

Nothing may start a thread, a loop or a ZeroMQ context before a fork. What a fork shares must not be written to, so the
garbage collector is told to leave it alone.
"""

import atexit
import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

LINE_MAXIMUM_BYTES = 8 * 1024 * 1024
READ_SECONDS = 4.0
MATCHES_MAXIMUM = 1000
DOCUMENTATION_MAXIMUM = 100_000
QUIET_SECONDS = 1.0
REMEMBERED_ENDS = 256


class Zygote:
    """The listening socket, those connected to it, and the children."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(Path(folder, "s")))
        self.listener.listen(8)
        self.peers: dict[socket.socket, bytes] = {}
        self.kernels: set[int] = set()
        self.stale = False
        self.is_warm = False
        self.is_warming = False
        self.ends: list[dict[str, int]] = []
        self.stamps = package_stamps()
        # By the number of a pipe: process, peer, request, deadline, what it has said.
        self.reading: dict[int, tuple[int, socket.socket, int, float, list[bytes]]] = {}
        self.wake_read, self.wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(self.wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, self.on_child)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def run(self) -> None:
        """Serve, while it is of use."""
        while not self.stale or self.kernels:
            sources: list[Any] = [self.listener, self.wake_read, *self.peers, *self.reading]
            wait = None if self.is_warm else QUIET_SECONDS
            if self.reading:
                wait = max(0.0, min(entry[3] for entry in self.reading.values()) - time.monotonic())
            ready = select.select(sources, [], [], wait)[0]
            if not ready and not self.reading and not self.is_warm:
                self.warm_up()
            for source in ready:
                if source is self.listener:
                    self.accept()
                elif source == self.wake_read:
                    os.read(self.wake_read, 4096)
                elif source in self.reading:
                    self.read_on(source)
                elif source in self.peers:
                    self.read(source)
            self.reap()
            for pipe in [pipe for pipe, entry in self.reading.items() if entry[3] <= time.monotonic()]:
                self.end_reading(pipe, kill=True)

    def warm_up(self) -> None:
        """Read what jedi needs for everything, once for all forks, when there is nothing else to do."""
        self.is_warm = self.is_warming = True
        self.reap()
        with contextlib.suppress(Exception):
            completions("import os\nos.pa", 2, 5)
        gc.collect()
        gc.freeze()
        self.is_warming = False

    def on_child(self, *_: object) -> None:
        """While it warms up, which takes seconds: a kernel may end meanwhile, and people wait to hear how."""
        if self.is_warming:
            self.reap()

    def accept(self) -> None:
        peer = self.listener.accept()[0]
        self.peers[peer] = b""
        for end in self.ends:
            self.say(peer, end)

    def read(self, peer: socket.socket) -> None:
        try:
            data = peer.recv(65536)
        except OSError:
            data = b""
        self.peers[peer] += data
        if not data or len(self.peers[peer]) > LINE_MAXIMUM_BYTES:
            del self.peers[peer]
            peer.close()
            return
        *lines, self.peers[peer] = self.peers[peer].split(b"\n")
        for line in lines:
            request = json.loads(line)
            try:
                if "fork" in request:
                    self.say(peer, {"id": request["id"], **self.fork(request["fork"])})
                elif "read" in request:
                    self.read_code(peer, request["id"], **request["read"])
            except Exception as error:
                self.say(peer, {"id": request["id"], "failed": f"{type(error).__name__}: {error}"})

    def say(self, peer: socket.socket, message: object) -> None:
        with contextlib.suppress(OSError):
            peer.sendall(json.dumps(message).encode() + b"\n")

    def reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            if pid in self.kernels:
                self.kernels.discard(pid)
                end = {"ended": pid, "status": os.waitstatus_to_exitcode(status)}
                self.ends = [*self.ends, end][-REMEMBERED_ENDS:]
                for peer in list(self.peers):
                    self.say(peer, end)

    def fork(self, wanted: dict[str, Any]) -> dict[str, Any]:
        if package_stamps() != self.stamps:
            self.stale = True
            return {"stale": True}
        folder = wanted["folder"]
        Path(folder).mkdir(0o700)
        file = Path(folder, "connection.json")
        with file.open("x") as stream:
            json.dump(wanted["connection"], stream)
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                self.become_kernel(str(file), wanted)
                atexit._run_exitfuncs()  # those of people's code; the interpreter is not taken down
                status = 0
            except BaseException:
                import traceback

                with contextlib.suppress(OSError), Path(folder, "log").open("w") as log:
                    traceback.print_exc(file=log)
            os._exit(status)
        self.kernels.add(pid)
        return {"forked": pid, "folder": folder}

    def leave_zygote(self) -> None:
        """What a child does first: nothing of the zygote's stays open."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        for each in (self.listener, *self.peers):
            each.close()
        for descriptor in (self.wake_read, self.wake_write, *self.reading):
            os.close(descriptor)

    def become_kernel(self, file: str, wanted: dict[str, Any]) -> None:
        self.leave_zygote()
        os.environ.clear()
        os.environ.update(wanted["environment"])
        os.chdir(wanted["directory"])
        sys.argv = ["ipykernel_launcher", "-f", file]
        sys.path[0] = ""
        import random

        random.seed()
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed()
        from ipykernel.kernelapp import IPKernelApp

        app = IPKernelApp.instance()
        app.initialize(["-f", file])
        for stream in (sys.stdout, sys.stderr):
            sys.modules["fast_output"].speed_up(stream)
        app.start()

    def read_code(self, peer: socket.socket, request_id: int, what: str, **wanted: Any) -> None:
        read, write = os.pipe2(os.O_CLOEXEC)
        pid = os.fork()
        if pid == 0:
            try:
                self.leave_zygote()
                os.close(read)
                with os.fdopen(write, "w") as stream:
                    json.dump(READERS[what](**wanted), stream)
            except BaseException:
                os._exit(1)
            os._exit(0)
        os.close(write)
        self.reading[read] = (pid, peer, request_id, time.monotonic() + READ_SECONDS, [])

    def read_on(self, pipe: int) -> None:
        data = os.read(pipe, 65536)
        if data:
            self.reading[pipe][-1].append(data)
        else:
            self.end_reading(pipe)

    def end_reading(self, pipe: int, *, kill: bool = False) -> None:
        pid, peer, request_id, _, parts = self.reading.pop(pipe)
        os.close(pipe)
        if kill:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            found = json.loads(b"".join(parts))
        except ValueError:
            found = None
        if peer in self.peers:
            self.say(peer, {"id": request_id, "read": found})


def script_of(code: str) -> Any:
    import jedi

    # In this process: it is a fork of the right interpreter already, and ends at once.
    return jedi.Script(code, environment=jedi.InterpreterEnvironment())


def completions(code: str, line: int, column: int) -> dict[str, Any]:
    """What may follow at a place, and how long the word before it is."""
    found = script_of(code).complete(line, column)[:MATCHES_MAXIMUM]
    length = len(found[0].name_with_symbols) - len(found[0].complete) if found and found[0].complete is not None else 0
    return {
        "matches": [each.name_with_symbols for each in found],
        "types": [each.type for each in found],
        "length": length,
    }


def documentation(code: str, line: int, column: int, *, with_source: bool = False) -> str:
    """What is known of the name at a place, or of the function in whose brackets it is."""
    script = script_of(code)
    names = script.infer(line, column) or script.get_signatures(line, column) or script.help(line, column)
    if not names:
        return ""
    name = names[0]
    parts = [f"Signature: {each.to_string()}" for each in name.get_signatures()[:5]]
    if name.module_path is not None:
        parts.append(f"File:      {name.module_path}")
    parts.append(f"Type:      {name.type}")
    start, end = name.get_definition_start_position(), name.get_definition_end_position()
    if with_source and name.module_path is not None and start and end:
        lines = name.module_path.read_text(encoding="utf-8", errors="replace").splitlines()
        parts += ["Source:", *lines[start[0] - 1 : end[0]]]
    else:
        parts += ["Docstring:", name.docstring(raw=True)]
    return "\n".join(parts)[:DOCUMENTATION_MAXIMUM]


READERS: dict[str, Callable[..., Any]] = {"completions": completions, "documentation": documentation}


def package_stamps() -> list[tuple[str, int]]:
    """What changes when packages are installed or removed."""
    stamps = []
    for folder in sys.path:
        with contextlib.suppress(OSError):
            stamps.append((folder, Path(folder).stat().st_mtime_ns))
    return stamps


def main() -> None:
    """Import what kernels need, and serve. The folder is there, and belongs to nobody else."""
    folder = sys.argv[1]
    import fast_output  # type: ignore[import-not-found]  # noqa: F401  # beside this program, which is in no package
    import ipykernel.ipkernel
    import ipykernel.kernelapp
    import ipykernel.zmqshell  # noqa: F401

    with contextlib.suppress(ImportError):
        import jedi  # noqa: F401
    gc.collect()
    gc.freeze()
    Zygote(folder).run()


if __name__ == "__main__":
    main()
