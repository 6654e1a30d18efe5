"""Archives: downloads that are made while they are sent, compressing, and unpacking what may be hostile."""

import asyncio
import bz2
import gzip
import io
import lzma
import os
import struct
import tarfile
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
import pytest

from studium.project.files import archive
from studium.project.jobs import extracting
from studium.protocol.errors import ErrorBody, ErrorCode
from studium.protocol.files import Trash
from studium.protocol.jobs import (
    ArchiveFormat,
    ArchiveReady,
    CancelJob,
    Clash,
    Compress,
    Extract,
    Job,
    JobState,
    PrepareArchive,
)
from studium.protocol.session import Role
from support.jobs import Page, page_of, tree
from support.project import RunningProject, running_project


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[RunningProject]:
    async with running_project(tmp_path) as project:
        yield project


@pytest.fixture
async def page(project: RunningProject) -> AsyncIterator[Page]:
    async with page_of(project) as page:
        yield page


def fill(folder: Path) -> None:
    (folder / "src" / "deep").mkdir(parents=True)
    (folder / "src" / "empty").mkdir()
    (folder / "src" / "a.bin").write_bytes(os.urandom(300_000))
    (folder / "src" / "text.txt").write_text("words " * 100_000)
    (folder / "src" / "nothing").touch()
    (folder / "src" / "deep" / 'odd "name" é ‘日本’').write_text("odd")
    (folder / "src" / ("n" * 255)).write_text("long")
    (folder / "src" / "link").symlink_to("deep")
    (folder / "src" / "tool").write_text("#!/bin/sh\n")
    (folder / "src" / "tool").chmod(0o750)


async def prepare(project: RunningProject, paths: list[str], kind: ArchiveFormat) -> ArchiveReady | ErrorBody:
    body = msgspec.json.encode(PrepareArchive(paths, kind))
    headers = project.headers(Role.VIEWER)
    async with project.client.post(project.url("archives"), data=body, headers=headers) as answer:
        if answer.status >= 400:
            return await project.error(answer)
        return msgspec.json.decode(await answer.read(), type=ArchiveReady)


async def download(project: RunningProject, paths: list[str], kind: ArchiveFormat) -> tuple[str, bytes]:
    ready = await prepare(project, paths, kind)
    assert isinstance(ready, ArchiveReady), ready
    url = project.url(f"archives/{ready.archive_id}")
    async with project.client.get(url, headers=project.headers(Role.VIEWER)) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        return ready.name, await answer.read()


async def unpacked(name: str, data: bytes, folder: Path) -> dict[str, bytes | str | None]:
    """By the system's own programs, which are strangers to ours."""
    folder.mkdir(parents=True)
    (folder.parent / name).write_bytes(data)
    command = ["unzip", "-q", f"../{name}"] if name.endswith("zip") else ["tar", "xf", f"../{name}"]
    process = await asyncio.create_subprocess_exec(*command, cwd=folder)
    assert await process.wait() == 0
    return tree(folder)


@pytest.mark.parametrize("kind", list(ArchiveFormat))
async def test_a_download_is_all_that_was_chosen(project: RunningProject, tmp_path: Path, kind: ArchiveFormat) -> None:
    fill(project.home)
    (project.home / "b.md").write_text("b")
    (project.home / "gone").write_text("x")
    await project.operate(Trash("gone"))
    (project.home / ".studium-0123456789abcdef.tmp").touch()
    name, data = await download(project, ["src"], kind)
    assert name == f"src.{kind}"
    assert await unpacked(name, data, tmp_path / "one" / "out") == {
        "src": None,
        **{f"src/{path}": content for path, content in tree(project.home / "src").items()},
    }
    assert os.access(tmp_path / "one" / "out" / "src" / "tool", os.X_OK)
    name, data = await download(project, [""], kind)
    assert name == f"project.{kind}"
    whole = tree(project.home)
    del whole[".studium-0123456789abcdef.tmp"]
    assert await unpacked(name, data, tmp_path / "all" / "out") == whole  # and no trash in it
    name, data = await download(project, ["src/tool", "b.md", "src/deep"], kind)
    assert name == f"files.{kind}"
    assert set(await unpacked(name, data, tmp_path / "some" / "out")) == {
        "tool",
        "b.md",
        "deep",
        'deep/odd "name" é ‘日本’',
    }


async def test_what_is_not_whole_is_told(project: RunningProject, tmp_path: Path) -> None:
    (project.home / "src").mkdir()
    (project.home / "src" / "big").write_bytes(os.urandom(30_000_000))
    (project.home / "src" / "zlast").mkdir()
    (project.home / "src" / "zlast" / "file").write_text("there")
    os.mkfifo(project.home / "src" / "pipe")
    for kind in ArchiveFormat:
        ready = await prepare(project, ["src"], kind)
        assert isinstance(ready, ArchiveReady)
        headers = project.headers(Role.VIEWER)
        async with project.client.get(project.url(f"archives/{ready.archive_id}"), headers=headers) as answer:
            first = await answer.content.readexactly(10_000)
            with (project.home / "src" / "big").open("r+b") as file:
                file.truncate(5_000_000)
            data = first + await answer.read()
        found = await unpacked(ready.name, data, tmp_path / kind / "out")
        note = found[archive.NOT_WHOLE]
        assert isinstance(note, bytes)
        assert b"src/pipe: a device, a pipe or a socket" in note
        assert b"src/big: it changed" in note
        assert found["src/zlast/file"] == b"there"
        (project.home / "src" / "big").write_bytes(os.urandom(30_000_000))


async def test_a_download_that_is_not_there(project: RunningProject, monkeypatch: pytest.MonkeyPatch) -> None:
    error = await prepare(project, ["missing"], ArchiveFormat.ZIP)
    assert isinstance(error, ErrorBody)
    assert error.code is ErrorCode.NOT_FOUND
    (project.home / "a").write_text("x")
    (project.home / "b").write_text("x")
    monkeypatch.setattr(archive, "MAX_ZIP_FILES", 1)
    error = await prepare(project, ["a", "b"], ArchiveFormat.ZIP)
    assert isinstance(error, ErrorBody)
    assert error.code is ErrorCode.TOO_LARGE
    assert "Choose tar.gz" in error.message
    async with project.client.get(project.url("archives/0123")) as answer:
        assert (await project.error(answer)).code is ErrorCode.NOT_FOUND


async def test_who_goes_away_ends_the_making(project: RunningProject) -> None:
    (project.home / "big").write_bytes(os.urandom(50_000_000))
    ready = await prepare(project, ["big"], ArchiveFormat.TAR)
    assert isinstance(ready, ArchiveReady)
    headers = project.headers(Role.VIEWER)
    answer = await project.client.get(project.url(f"archives/{ready.archive_id}"), headers=headers)
    await answer.content.readexactly(1000)
    answer.close()
    async with asyncio.timeout(20):
        while "studium_jobs_archives_under_way 0" not in await metrics(project):
            await asyncio.sleep(0.02)


async def metrics(project: RunningProject) -> str:
    async with project.client.get("http://project/metrics") as answer:
        return await answer.text()


@pytest.mark.parametrize("kind", list(ArchiveFormat))
async def test_what_is_compressed_and_extracted_is_what_it_was(
    project: RunningProject, page: Page, kind: ArchiveFormat
) -> None:
    fill(project.home)
    job = await page.run(Compress(["src"], f"packed.{kind}", kind))
    assert (job.state, job.path, job.done_files) == (JobState.DONE, f"packed.{kind}", job.total_files), job.error
    assert (await page.refused(Compress(["src"], f"packed.{kind}", kind))).code is ErrorCode.CONFLICT
    job = await page.run(Extract(f"packed.{kind}"))
    assert (job.state, job.path) == (JobState.DONE, "packed"), job.error
    assert tree(project.home / "packed" / "src") == tree(project.home / "src")
    assert os.access(project.home / "packed" / "src" / "tool", os.X_OK)
    assert (await page.refused(Extract(f"packed.{kind}"))).data["taken"] == ["packed"]
    job = await page.run(Extract(f"packed.{kind}", clash=Clash.KEEP_BOTH))
    assert job.path == "packed (copy)"
    (project.home / f"packed.{kind}").rename(project.home / f"src.{kind}")
    (project.home / "src").rename(project.home / "old")
    job = await page.run(Extract(f"src.{kind}"))
    assert job.path == "src"
    assert tree(project.home / "src") == tree(project.home / "old")  # not src/src
    assert not list(project.home.glob(".studium*"))


async def test_into_a_folder_that_is_there(project: RunningProject, page: Page) -> None:
    home = project.home
    write_zip(home / "a.zip", {"one.txt": b"new", "two/x": b"new"})
    (home / "to").mkdir()
    (home / "to" / "one.txt").write_text("old")
    job = await page.run(Extract("a.zip", "to"))
    assert job.error is not None
    assert (job.error.code, job.error.data["taken"]) == (ErrorCode.CONFLICT, ["one.txt"])
    assert tree(home / "to") == {"one.txt": b"old"}
    job = await page.run(Extract("a.zip", "to", Clash.SKIP))
    assert (job.state, job.skipped_files) == (JobState.DONE, 1)
    assert tree(home / "to") == {"one.txt": b"old", "two": None, "two/x": b"new"}
    job = await page.run(Extract("a.zip", "to", Clash.REPLACE))
    assert tree(home / "to") == {"one.txt": b"new", "two": None, "two/x": b"new"}
    job = await page.run(Extract("a.zip", "new/below"))
    assert tree(home / "new") == {"below": None, "below/one.txt": b"new", "below/two": None, "below/two/x": b"new"}


@pytest.mark.parametrize(
    ("name", "pack"), [("data.csv.gz", gzip.compress), ("data.csv.bz2", bz2.compress), ("data.csv.xz", lzma.compress)]
)
async def test_a_single_compressed_file(project: RunningProject, page: Page, name: str, pack: object) -> None:
    (project.home / name).write_bytes(pack(b"1,2,3\n" * 1000))  # type: ignore[operator]
    job = await page.run(Extract(name))
    assert job.state is JobState.DONE, job.error
    assert tree(project.home / "data.csv") == {"data.csv": b"1,2,3\n" * 1000}


@pytest.mark.parametrize("how", ["w", "w:gz", "w:bz2", "w:xz"])
async def test_tar_files_of_all_kinds(project: RunningProject, page: Page, how: str) -> None:
    write_tar(project.home / "a.tar.any", [file("x/y", b"1"), file("z", b"2")], how)
    job = await page.run(Extract("a.tar.any", "out"))
    assert job.state is JobState.DONE, job.error
    assert tree(project.home / "out") == {"x": None, "x/y": b"1", "z": b"2"}


# Hostile ones -------------------------------------------------------------------------------------------------------


def write_zip(place: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in files.items():
            target.writestr(name, data)


def file(name: str, data: bytes = b"x") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    return info, data


def special(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


def write_tar(place: Path, entries: list[tuple[tarfile.TarInfo, bytes]], how: str = "w") -> None:
    with tarfile.open(place, how) as target:  # type: ignore[call-overload]
        for info, data in entries:
            target.addfile(info, io.BytesIO(data))


async def failed(page: Page, name: str, code: ErrorCode) -> Job:
    """Unpacking fails so, and leaves nothing."""
    before = tree(page.project.home)
    job = await page.run(Extract(name, "out"))
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error.code is code, job.error
    assert tree(page.project.home) == before
    return job


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "//x", "a/..", ".."])
async def test_names_that_leave_are_refused(project: RunningProject, page: Page, name: str) -> None:
    write_zip(project.home / "a.zip", {"good": b"x", name: b"evil"})
    write_tar(project.home / "a.tar", [file("good"), file(name)])
    for kind in ("zip", "tar"):
        job = await failed(page, f"a.{kind}", ErrorCode.INVALID_VALUE)
        assert job.error is not None
        assert "so it is not unpacked" in job.error.message
    assert {place.name for place in project.home.parent.iterdir()} == {"home", "state", "project.sock"}


async def test_links_that_leave_are_left_out(project: RunningProject, page: Page) -> None:
    outside = project.home.parent / "outside"
    outside.mkdir()
    sym, hard = tarfile.SYMTYPE, tarfile.LNKTYPE
    entries = [
        special("absolute", sym, str(outside)),
        special("up", sym, "../../outside"),
        special("inside", sym, "real/below"),
        special("real/also", sym, "../real"),
        special("hidden", sym, "real/../../outside"),
        special("through", sym, str(outside)),
        file("through/evil", b"a real folder"),  # the link, then a file through it
        file("real/below/file", b"good"),
        special("inside/evil", tarfile.DIRTYPE),  # a folder where a link was: the folder is kept
        special("hard", hard, "real/below/file"),
        special("hard-away", hard, "missing"),
        special("device", tarfile.CHRTYPE),
        special("pipe", tarfile.FIFOTYPE),
    ]
    write_tar(project.home / "a.tar", entries)
    job = await page.run(Extract("a.tar", "out"))
    assert job.state is JobState.DONE, job.error
    assert tree(project.home / "out") == {
        "hard": b"good",
        "inside": None,
        "inside/evil": None,
        "real": None,
        "real/also": "../real",
        "real/below": None,
        "real/below/file": b"good",
        "through": None,
        "through/evil": b"a real folder",
    }
    assert job.skipped_files == 8
    assert list(outside.iterdir()) == []


async def test_hard_links_out_are_refused(project: RunningProject, page: Page) -> None:
    for target in ("../../outside", "/etc/passwd"):
        write_tar(project.home / "a.tar", [special("hard", tarfile.LNKTYPE, target)])
        await failed(page, "a.tar", ErrorCode.INVALID_VALUE)


async def test_links_in_zip_files(project: RunningProject, page: Page) -> None:
    with zipfile.ZipFile(project.home / "a.zip", "w") as target:
        for name, to in (("good", "file"), ("evil", "/etc/passwd"), ("up", "../file")):
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, 0o120777 << 16
            target.writestr(info, to)
        target.writestr("file", "x")
        target.writestr("evil/through", "y")
    job = await page.run(Extract("a.zip", "out"))
    assert tree(project.home / "out") == {"evil": None, "evil/through": b"y", "file": b"x", "good": "file"}
    assert job.skipped_files == 2


async def test_a_bomb_is_refused_soon(project: RunningProject, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extracting, "FREE_BYTES", 10_000_000)
    with zipfile.ZipFile(project.home / "a.zip", "w", zipfile.ZIP_DEFLATED) as target, target.open("zeros", "w") as out:
        for _ in range(60):
            out.write(bytes(1_000_000))
    (project.home / "a.gz").write_bytes(gzip.compress(bytes(60_000_000)))
    (project.home / "a.xz").write_bytes(lzma.compress(bytes(40_000_000), preset=0))
    write_tar(project.home / "a.tar.bz2", [file("zeros", bytes(40_000_000))], "w:bz2")
    for name in ("a.zip", "a.gz", "a.xz", "a.tar.bz2"):
        job = await failed(page, name, ErrorCode.TOO_LARGE)
        assert job.error is not None
        assert "as bombs do" in job.error.message
    monkeypatch.setattr(extracting, "MAX_BYTES", 1_000_000)
    job = await failed(page, "a.zip", ErrorCode.TOO_LARGE)
    assert job.error is not None
    assert "more than 0.954 MB" in job.error.message


async def test_a_bomb_of_entries_that_share_their_bytes(
    project: RunningProject, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many names for one stretch of the file, which each unpacks to much."""
    monkeypatch.setattr(extracting, "FREE_BYTES", 10_000_000)
    write_zip(project.home / "one.zip", {"a": bytes(5_000_000)})
    data = (project.home / "one.zip").read_bytes()
    end = data.rindex(b"PK\5\6")
    start = data.index(b"PK\1\2")
    entry = data[start:end]
    entries = b"".join(entry[:46] + bytes([97 + number]) + entry[47:] for number in range(20))
    tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 20, 20, len(entries), start, 0)
    (project.home / "bomb.zip").write_bytes(data[:start] + entries + tail)
    job = await page.run(Extract("bomb.zip", "out"))
    assert job.state is JobState.FAILED
    assert set(tree(project.home)) == {"one.zip", "bomb.zip"}


async def test_a_million_entries_are_bounded(
    project: RunningProject, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = file("f", b"")[0].tobuf()
    with gzip.open(project.home / "a.tar.gz", "wb", 1) as target:
        for _ in range(1_000):
            target.write(entry * 1_000)
    monkeypatch.setattr(extracting, "MAX_FILES", 10_000)
    job = await failed(page, "a.tar.gz", ErrorCode.TOO_LARGE)
    assert job.error is not None
    assert "more than 10000 files" in job.error.message
    central = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"f"
    many = central * 60_000
    tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(many), 0, 0)  # which lies about how many
    (project.home / "a.zip").write_bytes(many + tail)
    await failed(page, "a.zip", ErrorCode.TOO_LARGE)


async def test_a_list_that_is_too_long_is_not_read(project: RunningProject, page: Page) -> None:
    with (project.home / "a.zip").open("wb") as target:
        target.truncate(70 * 1024**2)
        target.seek(0, os.SEEK_END)
        target.write(struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 9, 9, 70 * 1024**2, 0, 0))
    await failed(page, "a.zip", ErrorCode.TOO_LARGE)


async def test_a_header_that_never_ends_takes_no_memory_of_the_server(project: RunningProject, page: Page) -> None:
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, 8 * 1024**3
    with (project.home / "a.tar").open("wb") as target:
        target.write(header.tobuf())
        target.truncate(9 * 1024**3)  # sparse
    job = await page.run(Extract("a.tar", "out"))
    assert job.state is JobState.FAILED
    assert not (project.home / "out").exists()


async def test_the_same_name_twice(project: RunningProject, page: Page) -> None:
    write_tar(project.home / "a.tar", [file("x", b"1"), special("y", tarfile.LNKTYPE, "x"), file("x", b"2")])
    job = await page.run(Extract("a.tar", "out"))
    assert job.state is JobState.DONE, job.error
    assert tree(project.home / "out") == {"x": b"2", "y": b"1"}
    write_tar(project.home / "b.tar", [file("x", b"1"), file("x/y", b"2")])
    await failed(page, "b.tar", ErrorCode.INVALID_VALUE)
    write_tar(project.home / "c.tar", [file("x/y", b"2"), file("x", b"1")])
    await failed(page, "c.tar", ErrorCode.INVALID_VALUE)


async def test_names_in_other_encodings(project: RunningProject, page: Page) -> None:
    with zipfile.ZipFile(project.home / "a.zip", "w") as target:
        target.writestr("AAAA", "utf-8 without a mark")
        target.writestr("BB", "cp437")
        target.writestr("dir\\file", "from Windows")
    data = (project.home / "a.zip").read_bytes()
    data = data.replace(b"AAAA", "日€"[:1].encode() + b"x").replace(b"BB", b"\x81u")
    marked = bytearray(data)
    for position in find_all(data, b"PK\1\2"):
        marked[position + 5] = 0  # made by MS-DOS
    (project.home / "a.zip").write_bytes(marked)
    write_tar(project.home / "b.tar", [])
    with tarfile.open(project.home / "b.tar", "w", encoding="latin-1", format=tarfile.GNU_FORMAT) as tar:
        tar.addfile(file("grün", b"latin-1")[0], io.BytesIO(b"latin-1"))
    assert (await page.run(Extract("a.zip", "zip"))).state is JobState.DONE
    assert (await page.run(Extract("b.tar", "tar"))).state is JobState.DONE
    assert set(tree(project.home / "zip")) == {"日x", "üu", "dir", "dir/file"}
    assert len(tree(project.home / "tar")) == 1
    for name in tree(project.home / "tar"):
        name.encode()  # it is UTF-8: the file can be opened


def find_all(data: bytes, what: bytes) -> list[int]:
    found, position = [], data.find(what)
    while position >= 0:
        found.append(position)
        position = data.find(what, position + 1)
    return found


async def test_what_is_damaged_or_none(project: RunningProject, page: Page) -> None:
    write_zip(project.home / "ok.zip", {"a": os.urandom(100_000)})
    whole = (project.home / "ok.zip").read_bytes()
    garbled = bytearray(whole)
    garbled[50_000] ^= 0xFF
    (project.home / "garbled.zip").write_bytes(garbled)
    (project.home / "cut.zip").write_bytes(whole[:50_000])
    (project.home / "cut.tar.gz").write_bytes(gzip.compress(os.urandom(100_000))[:50_000])
    write_tar(project.home / "short.tar", [file("a", b"x" * 100_000)])
    (project.home / "short.tar").write_bytes((project.home / "short.tar").read_bytes()[:5_000])
    (project.home / "text.zip").write_text("no archive at all")
    (project.home / "empty.zip").touch()
    for name in ("garbled.zip", "cut.zip", "cut.tar.gz", "short.tar", "text.zip", "empty.zip"):
        await failed(page, name, ErrorCode.INVALID_VALUE)
    (project.home / "folder.zip").mkdir()
    os.mkfifo(project.home / "pipe.zip")
    for name, code in (("folder.zip", ErrorCode.INVALID_PATH), ("pipe.zip", ErrorCode.INVALID_PATH)):
        assert (await page.refused(Extract(name))).code is code
    assert (await page.refused(Extract("missing.zip"))).code is ErrorCode.NOT_FOUND
    assert (await page.refused(Extract("ok.zip", ".trash/x"))).code is ErrorCode.INVALID_PATH


async def test_an_archive_that_would_fill_the_trash(project: RunningProject, page: Page) -> None:
    write_zip(project.home / "a.zip", {".trash/info/evil": b"x", ".studium-1.tmp": b"x", "good": b"x"})
    job = await page.run(Extract("a.zip", ""))
    assert job.state is JobState.DONE, job.error
    assert set(tree(project.home)) == {"a.zip", "good"}
    assert not (project.home / ".trash").exists()


async def test_unpacking_is_ended(project: RunningProject, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a person while it runs, and by its limit of time: nothing is left."""
    monkeypatch.setattr(extracting, "FREE_BYTES", 10**15)
    (project.home / "a.xz").write_bytes(lzma.compress(bytes(400_000_000), preset=0) * 50)
    job_id = await page.start(Extract("a.xz", "out"))
    assert isinstance(job_id, str)
    await page.until(job_id, lambda job: job.done_bytes > 0)
    await page.start(CancelJob(job_id))
    assert (await page.ended(job_id)).state is JobState.CANCELLED
    assert set(tree(project.home)) == {"a.xz"}
    monkeypatch.setattr(extracting, "MAX_SECONDS", 0.5)
    await failed(page, "a.xz", ErrorCode.TIMEOUT)


async def test_the_server_answers_while_it_unpacks(project: RunningProject, page: Page) -> None:
    write_zip(project.home / "a.zip", {f"{number}": b"x" for number in range(5_000)})
    job_id = await page.start(Extract("a.zip", "out"))
    assert isinstance(job_id, str)
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(project.socket))) as session:
        for _ in range(20):
            async with session.get("http://project/healthz") as answer:
                assert answer.status == 200
    assert (await page.ended(job_id)).state is JobState.DONE
    assert len(tree(project.home / "out")) == 5_000
