"""The holder: ``python -m studium.project.terminals.inside.holder FOLDER``, one process a project, in the inner ring.

It has the terminals of a project, so that they outlive the project server, whose only word to it is one connection at
``FOLDER/s``; commands typed in terminals speak to it at ``FOLDER/c`` (``commands.py``). It ends when it is told, or
when its terminals are gone and nobody speaks to it for long.

One loop, no threads, few imports. What was typed comes before what is shown: each turn looks at the server first, and
reads at most one slice of each terminal, so that a flood in one holds no other up.
"""

import json
import os
import selectors
import signal
import socket
import sys
import time
from contextlib import suppress
from typing import Any, Final

from studium.project.terminals.inside import wire
from studium.project.terminals.inside.commands import Commands
from studium.project.terminals.inside.link import Link
from studium.project.terminals.inside.shell import command_line, make_folder
from studium.project.terminals.inside.terminal import Terminal

GATHER_SECONDS: Final = 0.008
"""What comes in so short a time goes in one frame, once it is more than ``SOON_BYTES``."""
SOON_BYTES: Final = 2048
MAX_GATHERED: Final = 32 * 1024
STATUS_SECONDS: Final = 0.1
FAREWELL_SECONDS: Final = 1.0
SHORT_BYTES: Final = 32 * 1024
"""Of scroll-back with a screen that nobody asked for."""
LONELY_SECONDS: Final = 120.0


class Holder:
    """All of it."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.terminals: dict[str, Terminal] = {}
        self._selector = selectors.DefaultSelector()
        server = _listen(self._selector, f"{folder}/s", "server")
        self.link = Link(self._selector, server, self._heard, self._server_changed, self._catch_up)
        self.commands = Commands(self._selector, _listen(self._selector, f"{folder}/c", "command"), self.link.say)
        self._told: dict[str, tuple[float, dict[str, Any]]] = {}
        self._lonely_since = time.monotonic()
        self._leaving: dict[int, float] = {}  # groups of processes that were hung up on, and since when
        self._ending = False
        self._wake, wake = os.pipe()
        for end in (self._wake, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        self._selector.register(self._wake, selectors.EVENT_READ, "wake")

    def run(self) -> None:
        """Serve until the end."""
        while not self._ending:
            timeout = self._timeout(time.monotonic())
            ready: list[Terminal] = []
            for key, mask in self._selector.select(timeout):
                match key.data:
                    case Terminal() as terminal:
                        if mask & selectors.EVENT_WRITE:
                            terminal.write()
                        if mask & selectors.EVENT_READ:
                            ready.append(terminal)
                    case "server":
                        self.link.accept()
                    case "connection":
                        self.link.serve(mask)
                    case "wake":
                        with suppress(BlockingIOError):
                            os.read(self._wake, 4096)
                        self._reap()
                    case _:
                        self.commands.serve(key)
            for terminal in sorted(ready, key=_next_read):  # who has written least comes first
                if terminal.is_running:
                    try:
                        self._read(terminal)
                    except Exception as error:  # whatever a program may write, the others go on
                        self._hang_up(terminal)
                        terminal.failure = f"{type(error).__name__}: {error}"[:200]
                        self._tell(terminal, time.monotonic(), now_too=True)
            self._tend(time.monotonic())
        self.end()

    def end(self) -> None:
        """Hang up on everything, and kill what does not go by itself."""
        for terminal in self.terminals.values():
            self._hang_up(terminal)
        until = time.monotonic() + FAREWELL_SECONDS / 2
        while self._leaving and time.monotonic() < until:
            time.sleep(0.01)
            self._reap()
        for group in self._leaving:
            with suppress(OSError):
                os.killpg(group, signal.SIGKILL)

    # Turns -----------------------------------------------------------------------------------------------------------

    def _timeout(self, now: float) -> float | None:
        """How long nothing is to be done."""
        due = [since + FAREWELL_SECONDS for since in self._leaving.values()]
        if not self.link.is_up and not self.terminals:
            due.append(self._lonely_since + LONELY_SECONDS)
        for terminal in self.terminals.values():
            if terminal.look_at:
                due.append(terminal.look_at)
            if terminal.unsent:
                due.append(terminal.sent_at + GATHER_SECONDS)
            if terminal.redraw_at:
                due.append(terminal.redraw_at)
            if terminal.is_running and not terminal.paused and terminal.read_at > now:
                due.append(terminal.read_at)
            if terminal.is_running and (over_at := terminal.over_at()):
                due.append(over_at)
        return max(0.0, min(due) - now) if due else None

    def _tend(self, now: float) -> None:
        """What time brings."""
        for terminal in list(self.terminals.values()):
            if terminal.is_running and terminal.is_over(now):
                self._finished(terminal)
            if terminal.unsent and now >= terminal.sent_at + GATHER_SECONDS:
                self._send(terminal, now)
            if terminal.redraw_at and now >= terminal.redraw_at:
                terminal.redraw_at = 0.0
                if terminal.watched:
                    self._show(terminal)
            if terminal.look_at and now >= terminal.look_at:
                terminal.look_at = 0.0
                if terminal.is_running:
                    terminal.look(now)
                self._tell(terminal, now)
            self._listen_to(terminal, now)
        for group, since in list(self._leaving.items()):
            if now >= since + FAREWELL_SECONDS:
                with suppress(OSError):
                    os.killpg(group, signal.SIGKILL)
                with suppress(OSError):
                    os.waitpid(group, os.WNOHANG)
                del self._leaving[group]
        if not self.link.is_up and not self.terminals and now - self._lonely_since > LONELY_SECONDS:
            self._ending = True

    def _listen_to(self, terminal: Terminal, now: float) -> None:
        """Hear of a terminal what is wanted of it now."""
        if not terminal.is_running:
            return
        events = selectors.EVENT_WRITE if terminal.input and not terminal.closed_at else 0
        if not terminal.paused and not terminal.closed_at and terminal.read_at <= now:
            events |= selectors.EVENT_READ
        known = self._selector.get_map().get(terminal.fd)
        if known is None:
            if events:
                self._selector.register(terminal.fd, events, terminal)
        elif not events:
            self._selector.unregister(terminal.fd)
        elif known.events != events:
            self._selector.modify(terminal.fd, events, terminal)

    def _read(self, terminal: Terminal) -> None:
        title = terminal.stream.title
        shown, ended = terminal.read()
        now = time.monotonic()
        if terminal.watched and shown and not terminal.is_behind:
            terminal.unsent.append(shown)
            terminal.unsent_bytes += len(shown)
            if now >= terminal.sent_at + GATHER_SECONDS:
                terminal.sent_bytes = 0
                self._send(terminal, now)
            elif terminal.sent_bytes + terminal.unsent_bytes <= SOON_BYTES or terminal.unsent_bytes >= MAX_GATHERED:
                self._send(terminal, now)
        if terminal.bells:
            terminal.bells = 0
            self.link.say({"say": "bell", "key": terminal.key})
        if terminal.stream.title != title:
            terminal.look_by(now + STATUS_SECONDS)
        if ended:
            terminal.closed_at = now
            terminal.reap()

    def _finished(self, terminal: Terminal) -> None:
        """The program has ended, or has closed its terminal."""
        if terminal.exit_status is None:
            terminal.kill()  # it closed its terminal and goes on: nobody could ever reach it
        if self._selector.get_map().get(terminal.fd) is not None:
            self._selector.unregister(terminal.fd)
        if terminal.unsent:
            self._send(terminal, time.monotonic())
        terminal.close()
        self._tell(terminal, time.monotonic(), now_too=True)

    def _hang_up(self, terminal: Terminal) -> None:
        """End what runs in a terminal; who is deaf to that is killed a moment later."""
        if terminal.is_running and self._selector.get_map().get(terminal.fd) is not None:
            self._selector.unregister(terminal.fd)
        self._leaving |= dict.fromkeys(terminal.let_go(), time.monotonic())

    def _reap(self) -> None:
        for group in list(self._leaving):
            try:
                gone = os.waitpid(group, os.WNOHANG)[0] != 0
            except ChildProcessError:  # of a job, whose parent is the shell
                gone = not _is_there(group)
            if gone:
                del self._leaving[group]
        for terminal in self.terminals.values():
            if terminal.reap() and not terminal.is_running:
                self._tell(terminal, time.monotonic(), now_too=True)

    # To the server ---------------------------------------------------------------------------------------------------

    def _tell(self, terminal: Terminal, now: float, *, now_too: bool = False) -> None:
        """Tell of a terminal what has changed; its titles not more often than somebody could read."""
        status = terminal.status()
        told_at, told = self._told.get(terminal.key, (0.0, {}))
        if status == told:
            return
        if not now_too and now - told_at < STATUS_SECONDS:
            terminal.look_by(told_at + STATUS_SECONDS)
            return
        self._told[terminal.key] = (now, status)
        self.link.say({"say": "status", **status})

    def _send(self, terminal: Terminal, now: float) -> None:
        data = b"".join(terminal.unsent)
        terminal.unsent.clear()
        terminal.unsent_bytes = 0
        if self.link.is_full:
            terminal.is_behind = True
            return
        terminal.sent_at = now
        terminal.sent_bytes += len(data)
        self.link.put(wire.pack(wire.OUTPUT, terminal.key, data))

    def _show(self, terminal: Terminal, answers: bytes = wire.UNASKED, most: int = SHORT_BYTES) -> None:
        """Send the screen, with so many bytes of scroll-back: it holds all that was written up to now."""
        if answers == wire.UNASKED:
            terminal.unsent.clear()
            terminal.unsent_bytes = 0
            terminal.is_behind = False
        elif terminal.unsent:  # for those who have seen what came before
            self._send(terminal, time.monotonic())
        self.link.put(wire.pack(wire.SCREEN, terminal.key, answers + terminal.shown(most)))

    def _catch_up(self) -> None:
        """The server reads again."""
        for terminal in self.terminals.values():
            if terminal.is_behind:
                self._show(terminal)

    # From the server -------------------------------------------------------------------------------------------------

    def _server_changed(self) -> None:
        for terminal in self.terminals.values():
            terminal.watched = terminal.is_behind = False
            terminal.unsent.clear()
            terminal.unsent_bytes = 0
        self._told.clear()
        self._lonely_since = time.monotonic()
        self.link.say({"say": "hello", "terminals": [terminal.status() for terminal in self.terminals.values()]})

    def _heard(self, kind: int, body: bytes) -> None:
        if kind == wire.INPUT:
            self._type(body[: wire.KEY_BYTES].decode(), body[wire.KEY_BYTES :])
        elif kind == wire.JSON:
            self._do(json.loads(body))

    def _type(self, key: str, data: bytes) -> None:
        terminal = self.terminals.get(key)
        if terminal is None or not terminal.is_running:
            return
        if terminal.is_full(len(data)):
            self.link.say({"say": "full", "key": key})
        if terminal.type(data):
            if terminal.paused:
                terminal.paused = False
                self._tell(terminal, time.monotonic(), now_too=True)
            if terminal.watched and terminal.unsent_bytes > SOON_BYTES:  # which nobody waits for any more
                self._show(terminal)
        self._listen_to(terminal, time.monotonic())

    def _do(self, message: dict[str, Any]) -> None:
        if message["do"] == "end":
            self._ending = True
            return
        if message["do"] == "answer":
            self.commands.answer(message)
            return
        key = message["key"]
        if message["do"] == "open":
            self._open(key, message)
            return
        terminal = self.terminals.get(key)
        if terminal is None:
            return
        now = time.monotonic()
        match message["do"]:
            case "close":
                self._forget(terminal)
            case "watch":
                terminal.watched = bool(message["on"])
            case "screen":
                self._show(terminal, wire.ASKED, message["most"])
            case "text":
                self.link.put(wire.pack(wire.TEXT, key, terminal.screen.text().encode(errors="replace")))
            case "pause":
                terminal.paused = bool(message["on"])
                self._tell(terminal, now, now_too=True)
            case "clear":
                terminal.screen.clear_scrollback()
                self._show(terminal)
            case "resize":
                if terminal.unsent:
                    self._send(terminal, now)
                if terminal.resize(message["columns"], message["rows"]):
                    self._tell(terminal, now, now_too=True)
        if key in self.terminals:
            self._listen_to(terminal, now)

    def _open(self, key: str, message: dict[str, Any]) -> None:
        """Start a program in a terminal that is new, or whose program has ended."""
        terminal = self.terminals.get(key)
        if terminal is None:
            terminal = self.terminals[key] = Terminal(key, message["columns"], message["rows"])
            if before := message.get("before"):
                terminal.screen.restore(before)
        elif terminal.is_running:
            self._hang_up(terminal)
        terminal.screen.begin_again()
        terminal.resize(message["columns"], message["rows"])
        environment = {
            **message["environment"],
            "STUDIUM_TERMINAL": key,
            "STUDIUM_TERMINAL_FOLDER": self.folder,
        }
        try:
            terminal.start(command_line(message["command"], self.folder), message["directory"], environment)
        except OSError as error:
            terminal.exit_status = 126
            terminal.screen.feed(f"The terminal cannot be started: {error.strerror}.\r\n")
        self._tell(terminal, time.monotonic(), now_too=True)
        self._listen_to(terminal, time.monotonic())

    def _forget(self, terminal: Terminal) -> None:
        self._hang_up(terminal)
        del self.terminals[terminal.key]
        self._told.pop(terminal.key, None)
        self._lonely_since = time.monotonic()


def _next_read(terminal: Terminal) -> float:
    return terminal.read_at


def _is_there(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except OSError:
        return False
    return True


def _listen(selector: selectors.BaseSelector, path: str, what: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.setblocking(False)
    listener.listen(16)
    selector.register(listener, selectors.EVENT_READ, what)
    return listener


def main() -> None:
    """Hold terminals until the end."""
    os.umask(0o077)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    make_folder(sys.argv[1], sys.executable)
    holder = Holder(sys.argv[1])
    signal.signal(signal.SIGTERM, lambda _number, _frame: setattr(holder, "_ending", True))
    os.umask(0o022)
    holder.run()


if __name__ == "__main__":
    main()
