"""Changes of directories, told by the kernel (inotify), for documents and for live directories alike.

One kernel instance serves the whole project server, and one kernel watch a directory serves all who asked for it, also
when they asked by different names. Events say only *that* something happened to a name; what is there now is for the
receiver to look up, which makes lost and merged events harmless.
"""

import asyncio
import contextlib
import errno
import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from asyncinotify import Event, Inotify, Mask, Watch

from studium.protocol.errors import ErrorCode, StudiumError

_log = logging.getLogger(__name__)

_MASK = (
    Mask.CREATE
    | Mask.MODIFY
    | Mask.CLOSE_WRITE
    | Mask.ATTRIB
    | Mask.MOVED_FROM
    | Mask.MOVED_TO
    | Mask.DELETE
    | Mask.DELETE_SELF
    | Mask.MOVE_SELF
    | Mask.ONLYDIR
    | Mask.EXCL_UNLINK
)


class WatchKind(StrEnum):
    """What happened. ``overflow``: events were lost, look at everything. ``gone``: the directory itself was deleted,
    moved or unmounted, and the watch has ended."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    OVERFLOW = "overflow"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """``name`` is an entry of the directory, or None for the directory itself (and for ``overflow`` and ``gone``).
    Names that are not UTF-8 carry surrogate escapes, as everywhere in Python."""

    name: str | None
    kind: WatchKind


WatchCallback = Callable[[WatchEvent], None]


class _Directory:
    """One kernel watch and those who want its events."""

    __slots__ = ("callbacks", "watch")

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.callbacks: dict[object, WatchCallback] = {}


class Watcher:
    """Shares inotify among the parts of a project server. Make it in the loop that uses it, ``close`` it at the end."""

    def __init__(self) -> None:
        self._inotify: Inotify | None = None
        self._reader: asyncio.Task[None] | None = None
        self._directories: dict[int, _Directory] = {}  # by watch descriptor: two names of a directory have the same
        self._events = 0
        self._overflows = 0

    def watch(self, directory: Path, callback: WatchCallback) -> Callable[[], None]:
        """Call ``callback`` in this loop for each event of ``directory`` (not of those below it) until the returned
        function is called, which may be done more than once.

        Raises ``StudiumError``: ``unavailable`` when the system's limit of watches is reached, ``not_found`` when there
        is no such directory, ``not_permitted`` when it may not be read.
        """
        watch = self._add(directory)
        entry = self._directories.get(watch.wd)
        if entry is None:
            entry = self._directories[watch.wd] = _Directory(watch)
        key = object()
        entry.callbacks[key] = callback

        def unwatch() -> None:
            if entry.callbacks.pop(key, None) is None or entry.callbacks:
                return
            if self._directories.get(watch.wd) is entry:
                del self._directories[watch.wd]
                self._remove(watch)

        return unwatch

    async def close(self) -> None:
        """End all watches."""
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
            self._reader = None
        if self._inotify is not None:
            self._inotify.close()
            self._inotify = None
        self._directories.clear()

    def statistics(self) -> dict[str, int]:
        """Counts for the metrics page."""
        return {"directories": len(self._directories), "events": self._events, "overflows": self._overflows}

    def _add(self, directory: Path) -> Watch:
        try:
            if self._inotify is None:
                self._inotify = Inotify(cache_size=64)
            if self._reader is None:
                self._reader = asyncio.get_running_loop().create_task(self._read(self._inotify), name="watcher")
            return self._inotify.add_watch(directory, _MASK)
        except OSError as error:
            raise _explain(error, directory) from error

    def _remove(self, watch: Watch) -> None:
        if self._inotify is not None:
            with contextlib.suppress(OSError):  # the kernel ends the watch of a deleted directory by itself
                self._inotify.rm_watch(watch)

    async def _read(self, inotify: Inotify) -> None:
        async for event in inotify:
            self._events += 1
            self._dispatch(event)

    def _dispatch(self, event: Event) -> None:
        if Mask.Q_OVERFLOW in event.mask:
            self._overflows += 1
            for each in list(self._directories.values()):
                _tell(each, WatchEvent(None, WatchKind.OVERFLOW))
            return
        watch = event.watch
        directory = None if watch is None else self._directories.get(watch.wd)
        if watch is None or directory is None:
            return
        if event.mask & (Mask.DELETE_SELF | Mask.MOVE_SELF | Mask.UNMOUNT | Mask.IGNORED):
            del self._directories[watch.wd]
            self._remove(watch)
            _tell(directory, WatchEvent(None, WatchKind.GONE))
            return
        name = None if event.name is None else str(event.name)
        if event.mask & (Mask.CREATE | Mask.MOVED_TO):
            kind = WatchKind.CREATED
        elif event.mask & (Mask.DELETE | Mask.MOVED_FROM):
            kind = WatchKind.DELETED
        else:
            kind = WatchKind.CHANGED
        _tell(directory, WatchEvent(name, kind))


def _tell(directory: _Directory, event: WatchEvent) -> None:
    for callback in list(directory.callbacks.values()):
        try:
            callback(event)
        except Exception:
            _log.exception("A receiver of file events failed")


def _explain(error: OSError, directory: Path) -> StudiumError:
    name = directory.name or str(directory)
    if error.errno in (errno.ENOSPC, errno.EMFILE, errno.ENFILE, errno.ENOMEM):
        setting = "max_user_watches" if error.errno == errno.ENOSPC else "max_user_instances"
        return StudiumError(
            ErrorCode.UNAVAILABLE,
            f"Changes in the folder {name} cannot be followed, because this machine's limit of file watches is reached."
            f" Close some files, or ask the administrator to raise fs.inotify.{setting}.",
            setting=f"fs.inotify.{setting}",
        )
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return StudiumError(ErrorCode.NOT_FOUND, f"There is no folder {name}.", path=str(directory))
    if error.errno in (errno.EACCES, errno.EPERM):
        return StudiumError(ErrorCode.NOT_PERMITTED, f"The folder {name} may not be read.", path=str(directory))
    return StudiumError(ErrorCode.INTERNAL, f"The folder {name} cannot be watched: {error.strerror}.")
