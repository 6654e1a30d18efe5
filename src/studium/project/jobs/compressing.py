"""Making an archive of files and folders in the project."""

import os
from collections.abc import Sequence
from contextlib import closing

from studium.project.files.archive import archive_blocks, check_count
from studium.project.files.blocks import write_all
from studium.project.files.errors import file_error
from studium.project.files.home import Home
from studium.project.files.operations import new_path
from studium.project.files.staging import put, staged, taken
from studium.project.files.trash import Trash
from studium.project.jobs.copying import measure
from studium.project.jobs.selection import folder_of
from studium.project.jobs.work import Work
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.jobs import ArchiveFormat, Clash


def check(home: Home, paths: Sequence[str], to: str) -> None:
    """Raise ``StudiumError`` for what could only fail after the work: something is not there, or ``to`` is taken."""
    new_path(to)
    folder_of(home, to.rpartition("/")[0])
    for path in paths:
        home.stat(path, follow=False)
    try:
        home.stat(to, follow=False)
    except StudiumError as error:
        if error.code is not ErrorCode.NOT_FOUND:
            raise
    else:
        raise taken([to])


def compress(home: Home, trash: Trash, paths: Sequence[str], to: str, kind: ArchiveFormat, work: Work) -> None:
    """Write the archive; it gets its name when it is whole. Blocks; raises ``StudiumError``."""
    check_count(home, paths, kind)
    measure(home, paths, work)
    with staged(home, to.rpartition("/")[0]) as stage:
        try:
            fd = os.open("a", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=stage.fd)
            with os.fdopen(fd, "wb", buffering=0) as file, closing(archive_blocks(home, paths, kind, work)) as blocks:
                for block in blocks:
                    write_all(file.fileno(), block)
        except OSError as error:
            raise file_error(error, to) from error
        path = put(home, trash, stage.fd, "a", to, Clash.FAIL)
        if path is not None:
            work.made(path)
