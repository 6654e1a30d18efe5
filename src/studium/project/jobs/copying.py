"""Copying files and folders: with all below them, under a hidden name, which then becomes their own in one step.

Links are copied as links and never followed; devices, pipes and what may not be read are left out and counted. Mode and
time of change are kept, holes of sparse files stay holes, and file systems that can share blocks do.
"""

import errno
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from studium.project.files.errors import file_error, file_errors
from studium.project.files.home import Home
from studium.project.files.paths import invalid_path, shown
from studium.project.files.staging import Stage, put, staged
from studium.project.files.trash import Trash
from studium.project.files.trees import Found, Kind, open_found, walk
from studium.project.jobs.selection import Item
from studium.project.jobs.work import Work, partly
from studium.protocol.errors import StudiumError
from studium.protocol.jobs import Clash

STEP_BYTES: Final = 8 * 1024**2
"""Copied between two looks at whether the job is to end."""
_NO_SUCH_CALL: Final = (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF, errno.ETXTBSY)


def copy(home: Home, trash: Trash, items: Sequence[Item], to: str, clash: Clash, work: Work) -> None:
    """Copy all items; only when all are whole do they get their names. Blocks; raises ``StudiumError``."""
    measure(home, [item.path for item in items], work)
    with file_errors(to):
        _check_space(home, to, work.total_bytes or 0)
    with staged(home, to) as stage:
        for number, item in enumerate(items):
            copy_tree(home, item.path, stage, str(number), work)
        for number, item in enumerate(items):
            try:
                path = put(home, trash, stage.fd, str(number), item.target, clash)
            except StudiumError as error:
                raise partly(error, number, len(items), "copied") from error
            if path is None:
                work.skipped_files += 1
            else:
                work.made(path)


def measure(home: Home, paths: Sequence[str], work: Work) -> None:
    """How much there is, for the progress. Blocks; raises ``StudiumError`` when one of the paths is gone."""
    files = size = 0
    for path in paths:
        for found in walk(home, path):
            work.check()
            if found.kind is Kind.LINK:
                files += 1
            elif found.kind is Kind.FILE:
                files += 1
                size += found.status.st_blocks * 512 if _is_sparse(found.status) else found.status.st_size
    work.total_files, work.total_bytes = files, size


def copy_tree(home: Home, path: str, stage: Stage, name: str, work: Work) -> None:
    """Copy what is at ``path`` to ``name`` on the stage. Blocks; raises ``StudiumError``."""
    folders: list[tuple[str, os.stat_result]] = []
    target, open_path = -1, ""
    try:
        for found in walk(home, path):
            work.check()
            parent, _, last = found.path.rpartition("/")
            if not found.path:  # the root itself
                last, folder_fd = name, stage.fd
            else:
                if target < 0 or parent != open_path:
                    if target >= 0:
                        os.close(target)
                    target = home.open_in(stage.fd, f"{name}/{parent}" if parent else name, _FOLDER)
                    open_path = parent
                folder_fd = target
            if found.kind is Kind.FOLDER:
                os.mkdir(last, 0o700, dir_fd=folder_fd)
                folders.append((found.path, found.status))
            elif found.kind is Kind.SKIPPED and not found.path:
                raise invalid_path(path, f"{shown(path)} is {found.reason}, which cannot be copied.")
            else:
                _copy_one(found, folder_fd, last, work, is_root=not found.path)
    except OSError as error:
        raise file_error(error, path) from error
    finally:
        if target >= 0:
            os.close(target)
    # Last: a folder may be one that nobody can write to, and what is put into it changes its time.
    for folder, status in reversed(folders):
        with suppress(OSError):
            fd = home.open_in(stage.fd, f"{name}/{folder}" if folder else name, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fchmod(fd, stat.S_IMODE(status.st_mode) & 0o777)
                os.utime(fd, ns=(status.st_atime_ns, status.st_mtime_ns))
            finally:
                os.close(fd)


def _copy_one(found: Found, folder_fd: int, name: str, work: Work, *, is_root: bool) -> None:
    if found.kind is Kind.LINK:
        with suppress(FileNotFoundError):
            target = os.readlink(found.name, dir_fd=found.folder_fd)
            os.symlink(target, name, dir_fd=folder_fd)
            work.count(0)
        return
    if found.kind is Kind.SKIPPED:
        work.skipped_files += 1
        return
    try:
        source = open_found(found)
    except FileNotFoundError:
        return
    except OSError:
        if is_root:
            raise
        work.skipped_files += 1
        return
    try:
        _copy_file(source, folder_fd, name, work)
    finally:
        os.close(source)


def _copy_file(source: int, folder_fd: int, name: str, work: Work) -> None:
    status = os.fstat(source)
    target = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder_fd)
    try:
        if _is_sparse(status):
            _copy_data(source, target, status.st_size, work)
        else:
            _copy_range(source, target, 0, None, work)
        os.fchmod(target, stat.S_IMODE(status.st_mode) & 0o777)
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
    finally:
        os.close(target)
    work.done_files += 1


def _copy_data(source: int, target: int, size: int, work: Work) -> None:
    """Copy what is not a hole."""
    os.ftruncate(target, size)
    position = 0
    while position < size:
        try:
            start = os.lseek(source, position, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return  # holes up to the end
            raise
        position = min(os.lseek(source, start, os.SEEK_HOLE), size)
        if position > start:
            _copy_range(source, target, start, position - start, work)


def _copy_range(source: int, target: int, start: int, length: int | None, work: Work) -> None:
    """Copy ``length`` bytes, or all that there are."""
    os.lseek(source, start, os.SEEK_SET)
    os.lseek(target, start, os.SEEK_SET)
    in_kernel, copied = True, 0
    while length is None or length > 0:
        work.check()
        step = STEP_BYTES if length is None else min(length, STEP_BYTES)
        if in_kernel:
            try:
                count = os.copy_file_range(source, target, step)
            except OSError as error:
                if error.errno not in _NO_SUCH_CALL:
                    raise
                in_kernel = False
                continue
            if count == 0 and copied == 0:
                in_kernel = False  # some file systems say this of files that hold something
                continue
        else:
            count = os.sendfile(target, source, None, step)
        if count == 0:
            return
        work.done_bytes += count
        copied += count
        if length is not None:
            length -= count


def _is_sparse(status: os.stat_result) -> bool:
    return status.st_blocks * 512 < status.st_size - 1024**2


def _check_space(home: Home, folder: str, size_bytes: int) -> None:
    fd = home.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        space = os.fstatvfs(fd)
    finally:
        os.close(fd)
    if size_bytes > space.f_bavail * space.f_frsize:
        raise OSError(errno.ENOSPC, "full")


_FOLDER: Final = os.O_PATH | os.O_DIRECTORY
