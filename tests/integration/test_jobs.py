"""Jobs: copying, moving and deleting many files, through a real project server over real folders."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
import pytest

from clients.ydoc import Client
from studium.http.identity import HEADER, hub_identity, sign
from studium.project.files import staging
from studium.project.jobs import copying, moving, runner
from studium.protocol.activity import ReportBatch
from studium.protocol.errors import ErrorCode
from studium.protocol.files import CreateFile, Restore, Trash
from studium.protocol.jobs import CancelJob, Clash, Copy, EmptyTrash, JobState, Move, TrashListing, TrashMany
from studium.protocol.session import Role
from support.jobs import Page, page_of, tree
from support.project import SECRET, RunningProject, running_project


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[RunningProject]:
    async with running_project(tmp_path) as project:
        yield project


@pytest.fixture
async def page(project: RunningProject) -> AsyncIterator[Page]:
    async with page_of(project) as page:
        yield page


def fill(folder: Path) -> None:
    (folder / "src" / "deep" / "er").mkdir(parents=True)
    (folder / "src" / "a.bin").write_bytes(os.urandom(300_000))
    (folder / "src" / "empty").touch()
    (folder / "src" / "deep" / "er" / 'odd "name"\n é').write_text("odd")
    (folder / "src" / "link").symlink_to("deep")
    (folder / "src" / "out").symlink_to("/etc/hostname")
    (folder / "src" / "tool").write_text("#!/bin/sh\n")
    (folder / "src" / "tool").chmod(0o750)
    os.utime(folder / "src" / "a.bin", (1_000_000_000, 1_000_000_000))


def in_bin(home: Path) -> list[str]:
    return [place.name for folder in ("files", "info", "expunged") for place in (home / ".trash" / folder).glob("*")]


async def trash_of(project: RunningProject, role: Role = Role.OWNER) -> TrashListing:
    async with project.client.get(project.url("trash"), headers=project.headers(role)) as answer:
        assert answer.status == 200
        return msgspec.json.decode(await answer.read(), type=TrashListing)


async def test_a_copy_is_all_that_its_source_is(project: RunningProject, page: Page) -> None:
    fill(project.home)
    os.mkfifo(project.home / "src" / "pipe")
    (project.home / "to").mkdir()
    job = await page.run(Copy(["src"], "to"))
    assert (job.state, job.path, job.to, job.what, job.kind) == (JobState.DONE, "to/src", "to", "src", "copy")
    assert (job.done_files, job.total_files, job.skipped_files) == (6, 6, 1)
    assert job.done_bytes == job.total_bytes
    copied, source = tree(project.home / "to" / "src"), tree(project.home / "src")
    assert source.pop("pipe") == "special"
    assert copied == source
    assert stat.S_IMODE((project.home / "to/src/tool").stat().st_mode) == 0o750
    assert (project.home / "to/src/a.bin").stat().st_mtime == 1_000_000_000
    assert not list(project.home.glob(".studium*"))


async def test_a_pipe_alone_cannot_be_copied(project: RunningProject, page: Page) -> None:
    os.mkfifo(project.home / "pipe")
    (project.home / "to").mkdir()
    job = await page.run(Copy(["pipe"], "to"))
    assert job.error is not None
    assert "a device, a pipe or a socket, which cannot be copied" in job.error.message
    assert tree(project.home / "to") == {}


async def test_a_sparse_file_stays_sparse(project: RunningProject, page: Page) -> None:
    with (project.home / "sparse").open("wb") as file:
        file.truncate(10**12)
        file.seek(5 * 10**11)
        file.write(b"in the middle")
    (project.home / "to").mkdir()
    job = await page.run(Copy(["sparse"], "to"))
    assert job.state is JobState.DONE, job.error
    status = (project.home / "to" / "sparse").stat()
    assert status.st_size == 10**12
    assert status.st_blocks * 512 < 10**7
    with (project.home / "to" / "sparse").open("rb") as file:
        file.seek(5 * 10**11)
        assert file.read(13) == b"in the middle"


async def test_what_was_typed_last_is_in_the_copy(project: RunningProject, page: Page) -> None:
    (project.home / "notes").mkdir()
    (project.home / "to").mkdir()
    async with aiohttp.ClientSession(
        connector=aiohttp.UnixConnector(str(project.socket)), headers=project.headers(Role.OWNER)
    ) as session:
        ada = await Client(session, project.url("documents/notes/a.md")).connect()
        await ada.insert(0, "typed just now")
        await ada.until_acknowledged()
        job = await page.run(Copy(["notes"], "to"))
        assert job.state is JobState.DONE, job.error
        assert (project.home / "to" / "notes" / "a.md").read_text() == "typed just now"
        await ada.disconnect()


async def test_names_that_are_taken(project: RunningProject, page: Page) -> None:
    home = project.home
    (home / "to").mkdir()
    for name in ("a.md", "b.md", "c.md"):
        (home / name).write_text(f"new {name}")
    for name in ("a.md", "b.md"):
        (home / "to" / name).write_text(f"old {name}")
    paths = ["a.md", "b.md", "c.md"]
    error = await page.refused(Copy(paths, "to"))
    assert (error.code, error.data["taken"]) == (ErrorCode.CONFLICT, ["a.md", "b.md"])
    assert set(tree(home / "to")) == {"a.md", "b.md"}

    job = await page.run(Copy(paths, "to", Clash.SKIP))
    assert (job.state, job.skipped_files, job.path) == (JobState.DONE, 2, "to/c.md")
    assert (home / "to" / "a.md").read_text() == "old a.md"
    (home / "to" / "c.md").unlink()

    job = await page.run(Copy(paths, "to", Clash.KEEP_BOTH))
    assert set(tree(home / "to")) == {"a.md", "a (copy).md", "b.md", "b (copy).md", "c.md"}
    assert (home / "to" / "a.md").read_text() == "old a.md"
    assert (home / "to" / "a (copy).md").read_text() == "new a.md"

    job = await page.run(Copy(paths, "to", Clash.REPLACE))
    assert job.state is JobState.DONE
    assert (home / "to" / "a.md").read_text() == "new a.md"
    trashed = {item.path: item for item in (await trash_of(project)).items}
    assert set(trashed) == {"to/a.md", "to/b.md", "to/c.md"}  # nothing is lost
    await project.operate(Restore(trashed["to/a.md"].trash_id))
    assert (home / "to" / "a (restored).md").read_text() == "old a.md"


async def test_an_open_document_takes_what_replaces_its_file(project: RunningProject, page: Page) -> None:
    (project.home / "to").mkdir()
    (project.home / "a.md").write_text("the new text")
    (project.home / "to" / "a.md").write_text("the old text")
    async with aiohttp.ClientSession(
        connector=aiohttp.UnixConnector(str(project.socket)), headers=project.headers(Role.OWNER)
    ) as session:
        ada = await Client(session, project.url("documents/to/a.md")).connect()
        await ada.until_text("the old text")
        job = await page.run(Copy(["a.md"], "to", Clash.REPLACE))
        assert job.state is JobState.DONE, job.error
        await ada.until_text("the new text")
        await ada.append(", and more")
        await ada.until_acknowledged()
        assert (await page.run(Copy(["to/a.md"], "", Clash.KEEP_BOTH))).path == "a (copy).md"
        assert (project.home / "a (copy).md").read_text() == "the new text, and more"
        await ada.disconnect()
    assert [item.path for item in (await trash_of(project)).items] == ["to/a.md"]


async def test_a_copy_beside_itself_has_a_name_of_its_own(project: RunningProject, page: Page) -> None:
    fill(project.home)
    assert (await page.refused(Copy(["src"], ""))).code is ErrorCode.CONFLICT
    job = await page.run(Copy(["src"], "", Clash.KEEP_BOTH))
    assert job.path == "src (copy)"
    assert tree(project.home / "src (copy)") == tree(project.home / "src")
    assert (await page.refused(Copy(["src"], "", Clash.REPLACE))).code is ErrorCode.INVALID_PATH


async def test_what_cannot_be(project: RunningProject, page: Page) -> None:
    fill(project.home)
    (project.home / "in").symlink_to("src/deep")
    before = tree(project.home)
    for operation, code in (
        (Copy([], ""), ErrorCode.INVALID_VALUE),
        (Copy(["missing"], "src"), ErrorCode.NOT_FOUND),
        (Copy([""], "src"), ErrorCode.INVALID_PATH),
        (Copy(["src"], "src/deep"), ErrorCode.INVALID_PATH),
        (Copy(["src"], "in"), ErrorCode.INVALID_PATH),
        (Move(["src"], "src"), ErrorCode.INVALID_PATH),
        (Move(["src/deep/er"], "", Clash.REPLACE), None),
        (Copy(["src/a.bin"], "src/tool"), ErrorCode.INVALID_PATH),
        (Copy(["src/a.bin"], "missing"), ErrorCode.NOT_FOUND),
        (Copy(["../x"], ""), ErrorCode.INVALID_PATH),
        (Copy(["src/a.bin"], ".trash"), ErrorCode.INVALID_PATH),
        (Copy([".trash"], "src"), ErrorCode.INVALID_PATH),
        (TrashMany([".studium-jobs.tmp/x"]), ErrorCode.INVALID_PATH),
        (Copy(["src"] * 10_001, ""), ErrorCode.TOO_LARGE),
    ):
        if code is not None:
            assert (await page.refused(operation)).code is code, operation
    assert tree(project.home) == before
    (project.home / "a" / "a" / "a").mkdir(parents=True)
    assert "holds what would replace it" in (await page.refused(Move(["a/a/a"], "a", Clash.REPLACE))).message
    for act in (Copy(["src"], ""), Move(["src"], ""), TrashMany(["src"]), EmptyTrash()):
        assert (await page.refused(act, Role.VIEWER)).code is ErrorCode.NOT_PERMITTED


async def test_moving_takes_open_documents_along(project: RunningProject, page: Page) -> None:
    (project.home / "from").mkdir()
    (project.home / "to").mkdir()
    (project.home / "from" / "other").write_text("x")
    async with aiohttp.ClientSession(
        connector=aiohttp.UnixConnector(str(project.socket)), headers=project.headers(Role.OWNER)
    ) as session:
        await project.operate(CreateFile("from/a.md"))
        ada = await Client(session, project.url("documents/from/a.md")).connect()
        await ada.insert(0, "before")
        await ada.until_acknowledged()
        job = await page.run(Move(["from/a.md", "from/other"], "to"))
        assert (job.state, job.done_files, job.path) == (JobState.DONE, 2, "to/a.md")
        await ada.insert(0, "after, ")
        await ada.until_acknowledged()
        job = await page.run(Copy(["to/a.md"], "from"))
        assert (project.home / "from" / "a.md").read_text() == "after, before"
        assert set(tree(project.home)) == {"from", "from/a.md", "to", "to/a.md", "to/other"}
        await ada.disconnect()


async def test_an_open_document_moves_over_another_open_one(project: RunningProject, page: Page) -> None:
    (project.home / "to").mkdir()
    (project.home / "a.md").write_text("mine")
    (project.home / "to" / "a.md").write_text("yours")
    async with aiohttp.ClientSession(
        connector=aiohttp.UnixConnector(str(project.socket)), headers=project.headers(Role.OWNER)
    ) as session:
        ada = await Client(session, project.url("documents/a.md")).connect()
        bob = await Client(session, project.url("documents/to/a.md")).connect()
        await ada.until_text("mine")
        await bob.until_text("yours")
        job = await page.run(Move(["a.md"], "to", Clash.REPLACE))
        assert job.state is JobState.DONE, job.error
        await ada.append(" again")
        await ada.until_acknowledged()
        assert (await page.run(Copy(["to/a.md"], "", Clash.KEEP_BOTH))).path == "a.md"
        assert (project.home / "a.md").read_text() == "mine again"
        await ada.disconnect()
        await bob.disconnect()
    (old,) = (await trash_of(project)).items
    assert (project.home / ".trash" / "files" / old.trash_id).read_text() == "yours"


async def test_what_was_moved_stays_moved_when_the_rest_cannot(
    project: RunningProject, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = project.home
    (home / "to").mkdir()
    for name in ("a", "b", "c"):
        (home / name).write_text(name)
    original = staging.put

    def put(*arguments: object) -> str | None:
        (home / "c").unlink(missing_ok=True)  # a program is quicker
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(moving, "put", put)
    job = await page.run(Move(["a", "b", "c"], "to"))
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert (job.error.code, job.error.data["done"], job.done_files) == (ErrorCode.NOT_FOUND, 2, 2)
    assert "2 of 3 were moved" in job.error.message
    assert set(tree(home / "to")) == {"a", "b"}


async def test_an_ended_copy_leaves_nothing(
    project: RunningProject, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ended at the third step of copying, whenever that is."""
    (project.home / "src").mkdir()
    for number in range(5):
        (project.home / "src" / str(number)).write_bytes(b"x" * 3_000_000)
    (project.home / "to").mkdir()
    before = tree(project.home)
    monkeypatch.setattr(copying, "STEP_BYTES", 500_000)
    reached, go_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    original = copying._copy_file

    def slowly(*arguments: object) -> None:
        loop.call_soon_threadsafe(reached.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()
        original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(copying, "_copy_file", slowly)
    job_id = await page.start(Copy(["src"], "to"))
    assert isinstance(job_id, str)
    await reached.wait()
    await page.start(CancelJob(job_id))
    go_on.set()
    job = await page.ended(job_id)
    assert (job.state, job.path, job.error) == (JobState.CANCELLED, None, None)
    assert tree(project.home) == before
    assert await page.start(CancelJob(job_id)) == job_id  # once more does no harm
    assert await page.start(CancelJob("unknown")) == "unknown"


async def test_a_few_run_and_the_rest_waits(
    project: RunningProject, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.home / "a").write_text("x")
    go_on = asyncio.Event()
    loop = asyncio.get_running_loop()
    running: list[str] = []
    original = copying._copy_file

    def slowly(source: int, folder: int, name: str, work: object) -> None:
        running.append(name)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()
        original(source, folder, name, work)  # type: ignore[arg-type]

    monkeypatch.setattr(copying, "_copy_file", slowly)
    monkeypatch.setattr(runner, "MAX_JOBS", 6)
    jobs = [await page.start(Copy(["a"], "", Clash.KEEP_BOTH)) for _ in range(6)]
    assert (await page.refused(Copy(["a"], "", Clash.KEEP_BOTH))).code is ErrorCode.RATE_LIMITED
    async with asyncio.timeout(10):
        while len(running) < runner.MAX_RUNNING:
            await asyncio.sleep(0.01)
    waiting = jobs[-1]
    assert isinstance(waiting, str)
    await page.start(CancelJob(waiting))  # which has not begun
    assert (await page.ended(waiting)).state is JobState.CANCELLED
    assert len(running) == runner.MAX_RUNNING
    go_on.set()
    for job_id in jobs[:-1]:
        assert isinstance(job_id, str)
        assert (await page.ended(job_id)).state is JobState.DONE
    assert len(tree(project.home)) == 6


async def test_a_job_is_told_of_for_a_minute(
    project: RunningProject, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "KEPT_SECONDS", 1.0)
    (project.home / "a").write_text("x")
    job_id = await page.start(Copy(["a"], "", Clash.KEEP_BOTH))
    assert isinstance(job_id, str)
    assert (await page.ended(job_id)).state is JobState.DONE
    while await page.next():
        pass  # until there are none


async def test_the_trash_of_many(project: RunningProject, page: Page) -> None:
    home = project.home
    fill(home)
    (home / "a.md").write_text("12345")
    job = await page.run(TrashMany(["a.md", "src", "src/a.bin"]))  # what is in what goes, goes with it
    assert (job.state, job.done_files, len(job.trash_ids)) == (JobState.DONE, 2, 2)
    assert tree(home) == {}
    listing = await trash_of(project, Role.VIEWER)
    items = {item.path: item for item in listing.items}
    assert set(items) == {"a.md", "src"}
    assert (items["a.md"].size_bytes, items["a.md"].is_folder, items["src"].is_folder) == (5, False, True)
    assert abs(items["a.md"].deleted_at - (home / ".trash").stat().st_mtime) < 60
    await project.operate(Restore(job.trash_ids[0]))
    assert set(tree(home)) == {"a.md"}
    job = await page.run(EmptyTrash())
    assert (job.state, job.done_files) == (JobState.DONE, 1)
    assert (await trash_of(project)).items == []
    assert in_bin(home) == []


async def test_the_newest_of_the_trash_comes_first(project: RunningProject, page: Page) -> None:
    assert (await trash_of(project)).items == []
    assert not (project.home / ".trash").exists()  # who looks makes nothing
    ids = []
    for number in range(5):
        (project.home / f"{number}").touch()
        answer = await project.operate(Trash(f"{number}"))
        ids.append(getattr(answer, "trash_id", None))
        os.utime(project.home / ".trash" / "info" / f"{ids[-1]}.trashinfo", (number, number))
    assert [item.path for item in (await trash_of(project)).items] == ["4", "3", "2", "1", "0"]
    job = await page.run(EmptyTrash([str(ids[1]), str(ids[3]), "unknown", "../../a", ""]))
    assert job.state is JobState.DONE, job.error
    assert [item.path for item in (await trash_of(project)).items] == ["4", "2", "0"]


async def test_what_is_hard_to_delete(project: RunningProject, page: Page) -> None:
    home = project.home
    (home / "hard" / "locked" / "below").mkdir(parents=True)
    (home / "hard" / "locked" / "below" / "file").write_text("x")
    (home / "hard" / "locked" / "below").chmod(0)
    (home / "hard" / "locked").chmod(0o500)
    os.mkfifo(home / "hard" / "pipe")
    outside = home.parent / "outside"
    outside.mkdir()
    (outside / "precious").write_text("kept")
    (home / "hard" / "link").symlink_to(outside)
    deep = os.open(home / "hard", os.O_RDONLY)
    for _ in range(3000):  # deeper than a path may be, and than a stack
        os.mkdir("d" * 20, dir_fd=deep)
        below = os.open("d" * 20, os.O_RDONLY, dir_fd=deep)
        os.close(deep)
        deep = below
    os.close(deep)
    await page.run(TrashMany(["hard"]))
    job = await page.run(EmptyTrash())
    assert job.state is JobState.DONE, job.error
    assert in_bin(home) == []
    assert (outside / "precious").read_text() == "kept"


async def test_a_server_that_was_killed_leaves_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    left = home / ".studium-jobs.tmp" / "0123" / "0" / "half"
    left.mkdir(parents=True)
    (left / "file").write_text("half a copy")
    (home / ".trash" / "expunged" / "x").mkdir(parents=True)
    async with running_project(tmp_path), asyncio.timeout(10):
        while (home / ".studium-jobs.tmp").exists() or in_bin(home):
            await asyncio.sleep(0.01)


async def test_the_log_tells_of_a_job(project: RunningProject, page: Page) -> None:
    (project.home / "to").mkdir()
    names = [f"{number:02}" for number in range(30)]
    for name in names:
        (project.home / name).touch()
    await page.run(Move(names, "to"))
    await page.run(TrashMany([f"to/{name}" for name in names]))
    headers = {HEADER: sign(hub_identity(project.project_id), SECRET)}
    async with project.client.post("http://project/activity", json={"wait": False}, headers=headers) as answer:
        reports = msgspec.json.decode(await answer.read(), type=ReportBatch).reports
    moved = [report for report in reports if report.event == "file_renamed"]
    assert [(report.path, report.to) for report in moved] == [(name, f"to/{name}") for name in names[:10]]
    assert [report.path for report in reports if report.event == "file_deleted"] == [f"to/{n}" for n in names[:10]]
