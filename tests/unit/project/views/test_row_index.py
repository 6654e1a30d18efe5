"""Rows of delimited text: found as Python's own reader finds them, wherever blocks end, while a file grows."""

import csv
import io
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studium.project.pages.paged_file import PagedFile
from studium.project.views import row_index
from studium.project.views.records import Dialect, cells, ends, measure, sniff
from studium.project.views.row_index import RowIndex

COMMA = Dialect(",", b"\n", header=False)
CELLS = st.text(alphabet='ab,"\n é;', max_size=6)
ROWS = st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=12)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_index, "BLOCK_BYTES", 32)


def written(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


class Opened:
    """A file of a test that can grow."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.path.write_bytes(b"")
        self.fd = os.open(path, os.O_RDONLY)

    def write(self, data: bytes) -> PagedFile:
        self.path.write_bytes(data)
        return PagedFile(self.fd, len(data))


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    file = Opened(tmp_path / "a.csv")
    yield file
    os.close(file.fd)


def rows_of(index: RowIndex, file: PagedFile, first: int = 0) -> list[list[str]]:
    return [cells(record, ",")[0] for record in index.read(file, first)]


@given(rows=ROWS, end=st.booleans())
def test_rows_are_those_that_were_written(rows: list[list[str]], end: bool) -> None:
    data = written(rows) if end else written(rows).removesuffix(b"\n")
    found = ends(data, is_last=True, delimiter=b",", newline=b"\n")
    starts = [0, *found[:-1]]
    assert [cells(data[a:b], ",")[0] for a, b in zip(starts, found, strict=True)] == rows
    assert measure(data, is_last=True, delimiter=b",", newline=b"\n") == (len(rows), len(data))


def test_any_row_is_found_in_its_block(opened: Opened) -> None:
    chosen = random.Random(7)
    rows = [[str(n), "".join(chosen.choices('x"\n,', k=chosen.randrange(30)))] for n in range(300)]
    file = opened.write(written(rows))
    index = RowIndex(COMMA)
    assert index.count(file, None, lambda: False)
    assert index.counted_rows == 300
    for first in (0, 1, 17, 150, 299):
        assert rows_of(index, file, first) == rows[first:]
    assert rows_of(index, file, 300) == []


def test_counting_stops_when_time_is_over_and_goes_on_from_there(opened: Opened) -> None:
    file = opened.write(b"a,b\n" * 100)
    index = RowIndex(COMMA)
    turns = iter([False, False, True])
    assert not index.count(file, None, lambda: next(turns))
    assert 0 < index.counted_rows < 100
    assert index.count(file, 50, lambda: False)
    assert not index.is_complete(file)
    assert index.count(file, None, lambda: False)
    assert index.counted_rows == 100


def test_a_file_that_grows_keeps_what_was_counted_and_one_that_changes_does_not(opened: Opened) -> None:
    index = RowIndex(COMMA)
    index.count(opened.write(b"a,b\n" * 20 + b"c,unfinish"), None, lambda: False)
    assert index.counted_rows == 21
    grown = opened.write(b"a,b\n" * 20 + b"c,unfinished\nd,e\n")
    index.keep_if_grown(grown)
    assert 0 < index.counted_rows <= 20
    index.count(grown, None, lambda: False)
    assert rows_of(index, grown, 20) == [["c", "unfinished"], ["d", "e"]]
    changed = opened.write(b"x,y\n" * 30)
    index.keep_if_grown(changed)
    assert index.counted_rows == 0


def test_quotes_that_nobody_closes_are_letters(opened: Opened) -> None:
    index = RowIndex(COMMA)
    file = opened.write(b'size,5" pipe\nname,"open\n' + b"row,1\n" * 20_000)
    index.count(file, None, lambda: False)
    assert index.counted_rows == 20_002
    assert rows_of(index, file)[0] == ["size", '5" pipe']


def test_odd_files(opened: Opened) -> None:
    index = RowIndex(COMMA)
    empty = opened.write(b"")
    assert index.count(empty, 0, lambda: False)
    assert rows_of(index, empty) == []
    marked = opened.write(b"\xef\xbb\xbfa,b\r\n1,\xff\r\n")
    index = RowIndex(COMMA)
    index.count(marked, None, lambda: False)
    assert rows_of(index, marked) == [["a", "b"], ["1", "\ufffd"]]
    long = opened.write(b"x" * 3_000_000)
    index = RowIndex(COMMA)
    index.count(long, None, lambda: False)
    assert index.counted_rows == 3


@pytest.mark.parametrize(
    ("data", "name", "dialect"),
    [
        (b"a,b\n1,2\n", "a.csv", Dialect(",", b"\n", header=True)),
        (b"a;b\n1,5;2\n3,4;1\n", "a.csv", Dialect(";", b"\n", header=True)),
        (b"1\t2\n3\t4\n", "a.csv", Dialect("\t", b"\n", header=False)),
        (b"a|b\r1|2\r", "a.csv", Dialect("|", b"\r", header=True)),
        (b"one\ntwo\n", "a.tsv", Dialect("\t", b"\n", header=True)),
        (b'"a, b","c"\n"x","y, z"\n', "a.csv", Dialect(",", b"\n", header=True)),
        (b"", "a.csv", Dialect(",", b"\n", header=False)),
        (b"a,a\n1,2\n", "a.csv", Dialect(",", b"\n", header=False)),
    ],
)
def test_the_dialect_is_found(data: bytes, name: str, dialect: Dialect) -> None:
    assert sniff(data, name) == dialect
