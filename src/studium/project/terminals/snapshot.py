"""``studium snapshot [NAME [PATH…]]`` typed in a terminal: what it means, and what it prints."""

import asyncio
import stat
import time
from collections.abc import Sequence
from typing import Final

from studium.project.files.home import Home
from studium.project.files.paths import shown
from studium.project.history.snapshot import Snapshots, Taken
from studium.project.terminals.places import project_path
from studium.project.terminals.session import TerminalSession
from studium.protocol.errors import StudiumError

SHOWN_FILES: Final = 20
DATE: Final = "%Y-%m-%d %H:%M"

HELP: Final = """studium snapshot [NAME [PATH…]]
  Saves what is typed and gives the name NAME to what the files are now, so that it is found again: History in the
  menu of a file lists its named versions. Without NAME, the name is the date and time.
  PATH is a file, or a folder with all that is in it; without it, all files of the project are meant whose last named
  version is not the current one. Files that were never opened in the editor have no versions, and are left out.
    studium snapshot
    studium snapshot "before the refactoring"
    studium snapshot v1.0 src paper.tex"""


async def snapshot(
    snapshots: Snapshots, home: Home, session: TerminalSession, arguments: Sequence[str], at: str, now: str
) -> tuple[str, int]:
    """What to print, and the exit code. ``now`` is the date and time of the shell. Raises ``StudiumError``."""
    name, *names = arguments or (now or time.strftime(DATE),)
    if name in ("-h", "--help"):
        return HELP, 0
    if name.startswith("-"):
        return f"studium: {shown(name)} is no option, and a name does not begin with “-”.\n{HELP}", 2
    if not names and await asyncio.to_thread(_is_file, home, name, at):
        return f"studium: {shown(name)} is a file. Write a name before it: studium snapshot NAME FILE", 2
    paths = [await asyncio.to_thread(project_path, home, each, at) for each in names] or [""]
    taken = await snapshots.take(name, paths, session.typed_last)
    return _told(taken, name.strip(), is_all=not names), 1 if taken.problems or _is_nothing(taken) else 0


def _is_file(home: Home, name: str, at: str) -> bool:
    try:
        return stat.S_ISREG(home.stat(project_path(home, name, at)).st_mode)
    except StudiumError:
        return False


def _is_nothing(taken: Taken) -> bool:
    return not (taken.named or taken.unchanged)


def _told(taken: Taken, name: str, *, is_all: bool) -> str:
    lines = []
    if taken.named:
        lines.append(f"Named “{name}” in {_files(taken.named)}: {_list(taken.named)}")
    if taken.unchanged:
        count = len(taken.unchanged)
        verb = "has" if count == 1 else "have"
        if taken.named:
            lines.append(f"{_files(taken.unchanged)} {verb} not changed since the last named version.")
        else:
            lines.append(f"Nothing to name: {_files(taken.unchanged)} {verb} not changed since the last named version.")
    if _is_nothing(taken) and not taken.problems:
        where = "this project" if is_all else "these folders"
        lines.append(
            f"studium: No file of {where} has versions yet. They begin when a file is first opened in the editor."
        )
    return "\n".join([*lines, *(f"studium: {problem}" for problem in taken.problems)])


def _files(paths: Sequence[str]) -> str:
    return "1 file" if len(paths) == 1 else f"{len(paths):,} files"


def _list(paths: Sequence[str]) -> str:
    listed = ", ".join(_printable(path) for path in paths[:SHOWN_FILES])
    more = len(paths) - SHOWN_FILES
    return f"{listed} and {more:,} more" if more > 0 else listed


def _printable(path: str) -> str:
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in path)
