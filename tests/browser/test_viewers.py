"""Files that are looked at: bytes of anything, archives, and the choice of another viewer."""

import gzip
import io
import re
import tarfile
from typing import Any

import pytest
from playwright.sync_api import expect

from browser.people import Person, PersonFactory
from browser.test_page import LOOKS
from browser.viewers import command, look_at, put, visit

MARKER_AT = 3 * 1024**3


@pytest.fixture
def ada(person: PersonFactory) -> Person:
    ada = person("Ada Lovelace")
    ada.new_project("Viewers")
    return ada


def tar_gz() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for number in range(2000):
            info = tarfile.TarInfo(f"data/run-{number}.csv")
            info.size, info.mtime = number, 1_700_000_000
            archive.addfile(info, io.BytesIO(b"x" * number))
    return gzip.compress(packed.getvalue())


def test_a_huge_binary_is_a_view_of_its_bytes_by_parts(ada: Person) -> None:
    ada.run(
        ada.project_id(), f"truncate -s 5G big.bin; printf MARKER | dd of=big.bin bs=1 seek={MARKER_AT} conv=notrunc"
    )
    asked: list[str] = []
    ada.page.on("request", lambda request: asked.append(request.headers.get("range", request.url)))
    visit(ada, "big.bin")
    grid = ada.page.get_by_role("grid", name=re.compile("Bytes of big.bin"))
    expect(grid.get_by_role("row").first).to_contain_text("00 00 00 00", timeout=20_000)
    expect(ada.page.get_by_text("5.4 GB")).to_be_visible()
    offset = ada.page.get_by_role("textbox", name="Go to offset")
    offset.fill(hex(MARKER_AT))
    offset.press("Enter")
    expect(grid.get_by_text(re.compile("^MARKER"))).to_be_visible()
    expect(grid.get_by_text("0c0000000", exact=True)).to_be_visible()
    ada.page.keyboard.press("End")
    expect(grid.get_by_text("13ffffff0", exact=True)).to_be_visible()
    ada.page.mouse.move(640, 400)
    ada.page.mouse.wheel(0, -400)
    expect(grid.get_by_text("13ffffd00", exact=True)).to_be_visible()
    offset.fill("9" * 12)
    offset.press("Enter")
    expect(ada.page.get_by_text(re.compile("The last byte is 5368709119"))).to_be_visible()
    assert not [one for one in asked if one.endswith("/files/big.bin")], "the whole file was asked for"


def test_files_of_no_known_kind_open_as_what_they_are(ada: Person) -> None:
    project_id = ada.project_id()
    ada.run(
        project_id,
        "echo 'all: build' > Makefile; echo 'alias ll=ls' > .bashrc; cp $(command -v ls) program; : > empty.dat",
    )
    visit(ada, "Makefile")
    expect(ada.editor("Makefile")).to_contain_text("all: build")
    visit(ada, ".bashrc")
    expect(ada.editor(".bashrc")).to_contain_text("alias")
    visit(ada, "program")
    expect(ada.page.get_by_role("grid", name=re.compile("Bytes of program"))).to_contain_text("7f 45 4c 46")
    expect(ada.page.get_by_text(re.compile("ELF program"))).to_be_visible()
    visit(ada, "empty.dat")
    expect(ada.page.get_by_text("This file is empty.")).to_be_visible()


def test_an_archive_is_a_listing(ada: Person) -> None:
    put(ada, "backup.tar.gz", tar_gz())
    visit(ada, "backup.tar.gz")
    grid = ada.page.get_by_role("grid", name="Contents of the archive")
    expect(grid.get_by_text("data/run-7.csv")).to_be_visible(timeout=20_000)
    expect(ada.page.get_by_text("tar.gz · 2,000 files · 2.0 MB unpacked")).to_be_visible()
    ada.page.keyboard.press("End")
    expect(grid.get_by_text("data/run-1999.csv")).to_be_visible()
    ada.page.get_by_role("searchbox", name="Filter").fill("RUN-1234")
    expect(grid.get_by_role("row")).to_have_count(2)
    expect(grid).to_contain_text("1.2 kB")
    ada.page.get_by_role("button", name="Extract here").click()
    expect(ada.files().get_by_role("row", name="backup", exact=True)).to_be_visible()
    expect(ada.page.get_by_role("link", name="Download backup.tar.gz")).to_be_visible()


def test_what_is_no_archive_says_so_and_shows_its_bytes(ada: Person) -> None:
    put(ada, "wrong.zip", b"this is not a zip file")
    visit(ada, "wrong.zip")
    expect(ada.page.get_by_text(re.compile("wrong.zip.*cannot be read as an archive"))).to_be_visible(timeout=20_000)
    expect(ada.page.get_by_role("link", name="Download")).to_be_visible()
    ada.page.get_by_role("button", name="Show the bytes").click()
    expect(ada.page.get_by_role("grid", name=re.compile("Bytes of"))).to_contain_text("this is not a zi")


def test_another_viewer_is_remembered_for_files_of_its_kind(ada: Person) -> None:
    project_id = ada.project_id()
    ada.write(project_id, "one.py", "print(1)\n")
    ada.write(project_id, "two.py", "print(2)\n")
    visit(ada, "one.py")
    expect(ada.editor("one.py")).to_contain_text("print")
    command(ada, "Open with")
    dialog = ada.page.get_by_role("dialog", name="Open with")
    expect(dialog.get_by_role("button", name="Text (usual)")).to_have_attribute("aria-current", "true")
    dialog.get_by_role("button", name="Bytes").click()
    expect(ada.page.get_by_role("grid", name=re.compile("Bytes of one.py"))).to_contain_text("print(1)")
    visit(ada, "two.py")
    expect(ada.page.get_by_role("grid", name=re.compile("Bytes of two.py"))).to_contain_text("print(2)")
    ada.page.get_by_role("button", name="Edit as text").click()
    expect(ada.editor("two.py")).to_contain_text("print(2)")


@pytest.mark.parametrize("look", LOOKS)
def test_bytes_and_archives_read_well(person: PersonFactory, look: str) -> None:
    options: dict[str, Any] = LOOKS[look]
    ada = person("Ada Lovelace", **options)
    ada.new_project("Viewers")
    put(ada, "backup.tar.gz", tar_gz())
    visit(ada, "backup.tar.gz")
    expect(ada.page.get_by_text("data/run-1.csv")).to_be_visible(timeout=20_000)
    look_at(ada, "archive", look)
    put(ada, "data.bin", bytes(range(256)) * 100)
    visit(ada, "data.bin")
    expect(ada.page.get_by_text("00000020", exact=True)).to_be_visible(timeout=20_000)
    look_at(ada, "hex", look)
