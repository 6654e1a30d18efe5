"""What is in an archive, as a program in the inner ring finds it (``inside/archive.py``)."""

import os
import sys
from pathlib import Path
from typing import Final

import msgspec

from studium.project.files.download import open_file
from studium.project.files.home import Home
from studium.project.files.paths import shown
from studium.project.kernels.inner import InnerRing
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.views import ArchiveListing

PROGRAM: Final = Path(__file__).parent / "inside" / "archive.py"
SECONDS: Final = 15.0
"""The program ends sooner by itself; this is for one that the machine holds up."""


class _Unreadable(msgspec.Struct):
    unreadable: str = ""


def place_of(home: Home, path: str) -> Path:
    """The place of a regular file. Blocking; raises ``StudiumError`` for everything that is not one."""
    fd, _ = open_file(home, path)
    os.close(fd)
    return home.resolve(path)


async def list_archive(inner: InnerRing, place: Path, path: str) -> ArchiveListing:
    """List the archive at ``place``. Raises ``invalid_value`` for what cannot be read as one, and ``timeout``."""
    said = await inner.ask([sys.executable, "-I", str(PROGRAM), str(place)], timeout_seconds=SECONDS)
    if not said:
        message = f"{shown(path)} took too long to list, or too much memory. Look into it in a terminal."
        raise StudiumError(ErrorCode.TIMEOUT, message, path=path)
    try:
        why = msgspec.json.decode(said, type=_Unreadable).unreadable
        if not why:
            return msgspec.json.decode(said, type=ArchiveListing)
    except msgspec.DecodeError:
        why = "its listing is too long"
    message = f"{shown(path)} cannot be read as an archive: {why}. It may be damaged, or of another kind."
    raise StudiumError(ErrorCode.INVALID_VALUE, message, path=path)
