"""Project paths as text: what is a path, and what is refused before the file system is asked.

A *project path* is relative to the project's home, ``/`` between names, the empty path being the home itself. How it
becomes an open file is in ``home.py``.

Names are bytes to the kernel. Those that are not UTF-8 are shown (``display_name``) and refused everywhere else.
"""

import os
from typing import Final
from urllib.parse import unquote_to_bytes

from studium.protocol.errors import ErrorCode, StudiumError

NAME_BYTES: Final = 255
"""The longest name that Linux file systems store."""
PATH_BYTES: Final = 4000
"""A little under the kernel's PATH_MAX, for what the home adds."""


def shown(path: str) -> str:
    """A project path as a sentence names it: short, on one line."""
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in path)
    return f"“{text if len(text) <= 200 else text[:100] + '…' + text[-99:]}”" if path else "the home folder"


def invalid_path(path: str, message: str) -> StudiumError:
    """The error of a path that can never be right."""
    return StudiumError(ErrorCode.INVALID_PATH, message, path=path[:PATH_BYTES])


def clean_path(text: str) -> str:
    """Check a project path that came from outside. Raises ``invalid_path``; never changes what it lets through."""
    if not text:
        return text
    if text.startswith("/"):
        raise invalid_path(text, f"The path {shown(text)} starts with “/”. Paths start at the project's home.")
    if "\0" in text:
        raise invalid_path(text.replace("\0", "\N{REPLACEMENT CHARACTER}"), "A path cannot contain a NUL character.")
    try:
        if len(text.encode()) > PATH_BYTES:
            raise invalid_path(text, f"The path {shown(text)} is longer than {PATH_BYTES} bytes. Use shorter names.")
    except UnicodeEncodeError:
        raise invalid_path("", "The path is not valid Unicode text. Rename the file in a terminal.") from None
    for name in text.split("/"):
        if name in ("", ".", ".."):
            what = f"the name “{name}”" if name else "an empty name"
            raise invalid_path(text, f"The path {shown(text)} contains {what}. Write the path without it.")
        if len(name.encode()) > NAME_BYTES:
            raise invalid_path(text, f"The name {shown(name)} is longer than {NAME_BYTES} bytes. Use a shorter name.")
    return text


def clean_new_path(text: str) -> str:
    """Check the path of something to be made: as ``clean_path``, and no line breaks or control characters in it."""
    name = clean_path(text).rpartition("/")[2]
    if not name:
        raise invalid_path(text, "The home folder is there already. Give a name.")
    if any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u2028\u2029" for c in name):
        raise invalid_path(text, f"The name {shown(name)} contains a line break or a control character. Leave it out.")
    return text


def decode_path(raw: str) -> str:
    """The project path in a URL: percent-encoded, one segment a name. ``%2F`` is no way to smuggle a separator."""
    names = []
    for segment in raw.split("/") if raw else ():
        try:
            name = unquote_to_bytes(segment).decode()
        except UnicodeDecodeError:
            raise invalid_path("", "The path is not valid UTF-8. Rename the file in a terminal.") from None
        if "/" in name:
            raise invalid_path(name, f"The name {shown(name)} contains “/”. Encode each name of a path by itself.")
        names.append(name)
    return clean_path("/".join(names)) if len(names) != 1 or names[0] else ""


def display_name(name: str) -> tuple[str, bool]:
    """A name from the file system as it can travel, and whether it is really its name (it was UTF-8)."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("utf-8", "backslashreplace"), False
    return name, True
