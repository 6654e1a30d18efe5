"""The blob store of a project: kept once, answered whole and in parts, and never as something that a browser runs."""

import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from studium.project.blobs import MAX_BLOB_BYTES, Blobs
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.session import Role
from support.project import RunningProject, running_project

DATA = b"\x89PNG" + bytes(range(256)) * 100


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[RunningProject]:
    async with running_project(tmp_path) as project:
        yield project


async def test_what_is_put_is_kept_once_and_read_again(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    blob_hash = await blobs.put(DATA)
    assert blob_hash == hashlib.sha256(DATA).hexdigest() == await blobs.put(DATA)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [blob_hash]
    assert await blobs.read(blob_hash) == DATA
    assert blobs.statistics() == {"put": 1, "put_bytes": len(DATA)}
    for unknown in ("0" * 64, "", "../../../etc/passwd", blob_hash[:-1], blob_hash.upper()):
        assert await blobs.read(unknown) is None


async def test_what_cannot_be_kept_is_said(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    with pytest.raises(StudiumError) as too_large:
        await blobs.put(bytes(MAX_BLOB_BYTES + 1))
    assert too_large.value.code is ErrorCode.TOO_LARGE
    full = Path("/dev/full")
    with pytest.raises(StudiumError) as refused:
        await Blobs(full).put(b"x")
    assert refused.value.code is ErrorCode.INTERNAL
    assert "An output was not kept" in refused.value.message
    assert list(tmp_path.iterdir()) == []


async def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_fd: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StudiumError) as refused:
        await Blobs(tmp_path).put(DATA)
    assert refused.value.code is ErrorCode.DISK_FULL
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("image/png", "image/png"),
        ("text/plain", "text/plain; charset=utf-8"),
        ("image/svg+xml", "image/svg+xml"),
        ("text/html", "application/octet-stream"),
        ("application/javascript", "application/octet-stream"),
        ("image/png\r\nX: y", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
async def test_an_answer_is_inert_whatever_is_asked_for(project: RunningProject, asked: str, answered: str) -> None:
    blob_hash = await Blobs(project.state).put(DATA)
    url = project.url(f"blobs/{blob_hash}")
    async with project.client.get(url, params={"type": asked}, headers=project.headers(Role.VIEWER)) as answer:
        assert await answer.read() == DATA
        assert answer.headers["Content-Type"] == answered
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "immutable" in answer.headers["Cache-Control"]
        tag = answer.headers["ETag"]
    async with project.client.get(url, headers={"If-None-Match": tag}) as answer:
        assert (answer.status, await answer.read()) == (304, b"")
    async with project.client.get(url, headers={"Range": "bytes=4-9"}) as answer:
        assert (answer.status, await answer.read()) == (206, DATA[4:10])
        assert answer.headers["Content-Range"] == f"bytes 4-9/{len(DATA)}"


async def test_what_is_not_there_is_not_found(project: RunningProject) -> None:
    for name in ("0" * 64, "nothing", "..%2F..%2Fserver.log"):
        async with project.client.get(project.url(f"blobs/{name}")) as answer:
            assert answer.status == 404
            assert "Run its cell again" in (await project.error(answer)).message
