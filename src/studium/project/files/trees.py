"""Walking through files and folders below a project path: links are never followed, our own names never seen.

A folder is opened by its path beneath the root's descriptor, so that any number of files and folders costs two
descriptors and no stack. What is deeper than a path can say is told as unreadable.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from studium.project.files.home import Home
from studium.project.files.listing import join
from studium.project.files.names import is_hidden
from studium.project.files.paths import PATH_BYTES

MAX_FILES: Final = 5_000_000
"""Files and folders of one walk: a bound, so that a tree that is made faster than it is walked through ends."""


class Kind(Enum):
    """What is met on the way. ``SKIPPED``: it is a device, a pipe or a socket, or may not be read."""

    FOLDER = "folder"
    FILE = "file"
    LINK = "link"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Found:
    """Something in a tree. ``path`` is relative to the root of the walk (empty: the root), ``folder_fd`` the open
    folder that holds it under ``name``, until the walk goes on."""

    kind: Kind
    path: str
    folder_fd: int
    name: str
    status: os.stat_result
    reason: str = ""


def walk(home: Home, path: str) -> Iterator[Found]:
    """All that is at the project path and below it, each folder before what is in it. Blocks; raises ``StudiumError``
    when there is nothing at ``path``; what cannot be read below it is ``SKIPPED``."""
    if not path:
        fd = home.open("", os.O_PATH | os.O_DIRECTORY)
        try:
            yield from _walk(home, fd, "", [""])
        finally:
            os.close(fd)
        return
    parent_fd, name = home.open_parent(path)
    try:
        status = home.stat(path, follow=False)
        first = _look(parent_fd, "", name, status)
        yield first
        if first.kind is not Kind.FOLDER:
            return
        root_fd = home.open(path, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW)
    finally:
        os.close(parent_fd)
    try:
        yield from _walk(home, root_fd, path, [""])
    finally:
        os.close(root_fd)


def _walk(home: Home, root_fd: int, root: str, waiting: list[str]) -> Iterator[Found]:
    seen = 0
    while waiting:
        folder = waiting.pop()
        try:
            fd = home.open_in(root_fd, folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            status = os.fstat(root_fd)
            yield Found(Kind.SKIPPED, folder, root_fd, folder, status, os.strerror(error.errno or 0))
            continue
        try:
            below: list[str] = []
            with os.scandir(fd) as entries:
                for entry in entries:
                    seen += 1
                    if seen > MAX_FILES:
                        return
                    if is_hidden(join(root, folder) if folder else root, entry.name):
                        continue
                    try:
                        status = entry.stat(follow_symlinks=False)
                    except OSError:
                        continue  # gone meanwhile
                    found = _look(fd, join(folder, entry.name), entry.name, status)
                    if found.kind is Kind.FOLDER:
                        below.append(found.path)
                    yield found
            waiting += reversed(below)
        finally:
            os.close(fd)


def _look(folder_fd: int, path: str, name: str, status: os.stat_result) -> Found:
    if len(os.fsencode(path)) > PATH_BYTES:
        return Found(Kind.SKIPPED, path, folder_fd, name, status, "the path is too long")
    if stat.S_ISLNK(status.st_mode):
        return Found(Kind.LINK, path, folder_fd, name, status)
    if stat.S_ISDIR(status.st_mode):
        return Found(Kind.FOLDER, path, folder_fd, name, status)
    if stat.S_ISREG(status.st_mode):
        return Found(Kind.FILE, path, folder_fd, name, status)
    return Found(Kind.SKIPPED, path, folder_fd, name, status, "a device, a pipe or a socket")


def open_found(found: Found) -> int:
    """Open a file that was met, for reading. Raises ``OSError`` when it may not be read or is no file any more."""
    # Without O_NONBLOCK, a FIFO that was put here after the look would hold the thread.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    fd = os.open(found.name, flags, dir_fd=found.folder_fd)
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(0, "no file any more")
    return fd
