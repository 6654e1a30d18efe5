"""A log whose last page was torn: all that was committed before is there, and nothing crashes."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest

from studium.project.documents.store import DATABASE, Store
from studium.protocol.ids import AccountId

ACCOUNT = AccountId(UUID(int=1))
PATH = "a.txt"
STEP_BYTES = 331  # 1 tears at every byte and takes minutes
FRAME_HEADER_BYTES = 24  # of a page in SQLite's write-ahead log


def update(number: int) -> bytes:
    """Stands for an update; the store does not look into them."""
    return b"<%d>" % number * 40


async def append(store: Store, number: int, sequence: int) -> None:
    """Commit one update."""
    await store.execute()  # all before is committed, so that each is a transaction of its own
    store.append(number, sequence, [(ACCOUNT, [update(sequence)])], lambda error: None)
    await store.execute()


async def log_of(folder: Path, goes_on: bool = False) -> list[bytes]:
    """What a server that starts over ``folder`` finds; with ``goes_on``, after proving that it can write."""
    store = Store(folder)
    await store.open()
    try:
        loaded = await store.load(PATH)
        assert loaded is not None
        if goes_on:
            await append(store, loaded.row.number, loaded.version + 1)
            again = await store.load(PATH)
            assert again is not None
            assert again.tail == [*loaded.tail, update(loaded.version + 1)]
        return loaded.tail
    finally:
        await store.close()


class Recorded:
    """Copies of a store's files as a power cut would leave them, after each commit."""

    def __init__(self, folder: Path) -> None:
        self.live = folder / "live"
        self.folder = folder
        self.lengths: list[int] = []  # of the write-ahead log, after each commit

    def copy(self, name: str, database: bytes | None = None, log: bytes | None = None) -> Path:
        """A folder with the files as they are, or with these contents."""
        target = self.folder / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        (target / DATABASE).write_bytes(self.database if database is None else database)
        (target / f"{DATABASE}-wal").write_bytes(self.log if log is None else log)
        return target

    @property
    def database(self) -> bytes:
        """The main file."""
        return (self.live / DATABASE).read_bytes()

    @property
    def log(self) -> bytes:
        """The write-ahead log."""
        return (self.live / f"{DATABASE}-wal").read_bytes()


@pytest.fixture
async def recorded(tmp_path: Path) -> Recorded:
    recorded = Recorded(tmp_path)
    store = Store(recorded.live)
    await store.open()
    row = await store.create(PATH)
    for sequence in range(1, 5):
        await append(store, row.number, sequence)
        recorded.lengths.append(len(recorded.log))
    frozen = recorded.copy("frozen")
    await store.close()
    recorded.live = frozen
    return recorded


def _damaged(log: bytes, start: int) -> Iterator[tuple[str, bytes]]:
    """The log with its last page torn at each of many bytes: cut, zeroed and garbled from there, one bit wrong."""
    ways: list[tuple[str, Callable[[int], bytes]]] = [
        ("cut", lambda at: log[:at]),
        ("zeroed", lambda at: log[:at] + bytes(len(log) - at)),
        ("garbled", lambda at: log[:at] + bytes(byte ^ 0x55 for byte in log[at:])),
        ("one bit", lambda at: log[:at] + bytes([log[at] ^ 1]) + log[at + 1 :]),
    ]
    places = [*range(start, start + FRAME_HEADER_BYTES), *range(start + FRAME_HEADER_BYTES, len(log), STEP_BYTES)]
    for at in places:
        for way, damage in ways:
            yield f"{way} at {at}", damage(at)


async def test_the_last_commit_torn_anywhere(recorded: Recorded) -> None:
    whole, before = recorded.log, recorded.lengths[-2]
    assert before < len(whole)
    assert len(await log_of(recorded.copy("whole"), goes_on=True)) == 4
    kept, lost = [update(number) for number in range(1, 5)], 0
    for number, (name, log) in enumerate(_damaged(whole, before)):
        found = await log_of(recorded.copy("torn", log=log), goes_on=number % 10 == 0)
        assert found in (kept, kept[:3]), name
        lost += found != kept
    assert lost > 50  # the damage is real: a commit is there wholly or not at all


async def test_a_cut_through_the_whole_log_loses_only_what_came_after(recorded: Recorded) -> None:
    whole = recorded.log
    for at in range(recorded.lengths[0], len(whole), STEP_BYTES):
        found = await log_of(recorded.copy("cut", log=whole[:at]))
        committed = sum(length <= at for length in recorded.lengths)
        assert found == [update(number) for number in range(1, committed + 1)], at


async def test_torn_while_the_log_was_written_back(recorded: Recorded) -> None:
    """The main file's pages are torn, but the write-ahead log that they were copied from is still there."""
    done = recorded.copy("done")
    store = Store(done)
    await store.open()
    await store.close()  # the last one to close writes all back
    database, log = (done / DATABASE).read_bytes(), recorded.log
    page = int.from_bytes(database[16:18]) or 65536
    for at in range(len(database) - page, len(database), STEP_BYTES):
        torn = database[:at] + bytes(len(database) - at)
        assert len(await log_of(recorded.copy("torn", torn, log), goes_on=True)) == 4, at
