"""What kind of picture some bytes are, by what is in them and not by what they are called. Pure.

PNG (https://www.w3.org/TR/png-3/) and WebP (https://developers.google.com/speed/webp/docs/riff_container). Only still
pictures of a small side pass: a few kilobytes may otherwise stand for gigabytes in the browser of whoever looks.
"""

MAX_SIDE_PIXELS = 256

_PNG = b"\x89PNG\r\n\x1a\n"
_ANIMATED = 0x02


def picture_type(content: bytes) -> str:
    """``image/png`` or ``image/webp``. Raises ``ValueError`` with the end of a sentence about the picture."""
    if content.startswith(_PNG) and content[12:16] == b"IHDR":
        kind, width, height = "image/png", _big(content[16:20]), _big(content[20:24])
        animated = b"acTL" in content.partition(b"IDAT")[0]
    elif content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        kind, (width, height, animated) = "image/webp", _webp(content)
    else:
        raise ValueError("is neither PNG nor WebP")
    if not (0 < width <= MAX_SIDE_PIXELS and 0 < height <= MAX_SIDE_PIXELS):
        raise ValueError(f"has {width} × {height} pixels; at most {MAX_SIDE_PIXELS} × {MAX_SIDE_PIXELS} are allowed")
    if animated:
        raise ValueError("moves; only still pictures are allowed")
    return kind


def _webp(content: bytes) -> tuple[int, int, bool]:
    """Width, height and whether it is animated."""
    match content[12:16]:
        case b"VP8 " if content[23:26] == b"\x9d\x01\x2a":
            return _little(content[26:28]) & 0x3FFF, _little(content[28:30]) & 0x3FFF, False
        case b"VP8L" if content[20:21] == b"\x2f":
            bits = _little(content[21:25])
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, False
        case b"VP8X" if len(content) >= 30:
            return _little(content[24:27]) + 1, _little(content[27:30]) + 1, bool(content[20] & _ANIMATED)
        case _:
            raise ValueError("is a WebP file without a picture")


def _big(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")
