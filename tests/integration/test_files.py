"""Bytes of files and operations, through a real project server over real folders."""

import asyncio
import io
import json
import os
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
import yarl

from studium.protocol.errors import ErrorBody, ErrorCode
from studium.protocol.files import CreateFile, CreateFolder, OperationAnswer, Rename, Restore, Trash
from studium.protocol.kernels import KernelSpec
from studium.protocol.session import Role
from support.environment import PROJECT_PYTHON
from support.project import RunningProject, running_project

MEGABYTE = 1_000_000


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[RunningProject]:
    async with running_project(tmp_path) as project:
        yield project


def raw(project: RunningProject, path: str) -> yarl.URL:
    """The URL of a file exactly as given: nothing is normalised."""
    return yarl.URL(project.url("files/" + path), encoded=True)


def url(project: RunningProject, path: str) -> yarl.URL:
    return raw(project, "/".join(quote(name, safe="") for name in path.split("/")))


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


async def test_what_is_put_comes_back(project: RunningProject) -> None:
    (project.home / "a b").mkdir()
    for path in ("plain.txt", 'a b/ünï ‘quotes’ "x" #?%.md', "n" * 255, "-rf", "a b/…"):
        data = os.urandom(300_000)
        async with project.client.put(url(project, path), data=data) as answer:
            assert answer.status == 201, await answer.text()
        assert (project.home / path).read_bytes() == data
        async with project.client.get(url(project, path)) as answer:
            assert await answer.read() == data
            assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    async with project.client.put(url(project, "plain.txt"), data=b"new") as answer:
        assert answer.status == 204
    assert (project.home / "plain.txt").read_bytes() == b"new"


async def test_a_new_notebook_is_one_that_jupyter_reads(project: RunningProject) -> None:
    octave = KernelSpec("octave", "Octave é", "octave", mode="octave")
    for operation in (CreateFile("a.ipynb"), CreateFile("B.IPYNB", octave)):
        assert await project.operate(operation) == OperationAnswer(operation.path)
        check = f"import nbformat; nbformat.validate(nbformat.read({operation.path!r}, as_version=nbformat.NO_CONVERT))"
        process = await asyncio.create_subprocess_exec(
            str(PROJECT_PYTHON), "-W", "error", "-c", check, cwd=project.home
        )
        assert await process.wait() == 0
    notebook = json.loads((project.home / "a.ipynb").read_text())
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert [(cell["cell_type"], cell["source"]) for cell in notebook["cells"]] == [("code", [])]
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    spec = json.loads((project.home / "B.IPYNB").read_text())["metadata"]["kernelspec"]
    assert spec == {"name": "octave", "display_name": "Octave é", "language": "octave"}
    assert names(project.home) == {"a.ipynb", "B.IPYNB"}


async def test_a_new_file_is_empty_and_takes_no_name_that_is_there(project: RunningProject) -> None:
    await project.operate(CreateFile("notes.md"))
    assert (project.home / "notes.md").read_bytes() == b""
    (project.home / "mine.ipynb").write_text("mine")
    answer = await project.operate(CreateFile("mine.ipynb"))
    assert isinstance(answer, ErrorBody)
    assert answer.code is ErrorCode.CONFLICT
    assert (project.home / "mine.ipynb").read_text() == "mine"
    for bad in (
        CreateFile("x.txt", KernelSpec("python3", "Python", "python")),
        CreateFile("x.ipynb", KernelSpec("", "", "")),
    ):
        answer = await project.operate(bad)
        assert isinstance(answer, ErrorBody)
        assert answer.code is ErrorCode.INVALID_VALUE
    assert names(project.home) == {"notes.md", "mine.ipynb"}


async def test_ranges_and_entity_tags(project: RunningProject) -> None:
    (project.home / "digits").write_bytes(b"0123456789")
    address = url(project, "digits")
    async with project.client.head(address) as answer:
        tag = answer.headers["ETag"]
        assert answer.headers["Content-Length"] == "10"
    wanted = {"bytes=0-3": b"0123", "bytes=7-": b"789", "bytes=-2": b"89", "bytes=8-99": b"89", "bytes=0-0": b"0"}
    for header, data in wanted.items():
        async with project.client.get(address, headers={"Range": header, "If-Range": tag}) as answer:
            assert (answer.status, await answer.read()) == (206, data)
    for header in ("bytes=5-2", "bytes=0-1,4-5", "lines=1-2", "bytes=-", "bytes=x-y"):
        async with project.client.get(address, headers={"Range": header}) as answer:
            assert (answer.status, await answer.read()) == (200, b"0123456789")
    async with project.client.get(address, headers={"Range": "bytes=10-"}) as answer:
        assert (answer.status, answer.headers["Content-Range"]) == (416, "bytes */10")
    async with project.client.get(address, headers={"Range": "bytes=0-1", "If-Range": '"old"'}) as answer:
        assert answer.status == 200
    async with project.client.get(address, headers={"If-None-Match": f'"x", W/{tag}'}) as answer:
        assert answer.status == 304
    (project.home / "digits").write_bytes(b"0123456780")
    async with project.client.get(address, headers={"If-None-Match": tag}) as answer:
        assert answer.status == 200
    (project.home / "empty").touch()
    async with project.client.get(url(project, "empty"), headers={"Range": "bytes=0-"}) as answer:
        assert answer.status == 416


TRAVERSAL = [
    "../secret", "..%2fsecret", "%2e%2e/secret", "%2e%2e%2fsecret", "folder/../../secret", "/etc/passwd",
    "%2fetc%2fpasswd", "folder//x", "./x", "folder/./x", "folder/", "a%00b", "%ff%fe", "..%5c..%5csecret/..", "n" * 256,
    "x/" * 2100 + "x", "", "....//", "%2e", "folder/%2e%2e",
]  # fmt: skip


@pytest.mark.parametrize("path", TRAVERSAL)
async def test_no_path_leads_out(project: RunningProject, path: str) -> None:
    (project.home / "folder").mkdir()
    (project.home.parent / "secret").write_text("outside")
    before = names(project.home.parent)
    for method in ("GET", "HEAD", "PUT"):
        async with project.client.request(method, raw(project, path), data=b"x" if method == "PUT" else None) as answer:
            assert answer.status == 400, (method, path, await answer.text())
            if method != "HEAD":
                assert (await project.error(answer)).message.endswith(".")
    assert names(project.home.parent) == before
    assert (project.home.parent / "secret").read_text() == "outside"
    assert names(project.home) == {"folder"}


async def test_links_out_are_refused_in_both_directions(project: RunningProject) -> None:
    outside = project.home.parent / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text("outside")
    (project.home / "link").symlink_to("../outside")
    (project.home / "file").symlink_to(outside / "a.txt")
    (project.home / "in").symlink_to("folder/new.txt")
    (project.home / "folder").mkdir()
    for path in ("link/a.txt", "file", "link/new.txt"):
        for method in ("GET", "PUT"):
            async with project.client.request(
                method, url(project, path), data=b"x" if method == "PUT" else None
            ) as answer:
                assert answer.status == 403, (method, path, await answer.text())
                assert (await project.error(answer)).code == ErrorCode.NOT_PERMITTED
    assert names(outside) == {"a.txt"}
    assert (outside / "a.txt").read_text() == "outside"
    async with project.client.put(url(project, "in"), data=b"through") as answer:
        assert answer.status == 201
    assert (project.home / "in").is_symlink()
    assert (project.home / "folder" / "new.txt").read_bytes() == b"through"


async def test_what_is_no_file_is_named_and_never_opened(project: RunningProject) -> None:
    os.mkfifo(project.home / "pipe")
    (project.home / "folder").mkdir()
    (project.home / "link").symlink_to("pipe")
    if os.geteuid() == 0:
        os.mknod(project.home / "zero", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
    for path in names(project.home):
        for method in ("GET", "PUT"):
            async with asyncio.timeout(60):
                async with project.client.request(method, url(project, path), data=b"") as answer:
                    assert answer.status == 400, await answer.text()
                    error = await project.error(answer)
                    assert error.code == ErrorCode.INVALID_PATH
                    assert path in error.message or path == "link"
    assert stat.S_ISFIFO((project.home / "pipe").stat().st_mode)


async def test_a_put_may_refuse_to_overwrite_and_make_folders(project: RunningProject) -> None:
    answers = await asyncio.gather(
        *(
            project.client.put(url(project, "new.txt"), data=b"x" * n, headers={"If-None-Match": "*"})
            for n in range(1, 9)
        )
    )
    assert sorted(answer.status for answer in answers) == [201] + [409] * 7
    for answer in answers:
        answer.release()
    async with project.client.put(url(project, "no/such/folder.txt"), data=b"x") as answer:
        assert answer.status == 404
    async with project.client.put(url(project, "no/such/folder.txt").with_query(parents="1"), data=b"x") as answer:
        assert answer.status == 201
    for bad in (".trash/x", ".studium-0123456789abcdef.tmp", "a%0Ab", "tab%09"):
        async with project.client.put(raw(project, bad), data=b"x") as answer:
            assert (await project.error(answer)).code == ErrorCode.INVALID_PATH
    assert names(project.home) == {"new.txt", "no"}


async def test_file_modes_survive_and_new_ones_follow_the_umask(project: RunningProject) -> None:
    script = project.home / "script.sh"
    script.touch()
    script.chmod(0o750)
    async with project.client.put(url(project, "script.sh"), data=b"#!/bin/sh\n") as answer:
        assert answer.status == 204
    assert stat.S_IMODE(script.stat().st_mode) == 0o750


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def test_a_large_upload_and_download_keep_memory_flat(project: RunningProject) -> None:
    block = os.urandom(MEGABYTE)
    before, highest = resident_bytes(), 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal highest
        for _ in range(200):
            yield block
            highest = max(highest, resident_bytes())

    async with project.client.put(url(project, "large.bin"), data=body()) as answer:
        assert answer.status == 201
    assert (project.home / "large.bin").stat().st_size == 200 * MEGABYTE
    received = 0
    async with project.client.get(url(project, "large.bin")) as answer:
        async for chunk in answer.content.iter_any():
            received += len(chunk)
            highest = max(highest, resident_bytes())
    assert received == 200 * MEGABYTE
    assert highest - before < 40 * MEGABYTE


@pytest.mark.parametrize("framing", ["length", "chunked"])
async def test_an_upload_that_breaks_off_leaves_nothing(project: RunningProject, framing: str) -> None:
    (project.home / "kept.txt").write_text("old")
    reader, writer = await asyncio.open_unix_connection(str(project.socket))
    fields = {**project.headers(Role.OWNER), "Host": "project"}
    fields |= {"Content-Length": "99000000"} if framing == "length" else {"Transfer-Encoding": "chunked"}
    lines = [f"PUT {project.url('files/kept.txt').removeprefix('http://project')} HTTP/1.1"]
    writer.write("\r\n".join([*lines, *(f"{name}: {value}" for name, value in fields.items()), "", ""]).encode())
    block = b"x" * 3_000_000
    writer.write(block if framing == "length" else b"%x\r\n%b\r\n" % (len(block), block))
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    for _ in range(200):
        async with project.client.get("http://project/metrics") as answer:
            if "requests_active 1.0" in await answer.text():
                break
        await asyncio.sleep(0.01)
    assert names(project.home) == {"kept.txt"}
    assert (project.home / "kept.txt").read_text() == "old"
    assert reader.at_eof() or not await reader.read(1)


async def test_limits_are_said_before_the_upload(tmp_path: Path) -> None:
    async with running_project(tmp_path, lambda settings: replace(settings, max_upload_bytes=MEGABYTE)) as project:
        async with project.client.put(url(project, "big"), data=b"x" * (MEGABYTE + 1)) as answer:
            error = await project.error(answer)
        assert (answer.status, error.code) == (413, ErrorCode.TOO_LARGE)
        assert "1 MB" in error.message

        async def body() -> AsyncIterator[bytes]:
            for _ in range(3):
                yield b"x" * 500_000

        try:
            async with project.client.put(url(project, "big"), data=body()) as answer:
                assert answer.status == 413
        except aiohttp.ClientError:
            pass  # the server hung up on the rest of the body
        assert names(project.home) == set()


async def test_a_full_disk_is_a_sentence(project: RunningProject) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"x" * 3_000_000

    full = project.home / "full"
    full.mkdir()
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    mount = await asyncio.create_subprocess_exec("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", full)
    if await mount.wait() != 0:
        pytest.skip("this system does not let tests mount a file system")
    try:
        (full / "kept.txt").write_text("old")
        for data in (body(), io.BytesIO(b"x" * 3_000_000)):
            async with project.client.put(url(project, "full/kept.txt"), data=data) as answer:
                error = await project.error(answer)
            assert (answer.status, error.code) == (507, ErrorCode.DISK_FULL)
            assert "full/kept.txt" in error.message
            assert names(full) == {"kept.txt"}
            assert (full / "kept.txt").read_text() == "old"
        moved = await project.operate(Rename("full/kept.txt", "kept.txt"))
        assert isinstance(moved, ErrorBody)
        assert "different disks" in moved.message
    finally:
        umount = await asyncio.create_subprocess_exec("umount", full)
        await umount.wait()


async def test_create_rename_and_two_at_once(project: RunningProject) -> None:
    assert await project.operate(CreateFile("a.txt")) == OperationAnswer("a.txt")
    assert await project.operate(CreateFolder("deep/er/folder")) == OperationAnswer("deep/er/folder")
    for again in (CreateFile("a.txt"), CreateFolder("deep/er"), Rename("a.txt", "deep")):
        answer = await project.operate(again)
        assert isinstance(answer, ErrorBody)
        assert answer.code == ErrorCode.CONFLICT
    (project.home / "a.txt").write_text("a")
    (project.home / "b.txt").write_text("b")
    both = await asyncio.gather(project.operate(Rename("a.txt", "c.txt")), project.operate(Rename("b.txt", "c.txt")))
    assert sum(isinstance(answer, OperationAnswer) for answer in both) == 1
    left = "b.txt" if isinstance(both[0], OperationAnswer) else "a.txt"
    assert {(project.home / name).read_text() for name in ("c.txt", left)} == {"a", "b"}
    same = await asyncio.gather(project.operate(Rename("c.txt", "d.txt")), project.operate(Rename("c.txt", "e.txt")))
    assert sorted(type(answer).__name__ for answer in same) == ["ErrorBody", "OperationAnswer"]
    for wrong in (
        Rename("deep", "deep/er/self"),
        Rename("", "x"),
        Rename("deep", ""),
        CreateFile("x\ny"),
        CreateFile("../x"),
    ):
        answer = await project.operate(wrong)
        assert isinstance(answer, ErrorBody)
        assert answer.code == ErrorCode.INVALID_PATH, wrong
    assert isinstance(await project.operate(Rename("deep/er", "folder")), OperationAnswer)


async def test_trash_and_restore(project: RunningProject) -> None:
    folder = project.home / "notes"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.md").write_text("one")
    long = "ü" * 126 + ".md"
    (project.home / long).write_text("long")
    (project.home / "line\nbreak").write_text("odd")
    ids = []
    for path in ("notes/a.md", "notes", long, "line\nbreak"):
        answer = await project.operate(Trash(path))
        assert isinstance(answer, OperationAnswer), answer
        assert answer.trash_id is not None
        ids.append(answer.trash_id)
    assert names(project.home) == {".trash"}
    (project.home / "notes").mkdir()
    (folder / "a.md").write_text("another")
    restored = [await project.operate(Restore(trash_id)) for trash_id in ids]
    assert [answer.path for answer in restored if isinstance(answer, OperationAnswer)] == [
        "notes/a (restored).md", "notes (restored)", long, "line\nbreak",
    ]  # fmt: skip
    assert (folder / "a.md").read_text() == "another"
    assert (folder / "a (restored).md").read_text() == "one"
    for wrong in (*ids, "", "../x", "x" * 300, "a/b"):
        answer = await project.operate(Restore(wrong))
        assert isinstance(answer, ErrorBody)
        assert answer.code == ErrorCode.NOT_FOUND
    for wrong_path in ("", ".trash", ".trash/files", "missing"):
        assert isinstance(await project.operate(Trash(wrong_path)), ErrorBody)


async def test_a_trash_that_is_a_link_out_is_not_followed(project: RunningProject) -> None:
    outside = project.home.parent / "outside"
    outside.mkdir()
    (project.home / ".trash").symlink_to(outside)
    (project.home / "a.txt").touch()
    assert isinstance(await project.operate(Trash("a.txt")), ErrorBody)
    assert names(outside) == set()
    assert (project.home / "a.txt").exists()


async def test_audio_and_video_have_their_type_for_a_player_alone(project: RunningProject) -> None:
    (project.home / "talk.MP4").write_bytes(b"0123456789")
    (project.home / "page.html").write_bytes(b"<script>")
    download = "application/octet-stream"
    for name, destination, media_type in (
        ("talk.MP4", "video", "video/mp4"),
        ("talk.MP4", "document", download),
        ("talk.MP4", "iframe", download),
        ("talk.MP4", "", download),
        ("page.html", "video", download),
    ):
        headers = {"Sec-Fetch-Dest": destination, "Range": "bytes=2-4"}
        async with project.client.get(project.url(f"files/{name}"), headers=headers) as answer:
            assert (answer.status, answer.content_type) == (206, media_type)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in answer.headers["Content-Security-Policy"]
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert len(await answer.read()) == 3
