"""The history of a document, from a real project server: who, when, and the text of every version."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import msgspec
import pytest
from pycrdt import Doc, Text

from clients.ydoc import Client
from studium.project.documents.store import Store
from studium.protocol.errors import ErrorCode
from studium.protocol.files import Rename, Trash
from studium.protocol.history import Burst, HistoryPage, VersionText
from studium.protocol.ids import AccountId
from studium.protocol.session import Role
from studium.sync.replica import ROOT
from support.project import RunningProject, running_project

ADA = UUID(int=7)


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
