"""Random histories: the text of every version is that of its updates, and bursts cover each version once."""

import asyncio
import sqlite3
import tempfile
from itertools import islice
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studium.project.history.bursts import LogRow, bursts_of
from studium.project.history.log import Log
from studium.project.history.pace import Pace
from studium.project.history.replay import Replayer
from studium.protocol.history import Burst
from studium.protocol.ids import AccountId
from studium.sync.replica import Replica
from support.histories import ACCOUNTS, EDITS, Edit, store, written

PACE = Pace(lambda: None)
_ROWS = st.lists(
    st.tuples(st.integers(1, 4), st.floats(-20, 4_000), st.sampled_from(ACCOUNTS)), min_size=1, max_size=60
)


@given(_ROWS, st.integers(1, 5))
def test_bursts_cover_every_version_once_over_pages_of_any_size(
    rows: list[tuple[int, float, AccountId | None]], page: int
) -> None:
    log: list[LogRow] = []
    at, version = 0.0, 0
    for count, pause, account in rows:
        at += pause
        log.append(LogRow(version + 1, version + count, at, account))
        version += count
    found: list[Burst] = []
    before = version + 1
    while before > 1:
        found += islice(bursts_of(row for row in reversed(log) if row.last < before), page)
        before = found[-1].first
    covered = [number for burst in reversed(found) for number in range(burst.first, burst.last + 1)]
    assert covered == list(range(1, version + 1))
    for burst in found:
        inside = [row for row in log if burst.first <= row.first <= burst.last]
        assert set(burst.account_ids) == {row.account_id for row in inside}


@settings(max_examples=40, deadline=None)
@given(EDITS, st.lists(st.integers(1, 7), min_size=1), st.lists(st.integers(0, 40), max_size=20), st.integers(1, 9))
def test_the_text_at_a_version_is_what_was_there(
    edits: list[Edit], runs: list[int], asked: list[int], checkpoint_at: int
) -> None:
    updates = [each.update for each in written(edits)]
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(store(Path(folder), updates, runs, checkpoint_at))
        log = Log(Path(folder), PACE)
        with patch("studium.project.history.replay.STEP_UPDATES", 5):
            replayer = Replayer(log, PACE)
            for version in [*asked, len(updates), *range(len(updates))]:
                version = min(version, len(updates))
                assert replayer.text(1, version) == Replica(None, updates[:version]).text(), version
        log.close()


def test_the_log_cannot_be_written_through_its_history(tmp_path: Path) -> None:
    asyncio.run(store(tmp_path, [], [1], 1))
    log = Log(tmp_path, PACE)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        log._connection.execute("DELETE FROM documents")
    log.close()
