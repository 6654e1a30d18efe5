"""``studium snapshot`` typed in a terminal."""

import asyncio
import itertools
import re

import pytest

from clients.terminals import TerminalPage
from clients.ydoc import Client, save
from studium.project.documents import rooms
from studium.project.history import snapshot
from studium.protocol.files import Trash
from studium.protocol.history import NameVersion
from support.naming import done, named, names
from support.project import RunningProject, identity
from support.terminals import at_terminal

_NUMBERS = itertools.count(1)


async def opened(project: RunningProject, path: str, *pieces: str) -> Client:
    """A document that somebody has open, and types these into."""
    client = await Client(project.client, project.url(f"documents/{path}")).connect()
    for piece in pieces:
        await client.append(piece)
    await client.until_acknowledged()
    return client


async def until_open(project: RunningProject, count: int) -> None:
    """Wait until so many documents are loaded."""
    async with asyncio.timeout(60):
        while True:
            async with project.client.get("http://project/metrics") as answer:
                if f"studium_documents_open {float(count)}\n" in await answer.text():
                    return
            await asyncio.sleep(0.01)


async def says(page: TerminalPage, command: str, *sentences: str, code: int) -> str:
    """Run it, and wait for what it says and its exit code; all that it says."""
    number = next(_NUMBERS)
    await page.line(f"clear; {command}; echo code $?, end {number}")
    await page.until(lambda: re.search(rf"\ncode \d, end {number}\n", page.text()))
    told = page.text().replace("\n", "")
    assert f"code {code}, end" in told, page.text()
    for sentence in sentences:
        assert sentence in told, page.text()
    return told


async def test_what_is_typed_is_saved_and_named_in_every_file_that_changed(project: RunningProject) -> None:
    (project.home / "sub").mkdir()
    (project.home / "data.csv").write_text("1,2\n")  # never opened: it has no versions
    ada = await opened(project, "a.md", "one ", "two")
    closed = await opened(project, "sub/b.py", "pass\n")
    await save(closed)
    await closed.disconnect()
    async with at_terminal(project) as page:
        await ada.append(" three")
        await says(
            page,
            "cd sub; studium snapshot 'before the refactoring'",
            "Named “before the refactoring” in 2 files: a.md, sub/b.py",
            code=0,
        )
        assert (project.home / "a.md").read_text().rstrip("\n") == "one two three"
        told = await named(project, "a.md")
        assert names(told) == [(3, "before the refactoring")]
        assert told.named_versions[0].account_id == identity(project.project_id).account_id
        assert names(await named(project, "sub/b.py")) == [(1, "before the refactoring")]

        # Only what has changed since is named again.
        await says(page, "studium snapshot again", "Nothing to name: 2 files have not changed since", code=0)
        await ada.append(" four")
        await ada.until_acknowledged()
        await says(
            page,
            "studium snapshot again",
            "Named “again” in 1 file: a.md",
            "1 file has not changed since the last named version.",
            code=0,
        )
        assert names(await named(project, "a.md")) == [(4, "again"), (3, "before the refactoring")]
    await ada.disconnect()


async def test_without_a_name_it_is_the_date_and_time_of_the_shell(project: RunningProject) -> None:
    ada = await opened(project, "a.md", "one")
    async with at_terminal(project) as page:
        told = await says(page, "export TZ=Asia/Tokyo; date '+%Y-%m-%d %H'; studium snapshot", code=0)
        hour = re.search(r"\d{4}-\d\d-\d\d \d\d", told)
        assert hour is not None
        ((_, name),) = names(await named(project, "a.md"))
        assert re.fullmatch(re.escape(hour.group()) + r":\d\d", name) or ":00" in name
    await ada.disconnect()


async def test_what_programs_wrote_is_in_the_named_version(
    project: RunningProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also into a file that nobody has open."""
    monkeypatch.setattr(rooms, "IDLE_SECONDS", 0.01)
    ada = await opened(project, "a.md", "old\n")
    closed = await opened(project, "b.md", "old\n")
    await save(ada)
    await save(closed)
    await closed.disconnect()
    await until_open(project, 1)
    async with at_terminal(project) as page:
        command = "sed -i s/old/new/ a.md b.md; studium snapshot renewed"
        await says(page, command, "Named “renewed” in 2 files: a.md, b.md", code=0)
        for path in ("a.md", "b.md"):
            ((version, _),) = names(await named(project, path))
            url, query = project.url(f"history/{path}"), {"version": version}
            async with project.client.get(url, params=query) as answer:
                assert (await answer.json())["text"] == "new\n"
    await ada.disconnect()


async def test_files_and_folders_are_chosen(project: RunningProject) -> None:
    (project.home / "sub").mkdir()
    (project.home / "data.csv").write_text("1,2\n")
    (project.home / "link.md").symlink_to("a.md")
    clients = [await opened(project, path, "text\n") for path in ("a.md", "sub/b.md", "sub/c.md")]
    for client in clients:
        await save(client)
    async with at_terminal(project) as page:
        await says(page, "studium snapshot v1 sub", "Named “v1” in 2 files: sub/b.md, sub/c.md", code=0)
        # One that is asked for gets one more name, though it has not changed.
        told = "Named “v2” in 2 files: a.md, sub/b.md"
        await says(page, "cd sub; studium snapshot v2 ../link.md b.md . ", told, "1 file has not changed", code=0)
        await says(page, "studium snapshot v2 ../a.md", "Nothing to name: 1 file has not changed", code=0)

        # What has no versions is said; the rest is named all the same.
        await says(
            page,
            "studium snapshot v3 ../data.csv b.md",
            "Named “v3” in 1 file: sub/b.md",
            "“data.csv” has no versions yet: they begin when it is first opened in the editor.",
            code=1,
        )
        await says(page, "studium snapshot v4 none.md b.md", "There is no file or folder “sub/none.md”.", code=1)
        await says(page, "studium snapshot v4 /etc/hostname", "is not in the home of this project", code=1)
        assert names(await named(project, "sub/b.md")) == [(1, "v3"), (1, "v2"), (1, "v1")]
    for client in clients:
        await client.disconnect()


async def test_what_is_meant_is_said(project: RunningProject) -> None:
    async with at_terminal(project) as page:
        await says(page, "studium snapshot x", "No file of this project has versions yet.", code=1)
        ada = await opened(project, "a.md", "text\n")
        await save(ada)
        await says(page, "studium snapshot a.md", "“a.md” is a file. Write a name before it", code=2)
        await says(page, "studium snapshot -m x", "“-m” is no option", "studium snapshot [NAME [PATH…]]", code=2)
        await says(page, "studium snapshot --help", "Without NAME, the name is the date and time.", code=0)
        await says(page, "studium snapshot ''", "studium: A name needs at least one character.", code=1)
        await says(page, "studium snapshot $'a\\nb'", "studium: A name is one line without control", code=1)
        await says(page, "studium snapshot $(printf '%0200d' 1)", "studium: This name has 200 characters", code=1)
        await says(page, "studium --help", "studium snapshot [NAME [PATH…]]", code=0)
        assert names(await named(project, "a.md")) == []
        await ada.disconnect()


async def test_what_was_deleted_is_left_out(project: RunningProject) -> None:
    for path in ("a.md", "b.md", "c.md"):
        client = await opened(project, path, "text\n")
        await save(client)
        await client.disconnect()
    await project.operate(Trash("b.md"))
    async with at_terminal(project) as page:
        await says(page, "rm c.md; studium snapshot x", "Named “x” in 1 file: a.md", code=0)


async def test_a_file_that_is_no_text_any_more_is_said(
    project: RunningProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is open, the text that was typed is named; where it is not, there is nothing that could be."""
    monkeypatch.setattr(rooms, "IDLE_SECONDS", 0.01)
    ada = await opened(project, "a.md", "text\n")
    await save(ada)
    closed = await opened(project, "b.md", "text\n")
    await save(closed)
    await closed.disconnect()
    await until_open(project, 1)
    async with at_terminal(project) as page:
        command = "printf '\\377\\0' | tee a.md > b.md; studium snapshot x"
        told = ("Named “x” in 1 file: a.md", "studium: “a.md” is not saved. ", "studium: “b.md” was not named. ")
        await says(page, command, *told, code=1)
    await ada.disconnect()


async def test_a_full_list_is_said(project: RunningProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "MAX_NAMED_VERSIONS", 3)
    ada = await opened(project, "a.md", "text\n")
    id_ = (await named(project, "a.md")).history_id
    for number in range(3):
        await done(project, NameVersion(id_, 1, str(number)))
    await ada.append("more")
    await ada.until_acknowledged()
    async with at_terminal(project) as page:
        await says(page, "studium snapshot x", "“a.md” has 3 named versions, and more cannot.", code=1)
    await ada.disconnect()
