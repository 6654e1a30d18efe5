"""A copy of a file beside it: ``plot (copy).ipynb``, ``plot (copy 2).ipynb``, …"""

import os
import stat
from contextlib import suppress
from typing import Final

from studium.project.files.beneath import rename_noreplace
from studium.project.files.download import open_file
from studium.project.files.errors import file_error, file_errors
from studium.project.files.home import Home
from studium.project.files.names import in_trash, temporary_name
from studium.project.files.paths import invalid_path, shown
from studium.project.files.trash import beside
from studium.protocol.errors import ErrorCode, StudiumError

MAX_COPY_BYTES: Final = 8 * 1024**3
"""A copy is made in one request, during which a page waits."""
CHUNK_BYTES: Final = 64 * 1024**2
_ATTEMPTS: Final = 1000


def duplicate(home: Home, path: str) -> str:
    """Copy a regular file, with its mode, beside itself; answers the path of the copy. Blocks; raises ``StudiumError``,
    and nothing has changed then."""
    if in_trash(path):
        raise invalid_path(path, f"{shown(path)} is in the trash. Restore it first.")
    if stat.S_ISDIR(home.stat(path).st_mode):
        raise invalid_path(path, f"{shown(path)} is a folder, and only files are duplicated. Copy it instead.")
    source, status = open_file(home, path)
    try:
        if status.st_size > MAX_COPY_BYTES:
            message = f"{shown(path)} is larger than {MAX_COPY_BYTES // 1024**3} GB, the limit of a copy."
            raise StudiumError(ErrorCode.TOO_LARGE, message, path=path, limit_bytes=MAX_COPY_BYTES)
        parent_fd, name = home.open_parent(path)
        temporary = temporary_name()
        try:
            with file_errors(path):
                _copy(source, parent_fd, temporary, stat.S_IMODE(status.st_mode) & 0o777)
            return _name_it(path, parent_fd, name, temporary)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=parent_fd)
            raise
        finally:
            os.close(parent_fd)
    finally:
        os.close(source)


def _copy(source: int, parent_fd: int, name: str, mode: int) -> None:
    target = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode, dir_fd=parent_fd)
    try:
        copied = 0
        while count := os.sendfile(target, source, None, CHUNK_BYTES):
            copied += count
            if copied > MAX_COPY_BYTES:  # it grows while it is copied
                raise StudiumError(ErrorCode.TOO_LARGE, "The file grows while it is copied. Stop what writes it.")
    finally:
        os.close(target)


def _name_it(path: str, parent_fd: int, name: str, temporary: str) -> str:
    parent = path.rpartition("/")[0]
    for attempt in range(1, _ATTEMPTS):
        candidate = beside(name, attempt, "copy")
        try:
            rename_noreplace(parent_fd, temporary, parent_fd, candidate)
        except FileExistsError:
            continue
        except OSError as error:
            raise file_error(error, path) from error
        return f"{parent}/{candidate}" if parent else candidate
    message = f"There are too many copies of {shown(path)}. Rename some and try again."
    raise StudiumError(ErrorCode.CONFLICT, message, path=path)
