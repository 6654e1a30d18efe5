"""What all terminals of a project share: the holder, where it runs, what is kept, and who is told that it is used."""

import asyncio
import logging
import os
import time
from collections.abc import Coroutine, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import studium
from studium.compute.limits import InnerLimits
from studium.project.files.errors import file_errors
from studium.project.files.home import Home
from studium.project.files.paths import clean_path
from studium.project.history.snapshot import Snapshots
from studium.project.kernels.inner import InnerRing
from studium.project.terminals.commands import Commands, SendNotice
from studium.project.terminals.holder import Holder
from studium.project.terminals.records import Records
from studium.project.terminals.screens import Screens
from studium.project.terminals.session import TerminalSession
from studium.project.use import Use
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import ProjectId
from studium.protocol.terminals import TerminalState

_log = logging.getLogger(__name__)

MAX_RUNNING: Final = 64
"""Terminals of a project at once: each has a shell, of some megabytes."""
MAX_NAMES: Final = 1000
RECOVER_SECONDS: Final = 10.0
"""A holder whose connection is lost more often is given up."""


class Services:
    """Made once a project."""

    def __init__(
        self,
        project_id: ProjectId,
        inner: InnerRing,
        home: Home,
        state: Path,
        use: Use,
        limits: InnerLimits | None,
        send_notice: SendNotice | None,
        snapshots: Snapshots,
    ) -> None:
        self._commands = Commands(home, project_id, send_notice, snapshots)
        self.inner = inner
        self.home = home
        self.use = use
        self.limits = limits
        self.records = Records(state)
        self.screens = Screens(state)
        self.sessions: dict[str, TerminalSession] = {}
        self.holder: Holder | None = None
        self.starts = 0
        self._obtaining = asyncio.Lock()
        self._recovered_at = float("-inf")
        self._writing = asyncio.Lock()
        self._busy = ExitStack()
        self._is_busy = False
        self._tasks: set[asyncio.Task[Any]] = set()
        self.is_closing = False

    # The holder ------------------------------------------------------------------------------------------------------

    async def obtain_holder(self, session: TerminalSession) -> Holder:
        """The holder, for a session that is to run; started at the first need. Raises ``StudiumError``."""
        running = sum(each.state is TerminalState.RUNNING for each in self.sessions.values() if each is not session)
        if running >= MAX_RUNNING:
            message = f"{MAX_RUNNING} terminals run in this project already. End one that nobody needs."
            raise StudiumError(ErrorCode.RATE_LIMITED, message, limit=MAX_RUNNING)
        async with self._obtaining:
            if self.is_closing:
                raise StudiumError(ErrorCode.UNAVAILABLE, "The project is stopping. Open it again in a moment.")
            if self.holder is None or not self.holder.is_alive:
                self.holder = await Holder.start(self.inner, self._hear, self._show, self._lost)
                self.records.holder = self.holder.record
                await self.write_records()
            self.starts += 1
            return self.holder

    async def attach_holder(self) -> None:
        """Find the holder of the server before this one, and the terminals that it has."""
        record = self.records.holder
        if record is None:
            return
        self.holder = await Holder.attach(self.inner, record, self._hear, self._show, self._lost)
        if self.holder is None:
            self.records.holder = None
            return
        known = {key for file in self.records.files().values() for key in file.keys.values()}
        for status in self.holder.terminals:
            if status.get("key") not in known:  # of a file that was removed while there was no server
                self.holder.tell("close", str(status.get("key")))

    def _hear(self, message: dict[str, Any]) -> None:
        session = self.sessions.get(str(message.get("key")))
        if message.get("say") == "command":
            self.begin(self._command(session, message))
        elif session is not None and message.get("say") == "status":
            session.held(message)
        elif session is not None and message.get("say") == "bell":
            session.bell()
        elif session is not None and message.get("say") == "full":
            session.full()

    async def _command(self, session: TerminalSession | None, message: dict[str, Any]) -> None:
        number, command = int(message["number"]), str(message["command"])
        arguments = [str(argument) for argument in message["arguments"]]
        at = str(message["directory"])
        now = str(message.get("now", ""))
        text, code = await self._commands.carry_out(session, command, arguments, at, now)
        if self.holder is not None:
            self.holder.tell("answer", number=number, text=text, code=code)

    def _show(self, kind: int, key: str, body: bytes) -> None:
        session = self.sessions.get(key)
        if session is not None:
            session.frame(kind, body)

    def _lost(self) -> None:
        holder, self.holder = self.holder, None
        if holder is not None and not self.is_closing:
            self.begin(self._recover(holder))

    async def _recover(self, old: Holder) -> None:
        """Speak to a holder again whose connection was lost; one that cannot be spoken to has ended, or is ended."""
        async with self._obtaining:
            now = time.monotonic()
            if self.holder is None and now - self._recovered_at > RECOVER_SECONDS:
                self._recovered_at = now
                self.holder = await Holder.attach(self.inner, old.record, self._hear, self._show, self._lost)
            if self.holder is not None:
                running = {str(status.get("key")): status for status in self.holder.terminals}
                for session in self.sessions.values():
                    session.found_again(running.get(session.key))
                return
            _log.warning("The holder of the terminals has ended")
            await asyncio.to_thread(old.process.kill)
            self.records.holder = None
            for session in self.sessions.values():
                session.lost("The program that holds the project's terminals was ended, and what ran in them with it.")
            self.computing_changed()

    # What sessions need ----------------------------------------------------------------------------------------------

    def environment(self) -> Mapping[str, str]:
        """What a shell sees."""
        own = dict(self.inner.environment)
        language = own.get("LC_ALL") or own.get("LC_CTYPE") or own.get("LANG") or ""
        if "utf" not in language.lower():
            own.pop("LC_ALL", None)
            own.pop("LC_CTYPE", None)
            own["LANG"] = "C.UTF-8"
        return {
            **own,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "TERM_PROGRAM": "Studium",
            "TERM_PROGRAM_VERSION": studium.__version__,
        }

    def directory(self, path: str) -> Path:
        """Where a terminal starts, as the inner ring calls it; the home for what is no path of it."""
        try:
            return self.inner.home / clean_path(path)
        except StudiumError:
            return self.inner.home

    def relative(self, directory: Path | None) -> str | None:
        """A directory as a project path; None for what is elsewhere."""
        if directory is None or not directory.is_relative_to(self.inner.home):
            return None
        return "" if directory == self.inner.home else str(directory.relative_to(self.inner.home))

    def memory_kills(self) -> int:
        """How many processes of the project were killed for memory so far."""
        return self.limits.memory_kills() if self.limits is not None else 0

    def computing_changed(self) -> None:
        """The project is in use while a program that does not wait for keys is in front of any terminal."""
        computing = any(session.is_computing for session in self.sessions.values())
        if computing and not self._is_busy:
            self._busy.enter_context(self.use.busy())
        elif self._is_busy and not computing:
            self._busy.close()
        self._is_busy = computing

    async def save_text(self, session: TerminalSession, text: bytes) -> str:
        """Write text into a new file beside the file of a terminal; its path. Raises ``StudiumError``."""
        return await asyncio.to_thread(self._save_text, session.path, text)

    def _save_text(self, path: str, text: bytes) -> str:
        folder, _, name = path.rpartition("/")
        stem = name.removesuffix(".term") or "terminal"
        for number in range(1, MAX_NAMES):
            new = f"{stem} scroll-back{f' {number}' if number > 1 else ''}.txt"
            goal = f"{folder}/{new}" if folder else new
            parent, last = self.home.open_parent(goal)
            try:
                with file_errors(goal):
                    try:
                        file = os.open(last, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=parent)
                    except FileExistsError:
                        continue
                    try:
                        with os.fdopen(file, "wb") as stream:
                            stream.write(text)
                    except OSError:
                        os.unlink(last, dir_fd=parent)  # half of it is worth nothing
                        raise
                    return goal
            finally:
                os.close(parent)
        raise StudiumError(ErrorCode.CONFLICT, "There are too many saved scroll-backs here. Delete some.")

    # Keeping ---------------------------------------------------------------------------------------------------------

    async def write_records(self) -> None:
        """Keep which terminals there are."""
        async with self._writing:
            await asyncio.to_thread(self.records.write)

    async def keep_screens(self) -> None:
        """Keep what terminals show that have shown something new."""
        for session in list(self.sessions.values()):
            if session.has_news:
                session.has_news = False
                screen = await session.current_screen()
                if screen is not None:
                    last = session.last_screen(screen)
                    await asyncio.to_thread(self.screens.write, session.key, last)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something that nobody waits for."""
        task = asyncio.create_task(work, name="terminals")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """The server ends, and with it all terminals."""
        self.is_closing = True
        async with self._obtaining:
            holder, self.holder = self.holder, None
        if holder is not None:
            await holder.end()
        self.records.holder = None
        await self.write_records()
        for session in self.sessions.values():
            session.stop_timers()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._busy.close()
