"""Laws of finding: matches are those of a naive search, with both programs; what is replaced is put back; ranking."""

import re
import string
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studium.compute.project_python import ProjectPython
from studium.project.find.edits import ByteEdit, apply, close_encoding, edits_of, open_encoding, text_edits
from studium.project.find.query import globs_of, template_of
from studium.project.find.ranking import best, candidates, score
from studium.project.find.results import Match, MatchedFile, MatchedLine, Reader, found_file, utf16_length
from studium.project.find.searcher import Searcher
from studium.protocol.find import TextQuery
from support.environment import PROJECT_PYTHON

SEARCHER = Searcher.look(ProjectPython.of(PROJECT_PYTHON, Path("/")))
OWN = Searcher(None, 0, SEARCHER.python)

letters = st.sampled_from("abAB .-é🎉\t(")
lines = st.text(letters, max_size=12)
texts = st.lists(lines, max_size=8).map("\n".join)
needles = st.text(letters, min_size=1, max_size=3).filter(lambda text: "\n" not in text)


def search(searcher: Searcher, query: TextQuery, files: dict[str, bytes]) -> dict[str, MatchedFile]:
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        command = searcher.command(query, 0, [""])
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        reader = Reader()
        found = {file.name: file for file in reader.feed(done.stdout)}
        assert reader.is_whole, done.stderr
    return found


def naive(query: TextQuery, data: bytes) -> list[tuple[int, int, int]]:
    """Line, first and last byte of each match."""
    pattern = query.text if query.regex else re.escape(query.text)
    if query.word:
        pattern = rf"(?<!\w){pattern}(?!\w)"
    flags = 0 if query.case else re.IGNORECASE
    found = []
    for number, line in enumerate(data.decode().split("\n"), 1):
        for match in re.finditer(pattern, line.removesuffix("\r"), flags):
            start = len(line[: match.start()].encode())
            found.append((number, start, start + len(match[0].encode())))
    return found


@pytest.mark.parametrize("searcher", [SEARCHER, OWN], ids=["ripgrep", "own"])
@given(contents=st.lists(texts, max_size=3), text=needles, case=st.booleans(), word=st.booleans(), crlf=st.booleans())
@settings(max_examples=40, deadline=None)
def test_matches_are_those_of_a_naive_search(
    searcher: Searcher, contents: list[str], text: str, case: bool, word: bool, crlf: bool
) -> None:
    files = {
        f"{number}.txt": (content.replace("\n", "\r\n") if crlf else content).encode()
        for number, content in enumerate(contents)
    }
    query = TextQuery(text, case=case, word=word)
    found = search(searcher, query, files)
    expected = {name: places for name, data in files.items() if (places := naive(query, data))}
    assert {
        name: [(line.number, match.start, match.end) for line in file.matched() for match in line.matches]
        for name, file in found.items()
    } == expected


PATTERNS = ("a+", r"(a)(b)?", r"\w+", "^", "b|A", r"[^a]", r"é.", r"(?P<x>a)\s", r"\bb")


@given(
    content=texts, pattern=st.sampled_from(PATTERNS), case=st.booleans(), replacement=st.text("xé$1&{x}\\n", max_size=8)
)
@settings(max_examples=60, deadline=None)
def test_both_programs_replace_alike(content: str, pattern: str, case: bool, replacement: str) -> None:
    query = TextQuery(pattern, regex=True, case=case, replacement=replacement)
    files = {"a.txt": content.encode()}
    both = [search(searcher, query, files).get("a.txt") for searcher in (SEARCHER, OWN)]
    by_ripgrep, by_own = ([(line.data, line.matches) for line in file.matched()] if file else [] for file in both)
    assert by_own == by_ripgrep


@given(content=st.lists(lines, min_size=1, max_size=6), text=needles, replacement=lines, mark=st.sampled_from(range(4)))
@settings(max_examples=150, deadline=None)
def test_what_is_replaced_is_put_back(content: list[str], text: str, replacement: str, mark: int) -> None:
    before = "\n".join(content)
    encoding = ("utf-8", "utf-8-sig", "utf-16", "utf-16-be")[mark]
    data = (b"\xfe\xff" if encoding == "utf-16-be" else b"") + before.encode(encoding)
    start, utf8, name = open_encoding(data)
    assert close_encoding(start, utf8, name) == data
    found = [
        MatchedLine(
            number,
            line,
            tuple(Match(m.start(), m.end(), replacement.encode()) for m in re.finditer(re.escape(text.encode()), line)),
        )
        for number, line in enumerate(utf8.split(b"\n"), 1)
    ]
    matched = [line for line in found if line.matches]
    edits = edits_of(utf8, matched, None)
    assert edits is not None
    after = apply(utf8, edits)
    assert after == b"\n".join(line.replace(text.encode(), replacement.encode()) for line in utf8.split(b"\n"))
    back, shift = [], 0
    for edit in edits:
        back.append(ByteEdit(edit.start + shift, edit.start + shift + len(edit.data), utf8[edit.start : edit.end]))
        shift += len(edit.data) - (edit.end - edit.start)
    assert apply(after, back) == utf8
    # The same in code points.
    parts, at = [], 0
    for one in text_edits(utf8, edits):
        parts += [utf8.decode()[at : one.start], one.text]
        at = one.end
    assert "".join([*parts, utf8.decode()[at:]]) == after.decode()
    # Lines that come and go elsewhere do not matter.
    moved = b"q\n" + utf8 + b"\nq"
    assert edits_of(moved, matched, None) == [ByteEdit(e.start + 2, e.end + 2, e.data) for e in edits]


@given(parts=st.lists(st.tuples(st.text("xé🎉", max_size=700), st.just("needle")), min_size=1, max_size=6))
@settings(max_examples=100, deadline=None)
def test_each_match_is_told_once_and_in_its_place(parts: list[tuple[str, str]]) -> None:
    line = "".join(before + needle for before, needle in parts)
    data = line.encode()
    matches = tuple(Match(m.start(), m.end(), None) for m in re.finditer(b"needle", data))
    file, told = found_file(MatchedFile("a.txt", [MatchedLine(1, data, matches)]), 100, 0)
    assert (told, file.count, file.complete) == (len(parts), len(parts), True)
    units = line.encode("utf-16-le")
    spans = [(part, span) for part in file.lines for span in part.spans]
    assert [part.at + span.start for part, span in spans] == [utf16_length(data[: match.start]) for match in matches]
    for part, span in spans:
        text = part.text.encode("utf-16-le")
        assert text[2 * span.start : 2 * span.end].decode("utf-16-le") == "needle"
        assert units[2 * part.at :].startswith(text)
        assert len(part.text) <= 400


names = st.text("abAB_./-", min_size=1, max_size=14).map(lambda name: name.strip("/")).filter(bool)
typed = st.text("abAB_. ", min_size=1, max_size=5).filter(lambda text: bool(text.split()))


def holds(wanted: str, path: str) -> bool:
    rest = iter(path)
    return all(letter in rest for letter in wanted)


@given(paths=st.lists(names, max_size=30, unique=True), text=typed, more=st.sampled_from("ab."))
@settings(max_examples=200, deadline=None)
def test_laws_of_ranking(paths: list[str], text: str, more: str) -> None:
    lower = [path.lower() for path in paths]
    wanted = "".join(text.lower().split())
    numbers = candidates(wanted, lower, None)
    assert numbers == [number for number, path in enumerate(lower) if holds(wanted, path)]
    assert candidates(wanted + more, lower, numbers) == candidates(wanted + more, lower, None)
    found = best(text, paths, lower, numbers, 50)
    assert sorted(number for number, _ in found) == numbers
    assert best(text, paths, lower, list(reversed(numbers)), 50) == found
    for number, positions in found:
        assert positions == sorted(set(positions))
        assert "".join(lower[number][at] for at in positions) == wanted


def test_what_people_expect_comes_first() -> None:
    def first(text: str, *paths: str) -> str:
        lower = [path.lower() for path in paths]
        return paths[best(text, paths, lower, candidates("".join(text.lower().split()), lower, None), 1)[0][0]]

    assert first("main", "domain/other.py", "lib/main.py", "main/x.py") == "lib/main.py"
    assert first("fb", "lib/fabric.py", "lib/FooBar.py") == "lib/FooBar.py"
    assert first("test find", "tests/find/x.py", "tests/test_find.py") == "tests/test_find.py"
    assert first("readme", "docs/old/readme-notes.md", "README.md") == "README.md"
    assert first("conf", ".config/config.py", "src/config.py") == "src/config.py"
    assert first("ab", "a/b/c/ab_long_name.py", "a/b/c/ab.py") == "a/b/c/ab.py"
    assert score("b", "a/b", "a/b")[1] == [2]


@given(st.text(string.printable, max_size=20), st.booleans())
def test_a_replacement_is_read_without_loss(replacement: str, regex: bool) -> None:
    parts = template_of(TextQuery("x", regex=regex, replacement=replacement))
    if not regex or not re.search(r"[$\\]", replacement):
        assert "".join(value for _, value in parts) == replacement
    assert all(value for _, value in parts)


@given(st.lists(st.text("ab*./!{,}", max_size=8), max_size=4))
def test_no_glob_of_a_person_reaches_our_own_names(globs: list[str]) -> None:
    made = globs_of(TextQuery("x", include=globs, exclude=globs, hidden=True))
    assert made[-3:] == ["!/.trash", "!.studium-*.tmp", "!/.local/share/studium"]
