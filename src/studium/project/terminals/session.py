"""One terminal as the pages see it: who looks on, whose size it has, what it does, and how it came to an end."""

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from studium.project.terminals.answers import Answers
from studium.project.terminals.endings import Ending, why_ended
from studium.project.terminals.holder import Holder
from studium.project.terminals.inside import wire
from studium.project.terminals.people import TYPING_SECONDS, Typists
from studium.project.terminals.screens import LastScreen
from studium.project.terminals.socket import INTERRUPTS, QUICK_BYTES, TerminalSocket
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId
from studium.protocol.terminals import (
    ClearTerminal,
    PauseTerminal,
    SaveScrollback,
    ScrollbackSaved,
    ShowTerminal,
    StartTerminal,
    TerminalBell,
    TerminalEntry,
    TerminalState,
    TerminalStatus,
    TerminalToServer,
)

if TYPE_CHECKING:
    from studium.project.terminals.services import Services

STATUS_SECONDS: Final = 0.05
BELL_SECONDS: Final = 0.5
QUIET_SECONDS: Final = 0.5
FIRST_SIZE_SECONDS: Final = 1.0
MAX_ROWS: Final = 300
MAX_COLUMNS: Final = 500
_ALIVE: Final = (TerminalState.RUNNING, TerminalState.STARTING)
_NOT_STARTED: Final = "Nobody has started this terminal yet."


class TerminalSession:
    """One terminal of a file. ``key`` is what the holder calls it."""

    def __init__(self, services: "Services", key: str, path: str, entry: TerminalEntry) -> None:
        self.key = key
        self.path = path
        self.entry = entry
        self.sockets: set[TerminalSocket] = set()
        self.state = TerminalState.EXITED
        self.reason: str | None = _NOT_STARTED
        self.columns, self.rows = 80, 24
        self.last_typist: TerminalSocket | None = None
        self.has_news = False  # since the last screen was kept
        self.never_started = True
        self._services = services
        self._held: dict[str, Any] = {}
        self._exit_code: int | None = None
        self._sized_by: AccountId | None = None
        self._fits: TerminalSocket | None = None  # whose size it has
        self._typists = Typists()
        self._kept: LastScreen | None = None
        self._answers = Answers(key, self._show)
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._bell_at = 0.0
        self._output_at = 0.0
        self._memory_kills = 0
        self._starting = asyncio.Lock()

    # -- what the holder says ----------------------------------------------------------------------------------------

    def held(self, status: dict[str, Any]) -> None:
        """The holder tells how the terminal is."""
        before = (self.columns, self.rows)
        self._held = status
        self.columns, self.rows = int(status["columns"]), int(status["rows"])
        self.never_started, self.has_news = False, True
        was = self.state
        if status["running"]:
            self.state, self.reason, self._exit_code = TerminalState.RUNNING, None, None
        else:
            self.state = TerminalState.EXITED
            if was is not TerminalState.EXITED or self._exit_code is None:
                self._exit_code = status["exit_status"] if isinstance(status["exit_status"], int) else None
                end = Ending(self._exit_code, self.entry.command, str(status.get("failure", "")))
                self.reason = why_ended(end, self._services.limits, self._memory_kills)
        self.changed(now=before != (self.columns, self.rows) or was is not self.state)
        self._services.computing_changed()

    @property
    def is_computing(self) -> bool:
        """Whether a program is in front that does not wait for keys."""
        return self.state is TerminalState.RUNNING and bool(self._held.get("computing"))

    @property
    def directory(self) -> Path | None:
        """Where the program in front is, as the inner ring calls it."""
        directory = self._held.get("directory")
        return Path(directory) if isinstance(directory, str) and directory.startswith("/") else None

    def bell(self) -> None:
        """The program rang."""
        if (now := time.monotonic()) - self._bell_at >= BELL_SECONDS:
            self._bell_at = now
            for socket in self.sockets:
                socket.say(TerminalBell())

    def frame(self, kind: int, body: bytes) -> None:
        """A frame of the holder."""
        if kind == wire.OUTPUT:
            self.has_news = True
            self._output_at = time.monotonic()
            for socket in self.sockets:
                socket.output(body)
        elif kind == wire.SCREEN and body[:1] == wire.ASKED:
            self._answers.screen_came(body[1:])
        elif kind == wire.SCREEN:
            for socket in self.sockets:
                self._show(socket, body[1:], False)
        elif kind == wire.TEXT:
            self._answers.text_came(body)

    def full(self) -> None:
        """The program has not taken what was typed, and more does not fit."""
        if self.last_typist is not None:
            message = "The program here has not taken what was typed before, so the last of it was dropped."
            self.last_typist.fail(StudiumError(ErrorCode.TOO_LARGE, message))

    def found_again(self, status: "dict[str, Any] | None") -> None:
        """The holder is spoken to again: what it wrote meanwhile is in the screen."""
        self._answers.forget()
        if status is None:
            self.lost("What ran here has ended.")
            return
        self.held(status)
        if self._services.holder is not None:
            self._show_all(self._services.holder)

    def lost(self, reason: str) -> None:
        """The holder is gone, and the program with it."""
        self._answers.forget()
        if self.state in _ALIVE:
            self.state, self.reason = TerminalState.LOST, reason
            self._held = {}
            self.changed(now=True)

    # -- screens -----------------------------------------------------------------------------------------------------

    def want_screen(self, socket: TerminalSocket, *, is_whole: bool) -> None:
        """Send a screen to a page; it hears nothing before."""
        if self._answers.is_awaited_by(socket):
            return
        if self._services.holder is None or not self._held:
            socket.screen(self._kept.screen if self._kept is not None else b"", is_whole=True)
        else:
            self._answers.ask_screen(self._services.holder, socket, is_whole=is_whole)

    async def current_screen(self) -> bytes | None:
        """The whole screen now; None where nobody has one."""
        if self._services.holder is None or not self._held:
            return None
        return await self._answers.screen(self._services.holder)

    def _show(self, socket: TerminalSocket, screen: bytes, is_whole: bool) -> None:
        if socket in self.sockets:
            socket.screen(screen, is_whole=is_whole)
            if not is_whole:
                self._later("whole", QUIET_SECONDS, self._make_whole)

    def _show_all(self, holder: Holder) -> None:
        """All pages get the whole screen, and hear nothing before."""
        holder.tell("watch", self.key, on=bool(self.sockets))
        for socket in self.sockets:
            socket.needs_screen = True
            self._answers.ask_screen(holder, socket, is_whole=True)

    def _make_whole(self) -> None:
        """Pages that saw a flood get the scroll-back, now that all is quiet."""
        behind = [socket for socket in self.sockets if socket.is_short]
        if not behind:
            return
        quiet = time.monotonic() - self._output_at >= QUIET_SECONDS
        for socket in behind:
            if quiet and socket.undrawn == 0:
                self.want_screen(socket, is_whole=True)
        if not all(quiet and socket.undrawn == 0 for socket in behind):
            self._later("whole", QUIET_SECONDS, self._make_whole)

    def restore(self, kept: LastScreen) -> None:
        """What it showed last, before this server."""
        self._kept = kept
        self.never_started = False
        self.columns, self.rows = kept.columns, kept.rows
        self._exit_code, self.reason = kept.exit_code, kept.reason
        self.state = TerminalState.EXITED if kept.ended else TerminalState.LOST
        if not kept.ended:
            self.reason = "The project was stopped, and what ran here ended with it. This is what it showed last."

    def last_screen(self, screen: bytes) -> LastScreen:
        """What is to be kept of it."""
        ended = self.state is TerminalState.EXITED
        return LastScreen(self.columns, self.rows, screen, ended, self._exit_code, self.reason if ended else None)

    # -- pages -------------------------------------------------------------------------------------------------------

    def join(self, socket: TerminalSocket) -> None:
        """A page comes."""
        self.sockets.add(socket)
        if self._services.holder is not None and len(self.sockets) == 1:
            self._services.holder.tell("watch", self.key, on=True)
        if self.never_started and socket.may_run:
            self.state, self.reason = TerminalState.STARTING, None
            self._later("first", FIRST_SIZE_SECONDS, self._start_soon)
        socket.say(self.status())
        if self._held or self.state is not TerminalState.STARTING:
            socket.ask_if_ready()
        self.changed()

    @property
    def typed_last(self) -> AccountId | None:
        """Who typed last, whether or not they have a page here now."""
        return self._typists.last

    def leave(self, socket: TerminalSocket) -> None:
        """A page goes."""
        self.sockets.discard(socket)
        if self.last_typist is socket:
            self.last_typist = None
        if not self.sockets and self._services.holder is not None:
            self._services.holder.tell("watch", self.key, on=False)
        if self._fits is socket:
            self._fits = None
            others = [each for each in self.sockets if each.may_run and each.columns]
            if others:
                self._fit(max(others, key=lambda each: each.active_at))
        self.changed()

    async def type(self, socket: TerminalSocket, data: bytes) -> None:
        """Somebody typed."""
        if self.state not in _ALIVE or self._services.holder is None or not self._held:
            return  # a key that was on its way when the program ended
        self._services.use.note()
        is_news = self._typists.typed(socket.identity.account_id)
        self.last_typist, socket.active_at = socket, time.monotonic()
        self._fit(socket)
        self._services.holder.type(self.key, data)
        if data in INTERRUPTS:
            for each in self.sockets:
                if each.undrawn > QUICK_BYTES:
                    each.fall_behind()
                    self.want_screen(each, is_whole=False)  # at once: what it has not drawn, nobody waits for
        if is_news:
            self.changed()
        self._later("typing", TYPING_SECONDS + 0.1, self.changed)
        await self._services.holder.drain()

    async def show(self, socket: TerminalSocket, message: ShowTerminal) -> None:
        """How much a page could show."""
        socket.columns = min(max(message.columns, 2), MAX_COLUMNS)
        socket.rows = min(max(message.rows, 1), MAX_ROWS)
        if message.active:
            socket.active_at = time.monotonic()
        if socket.may_run and (message.active or self._fits in (None, socket)):
            self._fit(socket)
        if socket.may_run and "first" in self._timers:
            self._timers.pop("first").cancel()
            self._start_soon()

    def _fit(self, socket: TerminalSocket) -> None:
        """Take the size of a page."""
        if not socket.columns:
            return
        self._fits = socket
        if self._sized_by != socket.identity.account_id:
            self._sized_by = socket.identity.account_id
            self.changed()
        size = (socket.columns, socket.rows)
        if size == (self.columns, self.rows):
            return
        if self.state in _ALIVE and self._held and self._services.holder is not None:
            self._services.holder.tell("resize", self.key, columns=size[0], rows=size[1])
        elif self.state is TerminalState.STARTING:
            self.columns, self.rows = size

    async def do(self, socket: TerminalSocket, message: TerminalToServer) -> None:
        """Carry a request out. Raises ``StudiumError``."""
        match message:
            case StartTerminal(restart=restart):
                if restart or self.state not in _ALIVE:
                    self._fit(socket)
                    await self.start()
            case PauseTerminal(paused=paused):
                self._holder().tell("pause", self.key, on=paused)
            case ClearTerminal():
                self._holder().tell("clear", self.key)
            case SaveScrollback():
                text = await self._answers.text(self._holder())
                socket.say(ScrollbackSaved(await self._services.save_text(self, text)))

    # -- starting and ending -----------------------------------------------------------------------------------------

    def _start_soon(self) -> None:
        self._timers.pop("first", None)
        self._services.begin(self._start_first())

    async def _start_first(self) -> None:
        try:
            if self.never_started:
                await self.start()
        except StudiumError as error:
            self.state, self.reason = TerminalState.EXITED, error.message
            self.changed(now=True)
            for socket in self.sockets:
                socket.ask_if_ready()

    async def start(self) -> None:
        """Start the command, in place of what runs. Raises ``StudiumError``."""
        async with self._starting:
            self._services.use.note()
            holder = await self._services.obtain_holder(self)
            kept, self._kept = self._kept, None
            self._memory_kills = self._services.memory_kills()
            fits = self._fits
            size = (fits.columns, fits.rows) if fits is not None else (self.columns, self.rows)
            self.state, self.reason = TerminalState.STARTING, None
            self.never_started = False
            holder.tell(
                "open",
                self.key,
                command=self.entry.command,
                directory=str(self._services.directory(self.entry.directory)),
                columns=size[0],
                rows=size[1],
                environment=self._services.environment(),
                before=kept.screen.decode(errors="replace") if kept is not None and not self._held else None,
            )
            self._held = self._held or {"running": False}
            self._show_all(holder)
            self.changed(now=True)

    def end(self) -> None:
        """End it with what runs in it, for good."""
        if self._services.holder is not None:
            self._services.holder.tell("close", self.key)
        self.lost("")
        self.stop_timers()
        self.state, self.reason, self._held, self._kept = TerminalState.EXITED, "This terminal was closed.", {}, None
        self._services.computing_changed()

    def stop_timers(self) -> None:
        """Nothing more will be told."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _holder(self) -> Holder:
        if self._services.holder is None or not self._held:
            raise StudiumError(ErrorCode.CONFLICT, "This terminal does not run. Start it first.")
        return self._services.holder

    def changed(self, *, now: bool = False) -> None:
        """Tell the pages how the terminal is, soon: or at once, in order with what the program writes."""
        if not now:
            if "status" not in self._timers:
                self._later("status", STATUS_SECONDS, self._tell_status)
            return
        if timer := self._timers.pop("status", None):
            timer.cancel()
        self._tell_status()

    def _tell_status(self) -> None:
        self._timers.pop("status", None)
        status = self.status()
        for socket in self.sockets:
            socket.say(status)

    def status(self) -> TerminalStatus:
        """Everything there is to know of it."""
        held = self._held
        return TerminalStatus(
            state=self.state,
            columns=self.columns,
            rows=self.rows,
            people=self._typists.people(self.sockets),
            sized_by=self._sized_by,
            title=str(held.get("title", ""))[:200],
            command=self.entry.command,
            directory=self._services.relative(self.directory),
            program=str(held.get("program", ""))[:100],
            paused=bool(held.get("paused")),
            exit_code=self._exit_code,
            reason=self.reason,
        )

    def _later(self, name: str, seconds: float, call: Any) -> None:
        if timer := self._timers.pop(name, None):
            timer.cancel()
        self._timers[name] = asyncio.get_running_loop().call_later(seconds, call)
