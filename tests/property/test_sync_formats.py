"""A file that is opened and saved is the same, byte for byte; an edit changes its own line only."""

from hypothesis import given
from hypothesis import strategies as st

from studium.sync.formats import decode_text, encode_text

_pieces = st.lists(st.tuples(st.text("aé😀 x", max_size=4), st.sampled_from(["\n", "\r\n", "\r"])), max_size=12)


@given(bom=st.booleans(), pieces=_pieces, last=st.text("aé", max_size=3))
def test_an_untouched_file_keeps_its_bytes(bom: bool, pieces: list[tuple[str, str]], last: str) -> None:
    content = "".join(line + ending for line, ending in pieces) + last
    data = (b"\xef\xbb\xbf" if bom else b"") + content.encode()
    text, style = decode_text(data, "a.txt")
    assert "\r" not in text
    again, same = encode_text(text, style, text)
    assert again == data
    assert encode_text(text, same, text)[0] == data


@given(pieces=_pieces, which=st.integers(0, 20))
def test_an_edited_line_leaves_the_endings_of_the_others(pieces: list[tuple[str, str]], which: int) -> None:
    lines = [f"{number}{line}" for number, (line, _) in enumerate(pieces)]
    endings = [ending for _, ending in pieces]
    data = "".join(line + ending for line, ending in zip(lines, endings, strict=True)).encode()
    text, style = decode_text(data, "a.txt")
    if lines:
        lines[which % len(lines)] += "!"
    edited = "".join(line + "\n" for line in lines)
    expected = "".join(line + ending for line, ending in zip(lines, endings, strict=True)).encode()
    assert encode_text(edited, style, text)[0] == expected
