"""The log of documents: order, checkpoints, places, one owner, a full disk."""

import asyncio
import sqlite3
from pathlib import Path
from unittest.mock import patch
from uuid import UUID

import pytest

from studium.project.documents import writer as writer_module
from studium.project.documents.store import SavedState, Store
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId
from studium.sync.formats import TextStyle


async def append(store: Store, number: int, sequence: int, *updates: bytes, saved: SavedState | None = None) -> None:
    """Append and wait for the commit."""
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    store.append(number, sequence, [(None, list(updates))], lambda _error: future.set_result(None), saved)
    await future


async def test_what_is_appended_is_loaded(tmp_path: Path) -> None:
    store = Store(tmp_path)
    await store.open()
    assert await store.load("a.txt") is None
    row = await store.create("a.txt")
    saved = SavedState(2, b"hash", TextStyle(bom=True), next_version=3, next_hash=b"next", next_style=TextStyle())
    await append(store, row.number, 1, b"one", b"two", saved=saved)
    await append(store, row.number, 3, b"three")
    assert await store.close()
    store = Store(tmp_path)
    await store.open()
    loaded = await store.load("a.txt")
    assert loaded is not None
    assert (loaded.row, loaded.version, loaded.tail, loaded.saved) == (row, 3, [b"one", b"two", b"three"], saved)
    assert await store.load_version(row.number, 1) == (None, [b"one"])
    store.checkpoint(row.number, 2, b"snapshot")
    await store.execute()
    loaded = await store.load("a.txt")
    assert loaded is not None
    assert (loaded.snapshot, loaded.snapshot_version, loaded.tail) == (b"snapshot", 2, [b"three"])
    assert await store.load_version(row.number, 1) == (None, [b"one"])
    await store.close()


async def test_a_name_is_written_when_it_is_news(tmp_path: Path) -> None:
    ada = AccountId(UUID(int=7))
    store = Store(tmp_path)
    await store.open()
    with patch.object(store.writer, "submit", wraps=store.writer.submit) as submitted:
        for name in ("Ada", "Ada", "Ada", "Ada Lovelace", "Ada Lovelace"):
            store.remember_name(ada, name)
    assert submitted.call_count == 2
    assert await store.close()
    store = Store(tmp_path)
    await store.open()
    with patch.object(store.writer, "submit", wraps=store.writer.submit) as submitted:
        store.remember_name(ada, "Ada Lovelace")
    assert submitted.call_count == 0
    await store.close()


async def test_histories_follow_their_files(tmp_path: Path) -> None:
    store = Store(tmp_path)
    await store.open()
    inside, beside = await store.create("d/a"), await store.create("da")
    await store.move("d", "e")
    assert await store.paths("d") == []
    assert [loaded.row.number for loaded in [await store.load("e/a")] if loaded] == [inside.number]
    assert [loaded.row.number for loaded in [await store.load("da")] if loaded] == [beside.number]
    newer = await store.create("e/a")
    assert [loaded.row.number for loaded in [await store.load("e/a")] if loaded] == [newer.number]
    await store.mark_removed("e", True)
    assert [loaded.row.removed for loaded in [await store.load("e/a")] if loaded] == [True]
    await store.close()


async def test_a_folder_has_one_owner(tmp_path: Path) -> None:
    store = Store(tmp_path)
    await store.open()
    with pytest.raises(StudiumError, match="Another Studium") as caught:
        await Store(tmp_path).open()
    assert caught.value.code is ErrorCode.CONFLICT
    await store.close()


async def test_a_full_disk_is_waited_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "_RETRY_SECONDS", 0.05)
    real = writer_module.connect

    def small(path: Path) -> sqlite3.Connection:
        connection = real(path)
        connection.execute("PRAGMA max_page_count = 20")
        return connection

    monkeypatch.setattr(writer_module, "connect", small)
    store = Store(tmp_path)
    await store.open()
    row = await store.create("a.txt")
    told: asyncio.Queue[StudiumError | None] = asyncio.Queue()
    store.listeners.append(told.put_nowait)
    task = asyncio.ensure_future(append(store, row.number, 1, b"x" * 200_000))
    error = await asyncio.wait_for(told.get(), 60)
    assert error is not None
    assert error.code is ErrorCode.DISK_FULL
    assert not task.done()
    assert not await store.close() or task.done()
    task.cancel()
