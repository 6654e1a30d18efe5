"""What the server reads of files for viewers, from a real project server: archives, and those that mean harm."""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote, urlencode

import msgspec
import pytest

from studium.protocol.errors import ErrorBody, ErrorCode
from studium.protocol.files import EntryKind
from studium.protocol.pages import ReadingGoesOn
from studium.protocol.session import Role
from studium.protocol.views import ArchiveListing, DrawnText, TableRows
from support.project import RunningProject, running_project


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[RunningProject]:
    async with running_project(tmp_path) as project:
        yield project


async def body_or_error(project: RunningProject, path: str, **query: str) -> bytes | ErrorBody:
    async with project.client.get(project.url(f"views/{quote(path)}?{urlencode(query)}")) as answer:
        return await project.error(answer) if answer.status >= 400 else await answer.read()


async def listing(project: RunningProject, path: str) -> ArchiveListing:
    body = await body_or_error(project, path, **{"as": "archive"})
    assert isinstance(body, bytes), body
    return msgspec.json.decode(body, type=ArchiveListing)


async def refusal(project: RunningProject, path: str, way: str = "archive") -> ErrorBody:
    body = await body_or_error(project, path, **{"as": way})
    assert isinstance(body, ErrorBody), body
    return body


def tar_bytes(*more: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for info, data in (
            *((tarfile.TarInfo(f"more-{number}"), data) for number, data in enumerate(more)),
            (tarfile.TarInfo("data/"), b""),
            (tarfile.TarInfo("data/é a.csv"), b"1,2\n"),
            (tarfile.TarInfo("../outside"), b"x"),
            (tarfile.TarInfo("link"), b""),
        ):
            info.size, info.mtime = len(data), 1_700_000_000
            if info.name == "data/":
                info.type = tarfile.DIRTYPE
            if info.name == "link":
                info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(info, io.BytesIO(data))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "pack"),
    [("tar", bytes), ("tar.gz", gzip.compress), ("tar.bz2", bz2.compress), ("tar.xz", lzma.compress)],
)
async def test_tar_archives_are_listed_and_nothing_is_unpacked(
    project: RunningProject, name: str, pack: type[bytes]
) -> None:
    (project.home / f"a.{name}").write_bytes(pack(tar_bytes()))
    found = await listing(project, f"a.{name}")
    assert found.format == name
    assert found.partial == ""
    assert [(entry.path.rstrip("/"), entry.kind, entry.size_bytes, entry.target) for entry in found.entries] == [
        ("data", EntryKind.DIRECTORY, 0, ""),
        ("data/é a.csv", EntryKind.FILE, 4, ""),
        ("../outside", EntryKind.FILE, 1, ""),
        ("link", EntryKind.OTHER, 0, "/etc/passwd"),
    ]
    assert {entry.modified_at for entry in found.entries} == {1_700_000_000}
    assert [path.name for path in project.home.iterdir()] == [f"a.{name}"]


async def test_zip_archives_and_single_compressed_files(project: RunningProject) -> None:
    with zipfile.ZipFile(project.home / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("figures/plot one.png", (2024, 2, 3, 4, 5, 6)), b"p" * 5000)
        archive.writestr("figures/", "")
    found = await listing(project, "a.zip")
    assert [(entry.path, entry.kind, entry.size_bytes) for entry in found.entries] == [
        ("figures/plot one.png", EntryKind.FILE, 5000),
        ("figures/", EntryKind.DIRECTORY, 0),
    ]
    (project.home / "notes.txt.gz").write_bytes(gzip.compress(b"hello"))
    single = await listing(project, "notes.txt.gz")
    assert (single.format, [entry.path for entry in single.entries]) == ("gz", ["notes.txt"])


async def test_archives_that_are_damaged_empty_or_something_else_say_so(project: RunningProject) -> None:
    whole = gzip.compress(os.urandom(200_000) + tar_bytes())
    for name, data in {
        "text.zip": b"not an archive",
        "empty.tar.gz": b"",
        "cut.zip": b"PK\x03\x04" + b"\0" * 100,
        "torn.tar.xz": lzma.compress(tar_bytes())[:40],
    }.items():
        (project.home / name).write_bytes(data)
        error = await refusal(project, name)
        assert error.code is ErrorCode.INVALID_VALUE
        assert error.message.startswith(f"“{name}”") or name in error.message
    (project.home / "half.tar.gz").write_bytes(gzip.compress(tar_bytes(os.urandom(9), os.urandom(900_000)))[:500_000])
    (project.home / "noise.gz").write_bytes(whole[:1000])
    half = await listing(project, "half.tar.gz")
    assert [entry.path for entry in half.entries] == ["more-0", "more-1"]
    assert "damaged" in half.partial
    assert (await listing(project, "noise.gz")).format == "gz"


async def test_archives_without_end_are_listed_in_part(project: RunningProject) -> None:
    with zipfile.ZipFile(project.home / "many.zip", "w") as archive:
        for number in range(10_050):
            archive.writestr(f"{number}", "")
    many = await listing(project, "many.zip")
    assert len(many.entries) == 10_000
    assert "first 10,000" in many.partial
    # A header that claims 4 GB of its own, out of a file of a few megabytes.
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 4 * 1024**3
    with gzip.open(project.home / "bomb.tar.gz", "wb", compresslevel=1) as bomb:
        bomb.write(info.tobuf())
        for _ in range(700):
            bomb.write(b"\0" * 1024**2)
    body = await body_or_error(project, "bomb.tar.gz", **{"as": "archive"})
    if isinstance(body, ErrorBody):
        assert body.code in (ErrorCode.INVALID_VALUE, ErrorCode.TIMEOUT)
    else:  # on a busy machine time is over before memory is
        assert "ended after" in msgspec.json.decode(body, type=ArchiveListing).partial


async def test_who_may_ask_and_for_what(project: RunningProject) -> None:
    (project.home / "a.tar").write_bytes(tar_bytes())
    os.mkfifo(project.home / "pipe.zip")
    (project.home / "leads-out.zip").symlink_to("/etc/passwd")
    url = project.url("views/a.tar?as=archive")
    async with project.client.get(url, headers=project.headers(Role.VIEWER)) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("application/json")
    async with project.client.get(url, headers={"X-Studium-Identity": "forged"}) as answer:
        assert answer.status == 403
    assert (await refusal(project, "a.tar", "soup")).code is ErrorCode.INVALID_VALUE
    assert (await refusal(project, "missing.zip")).code is ErrorCode.NOT_FOUND
    assert (await refusal(project, "pipe.zip")).code is ErrorCode.INVALID_PATH
    assert (await refusal(project, "leads-out.zip")).code is ErrorCode.NOT_PERMITTED


async def rows(project: RunningProject, path: str, **query: object) -> TableRows:
    """The answer, once rows are counted up to there."""
    while True:
        body = await body_or_error(
            project, path, **{"as": "table", **{name: str(value) for name, value in query.items()}}
        )
        assert isinstance(body, bytes), body
        answer: TableRows | ReadingGoesOn = msgspec.json.decode(body, type=TableRows | ReadingGoesOn)
        if isinstance(answer, TableRows):
            return answer


async def test_rows_of_a_table_anywhere_in_it(project: RunningProject) -> None:
    lines = "".join(f'{n},"a, ""b""\n{n}"\r\n' for n in range(200_000))
    (project.home / "big.csv").write_text("id,text\r\n" + lines, newline="")
    first = await rows(project, "big.csv", rows=2)
    assert (first.delimiter, first.header, first.names, first.columns) == (",", True, ["id", "text"], 2)
    assert first.rows == [["0", 'a, "b"\n0'], ["1", 'a, "b"\n1']]
    late = await rows(project, "big.csv", first=199_999, rows=10)
    assert late.rows == [["199999", 'a, "b"\n199999']]
    while not (counted := await rows(project, "big.csv", rows=0)).complete:
        pass
    assert (counted.counted, counted.rows, counted.counted_bytes) == (200_000, [], counted.size_bytes)
    assert (await rows(project, "big.csv", first=300_000)).rows == []
    plain = await rows(project, "big.csv", rows=1, header=0, delimiter=";")
    assert plain.rows == [["id,text"]]


async def test_rows_of_files_that_are_no_tables(project: RunningProject) -> None:
    (project.home / "binary.csv").write_bytes(b"a,b\n\0")
    (project.home / "wide.csv").write_text(",".join(map(str, range(5000))) + "\n" + "x" * 3_000_000)
    assert (await refusal(project, "binary.csv", "table")).code is ErrorCode.NOT_TEXT
    wide = await rows(project, "wide.csv")
    assert wide.columns == 2000
    assert wide.rows[0][-1] == "… 3001 more"
    assert all(len(cell) <= 10_001 for row in wide.rows for cell in row)
    for query in ({"first": "-1"}, {"rows": "x"}, {"delimiter": "ab"}, {"header": "2"}):
        body = await body_or_error(project, "wide.csv", **{"as": "table", **query})
        assert isinstance(body, ErrorBody)
        assert body.code is ErrorCode.INVALID_VALUE


async def test_restructured_text_is_drawn_and_reads_no_other_file(project: RunningProject) -> None:
    secret = project.home.parent / "secret"
    secret.write_text("a secret of the host")
    text = """Title
=====

*Words* and :math:`x^2`.

.. include:: {secret}

.. raw:: html

   <script>alert(1)</script>

.. csv-table::
   :file: {secret}

.. raw:: html
   :file: {secret}
"""
    (project.home / "a.rst").write_text(text.replace("{secret}", str(secret)))
    (project.home / "deep.rst").write_text("\n".join(" " * n + "- x\n" for n in range(0, 4000, 2)))
    (project.home / "a.txt").write_text("x")
    body = await body_or_error(project, "a.rst", **{"as": "html"})
    assert isinstance(body, bytes), body
    drawn = msgspec.json.decode(body, type=DrawnText)
    assert "<em>Words</em>" in drawn.html
    assert "<math" in drawn.html
    assert "a secret of the host" not in drawn.html
    assert "<script" not in drawn.html
    assert "directive disabled" in drawn.problems
    assert (await refusal(project, "deep.rst", "html")).code in (ErrorCode.INVALID_VALUE, ErrorCode.TIMEOUT)
    assert (await refusal(project, "a.txt", "html")).code is ErrorCode.INVALID_VALUE
    assert (await refusal(project, "missing.rst", "html")).code is ErrorCode.NOT_FOUND
