"""Names of versions, from a real project server."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from clients.ydoc import Client, save
from studium.project.documents import writer
from studium.project.history import naming
from studium.protocol.documents import NamesChanged
from studium.protocol.errors import ErrorBody, ErrorCode
from studium.protocol.files import Rename, Trash
from studium.protocol.history import NamedVersion, NamedVersions, NameVersion, RemoveName, RenameVersion, RestoreName
from studium.protocol.ids import AccountId, HistoryId, NamedVersionId
from studium.protocol.session import Role
from support.naming import do, done, named, names
from support.project import RunningProject, running_project

ADA = AccountId(UUID(int=7))


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[RunningProject]:
    async with running_project(tmp_path) as project:
        yield project


async def typed(project: RunningProject, path: str, *pieces: str) -> Client:
    """Somebody who types these at the end, each an update, and stays connected."""
    client = await Client(project.client, project.url(f"documents/{path}")).connect()
    for piece in pieces:
        await client.append(piece)
    await client.until_acknowledged()
    return client


async def history(project: RunningProject, path: str) -> HistoryId:
    return (await named(project, path)).history_id


def code(answer: NamedVersions | ErrorBody) -> ErrorCode:
    assert isinstance(answer, ErrorBody)
    return answer.code


async def test_versions_are_named_renamed_and_named_no_more(project: RunningProject) -> None:
    began = time.time()
    client = await typed(project, "notes.md", "one ", "two ", "three")
    id_ = await history(project, "notes.md")
    assert (await named(project, "notes.md")).named_versions == []
    await done(project, NameVersion(id_, 3, "  before the  refactoring\t"))
    told = await done(project, NameVersion(id_, 1, "a first word 👩‍🔬"))
    assert names(told) == [(3, "before the  refactoring"), (1, "a first word 👩‍🔬")]
    first = told.named_versions[0]
    assert first.account_id == ADA
    assert began <= first.version_at <= first.named_at <= time.time()
    assert await named(project, "notes.md") == told

    # A second name of the same version stands beside the first.
    assert names(await done(project, NameVersion(id_, 3, "draft")))[:2] == [
        (3, "draft"),
        (3, "before the  refactoring"),
    ]
    told = await done(project, RenameVersion(first.named_version_id, "after the refactoring"))
    renamed = told.named_versions[1]
    assert renamed == NamedVersion(
        first.named_version_id, 3, "after the refactoring", first.named_at, first.version_at, ADA
    )
    told = await done(project, RemoveName(first.named_version_id))
    assert names(told) == [(3, "draft"), (1, "a first word 👩‍🔬")]
    told = await done(project, RestoreName(first.named_version_id))
    assert renamed in told.named_versions
    await client.disconnect()


async def test_everybody_who_has_the_document_open_is_told(project: RunningProject) -> None:
    ada = await typed(project, "notes.md", "text")
    other = await typed(project, "other.md", "text")
    id_ = await history(project, "notes.md")
    told = await done(project, NameVersion(id_, 1, "draft"))
    await ada.control(NamesChanged)
    seen = len(ada.controls)
    await done(project, RemoveName(told.named_versions[0].named_version_id))
    await ada.control(NamesChanged, seen)
    await save(other)
    assert not any(isinstance(control, NamesChanged) for control in other.controls)
    for client in (ada, other):
        await client.disconnect()


async def test_names_follow_a_renaming_outlive_restarts_and_a_deletion(tmp_path: Path) -> None:
    async with running_project(tmp_path) as project:
        client = await typed(project, "old.md", "kept")
        await client.save_now()
        await client.until(lambda: (project.home / "old.md").exists())
        id_ = await history(project, "old.md")
        await done(project, NameVersion(id_, 1, "draft"))
        await project.operate(Rename("old.md", "new.md"))
        told = await done(project, NameVersion(id_, 1, "as new"))
        assert await named(project, "new.md") == told
        await client.disconnect()
    async with running_project(tmp_path) as project:
        assert names(await named(project, "new.md")) == [(1, "as new"), (1, "draft")]
        await project.operate(Trash("new.md"))
        assert names(await named(project, "new.md")) == [(1, "as new"), (1, "draft")]
        # Also of a file that is gone, versions are named, under its history's id alone.
        assert names(await done(project, NameVersion(id_, 1, "deleted")))[0] == (1, "deleted")


async def test_viewers_see_names_and_give_none(project: RunningProject) -> None:
    client = await typed(project, "notes.md", "text")
    id_ = await history(project, "notes.md")
    told = await done(project, NameVersion(id_, 1, "draft"))
    ours = told.named_versions[0].named_version_id
    for act in (NameVersion(id_, 1, "mine"), RenameVersion(ours, "mine"), RemoveName(ours), RestoreName(ours)):
        answer = await do(project, act, Role.VIEWER)
        assert code(answer) is ErrorCode.NOT_PERMITTED
        assert isinstance(answer, ErrorBody)
        assert answer.message.startswith("As a viewer of this project you cannot name versions.")
    url, headers = project.url("history/notes.md"), project.headers(Role.VIEWER)
    async with project.client.get(url, params={"versions": "named"}, headers=headers) as seen:
        assert seen.status == 200
    assert await named(project, "notes.md") == told
    await client.disconnect()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "A name needs at least one character."),
        (" \t ", "A name needs at least one character."),
        ("\u200b", "A name needs at least one character."),
        ("x" * 101, "This name has 101 characters"),
        ("two\nlines", "A name is one line"),
        ("red \x1b[31m", "A name is one line"),
        ("turned \u202e around", "A name is one line"),
        ("two\u2028lines", "A name is one line"),
    ],
)
async def test_what_is_no_name_is_refused(project: RunningProject, name: str, sentence: str) -> None:
    client = await typed(project, "notes.md", "text")
    id_ = await history(project, "notes.md")
    told = await done(project, NameVersion(id_, 1, "x" * 100))
    for act in (NameVersion(id_, 1, name), RenameVersion(told.named_versions[0].named_version_id, name)):
        answer = await do(project, act)
        assert isinstance(answer, ErrorBody)
        assert answer.code is ErrorCode.INVALID_VALUE
        assert answer.message.startswith(sentence)
    await client.disconnect()


async def test_what_is_not_there_cannot_be_named(project: RunningProject) -> None:
    client = await typed(project, "notes.md", "one", "two")
    id_ = await history(project, "notes.md")
    nobody = NamedVersionId(uuid4())
    for act, expected in (
        (NameVersion(id_, 0, "x"), ErrorCode.NOT_FOUND),
        (NameVersion(id_, 3, "x"), ErrorCode.NOT_FOUND),
        (NameVersion(id_, -(2**62), "x"), ErrorCode.NOT_FOUND),
        (NameVersion(HistoryId(uuid4()), 1, "x"), ErrorCode.NOT_FOUND),
        (RenameVersion(nobody, "x"), ErrorCode.NOT_FOUND),
        (RemoveName(nobody), ErrorCode.NOT_FOUND),
        (RestoreName(nobody), ErrorCode.NOT_FOUND),
    ):
        assert code(await do(project, act)) is expected, act
    for body in (b"", b"{}", b'{"type": "name", "history_id": "x", "version": 1, "name": "x"}', b'"\xff"'):
        async with project.client.post(project.url("named-versions"), data=body) as answer:
            assert answer.status == 400
    surrogate = b'{"type": "name", "history_id": "%s", "version": 1, "name": "\\ud800"}' % str(id_).encode()
    async with project.client.post(project.url("named-versions"), data=surrogate) as answer:
        assert answer.status == 400
    await client.disconnect()


async def test_of_two_at_once_one_is_told_what_the_other_did(project: RunningProject) -> None:
    client = await typed(project, "notes.md", "text")
    id_ = await history(project, "notes.md")
    answers = await asyncio.gather(*(do(project, NameVersion(id_, 1, "draft")) for _ in range(5)))
    assert sorted(isinstance(each, NamedVersions) for each in answers) == [False] * 4 + [True]
    assert {code(each) for each in answers if isinstance(each, ErrorBody)} == {ErrorCode.CONFLICT}
    ours = (await named(project, "notes.md")).named_versions[0].named_version_id
    answers = await asyncio.gather(*(do(project, RemoveName(ours)) for _ in range(2)))
    gone = next(each for each in answers if isinstance(each, ErrorBody))
    assert gone.message == "Somebody has removed the name “draft” meanwhile. Name version 1 again."
    assert code(await do(project, RenameVersion(ours, "other"))) is ErrorCode.CONFLICT
    await done(project, NameVersion(id_, 1, "draft"))
    back = await do(project, RestoreName(ours))
    assert isinstance(back, ErrorBody)
    assert back.message == "“draft” is the name of version 1 already."
    await client.disconnect()


async def test_names_are_bounded(project: RunningProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naming, "MAX_NAMED_VERSIONS", 5)
    monkeypatch.setattr(naming, "KEPT_REMOVED", 2)
    client = await typed(project, "notes.md", "text")
    id_ = await history(project, "notes.md")
    for number in range(5):
        told = await done(project, NameVersion(id_, 1, str(number)))
    answer = await do(project, NameVersion(id_, 1, "one more"))
    assert isinstance(answer, ErrorBody)
    assert answer.code is ErrorCode.TOO_LARGE
    assert answer.message == "5 versions of this file have names, and more cannot. Remove some."
    ids = [each.named_version_id for each in told.named_versions]
    for each in ids[:4]:
        await done(project, RemoveName(each))
    assert code(await do(project, RestoreName(ids[1]))) is ErrorCode.NOT_FOUND  # of four, two are kept
    await done(project, RestoreName(ids[2]))
    assert len(names(await done(project, RestoreName(ids[3])))) == 3
    await client.disconnect()


async def test_a_full_disk_is_said_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connections: list[sqlite3.Connection] = []
    real = writer.connect

    def connect(path: Path) -> sqlite3.Connection:
        connections.append(real(path))
        return connections[-1]

    monkeypatch.setattr(writer, "connect", connect)
    monkeypatch.setattr(writer, "_RETRY_SECONDS", 0.05)
    monkeypatch.setattr(naming, "COMMIT_SECONDS", 0.5)
    async with running_project(tmp_path) as project:
        client = await typed(project, "notes.md", "text")
        id_ = await history(project, "notes.md")
        (writing,) = connections
        pages = writing.execute("PRAGMA page_count").fetchone()[0]
        writing.execute(f"PRAGMA max_page_count = {pages}")
        for number in range(500):
            answer = await do(project, NameVersion(id_, 1, f"{number:0100}"))
            if isinstance(answer, ErrorBody):
                break
        assert isinstance(answer, ErrorBody)
        assert answer.code is ErrorCode.TIMEOUT
        assert (
            answer.message
            == "This is not stored yet, because the disk is slow or full. It will be, once there is room."
        )
        answer = await do(project, NameVersion(id_, 1, "one more"))
        assert isinstance(answer, ErrorBody)
        assert answer.code is ErrorCode.DISK_FULL
        assert (
            answer.message
            == "The names of versions cannot be changed, because the disk is full. Free some space first."
        )

        writing.execute(f"PRAGMA max_page_count = {pages + 100}")  # there is room again
        async with asyncio.timeout(60):
            while (1, f"{number:0100}") not in names(await named(project, "notes.md")):
                await asyncio.sleep(0.05)
        assert len(names(await named(project, "notes.md"))) == number + 1
        await client.disconnect()
