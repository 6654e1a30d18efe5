"""Looks through a home for the file that holds certain bytes: where a file has gone that was renamed while nobody held
on to it. Blocking, bounded in what it looks at.
"""

import os
import time
from collections import deque

from studium.project.documents.disk import read_file
from studium.project.files.home import Home
from studium.project.files.names import in_trash, is_hidden
from studium.project.files.paths import clean_path
from studium.protocol.errors import StudiumError
from studium.sync.format import may_be

MAX_ENTRIES = 50_000  # names that are looked at; some 0.2 s
MAX_READ = 20  # files of the right size that are read
_SKIPPED = (".git", "node_modules")  # large, and no place for what people edit


def find_content(home: Home, size_bytes: int, digest: bytes, not_at: set[str]) -> str | None:
    """The file that holds these bytes and is at none of the places ``not_at``; of several, the one that was renamed or
    written last. Folders near the home are searched before deep ones."""
    folders = deque([""])
    left = MAX_ENTRIES
    found: list[tuple[int, str]] = []
    while folders and left > 0:
        folder = folders.popleft()
        try:
            fd = home.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except StudiumError:
            continue
        try:
            with os.scandir(fd) as entries:
                for entry in entries:
                    left -= 1
                    path = f"{folder}/{entry.name}" if folder else entry.name
                    if left < 0 or entry.name in _SKIPPED or in_trash(path) or is_hidden(folder, entry.name):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(path)
                    elif entry.is_file(follow_symlinks=False) and path not in not_at:
                        status = entry.stat(follow_symlinks=False)
                        if status.st_size == size_bytes:
                            found.append((status.st_ctime_ns, path))
        except OSError:
            continue
        finally:
            os.close(fd)
    for _, path in sorted(found, reverse=True)[:MAX_READ]:
        try:
            there = read_file(home, clean_path(path), may_be(path), None, time.time_ns())
        except StudiumError:
            continue
        if there is not None and there.known.hash == digest:
            return path
    return None
