"""Text in files, through a real project server: what is found, where, within which bounds, and who may."""

import asyncio
import base64
import os
import socket as sockets
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from clients.ydoc import Client
from studium.project.app import ProjectSettings
from studium.project.find import find as module
from studium.project.find import searcher
from studium.protocol.errors import ErrorCode
from studium.protocol.find import FindFailed, FindLimit, TextQuery
from studium.protocol.session import Role
from support.finding import Finder, Found, finder_of, with_python
from support.project import RunningProject, running_project


def write(home: Path, files: dict[str, str | bytes]) -> None:
    for path, content in files.items():
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_bytes(content if isinstance(content, bytes) else content.encode())


def names_of(found: Found) -> set[str]:
    return set(found.files)


def error(found: Found) -> FindFailed:
    assert isinstance(found.end, FindFailed), found.end
    return found.end


async def test_matches_with_their_places_and_what_is_around(project: RunningProject, finder: Finder) -> None:
    write(
        project.home,
        {"a.py": "one\ntwo = one + ONE\nthree\nfour\n", "b/c.txt": "no\r\nthe one\r\nend\r\n", "d.txt": "none of it\n"},
    )
    found = await finder.find("one", context=1)
    assert found.places() == {
        "a.py": [(1, 0, 3), (2, 6, 9), (2, 12, 15)],
        "b/c.txt": [(2, 4, 7)],
        "d.txt": [(1, 1, 4)],
    }
    assert (found.done.files, found.done.matches, found.done.limit) == (3, 5, None)
    first, second = found.files["a.py"].lines
    assert (first.text, first.before, first.after) == ("one", [], [])
    assert (second.text, second.before, second.after) == ("two = one + ONE", [], ["three"])
    assert found.files["b/c.txt"].lines[0].before == ["no"]
    assert found.files["b/c.txt"].lines[0].after == ["end"]
    assert (await finder.find("one", case=True, word=True)).places() == {
        "a.py": [(1, 0, 3), (2, 6, 9)],
        "b/c.txt": [(2, 4, 7)],
    }
    assert (await finder.find(r"\bt\w+", regex=True)).places() == {
        "a.py": [(2, 0, 3), (3, 0, 5)],
        "b/c.txt": [(2, 0, 3)],
    }
    assert (await finder.find("o.e", regex=False)).places() == {}
    assert (await finder.find("end$", regex=True)).places() == {"b/c.txt": [(3, 0, 3)]}


async def test_columns_count_as_editors_do(project: RunningProject, finder: Finder) -> None:
    write(
        project.home,
        {
            "wide.txt": "é 🎉 word\n",
            "mark.txt": b"\xef\xbb\xbfword\n",
            "utf16.txt": "ü word\n".encode("utf-16"),
            "latin.txt": b"\xe9t\xe9 word\n",
        },
    )
    found = await finder.find("word")
    assert found.places() == {
        "wide.txt": [(1, 5, 9)],
        "mark.txt": [(1, 0, 4)],
        "utf16.txt": [(1, 2, 6)],
        "latin.txt": [(1, 4, 8)],
    }
    assert found.files["latin.txt"].lines[0].text == "\ufffdt\ufffd word"
    assert (await finder.find("🎉")).places() == {"wide.txt": [(1, 2, 4)]}


async def test_long_lines_are_told_in_parts(project: RunningProject, finder: Finder) -> None:
    line = "x" * 5000 + "needle" + "é" * 3000 + "needle needle" + "y" * 5000
    write(project.home, {"long.txt": line + "\n"})
    found = await finder.find("needle")
    places = [(5000, 5006), (8006, 8012), (8013, 8019)]
    assert found.places() == {"long.txt": [(1, *place) for place in places]}
    for part in found.files["long.txt"].lines:
        assert len(part.text) <= 400
        assert all(part.text[span.start : span.end] == "needle" for span in part.spans)
        assert line[part.at :].startswith(part.text)


async def test_which_names_are_searched(project: RunningProject, finder: Finder) -> None:
    paths = [
        "top.py", "src/a.py", "src/a.js", "src/deep/b.py", ".hidden/c.py", ".dot.py", "node_modules/m/d.py",
        "src/__pycache__/e.py", "lib/src/f.py", "name with space.py", "[odd].py", "x{1}.py",
    ]  # fmt: skip
    write(project.home, {**dict.fromkeys(paths, "needle\n"), ".trash/files/g.py": "needle\n", ".gitignore": "*.js\n"})
    write(project.home, {".studium-0123456789abcdef.tmp": "needle\n"})
    plain = {path for path in paths if not path.startswith((".", "node")) and "__pycache__" not in path}
    assert names_of(await finder.find("needle")) == plain
    assert names_of(await finder.find("needle", hidden=True)) == set(paths)
    assert names_of(await finder.find("needle", include=["*.js"])) == {"src/a.js"}
    assert names_of(await finder.find("needle", include=["src"])) == {
        "src/a.py",
        "src/a.js",
        "src/deep/b.py",
        "lib/src/f.py",
    }
    assert names_of(await finder.find("needle", include=["./src"])) == {"src/a.py", "src/a.js", "src/deep/b.py"}
    assert names_of(await finder.find("needle", include=["src/*.py"])) == {"src/a.py", "lib/src/f.py"}
    assert names_of(await finder.find("needle", include=["src/**/*.{js,py}"], exclude=["deep"])) == {
        "src/a.py", "src/a.js", "lib/src/f.py",
    }  # fmt: skip
    assert names_of(await finder.find("needle", exclude=["*.py"])) == {"src/a.js"}
    assert names_of(await finder.find("needle", exclude=["src", "[[]odd[]].py"])) == {
        "top.py", "name with space.py", "x{1}.py",
    }  # fmt: skip
    assert names_of(await finder.find("needle", folder="src")) == {"src/a.py", "src/a.js", "src/deep/b.py"}
    assert names_of(await finder.find("needle", folder=".hidden")) == {".hidden/c.py"}
    assert names_of(await finder.find("needle", include=["?????? with *.py"])) == set()
    assert names_of(await finder.find("needle", include=["???? with *.py"])) == {"name with space.py"}
    assert error(await finder.find("needle", folder="nowhere")).error.code == ErrorCode.NOT_FOUND
    assert error(await finder.find("needle", folder="top.py")).error.code == ErrorCode.INVALID_VALUE
    assert error(await finder.find("needle", folder="../..")).error.code == ErrorCode.INVALID_PATH


async def test_hostile_names_and_kinds_of_file(project: RunningProject, finder: Finder) -> None:
    home = project.home
    write(
        home,
        {
            "line\nbreak.txt": "needle\n", "'quo\"te'.txt": "needle\n", "-e.txt": "needle\n",
            "binary.bin": b"needle\n\0\n",
            "late.bin": b"needle\n" + b"x" * 300_000 + b"\0\n", "folder/in.txt": "needle\n",
        },
    )  # fmt: skip
    Path(os.fsdecode(os.fsencode(home) + b"/not-utf8-\xff.txt")).write_text("needle\n")
    (home / "loop").symlink_to(".")
    (home / "folder/up").symlink_to("..")
    (home / "link.txt").symlink_to("folder/in.txt")
    (home / "out").symlink_to("/etc")
    os.mkfifo(home / "pipe.txt")
    with sockets.socket(sockets.AF_UNIX) as listener:
        listener.bind(str(home / "socket.txt"))
        found = await finder.find("needle")
    assert set(found.files) == {
        "line\nbreak.txt", "'quo\"te'.txt", "-e.txt", "folder/in.txt", "not-utf8-\\xff.txt",
    }  # fmt: skip
    assert not found.files["not-utf8-\\xff.txt"].openable
    assert found.files["line\nbreak.txt"].openable


def without_override(settings: ProjectSettings) -> ProjectSettings:
    """Root may read everything, unless it gives that up."""
    taken = "-dac_override,-dac_read_search"
    ring = ("setpriv", f"--bounding-set={taken}", f"--inh-caps={taken}") if os.geteuid() == 0 else ()
    return replace(with_python(settings), inner_ring=ring)


async def test_what_cannot_be_read_is_counted(tmp_path: Path, program: str) -> None:
    async with running_project(tmp_path, without_override) as project, finder_of(project) as finder:
        write(project.home, {"secret.txt": "needle\n", "closed/a.txt": "needle\n", "open.txt": "needle\n"})
        (project.home / "secret.txt").chmod(0)
        (project.home / "closed").chmod(0)
        found = await finder.find("needle")
        (project.home / "closed").chmod(0o700)
    assert set(found.files) == {"open.txt"}
    assert found.done.unreadable == 2


async def test_a_mistake_in_a_pattern_is_told(project: RunningProject, finder: Finder, program: str) -> None:
    write(project.home, {"a.txt": "needle\n"})
    wrong = error(await finder.find("(needle", regex=True)).error
    assert wrong.code == ErrorCode.INVALID_VALUE
    assert ("unclosed group" if program == "ripgrep" else "unterminated subpattern") in wrong.message
    assert "glob" in error(await finder.find("needle", include=["[a"])).error.message
    for text in ("", "a\nb", "a\0b", "x" * 5000):
        assert error(await finder.find(text)).error.code in (ErrorCode.INVALID_VALUE, ErrorCode.TOO_LARGE)
    assert set((await finder.find("needle")).files) == {"a.txt"}


async def test_what_is_typed_counts_before_it_is_on_the_disk(project: RunningProject, finder: Finder) -> None:
    write(project.home, {"typed.txt": "before\n"})
    client = await Client(project.client, project.url("documents/typed.txt")).connect()
    for number in range(3):
        await client.append(f"needle{number}\n")
        await client.until_acknowledged()
        found = await finder.find(f"needle{number}")
        assert len(found.places()["typed.txt"]) == 1
        assert found.done.unsaved == 0
    await client.disconnect()


async def test_a_new_search_ends_the_one_before(project: RunningProject, finder: Finder) -> None:
    write(project.home, {f"{number}.txt": "needle hay\n" * 200 for number in range(200)})
    first = await finder.ask(TextQuery("needle"))
    second = await finder.ask(TextQuery("hay", include=["7.txt"]))
    found = await finder.answer(second)  # frames of the first one are passed over
    assert first != second
    assert found.places() == {"7.txt": [(line, 7, 10) for line in range(1, 201)]}


async def test_bounds(project: RunningProject, finder: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project.home, {f"{number}.txt": "needle\n" * 10 for number in range(10)})
    monkeypatch.setattr(module, "MAX_MATCHES", 25)
    found = await finder.find("needle")
    assert found.done.limit is FindLimit.MATCHES
    assert found.done.matches == sum(map(len, found.places().values())) == 25
    assert [file.complete for file in found.files.values()].count(False) == 1
    monkeypatch.setattr(module, "FIND_SECONDS", 0.0)
    assert (await finder.find("needle")).done.limit is FindLimit.TIME
    monkeypatch.setattr(module, "MAX_SEARCHES", 0)
    assert error(await finder.find("needle")).error.code == ErrorCode.RATE_LIMITED


async def test_files_above_the_limit_and_lines_of_megabytes(
    project: RunningProject, finder: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searcher, "MAX_FILE_BYTES", 6_000_000)
    write(project.home, {"one-line.txt": "x" * 5_000_000 + "needle\n", "small.txt": "needle\n"})
    with (project.home / "huge.txt").open("wb") as file:
        file.write(b"needle")
        file.truncate(2**30)
    found = await finder.find("needle")
    assert set(found.files) == {"small.txt"}
    assert found.done.too_long == 1


async def test_a_pattern_that_never_ends_is_ended(
    project: RunningProject, finder: Finder, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ripgrep takes time in proportion to the text; Python's expressions may take for ever."""
    write(project.home, {"a.txt": "a" * 60 + "!\n"})
    monkeypatch.setattr(module, "FIND_SECONDS", 1.0 if program == "own" else 60.0)
    found = await finder.find("(a+)+$", regex=True)
    assert found.done.limit is (FindLimit.TIME if program == "own" else None)
    assert found.places() == {}
    await asyncio.wait_for(finder.find("!"), 20)


async def test_who_may_search(project: RunningProject) -> None:
    write(project.home, {"a.txt": "needle --pre=x\n"})
    async with finder_of(project, Role.VIEWER) as finder:
        for text in ("needle", "--pre=x", "-e"):
            assert len((await finder.find(text)).files) == (text != "-e")
    async with project.client.get(project.url("find")) as answer:
        assert (await project.error(answer)).code == ErrorCode.INVALID_REQUEST


async def test_what_is_no_message_ends_the_socket(project: RunningProject, finder: Finder) -> None:
    await finder.socket.send_str(base64.b64encode(os.urandom(50)).decode())
    message = await finder.socket.receive()
    assert message.type is aiohttp.WSMsgType.CLOSE
    assert finder.socket.close_code == 4400


async def test_no_program_of_the_home_is_run(project: RunningProject, finder: Finder) -> None:
    planted = project.home / ".local/bin/rg"
    write(project.home, {"a.txt": "needle\n", ".local/bin/rg": "#!/bin/sh\ntouch planted\n"})
    planted.chmod(0o755)
    assert set((await finder.find("needle")).files) == {"a.txt"}
    assert not (project.home / "planted").exists()
