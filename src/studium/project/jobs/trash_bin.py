"""What is in the trash, and deleting it for good.

Something that is deleted leaves ``.trash/files`` in one step, for ``.trash/expunged``, as other programs do it; so it
is gone for everybody at once, and what a killed server has left there goes with the next that is deleted.
"""

import heapq
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from studium.project.files.errors import file_errors
from studium.project.files.home import Home
from studium.project.files.names import TRASH, temporary_name
from studium.project.files.removal import names_in, remove_below, remove_tree
from studium.project.files.trash import INFO_SUFFIX, Trash, open_own_folder, read_info
from studium.project.jobs.work import Work, partly
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.jobs import TrashedItem, TrashListing

MAX_LISTED: Final = 2_000
"""Things of the trash that a page is told of, the newest."""
_EXPUNGED: Final = "expunged"


def list_trash(home: Home, trash: Trash, limit: int = MAX_LISTED) -> TrashListing:
    """What is in the trash, newest first. Blocks; raises ``StudiumError``."""
    try:
        home.stat(TRASH, follow=False)
    except StudiumError as error:
        if error.code is ErrorCode.NOT_FOUND:
            return TrashListing([])  # who looks makes none
        raise
    files_fd, info_fd = trash.open_folders()
    try:
        with file_errors(TRASH), os.scandir(info_fd) as entries:
            # Newest first is told by the records' own times, so that only those that are listed need be read.
            newest = heapq.nlargest(limit + 1, _times(entries))
        items = []
        for time, name in newest[:limit]:
            with suppress(OSError):  # restored or deleted meanwhile, or no record of ours
                items.append(_item(files_fd, info_fd, name.removesuffix(INFO_SUFFIX), time))
        return TrashListing(items, truncated=len(newest) > limit)
    finally:
        os.close(files_fd)
        os.close(info_fd)


def _times(entries: Iterable["os.DirEntry[str]"]) -> Iterable[tuple[float, str]]:
    for entry in entries:
        if entry.name.endswith(INFO_SUFFIX):
            with suppress(FileNotFoundError):
                yield entry.stat(follow_symlinks=False).st_mtime, entry.name


def _item(files_fd: int, info_fd: int, trash_id: str, time: float) -> TrashedItem:
    path = read_info(info_fd, trash_id + INFO_SUFFIX)
    status = os.stat(trash_id, dir_fd=files_fd, follow_symlinks=False)
    is_folder = stat.S_ISDIR(status.st_mode)
    return TrashedItem(trash_id, path, time, is_folder, 0 if is_folder else status.st_size)


def empty_trash(trash: Trash, trash_ids: list[str] | None, work: Work) -> None:
    """Delete what ``trash_ids`` name, or all of it. Blocks; raises ``StudiumError``. What is gone already is fine."""
    files_fd, info_fd = trash.open_folders()
    try:
        expunged_fd = _open_expunged(trash)
        try:
            with file_errors(TRASH):
                remove_below(expunged_fd)
                names = names_in(files_fd) if trash_ids is None else [each for each in trash_ids if _is_name(each)]
                records = set(names_in(info_fd)) if trash_ids is None else set()
            work.total_files = len(names)
            for number, name in enumerate(names):
                work.check()
                try:
                    with file_errors(f"{TRASH}/{name}"):
                        _expunge(files_fd, info_fd, expunged_fd, name, work)
                except StudiumError as error:
                    raise partly(error, number, len(names), "deleted") from error
                work.done_files = number + 1
            for record in records - {name + INFO_SUFFIX for name in names}:  # of things that are not there
                with suppress(OSError):
                    os.unlink(record, dir_fd=info_fd)
        finally:
            os.close(expunged_fd)
    finally:
        os.close(files_fd)
        os.close(info_fd)


def clear_expunged(home: Home) -> None:
    """Delete what a server that was killed was about to delete. Blocks."""
    with suppress(StudiumError, OSError):
        expunged_fd = home.open(f"{TRASH}/{_EXPUNGED}", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            remove_below(expunged_fd)
        finally:
            os.close(expunged_fd)


def _expunge(files_fd: int, info_fd: int, expunged_fd: int, name: str, work: Work) -> None:
    gone = temporary_name()
    try:
        os.rename(name, gone, src_dir_fd=files_fd, dst_dir_fd=expunged_fd)
    except FileNotFoundError:
        return
    except PermissionError:  # a folder that may not be written: it is made so, and its own name needs no more
        remove_tree(files_fd, name)
    with suppress(FileNotFoundError):
        os.unlink(name + INFO_SUFFIX, dir_fd=info_fd)

    def on_removed(size_bytes: int) -> None:
        work.done_bytes += size_bytes
        work.check()

    remove_tree(expunged_fd, gone, on_removed)


def _open_expunged(trash: Trash) -> int:
    trash_fd = trash.open()
    try:
        with file_errors(TRASH):
            return open_own_folder(_EXPUNGED, trash_fd)
    finally:
        os.close(trash_fd)


def _is_name(trash_id: str) -> bool:
    return bool(trash_id) and "/" not in trash_id and "\0" not in trash_id and trash_id not in (".", "..")
