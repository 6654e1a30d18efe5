"""Lists what is in an archive: ``PYTHON -I archive.py FILE``. Runs in the inner ring and unpacks nothing.

To standard output goes one JSON object: ``{"format", "entries", "partial"}``, or ``{"unreadable": why}``. What a
hostile archive could use up is bounded: memory and processor by the kernel, time, entries and the length of names here.
"""

import bz2
import gzip
import json
import lzma
import resource
import stat
import sys
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

MAX_ENTRIES = 10_000
MAX_NAME = 1024
MAX_SECONDS = 8.0
MAX_MEMORY_BYTES = 512 * 1024**2
READ_BYTES = 256 * 1024
COMPRESSIONS: tuple[tuple[str, bytes, Callable[..., Any]], ...] = (
    ("gz", b"\x1f\x8b", lambda file: gzip.GzipFile(fileobj=file)),
    ("bz2", b"BZh", bz2.BZ2File),
    ("xz", b"\xfd7zXZ\x00", lzma.LZMAFile),
)
DAMAGED = (
    EOFError,
    ValueError,
    OSError,
    OverflowError,
    RecursionError,
    NotImplementedError,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
)
Entry = dict[str, Any]


class TimeIsOver(Exception):
    """Reading took too long."""


class Timed:
    """A file that is read for a bounded time only."""

    def __init__(self, file: Any, end: float) -> None:
        self._file = file
        self._end = end

    def read(self, size: int = READ_BYTES) -> bytes:
        """As much as that, or less: all that comes before the place where a file is damaged."""
        if time.monotonic() > self._end:
            raise TimeIsOver
        data: bytes = self._file.read1(size)
        return data


def text(name: str) -> str:
    """A name as it can travel."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")[:MAX_NAME]


def zip_entries(file: BinaryIO) -> Iterator[Entry]:
    """From the directory at the end; the bytes of no file are read."""
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            mode = info.external_attr >> 16
            entry: Entry = {"path": text(info.filename), "kind": "file", "size_bytes": info.file_size}
            if info.is_dir():
                entry["kind"] = "directory"
            elif stat.S_ISLNK(mode):
                entry["kind"] = "other"
            try:
                entry["modified_at"] = datetime(*info.date_time, tzinfo=UTC).timestamp()
            except ValueError:
                entry["modified_at"] = None
            if info.flag_bits & 1:
                entry["encrypted"] = True
            yield entry


def tar_entries(archive: tarfile.TarFile) -> Iterator[Entry]:
    """In order, without what is in the files."""
    for info in archive:
        entry: Entry = {"path": text(info.name), "kind": "file", "size_bytes": info.size, "modified_at": info.mtime}
        if info.isdir():
            entry["kind"] = "directory"
        elif info.issym() or info.islnk():
            entry |= {"kind": "other", "target": text(info.linkname)}
        elif not info.isreg():
            entry["kind"] = "other"
        yield entry


def start_of(file: Any) -> bytes:
    """The first bytes of a compressed file, as many as a header has."""
    head = b""
    try:
        while len(head) < 1024 and (part := file.read1(1024 - len(head))):
            head += part
    except EOFError:  # it was cut off
        pass
    return head


def is_tar(head: bytes) -> bool:
    """Whether a file that begins like this is a tar archive, by its first header's checksum."""
    if not any(head):
        return len(head) >= 1024  # an empty archive is two empty blocks
    try:
        tarfile.TarInfo.frombuf(head[:512].ljust(512, b"\0"), "utf-8", "surrogateescape")
    except tarfile.TarError:
        return False
    return True


def listing(file: BinaryIO, name: str, end: float) -> tuple[str, Iterator[Entry]]:
    """The kind of an archive, and what is in it. Raises ``ValueError`` for what is none."""
    head = file.read(1024)
    file.seek(0)
    if is_tar(head):
        return "tar", tar_entries(tarfile.open(fileobj=file, mode="r:", errorlevel=0))
    for format_name, magic, opener in COMPRESSIONS:
        if not head.startswith(magic):
            continue
        if is_tar(start_of(opener(file))):
            file.seek(0)
            stream: Any = Timed(opener(file), end)  # all that is asked of a stream is to be read
            return f"tar.{format_name}", tar_entries(tarfile.open(fileobj=stream, mode="r|", bufsize=READ_BYTES))
        inner, _, ending = name.rpartition(".")
        if inner.lower().endswith(".tar") or ending.lower() in ("tgz", "tbz", "tbz2", "txz"):
            raise ValueError("what is compressed in it is no tar archive, or it was cut off")
        single: Entry = {"path": text(inner if ending.lower() == format_name and inner else name), "kind": "file"}
        return format_name, iter([single])
    if zipfile.is_zipfile(file):
        file.seek(0)
        return "zip", zip_entries(file)
    raise ValueError("it is not a zip or tar archive, nor compressed with gzip, bzip2 or xz")


def read(place: str) -> dict[str, Any]:
    """What is to be said of the archive."""
    end = time.monotonic() + MAX_SECONDS
    entries: list[Entry] = []
    format_name, partial = "", ""
    try:
        with Path(place).open("rb") as file:
            format_name, found = listing(file, Path(place).name, end)
            for entry in found:
                if len(entries) == MAX_ENTRIES:
                    partial = f"The first {MAX_ENTRIES:,} entries are listed; the archive holds more."
                    break
                if time.monotonic() > end:
                    raise TimeIsOver
                entries.append(entry)
    except TimeIsOver:
        partial = f"Listing was ended after {MAX_SECONDS:.0f} seconds; the archive holds more."
    except MemoryError:
        if not entries:
            return {"unreadable": "its directory takes more memory than is allowed"}
        partial = "The rest of the archive takes more memory to list than is allowed."
    except DAMAGED as error:
        if not entries:
            return {"unreadable": str(error)[:200] or "it ends too early"}
        partial = "The rest of the archive is damaged, or it was cut off."
    return {"format": format_name, "entries": entries, "partial": partial}


def main(place: str) -> int:
    """Answer on standard output; the exit status."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (int(MAX_SECONDS) + 4, int(MAX_SECONDS) + 4))
    json.dump(read(place), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
