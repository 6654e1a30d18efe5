"""What is taken for a picture: by its bytes, small, and still."""

import pytest

from studium.hub.pictures import MAX_SIDE_PIXELS, picture_type
from support.pictures import WEBP, WEBP_LOSSLESS, chunk, extended_webp, png


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (png(), "image/png"),
        (png(1, MAX_SIDE_PIXELS), "image/png"),
        (WEBP, "image/webp"),
        (WEBP_LOSSLESS, "image/webp"),
        (extended_webp(128, 64), "image/webp"),
    ],
)
def test_png_and_webp(content: bytes, kind: str) -> None:
    assert picture_type(content) == kind


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "neither"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "neither"),
        (b"<script>alert(1)</script>", "neither"),
        (b"GIF89a" + bytes(100), "neither"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "neither"),
        (b"\x89PNG\r\n\x1a\n", "neither"),
        (b"RIFF\0\0\0\0WEBP", "without a picture"),
        (WEBP[:20], "without a picture"),
        (png(257, 1), "257 × 1 pixels"),
        (png()[:16] + b"\xff\xff\xff\xff" * 2 + png()[24:], "4294967295"),
        (png()[:16] + bytes(8) + png()[24:], "0 × 0"),
        (extended_webp(1 << 24, 1), "16777216 × 1"),
        (extended_webp(128, 128, flags=2), "moves"),
        (png()[:33] + chunk(b"acTL", bytes(8)) + png()[33:], "moves"),
    ],
)
def test_what_is_none(content: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        picture_type(content)


def test_every_beginning_of_a_picture_is_answered_or_refused() -> None:
    for whole in (png(2, 2), WEBP, WEBP_LOSSLESS, extended_webp(3, 3)):
        for end in range(len(whole)):
            try:
                picture_type(whole[:end])
            except ValueError:
                continue
