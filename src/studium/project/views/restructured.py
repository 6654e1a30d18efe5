"""reStructuredText as HTML, as a program in the inner ring draws it (``inside/restructured.py``)."""

import sys
from pathlib import Path
from typing import Final

import msgspec

from studium.project.files.paths import shown
from studium.project.kernels.inner import InnerRing
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.views import DrawnText

PROGRAM: Final = Path(__file__).parent / "inside" / "restructured.py"
SECONDS: Final = 15.0


class _Said(msgspec.Struct):
    unreadable: str = ""
    html: str = ""
    problems: str = ""


async def draw(inner: InnerRing, place: Path, path: str) -> DrawnText:
    """Draw the text at ``place``. Raises ``invalid_value`` for what cannot be drawn, and ``timeout``."""
    said = await inner.ask([sys.executable, "-I", str(PROGRAM), str(place)], timeout_seconds=SECONDS)
    if not said:
        message = f"{shown(path)} took too long to draw, or too much memory. Make it shorter."
        raise StudiumError(ErrorCode.TIMEOUT, message, path=path)
    try:
        answer = msgspec.json.decode(said, type=_Said)
    except msgspec.DecodeError:
        answer = _Said(unreadable="what it makes is too long")
    if answer.unreadable:
        message = f"{shown(path)} cannot be drawn as reStructuredText: {answer.unreadable}."
        raise StudiumError(ErrorCode.INVALID_VALUE, message, path=path)
    return DrawnText(answer.html, answer.problems)
