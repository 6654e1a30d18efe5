"""Damages the newest page of a write-ahead log of SQLite, as a power cut in the middle of writing it does."""

import random
from pathlib import Path

_HEADER_BYTES = 32
_FRAME_HEADER_BYTES = 24


def newest_frame(log: bytes) -> tuple[int, int] | None:
    """Where the last frame of the log begins and ends. Frames of an earlier turn of the log lie behind it: they carry
    other salts."""
    if len(log) < _HEADER_BYTES:
        return None
    page_bytes = int.from_bytes(log[8:12])
    salts = log[16:24]
    at, found = _HEADER_BYTES, None
    while at + _FRAME_HEADER_BYTES + page_bytes <= len(log) and log[at + 8 : at + 16] == salts:
        found = (at, at + _FRAME_HEADER_BYTES + page_bytes)
        at = found[1]
    return found


def tear(path: Path, chance: random.Random) -> str:
    """Tear the newest page at a random byte; how, in words. A log that holds nothing stays as it is."""
    log = path.read_bytes() if path.exists() else b""
    frame = newest_frame(log)
    if frame is None:
        return "the log was empty"
    start, end = frame
    at = chance.randrange(start, end)
    way = chance.choice(["cut", "zeroed", "garbled", "one bit wrong"])
    with path.open("r+b") as file:
        if way == "cut":
            file.truncate(at)
        else:
            file.seek(at)
            if way == "zeroed":
                file.write(bytes(end - at))
            elif way == "garbled":
                file.write(bytes(byte ^ 0x55 for byte in log[at:end]))
            else:
                file.write(bytes([log[at] ^ 1]))
    return f"{way} at byte {at - start} of the last page"
