"""The project's home: from a project path to an open file, and no way round.

A path is never glued to a string and opened: the kernel resolves it beneath a descriptor of the home
(``beneath.py``), so that no ``..``, link or race with a link leaves the home.

An absolute link that leads back into the home (``ln -s ~/data ~/work/data``) is refused by the kernel; it is then read
here, and what was read is opened with links forbidden altogether, so that having read it wrongly opens nothing.
"""

import errno
import os
from pathlib import Path

from studium.project.files.beneath import has_openat2, openat2_beneath, walk_beneath
from studium.project.files.errors import file_errors
from studium.project.files.paths import clean_path, invalid_path


class Home:
    """A project's home, held open, and the only way from a project path to a descriptor.

    Methods block for as long as the file system does: call them from a thread. They raise ``StudiumError``. Descriptors
    that they return belong to the caller.
    """

    def __init__(self, directory: Path, *, openat2: bool = True) -> None:
        self.directory = directory.resolve(strict=True)
        self._fd = os.open(self.directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self.uses_openat2 = openat2 and has_openat2(self._fd)

    def close(self) -> None:
        """Let go of the home; no method works any more."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def open(self, path: str, flags: int = os.O_RDONLY) -> int:
        """Open what is at ``path``, which exists; the last name may be a link unless ``flags`` has ``O_NOFOLLOW``."""
        with file_errors(path):
            return self._open(path, flags)

    def open_parent(self, path: str) -> tuple[int, str]:
        """A descriptor of the folder that holds ``path``, and the last name: to make, rename or remove names."""
        parent, _, name = path.rpartition("/")
        if not name:
            raise invalid_path(path, "This cannot be done to the home folder itself.")
        with file_errors(parent):
            return self._open(parent, os.O_PATH | os.O_DIRECTORY), name

    def stat(self, path: str, *, follow: bool = True) -> os.stat_result:
        """The status of what is at ``path``. Nothing is opened: no device or FIFO is touched."""
        with file_errors(path):
            fd = self._open(path, os.O_PATH | (0 if follow else os.O_NOFOLLOW))
            try:
                return os.fstat(fd)
            finally:
                os.close(fd)

    def open_in(self, folder_fd: int, path: str, flags: int) -> int:
        """Open what is at ``path`` beneath an open folder of the home; no link on the way is followed. Raises
        ``OSError``, for whoever walks through a tree."""
        opener = openat2_beneath if self.uses_openat2 else walk_beneath
        return opener(folder_fd, path, flags | os.O_NOFOLLOW, links=False)

    def resolve(self, path: str) -> Path:
        """The absolute path, links followed, of a project path whose last name need not exist.

        For watching and for messages. Whoever opens the answer later relies on nobody having swapped a link meanwhile;
        use ``open`` where that matters. Raises ``not_permitted`` for what leaves the home.
        """
        return self.directory / self.canonical(clean_path(path))

    def canonical(self, path: str) -> str:
        """The same place as a project path without links. The last name, or the last link's target, may be missing."""
        with file_errors(path):
            return self._canonical(path)

    def place(self, path: str) -> str:
        """``path`` with the links of its folders followed, but not that of its last name."""
        parent, _, name = path.rpartition("/")
        real = self.canonical(parent)
        return f"{real}/{name}" if real else name

    def _canonical(self, path: str) -> str:
        try:
            real = os.path.realpath(self.directory / path)  # not strict: the last name may be missing
        except OSError as error:
            # A link that is replaced while it is read is EINVAL.
            raise OSError(errno.EAGAIN, "changed meanwhile") if error.errno == errno.EINVAL else error from None
        inside = os.path.relpath(real, self.directory)
        if inside == ".":
            return ""
        if inside == ".." or inside.startswith("../"):
            raise OSError(errno.EXDEV, "outside the home")
        return inside

    def _open(self, path: str, flags: int) -> int:
        try:
            return self._open_beneath(path, flags, links=True)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
        parent, _, name = path.rpartition("/")
        if flags & os.O_NOFOLLOW and name:
            parent_fd = self._open_beneath(self._canonical(parent), os.O_PATH | os.O_DIRECTORY, links=False)
            try:
                return os.open(name, flags | os.O_CLOEXEC, dir_fd=parent_fd)
            finally:
                os.close(parent_fd)
        return self._open_beneath(self._canonical(path), flags, links=False)

    def _open_beneath(self, path: str, flags: int, *, links: bool) -> int:
        opener = openat2_beneath if self.uses_openat2 else walk_beneath
        return opener(self._fd, path, flags, links=links)
