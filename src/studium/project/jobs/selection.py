"""What a job works on: paths that were asked for become things with a name at their target, or a clear error.

All of it is looked at before anything is done, so that a name that is taken stops a job before it starts.
"""

import stat
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from studium.project.files.home import Home
from studium.project.files.listing import join
from studium.project.files.names import is_ours
from studium.project.files.paths import clean_path, invalid_path, shown
from studium.project.files.staging import taken
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.jobs import Clash

MAX_PATHS: Final = 10_000
"""Things that one job is given: as many as a folder lists."""


@dataclass(frozen=True, slots=True)
class Item:
    """A file or folder at ``path`` that is to be at ``target``."""

    path: str
    target: str


def chosen(paths: Sequence[str], *, whole: bool = False) -> list[str]:
    """The paths, checked, each once, without what lies below another one of them. ``whole``: the home itself may be
    one. Raises ``StudiumError``."""
    if not paths:
        raise StudiumError(ErrorCode.INVALID_VALUE, "There is nothing to do. Choose at least one file.", field="paths")
    if len(paths) > MAX_PATHS:
        message = f"{len(paths)} files were chosen; at most {MAX_PATHS} can be at once. Choose their folder instead."
        raise StudiumError(ErrorCode.TOO_LARGE, message, limit=MAX_PATHS)
    clean: dict[str, None] = {}
    for path in paths:
        clean_path(path)
        if not path and not whole:
            raise invalid_path(path, "This cannot be done to the home folder itself. Choose what is in it.")
        if path and is_ours(path):
            raise invalid_path(path, f"{shown(path)} is kept by Studium itself, as the trash is. Restore it first.")
        clean[path] = None
    if "" in clean:
        return [""]
    return [path for path in clean if not any(above in clean for above in _above(path))]


def folder_of(home: Home, path: str) -> str:
    """Check that ``path`` is a folder into which something can be put. Raises ``StudiumError``."""
    clean_path(path)
    if path and is_ours(path):
        raise invalid_path(path, f"The name {shown(path)} is kept for Studium itself. Choose another folder.")
    if not stat.S_ISDIR(home.stat(path).st_mode):
        raise invalid_path(path, f"{shown(path)} is a file, not a folder. Choose a folder.")
    return path


def plan(home: Home, paths: Sequence[str], to: str, clash: Clash, *, move: bool) -> tuple[list[Item], int]:
    """What comes where, and how many are skipped since their names are taken. Blocks; raises ``StudiumError``: with
    ``Clash.FAIL`` the names that are taken."""
    folder = home.canonical(folder_of(home, to))
    items: list[Item] = []
    conflicts: list[str] = []
    targets: set[str] = set()
    skipped = 0
    for path in chosen(paths):
        is_folder = stat.S_ISDIR(home.stat(path, follow=False).st_mode)
        place = home.place(path)
        target = join(to, path.rpartition("/")[2])
        at = join(folder, path.rpartition("/")[2])
        if is_folder and (folder == place or folder.startswith(f"{place}/")):
            raise invalid_path(to, f"{shown(path)} cannot be put into itself. Choose another folder.")
        if at == place and move:
            continue  # it is there already
        is_taken = target in targets or _exists(home, target)
        if is_taken and clash is Clash.SKIP:
            skipped += 1
            continue
        if is_taken and clash is Clash.FAIL:
            conflicts.append(target)
        if is_taken and clash is Clash.REPLACE:
            _check_replaced(target, at, place, twice=target in targets)
        targets.add(target)
        items.append(Item(path, target))
    if conflicts:
        raise taken(conflicts)
    return items, skipped


def _check_replaced(target: str, at: str, place: str, *, twice: bool) -> None:
    if twice:
        raise invalid_path(target, f"Two of the chosen files are named like {shown(target)}. Keep both instead.")
    if at == place:
        raise invalid_path(target, f"{shown(target)} cannot be replaced by itself. Keep both instead.")
    if place.startswith(f"{at}/"):
        raise invalid_path(target, f"{shown(target)} holds what would replace it. Move that elsewhere first.")


def name_of(paths: Sequence[str]) -> str:
    """What a person calls them: the name, or how many they are."""
    return paths[0].rpartition("/")[2] if len(paths) == 1 else f"{len(paths)} items"


def _exists(home: Home, path: str) -> bool:
    try:
        home.stat(path, follow=False)
    except StudiumError as error:
        if error.code is ErrorCode.NOT_FOUND:
            return False
        raise
    return True


def _above(path: str) -> list[str]:
    names = path.split("/")
    return ["/".join(names[:count]) for count in range(1, len(names))]
