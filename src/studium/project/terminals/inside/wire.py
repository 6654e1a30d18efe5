"""What holder and project server say to each other: frames of one kind each, over a Unix socket.

A frame is four bytes of length (of what follows them), one byte of kind, and a body. ``JSON`` bodies are objects;
all others begin with the 16 characters of a terminal's key.
"""

import json
import struct
from collections.abc import Iterator
from typing import Any, Final

JSON: Final = 0
INPUT: Final = 1  # to the holder: what was typed
OUTPUT: Final = 2  # from the holder: what the program wrote
SCREEN: Final = 3  # from the holder: what is shown, with all modes
TEXT: Final = 4  # from the holder: the scroll-back and the screen as plain text

UNASKED: Final = b"\0"
ASKED: Final = b"\1"
"""The first byte of a screen: whether it answers a question, or is news for everybody."""
KEY_BYTES: Final = 16
MAX_FRAME_BYTES: Final = 16 * 1024**2
_HEAD: Final = struct.Struct("!IB")


def pack(kind: int, key: str, body: bytes) -> bytes:
    """A frame of a terminal."""
    return _HEAD.pack(1 + KEY_BYTES + len(body), kind) + key.encode() + body


def pack_json(message: dict[str, Any]) -> bytes:
    """A frame of JSON."""
    body = json.dumps(message).encode()
    return _HEAD.pack(1 + len(body), JSON) + body


class Frames:
    """Frames out of bytes as they come. Raises ``ValueError`` for what cannot be one."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The kinds and bodies that are whole now."""
        self._data += data
        position = 0
        try:
            while len(self._data) - position >= _HEAD.size:
                length, kind = _HEAD.unpack_from(self._data, position)
                if not 1 <= length <= MAX_FRAME_BYTES:
                    raise ValueError(f"a frame of {length} bytes")
                end = position + 4 + length
                if len(self._data) < end:
                    break
                yield kind, bytes(self._data[position + _HEAD.size : end])
                position = end
        finally:
            del self._data[:position]
