"""Tells documents that a folder above theirs was renamed, deleted or made: the kernel tells the watch of a folder
nothing of what happens higher up.

One watch a folder serves all documents below it, and only what happens to the names on their ways counts.
"""

from collections.abc import Callable
from pathlib import Path

from studium.project.watcher import Watcher, WatchEvent, WatchKind
from studium.protocol.errors import StudiumError


class _Folder:
    """One watched folder: whom to tell, by the name that leads to them."""

    def __init__(self) -> None:
        self.names: dict[str, dict[object, Callable[[], None]]] = {}
        self.unwatch: Callable[[], None] | None = None

    def on_event(self, event: WatchEvent) -> None:
        if event.kind is WatchKind.CHANGED:
            return
        if event.name is None:
            told = [callback for callbacks in self.names.values() for callback in callbacks.values()]
        else:
            told = list(self.names.get(event.name, {}).values())
        for callback in told:
            callback()


class Ancestors:
    """Of all documents of a project."""

    def __init__(self, home: Path, watcher: Watcher) -> None:
        self._home = home
        self._watcher = watcher
        self._folders: dict[str, _Folder] = {}

    def hold(self, path: str, changed: Callable[[], None]) -> Callable[[], None]:
        """Call ``changed`` when a folder on the way to ``path`` comes or goes, until the returned function is called.
        After a call, let go and hold again: the folders may be others."""
        names = path.split("/")
        held: list[tuple[str, _Folder, str]] = []
        key = object()
        for index, name in enumerate(names[:-1]):
            above = "/".join(names[:index])
            folder = self._folder(above)
            if folder is None:
                break  # the folder is missing; the one above it will tell when it is made
            folder.names.setdefault(name, {})[key] = changed
            held.append((above, folder, name))

        def let_go() -> None:
            for above, folder, name in held:
                folder.names.get(name, {}).pop(key, None)
                if not folder.names.get(name):
                    folder.names.pop(name, None)
                if not folder.names:
                    if self._folders.get(above) is folder:
                        del self._folders[above]
                    if folder.unwatch is not None:
                        folder.unwatch()
                        folder.unwatch = None
            held.clear()

        return let_go

    def _folder(self, path: str) -> _Folder | None:
        folder = self._folders.get(path)
        if folder is not None:
            return folder
        folder = _Folder()

        def on_event(event: WatchEvent) -> None:
            if event.kind is WatchKind.GONE and self._folders.get(path) is folder:
                del self._folders[path]  # who holds again gets a new watch
            folder.on_event(event)

        try:
            folder.unwatch = self._watcher.watch(self._home / path, on_event)
        except StudiumError:
            return None
        self._folders[path] = folder
        return folder
