"""One ``.term`` file that pages look at or whose terminals run: its content, and the pages that follow it."""

import asyncio
import os
import secrets
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from studium.project.documents.disk import ChangedMeanwhile, FileIdentity, Known, hash_of, write_file
from studium.project.files.errors import file_errors
from studium.project.files.paths import invalid_path, shown
from studium.project.terminals.file_socket import FileSocket
from studium.project.terminals.services import Services
from studium.project.terminals.session import TerminalSession
from studium.project.terminals.term_file import MAX_FILE_BYTES, Content, encode, parse
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.terminals import (
    ArrangeTerminals,
    CloseTerminal,
    SetTerminal,
    SplitTerminal,
    TerminalEntry,
    TerminalFile,
    TerminalsToServer,
)

_TRIES: Final = 8


@dataclass(frozen=True)
class _Read:
    content: Content
    known: Known
    status: os.stat_result


class OpenFile:
    """The terminals of a file at ``path``, a project path without links."""

    def __init__(self, services: Services, path: str) -> None:
        self.path = path
        self.sockets: set[FileSocket] = set()
        self.sessions: dict[str, TerminalSession] = {}
        self._services = services
        self._content: Content | None = None
        self._changing = asyncio.Lock()

    @property
    def is_idle(self) -> bool:
        """Whether nobody looks at it or at one of its terminals."""
        return not self.sockets and not any(session.sockets for session in self.sessions.values())

    async def read(self) -> Content:
        """What the file holds now; pages hear of it. Raises ``StudiumError``."""
        found = await asyncio.to_thread(self._read)
        self._services.records.note_place(self.path, found.status)
        self._take(found.content)
        return found.content

    async def status(self) -> os.stat_result:
        """Which file is there. Raises ``StudiumError``."""
        return await asyncio.to_thread(self._services.home.stat, self.path)

    def _read(self) -> _Read:
        file = self._services.home.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            with file_errors(self.path):
                status = os.fstat(file)
                if not stat.S_ISREG(status.st_mode):
                    raise invalid_path(self.path, f"{shown(self.path)} is no file, so it has no terminals.")
                with os.fdopen(file, "rb", closefd=False) as stream:
                    data = stream.read(MAX_FILE_BYTES + 1)
                    rest = hash_of(data) if len(data) <= MAX_FILE_BYTES else b""
        finally:
            os.close(file)
        return _Read(parse(data), Known(FileIdentity.of(status), rest, is_settled=False), status)

    def _take(self, content: Content) -> None:
        if content == self._content:
            return
        self._content = content
        for entry in content.terminals:
            if (session := self.sessions.get(entry.terminal_id)) is not None and session.entry != entry:
                session.entry = entry
                session.changed()
        for socket in self.sockets:
            socket.say(self._message(content))

    def _message(self, content: Content) -> TerminalFile:
        return TerminalFile(content.terminals, content.layout, self.path)

    def join(self, socket: FileSocket) -> None:
        """A page looks at the file, which was read."""
        self.sockets.add(socket)
        if self._content is not None:
            socket.say(self._message(self._content))

    async def session(self, terminal_id: str) -> TerminalSession:
        """One of the terminals. Raises ``not_found``."""
        entry = (self._content or await self.read()).entry(terminal_id)
        session = self.sessions.get(terminal_id)
        if session is None:
            key, is_new = self._services.records.key(self.path, terminal_id)
            session = self.sessions[terminal_id] = TerminalSession(self._services, key, self.path, entry)
            self._services.sessions[key] = session
            if is_new:
                await self._services.write_records()
            else:
                kept = await asyncio.to_thread(self._services.screens.read, key)
                if kept is not None and session.never_started:
                    session.restore(kept)
        return session

    def moved(self, path: str) -> None:
        """The file has another path."""
        self.path = path
        for session in self.sessions.values():
            session.path = path
        if self._content is not None:
            for socket in self.sockets:
                socket.say(self._message(self._content))

    # Changes ---------------------------------------------------------------------------------------------------------

    async def do(self, message: TerminalsToServer) -> None:
        """Carry a request of a page out. Raises ``StudiumError``."""
        match message:
            case SplitTerminal():
                await self._split(message)
            case CloseTerminal(terminal_id=terminal_id):
                await self._close(terminal_id)
            case SetTerminal(terminal_id=terminal_id, command=command, directory=directory):
                entry = TerminalEntry(terminal_id, command.strip(), directory)
                await self._change(lambda content: content.set(entry))
            case ArrangeTerminals(layout=layout):
                await self._change(lambda content: content.arrange(layout))

    async def _split(self, message: SplitTerminal) -> None:
        directory = message.directory
        if directory is None:
            beside = self.sessions.get(message.terminal_id)
            directory = self._services.relative(beside.directory) if beside is not None else None
            if directory is None:
                directory = (self._content or await self.read()).entry(message.terminal_id).directory
        entry = TerminalEntry(secrets.token_hex(4), message.command.strip(), directory)
        await self._change(lambda content: content.split(message.terminal_id, message.direction, entry))

    async def _close(self, terminal_id: str) -> None:
        before = self._content or await self.read()
        if len(before.terminals) == 1:
            before.entry(terminal_id)
            session = await self.session(terminal_id)
            await session.start()
            return
        await self._change(lambda content: content.close(terminal_id))
        await self.forget_terminal(terminal_id)

    async def forget_terminal(self, terminal_id: str) -> None:
        """End a terminal, and what was kept of it."""
        session = self.sessions.pop(terminal_id, None)
        record = self._services.records.files().get(self.path)
        key = record.keys.pop(terminal_id, None) if record is not None else None
        if session is not None:
            session.end()
            self._services.sessions.pop(session.key, None)
            gone = StudiumError(ErrorCode.NOT_FOUND, "This terminal was closed.")
            await asyncio.gather(*(socket.end(gone) for socket in list(session.sockets)))
        elif key is not None and self._services.holder is not None:
            self._services.holder.tell("close", key)
        if key is not None:
            await asyncio.to_thread(self._services.screens.remove, key)
        await self._services.write_records()

    async def _change(self, change: Callable[[Content], Content]) -> None:
        """Change the file in one step; when somebody else has changed it meanwhile, change what they left."""
        self._services.use.note()
        async with self._changing:
            for _ in range(_TRIES):
                found = await asyncio.to_thread(self._read)
                content = change(found.content)
                if content == found.content:
                    self._take(content)
                    return
                data = encode(content)
                now = time.time_ns()
                try:
                    await asyncio.to_thread(
                        write_file, self._services.home, self.path, data, found.known, now, secrets.token_hex(4)
                    )
                except ChangedMeanwhile:
                    continue
                self._services.records.note_place(self.path, await self.status())
                await self._services.write_records()
                self._take(content)
                return
        message = f"{shown(self.path)} is changed by something else all the time. Try again in a moment."
        raise StudiumError(ErrorCode.CONFLICT, message, path=self.path)
