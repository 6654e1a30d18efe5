"""Random histories: the text of every version is that of its updates, and bursts cover each version once."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Doc, Text, TransactionEvent

from studium.project.documents.store import Store
from studium.project.history.bursts import LogRow, bursts_of
from studium.project.history.log import Log
from studium.project.history.pace import Pace
from studium.project.history.replay import Replayer
from studium.protocol.history import Burst
from studium.protocol.ids import AccountId
from studium.sync.replica import ROOT, Replica

PACE = Pace(lambda: None)
_ACCOUNTS = [AccountId(UUID(int=1)), AccountId(UUID(int=2)), None]
_ROWS = st.lists(
    st.tuples(st.integers(1, 4), st.floats(-20, 4_000), st.sampled_from(_ACCOUNTS)), min_size=1, max_size=60
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


_EDITS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 10**6), st.sampled_from(["", "a", "é\n", "🙂", "word "])), max_size=40
)


@settings(max_examples=40, deadline=None)
@given(_EDITS, st.lists(st.integers(1, 7), min_size=1), st.lists(st.integers(0, 40), max_size=20), st.integers(1, 9))
def test_the_text_at_a_version_is_what_was_there(
    edits: list[tuple[int, int, str]], runs: list[int], asked: list[int], checkpoint_at: int
) -> None:
    updates = written(edits)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(store(Path(folder), updates, runs, checkpoint_at))
        log = Log(Path(folder), PACE)
        with patch("studium.project.history.replay.STEP_UPDATES", 5):
            replayer = Replayer(log, PACE)
            for version in [*asked, len(updates), *range(len(updates))]:
                version = min(version, len(updates))
                assert replayer.text(1, version) == Replica(None, updates[:version]).text(), version
        log.close()


def written(edits: list[tuple[int, int, str]]) -> list[bytes]:
    """What three people sent who saw each other's edits late: some updates come before those that they rest on."""
    updates: list[bytes] = []
    docs: list[Doc[Text]] = [Doc() for _ in range(3)]
    subscriptions: list[Any] = []

    def taking(doc: Doc[Text]) -> Callable[[TransactionEvent], None]:
        return lambda event: updates.append(event.update)

    for person, place, insert in edits:
        doc = docs[person]
        text = doc.get(ROOT, type=Text)
        if place % 7 == 0:
            for update in updates[: len(updates) - place % 3]:
                doc.apply_update(update)
        subscriptions.append((doc, doc.observe(taking(doc))))
        length = len(str(text))
        units = [len(str(text)[:index].encode()) for index in range(length + 1)]
        at = place % (length + 1)
        if insert:
            text.insert(units[at], insert)
        elif at < length:
            del text[units[at] : units[at + 1]]
        doc.unobserve(subscriptions[-1][1])
    # Neighbours change places: the log takes what comes as it comes.
    for index in range(0, len(updates) - 1, 3):
        updates[index], updates[index + 1] = updates[index + 1], updates[index]
    return updates


async def store(folder: Path, updates: list[bytes], runs: list[int], checkpoint_at: int) -> None:
    """A store as the server leaves it, with updates in rows of some length and a checkpoint."""
    log = Store(folder)
    await log.open()
    row = await log.create("notes.md")
    position, turn = 0, 0
    while position < len(updates):
        run = updates[position : position + runs[turn % len(runs)]]
        log.append(row.number, position + 1, [(_ACCOUNTS[turn % 3], run)], lambda _error: None)
        position, turn = position + len(run), turn + 1
        if turn % checkpoint_at == 0:
            log.checkpoint(row.number, position, Replica(None, updates[:position]).checkpoint())
    assert await log.close()


def test_the_log_cannot_be_written_through_its_history(tmp_path: Path) -> None:
    asyncio.run(store(tmp_path, [], [1], 1))
    log = Log(tmp_path, PACE)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        log._connection.execute("DELETE FROM documents")
    log.close()
