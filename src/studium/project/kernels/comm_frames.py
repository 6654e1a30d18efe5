"""Binary frames of the kernel socket: a widget's message with its buffers (``protocol/kernels.py`` says how)."""

import struct
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.kernels import CommFrame
from studium.sync.notebook.values import MAX_DEPTH, depth_of

KINDS: Final = frozenset({"comm_open", "comm_msg", "comm_close"})
_LENGTH: Final = struct.Struct("!I")
_decoder = msgspec.json.Decoder(CommFrame)


def pack(frame: CommFrame, buffers: Sequence[bytes]) -> bytes:
    """A frame; its ``buffers`` need not be filled in."""
    told = msgspec.structs.replace(frame, buffers=[len(buffer) for buffer in buffers])
    head = msgspec.json.encode(told)
    return b"".join([_LENGTH.pack(len(head)), head, *buffers])


def unpack(data: bytes) -> tuple[CommFrame, list[bytes]]:
    """A frame as a browser sent it. Raises ``StudiumError`` for what is none."""
    if len(data) < _LENGTH.size:
        raise _invalid("it is too short")
    (size,) = _LENGTH.unpack_from(data)
    start = _LENGTH.size + size
    if start > len(data):
        raise _invalid("it ends before its JSON does")
    try:
        frame = _decoder.decode(data[_LENGTH.size : start])
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _invalid(str(error)) from None
    if frame.kind not in KINDS:
        raise _invalid(f"its kind is {frame.kind[:40]!r}")
    if depth_of([frame.content, frame.metadata]) > MAX_DEPTH:
        raise _invalid("it is nested too deeply")
    if any(length < 0 for length in frame.buffers) or start + sum(frame.buffers) != len(data):
        raise _invalid("its buffers are not as long as it says")
    buffers = []
    for length in frame.buffers:
        buffers.append(data[start : start + length])
        start += length
    return frame, buffers


def sound(content: dict[str, Any]) -> bool:
    """Whether a content of the kernel's can be passed on: a page reads it by recursion."""
    return depth_of(content) <= MAX_DEPTH


def _invalid(why: str) -> StudiumError:
    return StudiumError(ErrorCode.INVALID_REQUEST, f"This is no message of a widget: {why}.")
