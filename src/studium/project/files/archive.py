"""Archives that are made while they are sent or written: zip (with zip64), tar, and tar compressed by gzip.

``archive_blocks`` gives the bytes in order and holds a few hundred kilobytes, whatever the archive's size. Nothing is
sought, so that it can go to a browser as it is made. Links become links; our own names are left out. What cannot be
read, or changes while it is read, is told by a text file at the end of the archive, so that nobody takes it for whole.
"""

import os
import re
import stat
import tarfile
import time
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final, Protocol
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from studium.project.files.home import Home
from studium.project.files.listing import join
from studium.project.files.trash import beside
from studium.project.files.trees import Found, Kind, open_found, walk
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.jobs import ArchiveFormat

BLOCK_BYTES: Final = 256 * 1024
NOT_WHOLE: Final = "NOT IN THIS ARCHIVE.txt"
"""The name of the file that says what is missing."""
MAX_NOTES: Final = 1000
MAX_ZIP_FILES: Final = 250_000
"""A zip file ends with a list of all that is in it, which is held until then: half a kilobyte for each."""
_LEVEL: Final = 3
"""Of compression: beyond it, zlib takes twice the time for a tenth of the size."""
_COMPRESSED: Final = re.compile(
    r"\.(7z|bz2|docx|gif|gz|jpe?g|m4a|mkv|mov|mp[34]|npz|odt|ogg|parquet|pdf|png|pptx|rar|tgz|web[mp]|whl|xlsx|xz|zip|zst)",
    re.IGNORECASE,
)
"""What does not get smaller."""
_FIRST_ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)


class Counts(Protocol):
    """Who is told how far it is."""

    skipped_files: int

    done_bytes: int

    def count(self, size_bytes: int) -> None:
        """One more file is in; raises what ends the work."""

    def check(self) -> None:
        """Raises what ends the work."""


def check_count(home: Home, paths: Sequence[str], kind: ArchiveFormat) -> None:
    """Raise ``too_large`` for more files than a zip file of ours holds. Blocks."""
    if kind is not ArchiveFormat.ZIP:
        return
    seen = 0
    for path in paths:
        for _ in walk(home, path):
            seen += 1
            if seen > MAX_ZIP_FILES:
                message = f"These are more than {MAX_ZIP_FILES} files, too many for a zip file. Choose tar.gz."
                raise StudiumError(ErrorCode.TOO_LARGE, message, limit=MAX_ZIP_FILES)


class _Notes:
    """What is not in the archive, or not whole."""

    def __init__(self, counts: Counts | None) -> None:
        self._counts = counts
        self._lines: list[str] = []
        self._more = 0

    def add(self, name: str, reason: str) -> None:
        if self._counts is not None:
            self._counts.skipped_files += 1
        if len(self._lines) < MAX_NOTES:
            self._lines.append(f"{name.encode(errors='backslashreplace').decode()}: {reason}")
        else:
            self._more += 1

    def text(self) -> bytes:
        more = [f"and {self._more} more"] if self._more else []
        lines = ["These files are not in this archive, or not as they were:", "", *self._lines, *more, ""]
        return "\n".join(lines).encode()

    def __bool__(self) -> bool:
        return bool(self._lines)


class _Writer(Protocol):
    """One kind of archive: each gives the bytes that are to be written next."""

    def folder(self, name: str, status: os.stat_result) -> Iterator[bytes]: ...

    def link(self, name: str, status: os.stat_result, target: str) -> Iterator[bytes]: ...

    def file(self, name: str, status: os.stat_result, read: Callable[[int], bytes]) -> Iterator[bytes]: ...

    def end(self) -> Iterator[bytes]: ...


def archive_blocks(
    home: Home, paths: Sequence[str], kind: ArchiveFormat, counts: Counts | None = None
) -> Generator[bytes, None, None]:
    """The archive of what is at the project paths (``[""]``: of all that is in the home), each under its last name.
    Blocks; raises ``StudiumError`` when one of the paths is gone before it is reached."""
    writer: _Writer = _Zip() if kind is ArchiveFormat.ZIP else _Tar()
    blocks = _blocks(home, paths, writer, counts)
    yield from _gathered(_compressed(blocks) if kind is ArchiveFormat.TAR_GZ else blocks)


def _blocks(home: Home, paths: Sequence[str], writer: _Writer, counts: Counts | None) -> Iterator[bytes]:
    notes = _Notes(counts)
    used: set[str] = set()
    for path in paths:
        top = _free_name(path.rpartition("/")[2], used) if path else ""
        for found in walk(home, path):
            name = join(top, found.path) if found.path else top
            if counts is not None:
                counts.check()
            if found.kind is Kind.SKIPPED:
                notes.add(name, found.reason)
            elif found.kind is Kind.FOLDER:
                yield from writer.folder(name, found.status)
            else:
                yield from _add(writer, found, name, notes, counts)
    if notes:
        status = os.stat_result((stat.S_IFREG | 0o644, 0, 0, 1, 0, 0, len(notes.text()), 0, int(time.time()), 0))
        text = notes.text()
        parts = iter([text])
        yield from writer.file(_free_name(NOT_WHOLE, used), status, lambda _: next(parts, b""))
    yield from writer.end()


def _add(writer: _Writer, found: Found, name: str, notes: _Notes, counts: Counts | None) -> Iterator[bytes]:
    try:
        if found.kind is Kind.LINK:
            yield from writer.link(name, found.status, os.readlink(found.name, dir_fd=found.folder_fd))
            if counts is not None:
                counts.count(0)
            return
        fd = open_found(found)
    except OSError as error:
        notes.add(name, os.strerror(error.errno) if error.errno else "it changed while the archive was made")
        return
    try:
        status = os.fstat(fd)
        reader = _Reader(fd, status.st_size, counts)
        yield from writer.file(name, status, reader.read)
        if reader.changed():
            notes.add(name, "it changed while the archive was made, so what is here may be a mixture")
    finally:
        os.close(fd)
    if counts is not None:
        counts.count(0)  # its bytes were counted as they were read


class _Reader:
    """Reads as many bytes of a file as it had; zeros stand for what is missing."""

    def __init__(self, fd: int, size: int, counts: Counts | None) -> None:
        self._fd = fd
        self._left = size
        self._counts = counts
        self._before = os.fstat(fd)
        self._failed = False

    def read(self, length: int) -> bytes:
        """The next bytes; none at the end."""
        if self._counts is not None:
            self._counts.check()
        length = min(length, self._left)
        data = b""
        if length and not self._failed:
            try:
                data = os.read(self._fd, length)
            except OSError:
                data = b""
        if length and not data:
            self._failed = True
            data = bytes(length)
        self._left -= len(data)
        if self._counts is not None:
            self._counts.done_bytes += len(data)
        return data

    def changed(self) -> bool:
        """Whether the file is not what it was at the beginning."""
        after = os.fstat(self._fd)
        return self._failed or (after.st_mtime_ns, after.st_size) != (self._before.st_mtime_ns, self._before.st_size)


class _Pipe:
    """Takes what a ``ZipFile`` writes; it cannot be sought, so the archive is written from beginning to end."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing to do."""

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


class _Zip:
    """The standard library's, with the sizes behind each file and zip64 where it must be."""

    def __init__(self) -> None:
        self._pipe = _Pipe()
        self._zip = ZipFile(self._pipe, "w", ZIP_DEFLATED)  # type: ignore[call-overload]  # any object that writes

    def folder(self, name: str, status: os.stat_result) -> Iterator[bytes]:
        if name:
            info = self._info(name + "/", status)
            info.external_attr |= 0x10  # MS-DOS's mark of a folder
            self._zip.writestr(info, b"", ZIP_STORED)
            yield self._pipe.take()

    def link(self, name: str, status: os.stat_result, target: str) -> Iterator[bytes]:
        self._zip.writestr(self._info(name, status), os.fsencode(target), ZIP_STORED)
        yield self._pipe.take()

    def file(self, name: str, status: os.stat_result, read: Callable[[int], bytes]) -> Iterator[bytes]:
        info = self._info(name, status)
        info.file_size = status.st_size  # by which the library decides on zip64
        info.compress_type = ZIP_STORED if _COMPRESSED.fullmatch(PurePosixPath(name).suffix) else ZIP_DEFLATED
        info._compresslevel = _LEVEL  # type: ignore[attr-defined]  # it has no other place before Python 3.13
        with self._zip.open(info, "w") as file:
            while data := read(BLOCK_BYTES):
                file.write(data)
                yield self._pipe.take()
        yield self._pipe.take()

    def end(self) -> Iterator[bytes]:
        self._zip.close()
        yield self._pipe.take()

    def _info(self, name: str, status: os.stat_result) -> ZipInfo:
        moment = time.localtime(status.st_mtime)[:6]
        date = max(moment, _FIRST_ZIP_TIME) if moment[0] <= 2107 else (2107, 12, 31, 23, 59, 58)
        info = ZipInfo(name.encode(errors="replace").decode(), date)
        info.create_system = 3  # Unix, whose modes these are
        info.external_attr = (status.st_mode & 0xFFFF) << 16
        return info


class _Tar:
    """The standard library's headers (pax, so that names and sizes have no limit), and the bytes behind them."""

    def __init__(self) -> None:
        self._written = 0

    def folder(self, name: str, status: os.stat_result) -> Iterator[bytes]:
        if name:
            yield self._header(name, status, tarfile.DIRTYPE)

    def link(self, name: str, status: os.stat_result, target: str) -> Iterator[bytes]:
        yield self._header(name, status, tarfile.SYMTYPE, target)

    def file(self, name: str, status: os.stat_result, read: Callable[[int], bytes]) -> Iterator[bytes]:
        yield self._header(name, status, tarfile.REGTYPE)
        while data := read(BLOCK_BYTES):
            yield data
        if rest := status.st_size % tarfile.BLOCKSIZE:
            yield bytes(tarfile.BLOCKSIZE - rest)

    def end(self) -> Iterator[bytes]:
        yield bytes(2 * tarfile.BLOCKSIZE)

    def _header(self, name: str, status: os.stat_result, kind: bytes, target: str = "") -> bytes:
        info = tarfile.TarInfo(name)
        info.type = kind
        info.mode = stat.S_IMODE(status.st_mode) & 0o777
        info.mtime = int(status.st_mtime)
        info.linkname = target
        info.size = status.st_size if kind == tarfile.REGTYPE else 0
        return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _compressed(blocks: Iterator[bytes]) -> Iterator[bytes]:
    gzip = zlib.compressobj(_LEVEL, zlib.DEFLATED, 31)  # 31: with the header of gzip
    for block in blocks:
        yield gzip.compress(block)
    yield gzip.flush()


def _gathered(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in fewer parts: many small files cost one step for many of them."""
    parts: list[bytes] = []
    size = 0
    for block in blocks:
        if block:
            parts.append(block)
            size += len(block)
        if size >= BLOCK_BYTES:
            yield b"".join(parts)
            parts, size = [], 0
    if parts:
        yield b"".join(parts)


def _free_name(name: str, used: set[str]) -> str:
    attempt = 0
    while (wanted := beside(name, attempt, "copy")) in used:
        attempt += 1
    used.add(wanted)
    return wanted
