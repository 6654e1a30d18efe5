"""Keeps an IPython kernel from printing faster than anybody can take it: run in the kernel when it has just begun.

What a kernel publishes is kept in memory until it is read, without a bound, by whoever reads it. Here a program waits
where it prints, as it would on a full pipe. Interrupting it works as ever.
"""

import contextlib
import sys
import time
from collections.abc import Callable
from typing import Any

CHARACTERS_A_SECOND = 20_000_000
BURST_CHARACTERS = 20_000_000
MESSAGE_CHARACTERS = 2_000_000


def limited(stream: Any) -> Callable[[Any], Any]:
    """The ``write`` of a stream, as it is, but for who writes much: that is sent in small messages, and waits."""
    original = stream.write
    room = float(BURST_CHARACTERS)
    last = time.monotonic()
    unsent = 0

    def write(text: Any) -> Any:
        nonlocal unsent
        unsent += len(text)
        return original(text) if unsent < MESSAGE_CHARACTERS else write_much(text)

    def write_quickly(text: Any) -> Any:
        """What ``QuickOutStream.write`` does, without a call for each of the two."""
        nonlocal unsent
        if stream.armed and type(text) is str:
            size = len(text)
            unsent += size
            if unsent < MESSAGE_CHARACTERS:
                try:
                    header_here().put(text)
                except (LookupError, AttributeError):
                    return original(text)
                return size
            return write_much(text)
        return write(text)

    def write_much(text: Any) -> Any:
        nonlocal unsent
        for start in range(0, len(text), MESSAGE_CHARACTERS):
            original(text[start : start + MESSAGE_CHARACTERS])
            stream.flush()
        wait(unsent)
        unsent = 0
        return len(text)

    def wait(count: int) -> None:
        nonlocal room, last
        now = time.monotonic()
        room = min(room + (now - last) * CHARACTERS_A_SECOND, BURST_CHARACTERS) - count
        last = now
        if room < 0:
            time.sleep(-room / CHARACTERS_A_SECOND)

    if isinstance(getattr(stream, "armed", None), bool):  # of ``fast_output.py``
        header_here = stream._parent_header.get
        return write_quickly
    return write


def begin() -> None:
    """Limit the streams, from the first cell on. IPython puts a ``write`` of its own into them for each cell, to keep
    a second copy of all that is printed, for magics that write notebooks: a flood would fill the memory with it."""
    from IPython import get_ipython

    shell: Any = get_ipython()
    class_ = type(shell)
    if hasattr(class_, "_tee"):
        class_._tee = lambda _shell, channel: contextlib.nullcontext(channel)

    def limit() -> None:
        shell.events.unregister("pre_execute", limit)
        for stream in (sys.stdout, sys.stderr):
            stream.write = limited(stream)  # type: ignore[method-assign]

    shell.events.register("pre_execute", limit)


begin()
