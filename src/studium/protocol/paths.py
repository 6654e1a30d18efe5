"""Project paths as text: what is a path, and what can never be one.

A *project path* is relative to the project's home, ``/`` between names, the empty path being the home itself.
"""

from typing import Final

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
