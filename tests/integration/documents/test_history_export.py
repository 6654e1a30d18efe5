"""The history of a document as a git repository, from a real project server, looked at with git."""

import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import quote
from uuid import UUID
from zipfile import ZipFile

import msgspec
import pytest
from pycrdt import Doc, Text

from clients.ydoc import Client
from studium.http.identity import HEADER, sign
from studium.project.documents.store import Store
from studium.project.documents.writer import Job
from studium.project.history.git_export import tag_name
from studium.protocol.errors import ErrorCode
from studium.protocol.files import Trash
from studium.protocol.history import HistoryPage, NameVersion
from studium.protocol.ids import AccountId
from studium.protocol.session import Role
from studium.sync.format import ROOT
from studium.sync.wire import pack
from support.git import git
from support.naming import done, named
from support.project import SECRET, RunningProject, identity, running_project

ADA, GRACE = AccountId(UUID(int=7)), AccountId(UUID(int=8))


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[RunningProject]:
    async with running_project(tmp_path) as project:
        yield project


async def export(project: RunningProject, path: str, **query: str) -> Path:
    """The folder that the export unpacks to."""
    url = project.url(f"history/{quote(path)}")
    async with project.client.get(url, params={"export": "git", **query}) as answer:
        body = await answer.read()
        assert answer.status == 200, body
        assert answer.content_type == "application/zip"
        assert answer.content_length == len(body)
        assert answer.headers["Content-Disposition"].endswith("-history.zip")
    with ZipFile(io.BytesIO(body)) as archive:
        folders = {name.partition("/")[0] for name in archive.namelist()}
        assert len(folders) == 1
        archive.extractall(project.home.parent / "unpacked")
    return project.home.parent / "unpacked" / folders.pop()


def checked(folder: Path) -> Path:
    """The repository, which git finds no fault with."""
    assert git(folder, "fsck", "--strict", "--full") == ""
    assert git(folder, "status", "--porcelain", "--ignored") == ""
    assert git(folder, "branch", "--show-current") == "main\n"
    return folder


def log(folder: Path, form: str) -> list[str]:
    """A line for each commit, the oldest first."""
    return git(folder, "log", "--reverse", f"--format={form}").splitlines()


def person(project: RunningProject, account_id: AccountId, name: str, role: Role = Role.COLLABORATOR) -> dict[str, str]:
    """The identity header of somebody."""
    who = msgspec.structs.replace(identity(project.project_id, role), account_id=account_id, name=name)
    return {HEADER: sign(who, SECRET)}


async def join(project: RunningProject, path: str, headers: dict[str, str]) -> Client:
    client = Client(project.client, project.url(f"documents/{path}"))
    client.headers = headers
    return await client.connect()


async def written(folder: Path, path: str, *edits: tuple[float, AccountId | None, str], name: str = "") -> str:
    """A store with a document, each edit of it at its time; the id of its history."""
    folder.mkdir(exist_ok=True)
    store = Store(folder)
    await store.open()
    row = await store.create(path)
    doc: Doc[Text] = Doc()
    text = doc.get(ROOT, type=Text)
    for number, (at, account, insert) in enumerate(edits, 1):
        before = doc.get_state()
        if insert:
            text.insert(len(text), insert)
        else:
            text.clear()
        update = pack([doc.get_update(before)])
        store.writer.submit(Job([(row.number, number, 1, at, None if account is None else account.bytes, update)]))
    if name:
        store.remember_name(ADA, name)
    await store.close()
    return str(row.history_id)


async def test_a_commit_for_each_burst_with_who_when_and_what(project: RunningProject) -> None:
    (project.home / "week 1").mkdir()
    (project.home / "week 1" / "notes é.md").write_text("from the disk\r\n🙂\r\n", newline="")
    ada = await join(project, "week%201/notes%20%C3%A9.md", person(project, ADA, "Ada"))
    grace = await join(project, "week%201/notes%20%C3%A9.md", person(project, GRACE, "Grace Hopper"))
    for piece in ("one ", "two "):
        await ada.append(piece)
    await ada.until_acknowledged()
    await grace.until(lambda: str(grace.text).endswith("two "))
    await grace.append("three\n")
    await grace.until_acknowledged()
    folder = checked(await export(project, "week 1/notes é.md"))
    assert folder.name == "notes é.md-history"
    assert sorted(path.name for path in folder.iterdir()) == [".git", "notes é.md"]
    assert (folder / "notes é.md").read_bytes() == "from the disk\n🙂\none two three\n".encode()
    assert log(folder, "%an <%ae>: %s") == [
        "disk <disk@studium.invalid>: Edit notes é.md: 1 edit by disk",
        f"Ada <{ADA}@studium.invalid>: Edit notes é.md: 2 edits by Ada, 1 edit by Grace Hopper",
    ]
    assert git(folder, "log", "-1", "--format=%(trailers)").strip() == (
        f"Co-authored-by: Grace Hopper <{GRACE}@studium.invalid>"
    )
    assert git(folder, "log", "-1", "--format=%b").startswith("Versions 2 to 4 in Studium.\n")
    assert git(folder, "show", "HEAD~1:notes é.md") == "from the disk\n🙂\n"
    url = project.url("history/week%201/notes%20%C3%A9.md")
    async with project.client.get(url) as answer:
        page = msgspec.json.decode(await answer.read(), type=HistoryPage)
    assert log(folder, "%at %ct") == [f"{int(each.ended_at)} {int(each.ended_at)}" for each in page.bursts[::-1]]
    # It is a repository like any other.
    git(folder, "repack", "-adfq")
    git(folder, "clone", "-q", ".", "../clone")
    await ada.disconnect()
    await grace.disconnect()


async def test_texts_of_many_commits_are_those_of_the_versions(tmp_path: Path) -> None:
    edits = [(1e9 + 400 * turn, ADA if turn % 2 else None, f"line {turn} 🙂\n" * 20) for turn in range(130)]
    edits[70] = (edits[70][0], edits[70][1], "")  # all of it deleted
    await written(tmp_path / "state", "notes.md", *edits)
    async with running_project(tmp_path) as project:
        folder = checked(await export(project, "notes.md"))
        commits = log(folder, "%H")
        assert len(commits) == 130
        for version in (1, 50, 51, 52, 70, 71, 72, 129, 130):
            async with project.client.get(project.url("history/notes.md"), params={"version": version}) as answer:
                text = msgspec.json.decode(await answer.read())["text"]
            assert git(folder, "show", f"{commits[version - 1]}:notes.md") == text
        pack_bytes = sum(path.stat().st_size for path in (folder / ".git" / "objects" / "pack").glob("*.pack"))
        assert pack_bytes < 60_000  # 2 MB of texts


async def test_names_are_remembered_for_who_has_left(tmp_path: Path) -> None:
    async with running_project(tmp_path) as project:
        first = await join(project, "notes.md", person(project, GRACE, "Grace"))
        await first.append("text")
        await first.until_acknowledged()
        await first.disconnect()
        second = await join(project, "notes.md", person(project, GRACE, "Grace Hopper"))  # she took another name
        await second.disconnect()
        seen = await join(project, "notes.md", person(project, ADA, "A viewer", Role.VIEWER))
        await seen.disconnect()
    async with running_project(tmp_path) as project:
        assert log(await export(project, "notes.md"), "%an") == ["Grace Hopper"]
    store = Store(tmp_path / "state")
    await store.open()
    assert store._names == {GRACE: "Grace Hopper"}  # nobody else wrote or could write
    await store.close()


async def test_hostile_names_and_times_leave_the_repository_sound(tmp_path: Path) -> None:
    name = "Eve <eve@example.org>\nparent 0000\0 \u202e;"
    await written(tmp_path / "state", "a/.gitmodules", (-5.0, ADA, "[submodule]"), (4e10, GRACE, ""), name=name)
    async with running_project(tmp_path) as project:
        url = project.url("history/a/.gitmodules")
        headers = person(project, AccountId(UUID(int=9)), "Somebody")
        async with project.client.get(url, params={"export": "git"}, headers=headers) as answer:
            assert answer.status == 200
            with ZipFile(io.BytesIO(await answer.read())) as archive:
                archive.extractall(tmp_path)
        folder = checked(tmp_path / "gitmodules-history")
        assert log(folder, "%an|%ae|%at") == [
            f"Eve eve@example.org_parent 0000_ _|{ADA}@studium.invalid|0",
            f"Collaborator 00000000|{GRACE}@studium.invalid|40000000000",
        ]
        assert (folder / "gitmodules").read_bytes() == b""


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (".git", "git"),
        (".GiT", "GiT"),
        ("git~1", "git_1"),
        (".g\u200cit", ".g_it"),
        ('a\\b:c*"d|e?.md', "a_b_c__d_e_.md"),
        ("line\nbreak", "line_break"),
        ("ends with. .", "ends with"),
        (" ", "document"),
        ("é" * 127, "é" * 100),
    ],
)
async def test_a_name_that_git_or_a_system_refuses_is_changed(tmp_path: Path, name: str, kept: str) -> None:
    await written(tmp_path / "state", name, (1e9, ADA, "text"))
    async with running_project(tmp_path) as project:
        folder = checked(await export(project, name))
        assert (folder.name, (folder / kept).read_text()) == (f"{kept}-history", "text")


async def test_viewers_may_export_and_deleted_documents_too(project: RunningProject) -> None:
    client = await join(project, "notes.md", person(project, ADA, "Ada"))
    await client.append("text")
    await client.save_now()
    await client.until(lambda: (project.home / "notes.md").exists())
    await client.disconnect()
    await project.operate(Trash("notes.md"))
    url = project.url("history/notes.md?export=git")
    async with project.client.get(url, headers=project.headers(Role.VIEWER)) as answer:
        assert answer.status == 200
    async with project.client.head(url) as answer:
        assert answer.status == 200
    async with project.client.get(url, headers={HEADER: "nobody"}) as answer:
        assert answer.status in (401, 403)
    assert (checked(await export(project, "notes.md")) / "notes.md").read_text() == "text"


async def test_an_older_history_of_the_place_is_exported_by_its_id(tmp_path: Path) -> None:
    first = await written(tmp_path / "state", "notes.md", (1e9, ADA, "the first life"))
    await written(tmp_path / "state", "notes.md", (2e9, ADA, "another"))
    async with running_project(tmp_path) as project:
        assert (await export(project, "notes.md", history=first) / "notes.md").read_text() == "the first life"
        assert (await export(project, "notes.md") / "notes.md").read_text() == "another"


@pytest.mark.parametrize(
    ("limit", "sentence"),
    [("MAX_BURSTS", "too much history"), ("MAX_TEXT_BYTES", "too much text"), ("MAX_PACK_BYTES", "too much text")],
)
async def test_past_a_limit_it_says_so(tmp_path: Path, limit: str, sentence: str) -> None:
    await written(tmp_path / "state", "notes.md", (1e9, ADA, "one"), (2e9, ADA, "two"), (3e9, ADA, "three"))
    async with running_project(tmp_path) as project:
        with patch(f"studium.project.history.git_export.{limit}", 2):
            await refused(project, "notes.md", {"export": "git"}, ErrorCode.TOO_LARGE, sentence)
        assert all(path.name.startswith("documents.") for path in (tmp_path / "state").iterdir())


@pytest.mark.parametrize(
    ("path", "query", "code", "sentence"),
    [
        ("nothing.md", {"export": "git"}, ErrorCode.NOT_FOUND, "no history"),
        ("empty.md", {"export": "git"}, ErrorCode.NOT_FOUND, "Nothing has been written"),
        ("empty.md", {"export": "svn"}, ErrorCode.INVALID_VALUE, "“git”"),
        ("empty.md", {"export": "git", "blame": "1"}, ErrorCode.INVALID_QUERY, "two questions"),
    ],
)
async def test_what_cannot_be_exported_says_why(
    tmp_path: Path, path: str, query: dict[str, str], code: ErrorCode, sentence: str
) -> None:
    await written(tmp_path / "state", "empty.md")
    async with running_project(tmp_path) as project:
        await refused(project, path, query, code, sentence)


async def test_a_full_disk_is_told_and_the_next_export_works(tmp_path: Path) -> None:
    await written(tmp_path / "state", "notes.md", (1e9, ADA, "one"))
    async with running_project(tmp_path) as project:
        with patch("studium.project.history.git_export.tempfile.TemporaryFile", side_effect=OSError(28, "full")):
            await refused(project, "notes.md", {"export": "git"}, ErrorCode.DISK_FULL, "Free some space")
        checked(await export(project, "notes.md"))


async def refused(project: RunningProject, path: str, query: dict[str, Any], code: ErrorCode, sentence: str) -> None:
    async with project.client.get(project.url(f"history/{path}"), params=query) as answer:
        error = await project.error(answer)
        assert error.code is code
        assert re.search(sentence, error.message), error.message


async def test_named_versions_are_commits_with_tags(project: RunningProject) -> None:
    (project.home / "notes.md").write_text("from the disk\n")
    client = await join(project, "notes.md", person(project, ADA, "Ada"))
    for piece in ("one ", "two ", "three ", "four "):
        await client.append(piece)
    await client.until_acknowledged()
    id_ = (await named(project, "notes.md")).history_id
    for version, name in (
        (3, "before the  refactoring: ~x^"),
        (3, "v1.0"),
        (4, "v1.0"),
        (1, "main"),
        (5, "-..a/b.lock"),
        (5, "Größe 👩‍🔬"),
    ):
        await done(project, NameVersion(id_, version, name))
    folder = checked(await export(project, "notes.md"))
    assert log(folder, "%s") == [
        "Edit notes.md: 1 edit by disk",
        "Edit notes.md: 2 edits by Ada",
        "Edit notes.md: 1 edit by Ada",
        "Edit notes.md: 1 edit by Ada",
    ]
    tags = git(folder, "-c", "core.quotepath=off", "tag").split("\n")[:-1]
    assert sorted(tags) == sorted(
        ["before-the-refactoring-x", "v1.0", "v1.0-2", "version-main-", "version-a-b.lock-", "Größe-👩_🔬"]
    )
    assert git(folder, "show", "v1.0:notes.md") == "from the disk\none two "
    assert git(folder, "show", "v1.0-2:notes.md") == "from the disk\none two three "
    assert git(folder, "log", "-1", "--format=%b", "v1.0") == (
        "Versions 2 to 3 in Studium.\nNamed “before the  refactoring: ~x^”.\nNamed “v1.0”.\n\n"
    )
    await client.disconnect()


@pytest.mark.parametrize(
    "name", ["...", "@", "HEAD", "a b", "x.lock", "a..b", "a@{b", "\\", "?*[", "é" * 100, "🙂" * 100]
)
def test_git_takes_every_tag(name: str) -> None:
    git(Path(), "check-ref-format", f"refs/tags/{tag_name(name)}")
