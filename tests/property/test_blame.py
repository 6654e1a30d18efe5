"""Random histories: who wrote a line is who inserted its newest character, told from each character by itself."""

import asyncio
import tempfile
from collections.abc import Callable
from itertools import repeat
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Doc, Text

from studium.project.history.authorship import Authorship
from studium.project.history.pace import Pace
from studium.project.history.reader import Reader
from studium.protocol.errors import ErrorCode, StudiumError
from studium.sync.replica import Replica
from support.histories import ACCOUNTS, EDITS, Edit, Written, store, text_in, written


@settings(max_examples=40, deadline=None)
@given(EDITS, st.lists(st.integers(1, 5), min_size=1), st.integers(2, 50), st.lists(st.integers(0, 40), max_size=12))
def test_a_line_is_from_who_inserted_its_newest_character(
    edits: list[Edit], runs: list[int], base: int, asked: list[int]
) -> None:
    log = written(edits)
    rows = [ACCOUNTS[turn % 3] for turn in range(len(log) + 1) for _ in range(runs[turn % len(runs)])]
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(store(Path(folder), [each.update for each in log], runs, 4))
        reader = Reader(Path(folder), Pace(lambda: None))
        with patch("studium.project.history.blame.BASE", base), patch("studium.project.history.replay.STEP_UPDATES", 5):
            for version in [*asked, len(log), *range(len(log))]:
                version = min(version, len(log))
                blame = reader.blame("notes.md", None, version)
                told = [run.version for run in blame.lines for _ in repeat(None, run.count)]
                assert told == blamed(log[:version]), version
                assert all(run.account_id == rows[run.version - 1] for run in blame.lines if run.version), version
        reader.log.close()


def blamed(log: list[Written]) -> list[int]:
    """The version of each line, from the text that has another character for each that was written."""
    plain, marked = Replica(None, [each.update for each in log]), Replica(None, [each.marked for each in log])
    first: dict[str, int] = {}
    for version, each in enumerate(log, 1):
        for character in each.characters:
            first.setdefault(character, version)
    text, authors = plain.text(), [first[character] for character in marked.text()]
    assert len(text) == len(authors)
    lines = []
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        around = authors[start:end] or authors[max(0, start - 1) : end + 1]
        lines.append(max(around, default=0))
        start = end + 1
    return lines


def kept(folder: Path, updates: list[bytes]) -> Reader:
    """A reader of a store with these updates, each by another account."""
    asyncio.run(store(folder, updates, [1], 100))
    return Reader(folder, Pace(lambda: None))


def test_formats_pictures_and_other_texts_of_a_document_do_not_shift_its_lines(tmp_path: Path) -> None:
    doc: Doc[Text] = Doc()
    updates = []
    text, other = text_in(doc), doc.get("other", type=Text)
    edits: list[Callable[[], None]] = [
        lambda: text.insert(0, "one\ntwo\n"),
        lambda: other.insert(0, "elsewhere\n"),
        lambda: text.format(1, 6, {"bold": True}),
        lambda: text.insert_embed(2, {"image": "🙂\n"}),
        lambda: text.insert(len(text), "three"),
    ]
    for edit in edits:
        before = doc.get_state()
        edit()
        updates.append(doc.get_update(before))
    reader = kept(tmp_path, updates)
    assert reader.version("notes.md", None, 5).text == "one\ntwo\nthree"
    assert [(run.count, run.version) for run in reader.blame("notes.md", None, 5).lines] == [(2, 1), (1, 5)]
    reader.log.close()


def test_a_document_that_was_edited_too_often_says_so(tmp_path: Path) -> None:
    doc: Doc[Text] = Doc()
    updates = []
    for _ in range(12):
        before = doc.get_state()
        text_in(doc).insert(0, "a")
        updates.append(doc.get_update(before))
    reader = kept(tmp_path, updates)
    with patch("studium.project.history.blame.MAX_RUNS", 10), pytest.raises(StudiumError, match="too often") as raised:
        reader.blame("notes.md", None, 12)
    assert raised.value.code is ErrorCode.TOO_LARGE
    assert reader.blame("notes.md", None, 12).lines[0].version == 12
    reader.log.close()


def test_asking_again_and_for_the_next_version_reads_nothing_twice(tmp_path: Path) -> None:
    doc: Doc[Text] = Doc()
    updates = []
    for number in range(30):
        before = doc.get_state()
        text_in(doc).insert(0, f"{number}\n")
        updates.append(doc.get_update(before))
    reader = kept(tmp_path, updates)
    with patch.object(Authorship, "add", autospec=True, side_effect=Authorship.add) as added:
        for version, read in ((20, 20), (20, 20), (21, 21), (30, 30), (5, 30), (30, 30)):
            assert reader.blame("notes.md", None, version).lines[0].version == version
            assert added.call_count == read
    reader.log.close()
