"""The trash: what was deleted, kept in the home until it is brought back or emptied.

It is ``.trash`` in the home, laid out as the FreeDesktop.org Trash specification 1.0 says (``files/`` and, for each,
``info/NAME.trashinfo`` with the path and the time), so that the tools of a terminal can read it. It is in the home
because only there a rename, which is instant and loses nothing, reaches it; so it counts to the project's size.
"""

import configparser
import errno
import os
import secrets
import stat
from contextlib import suppress
from datetime import datetime
from typing import Final
from urllib.parse import quote, unquote

from studium.project.files.beneath import rename_noreplace
from studium.project.files.errors import file_error, file_errors
from studium.project.files.home import Home
from studium.project.files.names import TRASH, in_trash
from studium.project.files.paths import NAME_BYTES, clean_path, invalid_path, shown
from studium.protocol.errors import ErrorCode, StudiumError

INFO_SUFFIX: Final = ".trashinfo"
_ATTEMPTS: Final = 1000
"""How many names beside the old one are tried when a file is brought back."""


class Trash:
    """Moves things out of sight and back. Methods block and raise ``StudiumError``."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._trashed = 0
        self._restored = 0

    def trash(self, path: str) -> str:
        """Move a file or folder (a link itself, not what it leads to) to the trash. The answer brings it back."""
        if in_trash(path):
            raise invalid_path(path, f"{shown(path)} is in the trash already.")
        parent_fd, name = self._home.open_parent(path)
        try:
            with file_errors(path):
                os.stat(name, dir_fd=parent_fd, follow_symlinks=False)
            return self.take(path, parent_fd, name)
        finally:
            os.close(parent_fd)

    def take(self, path: str, folder_fd: int, name: str) -> str:
        """Move to the trash what is called ``name`` in an open folder, and was at ``path``."""
        files_fd, info_fd = self.open_folders()
        try:
            return self._move_in(path, folder_fd, name, files_fd, info_fd)
        finally:
            os.close(files_fd)
            os.close(info_fd)

    def restore(self, trash_id: str) -> str:
        """Bring back what ``trash`` moved; the answer is the path where it is now."""
        gone = StudiumError(
            ErrorCode.NOT_FOUND,
            "This is not in the trash any more. It was restored or deleted.",
            trash_id=trash_id[:300],
        )
        try:
            if "/" in clean_path(trash_id) or not trash_id:
                raise gone
        except StudiumError:
            raise gone from None
        files_fd, info_fd = self.open_folders()
        try:
            try:
                path = read_info(info_fd, trash_id + INFO_SUFFIX)
            except OSError:
                raise gone from None
            return self._move_out(path, trash_id, files_fd, info_fd)
        finally:
            os.close(files_fd)
            os.close(info_fd)

    def statistics(self) -> dict[str, float]:
        """Counts since the start."""
        return {"trashed": self._trashed, "restored": self._restored}

    def open_folders(self) -> tuple[int, int]:
        """Descriptors of ``files`` and ``info``; made on first use."""
        trash_fd = self.open()
        try:
            with file_errors(TRASH):
                files_fd = open_own_folder("files", trash_fd)
                try:
                    return files_fd, open_own_folder("info", trash_fd)
                except BaseException:
                    os.close(files_fd)
                    raise
        finally:
            os.close(trash_fd)

    def open(self) -> int:
        """A descriptor of the trash itself; made on first use."""
        home_fd = self._home.open("", os.O_PATH | os.O_DIRECTORY)
        try:
            with file_errors(TRASH):
                trash_fd = open_own_folder(TRASH, home_fd)
                _keep_out_of_git(trash_fd)
                return trash_fd
        finally:
            os.close(home_fd)

    def _move_in(self, path: str, parent_fd: int, name: str, files_fd: int, info_fd: int) -> str:
        last = path.rpartition("/")[2]
        trash_id = f"{secrets.token_hex(6)}-{_cut(last, NAME_BYTES - 13 - len(INFO_SUFFIX))}"
        info = trash_id + INFO_SUFFIX
        with file_errors(path):
            _write_info(info_fd, info, path)
            try:
                rename_noreplace(parent_fd, name, files_fd, trash_id)
            except OSError as error:
                os.unlink(info, dir_fd=info_fd)
                if error.errno == errno.EXDEV:
                    raise StudiumError(
                        ErrorCode.NOT_PERMITTED,
                        f"{shown(path)} is on another disk than the project's trash. Delete it in a terminal.",
                        path=path,
                    ) from None
                raise
        self._trashed += 1
        return trash_id

    def _move_out(self, path: str, trash_id: str, files_fd: int, info_fd: int) -> str:
        parent = path.rpartition("/")[0]
        make_folders(self._home, parent)
        parent_fd, name = self._home.open_parent(path)
        try:
            for attempt in range(_ATTEMPTS):
                candidate = beside(name, attempt)
                try:
                    rename_noreplace(files_fd, trash_id, parent_fd, candidate)
                except FileExistsError:
                    continue
                except OSError as error:
                    raise file_error(error, path) from error
                with file_errors(path):
                    os.unlink(trash_id + INFO_SUFFIX, dir_fd=info_fd)
                self._restored += 1
                return f"{parent}/{candidate}" if parent else candidate
        finally:
            os.close(parent_fd)
        message = f"There are too many files named like {shown(path)}. Rename some and restore it again."
        raise StudiumError(ErrorCode.CONFLICT, message, path=path)


def make_folders(home: Home, path: str) -> None:
    """Make a folder and those above it that are missing. What is there and is no folder is an error."""
    done = ""
    for name in path.split("/") if path else ():
        fd = home.open(done, os.O_PATH | os.O_DIRECTORY)
        done = f"{done}/{name}" if done else name
        try:
            with file_errors(done):
                os.mkdir(name, 0o777, dir_fd=fd)
        except StudiumError as error:
            if error.code != ErrorCode.CONFLICT:
                raise
            if not stat.S_ISDIR(home.stat(done).st_mode):
                raise
        finally:
            os.close(fd)


def beside(name: str, attempt: int, word: str = "restored") -> str:
    """A name for a thing whose own name is taken: ``notes (restored).md``, ``notes (restored 2).md``, …"""
    if attempt == 0:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not stem:
        stem, dot, suffix = name, "", ""
    mark = f" ({word})" if attempt == 1 else f" ({word} {attempt})"
    ending = f"{mark}{dot}{suffix}"
    if len(ending.encode()) > 100:  # a suffix that is none
        stem, ending = name, mark
    return _cut(stem, NAME_BYTES - len(ending.encode())) + ending


def _cut(name: str, limit_bytes: int) -> str:
    return name.encode()[:limit_bytes].decode(errors="ignore")


def open_own_folder(name: str, parent_fd: int) -> int:
    """A folder of ours, made if need be; a link in its place is refused (ELOOP, ENOTDIR)."""
    with suppress(FileExistsError):
        os.mkdir(name, 0o700, dir_fd=parent_fd)
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent_fd)


def _keep_out_of_git(trash_fd: int) -> None:
    try:
        fd = os.open(".gitignore", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=trash_fd)
    except OSError:
        return  # there already; or it can be done without
    with os.fdopen(fd, "w") as file:
        file.write("*\n")


def _write_info(info_fd: int, name: str, path: str) -> None:
    """The record of one deletion, on the disk before the thing moves."""
    fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=info_fd)
    now = datetime.now().replace(microsecond=0)  # noqa: DTZ005 the specification asks for local time without a zone
    with os.fdopen(fd, "w") as file:
        # The path is relative to the folder that holds the trash, as the specification has it for such a trash.
        file.write(f"[Trash Info]\nPath={quote(path)}\nDeletionDate={now.isoformat()}\n")
        file.flush()
        os.fsync(file.fileno())


def read_info(info_fd: int, name: str) -> str:
    """The path that a record names. Raises ``OSError`` when it is missing or not a record."""
    fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=info_fd)
    with os.fdopen(fd, errors="replace") as file:
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read_string(file.read(64 * 1024))
            path = clean_path(unquote(parser["Trash Info"]["Path"]))
        except (configparser.Error, KeyError, StudiumError):
            raise OSError("no record") from None
    if not path or in_trash(path):
        raise OSError("no record")
    return path
