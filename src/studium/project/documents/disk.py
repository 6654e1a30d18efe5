"""One file on the disk: what it is now, and replacing it in one step. Blocking functions, to be called from a thread.

A file is opened by descriptors of its folder only (``Home``), so that no link that is swapped in meanwhile leads out of
the project. ``None`` stands for *absent*; whatever cannot be read raises, so that it is never taken for empty.
"""

import contextlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from studium.project.files.errors import file_errors
from studium.project.files.home import Home
from studium.project.files.names import is_temporary_of, temporary_name
from studium.project.files.paths import bytes_of_displayed
from studium.protocol.errors import ErrorCode, StudiumError
from studium.sync.format import Decoded, Format
from studium.sync.formats import looks_binary, not_text

_READ_TRIES = 5
_HEAD_BYTES = 64 * 1024  # shows whether a large file is text
_REMEMBERED_BYTES = 4 * 1024**2
_RACY_NS = 20_000_000  # two changes within one tick of the file system's clock look alike; ticks take 4–10 ms


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """When these are equal, and the file was not written in the last moment before it was looked at, so is the content.
    ``changed_ns`` is the inode's change time, which no program can set."""

    modified_ns: int
    changed_ns: int
    size_bytes: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> "FileIdentity":
        """From the answer of ``fstat``."""
        return cls(status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


@dataclass(frozen=True, slots=True)
class Known:
    """What was last seen of a file. ``is_settled``: it was not so fresh that a later change could look the same."""

    identity: FileIdentity
    hash: bytes
    is_settled: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it is. ``content`` is None when the hash is one of those already known."""

    known: Known
    content: Decoded | None
    size_bytes: int
    is_fresh: bool

    @property
    def is_empty(self) -> bool:
        """Whether it was read and holds nothing."""
        return self.content is not None and self.content.text == ""


class ChangedMeanwhile(Exception):
    """The file is not what was expected, so it was not replaced."""


def hash_of(data: bytes) -> bytes:
    """Names a content."""
    return blake2b(data, digest_size=16).digest()


def read_file(
    home: Home,
    path: str,
    format_: Format,
    known: Known | None,
    now_ns: int,
    want_text: bool = False,
    is_new: bool = False,
) -> Found | None:
    """The file at ``path``, or None when there is none. Not read again when it is surely as ``known``; not decoded
    again when its bytes are the same, unless ``want_text``. Raises ``StudiumError`` for what is no readable text, and
    ``too_large`` for what is too large to be edited where it ``is_new`` to the log."""
    try:
        parent, name = home.open_parent(path)
    except StudiumError as error:
        if error.code is ErrorCode.NOT_FOUND:
            return None  # its folder is gone
        raise
    try:
        with file_errors(path):
            try:
                file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
            except FileNotFoundError:
                _check_not_displayed(parent, name)
                return None
            try:
                status = os.fstat(file)
                _check_regular(status, name)
                _check_size(file, status, format_, name, is_new)
                fresh = abs(now_ns - status.st_mtime_ns) < 1_000_000_000
                if (
                    known is not None
                    and known.is_settled
                    and known.identity == FileIdentity.of(status)
                    and not want_text
                ):
                    return Found(known, None, status.st_size, fresh)
                data, status = _read_stable(file, status)
            finally:
                os.close(file)
    finally:
        os.close(parent)
    settled = now_ns - max(status.st_mtime_ns, status.st_ctime_ns) > _RACY_NS
    seen = Known(FileIdentity.of(status), hash_of(data), settled)
    if known is not None and known.hash == seen.hash and not want_text:
        return Found(seen, None, len(data), fresh)
    return Found(seen, _decode(format_, data, name), len(data), fresh)


def _decode(format_: Format, data: bytes, name: str) -> Decoded:
    if len(data) > _REMEMBERED_BYTES:
        return format_.decode(data, name)
    return _decode_once(format_, data, name)


@lru_cache(maxsize=1)
def _decode_once(format_: Format, data: bytes, name: str) -> Decoded:
    """One who opens a document looks at its file three times: what kind it is, which history it has, what is in it."""
    return format_.decode(data, name)


def _read_stable(file: int, status: os.stat_result) -> tuple[bytes, os.stat_result]:
    """The content, read while nobody wrote (or as good as that gets within some tries: a later event reads again)."""
    data = b""
    for _ in range(_READ_TRIES):
        os.lseek(file, 0, os.SEEK_SET)
        parts = []
        while part := os.read(file, 1 << 20):
            parts.append(part)
        data = b"".join(parts)
        after = os.fstat(file)
        if FileIdentity.of(after) == FileIdentity.of(status):
            break
        status = after
    return data, status


def read_held(home: Home, path: str, known: Known) -> bytes | None:
    """The bytes of the file at ``path``, where it is still what is known of it."""
    with contextlib.suppress(StudiumError, OSError):
        file = home.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            status = os.fstat(file)
            if stat.S_ISREG(status.st_mode) and status.st_size == known.identity.size_bytes:
                data, _ = _read_stable(file, status)
                return data if hash_of(data) == known.hash else None
        finally:
            os.close(file)
    return None


def write_file(
    home: Home,
    path: str,
    data: bytes,
    expected: Known | None,
    now_ns: int,
    owner: str,
    hold: Callable[[int], None] = lambda _fd: None,
) -> tuple[Known, bytes | None]:
    """Replace the file at ``path`` in one step, on the disk when this returns. ``owner`` marks the new file until then.

    ``expected`` is what is there (None: nothing); raises ``ChangedMeanwhile`` when it is something else. Mode and owner
    are kept. The second answer is what was written into the old file between the look and the step, if anything.
    """
    parent, name = home.open_parent(path)
    temporary = temporary_name(owner)
    old: int | None = None
    try:
        with file_errors(path):
            with contextlib.suppress(FileNotFoundError):
                old = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent)
            before = _check_expected(old, name, expected, parent)
            new = os.open(
                temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666, dir_fd=parent
            )
            try:
                _fill(new, data, before)
                written = os.fstat(new)
                hold(new)  # before it has its name, which may be taken from it at once
                os.rename(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
                status = os.fstat(new)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(temporary, dir_fd=parent)
                raise
            finally:
                os.close(new)
            _sync_folder(home, path)
            late = None
            if old is not None and before is not None:
                late = _written_late(old, before)
    finally:
        if old is not None:
            os.close(old)
        os.close(parent)
    untouched = (written.st_mtime_ns, written.st_size) == (status.st_mtime_ns, status.st_size)
    settled = untouched and now_ns - max(status.st_mtime_ns, status.st_ctime_ns) > _RACY_NS
    return Known(FileIdentity.of(status), hash_of(data), settled), late


def remove_unfinished(home: Home, path: str, owner: str) -> int:
    """Remove what a server that was killed has left of writing the file at ``path``; how many files that were."""
    removed = 0
    with contextlib.suppress(StudiumError, OSError):  # the folder is gone, or not ours any more
        folder = home.open(path.rpartition("/")[0], os.O_RDONLY | os.O_DIRECTORY)
        try:
            with os.scandir(folder) as entries:
                for name in [entry.name for entry in entries if is_temporary_of(owner, entry.name)]:
                    os.unlink(name, dir_fd=folder)
                    removed += 1
        finally:
            os.close(folder)
    return removed


def _check_expected(old: int | None, name: str, expected: Known | None, parent: int) -> os.stat_result | None:
    if old is None:
        if expected is not None:
            raise ChangedMeanwhile
        return None
    status = os.fstat(old)
    _check_regular(status, name)
    if expected is None:
        raise ChangedMeanwhile
    if FileIdentity.of(status) != expected.identity or not expected.is_settled:
        if status.st_size != expected.identity.size_bytes:
            raise ChangedMeanwhile
        data, status = _read_stable(old, status)
        if hash_of(data) != expected.hash:
            raise ChangedMeanwhile
    if not os.access(name, os.W_OK, dir_fd=parent, effective_ids=True):
        raise PermissionError(13, "Permission denied")
    return status


def _fill(new: int, data: bytes, before: os.stat_result | None) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(new, view) :]
    if before is not None:
        mine = os.fstat(new)
        if (before.st_uid, before.st_gid) != (mine.st_uid, mine.st_gid):
            with contextlib.suppress(OSError):  # only root may give files away
                os.fchown(new, before.st_uid, before.st_gid)
        os.fchmod(new, stat.S_IMODE(before.st_mode))
    os.fsync(new)


def _sync_folder(home: Home, path: str) -> None:
    with contextlib.suppress(OSError, StudiumError):  # some file systems cannot; the file itself is on the disk
        folder = home.open(path.rpartition("/")[0], os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _written_late(old: int, before: os.stat_result) -> bytes | None:
    """What somebody wrote into the replaced file after it was looked at."""
    status = os.fstat(old)
    if (status.st_mtime_ns, status.st_size) == (before.st_mtime_ns, before.st_size):
        return None
    return _read_stable(old, status)[0]


def _check_size(file: int, status: os.stat_result, format_: Format, name: str, is_new: bool) -> None:
    """What is no text cannot be read in pages either, so that is what is said of it."""
    try:
        format_.check_size(status.st_size, name, is_new)
    except StudiumError:
        if is_new and looks_binary(os.pread(file, _HEAD_BYTES, 0)):
            raise not_text(name) from None
        raise


def _check_not_displayed(parent: int, name: str) -> None:
    """A list shows a name that is not UTF-8 by its bytes: whoever opens that means this file, and no new one."""
    if "\\x" not in name:
        return
    with contextlib.suppress(FileNotFoundError):
        os.stat(bytes_of_displayed(name), dir_fd=parent, follow_symlinks=False)
        message = f"The name of {name} is not valid UTF-8. Rename the file in a terminal, then open it."
        raise StudiumError(ErrorCode.NOT_TEXT, message, is_file=False)


def _check_regular(status: os.stat_result, name: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise StudiumError(ErrorCode.NOT_TEXT, f"{name} is a folder, so it cannot be edited as text.", is_file=False)
    if not stat.S_ISREG(status.st_mode):
        message = f"{name} is not a regular file, so it cannot be edited as text."
        raise StudiumError(ErrorCode.NOT_TEXT, message, is_file=False)
