"""What is text, and what is too large."""

import pytest

from studium.protocol.errors import ErrorCode, StudiumError
from studium.sync.formats import MAX_FILE_BYTES, TextStyle, check_size, decode_text, too_large_to_edit


@pytest.mark.parametrize("data", [b"a\0b", b"caf\xe9", b"\xff\xfea\0", b"\xed\xa0\x80"])
def test_what_is_not_text_is_refused(data: bytes) -> None:
    with pytest.raises(StudiumError, match=r"picture\.png is not a text file") as caught:
        decode_text(data, "picture.png")
    assert caught.value.code is ErrorCode.NOT_TEXT


def test_styles() -> None:
    assert decode_text(b"", "a") == ("", TextStyle())
    assert decode_text(b"\xef\xbb\xbfa\r\nb", "a") == ("a\nb", TextStyle(bom=True, newline="\r\n"))
    assert decode_text(b"a\rb\r", "a") == ("a\nb\n", TextStyle(newline="\r"))
    assert decode_text(b"a\nb\r\nc\n", "a") == ("a\nb\nc\n", TextStyle(endings="nbn"))


def test_limits() -> None:
    check_size(MAX_FILE_BYTES, "a.csv")
    with pytest.raises(StudiumError, match=r"50 MB"):
        check_size(MAX_FILE_BYTES + 1, "a.csv")
    assert "a.csv has 11 MB; files above 10 MB" in too_large_to_edit(11 * 2**20, "a.csv").message
