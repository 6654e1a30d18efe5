"""Typed in a terminal to speak to Studium: ``open FILE…``, ``studium share [PATH]``, ``studium notify TEXT`` and
``studium snapshot [NAME [PATH…]]``.

It concerns the person who typed last in that terminal: tabs open in their page and not with everybody who looks on, a
link names the address by which they came, and they are told what a program wants them to know, wherever they are.
"""

import asyncio
import stat
import time
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import quote

from studium.project.files.home import Home
from studium.project.files.paths import shown
from studium.project.history.snapshot import Snapshots
from studium.project.terminals.places import project_path
from studium.project.terminals.session import TerminalSession
from studium.project.terminals.snapshot import snapshot
from studium.protocol.activity import MAX_NOTICE
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId, ProjectId

MAX_FILES: Final = 20
USAGE: Final = """In a terminal of Studium there are these commands:
  open FILE…            open files in tabs of your page
  studium share [PATH]  print a link to a file or folder of this project, for those who are in it
  studium notify TEXT   tell yourself something with the bell of your page: make; studium notify done
  studium snapshot [NAME [PATH…]]
                        name what the files are now, to find it again in their history (--help tells more)"""
NOTICE_SECONDS: Final = 2.0
"""Between two notices of a project."""

SendNotice = Callable[[AccountId, str, str], None]
"""Tells a person what a program in the file at a path says."""


class Commands:
    """Carries them out. ``send_notice`` is None where there is no hub that could tell anybody."""

    def __init__(self, home: Home, project_id: ProjectId, send_notice: SendNotice | None, snapshots: Snapshots) -> None:
        self._home = home
        self._snapshots = snapshots
        self._project_id = project_id
        self._send_notice = send_notice
        self._noticed_at = -NOTICE_SECONDS

    async def carry_out(
        self, session: TerminalSession | None, command: str, arguments: Sequence[str], at: str, now: str
    ) -> tuple[str, int]:
        """What to print, and the exit code. ``at`` is the directory where it was typed, ``now`` the date and time of
        the shell there."""
        try:
            if session is None:
                raise StudiumError(ErrorCode.NOT_FOUND, "This terminal was closed.")
            match command, *arguments:
                case "open", *names:
                    return await _open(session, self._home, names, at), 0
                case "studium", "share":
                    return await _share(session, self._home, self._project_id, ".", at), 0
                case "studium", "share", name:
                    return await _share(session, self._home, self._project_id, name, at), 0
                case "studium", "notify", *words if words:
                    return self._notify(session, " ".join(words)), 0
                case "studium", "snapshot", *rest:
                    return await snapshot(self._snapshots, self._home, session, rest, at, now)
            return USAGE, 0 if list(arguments) in ([], ["help"], ["--help"]) else 2
        except StudiumError as error:
            return f"{command}: {error.message}", 1

    def _notify(self, session: TerminalSession, text: str) -> str:
        text = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
        if not 0 < len(text) <= MAX_NOTICE:
            message = f"The text has {len(text)} characters; 1 to {MAX_NOTICE} are told."
            raise StudiumError(ErrorCode.INVALID_VALUE, message)
        if self._send_notice is None:
            raise StudiumError(ErrorCode.UNAVAILABLE, "There is no bell where one works alone: print it instead.")
        account_id = session.typed_last
        if account_id is None:
            raise StudiumError(ErrorCode.CONFLICT, "It is not known whom to tell: nobody has typed here lately.")
        now = time.monotonic()
        if now - self._noticed_at < NOTICE_SECONDS:
            message = f"One notice in {NOTICE_SECONDS:g} seconds is told. Wait a moment."
            raise StudiumError(ErrorCode.RATE_LIMITED, message)
        self._noticed_at = now
        self._send_notice(account_id, session.path, text)
        return ""


async def _open(session: TerminalSession, home: Home, names: Sequence[str], at: str) -> str:
    if not names or names[0] in ("-h", "--help"):
        return USAGE
    if len(names) > MAX_FILES:
        message = f"These are {len(names)} files, and {MAX_FILES} are opened at once. Name fewer."
        raise StudiumError(ErrorCode.INVALID_VALUE, message)
    paths = [await asyncio.to_thread(project_path, home, name, at) for name in names]
    for path in paths:
        status = await asyncio.to_thread(home.stat, path)
        if stat.S_ISDIR(status.st_mode):
            raise StudiumError(ErrorCode.INVALID_PATH, f"{shown(path)} is a folder. Name files.")
    page = session.last_typist
    if page is None:
        message = "Whoever typed here last has no page with this terminal any more."
        raise StudiumError(ErrorCode.CONFLICT, message)
    page.open(paths)
    return ""


async def _share(session: TerminalSession, home: Home, project_id: ProjectId, name: str, at: str) -> str:
    path = await asyncio.to_thread(project_path, home, name, at)
    status = await asyncio.to_thread(home.stat, path)
    origin = session.last_typist.origin if session.last_typist is not None else None
    if origin is None:
        message = "The address of this Studium is not known here: nobody who typed here has a page open."
        raise StudiumError(ErrorCode.CONFLICT, message)
    word = "" if stat.S_ISDIR(status.st_mode) else f"/edit/{quote(path)}"
    return f"{origin}/projects/{project_id}{word}"
