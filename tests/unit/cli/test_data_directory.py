"""The data folder: one Studium at a time, and plain words when it cannot be used."""

import os
from pathlib import Path

import pytest

from studium.cli.data_directory import DataDirectory, Running
from studium.protocol.errors import ErrorCode, StudiumError

NOTE = Running(process_id=1, url="http://127.0.0.1:1", database="postgresql:///x", version="0")


def test_who_runs_is_found_while_it_runs_and_not_after(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path / "data")
    with pytest.raises(StudiumError, match="There is no data folder"):
        data.running()
    with data.held():
        data.write_note(NOTE)
        assert DataDirectory(tmp_path / "data").running() == NOTE
        assert (tmp_path / "data" / "running.json").stat().st_mode & 0o077 == 0
    # The note outlives a Studium that was killed; the lock does not.
    assert data.read_note() == NOTE
    with pytest.raises(StudiumError, match="Start it with `studium serve --data"):
        data.running()


def test_a_second_studium_is_refused_and_told_of_the_first(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    with data.held():
        data.write_note(NOTE)
        with (
            pytest.raises(StudiumError, match=r"Another Studium \(process 1, http://127\.0\.0\.1:1\) uses") as raised,
            DataDirectory(tmp_path).held(),
        ):
            pass
        assert raised.value.code is ErrorCode.CONFLICT
    with DataDirectory(tmp_path).held():
        assert data.read_note() is None


def test_a_file_in_the_way_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StudiumError, match=r"cannot be written: .*--data"), DataDirectory(tmp_path / "file").held():
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_without_rights_is_one_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StudiumError, match="permission denied"), DataDirectory(tmp_path / "data").held():
        pass


def test_a_full_disk_is_said_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studium.cli.data_directory.FREE_BYTES_MIN", 1 << 62)
    with pytest.raises(StudiumError, match="Make room") as raised, DataDirectory(tmp_path).held():
        pass
    assert raised.value.code is ErrorCode.DISK_FULL
