"""Holds on to a file rather than to its name, so that a document follows when any program renames it.

An ``O_PATH`` descriptor reads and writes nothing and stays with the file wherever it is moved on its file system,
also when it is a folder above that was renamed; ``/proc/self/fd`` tells its name now. That name is believed only where
it leads, inside the home, to this very file. One descriptor a document that has a file; without one (there are too
many, or no ``/proc``) a rename looks like a deletion.
"""

import contextlib
import os
import resource
import threading
from pathlib import Path
from typing import ClassVar

from studium.project.files.home import Home
from studium.project.files.names import in_trash, is_hidden
from studium.project.files.paths import clean_path
from studium.protocol.errors import StudiumError


def _most() -> int:
    """How many descriptors all traces may have: sockets and files need some too."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4


class Trace:
    """Of one document. Methods block, and are for one thread at a time; ``close`` may be called at any moment."""

    _open: ClassVar[int] = 0
    _lock: ClassVar = threading.Lock()

    def __init__(self, home: Home) -> None:
        self._home = home
        self._fd = -1
        self._path = ""
        self._inode = 0
        self._folders: dict[str, tuple[int, int]] = {}
        self._is_closed = False

    def hold(self, path: str, inode: int) -> None:
        """The document's file is at ``path`` and is ``inode``."""
        if self._fd >= 0 and (self._path, self._inode) == (path, inode):
            return
        self.let_go()
        if Trace._open >= _most():
            return
        try:
            fd = self._home.open(path, os.O_PATH | os.O_NOFOLLOW)
        except StudiumError:
            return  # gone already: the next look sees it
        if os.fstat(fd).st_ino != inode:
            os.close(fd)
            return  # replaced already: the next look sees it
        self._take(path, fd, inode)

    def hold_new(self, path: str, file: int) -> None:
        """The open ``file`` is about to become the document's, at ``path``."""
        self.let_go()
        if Trace._open < _most():
            with contextlib.suppress(OSError):
                self._take(path, os.open(f"/proc/self/fd/{file}", os.O_PATH | os.O_CLOEXEC), os.fstat(file).st_ino)

    def _take(self, path: str, fd: int, inode: int) -> None:
        if path != self._path:
            self._folders = self._identities(path)
        with self._lock:
            if self._is_closed:
                os.close(fd)
                return
            self._fd, self._path, self._inode = fd, path, inode
            Trace._open += 1

    def whereabouts(self) -> tuple[str, str] | None:
        """What was renamed, and to what: the file, or the highest folder above it that took it along. None when the
        file is not known, deleted, where it was, outside of the home, or somewhere where no document is kept."""
        if self._fd < 0:
            return None
        try:
            status = os.fstat(self._fd)
            name = Path(f"/proc/self/fd/{self._fd}").readlink()
            place = clean_path(os.path.relpath(name, self._home.directory))
            found = self._home.stat(place, follow=False)
        except (OSError, StudiumError, ValueError):
            return None
        if not place or (found.st_dev, found.st_ino) != (status.st_dev, status.st_ino) or place == self._path:
            return None
        folder, _, last = place.rpartition("/")
        if in_trash(place) or ".git" in place.split("/") or is_hidden(folder, last):
            return None
        return self._highest(self._path, place)

    def let_go(self) -> None:
        """Hold nothing: a deleted file must not go on taking space."""
        with self._lock:
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1
                Trace._open -= 1

    def close(self) -> None:
        """Hold nothing any more."""
        self._is_closed = True
        self.let_go()

    def _highest(self, old: str, new: str) -> tuple[str, str]:
        """A folder was renamed when the new folder is the one that the old one was, and the old one is gone."""
        while "/" in old and "/" in new:
            (above, _, name), (new_above, _, new_name) = old.rpartition("/"), new.rpartition("/")
            if name != new_name or above == new_above or above not in self._folders:
                break
            if self._identity(above) is not None or self._identity(new_above) != self._folders[above]:
                break
            old, new = above, new_above
        return old, new

    def _identities(self, path: str) -> dict[str, tuple[int, int]]:
        names = path.split("/")
        folders = ["/".join(names[:count]) for count in range(1, len(names))]
        return {folder: found for folder in folders if (found := self._identity(folder)) is not None}

    def _identity(self, folder: str) -> tuple[int, int] | None:
        with contextlib.suppress(StudiumError):
            status = self._home.stat(folder)
            return status.st_dev, status.st_ino
        return None
