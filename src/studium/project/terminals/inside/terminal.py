"""One terminal of the holder: a PTY with a program, what it shows, and how fast it is read."""

import os
import signal
import termios
import time
from collections import deque
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path
from struct import pack
from typing import Any, Final

from studium.project.terminals.inside.screen import Screen
from studium.project.terminals.inside.stream import Ask, Asked, Event, Shown, Stream

RATE: Final = 4 * 1024**2
"""Bytes a second that are read from a terminal: more than a browser draws. The kernel lets the program wait."""
PROCESSOR_SHARE: Final = 0.4
"""Of the time, at most this is spent on one flood, whatever it is made of."""
BURST_SECONDS: Final = 0.02
SLICE_BYTES: Final = 12 * 1024
SLICE_SECONDS: Final = 0.001
MAX_COLUMNS: Final = 500
MAX_ROWS: Final = 300
MAX_INPUT_BYTES: Final = 4 * 1024**2
"""Typed or pasted, and not yet taken by the program."""
MAX_ANSWER_BYTES: Final = 4096
LINES_IN_A_SLICE: Final = 600
"""Scroll-back made text each time that something was read."""

_INTERRUPTS: Final = {b"\x03": (signal.SIGINT, 0), b"\x1c": (signal.SIGQUIT, 1), b"\x1a": (signal.SIGTSTP, 10)}
REDRAW_SECONDS: Final = 0.3
_LOOK_SECONDS: Final = 0.15
_QUIET_LOOKS: Final = (0.5, 2.0)
"""A shell that is still in front is looked at twice more: a busy machine may be as slow to start what was asked for."""
_DRAIN_SECONDS: Final = 0.3
_END_SECONDS: Final = 1.0


class Terminal:
    """A PTY and its program. ``command`` is an argument list; ``before``: what is shown above what it writes."""

    def __init__(self, key: str, columns: int, rows: int) -> None:
        self.key = key
        self.columns, self.rows = clamp(columns, rows)
        self.screen = Screen(self.columns, self.rows)
        self.stream = Stream()
        self.pid = 0
        self.fd = -1
        self.exit_status: int | None = None
        self.failure = ""  # why it was hung up though its program had not ended
        self.exited_at = 0.0
        self.closed_at = 0.0  # nobody has the other side any more
        self.paused = False
        self.watched = False
        self.is_behind = False  # what it wrote was not sent; a screen must be
        self.unsent: list[bytes] = []
        self.unsent_bytes = 0
        self.sent_at = 0.0
        self.sent_bytes = 0  # in the moments after sent_at
        self.read_at = 0.0  # it may be read from then on
        self.bells = 0
        self.redraw_at = 0.0  # when all pages get the screen, so that they are the same
        self._is_other_beneath = False
        self.look_at = 0.0  # when to look what runs; 0: not before something happens
        self._quiet_looks = 0  # since something happened, while the shell was in front
        self.program = ""
        self.directory = ""
        self.is_computing = False
        self.input: deque[bytes] = deque()
        self.input_bytes = 0

    @property
    def is_running(self) -> bool:
        """Whether a program has the terminal."""
        return self.fd >= 0

    # The program -----------------------------------------------------------------------------------------------------

    def start(self, argv: list[str], directory: str, environment: dict[str, str]) -> None:
        """Start a program; it gets a session and the terminal of its own."""
        self.stream = Stream()
        main, other = os.openpty()
        ioctl(main, termios.TIOCSWINSZ, self._size())
        os.set_blocking(main, False)
        pid = os.fork()
        if pid == 0:
            _become(other, argv, directory, environment)
        os.close(other)
        self.pid, self.fd = pid, main
        self.exit_status, self.exited_at, self.closed_at, self.paused = None, 0.0, 0.0, False
        self.failure = ""
        self.look_at = time.monotonic() + 0.1

    def resize(self, columns: int, rows: int) -> bool:
        """Take another size; whether it is another."""
        size = clamp(columns, rows)
        if size == (self.columns, self.rows):
            return False
        self.columns, self.rows = size
        self.screen.resize(*size)
        # Emulators differ in what a size brings back from above; and ours sizes the screen beneath when it is shown.
        self.redraw_at = 0.0 if self.stream.modes.alternate else time.monotonic() + REDRAW_SECONDS
        self._is_other_beneath = self.stream.modes.alternate
        if self.fd >= 0:
            with suppress(OSError):
                ioctl(self.fd, termios.TIOCSWINSZ, self._size())
        return True

    def let_go(self) -> set[int]:
        """Hang up, as when a terminal is closed: the kernel tells the shell and what is in front, and shells hand it on
        to their jobs, unless they are told twice. What is to be killed if it does not go: the groups of both."""
        if not self.pid or self.exit_status is not None:
            self.close()
            return set()
        groups = {self.pid, self._front()} - {0}
        self.close()
        self.pid = 0
        return groups

    def kill(self) -> None:
        """End what runs, now."""
        if self.pid and self.exit_status is None:
            for group in {self.pid, self._front()} - {0}:
                with suppress(OSError):
                    os.killpg(group, signal.SIGKILL)

    def reap(self) -> bool:
        """Note how the program ended; whether it has, just now."""
        if not self.pid or self.exit_status is not None:
            return False
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:
            pid, status = self.pid, 0
        if pid == 0:
            return False
        self.exit_status = os.waitstatus_to_exitcode(status)
        self.exited_at = time.monotonic()
        return True

    def close(self) -> None:
        """Let go of the PTY."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
        self.closed_at = 0.0
        self.input.clear()
        self.input_bytes = 0
        self.program, self.is_computing = "", False

    def over_at(self) -> float:
        """When nothing more is awaited: what a program that has ended left in the background may write on, and one that
        has closed its terminal is about to end. 0 while neither is so."""
        if self.exit_status is not None:
            return self.exited_at + (0 if self.closed_at else _DRAIN_SECONDS)
        return self.closed_at + _END_SECONDS if self.closed_at else 0.0

    def is_over(self, now: float) -> bool:
        """Whether nothing more is awaited."""
        return 0 < self.over_at() <= now

    # What it writes --------------------------------------------------------------------------------------------------

    def read(self) -> tuple[bytes, bool]:
        """What it wrote, as browsers get it, and whether it has ended. One slice at most."""
        began, worked = time.monotonic(), time.thread_time()
        count, shown = 0, []
        ended = False
        while count < SLICE_BYTES:
            try:
                data = os.read(self.fd, 4096)
            except BlockingIOError:
                break
            except OSError:  # EIO: nobody has the other side any more
                data = b""
            if not data:
                ended = True
                break
            count += len(data)
            shown += self._take(data)
            if time.thread_time() - worked > SLICE_SECONDS:
                break
        self.screen.render(LINES_IN_A_SLICE)
        now = time.monotonic()
        cost = max(count / RATE, (time.thread_time() - worked) / PROCESSOR_SHARE)
        self.read_at = max(self.read_at, began - BURST_SECONDS) + cost
        if count:
            self._happened(now)
        return "".join(shown).encode(), ended

    def _take(self, data: bytes) -> list[str]:
        shown: list[str] = []
        for part in self.stream.feed(data):
            match part:
                case Shown(text, image):
                    shown.append(text)
                    if not image:
                        self.screen.feed(text)
                case Asked(what, answer):
                    self._answer(answer or self._known(what))
                case Event.BELL:
                    self.bells += 1
                case Event.CLEAR_SCROLLBACK:
                    self.screen.clear_scrollback()
                case Event.ENTER_ALTERNATE:
                    self.screen.enter_alternate()
                case Event.LEAVE_ALTERNATE:
                    self.screen.leave_alternate()
                    if self._is_other_beneath:
                        self._is_other_beneath = False
                        self.redraw_at = time.monotonic() + REDRAW_SECONDS
        return shown

    def _known(self, what: Ask) -> str:
        column, row = self.screen.cursor()
        match what:
            case Ask.DEVICE:
                return "\x1b[?1;2c"
            case Ask.SECOND_DEVICE:
                return "\x1b[>0;276;0c"
            case Ask.VERSION:
                return "\x1bP>|Studium\x1b\\"
            case Ask.STATUS:
                return "\x1b[0n"
            case Ask.CURSOR:
                return f"\x1b[{row};{column}R"
            case Ask.PRIVATE_CURSOR:
                return f"\x1b[?{row};{column}R"
            case Ask.SIZE:
                return f"\x1b[8;{self.rows};{self.columns}t"
            case _:
                return ""

    def _answer(self, answer: str) -> None:
        if answer and self.input_bytes + len(answer) <= MAX_ANSWER_BYTES:
            self._queue(answer.encode())
            self.write()

    def shown(self, most: int) -> bytes:
        """What it shows, with ``most`` bytes of scroll-back, for a terminal of its size that was reset."""
        modes = self.stream.modes.restore()
        rest = "\x1b_" if self.stream.is_in_image else ""  # the rest of an image is not shown
        return (self.screen.dump(most) + modes + rest).encode(errors="replace")

    # What is typed ---------------------------------------------------------------------------------------------------

    def type(self, data: bytes) -> bool:
        """Give the program what was typed; whether it interrupts. Too much that is not taken is dropped."""
        interrupts = data in _INTERRUPTS
        if interrupts:
            self.input.clear()  # it would only come after what is not wanted any more
            self.input_bytes = 0
        if not self.is_full(len(data)):
            self._queue(data)
        self.write()
        if interrupts and self.input:
            self._signal(data)
        self._happened(time.monotonic())
        return interrupts

    def is_full(self, more: int) -> bool:
        """Whether so many bytes more have no room before the program."""
        return self.input_bytes + more > MAX_INPUT_BYTES

    def _queue(self, data: bytes) -> None:
        self.input.append(data)
        self.input_bytes += len(data)

    def write(self) -> None:
        """Write what the program takes now."""
        while self.input and self.fd >= 0:
            data = self.input[0]
            try:
                written = os.write(self.fd, data[:65536])
            except BlockingIOError:
                return
            except OSError:
                self.input.clear()
                self.input_bytes = 0
                return
            self.input_bytes -= written
            if written == len(data):
                self.input.popleft()
            else:
                self.input[0] = data[written:]

    def _signal(self, data: bytes) -> None:
        """The line is full, so that the kernel does not see the key: do what it would."""
        number, index = _INTERRUPTS[data]
        with suppress(OSError, termios.error):
            attributes = termios.tcgetattr(self.fd)
            if attributes[3] & termios.ISIG and attributes[6][index] == data:
                os.killpg(self._front(), number)

    # What runs in it -------------------------------------------------------------------------------------------------

    def look(self, now: float) -> bool:
        """See what runs in front, and where; whether that has changed."""
        before = (self.program, self.directory, self.is_computing)
        front = self._front()
        self.program = _read(f"/proc/{front}/comm") or _read(f"/proc/{self.pid}/comm")
        for pid in (front, self.pid):
            with suppress(OSError):
                self.directory = os.readlink(f"/proc/{pid}/cwd")  # noqa: PTH115 - few imports
                break
        self.is_computing = front not in (0, self.pid) and self._reads_lines()
        if front not in (0, self.pid):
            self.look_at, self._quiet_looks = now + 2.0, 0
        elif self._quiet_looks < len(_QUIET_LOOKS):
            self.look_at = now + _QUIET_LOOKS[self._quiet_looks]
            self._quiet_looks += 1
        else:
            self.look_at = 0.0
        return (self.program, self.directory, self.is_computing) != before

    def look_by(self, when: float) -> None:
        """Look what runs then, if not sooner."""
        self.look_at = min(self.look_at or when, when)

    def _happened(self, now: float) -> None:
        """Something was typed or written: another program may run soon."""
        if not self.look_at or self._quiet_looks:
            self.look_at, self._quiet_looks = now + _LOOK_SECONDS, 0

    def _front(self) -> int:
        try:
            return os.tcgetpgrp(self.fd) if self.fd >= 0 else 0
        except OSError:
            return 0

    def _reads_lines(self) -> bool:
        """Whether the terminal is as it was: programs that wait for keys (editors, pagers, shells) change that."""
        try:
            return bool(termios.tcgetattr(self.fd)[3] & termios.ICANON)
        except (OSError, termios.error):
            return False

    def status(self) -> dict[str, Any]:
        """What there is to know of it."""
        return {
            "key": self.key,
            "running": self.is_running,
            "columns": self.columns,
            "rows": self.rows,
            "title": self.stream.title,
            "program": self.program,
            "directory": self.directory,
            "computing": self.is_computing,
            "paused": self.paused,
            "exit_status": self.exit_status if not self.is_running else None,
            "failure": self.failure,
        }

    def _size(self) -> bytes:
        return pack("HHHH", self.rows, self.columns, 0, 0)


def clamp(columns: int, rows: int) -> tuple[int, int]:
    """A size that a terminal may have."""
    return min(max(columns, 2), MAX_COLUMNS), min(max(rows, 1), MAX_ROWS)


def _become(tty: int, argv: list[str], directory: str, environment: dict[str, str]) -> None:
    """In the child: take the terminal and become the program."""
    try:
        os.login_tty(tty)
        for number in (signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        with suppress(OSError):  # where memory runs out, programs go before this process
            Path("/proc/self/oom_score_adj").write_text("300")
        try:
            os.chdir(directory)
        except OSError as error:
            os.write(2, f"The folder {directory} cannot be entered: {error.strerror}. This is the home.\r\n".encode())
            os.chdir(environment.get("HOME", "/"))
        environment["PWD"] = os.getcwd()  # noqa: PTH109
        os.execvpe(argv[0], argv, environment)  # noqa: S606
    except BaseException as error:
        os.write(2, f"{argv[0]} cannot be started: {error}.\r\n".encode(errors="replace"))
    finally:
        os._exit(127)


def _read(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace").strip()[:100]
    except OSError:
        return ""
