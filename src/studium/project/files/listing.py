"""What is in a folder: every name with its kind, size and time, and never an open file.

Ten thousand entries take about 60 ms, in a thread. Devices, FIFOs and sockets are named as ``other`` and not touched.
"""

import os
import stat
from collections.abc import Iterable
from itertools import islice
from typing import Final

from studium.project.files.errors import file_errors
from studium.project.files.home import Home
from studium.project.files.names import is_hidden
from studium.project.files.paths import display_name
from studium.protocol.errors import StudiumError
from studium.protocol.files import Entry, EntryKind

MAX_ENTRIES: Final = 10_000
"""The entries of a folder that are listed: more is no list for people, and costs each page its memory."""


def join(folder: str, name: str) -> str:
    """The project path of a name in a folder."""
    return f"{folder}/{name}" if folder else name


def list_folder(home: Home, folder: str, limit: int = MAX_ENTRIES) -> tuple[dict[str, Entry], bool]:
    """Entries by their name in the file system, and whether there were more than ``limit``. Blocks."""
    fd = home.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NONBLOCK)
    try:
        with file_errors(folder), os.scandir(fd) as found:
            names = [entry.name for entry in islice(found, limit + 16) if not is_hidden(folder, entry.name)]
        return _look(home, fd, folder, names[:limit]), len(names) > limit
    finally:
        os.close(fd)


def look_at(home: Home, folder: str, names: Iterable[str]) -> dict[str, Entry]:
    """The entries of those ``names`` that are in the folder now. Blocks; raises ``StudiumError``."""
    fd = home.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        return _look(home, fd, folder, names)
    finally:
        os.close(fd)


def _look(home: Home, fd: int, folder: str, names: Iterable[str]) -> dict[str, Entry]:
    entries = {}
    for name in names:
        try:
            status: os.stat_result | None = os.stat(name, dir_fd=fd, follow_symlinks=False)
        except FileNotFoundError:
            continue
        except OSError:
            status = None  # a folder that may be read but not entered
        entries[name] = _entry(home, folder, name, status)
    return entries


def _entry(home: Home, folder: str, name: str, status: os.stat_result | None) -> Entry:
    shown, usable = display_name(name)
    if status is None:
        return Entry(name=shown, kind=EntryKind.OTHER)
    link = stat.S_ISLNK(status.st_mode)
    if link:
        try:
            status = home.stat(join(folder, name))
        except StudiumError:
            return Entry(name=shown, kind=EntryKind.OTHER, modified_at=status.st_mtime, link=True)
    kind = EntryKind.OTHER
    if usable and stat.S_ISREG(status.st_mode):
        kind = EntryKind.FILE
    elif usable and stat.S_ISDIR(status.st_mode):
        kind = EntryKind.DIRECTORY
    size_bytes = status.st_size if kind is EntryKind.FILE else 0
    return Entry(name=shown, kind=kind, size_bytes=size_bytes, modified_at=status.st_mtime, link=link)
