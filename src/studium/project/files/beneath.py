"""System calls that Python does not wrap: opening beneath a folder, and renaming without overwriting.

``openat2`` (Linux 5.6) with ``RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS`` lets the kernel refuse, with EXDEV, every path
that leaves the folder: by ``..``, by an absolute link, or by a link swapped in between. On an older kernel, or where a
system call filter hides it, ``walk_beneath`` opens name by name and follows links itself: slower, the same promise.
"""

import ctypes
import errno
import os
import stat
from typing import Final

_RESOLVE_NO_MAGICLINKS: Final = 0x02
_RESOLVE_NO_SYMLINKS: Final = 0x04
_RESOLVE_BENEATH: Final = 0x08
_SYS_OPENAT2: Final = 437  # the same number on every architecture
_RENAME_NOREPLACE: Final = 1
_RENAME_EXCHANGE: Final = 2
_RACES: Final = 64  # EAGAIN means that a rename ran beside the call: a bound, so that nobody can hold us up
_LINKS: Final = 40  # as the kernel's own limit

_libc = ctypes.CDLL(None, use_errno=True)
_renameat2 = getattr(_libc, "renameat2", None)  # missing in old C libraries


class _OpenHow(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


def has_openat2(directory_fd: int) -> bool:
    """Whether the kernel answers ``openat2``; old ones and some filters do not."""
    try:
        os.close(openat2_beneath(directory_fd, "", os.O_PATH, links=True))
    except OSError:
        return False
    return True


def openat2_beneath(directory_fd: int, path: str, flags: int, *, links: bool) -> int:
    """Open an existing ``path`` beneath a folder; ``links`` allows those that stay inside. Raises ``OSError``."""
    resolve = _RESOLVE_BENEATH | _RESOLVE_NO_MAGICLINKS | (0 if links else _RESOLVE_NO_SYMLINKS)
    how = _OpenHow(flags | os.O_CLOEXEC, 0, resolve)
    name = os.fsencode(path or ".")
    for _ in range(_RACES):
        fd: int = _libc.syscall(_SYS_OPENAT2, directory_fd, name, ctypes.byref(how), ctypes.sizeof(how))
        if fd >= 0:
            return fd
        number = ctypes.get_errno()
        if number not in (errno.EAGAIN, errno.EINTR):
            break
    raise OSError(number, os.strerror(number), path)


def walk_beneath(directory_fd: int, path: str, flags: int, *, links: bool) -> int:
    """As ``openat2_beneath``, for kernels without it: each name is opened by itself, no link is left to the kernel."""
    folders = [os.open(".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=directory_fd)]
    names = [name for name in reversed(path.split("/")) if name]
    followed = 0
    try:
        while names:
            name = names.pop()
            if name == ".":
                continue
            if name == "..":  # only from a link: paths have none
                if len(folders) == 1:
                    raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), path)
                os.close(folders.pop())
                continue
            fd = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folders[-1])
            mode = os.fstat(fd).st_mode
            if stat.S_ISLNK(mode) and (names or not flags & os.O_NOFOLLOW):
                target = _read_link(fd)
                followed += 1
                if not links or followed > _LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
                if target.startswith("/"):
                    raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), path)
                names += [part for part in reversed(target.split("/")) if part]
                continue
            if not names:
                os.close(fd)
                return os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folders[-1])
            if not stat.S_ISDIR(mode):
                os.close(fd)
                raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
            folders.append(fd)
        return os.open(".", flags | os.O_CLOEXEC, dir_fd=folders[-1])
    finally:
        for fd in folders:
            os.close(fd)


def _read_link(fd: int) -> str:
    try:
        return os.readlink("", dir_fd=fd)
    finally:
        os.close(fd)


def rename_noreplace(from_fd: int, name: str, to_fd: int, to_name: str) -> None:
    """Rename within two open folders; an existing target is EEXIST, decided by the kernel in one step.

    A file system without ``RENAME_NOREPLACE`` (some network ones) gets a look before: a race is possible there for
    folders only, since a file is linked under its new name first, which never overwrites.
    """
    if _renameat2 is not None:
        if _renameat2(from_fd, os.fsencode(name), to_fd, os.fsencode(to_name), _RENAME_NOREPLACE) == 0:
            return
        number = ctypes.get_errno()
        if number not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            raise OSError(number, os.strerror(number), name)
    if stat.S_ISDIR(os.stat(name, dir_fd=from_fd, follow_symlinks=False).st_mode):
        try:
            os.stat(to_name, dir_fd=to_fd, follow_symlinks=False)
        except FileNotFoundError:
            os.rename(name, to_name, src_dir_fd=from_fd, dst_dir_fd=to_fd)
            return
        raise OSError(errno.EEXIST, os.strerror(errno.EEXIST), to_name)
    os.link(name, to_name, src_dir_fd=from_fd, dst_dir_fd=to_fd, follow_symlinks=False)
    os.unlink(name, dir_fd=from_fd)


def rename_exchange(from_fd: int, name: str, to_fd: int, to_name: str) -> bool:
    """Let two things in two open folders change places in one step; False where the file system cannot."""
    if _renameat2 is None:
        return False
    if _renameat2(from_fd, os.fsencode(name), to_fd, os.fsencode(to_name), _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number), to_name)
