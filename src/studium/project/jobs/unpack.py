"""Unpacks an archive into the empty folder that it is started in: ``python -I unpack.py LIMITS``.

Runs in the inner ring, so that what a hostile archive does to a decoder happens where people's programs run, and takes
neither the memory nor the time of the project server. The archive is standard input: a file, or (for tar) a stream.
LIMITS is JSON: ``{"bytes", "files", "ratio", "free", "name", "tar"}``. To standard output go lines of JSON:
``{"files", "bytes", "skipped", "total"}`` now and then, and ``{"error", "message"}`` when it ends badly, with status 1.

What no archive can make it do: write outside of the folder (names are taken apart, absolute ones and ``..`` end the
work, each folder is opened by itself and never through a link), make a link that leads out (links are made last, from
targets that are taken apart too), make a device, or fill a disk (bytes are counted as they are written).
"""

import bz2
import contextlib
import errno
import gzip
import json
import lzma
import os
import resource
import stat
import sys
import tarfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any

CHUNK_BYTES = 256 * 1024
TELL_SECONDS = 0.2
NAME_BYTES = 255
PATH_BYTES = 4000
MAX_DIRECTORY_BYTES = 64 * 1024**2
"""Of a zip file's list of what is in it, which is read as a whole."""
MAX_MEMORY_BYTES = 2 * 1024**3
"""Address space of this program: headers that never end are refused by it."""
MAX_LINK_BYTES = 4000
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
OWN = (".studium-", ".tmp")
"""Names that are kept for Studium itself."""


class Refused(Exception):
    """What is wrong with the archive: a code of ``protocol/errors.py`` and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def invalid(message: str) -> Refused:
    """The archive is none, or not one that is unpacked."""
    return Refused("invalid_value", message)


def shown(name: str) -> str:
    """A name from an archive, for a sentence."""
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
    return f"“{text if len(text) <= 100 else text[:50] + '…' + text[-49:]}”"


class Counter:
    """What was unpacked, the limits, and telling of both."""

    def __init__(self, limits: dict[str, Any], archive_bytes: int | None) -> None:
        self.files = self.bytes = self.skipped = 0
        self.total: int | None = None
        self._limits = limits
        self._most = None if archive_bytes is None else limits["free"] + limits["ratio"] * archive_bytes
        self._told = 0.0

    def add(self, size: int) -> None:
        """So many bytes are about to be written."""
        self.bytes += size
        limits = self._limits
        if self.bytes > limits["bytes"]:
            raise Refused("too_large", f"The archive unpacks to more than {_size(limits['bytes'])}, the limit.")
        if self._most is not None and self.bytes > self._most:
            message = (
                f"The archive grows to more than {limits['ratio']} times its size when it is unpacked, as bombs do. "
            )
            raise Refused("too_large", message + "Unpack it in a terminal if you trust it.")
        self.tell()

    def entry(self) -> None:
        """One more file, folder or link."""
        self.files += 1
        if self.files + self.skipped > self._limits["files"]:
            raise Refused("too_large", f"The archive holds more than {self._limits['files']} files, the limit.")
        self.tell()

    def skip(self) -> None:
        """Something that is left out."""
        self.skipped += 1
        if self.files + self.skipped > self._limits["files"]:
            raise Refused("too_large", f"The archive holds more than {self._limits['files']} files, the limit.")

    def tell(self, *, last: bool = False) -> None:
        """Say how far it is, now and then."""
        now = time.monotonic()
        if last or now - self._told >= TELL_SECONDS:
            self._told = now
            say({"files": self.files, "bytes": self.bytes, "skipped": self.skipped, "total": self.total})


def say(message: dict[str, Any]) -> None:
    """Write a line."""
    os.write(1, json.dumps(message).encode() + b"\n")


class Folder:
    """The folder that is filled. Names are project paths in it."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter
        self._root = os.open(".", FOLDER)
        self._links: dict[str, str] = {}
        self._modes: dict[str, int] = {}
        self._parent, self._parent_fd = "", os.dup(self._root)

    def folder(self, name: str, mode: int = 0o755) -> None:
        """Make a folder, and those above it."""
        self.counter.entry()
        self._open(name)
        self._modes[name] = mode & 0o777

    def file(self, name: str, data: Iterator[bytes], mode: int, modified: float | None) -> None:
        """Make a file; one of this name from before goes."""
        self.counter.entry()
        parent, _, last = name.rpartition("/")
        folder = self._open(parent)
        self._links.pop(name, None)
        try:
            os.unlink(last, dir_fd=folder)
        except FileNotFoundError:
            pass
        except OSError as error:
            if error.errno not in (errno.EISDIR, errno.EPERM):
                raise
            raise invalid(f"The archive holds a file and a folder that are both named {shown(name)}.") from None
        fd = os.open(last, NEW, 0o600, dir_fd=folder)
        try:
            for part in data:
                self.counter.add(len(part))
                view = memoryview(part)
                while view:
                    view = view[os.write(fd, view) :]
            os.fchmod(fd, (mode & 0o777) | 0o400)
            if modified is not None:
                with contextlib.suppress(OSError, OverflowError):  # a time that no clock tells
                    os.utime(fd, (modified, modified))
        finally:
            os.close(fd)

    def hard_link(self, name: str, target: str) -> None:
        """Another name of a file that was unpacked before."""
        self.counter.entry()
        try:
            parent, _, last = target.rpartition("/")
            source = os.dup(self._open(parent))
            try:
                if not stat.S_ISREG(os.stat(last, dir_fd=source, follow_symlinks=False).st_mode):
                    raise invalid(f"{shown(name)} in the archive is a link to {shown(target)}, which is no file.")
                new_parent, _, new = name.rpartition("/")
                os.link(last, new, src_dir_fd=source, dst_dir_fd=self._open(new_parent), follow_symlinks=False)
            finally:
                os.close(source)
        except FileNotFoundError:
            self.counter.skip()
        except FileExistsError:
            pass  # the same twice

    def link(self, name: str, target: str) -> None:
        """A link, made at the end; one that leads out of the folder is left out."""
        self.counter.entry()
        if leads_out(name, target):
            self.counter.skip()
            return
        self._links[name] = target

    def finish(self) -> None:
        """Make the links, and give folders their permissions."""
        for name, target in self._links.items():
            parent, _, last = name.rpartition("/")
            try:
                os.symlink(target, last, dir_fd=self._open(parent))
            except FileExistsError:
                self.counter.skip()  # a file or a folder of this name is there
        for name in sorted(self._modes, reverse=True):
            if name:
                os.fchmod(self._open(name), self._modes[name] | 0o700)

    def _open(self, path: str) -> int:
        """A folder, made if need be; no link is followed on the way. Kept until another is asked for."""
        if path == self._parent:
            return self._parent_fd
        fd = os.dup(self._root)
        try:
            for name in path.split("/") if path else ():
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, 0o700, dir_fd=fd)
                try:
                    below = os.open(name, FOLDER, dir_fd=fd)
                except OSError as error:
                    if error.errno in (errno.ENOTDIR, errno.ELOOP):
                        message = f"The archive holds a file and a folder that are both named {shown(name)}."
                        raise invalid(message) from None
                    raise
                os.close(fd)
                fd = below
        except BaseException:
            os.close(fd)
            raise
        os.close(self._parent_fd)
        self._parent, self._parent_fd = path, fd
        return fd


def clean(name: str) -> str | None:
    """A name in an archive as a path in the folder; None for the folder itself and for names of ours. Raises
    ``Refused`` for what would leave it."""
    if name.startswith("/"):
        raise invalid(f"The archive holds {shown(name)}, which is an absolute path, so it is not unpacked.")
    names = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in names:
        raise invalid(f"The archive holds {shown(name)}, which leads out of its folder, so it is not unpacked.")
    path = "/".join(names)
    encoded = path.encode("utf-8", "surrogateescape")
    if len(encoded) > PATH_BYTES or any(len(part.encode("utf-8", "surrogateescape")) > NAME_BYTES for part in names):
        raise invalid(f"The archive holds the name {shown(path)}, which is too long for the file system.")
    if not names or any(part.startswith(OWN[0]) and part.endswith(OWN[1]) for part in names):
        return None
    return path


def leads_out(name: str, target: str) -> bool:
    """Would a link at ``name`` lead out of the folder, whatever the links on its way are? Only ``..`` at the start of
    a target says how far up it goes: behind another name, which may be a link, nobody can tell."""
    if not target or target.startswith("/") or "\0" in target or len(target) > MAX_LINK_BYTES:
        return True
    names = [part for part in target.split("/") if part not in ("", ".")]
    ups = 0
    while ups < len(names) and names[ups] == "..":
        ups += 1
    return ups > name.count("/") or ".." in names[ups:]


def readable(name: bytes) -> str:
    """Bytes of a name that nobody said the encoding of."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("cp437")  # what zip files of old have; every byte is a character in it


def unpack_zip(source: IO[bytes], folder: Folder, limits: dict[str, Any]) -> None:
    """Unpack a zip file."""
    check_directory(source, limits)
    with zipfile.ZipFile(source) as archive:
        entries = archive.infolist()
        if len(entries) > limits["files"]:  # more than its end says
            raise Refused("too_large", f"The archive holds more than {limits['files']} files, the limit.")
        folder.counter.total = sum(entry.file_size for entry in entries)
        for entry in entries:
            name = entry.filename
            if not entry.flag_bits & 0x800:
                name = readable(name.encode("cp437"))
            if entry.create_system == 0:
                name = name.replace("\\", "/")
            path = clean(name)
            mode = entry.external_attr >> 16
            if path is None:
                continue
            if entry.flag_bits & 0x1:
                raise invalid(f"{shown(name)} in the archive has a password. Unpack it in a terminal.")
            if entry.is_dir() or name.endswith("/"):
                folder.folder(path, mode or 0o755)
            elif stat.S_ISLNK(mode):
                with archive.open(entry) as file:
                    folder.link(path, file.read(MAX_LINK_BYTES + 1).decode("utf-8", "surrogateescape"))
            elif stat.S_IFMT(mode) not in (0, stat.S_IFREG):
                folder.counter.skip()
            else:
                with archive.open(entry) as file:
                    folder.file(path, parts(file), mode or 0o644, zip_time(entry))


def check_directory(source: IO[bytes], limits: dict[str, Any]) -> None:
    """Refuse a zip file whose list of files is too long before the library reads all of it."""
    source.seek(0, os.SEEK_END)
    end = zipfile._EndRecData(source)  # type: ignore[attr-defined]
    if end is None:
        raise invalid("The file is no zip file, or its end is missing. Download it again.")
    if end[4] > limits["files"] or end[5] > MAX_DIRECTORY_BYTES:
        raise Refused("too_large", f"The archive holds more than {limits['files']} files, the limit.")


def zip_time(entry: zipfile.ZipInfo) -> float | None:
    """When the file was changed, in local time, as zip files have it."""
    try:
        return time.mktime((*entry.date_time, 0, 0, -1))
    except (ValueError, OverflowError):
        return None


def unpack_tar(source: IO[bytes], folder: Folder, *, compressed: bool) -> None:
    """Unpack a tar file, from its beginning to its end."""
    mode = "r|*" if compressed else "r|"
    with tarfile.open(fileobj=source, mode=mode, errors="surrogateescape") as archive:  # type: ignore[call-overload]
        for entry in archive:
            archive.members = []  # the library keeps all that it has seen
            path = clean(tar_name(entry.name))
            if path is None:
                continue
            if entry.isdir():
                folder.folder(path, entry.mode)
            elif entry.issym():
                folder.link(path, tar_name(entry.linkname))
            elif entry.islnk():
                target = clean(tar_name(entry.linkname))
                if target is not None:
                    folder.hard_link(path, target)
            elif entry.isreg():
                file = archive.extractfile(entry)
                assert file is not None
                folder.file(path, parts(file), entry.mode, entry.mtime)
            else:
                folder.counter.skip()


def tar_name(name: str) -> str:
    """A name of a tar file, in which bytes that are not UTF-8 stand for some other encoding."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return readable(os.fsencode(name))
    return name


def unpack_single(source: IO[bytes], folder: Folder, name: str) -> None:
    """Unpack one compressed file."""
    opener = {"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open}[compression(source) or ""]
    with opener(source, "rb") as file:  # type: ignore[operator]
        folder.file(name, parts(file), 0o644, None)


def parts(file: IO[bytes]) -> Iterator[bytes]:
    """What is in a file, bit by bit."""
    while data := file.read(CHUNK_BYTES):
        yield data


def compression(source: IO[bytes]) -> str | None:
    """How the file is compressed, by its first bytes."""
    source.seek(0)
    head = source.read(6)
    source.seek(0)
    if head[:2] == b"\x1f\x8b":
        return "gz"
    if head[:3] == b"BZh":
        return "bz2"
    return "xz" if head == b"\xfd7zXZ\0" else None


def is_tar(source: IO[bytes]) -> bool:
    """Whether there is a tar file, when what compresses it is taken away."""
    how = compression(source)
    opener = {"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open}.get(how or "")
    try:
        if opener is None:
            head = source.read(tarfile.RECORDSIZE + 1)
        else:
            with opener(source, "rb") as file:  # type: ignore[operator]
                head = file.read(tarfile.RECORDSIZE + 1)
    except (OSError, EOFError, zlib.error, lzma.LZMAError):
        return False
    finally:
        source.seek(0)
    if len(head) < tarfile.BLOCKSIZE:
        return False
    if not head.strip(b"\0"):
        return len(head) <= tarfile.RECORDSIZE  # an empty one, or a file of zeros
    try:
        tarfile.TarInfo.frombuf(head[: tarfile.BLOCKSIZE], "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True


def unpack(limits: dict[str, Any]) -> None:
    """Unpack what is on standard input."""
    source: IO[bytes] = os.fdopen(os.dup(0), "rb")
    if limits["tar"]:
        folder = Folder(Counter(limits, None))  # what comes is not compressed
        unpack_tar(source, folder, compressed=False)
    else:
        folder = Folder(Counter(limits, os.fstat(0).st_size))
        if is_tar(source):
            unpack_tar(source, folder, compressed=compression(source) is not None)
        elif compression(source) is not None:
            unpack_single(source, folder, limits["name"])
        elif zipfile.is_zipfile(source):
            unpack_zip(source, folder, limits)
        else:
            raise invalid("The file is no archive that can be unpacked here: zip, tar, gz, bz2 and xz can.")
    folder.finish()
    folder.counter.tell(last=True)


def _size(size: int) -> str:
    return f"{size / 1024**3:.3g} GB" if size >= 1024**3 else f"{size / 1024**2:.3g} MB"


def main() -> int:
    """Unpack, and say how it went; the exit status."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    try:
        unpack(json.loads(sys.argv[1]))
    except Refused as error:
        say({"error": error.code, "message": str(error)})
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, ValueError) as error:
        say({"error": "invalid_value", "message": f"The archive is damaged: {error}. Download or make it again."})
    except (NotImplementedError, RuntimeError) as error:
        say({"error": "invalid_value", "message": f"The archive uses what is not known here: {error}."})
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            message = "The disk is full, so the archive was not unpacked. Delete what you do not need, then try again."
            say({"error": "disk_full", "message": message})
        elif error.errno is None:  # how the library for bzip2 says that its data is none
            say({"error": "invalid_value", "message": f"The archive is damaged: {error}. Download or make it again."})
        else:
            say({"error": "internal", "message": f"The archive could not be unpacked: {error.strerror}."})
    except MemoryError:
        say({"error": "too_large", "message": "Unpacking the archive takes more memory than the project has."})
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
