"""``PUT /projects/{project_id}/files/{path}``: a file appears whole, or not at all.

The body goes to a file without a name in the target's folder (``O_TMPFILE``; a hidden name where the file system has no
such thing), is forced to the disk, and then takes its name in one step. An upload that breaks off, or a server that is
killed in the middle of one, leaves nothing and harms nothing.
"""

import asyncio
import errno
import os
import stat
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

from aiohttp import web

from studium.project.files.beneath import rename_noreplace
from studium.project.files.blocks import BlockWriter, write_all
from studium.project.files.download import entity_tag, too_large
from studium.project.files.errors import file_errors
from studium.project.files.home import Home
from studium.project.files.names import temporary_name
from studium.project.files.operations import new_path
from studium.project.files.paths import invalid_path, shown
from studium.project.files.trash import make_folders
from studium.protocol.errors import ErrorCode, StudiumError

MAX_UPLOAD_BYTES: Final = 10 * 1024**3
"""The default limit of one upload: large data belongs to a tool that can go on where it stopped."""

_HAS_PROC: Final = Path("/proc/self/fd").exists()


class Target:
    """A file in the making. Methods block. ``discard`` at the end, also after ``commit``."""

    def __init__(self, home: Home, path: str, *, exclusive: bool, expected_bytes: int | None) -> None:
        self.path = path
        self._lock = threading.Lock()  # a cancelled request leaves its thread at work: its descriptor must stay its own
        self._exclusive = exclusive
        # Through a link to a file, the file is replaced and not the link, as every editor does.
        self._parent_fd, self._name = home.open_parent(path if exclusive else home.canonical(path))
        self._temporary: str | None = None
        self._fd = -1
        try:
            with file_errors(path):
                self._old = self._look(expected_bytes)
                self._open()
        except BaseException:
            self.discard()
            raise

    def _look(self, expected_bytes: int | None) -> os.stat_result | None:
        """What is there now; refuse early what could only fail after a long upload."""
        try:
            old = os.stat(self._name, dir_fd=self._parent_fd, follow_symlinks=False)
        except FileNotFoundError:
            old = None
        if old is not None and self._exclusive:
            raise FileExistsError(errno.EEXIST, "exists")
        if old is not None and stat.S_ISDIR(old.st_mode):
            raise IsADirectoryError(errno.EISDIR, "folder")
        if old is not None and not stat.S_ISREG(old.st_mode):
            raise invalid_path(self.path, f"{shown(self.path)} is a device, a pipe or a socket, not a file.")
        space = os.fstatvfs(self._parent_fd)
        if expected_bytes is not None and expected_bytes > space.f_bavail * space.f_frsize:
            raise OSError(errno.ENOSPC, "full")
        return old

    def _open(self) -> None:
        if _HAS_PROC:
            with suppress(OSError):
                self._fd = os.open(".", os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, 0o666, dir_fd=self._parent_fd)
                return
        name = temporary_name()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._fd = os.open(name, flags, 0o666, dir_fd=self._parent_fd)
        self._temporary = name

    def write(self, data: bytes | bytearray) -> None:
        """Append to the file."""
        with self._lock, file_errors(self.path):
            write_all(self._fd, data)

    def commit(self) -> os.stat_result:
        """Force it to the disk and give it its name."""
        with self._lock, file_errors(self.path):
            if self._old is not None:
                os.fchmod(self._fd, stat.S_IMODE(self._old.st_mode))
                with suppress(PermissionError):
                    os.fchown(self._fd, self._old.st_uid, self._old.st_gid)
            os.fsync(self._fd)
            if self._exclusive and self._temporary is None:
                self._link(self._name)
            else:
                if self._temporary is None:
                    name = temporary_name()
                    self._link(name)
                    self._temporary = name
                if self._exclusive:
                    rename_noreplace(self._parent_fd, self._temporary, self._parent_fd, self._name)
                else:
                    os.rename(self._temporary, self._name, src_dir_fd=self._parent_fd, dst_dir_fd=self._parent_fd)
                self._temporary = None
            self._sync_folder()
            return os.fstat(self._fd)

    @property
    def is_new(self) -> bool:
        """Was there nothing of this name before?"""
        return self._old is None

    def discard(self) -> None:
        """Close everything; remove what was not committed."""
        with self._lock:
            self._discard()

    def _discard(self) -> None:
        if self._temporary is not None:
            with suppress(FileNotFoundError):
                os.unlink(self._temporary, dir_fd=self._parent_fd)
            self._temporary = None
        for fd in (self._fd, self._parent_fd):
            if fd >= 0:
                os.close(fd)
        self._fd = self._parent_fd = -1

    def _link(self, name: str) -> None:
        os.link(f"/proc/self/fd/{self._fd}", name, dst_dir_fd=self._parent_fd, follow_symlinks=True)

    def _sync_folder(self) -> None:
        fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self._parent_fd)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


async def upload(request: web.Request, home: Home, path: str, limit_bytes: int) -> web.Response:
    """Store the body at ``path``.

    ``If-None-Match: *`` refuses to overwrite; ``?parents=1`` makes missing folders. The answer is 201 for a new file
    and 204 for one that was replaced, with the ``ETag``.
    """
    new_path(path)
    expected = request.content_length
    if expected is not None and expected > limit_bytes:
        raise too_large(path, limit_bytes)
    exclusive = request.headers.get("If-None-Match", "").strip() == "*"
    if request.query.get("parents") == "1":
        await asyncio.to_thread(make_folders, home, path.rpartition("/")[0])
    target = await asyncio.to_thread(Target, home, path, exclusive=exclusive, expected_bytes=expected)
    try:
        received = await _receive(request, target, limit_bytes)
        if expected is not None and received != expected:
            raise _broken_off(path)
        status = await asyncio.to_thread(target.commit)
    finally:
        await asyncio.shield(asyncio.to_thread(target.discard))
    return web.Response(status=201 if target.is_new else 204, headers={"ETag": entity_tag(status)})


async def _receive(request: web.Request, target: Target, limit_bytes: int) -> int:
    received = 0
    writer = BlockWriter(target.write)
    try:
        async for chunk in request.content.iter_any():
            received += len(chunk)
            if received > limit_bytes:
                raise too_large(target.path, limit_bytes)
            await writer.add(chunk)
        await writer.finish()
    except (web.RequestPayloadError, ConnectionError) as error:
        raise _broken_off(target.path) from error
    finally:
        await writer.settle()
    return received


def _broken_off(path: str) -> StudiumError:
    message = f"The upload of {shown(path)} broke off; nothing was changed. Upload it again."
    return StudiumError(ErrorCode.INVALID_REQUEST, message, path=path)
