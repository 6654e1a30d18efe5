"""Copies of homes whose owners may be hostile."""

import os
import stat
import threading
from pathlib import Path

import pytest

from studium.compute import copying
from studium.compute.copying import Stopped, copy_tree
from studium.compute.driver import ProjectFailed


def test_files_folders_links_modes_and_times_are_kept(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "a b\nc" / "deep").mkdir(parents=True)
    (source / "a b\nc" / "deep" / "é.py").write_bytes(bytes(range(256)) * 5000)
    (source / "run.sh").write_text("echo")
    (source / "run.sh").chmod(0o4755)
    os.utime(source / "run.sh", ns=(1_000_000_000, 2_000_000_001))
    (source / "out").symlink_to("/etc/passwd")
    (source / "broken").symlink_to("nowhere")
    os.mkfifo(source / "pipe")
    copy_tree(source, target)
    assert (target / "a b\nc" / "deep" / "é.py").read_bytes() == bytes(range(256)) * 5000
    made = (target / "run.sh").stat()
    assert (stat.S_IMODE(made.st_mode), made.st_mtime_ns) == (0o755, 2_000_000_001)
    assert (target / "out").readlink() == Path("/etc/passwd")
    assert (target / "broken").readlink() == Path("nowhere")
    assert not (target / "pipe").exists()


def test_a_file_of_holes_takes_no_room(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    with (source / "holes").open("wb") as file:
        file.truncate(1 << 40)
        file.seek(1 << 39)
        file.write(b"middle")
    copy_tree(source, target)
    made = (target / "holes").stat()
    assert (made.st_size, made.st_blocks * 512 < 1 << 20) == (1 << 40, True)
    with (target / "holes").open("rb") as file:
        file.seek(1 << 39)
        assert file.read(6) == b"middle"


def test_what_turns_into_a_link_on_the_way_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("secret")
    source, target = tmp_path / "source", tmp_path / "target"
    for name in ("folder", "other"):
        (source / name).mkdir(parents=True)
    (source / "file").write_text("mine")
    seen = os.lstat

    def swap(name: str, *, dir_fd: int) -> os.stat_result:
        found = seen(name, dir_fd=dir_fd)
        if name == "folder":
            (source / name).rename(source.parent / "moved")
            (source / name).symlink_to(secret)
        elif name == "file":
            (source / name).unlink()
            (source / name).symlink_to(secret / "key")
        elif name == "other":
            (source / name).rmdir()
        return found

    monkeypatch.setattr(os, "lstat", swap)
    copy_tree(source, target)
    assert list(target.iterdir()) == []


def test_a_tree_without_end_is_refused_and_a_copy_that_is_not_wanted_stops(tmp_path: Path) -> None:
    source = tmp_path / "source"
    folder = source
    for _ in range(copying.DEEPEST + 1):
        folder = folder / "d"
    folder.mkdir(parents=True)
    with pytest.raises(ProjectFailed, match="200 folders deep"):
        copy_tree(source, tmp_path / "target")
    stopped = threading.Event()
    stopped.set()
    with pytest.raises(Stopped):
        copy_tree(source, tmp_path / "again", stopped.is_set)
