"""Names in a project that are ours: never listed, never watched, never the target of an operation."""

import secrets
from typing import Final

TRASH: Final = ".trash"
"""The folder in the home that holds what was deleted."""

JOBS: Final = ".studium-jobs.tmp"
"""The folder in the home in which jobs make what gets its name when it is whole."""

UPLOADS: Final = ".studium-uploads.tmp"
"""The folder in the home that holds uploads that are not complete."""

_PREFIX: Final = ".studium-"
_SUFFIX: Final = ".tmp"


def temporary_name(owner: str = "") -> str:
    """A name for a file that is not finished: beside the one that it will replace, whatever length that name has.
    ``owner`` (hexadecimal) names whose it is, for whoever finds it later."""
    return f"{_PREFIX}{owner}{secrets.token_hex(8)}{_SUFFIX}"


def is_temporary_of(owner: str, name: str) -> bool:
    """Is this a ``temporary_name`` made for ``owner``?"""
    return name.startswith(_PREFIX + owner) and name.endswith(_SUFFIX)


def is_hidden(folder: str, name: str) -> bool:
    """Is ``name`` in the project folder ``folder`` one of ours? Hidden files of people (``.bashrc``) are theirs."""
    if name.startswith(_PREFIX) and name.endswith(_SUFFIX):
        return True
    return not folder and name == TRASH


def in_trash(path: str) -> bool:
    """Is this the trash or in it?"""
    return path.partition("/")[0] == TRASH


def is_ours(path: str) -> bool:
    """Is this one of our names, or below one?"""
    folder = ""
    for name in path.split("/"):
        if is_hidden(folder, name):
            return True
        folder = f"{folder}/{name}" if folder else name
    return False
