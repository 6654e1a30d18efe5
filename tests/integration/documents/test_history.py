"""The history of a document, from a real project server: who, when, and the text of every version."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import msgspec
import pytest
from pycrdt import Doc, Text

from clients.ydoc import Client
from studium.http.identity import HEADER, sign
from studium.project.documents import rooms as rooms_module
from studium.project.documents.store import Store
from studium.protocol.documents import DocumentFormat
from studium.protocol.errors import ErrorCode
from studium.protocol.files import Rename, Trash
from studium.protocol.history import Blame, Burst, DeletedDocuments, HistoryPage, VersionText
from studium.protocol.ids import AccountId
from studium.protocol.session import Role
from studium.sync.format import ROOT
from support.project import SECRET, RunningProject, identity, running_project

ADA = UUID(int=7)
GRACE = UUID(int=8)


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[RunningProject]:
    async with running_project(tmp_path) as project:
        yield project


async def page(project: RunningProject, path: str, **query: Any) -> HistoryPage:
    async with project.client.get(project.url(f"history/{path}"), params=query) as answer:
        assert answer.status == 200, await answer.text()
        return msgspec.json.decode(await answer.read(), type=HistoryPage)


async def text(project: RunningProject, path: str, version: int, **query: Any) -> VersionText:
    async with project.client.get(project.url(f"history/{path}"), params={"version": version, **query}) as answer:
        assert answer.status == 200, await answer.text()
        return msgspec.json.decode(await answer.read(), type=VersionText)


async def typed(project: RunningProject, path: str, *pieces: str) -> Client:
    """Somebody who types these at the end, each an update, and stays connected."""
    client = await Client(project.client, project.url(f"documents/{path}")).connect()
    for piece in pieces:
        await client.append(piece)
    await client.until_acknowledged()
    return client


async def test_every_version_has_its_text_its_author_and_its_time(project: RunningProject) -> None:
    (project.home / "notes.md").write_text("from the disk\n")
    client = await typed(project, "notes.md", "one ", "two ", "three")
    history = await page(project, "notes.md")
    assert history.version == 4
    assert [burst.account_ids for burst in history.bursts] == [[ADA], [None]]
    assert [(burst.first, burst.last) for burst in history.bursts] == [(2, 4), (1, 1)]
    assert history.before is None
    texts = [(await text(project, "notes.md", version)).text for version in range(5)]
    whole = ["", "from the disk\n", "one ", "two ", "three"]
    assert texts == ["".join(whole[: version + 1]) for version in range(5)]
    last = await text(project, "notes.md", 4)
    assert last.account_id == ADA
    assert history.bursts[0].started_at <= last.at <= history.bursts[0].ended_at
    await client.append(" four")
    await client.until_acknowledged()
    assert (await page(project, "notes.md")).version == 5
    assert (await text(project, "notes.md", 5)).text.endswith("three four")
    await client.disconnect()


async def test_the_history_follows_a_renaming(project: RunningProject) -> None:
    client = await typed(project, "old.md", "kept")
    await client.save_now()
    await client.until(lambda: (project.home / "old.md").exists())
    before = await page(project, "old.md")
    await project.operate(Rename("old.md", "new.md"))
    after = await page(project, "new.md")
    assert after.history_id == before.history_id
    assert (await text(project, "new.md", 1)).text == "kept"
    await client.disconnect()


async def test_a_deleted_file_keeps_its_history_and_a_new_one_lists_it(project: RunningProject) -> None:
    client = await typed(project, "notes.md", "the first life")
    await client.save_now()
    await client.until(lambda: (project.home / "notes.md").exists())
    await client.disconnect()
    first = await page(project, "notes.md")
    await project.operate(Trash("notes.md"))
    assert (await page(project, "notes.md")).history_id == first.history_id
    assert (await text(project, "notes.md", 1)).text == "the first life"


async def test_earlier_histories_of_a_place_can_be_read(tmp_path: Path) -> None:
    async with running_project(tmp_path) as project:
        await (await typed(project, "notes.md", "the first life")).disconnect()
        first = await page(project, "notes.md")
        (project.home / "notes.md").unlink(missing_ok=True)
        await project.operate(Trash("notes.md"))
    # A new server: the room of the first life is not open any more.
    (tmp_path / "home" / "notes.md").unlink(missing_ok=True)
    async with running_project(tmp_path) as project:
        (project.home / "other.md").write_text("")
        await (await typed(project, "other.md", "another file")).disconnect()
        await project.operate(Rename("other.md", "notes.md"))
        now = await page(project, "notes.md")
        assert now.history_id != first.history_id
        assert [(each.history_id, each.current) for each in now.histories] == [
            (now.history_id, True),
            (first.history_id, False),
        ]
        old = await page(project, "notes.md", history=str(first.history_id))
        assert old.version == 1
        assert (await text(project, "notes.md", 1, history=str(first.history_id))).text == "the first life"


async def test_viewers_may_read_and_strangers_may_not(project: RunningProject) -> None:
    await (await typed(project, "notes.md", "text")).disconnect()
    url = project.url("history/notes.md")
    async with project.client.get(url, headers=project.headers(Role.VIEWER)) as answer:
        assert answer.status == 200
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(project.socket))) as stranger,
        stranger.get(url) as answer,
    ):
        assert answer.status in (401, 403)


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("nothing.md", {}, ErrorCode.NOT_FOUND),
        ("notes.md", {"version": "99"}, ErrorCode.NOT_FOUND),
        ("notes.md", {"version": "-1"}, ErrorCode.INVALID_VALUE),
        ("notes.md", {"version": "²"}, ErrorCode.INVALID_VALUE),
        ("notes.md", {"version": "9" * 40}, ErrorCode.INVALID_VALUE),
        ("notes.md", {"blame": "99"}, ErrorCode.NOT_FOUND),
        ("notes.md", {"blame": "last"}, ErrorCode.INVALID_VALUE),
        ("notes.md", {"blame": "1", "version": "1"}, ErrorCode.INVALID_QUERY),
        ("nothing.md", {"blame": "0"}, ErrorCode.NOT_FOUND),
        ("", {"blame": "1"}, ErrorCode.NOT_FOUND),
        ("", {"documents": "all"}, ErrorCode.INVALID_VALUE),
        ("notes.md", {"documents": "deleted"}, ErrorCode.INVALID_QUERY),
        ("notes.md", {"before": "now"}, ErrorCode.INVALID_VALUE),
        ("notes.md", {"history": "mine"}, ErrorCode.INVALID_VALUE),
        ("notes.md", {"history": str(UUID(int=9))}, ErrorCode.NOT_FOUND),
    ],
)
async def test_what_cannot_be_answered_says_why(
    project: RunningProject, path: str, query: dict[str, str], code: ErrorCode
) -> None:
    await (await typed(project, "notes.md", "text")).disconnect()
    async with project.client.get(project.url(f"history/{path}"), params=query) as answer:
        assert answer.status >= 400
        assert (await project.error(answer)).code is code


async def test_pages_of_bursts_cover_every_version_once(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    store = Store(tmp_path / "state")
    await store.open()
    row = await store.create("notes.md")
    doc: Doc[Text] = Doc()
    for number in range(120):  # a person and a program in turn: each is a burst
        update = edit(doc, f"{number}\n")
        store.append(row.number, number + 1, [(None if number % 2 else AccountId(ADA), [update])], lambda _error: None)
    await store.close()
    async with running_project(tmp_path) as project:
        found: list[Burst] = []
        before: int | None = None
        pages = 0
        while before is not None or not found:
            part = await page(project, "notes.md", **({} if before is None else {"before": before}))
            found, before, pages = found + part.bursts, part.before, pages + 1
        covered = [version for burst in reversed(found) for version in range(burst.first, burst.last + 1)]
        assert covered == list(range(1, 121))
        assert pages == 3


def edit(doc: Doc[Text], insert: str) -> bytes:
    """The update of typing this at the end."""
    before = doc.get_state()
    doc.get(ROOT, type=Text).insert(len(doc.get(ROOT, type=Text)), insert)
    return doc.get_update(before)


async def blame(project: RunningProject, path: str, version: int, **query: Any) -> Blame:
    async with project.client.get(project.url(f"history/{path}"), params={"blame": version, **query}) as answer:
        assert answer.status == 200, await answer.text()
        return msgspec.json.decode(await answer.read(), type=Blame)


async def deleted(project: RunningProject) -> DeletedDocuments:
    async with project.client.get(project.url("history/"), params={"documents": "deleted"}) as answer:
        assert answer.status == 200, await answer.text()
        return msgspec.json.decode(await answer.read(), type=DeletedDocuments)


async def saved(project: RunningProject, path: str, content: str) -> None:
    """Somebody wrote this file in the editor and left."""
    client = await typed(project, path, content)
    await client.save_now()
    await client.until(lambda: (project.home / path).exists())
    await client.disconnect()


async def test_each_line_is_by_who_wrote_it_also_when_two_type_at_once(project: RunningProject) -> None:
    (project.home / "notes.md").write_text("from the disk\nand more\n")
    ada = await typed(project, "notes.md", "by Ada\n")
    grace = Client(project.client, project.url("documents/notes.md"))
    grace.headers = as_grace(project)
    await grace.connect()
    await grace.append("by Grace\n")
    await grace.until_acknowledged()
    await ada.until(lambda: str(ada.text).endswith("by Grace\n"))
    await ada.append("Ada again\n")
    await ada.until_acknowledged()
    told = await blame(project, "notes.md", 4)
    assert [(run.count, run.version, run.account_id) for run in told.lines] == [
        (2, 1, None),
        (1, 2, ADA),
        (1, 3, GRACE),
        (2, 4, ADA),  # and the empty line after it
    ]
    assert (await page(project, "notes.md")).bursts[0].account_ids == [ADA, GRACE]
    assert [run.version for run in (await blame(project, "notes.md", 2)).lines] == [1, 2]
    assert [(run.count, run.version) for run in (await blame(project, "notes.md", 0)).lines] == [(1, 0)]
    await ada.disconnect()
    await grace.disconnect()


async def test_what_was_deleted_is_listed_and_can_be_read(project: RunningProject) -> None:
    (project.home / "folder").mkdir()
    for path in ("kept.md", "trashed.md", "renamed.md", "removed in a shell.md", "folder/inside.md"):
        await saved(project, path, f"text of {path}")
    await project.operate(Trash("trashed.md"))
    await project.operate(Rename("renamed.md", "new name.md"))
    (project.home / "removed in a shell.md").unlink()
    await project.operate(Trash("folder"))
    found = await deleted(project)
    assert [(each.path, each.versions, each.removed) for each in found.documents] == [
        ("folder/inside.md", 1, True),
        ("removed in a shell.md", 1, False),
        ("trashed.md", 1, True),
    ]
    assert not found.more
    for each in found.documents:
        for query in ({}, {"history": str(each.history_id)}):
            assert (await page(project, each.path, **query)).history_id == each.history_id
            assert (await text(project, each.path, 1, **query)).text == f"text of {each.path}"
            assert (await blame(project, each.path, 1, **query)).lines[0].account_id == ADA
    (project.home / "removed in a shell.md").write_text("it is back")
    assert "removed in a shell.md" not in [each.path for each in (await deleted(project)).documents]


async def test_a_history_whose_place_another_has_now_is_listed(project: RunningProject) -> None:
    await saved(project, "notes.md", "the first life")
    first = await page(project, "notes.md")
    await project.operate(Trash("notes.md"))
    await saved(project, "other.md", "another file")
    await project.operate(Rename("other.md", "notes.md"))
    (found,) = (await deleted(project)).documents
    assert (found.path, found.history_id) == ("notes.md", first.history_id)
    assert (await blame(project, "notes.md", 1, history=str(found.history_id))).history_id == first.history_id
    # Its id opens it where it lived, and nowhere else.
    async with project.client.get(project.url("history/other.md"), params={"history": str(found.history_id)}) as answer:
        assert answer.status == 404


async def test_a_place_with_many_histories_shows_each_by_its_id(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    store = Store(tmp_path / "state")
    await store.open()
    histories = []
    for number in range(520):
        row = await store.create("notes.md")
        histories.append(str(row.history_id))
        store.append(row.number, 1, [(AccountId(ADA), [edit(Doc(), f"life {number}")])], lambda _error: None)
    await store.create("never written.md")
    await store.close()
    async with running_project(tmp_path) as project:
        found = await deleted(project)
        assert found.more
        assert [str(each.history_id) for each in found.documents] == histories[:19:-1]
        assert (await text(project, "notes.md", 1, history=histories[0])).text == "life 0"


def as_grace(project: RunningProject) -> dict[str, str]:
    """The identity header of another collaborator."""
    grace = msgspec.structs.replace(
        identity(project.project_id, Role.COLLABORATOR), account_id=AccountId(GRACE), name="Grace"
    )
    return {HEADER: sign(grace, SECRET)}


async def test_a_version_of_a_notebook_is_given_as_its_file_with_its_pictures(
    project: RunningProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms_module, "MENDED_SECONDS", 0.01)
    picture = "iVBORw0KGgo" * 3_000
    output = {"output_type": "display_data", "metadata": {}, "data": {"image/png": picture}}
    cell = {"cell_type": "code", "id": "c0", "metadata": {}, "execution_count": 1, "outputs": [output], "source": ["a"]}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (project.home / "n.ipynb").write_text("no notebook yet")
    ada = await Client(project.client, project.url("documents/n.ipynb")).connect()
    assert ada.hello.format is DocumentFormat.TEXT
    (project.home / "n.ipynb").write_text(json.dumps(notebook))
    async with asyncio.timeout(60):
        while ada.hello.format is DocumentFormat.TEXT:
            await ada.disconnect()
            await asyncio.sleep(0.05)
            ada = await Client(project.client, project.url("documents/n.ipynb")).connect()

    kinds = [(each.format, each.current) for each in (await page(project, "n.ipynb")).histories]
    assert kinds == [(DocumentFormat.NOTEBOOK, True), (DocumentFormat.TEXT, False)]
    held = await text(project, "n.ipynb", 1)
    assert held.format is DocumentFormat.NOTEBOOK
    assert picture not in held.text
    async with project.client.get(project.url("history/n.ipynb"), params={"file": 1}) as answer:
        assert answer.status == 200
        assert "n.ipynb" in answer.headers["Content-Disposition"]
        assert json.loads(await answer.read()) == notebook
    async with project.client.get(project.url("history/n.ipynb"), params={"file": 0}) as answer:
        assert await answer.read() == b""
    async with project.client.get(project.url("history/n.ipynb"), params={"file": 9}) as answer:
        assert answer.status == 404
    earlier = (await page(project, "n.ipynb")).histories[1].history_id
    async with project.client.get(
        project.url("history/n.ipynb"), params={"file": 1, "history": str(earlier)}
    ) as answer:
        assert await answer.read() == b"no notebook yet"
