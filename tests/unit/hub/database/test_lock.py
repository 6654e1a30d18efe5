"""One Studium a data directory."""

import os
from pathlib import Path

import pytest

from studium.hub.database.lock import acquire_data_directory
from studium.protocol.errors import ErrorCode, StudiumError


def test_a_second_studium_is_told_who_holds_the_directory(tmp_path: Path) -> None:
    lock = acquire_data_directory(tmp_path)
    with pytest.raises(StudiumError, match=f"process {os.getpid()}") as caught:
        acquire_data_directory(tmp_path)
    assert caught.value.code is ErrorCode.CONFLICT
    lock.release()
    acquire_data_directory(tmp_path).release()
