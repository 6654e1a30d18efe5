"""Project paths as the file system and URLs have them; ``protocol/paths.py`` says what is a path.

How one becomes an open file is in ``home.py``. Names are bytes to the kernel. Those that are not UTF-8 are shown
(``display_name``) and refused everywhere else.
"""

import os
import re
from urllib.parse import unquote_to_bytes

from studium.protocol.paths import NAME_BYTES, PATH_BYTES, clean_path, invalid_path, shown

__all__ = [
    "NAME_BYTES",
    "PATH_BYTES",
    "bytes_of_displayed",
    "clean_new_path",
    "clean_path",
    "decode_path",
    "display_name",
    "invalid_path",
    "shown",
]


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


def bytes_of_displayed(name: str) -> bytes:
    """The name in the file system that ``display_name`` shows as ``name``, where that is not its own name. Bytes below
    0x80 are shown as they are: no separator and no NUL comes of this."""
    return re.sub(rb"\\x([89a-f][0-9a-f])", lambda found: bytes.fromhex(found[1].decode()), name.encode())
