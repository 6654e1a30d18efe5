"""Processes known for all time, records, locks and folders."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from studium.compute import records
from studium.compute.driver import ProjectFailed
from studium.compute.folders import ProjectFolders, from_template
from studium.compute.records import ProcessIdentity, Record

PROJECT = UUID(int=7)


def test_a_process_is_known_until_it_ends() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        identity = ProcessIdentity.of(child.pid)
        assert identity is not None
        descriptor = identity.open()
        assert descriptor is not None
        os.close(descriptor)
        assert msgspec.structs.replace(identity, start_time=identity.start_time + 1).open() is None
        assert msgspec.structs.replace(identity, boot_id="another").open() is None
    assert identity.open() is None
    assert ProcessIdentity.of(child.pid) is None


def test_a_record_is_read_back_and_nonsense_is_none(tmp_path: Path) -> None:
    identity = ProcessIdentity(1, 2, "boot")
    record = Record(str(PROJECT), 3, identity, identity, "/s", ["/c"])
    file = tmp_path / "p.json"
    assert records.read(file) is None
    records.write(file, record)
    assert records.read(file) == record
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_bytes(b'{"project_id": 4}')
    assert records.read(file) is None


def test_one_holds_the_lock_at_a_time(tmp_path: Path) -> None:
    file = tmp_path / "p.lock"
    with records.try_lock(file) as first, records.try_lock(file) as second:
        assert (first, second) == (True, False)
    with records.try_lock(file) as third:
        assert third


@dataclass
class Long:
    """A data folder whose sockets would have paths past the kernel's bound."""

    data: Path


@pytest.fixture
def long(tmp_path: Path) -> Long:
    return Long(tmp_path / ("n" * 60) / ("m" * 60))


def test_a_socket_path_always_fits(long: Long, tmp_path: Path) -> None:
    short = ProjectFolders(Path("/d"), PROJECT)
    assert short.run == Path("/d/run") / str(PROJECT)
    moved = ProjectFolders(long.data, PROJECT)
    assert len(os.fsencode(moved.socket)) <= 107
    assert moved.socket == ProjectFolders(long.data, PROJECT).socket
    assert moved.socket != ProjectFolders(tmp_path / "other" / ("n" * 99), PROJECT).socket


def test_a_folder_that_somebody_else_made_first_is_refused(
    long: Long, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = ProjectFolders(long.data, PROJECT)
    (tmp_path / "target").mkdir()
    (tmp_path / "shared").symlink_to("target")
    folders.run = tmp_path / "shared" / "key"
    with pytest.raises(ProjectFailed, match="belongs to somebody else"):
        folders.make_run(None)
    assert not (tmp_path / "target" / "key").exists()


def test_a_home_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    template = tmp_path / "template"
    template.mkdir()
    (template / "a").write_text("a")
    folders = ProjectFolders(tmp_path / "data", PROJECT)

    def fail(self: Path, target: Path) -> Path:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", fail)
        with pytest.raises(OSError, match="full"):
            folders.make(None, from_template(template))
    assert not folders.home.exists()
    folders.make(None, from_template(template))
    assert [file.name for file in folders.home.iterdir()] == ["a"]
