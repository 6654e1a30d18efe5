"""Streams of terminals cut anywhere, layouts changed at random, and screens that are restored."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from studium.project.terminals.inside.screen import Screen
from studium.project.terminals.inside.stream import Asked, Event, Shown, Stream
from studium.project.terminals.inside.wire import Frames, pack, pack_json
from studium.project.terminals.term_file import Content, encode, parse
from studium.protocol.errors import StudiumError
from studium.protocol.terminals import Direction, TerminalEntry, TerminalLayout

PIECES = (
    "text", "e\u0301", "中文", "👍🏽", "\x1b[6n", "\x1b[c", "\x1b[>c", "\x1b[?2004h", "\x1b[?1049h", "\x1b[?1049l",
    "\x1b[1;31m", "\x1b[0m", "\x1b[58;5;1m", "\x1b]0;title\x07", "\x1b]52;c;QUJD\x07", "\x1b]52;c;QUJD\x1b\\",
    "\x1b]8;;http://a\x1b\\", "\x1bP0q#0~\x1b\\", "\x1bP$q q\x1b\\", "\x1b[2J", "\x1b[3J", "\x1b[H", "\x1bc", "\x1b=",
    "\x07", "\r\n", "\x1b", "\x18", "\x9b6n", "\x9d52;c;QUJD\x9c", "\x1b[", "\x1b]", "\x1b[?", "\x1b_Ga\x1b\\",
    "\x1b[999999999;9999999999H", "\x1b[4h", "\x1b[2;3r", "\x1b7", "\x1b8", "\x1b[5 q", "\x1b[?1000;1006h",
    "\x1b[?1000$p",
)  # fmt: skip

streams = st.lists(
    st.one_of(st.sampled_from(PIECES).map(str.encode), st.binary(max_size=6), st.text(max_size=6).map(str.encode)),
    max_size=25,
).map(b"".join)
cuts = st.lists(st.integers(1, 7), min_size=1, max_size=20)


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    """The same in pieces."""
    pieces, position, number = [], 0, 0
    while position < len(data):
        size = sizes[number % len(sizes)]
        pieces.append(data[position : position + size])
        position, number = position + size, number + 1
    return pieces


def heard(pieces: list[bytes]) -> tuple[str, str, list[Any], str]:
    """What the emulator gets, what browsers get, what else there was, and the title."""
    stream = Stream()
    drawn, sent, events = "", "", []
    for piece in pieces:
        for part in stream.feed(piece):
            if isinstance(part, Shown):
                sent += part.text
                drawn += "" if part.image else part.text
            else:
                events.append(part)
    return drawn, sent, events, stream.title


@given(streams, cuts)
def test_where_a_stream_is_cut_makes_no_difference(data: bytes, sizes: list[int]) -> None:
    assert heard([data]) == heard(cut(data, sizes))


@given(streams, cuts)
def test_no_question_and_no_clipboard_reaches_browsers(data: bytes, sizes: list[int]) -> None:
    drawn, sent, events, _ = heard(cut(data, sizes))
    for text in (drawn, sent):
        assert "\x1b]52" not in text
        assert "\x1b[6n" not in text
        assert not any(0x80 <= ord(character) <= 0x9F for character in text)
        text.encode()
    assert all(isinstance(event, Asked | Event) for event in events)


@settings(deadline=None)
@given(streams, st.integers(2, 40), st.integers(1, 12))
def test_what_is_restored_looks_the_same(data: bytes, columns: int, rows: int) -> None:
    screen = Screen(columns, rows)
    for part in Stream().feed(data):
        if isinstance(part, Shown) and not part.image:
            screen.feed(part.text)
        elif part is Event.ENTER_ALTERNATE:
            screen.enter_alternate()
        elif part is Event.LEAVE_ALTERNATE:
            screen.leave_alternate()
        elif part is Event.CLEAR_SCROLLBACK:
            screen.clear_scrollback()
    restored = Screen(columns, rows)
    restored.feed(screen.dump())
    assert restored.shown() == screen.shown()
    assert screen.panics == restored.panics == 0


# Narrow letters: a wide one that has no room at the end of a row leaves a cell that text does not tell from a blank.
# And without breaks: that a line goes on from the scroll-back into the screen is not restored.
@given(st.lists(st.text(st.characters(max_codepoint=0x2FF, exclude_categories=["C"]), max_size=12), max_size=60))
def test_scroll_back_is_restored_line_for_line(lines: list[str]) -> None:
    screen = Screen(8, 4)
    screen.feed("".join(f"\x1b[31m{line}\x1b[0m\r\n" for line in lines))
    restored = Screen(8, 4)
    restored.feed(screen.dump())
    assert restored.text().replace("\n", "") == screen.text().replace("\n", "")
    assert restored.shown() == screen.shown()


@given(st.lists(st.binary(max_size=50), max_size=10), cuts)
def test_frames_are_the_same_wherever_they_are_cut(bodies: list[bytes], sizes: list[int]) -> None:
    key = "0123456789abcdef"
    data = b"".join(pack(1, key, body) for body in bodies) + pack_json({"do": "it"})
    frames = Frames()
    found = [frame for piece in cut(data, sizes) for frame in frames.feed(piece)]
    assert [body[len(key) :] for kind, body in found if kind == 1] == bodies
    assert json.loads(found[-1][1]) == {"do": "it"}


@given(st.binary(max_size=200))
def test_any_file_has_terminals_and_keeps_what_it_said(data: bytes) -> None:
    content = parse(data)
    assert content.terminals
    assert parse(encode(content)) == content
    if data.strip() and content.before is not None:
        assert content.before == data.decode(errors="replace")


@st.composite
def _changes(draw: st.DrawFn) -> list[tuple[str, int, Direction]]:
    each = st.tuples(st.sampled_from(["split", "close"]), st.integers(0, 30), st.sampled_from(list(Direction)))
    return draw(st.lists(each, max_size=30))


@given(_changes())
def test_layouts_name_each_terminal_once(changes: list[tuple[str, int, Direction]]) -> None:
    content = parse(b"")
    for number, (what, at, direction) in enumerate(changes):
        target = content.terminals[at % len(content.terminals)].terminal_id
        try:
            if what == "split":
                content = content.split(target, direction, TerminalEntry(f"t{number}"))
            else:
                content = content.close(target)
        except StudiumError:
            continue
        assert sorted(names(content.layout)) == sorted(entry.terminal_id for entry in content.terminals)
        assert parse(encode(content)) == content
        assert is_simple(content.layout)


def names(layout: TerminalLayout) -> list[str]:
    """The terminals of a layout."""
    return [layout.terminal] if layout.terminal is not None else [n for part in layout.parts for n in names(part)]


def is_simple(layout: TerminalLayout) -> bool:
    """Whether no group holds fewer than two."""
    return layout.terminal is not None or (len(layout.parts) > 1 and all(is_simple(part) for part in layout.parts))


def test_the_content_is_plain() -> None:
    content = Content([TerminalEntry("1", "ls", "a/b")], TerminalLayout("1"))
    assert json.loads(encode(content)) == {
        "studium_terminals": 1,
        "terminals": [{"terminal_id": "1", "command": "ls", "directory": "a/b"}],
        "layout": {"terminal": "1"},
    }


def test_a_narrower_screen_keeps_its_first_lines_while_there_is_room() -> None:
    screen = Screen(80, 10)
    screen.feed("$ ls\r\n" + "x" * 70 + "\r\n$ ")
    screen.resize(40, 10)
    assert screen.shown()[:5] == ["$ ls", "x" * 40, "x" * 30, "$", ""]
    assert screen.cursor() == (3, 4)
    screen.resize(20, 4)
    assert screen.shown() == ["x" * 20, "x" * 20, "x" * 10, "$"]
    assert screen.text().startswith("$ ls\n")
