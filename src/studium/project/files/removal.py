"""Deleting for good: whatever it is and however deep.

A folder within a folder is first moved beside the outer one, under a name of ours, and then waits for its turn: so
there is never more than one level, and no depth is too deep for a path, a stack or the number of open files.
"""

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from typing import Final

from studium.project.files.names import temporary_name

_AT_ONCE: Final = 10_000
"""Names that are read of a folder before they are worked off."""


def remove_tree(parent_fd: int, name: str, on_removed: Callable[[int], None] = lambda _bytes: None) -> None:
    """Delete what is called ``name`` in an open folder; what is not there is fine. Blocks; raises ``OSError``.

    ``on_removed`` is told of each file, with its size; what it raises ends the work, and the rest stays under names of
    ours in the same folder.
    """
    waiting = [name]
    while waiting:
        name = waiting.pop()
        try:
            status = os.stat(name, dir_fd=parent_fd, follow_symlinks=False)
        except FileNotFoundError:
            continue
        if not stat.S_ISDIR(status.st_mode):
            os.unlink(name, dir_fd=parent_fd)
            on_removed(status.st_size)
            continue
        _empty(parent_fd, name, waiting, on_removed)
        os.rmdir(name, dir_fd=parent_fd)


def remove_below(folder_fd: int, on_removed: Callable[[int], None] = lambda _bytes: None) -> None:
    """Delete all that is in an open folder of ours. Blocks; raises ``OSError``."""
    for name in names_in(folder_fd):
        remove_tree(folder_fd, name, on_removed)


def names_in(folder_fd: int) -> list[str]:
    """All names in an open folder. Blocks; raises ``OSError``."""
    with os.scandir(folder_fd) as found:
        return [entry.name for entry in found]


def _empty(parent_fd: int, name: str, waiting: list[str], on_removed: Callable[[int], None]) -> None:
    fd = _open_writable(parent_fd, name)
    try:
        while True:
            with os.scandir(fd) as found:
                entries = list(islice(found, _AT_ONCE))
            if not entries:
                return
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(_move_out(fd, entry.name, parent_fd))
                    continue
                size = 0
                with suppress(OSError):
                    size = entry.stat(follow_symlinks=False).st_size
                with suppress(FileNotFoundError):
                    os.unlink(entry.name, dir_fd=fd)
                on_removed(size)
    finally:
        os.close(fd)


def _move_out(fd: int, name: str, parent_fd: int) -> str:
    moved = temporary_name()
    try:
        os.rename(name, moved, src_dir_fd=fd, dst_dir_fd=parent_fd)
    except PermissionError:  # moving a folder writes its “..”
        os.close(_open_writable(fd, name))
        os.rename(name, moved, src_dir_fd=fd, dst_dir_fd=parent_fd)
    return moved


def _open_writable(parent_fd: int, name: str) -> int:
    """A descriptor of a folder from which names can be removed, which its permissions may have to be changed for."""
    path_fd = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent_fd)
    try:
        if os.fstat(path_fd).st_mode & stat.S_IRWXU != stat.S_IRWXU:
            with suppress(OSError):  # it is somebody else's: the error of what comes next says so
                os.chmod(f"/proc/self/fd/{path_fd}", stat.S_IRWXU)  # noqa: PTH101 no link can be swapped in here
        return os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=path_fd)
    finally:
        os.close(path_fd)
