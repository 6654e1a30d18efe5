"""A copy of a folder whose owner may change it meanwhile, made by one who may read everything.

No link is followed on the way: each name is opened beside its folder's descriptor, so a folder that turns into a link
to ``/etc`` is left out and not read. What is gone by the time that it is reached is left out too. Devices, sockets and
pipes are no files to copy. Blocking; call it in a thread.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from studium.compute.driver import ProjectFailed

DEEPEST = 200
CHUNK_BYTES = 16 * 1024 * 1024
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_CHANGED = {errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.ENXIO}
_NOT_HERE = {errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP}


class Stopped(Exception):
    """The copy is no longer wanted."""


def copy_tree(source: Path, target: Path, stopped: Callable[[], bool] = lambda: False) -> None:
    """Copy ``source`` to ``target``, a new folder of ours: contents, modes without setuid, times, links as they are.

    Raises ``ProjectFailed`` for a tree nested too deep, ``OSError`` when the disk is full, ``Stopped``.
    """
    target.mkdir(mode=0o700)
    here = os.open(source, _FOLDER)
    try:
        there = os.open(target, _FOLDER)
        try:
            _copy_folder(here, there, DEEPEST, stopped)
        finally:
            os.close(there)
    finally:
        os.close(here)


def _copy_folder(source: int, target: int, depth: int, stopped: Callable[[], bool]) -> None:
    if depth == 0:
        raise ProjectFailed(f"The files cannot be copied: they lie more than {DEEPEST} folders deep.")
    for name in os.listdir(source):
        if stopped():
            raise Stopped
        with _unless_changed():
            mode = os.lstat(name, dir_fd=source).st_mode
            if stat.S_ISLNK(mode):
                os.symlink(os.readlink(name, dir_fd=source), name, dir_fd=target)
            elif stat.S_ISDIR(mode):
                _copy_subfolder(name, source, target, depth, stopped)
            elif stat.S_ISREG(mode):
                _copy_file(name, source, target, stopped)


@contextlib.contextmanager
def _unless_changed() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _CHANGED:
            raise


def _copy_subfolder(name: str, source: int, target: int, depth: int, stopped: Callable[[], bool]) -> None:
    here = os.open(name, _FOLDER, dir_fd=source)
    try:
        os.mkdir(name, 0o700, dir_fd=target)
        there = os.open(name, _FOLDER, dir_fd=target)
        try:
            _copy_folder(here, there, depth - 1, stopped)
            _copy_marks(here, there)
        finally:
            os.close(there)
    finally:
        os.close(here)


def _copy_file(name: str, source: int, target: int, stopped: Callable[[], bool]) -> None:
    here = os.open(name, _FILE, dir_fd=source)
    try:
        found = os.fstat(here)
        if not stat.S_ISREG(found.st_mode):
            return
        there = os.open(name, _NEW, 0o600, dir_fd=target)
        try:
            _copy_data(here, there, found.st_size, stopped)
            _copy_marks(here, there)
        finally:
            os.close(there)
    finally:
        os.close(here)


def _copy_data(here: int, there: int, size: int, stopped: Callable[[], bool]) -> None:
    """What it held when it was opened; a hole stays one, so that a file of holes cannot fill the disk."""
    os.ftruncate(there, size)
    at = 0
    while at < size:
        try:
            at = os.lseek(here, at, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but a hole from here on
                return
            raise
        end = min(os.lseek(here, at, os.SEEK_HOLE), size)
        while at < end:
            if stopped():
                raise Stopped
            copied = _copy_range(here, there, at, min(CHUNK_BYTES, end - at))
            if copied == 0:  # it has become shorter
                return
            at += copied


def _copy_range(here: int, there: int, at: int, count: int) -> int:
    try:
        return os.copy_file_range(here, there, count, at, at)
    except OSError as error:
        if error.errno not in _NOT_HERE:
            raise
    return os.pwrite(there, os.pread(here, min(count, 1024 * 1024), at), at)


def _copy_marks(here: int, there: int) -> None:
    found = os.fstat(here)
    os.fchmod(there, stat.S_IMODE(found.st_mode) & 0o777)
    os.utime(there, ns=(found.st_atime_ns, found.st_mtime_ns))
