"""Unpacking archives: by a program in the inner ring (``unpack.py``), into a hidden folder that gets its name, or whose
content does, when all of it is there.
"""

import asyncio
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import msgspec

from studium.project.files.download import open_file
from studium.project.files.errors import file_errors
from studium.project.files.home import Home
from studium.project.files.listing import join
from studium.project.files.names import is_ours
from studium.project.files.operations import new_path
from studium.project.files.paths import clean_path, invalid_path, shown
from studium.project.files.removal import names_in
from studium.project.files.staging import Stage, put, staged_by_thread, taken
from studium.project.files.trash import Trash, make_folders
from studium.project.jobs.work import Cancelled, Work, partly
from studium.project.programs import PYTHON, Program, Programs
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.jobs import Clash

PROGRAM: Final = Path(__file__).with_name("unpack.py")
MAX_BYTES: Final = 100 * 1024**3
"""That an archive may unpack to."""
MAX_FILES: Final = 500_000
"""In an archive: folders, files and links."""
MAX_RATIO: Final = 200
"""Of what is written to what was read, beyond the first ``FREE_BYTES``: texts reach 20, zeros 1,000, bombs more."""
FREE_BYTES: Final = 256 * 1024**2
MAX_SECONDS: Final = 3600.0
_INNER: Final = "content"
"""The folder on the stage into which the program unpacks."""
_SUFFIXES: Final = (".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".tbz2", ".txz", ".zip", ".tar", ".gz", ".bz2", ".xz")


class _Line(msgspec.Struct, frozen=True):
    """What the program says."""

    files: int = 0
    bytes: int = 0
    skipped: int = 0
    total: int | None = None
    error: str | None = None
    message: str = ""


@dataclass(frozen=True)
class Archive:
    """What is to be unpacked, and where to; ``to`` is not there yet when it ``is_new``."""

    path: str
    to: str
    is_new: bool
    clash: Clash


def look(home: Home, path: str, to: str | None, clash: Clash) -> Archive:
    """Check what is asked for. Blocks; raises ``StudiumError``."""
    clean_path(path)
    if is_ours(path):
        raise invalid_path(path, f"{shown(path)} is kept by Studium itself, as the trash is. Restore it first.")
    fd, _ = open_file(home, path)
    os.close(fd)
    folder, _, name = path.rpartition("/")
    wanted = new_path(join(folder, stem(name))) if to is None else clean_path(to)
    if wanted and is_ours(wanted):
        raise invalid_path(wanted, f"The name {shown(wanted)} is kept for Studium itself. Choose another.")
    try:
        status = home.stat(wanted)
    except StudiumError as error:
        if error.code is not ErrorCode.NOT_FOUND:
            raise
        new_path(wanted)
        return Archive(path, wanted, True, clash)
    if to is None:
        if clash is Clash.FAIL:
            raise taken([wanted])
        return Archive(path, wanted, True, clash)
    if not stat.S_ISDIR(status.st_mode):
        raise invalid_path(wanted, f"{shown(wanted)} is a file, not a folder. Choose a folder.")
    return Archive(path, wanted, False, clash)


async def extract(home: Home, trash: Trash, programs: Programs, archive: Archive, work: Work) -> None:
    """Unpack. Raises ``StudiumError``; nothing is left then, or the error says what is."""
    fd, _ = await asyncio.to_thread(open_file, home, archive.path)
    with os.fdopen(fd, "rb") as file:
        await unpack(home, trash, programs, archive, work, file, name=stem(archive.path.rpartition("/")[2]))


async def unpack(
    home: Home,
    trash: Trash,
    programs: Programs,
    archive: Archive,
    work: Work,
    source: IO[bytes],
    *,
    name: str = "",
    is_stream: bool = False,
) -> None:
    """Unpack what ``source`` gives: a file, or a tar file that comes through a pipe. A single compressed file is called
    ``name``."""
    parent = archive.to.rpartition("/")[0] if archive.is_new else archive.to
    if archive.is_new:
        await asyncio.to_thread(make_folders, home, parent)
    async with staged_by_thread(home, parent) as stage:
        with file_errors(parent):
            os.mkdir(_INNER, dir_fd=stage.fd)
        limits = {
            "bytes": MAX_BYTES,
            "files": MAX_FILES,
            "ratio": MAX_RATIO,
            "free": FREE_BYTES,
            "name": name,
            "tar": is_stream,
        }
        command = [*PYTHON, str(PROGRAM), msgspec.json.encode(limits).decode()]
        async with programs.run(command, stage.directory / _INNER, source) as program:
            work.on_cancel(program.kill)
            source.close()  # a pipe must end for the program when it ends for who writes
            try:
                async with asyncio.timeout(MAX_SECONDS):
                    await _hear(program, work)
            except TimeoutError:
                message = f"Unpacking took longer than {MAX_SECONDS / 60:.0f} minutes and was ended."
                raise StudiumError(ErrorCode.TIMEOUT, f"{message} Unpack it in a terminal.") from None
        await asyncio.to_thread(_place, home, trash, stage, archive, work)


async def _hear(program: Program, work: Work) -> None:
    """Take what the program says until it ends. Raises ``StudiumError`` for its errors."""
    skipped = work.skipped_files
    failure: StudiumError | None = None
    while line := await _line(program):
        with suppress(msgspec.DecodeError):
            said = msgspec.json.decode(line, type=_Line)
            if said.error is not None:
                failure = StudiumError(_code(said.error), said.message[:1000])
                continue
            work.done_files, work.done_bytes, work.total_bytes = said.files, said.bytes, said.total
            work.skipped_files = skipped + said.skipped
    status = await program.ended()
    if work.is_cancelled:
        raise Cancelled
    if failure is not None:
        raise failure
    if status:
        message = "The program that unpacks was ended; the project may be out of memory. Try again, or use a terminal."
        raise StudiumError(ErrorCode.UNAVAILABLE, message, log=program.said.text())


async def _line(program: Program) -> bytes:
    try:
        return await program.output.readline()
    except ValueError:  # longer than any of ours
        return b"\n"


def _code(code: str) -> ErrorCode:
    try:
        return ErrorCode(code)
    except ValueError:
        return ErrorCode.INTERNAL


def _place(home: Home, trash: Trash, stage: Stage, archive: Archive, work: Work) -> None:
    """Give what was unpacked its name, or the names of what is in it theirs. Blocks."""
    with file_errors(archive.to):
        fd = os.open(_INNER, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=stage.fd)
    try:
        names = sorted(names_in(fd))
        if not archive.is_new:
            _place_all(home, trash, fd, names, archive, work)
            return
        last = archive.to.rpartition("/")[2]
        if names == [last] and stat.S_ISDIR(os.stat(last, dir_fd=fd, follow_symlinks=False).st_mode):
            path = put(home, trash, fd, last, archive.to, archive.clash)  # no second folder around one of that name
        else:
            path = put(home, trash, stage.fd, _INNER, archive.to, archive.clash)
        if path is None:
            work.skipped_files += 1
        else:
            work.made(path)
    finally:
        os.close(fd)


def check_free(home: Home, archive: Archive, names: Sequence[str]) -> None:
    """Raise ``conflict`` for what would come and is there, with ``Clash.FAIL``. Blocks."""
    conflicts = [target for name in names if _exists(home, target := join(archive.to, name))]
    if archive.clash is Clash.FAIL and conflicts:
        raise taken(conflicts)


def _place_all(home: Home, trash: Trash, fd: int, names: list[str], archive: Archive, work: Work) -> None:
    targets = {name: join(archive.to, name) for name in names}
    check_free(home, archive, names)
    for number, (name, target) in enumerate(targets.items()):
        if is_ours(target):  # a trash of its own, at the top of the home
            work.skipped_files += 1
            continue
        try:
            path = put(home, trash, fd, name, target, archive.clash)
        except StudiumError as error:
            raise partly(error, number, len(names), "unpacked") from error
        if path is None:
            work.skipped_files += 1
        else:
            work.made(path)


def _exists(home: Home, path: str) -> bool:
    try:
        home.stat(path, follow=False)
    except StudiumError:
        return False
    return True


def stem(name: str) -> str:
    """The name of an archive without what says that it is one."""
    lower = name.lower()
    for suffix in _SUFFIXES:
        if lower.endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return f"{name} (unpacked)"
