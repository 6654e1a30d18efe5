"""Large text files in pages, from a real project server: any page, any line, any text, while the file changes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from studium.project.pages import pages
from studium.project.pages.paged_file import PAGE_BYTES
from studium.protocol.errors import ErrorCode
from studium.protocol.pages import FilePage, ReadingGoesOn, TextFound, TextNotFound
from studium.protocol.session import Role
from support.project import RunningProject, running_project

Answer = FilePage | TextFound | TextNotFound | ReadingGoesOn


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[RunningProject]:
    async with running_project(tmp_path) as project:
        yield project


async def ask(project: RunningProject, path: str, **query: Any) -> Answer:
    async with project.client.get(project.url(f"pages/{path}?{urlencode(query)}")) as answer:
        body = await answer.read()
        assert answer.status == 200, body
        return msgspec.json.decode(body, type=Answer)  # type: ignore[no-any-return]


async def page_of(project: RunningProject, path: str, **query: Any) -> FilePage:
    while isinstance(answer := await ask(project, path, **query), ReadingGoesOn):
        pass
    assert isinstance(answer, FilePage)
    return answer


async def all_pages(project: RunningProject, path: str) -> list[FilePage]:
    first = await page_of(project, path, page=1)
    return [first, *[await page_of(project, path, page=number) for number in range(2, first.pages + 1)]]


def lines_file(path: Path, lines: int) -> str:
    text = "".join(f"{number} line\n" for number in range(1, lines + 1))
    path.write_text(text)
    return text


async def test_pages_hold_the_whole_file_and_number_its_lines(project: RunningProject) -> None:
    text = lines_file(project.home / "a.log", 300_000)
    found = await all_pages(project, "a.log")
    assert "".join(page.text for page in found) == text
    assert len(found) == found[0].pages > 5
    for page in found:
        assert page.text.startswith(f"{page.first_line} line\n")
        assert not page.begins_in_line
        assert PAGE_BYTES / 2 <= len(page.text) <= 1.6 * PAGE_BYTES
        assert page.size_bytes == len(text)


async def test_the_page_of_a_line(project: RunningProject) -> None:
    lines_file(project.home / "a.log", 300_000)
    for line in (1, 2, 123_456, 299_999, 300_000, 300_001, 10**9):
        page = await page_of(project, "a.log", line=line)
        assert page.first_line is not None
        shown = range(page.first_line, page.first_line + page.text.count("\n") + 1)
        assert line in shown or page.page == page.pages


async def test_long_lines_odd_bytes_and_other_line_ends(project: RunningProject) -> None:
    text = "é☺\U0001f600" * 400_000 + "\nend\n"
    (project.home / "long.txt").write_text(text)
    found = await all_pages(project, "long.txt")
    assert "".join(page.text for page in found) == text
    assert not any(page.replaced for page in found)
    assert [page.first_line for page in found] == [1] * len(found)
    assert [page.begins_in_line for page in found] == [False] + [True] * (len(found) - 1)
    (project.home / "latin.txt").write_bytes("\ufeffCafé\r\n".encode() + b"caf\xe9\r\n" * 200_000)
    first, last = await all_pages(project, "latin.txt")
    assert first.text.startswith("Café\ncaf\N{REPLACEMENT CHARACTER}\ncaf")
    assert first.replaced
    assert "\r" not in first.text + last.text


async def test_finding_forwards_and_backwards(project: RunningProject) -> None:
    text = lines_file(project.home / "a.log", 300_000)
    for needle, query in (("250000 LINE", {}), ("250000 line", {"case": 1})):
        found = await ask(project, "a.log", find=needle, **query)
        assert isinstance(found, TextFound)
        assert found.at == text.index("250000 line")
        page = await page_of(project, "a.log", page=found.page)
        assert page.text[found.start : found.end] == "250000 line"
        assert isinstance(await ask(project, "a.log", find=needle, at=found.next, **query), TextNotFound)
        back = await ask(project, "a.log", find=needle, backward=1, **query)
        assert back == found
        assert isinstance(await ask(project, "a.log", find=needle, backward=1, at=found.at, **query), TextNotFound)
    assert isinstance(await ask(project, "a.log", find="250000 LINE", case=1), TextNotFound)
    (project.home / "b.txt").write_text("\U0001f600 Ärger " * 100_000 + "ÄPFEL")
    found = await ask(project, "b.txt", find="äpfel")
    assert isinstance(found, TextFound)
    page = await page_of(project, "b.txt", page=found.page)
    units = page.text.encode("utf-16-le")
    assert units[2 * found.start : 2 * found.end].decode("utf-16-le") == "ÄPFEL"
    assert await ask(project, "b.txt", find="äpfel", backward=1) == found


async def test_a_text_across_two_portions_is_found(project: RunningProject) -> None:
    for shift in range(8):
        (project.home / "a.txt").write_bytes(b"." * (2**20 - shift) + b"needle" + b"." * 2**20)
        for query in ({}, {"case": 1}, {"backward": 1}):
            found = await ask(project, "a.txt", find="needle", **query)
            assert isinstance(found, TextFound)
            assert found.at == 2**20 - shift


async def test_reading_takes_a_bounded_time_and_goes_on(
    project: RunningProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "READ_SECONDS", 0.0)
    text = lines_file(project.home / "a.log", 700_000)
    page = await ask(project, "a.log", page=10)
    assert isinstance(page, FilePage)
    assert page.first_line is None
    assert page.text in text
    answer, at = await ask(project, "a.log", find="699999 line"), 0
    while isinstance(answer, ReadingGoesOn):
        assert answer.at > at
        at = answer.at
        answer = await ask(project, "a.log", find="699999 line", at=at)
    assert at > 5_000_000
    assert isinstance(answer, TextFound)
    assert answer.at == text.index("699999 line")


async def test_a_file_that_grows_is_counted_on_and_one_that_is_replaced_anew(project: RunningProject) -> None:
    file = project.home / "a.log"
    text = lines_file(file, 200_000)
    before = await page_of(project, "a.log", page=9**9)
    with file.open("a") as out:
        out.write("more\n" * 200_000)
    text += "more\n" * 200_000
    after = await page_of(project, "a.log", page=9**9)
    assert after.tag != before.tag
    assert after.pages > before.pages
    assert after.first_line == text[: after.at].count("\n") + 1
    with file.open("r+") as out:  # the same inode, another content
        out.write("x\n" * 200_000)
    again = await page_of(project, "a.log", page=2)
    assert again.first_line == file.read_text()[: again.at].count("\n") + 1
    file.write_text("short\n")
    page = await page_of(project, "a.log", page=7)
    assert (page.page, page.pages, page.text) == (1, 1, "short\n")


async def test_a_sparse_file_of_many_gigabytes_costs_what_is_read(project: RunningProject) -> None:
    with (project.home / "vast.log").open("wb") as out:
        out.write(b"text\n" * 20_000)
        out.truncate(200 * 2**30)
    async with asyncio.timeout(60):
        page = await ask(project, "vast.log", page=9**9)
        assert isinstance(page, FilePage)
        assert page.first_line is None
        assert isinstance(await ask(project, "vast.log", line=10**9), ReadingGoesOn)
        assert isinstance(await ask(project, "vast.log", find="nowhere"), ReadingGoesOn)


async def test_who_may_read_and_what_is_refused(project: RunningProject, tmp_path: Path) -> None:
    lines_file(project.home / "a.log", 10)
    (project.home / "a.bin").write_bytes(b"ab\0c" * 1000)
    (tmp_path / "secret").write_text("secret")
    (project.home / "out").symlink_to(tmp_path / "secret")
    async with project.client.get(project.url("pages/a.log"), headers=project.headers(Role.VIEWER)) as answer:
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"
    for path, query, code in (
        ("none.log", "", ErrorCode.NOT_FOUND),
        ("a.bin", "", ErrorCode.NOT_TEXT),
        ("", "", ErrorCode.INVALID_PATH),
        ("out", "", ErrorCode.NOT_PERMITTED),
        ("a.log", "page=0", ErrorCode.INVALID_VALUE),
        ("a.log", "page=x", ErrorCode.INVALID_VALUE),
        ("a.log", "line=-1", ErrorCode.INVALID_VALUE),
        ("a.log", "find=", ErrorCode.INVALID_VALUE),
        ("a.log", "find=" + "x" * 2000, ErrorCode.INVALID_VALUE),
        ("a.log", "find=x&at=1e9", ErrorCode.INVALID_VALUE),
    ):
        async with project.client.get(project.url(f"pages/{path}?{query}")) as answer:
            error = await project.error(answer)
            assert error.code is code, (path, query, error)


async def test_nobody_waits_while_others_read(project: RunningProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MAX_WAITING", 3)
    with (project.home / "vast.log").open("wb") as out:
        out.write(b"text\n" * 20_000)
        out.truncate(200 * 2**30)

    async def status(query: str) -> int:
        async with project.client.get(project.url(f"pages/vast.log?{query}")) as answer:
            return answer.status

    asked = [asyncio.create_task(status("find=nowhere")) for _ in range(6)]
    async with asyncio.timeout(60):
        async with project.client.get("http://project/healthz") as answer:
            assert answer.status == 200
        assert sorted(await asyncio.gather(*asked)) == [200] * 3 + [429] * 3
