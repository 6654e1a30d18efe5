"""What the log says of versions that were written together."""

from pathlib import Path
from uuid import UUID

from studium.project.documents.store import Store
from studium.project.history.log import Log
from studium.project.history.pace import Pace
from studium.protocol.ids import AccountId

ADA, BOB = AccountId(UUID(int=1)), AccountId(UUID(int=2))


async def test_authors_are_counted_by_version_also_within_a_row(tmp_path: Path) -> None:
    store = Store(tmp_path)
    await store.open()
    row = await store.create("a.md")
    store.append(row.number, 1, [(ADA, [b"1", b"2", b"3"]), (BOB, [b"4", b"5"])], lambda _error: None)
    store.append(row.number, 6, [(ADA, [b"6"])], lambda _error: None)
    await store.close()
    log = Log(tmp_path, Pace(lambda: None))
    try:
        assert log.authors(row.number, 1, 6) == [(ADA, 4), (BOB, 2)]
        assert log.authors(row.number, 1, 2) == [(ADA, 2)]
        assert log.authors(row.number, 3, 5) == [(BOB, 2), (ADA, 1)]
        assert log.authors(row.number, 3, 3) == [(ADA, 1)]
        assert log.authors(row.number, 5, 6) == [(BOB, 1), (ADA, 1)]
    finally:
        log.close()
