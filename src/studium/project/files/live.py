"""Live folders: what is in a folder, kept true by the kernel's events, shared by everybody who looks at it.

One ``LiveFolder`` serves all connections that follow a path. It watches first and lists second, so that nothing is
missed; an event only marks a name as *to be looked at*, so that merged, doubled and late events do no harm. The law,
tested with random programs: the snapshot and the changes after it, applied in turn, equal a fresh listing.

The kernel says nothing to the watch of ``a/b`` when ``a`` is renamed. So a folder whose entry changed tells the
followed folders below it to see whether they are still the same; renames through Studium tell them too.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from studium.project.files.home import Home
from studium.project.files.listing import MAX_ENTRIES, join, list_folder, look_at
from studium.project.files.names import is_hidden
from studium.project.files.paths import display_name, shown
from studium.project.watcher import Watcher, WatchEvent, WatchKind
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.files import Directory, DirectoryChanged, DirectoryFailed, Entry, EntryKind

GATHER_SECONDS: Final = 0.02
"""How long the first event of a burst waits for its neighbours."""
INTERVAL_SECONDS: Final = 0.1
"""The least time between two changes of one folder: ten a second are as live as a person can see."""
MAX_MARKED: Final = 2_000
"""Marked names beyond this: looking at the whole folder is cheaper."""

Listener = Callable[[DirectoryChanged | DirectoryFailed], None]


class LiveFolder:
    """One followed folder. Made and dropped by ``LiveFolders``."""

    def __init__(self, home: Home, watcher: Watcher, path: str, on_moved: Callable[[str], None]) -> None:
        self.path = path
        self.listeners: set[Listener] = set()
        self.opening = asyncio.Lock()
        self.is_open = False
        self.failed = False
        self._on_moved = on_moved
        self._check_place = False
        self._home = home
        self._watcher = watcher
        self._entries: dict[str, Entry] = {}
        self._truncated = False
        self._identity: tuple[int, int] | None = None
        self._marked: set[str] = set()
        self._all_marked = False
        self._gone = False
        self._wake = asyncio.Event()
        self._unwatch: Callable[[], None] | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Watch and list. Raises ``StudiumError``."""
        directory, self._identity = await asyncio.to_thread(self._locate)
        self._unwatch = self._watcher.watch(directory, self._on_event)
        try:
            self._entries, self._truncated = await asyncio.to_thread(list_folder, self._home, self.path)
        except BaseException:
            self._unwatch()
            raise
        self.is_open = True
        self._task = asyncio.get_running_loop().create_task(self._follow(), name=f"folder {self.path}")

    async def close(self) -> None:
        """Follow no more."""
        self.is_open = False
        if self._unwatch is not None:
            self._unwatch()
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def snapshot(self) -> Directory:
        """All that is in the folder as far as is known; changes follow."""
        return Directory(path=self.path, entries=list(self._entries.values()), truncated=self._truncated)

    def look_again(self) -> None:
        """Something above this folder changed: see whether it is still the same folder."""
        self._check_place = True
        self._wake.set()

    def __len__(self) -> int:
        return len(self._entries)

    def _locate(self) -> tuple[Path, tuple[int, int]]:
        return self._home.resolve(self.path), self._inode()

    def _inode(self) -> tuple[int, int]:
        status = self._home.stat(self.path)
        return status.st_dev, status.st_ino

    def _on_event(self, event: WatchEvent) -> None:
        if event.kind is WatchKind.GONE:
            self._gone = True
        elif event.kind is WatchKind.OVERFLOW:
            self._all_marked = True
        elif event.name is None or is_hidden(self.path, event.name):
            return
        elif len(self._marked) < MAX_MARKED:
            self._marked.add(event.name)
        else:
            self._all_marked = True
        self._wake.set()

    async def _follow(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._wake.clear()
            try:
                await self._look()
            except StudiumError as error:
                self.failed = True
                self._tell(DirectoryFailed(path=self.path, error=error.body()))
                return
            await asyncio.sleep(INTERVAL_SECONDS - GATHER_SECONDS)

    async def _look(self) -> None:
        marked, self._marked = self._marked, set()
        everything, self._all_marked = self._all_marked, False
        check, self._check_place = self._check_place or everything, False
        if self._gone or (check and await asyncio.to_thread(self._inode) != self._identity):
            raise _gone(self.path)
        if everything:
            entries, self._truncated = await asyncio.to_thread(list_folder, self._home, self.path)
            marked = self._entries.keys() | entries.keys()
        else:
            entries = await asyncio.to_thread(look_at, self._home, self.path, marked)
        folders = [name for name in marked if self._is_folder(name)]
        change = self._apply(marked, entries)
        for name in folders:
            self._on_moved(join(self.path, name))
        if change.entries or change.removed:
            self._tell(change)

    def _is_folder(self, name: str) -> bool:
        entry = self._entries.get(name)
        return entry is not None and entry.kind is EntryKind.DIRECTORY

    def _apply(self, marked: Iterable[str], entries: dict[str, Entry]) -> DirectoryChanged:
        changed, removed = [], []
        for name in marked:
            entry = entries.get(name)
            if entry is None:
                if self._entries.pop(name, None) is not None:
                    removed.append(display_name(name)[0])
            elif entry != self._entries.get(name):
                if name not in self._entries and len(self._entries) >= MAX_ENTRIES:
                    self._truncated = True
                    continue
                self._entries[name] = entry
                changed.append(entry)
        return DirectoryChanged(path=self.path, entries=changed, removed=removed)

    def _tell(self, message: DirectoryChanged | DirectoryFailed) -> None:
        for listener in tuple(self.listeners):
            listener(message)


class LiveFolders:
    """All folders that somebody follows."""

    def __init__(self, home: Home, watcher: Watcher) -> None:
        self._home = home
        self._watcher = watcher
        self._folders: dict[str, LiveFolder] = {}

    async def follow(self, path: str, listener: Listener) -> LiveFolder:
        """Tell ``listener`` of each change from now on, until ``unfollow``. Raises ``StudiumError``."""
        folder = self._folders.get(path)
        if folder is None or folder.failed:
            folder = self._folders[path] = LiveFolder(self._home, self._watcher, path, self.moved)
        try:
            async with folder.opening:
                if not folder.is_open:
                    await folder.open()
        except BaseException:
            if not folder.is_open and self._folders.get(path) is folder:
                del self._folders[path]
            raise
        folder.listeners.add(listener)
        return folder

    async def unfollow(self, folder: LiveFolder, listener: Listener) -> None:
        """End a ``follow``; the last one out closes the folder."""
        folder.listeners.discard(listener)
        if not folder.listeners:
            if self._folders.get(folder.path) is folder:
                del self._folders[folder.path]
            await folder.close()

    def moved(self, path: str) -> None:
        """``path`` was renamed or removed: the folders below it are no longer where they were."""
        for folder in self._folders.values():
            if folder.path == path or folder.path.startswith(f"{path}/"):
                folder.look_again()

    async def close(self) -> None:
        """Follow nothing more."""
        for folder in list(self._folders.values()):
            await folder.close()
        self._folders.clear()

    def statistics(self) -> dict[str, float]:
        """Sizes now."""
        folders = self._folders.values()
        return {
            "live_folders": len(folders),
            "live_entries": sum(len(folder) for folder in folders),
            "live_listeners": sum(len(folder.listeners) for folder in folders),
        }


def _gone(path: str) -> StudiumError:
    message = f"The folder {shown(path)} was renamed or deleted. Open it at its new place."
    return StudiumError(ErrorCode.NOT_FOUND, message, path=path)
