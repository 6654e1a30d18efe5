"""Small pictures for tests, whole and true to their formats."""

import base64
import struct
import zlib

WEBP = base64.b64decode("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA")
"""1 × 1, lossy."""

WEBP_LOSSLESS = base64.b64decode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
"""1 × 1, lossless."""


def png(width: int = 128, height: int = 128, colour: tuple[int, int, int] = (52, 84, 209)) -> bytes:
    """A PNG of one colour."""
    row = b"\0" + bytes(colour) * width
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(row * height))
        + chunk(b"IEND", b"")
    )


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def extended_webp(width: int, height: int, flags: int = 0) -> bytes:
    """The head of a WebP that says its size in a chunk of its own."""
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes([flags, 0, 0, 0]) + size + WEBP[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body
