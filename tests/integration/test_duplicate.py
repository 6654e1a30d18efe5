"""Files copied beside themselves, through a real project server over real folders."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from clients.ydoc import Client
from studium.project.files import duplicate as module
from studium.protocol.errors import ErrorBody, ErrorCode
from studium.protocol.files import CreateFile, Duplicate, OperationAnswer, Trash
from studium.protocol.session import Role
from studium.sync.notebook.schema import cells_of
from support.project import RunningProject, running_project


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[RunningProject]:
    async with running_project(tmp_path) as project:
        yield project


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


async def test_a_copy_has_the_bytes_and_the_mode_and_a_name_of_its_own(project: RunningProject) -> None:
    (project.home / "week 1").mkdir()
    tool = project.home / "week 1" / "tool.sh"
    tool.write_bytes(os.urandom(100_000))
    tool.chmod(0o750)
    for copy in ("week 1/tool (copy).sh", "week 1/tool (copy 2).sh"):
        assert await project.operate(Duplicate("week 1/tool.sh")) == OperationAnswer(copy)
        assert (project.home / copy).read_bytes() == tool.read_bytes()
        assert stat.S_IMODE((project.home / copy).stat().st_mode) == 0o750
    (project.home / ".bashrc").write_text("x")
    assert await project.operate(Duplicate(".bashrc")) == OperationAnswer(".bashrc (copy)")


async def test_a_copy_of_a_notebook_has_what_was_typed_last_and_is_one_of_its_own(project: RunningProject) -> None:
    await project.operate(CreateFile("a.ipynb"))
    async with aiohttp.ClientSession(
        connector=aiohttp.UnixConnector(str(project.socket)), headers=project.headers(Role.OWNER)
    ) as session:
        ada = await Client(session, project.url("documents/a.ipynb")).connect()
        (cell,) = cells_of(ada.doc)
        cell.source.insert(0, "1 + 1")
        await ada.flush()
        await ada.until_acknowledged()
        assert await project.operate(Duplicate("a.ipynb")) == OperationAnswer("a (copy).ipynb")
        assert "1 + 1" in (project.home / "a (copy).ipynb").read_text()
        copy = await Client(session, project.url("documents/a (copy).ipynb")).connect()
        (copied,) = cells_of(copy.doc)
        copied.source.insert(0, "2 * ")
        await copy.flush()
        await copy.until_acknowledged()
        assert str(cell.source) == "1 + 1"
        await ada.disconnect()
        await copy.disconnect()


async def test_two_at_once_are_two_copies(project: RunningProject) -> None:
    (project.home / "a.md").write_text("one")
    answers = await asyncio.gather(*(project.operate(Duplicate("a.md")) for _ in range(5)))
    paths = {answer.path for answer in answers if isinstance(answer, OperationAnswer)}
    assert len(paths) == 5
    assert names(project.home) == {"a.md", *paths}


async def test_what_is_refused_leaves_nothing(project: RunningProject, monkeypatch: pytest.MonkeyPatch) -> None:
    (project.home / "folder").mkdir()
    os.mkfifo(project.home / "pipe")
    (project.home / "out").symlink_to("/etc/hostname")
    (project.home / "big").write_bytes(b"x" * 2000)
    (project.home / "gone.md").write_text("x")
    trashed = await project.operate(Trash("gone.md"))
    assert isinstance(trashed, OperationAnswer)
    before = names(project.home)
    monkeypatch.setattr(module, "MAX_COPY_BYTES", 1000)
    for path, code in (
        ("folder", ErrorCode.INVALID_PATH),
        ("", ErrorCode.INVALID_PATH),
        ("pipe", ErrorCode.INVALID_PATH),
        ("out", ErrorCode.NOT_PERMITTED),
        ("missing.md", ErrorCode.NOT_FOUND),
        (f".trash/files/{trashed.trash_id}", ErrorCode.INVALID_PATH),
        ("big", ErrorCode.TOO_LARGE),
        ("../escape", ErrorCode.INVALID_PATH),
    ):
        answer = await project.operate(Duplicate(path))
        assert isinstance(answer, ErrorBody), path
        assert answer.code is code, (path, answer)
    assert names(project.home) == before


async def test_a_viewer_makes_no_copy_and_no_notebook(project: RunningProject) -> None:
    (project.home / "a.md").write_text("one")
    for body in ({"type": "duplicate", "path": "a.md"}, {"type": "create_file", "path": "mine.ipynb"}):
        async with project.client.post(
            project.url("operations"), json=body, headers=project.headers(Role.VIEWER)
        ) as answer:
            assert answer.status == 403
    assert names(project.home) == {"a.md"}
