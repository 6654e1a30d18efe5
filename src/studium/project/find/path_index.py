"""All paths of a project, for finding a file by some letters of its name.

The home is walked folder by folder, the nearest first, by descriptors and without following links, so that the walk
never leaves it. Folders that programs fill (``node_modules``) are left out unless hidden files are asked for. What is
known is used while it is walked anew.
"""

import os
import threading
import time
from collections import deque
from typing import Final

from studium.project.files.home import Home
from studium.project.files.names import TRASH, is_hidden
from studium.protocol.errors import StudiumError

MAX_PATHS: Final = 300_000
"""Some 60 MB. What is nearest to the home is known; a project with more says that it has."""
MAX_SECONDS: Final = 20.0
MAX_PATH_BYTES: Final = 4000
GENERATED: Final = frozenset({"node_modules", "__pycache__", ".git", ".hg", ".svn", ".ipynb_checkpoints"})
WORK_SECONDS: Final = 0.005
REST_SECONDS: Final = 0.001
"""After each moment of work the walk rests, so that typing stays quick."""

_TOP_GENERATED: Final = frozenset({".cache", ".local", ".npm"})


class PathIndex:
    """Paths as far as they are known. ``names`` are the paths, ``lower`` the same for comparing, ``generation`` counts
    up when they are others. A walk adds to a list of its own and shows it as it grows when nothing was known before."""

    def __init__(self, home: Home, *, hidden: bool) -> None:
        self._home = home
        self._hidden = hidden
        self._stop = threading.Event()
        self.paths: list[str] = []
        self.lower: list[str] = []
        self.truncated = False
        self.complete = False
        self.generation = 0
        self.walked_at = float("-inf")
        self.walk_seconds = 0.0

    def walk(self) -> None:
        """Look through the home. Blocks, for ``MAX_SECONDS`` at most."""
        began = time.monotonic()
        paths: list[str] = []
        lower: list[str] = []
        if not self.complete:
            self.paths, self.lower = paths, lower
            self.generation += 1
        truncated = self._fill(paths, lower, began)
        self.paths, self.lower, self.truncated = paths, lower, truncated
        self.generation += 1
        self.complete = True
        self.walked_at = time.monotonic()
        self.walk_seconds = self.walked_at - began

    def stop(self) -> None:
        """End a walk that is under way."""
        self._stop.set()

    def _fill(self, paths: list[str], lower: list[str], began: float) -> bool:
        rested = began
        folders: deque[str] = deque([""])
        while folders:
            folder = folders.popleft()
            now = time.monotonic()
            if self._stop.is_set() or now - began > MAX_SECONDS:
                return True
            if now - rested > WORK_SECONDS:
                time.sleep(REST_SECONDS)
                rested = time.monotonic()
            try:
                files, below = self._look(folder)
            except (StudiumError, OSError):
                continue  # it is gone, or may not be read
            prefix = f"{folder}/" if folder else ""
            for name in files:
                if len(paths) >= MAX_PATHS:
                    return True
                path = prefix + name
                folded = path.lower()
                # First what is looked through by others: a reader takes as many as both have.
                lower.append(path if folded == path else folded)
                paths.append(path)
            folders.extend(prefix + name for name in below if len(prefix) + len(name) < MAX_PATH_BYTES)
        return False

    def _look(self, folder: str) -> tuple[list[str], list[str]]:
        fd = self._home.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        files: list[str] = []
        below: list[str] = []
        try:
            with os.scandir(fd) as found:
                for entry in found:
                    name = entry.name
                    if is_hidden(folder, name) or not _is_text(name):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        if self._takes(folder, name):
                            below.append(name)
                    elif entry.is_file(follow_symlinks=False) or _leads_to_file(entry):
                        files.append(name)
        finally:
            os.close(fd)
        files.sort()
        below.sort(key=lambda name: (name.startswith("."), name))
        return files, below

    def _takes(self, folder: str, name: str) -> bool:
        if not folder and name == TRASH:
            return False
        if folder == ".local/share" and name == "studium":
            return False
        return self._hidden or not (name in GENERATED or (not folder and name in _TOP_GENERATED))


def _leads_to_file(entry: os.DirEntry[str]) -> bool:
    """Whether a link may be opened as a file: looked at when it is opened."""
    return entry.is_symlink()


def _is_text(name: str) -> bool:
    if name.isascii():
        return True
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
