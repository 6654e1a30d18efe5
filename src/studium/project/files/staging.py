"""Making things out of sight, and giving them their name in one step.

What a job makes grows in a hidden folder of the home, ``.studium-jobs.tmp``, from where one rename brings it to its
place. What is left there by a server that was killed goes when the next one starts. Where the place is on another file
system (a mount within a folder that somebody opened), the hidden folder is made beside it.
"""

import asyncio
import errno
import logging
import os
import secrets
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from studium.project.files.beneath import rename_exchange, rename_noreplace
from studium.project.files.errors import file_error, file_errors
from studium.project.files.home import Home
from studium.project.files.listing import join
from studium.project.files.names import JOBS, temporary_name
from studium.project.files.paths import invalid_path, shown
from studium.project.files.removal import remove_below, remove_tree
from studium.project.files.trash import Trash, beside, open_own_folder
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.jobs import Clash

_ATTEMPTS: Final = 1000
MAX_TAKEN: Final = 100
"""Names that a conflict lists."""

_log = logging.getLogger(__name__)
_coming_and_going = threading.Lock()
"""The folder of stages goes with the last of them, which must not be while another one is made in it."""


@dataclass(frozen=True)
class Stage:
    """An empty hidden folder, open; ``directory`` is where programs of the inner ring find it."""

    fd: int
    directory: Path


@contextmanager
def staged(home: Home, folder: str) -> Iterator[Stage]:
    """A stage on the file system of the project folder ``folder``. What is still on it at the end is deleted. Blocks;
    raises ``StudiumError``."""
    with _coming_and_going, file_errors(folder):
        parent_fd, parent = _open_place(home, folder)
        name = secrets.token_hex(8) if parent == JOBS else temporary_name()
        try:
            fd = open_own_folder(name, parent_fd)
        except BaseException:
            os.close(parent_fd)
            raise
    try:
        try:
            yield Stage(fd, home.directory / parent / name)
        finally:
            os.close(fd)
            try:
                remove_tree(parent_fd, name)
            except OSError as error:
                _log.warning("What a job left in %s could not be removed: %s", name, error)
    finally:
        os.close(parent_fd)
        if parent == JOBS:
            _remove_folder(home)


@asynccontextmanager
async def staged_by_thread(home: Home, folder: str) -> AsyncIterator[Stage]:
    """``staged`` for the loop: made and removed in threads, whoever is cancelled meanwhile."""
    manager = staged(home, folder)
    entering = asyncio.ensure_future(asyncio.to_thread(manager.__enter__))
    try:
        stage = await asyncio.shield(entering)
        yield stage
    finally:
        await asyncio.wait([asyncio.ensure_future(_leave(entering, manager))])


async def _leave(entering: "asyncio.Future[Stage]", manager: AbstractContextManager[Stage]) -> None:
    await asyncio.wait([entering])
    if entering.exception() is None:
        await asyncio.to_thread(manager.__exit__, None, None, None)


def clear_stages(home: Home) -> None:
    """Delete what the jobs of a server that was killed have left. Blocks."""
    with suppress(StudiumError, OSError):
        fd = home.open(JOBS, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            remove_below(fd)
        finally:
            os.close(fd)
        _remove_folder(home)


def put(home: Home, trash: Trash, fd: int, name: str, path: str, clash: Clash) -> str | None:
    """Give what is called ``name`` in an open folder its path; the answer is the path that it has now, or None when the
    name was taken and it was skipped. What is replaced goes to the trash. Blocks; raises ``StudiumError``."""
    folder = path.rpartition("/")[0]
    parent_fd, last = home.open_parent(path)
    try:
        for attempt in range(_ATTEMPTS):
            wanted = beside(last, attempt, "copy") if clash is Clash.KEEP_BOTH else last
            try:
                rename_noreplace(fd, name, parent_fd, wanted)
                return join(folder, wanted)
            except FileExistsError:
                match clash:
                    case Clash.FAIL:
                        raise taken([path]) from None
                    case Clash.SKIP:
                        return None
                    case Clash.REPLACE:
                        if _replace(trash, fd, name, parent_fd, last, path):
                            return path
            except OSError as error:
                raise _error(error, path) from error
    finally:
        os.close(parent_fd)
    message = f"There are too many files named like {shown(path)}. Rename some and try again."
    raise StudiumError(ErrorCode.CONFLICT, message, path=path)


def _error(error: OSError, path: str) -> StudiumError:
    if error.errno == errno.EXDEV:
        message = f"The folder of {shown(path)} is on another disk. Copy it there, then delete the old one."
        return StudiumError(ErrorCode.NOT_PERMITTED, message, path=path)
    if error.errno == errno.EINVAL:
        return invalid_path(path, f"{shown(path)} would be within itself. Choose another folder.")
    return file_error(error, path)


def taken(paths: list[str]) -> StudiumError:
    """The error of names that are taken already, for a page to ask what to do."""
    names = [path.rpartition("/")[2] for path in paths[:MAX_TAKEN]]
    if len(paths) == 1:
        message = f"There is already something named {shown(paths[0])}. Choose another name, or replace it."
    else:
        message = f"{len(paths)} names are taken already, like {shown(paths[0])}. Keep both, replace or skip them."
    return StudiumError(ErrorCode.CONFLICT, message, path=paths[0], taken=names)


def _replace(trash: Trash, fd: int, name: str, parent_fd: int, last: str, path: str) -> bool:
    """Let the new thing and the old change places, and the old one go to the trash. False: there is none any more."""
    try:
        if not rename_exchange(fd, name, parent_fd, last):
            trash.take(path, parent_fd, last)  # and the next try finds the name free
            return False
    except FileNotFoundError:
        return False
    except OSError as error:
        raise file_error(error, path) from error
    try:
        trash.take(path, fd, name)
    except StudiumError:
        with suppress(OSError):
            rename_exchange(fd, name, parent_fd, last)
        raise
    return True


def _open_place(home: Home, folder: str) -> tuple[int, str]:
    """The folder in which stages are made, open, and its path."""
    home_fd = home.open("", os.O_PATH | os.O_DIRECTORY)
    try:
        fd = home.open(folder, os.O_PATH | os.O_DIRECTORY)
        if os.fstat(fd).st_dev != os.fstat(home_fd).st_dev:
            return fd, home.canonical(folder)
        os.close(fd)
        return open_own_folder(JOBS, home_fd), JOBS
    finally:
        os.close(home_fd)


def _remove_folder(home: Home) -> None:
    fd = home.open("", os.O_PATH | os.O_DIRECTORY)
    try:
        with _coming_and_going:
            os.rmdir(JOBS, dir_fd=fd)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.ENOENT, errno.EEXIST):
            _log.warning("The folder %s could not be removed: %s", JOBS, error)
    finally:
        os.close(fd)
