"""Uploads that go on where they stopped (tus 1.0), against a real project server."""

import asyncio
import base64
import io
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import aiohttp
import msgspec
import pytest

from studium.http.identity import HEADER, sign
from studium.hub.database import Database
from studium.project.files import upload_store, uploads
from studium.protocol.errors import ErrorCode
from studium.protocol.ids import AccountId
from studium.protocol.session import Role
from support.hub import person, running_hub
from support.project import SECRET, RunningProject, identity, running_project
from support.project_driver import ProjectDriver

TUS = {"Tus-Resumable": "1.0.0"}
APPEND = {**TUS, "Content-Type": "application/offset+octet-stream"}


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[RunningProject]:
    async with running_project(tmp_path) as project:
        yield project


def metadata(**values: str) -> str:
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())


def begin(project: RunningProject, size: int, path: str, **values: str) -> "aiohttp.client._RequestContextManager":
    headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": metadata(path=path, **values)}
    return project.client.post(project.url("uploads"), headers=headers)


async def begun(project: RunningProject, size: int, path: str, **values: str) -> str:
    async with begin(project, size, path, **values) as answer:
        assert answer.status == 201, await answer.text()
        assert answer.headers["Tus-Resumable"] == "1.0.0"
        assert "Upload-Expires" in answer.headers
        return "http://project" + answer.headers["Location"]


async def append(project: RunningProject, url: str, offset: int, data: object) -> tuple[int, int | None]:
    headers = {**APPEND, "Upload-Offset": str(offset)}
    body = io.BytesIO(data) if isinstance(data, bytes) else data
    async with project.client.patch(url, data=body, headers=headers) as answer:
        at = answer.headers.get("Upload-Offset")
        return answer.status, None if at is None else int(at)


async def offset_of(project: RunningProject, url: str) -> int:
    async with project.client.head(url, headers=TUS) as answer:
        assert answer.status == 200, answer.status
        assert answer.headers["Cache-Control"] == "no-store"
        return int(answer.headers["Upload-Offset"])


async def test_a_file_comes_in_parts(project: RunningProject) -> None:
    data = os.urandom(3_000_000)
    url = await begun(project, len(data), "new folder/a b.bin")
    assert await offset_of(project, url) == 0
    assert await append(project, url, 0, data[:1_000_000]) == (204, 1_000_000)
    assert await append(project, url, 500_000, b"x") == (409, None)  # not there
    assert not (project.home / "new folder" / "a b.bin").exists()
    assert await offset_of(project, url) == 1_000_000
    assert await append(project, url, 1_000_000, data[1_000_000:]) == (204, 3_000_000)
    assert (project.home / "new folder" / "a b.bin").read_bytes() == data
    assert not list(project.home.glob(".studium*"))
    assert await offset_of(project, url) == 3_000_000  # the answer before may have been lost
    async with project.client.options(project.url("uploads")) as answer:
        assert answer.headers["Tus-Version"] == "1.0.0"
        assert "creation" in answer.headers["Tus-Extension"]


async def test_an_empty_file_and_one_at_once(project: RunningProject) -> None:
    await begun(project, 0, "empty")
    assert (project.home / "empty").read_bytes() == b""
    headers = {**APPEND, "Upload-Length": "5", "Upload-Metadata": metadata(path="small")}
    async with project.client.post(project.url("uploads"), headers=headers, data=b"12345") as answer:
        assert (answer.status, answer.headers["Upload-Offset"]) == (201, "5")
    assert (project.home / "small").read_bytes() == b"12345"


async def test_a_connection_that_breaks_off_is_gone_on_with(project: RunningProject) -> None:
    data = os.urandom(4_000_000)
    url = await begun(project, len(data), "a.bin")
    sent = asyncio.Event()

    async def half() -> AsyncIterator[bytes]:
        yield data[:2_500_000]
        sent.set()
        await asyncio.Event().wait()

    request = asyncio.create_task(append(project, url, 0, half()))
    await sent.wait()
    request.cancel()
    await asyncio.gather(request, return_exceptions=True)
    offset = await offset_of(project, url)  # which ends the request that may still be there
    assert 0 < offset <= 2_500_000
    assert await append(project, url, offset, data[offset:]) == (204, len(data))
    assert (project.home / "a.bin").read_bytes() == data


async def test_a_dead_connection_gives_way(project: RunningProject) -> None:
    """The client comes again while the server still believes in its first connection."""
    url = await begun(project, 100_000, "a.bin")
    sent = asyncio.Event()

    async def stalls() -> AsyncIterator[bytes]:
        yield b"x" * 40_000
        sent.set()
        await asyncio.Event().wait()

    old = asyncio.create_task(append(project, url, 0, stalls()))
    await sent.wait()
    offset = await offset_of(project, url)
    assert await append(project, url, offset, b"x" * (100_000 - offset)) == (204, 100_000)
    old.cancel()
    await asyncio.gather(old, return_exceptions=True)
    assert (project.home / "a.bin").read_bytes() == b"x" * 100_000


async def test_uploads_outlive_the_server(tmp_path: Path) -> None:
    async with running_project(tmp_path) as project:
        url = await begun(project, 10, "a.bin")
        await append(project, url, 0, b"01234")
    first = project.project_id
    async with running_project(tmp_path) as again:
        url = url.replace(str(first), str(again.project_id))
        assert await offset_of(again, url) == 5
        assert await append(again, url, 5, b"56789") == (204, 10)
    assert (tmp_path / "home" / "a.bin").read_bytes() == b"0123456789"


async def test_a_name_that_is_taken(project: RunningProject) -> None:
    (project.home / "a").write_text("old")
    (project.home / "a").chmod(0o640)
    async with begin(project, 3, "a") as answer:
        assert answer.status == 409
        assert (await project.error(answer)).data["taken"] == ["a"]
    url = await begun(project, 3, "b")
    (project.home / "b").write_text("quicker")
    assert (await append(project, url, 0, b"new"))[0] == 409
    assert (project.home / "b").read_text() == "quicker"
    assert await offset_of(project, url) == 3  # nothing is lost: it can be finished when the name is free
    (project.home / "b").rename(project.home / "c")
    assert await append(project, url, 3, b"") == (204, 3)
    assert (project.home / "b").read_text() == "new"
    url = await begun(project, 3, "a", clash="replace")
    await append(project, url, 0, b"new")
    assert (project.home / "a").read_text() == "new"
    assert (project.home / "a").stat().st_mode & 0o777 == 0o640
    url = await begun(project, 3, "a", clash="keep_both")
    await append(project, url, 0, b"two")
    assert (project.home / "a (copy)").read_text() == "two"


async def test_only_who_began_it_goes_on(project: RunningProject) -> None:
    url = await begun(project, 10, "a.bin")
    other = msgspec.structs.replace(identity(project.project_id), account_id=AccountId(UUID(int=8)))
    headers = {HEADER: sign(other, SECRET), **APPEND, "Upload-Offset": "0"}
    for method in ("HEAD", "PATCH", "DELETE"):
        async with project.client.request(method, url, headers=headers) as answer:
            assert answer.status == 404
    async with project.client.post(project.url("uploads"), headers={**TUS, **project.headers(Role.VIEWER)}) as answer:
        assert answer.status == 403
    async with project.client.delete(url, headers=TUS) as answer:
        assert answer.status == 204
    async with project.client.head(url, headers=TUS) as answer:
        assert answer.status == 404
    assert not list(project.home.glob(".studium*"))


async def test_what_is_refused(project: RunningProject, monkeypatch: pytest.MonkeyPatch) -> None:
    for path, size, code in (
        ("", 1, ErrorCode.INVALID_PATH),
        ("../x", 1, ErrorCode.INVALID_PATH),
        (".trash/x", 1, ErrorCode.INVALID_PATH),
        ("a", 11 * 1024**3, ErrorCode.TOO_LARGE),
    ):
        async with begin(project, size, path) as answer:
            assert (await project.error(answer)).code is code
    async with project.client.post(project.url("uploads"), headers={"Upload-Length": "1"}) as answer:
        assert answer.status == 412
    for bad in ({"Upload-Length": "-1"}, {"Upload-Length": "1", "Upload-Metadata": "path !"}, {}):
        async with project.client.post(project.url("uploads"), headers={**TUS, **bad}) as answer:
            assert answer.status == 400
    url = await begun(project, 3, "a")
    async with project.client.patch(url, data=b"x", headers={**TUS, "Upload-Offset": "0"}) as answer:
        assert answer.status == 415
    assert (await append(project, url, 0, b"more than three"))[0] == 413
    monkeypatch.setattr(upload_store, "MAX_UPLOADS", 1)
    async with begin(project, 1, "b") as answer:
        assert answer.status == 429


async def test_what_programs_do_to_the_bytes_harms_nobody(project: RunningProject) -> None:
    secret = project.home.parent / "secret"
    secret.write_text("kept")
    url = await begun(project, 10, "a.bin")
    (part,) = (project.home / ".studium-uploads.tmp").iterdir()
    part.unlink()
    part.symlink_to(secret)
    assert (await append(project, url, 0, b"0123456789"))[0] == 404
    part.unlink()
    os.mkfifo(part)
    assert (await append(project, url, 0, b"0123456789"))[0] == 404
    assert secret.read_text() == "kept"


async def test_old_ones_are_removed(tmp_path: Path) -> None:
    async with running_project(tmp_path) as project:
        await begun(project, 10, "old")
        await begun(project, 10, "new")
    long_ago = time.time() - uploads.KEPT_SECONDS - 60
    records = {place.stem: place.read_text() for place in (tmp_path / "state" / "uploads").iterdir()}
    (old,) = (upload_id for upload_id, text in records.items() if '"old"' in text)
    os.utime(tmp_path / "home" / ".studium-uploads.tmp" / old, (long_ago, long_ago))
    async with running_project(tmp_path), asyncio.timeout(10):
        while (tmp_path / "state" / "uploads" / f"{old}.json").exists():
            await asyncio.sleep(0.01)
    assert len(list((tmp_path / "home" / ".studium-uploads.tmp").iterdir())) == 1


async def test_uploads_pass_through_a_hub(database: Database, tmp_path: Path) -> None:
    driver = ProjectDriver(tmp_path)
    async with running_hub(database, driver) as hub:
        project_id = await person(database, "ada@example.org")
        async with hub.browser("ada@example.org") as ada:
            url = f"{hub.url}/projects/{project_id}/uploads"
            headers = {**TUS, "Upload-Length": "10", "Upload-Metadata": metadata(path="a")}
            async with ada.client.post(url, headers=headers) as answer:
                assert answer.status == 201
                place = answer.headers["Location"]
                assert place.startswith(f"/projects/{project_id}/uploads/")
            async with ada.client.patch(
                hub.url + place, data=b"01234", headers={**APPEND, "Upload-Offset": "0"}
            ) as answer:
                assert (answer.status, answer.headers["Upload-Offset"]) == (204, "5")
            async with ada.client.head(hub.url + place, headers=TUS) as answer:
                assert (answer.headers["Upload-Offset"], answer.headers["Upload-Length"]) == ("5", "10")
            async with ada.client.patch(
                hub.url + place, data=b"56789", headers={**APPEND, "Upload-Offset": "5"}
            ) as answer:
                assert answer.status == 204
            assert (driver.homes[project_id] / "a").read_bytes() == b"0123456789"
            async with ada.client.delete(hub.url + place, headers=TUS) as answer:
                assert answer.status in (204, 404)
