"""Replacing what was found, and taking it back: in files, in documents that people have open, in notebooks."""

import asyncio
import json
import os
from typing import Any

import pytest

from clients.ydoc import Client
from studium.project.find import replace as module
from studium.protocol.errors import ErrorBody, ErrorCode
from studium.protocol.find import ReplaceFile, ReplaceText, TextQuery, UndoReplace
from studium.protocol.session import Role
from support.finding import Finder
from support.project import RunningProject


async def opened(project: RunningProject, path: str) -> Client:
    return await Client(project.client, project.url(f"documents/{path}")).connect()


async def test_all_and_back_again(project: RunningProject, finder: Finder) -> None:
    before = {
        "a.py": b"one two one\nnone\n",
        "crlf.txt": b"one\r\ntwo\r\none",
        "mark.txt": b"\xef\xbb\xbfone\n",
        "utf16.txt": "é one\r\n".encode("utf-16"),
        "latin.txt": b"\xe9 one\n",
        "folder/b.txt": "🎉 one é one\n".encode(),
    }
    for path, data in before.items():
        (project.home / path).parent.mkdir(exist_ok=True)
        (project.home / path).write_bytes(data)
    (project.home / "a.py").chmod(0o750)
    done = await finder.replace("one", "1st")
    assert not done.failed
    assert {file.path: file.count for file in done.files} == {
        "a.py": 3, "crlf.txt": 2, "mark.txt": 1, "utf16.txt": 1, "latin.txt": 1, "folder/b.txt": 2,
    }  # fmt: skip
    assert {path: (project.home / path).read_bytes() for path in before} == {
        "a.py": b"1st two 1st\nn1st\n",
        "crlf.txt": b"1st\r\ntwo\r\n1st",
        "mark.txt": b"\xef\xbb\xbf1st\n",
        "utf16.txt": "é 1st\r\n".encode("utf-16"),
        "latin.txt": b"\xe9 1st\n",
        "folder/b.txt": "🎉 1st é 1st\n".encode(),
    }
    assert (project.home / "a.py").stat().st_mode & 0o777 == 0o750
    assert done.undo_id is not None
    back = await finder.post(UndoReplace(done.undo_id))
    assert not back.failed
    assert {path: (project.home / path).read_bytes() for path in before} == before
    again = await finder.try_post(UndoReplace(done.undo_id))
    assert isinstance(again, ErrorBody)
    assert again.code == ErrorCode.NOT_FOUND


async def test_groups_and_signs(project: RunningProject, finder: Finder) -> None:
    file = project.home / "a.txt"
    cases: tuple[tuple[str, str, dict[str, Any], str], ...] = (
        (r"(\w+)=(\w+)", "$2=$1", {"regex": True}, "b=a, d=c\n"),
        (r"(?P<left>\w)=\w", r"${left}:$&\t$$1\\", {"regex": True}, "a:a=b\t$1\\, c:c=d\t$1\\\n"),
        (r"(\w)=(\w)", r"$1x$2\n$9", {"regex": True}, "axb\n, cxd\n\n"),
        ("=", "$1\\n", {}, "a$1\\nb, c$1\\nd\n"),
        ("=", "", {}, "ab, cd\n"),
        ("=", "--json", {}, "a--jsonb, c--jsond\n"),
        ("^", "> ", {"regex": True}, "> a=b, c=d\n"),
        ("A=", "é🎉", {}, "é🎉b, c=d\n"),
    )
    for text, replacement, options, expected in cases:
        file.write_text("a=b, c=d\n")
        done = await finder.replace(text, replacement, **options)
        assert (file.read_text(), done.failed) == (expected, []), (text, replacement)


async def test_the_replacement_is_told_before(project: RunningProject, finder: Finder) -> None:
    (project.home / "a.txt").write_text("a=b, c=d\n")
    found = await finder.find(r"(\w)=(\w)", regex=True, replacement="$2=$1")
    spans = found.files["a.txt"].lines[0].spans
    assert [(span.start, span.end, span.replacement) for span in spans] == [(0, 3, "b=a"), (5, 8, "d=c")]
    found = await finder.find("a", replacement="z")
    assert [span.replacement for span in found.files["a.txt"].lines[0].spans] == ["z"]


async def test_some_matches_only(project: RunningProject, finder: Finder) -> None:
    (project.home / "a.txt").write_text("x x\nx x x\n")
    (project.home / "b.txt").write_text("x\n")
    done = await finder.replace("x", "y", {"a.txt": [1, 2, 4]})
    assert [(file.path, file.count) for file in done.files] == [("a.txt", 3)]
    assert (project.home / "a.txt").read_text() == "x y\ny x y\n"
    assert (project.home / "b.txt").read_text() == "x\n"


async def test_a_file_that_changed_is_left_alone(project: RunningProject, finder: Finder) -> None:
    (project.home / "a.txt").write_text("one\ntwo\n")
    (project.home / "b.txt").write_text("one\n")
    query = TextQuery("one", replacement="1")
    found = await finder.find("one")
    files = [ReplaceFile(path, file.digest) for path, file in found.files.items()]
    (project.home / "a.txt").write_text("one more\ntwo\n")
    done = await finder.post(ReplaceText(query, files))
    assert [file.path for file in done.files] == ["b.txt"]
    assert [(failure.path, failure.error.code) for failure in done.failed] == [("a.txt", ErrorCode.CONFLICT)]
    assert (project.home / "a.txt").read_text() == "one more\ntwo\n"
    # What changed elsewhere in the file does not matter.
    found = await finder.find("one more")
    files = [ReplaceFile("a.txt", found.files["a.txt"].digest)]
    (project.home / "a.txt").write_text("zero\none more\ntwo\nthree\n")
    done = await finder.post(ReplaceText(TextQuery("one more", replacement="1"), files))
    assert (project.home / "a.txt").read_text() == "zero\n1\ntwo\nthree\n"
    # Nor is anything put back over what came later.
    assert done.undo_id is not None
    (project.home / "a.txt").write_text("other\n")
    back = await finder.post(UndoReplace(done.undo_id))
    assert [failure.error.code for failure in back.failed] == [ErrorCode.CONFLICT]
    assert (project.home / "a.txt").read_text() == "other\n"


async def test_what_is_not_there_any_more(project: RunningProject, finder: Finder) -> None:
    for name in ("gone.txt", "link.txt", "pipe.txt", "kept.txt"):
        (project.home / name).write_text("one\n")
    found = await finder.find("one")
    (project.home / "gone.txt").unlink()
    (project.home / "link.txt").unlink()
    (project.home / "link.txt").symlink_to("/etc/passwd")
    (project.home / "pipe.txt").unlink()
    os.mkfifo(project.home / "pipe.txt")
    files = [ReplaceFile(path, file.digest) for path, file in found.files.items()]
    files.append(ReplaceFile("../outside.txt", "x"))
    files.append(ReplaceFile(".trash/info/x", "x"))
    done = await finder.post(ReplaceText(TextQuery("one", replacement="1"), files))
    assert [file.path for file in done.files] == ["kept.txt"]
    assert {failure.path: failure.error.code for failure in done.failed} == {
        "gone.txt": ErrorCode.NOT_FOUND,
        "link.txt": ErrorCode.NOT_PERMITTED,
        "pipe.txt": ErrorCode.CONFLICT,
        "../outside.txt": ErrorCode.INVALID_PATH,
        ".trash/info/x": ErrorCode.INVALID_PATH,
    }


async def test_what_no_encoding_can_hold(project: RunningProject, finder: Finder) -> None:
    (project.home / "latin.txt").write_bytes(b"\xe9 one\n")
    done = await finder.replace("one", "ünï")
    assert [failure.error.code for failure in done.failed] == [ErrorCode.NOT_TEXT]
    assert (project.home / "latin.txt").read_bytes() == b"\xe9 one\n"


async def test_in_an_open_document_it_is_an_edit(project: RunningProject, finder: Finder) -> None:
    (project.home / "open.txt").write_text("one two\nünï one\n")
    (project.home / "closed.txt").write_text("one\n")
    client = await opened(project, "open.txt")
    await client.append("one more\n")
    done = await finder.replace("one", "1")
    assert {file.path: file.count for file in done.files} == {"open.txt": 3, "closed.txt": 1}
    await client.until_text("1 two\nünï 1\n1 more\n")
    await client.insert(0, "typed after\n")
    await client.until_acknowledged()
    assert done.undo_id is not None
    back = await finder.post(UndoReplace(done.undo_id))
    assert not back.failed
    await client.until_text("typed after\none two\nünï one\none more\n")
    await client.save_now()
    await client.disconnect()
    await project.server.stop()
    assert (project.home / "open.txt").read_text() == "typed after\none two\nünï one\none more\n"


async def test_nothing_that_is_typed_meanwhile_is_lost(project: RunningProject, finder: Finder) -> None:
    (project.home / "open.txt").write_text("one\n" * 50)
    client = await opened(project, "open.txt")
    typed = ""
    replacing = asyncio.create_task(finder.replace("one", "1"))
    while not replacing.done():
        await client.insert(0, "x")
        typed += "x"
        await asyncio.sleep(0)
    done = await replacing
    # The line in which somebody typed may be another one by then; then nothing was replaced, and that is said.
    replaced = bool(done.files)
    assert replaced != bool(done.failed)
    await client.append("end")
    await client.until_acknowledged()
    other = await opened(project, "open.txt")
    await other.until_text(str(client.text))
    lines = str(client.text).splitlines()
    assert lines[0] == typed + ("1" if replaced else "one") if typed else True
    assert lines[1:] == [("1" if replaced else "one")] * 49 + ["end"]
    await client.disconnect()
    await other.disconnect()


async def test_a_document_that_was_opened_since_is_put_back_too(project: RunningProject, finder: Finder) -> None:
    (project.home / "a.txt").write_text("one\nlast\n")
    done = await finder.replace("one", "1")
    client = await opened(project, "a.txt")
    await client.append("typed\n")
    await client.until_acknowledged()
    assert done.undo_id is not None
    back = await finder.post(UndoReplace(done.undo_id))
    assert not back.failed
    await client.until_text("one\nlast\ntyped\n")
    await client.disconnect()


def notebook(source: str) -> str:
    cell: dict[str, Any] = {
        "cell_type": "code",
        "id": "one",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": source,
    }
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"


@pytest.mark.parametrize("is_open", [False, True])
async def test_notebooks_stay_notebooks(project: RunningProject, finder: Finder, is_open: bool) -> None:
    path = project.home / "a.ipynb"
    path.write_text(notebook("value = 1"))
    client = await opened(project, "a.ipynb") if is_open else None
    broken = await finder.replace("value", 'va"lue')
    assert [failure.error.code for failure in broken.failed] == [ErrorCode.NOT_NOTEBOOK]
    done = await finder.replace("value", "amount")
    assert not done.failed
    await finder.find("nothing")  # saves
    assert json.loads(path.read_text())["cells"][0]["source"] in ("amount = 1", ["amount = 1"])
    assert done.undo_id is not None
    assert not (await finder.post(UndoReplace(done.undo_id))).failed
    await finder.find("nothing")
    assert json.loads(path.read_text())["cells"][0]["source"] in ("value = 1", ["value = 1"])
    if client is not None:
        await client.disconnect()


async def test_who_may_replace(project: RunningProject, finder: Finder) -> None:
    (project.home / "a.txt").write_text("one\n")
    digest = (await finder.find("one")).files["a.txt"].digest
    asked = ReplaceText(TextQuery("one", replacement="1"), [ReplaceFile("a.txt", digest)])
    refused = await finder.try_post(asked, Role.VIEWER)
    assert isinstance(refused, ErrorBody)
    assert refused.code == ErrorCode.NOT_PERMITTED
    assert (project.home / "a.txt").read_text() == "one\n"
    done = await finder.post(asked, Role.COLLABORATOR)
    assert done.undo_id is not None
    refused = await finder.try_post(UndoReplace(done.undo_id), Role.VIEWER)
    assert isinstance(refused, ErrorBody)
    assert refused.code == ErrorCode.NOT_PERMITTED


async def test_what_can_be_taken_back_is_bounded(
    project: RunningProject, finder: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_UNDO", 2)
    path = project.home / "a.txt"
    path.write_text("0\n")
    ids = [(await finder.replace(str(number), str(number + 1))).undo_id for number in range(3)]
    first = await finder.try_post(UndoReplace(ids[0] or ""))
    assert isinstance(first, ErrorBody)
    for undo_id in (ids[2], ids[1]):
        assert not (await finder.post(UndoReplace(undo_id or ""))).failed
    assert path.read_text() == "1\n"


async def test_a_replacement_must_be_given(project: RunningProject, finder: Finder) -> None:
    refused = await finder.try_post(ReplaceText(TextQuery("one"), []))
    assert isinstance(refused, ErrorBody)
    assert refused.code == ErrorCode.INVALID_VALUE
    many = [ReplaceFile(f"{number}", "x") for number in range(module.MAX_FILES + 1)]
    refused = await finder.try_post(ReplaceText(TextQuery("one", replacement=""), many))
    assert isinstance(refused, ErrorBody)
    assert refused.code == ErrorCode.TOO_LARGE
