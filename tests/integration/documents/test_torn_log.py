"""The last page of the log is torn while the file and the people who typed are ahead of it: nothing comes twice."""

import asyncio
import shutil
import sqlite3
from pathlib import Path

import aiohttp
import pytest

from clients.document_server import DocumentServer
from clients.ydoc import Client
from studium.project.documents.store import DATABASE
from studium.protocol.documents import Saved

HEADER_BYTES, FRAME_HEADER_BYTES = 32, 24


def transactions(log: bytes) -> list[int]:
    """Where in a write-ahead log each transaction ends: its last frame holds the size of the database."""
    page_bytes = int.from_bytes(log[8:12])
    return [
        at + FRAME_HEADER_BYTES + page_bytes
        for at in range(HEADER_BYTES, len(log), FRAME_HEADER_BYTES + page_bytes)
        if log[at + 8 : at + 16] == log[16:24] and int.from_bytes(log[at + 4 : at + 8])
    ]


def cut(state: Path, to: Path, end: int) -> Path:
    """The state folder as a power cut left it that lost all of the log after ``end``."""
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir()
    shutil.copy(state / DATABASE, to)
    (to / f"{DATABASE}-wal").write_bytes((state / f"{DATABASE}-wal").read_bytes()[:end])
    return to


def is_about_to_write(state: Path) -> bool:
    """Whether the log says that the file is about to be written."""
    connection = sqlite3.connect(state / DATABASE)
    try:
        return bool(connection.execute("SELECT count(*) FROM saved WHERE next_version IS NOT NULL").fetchone()[0])
    finally:
        connection.close()


async def come_back(home: Path, state: Path, client: Client, expected: str) -> None:
    """A server over what the power cut left; whoever typed comes back, somebody else comes for the first time."""
    server = await DocumentServer(home, state).start()
    try:
        client.url = server.url("a.txt")
        await client.connect()
        await client.until_acknowledged()
        fresh = await Client(client._session, client.url).connect()
        await fresh.until_text(expected)
        await client.until_text(expected)
        seen = len(client.controls)
        await client.save_now()
        await client.control(Saved, after=seen)
        assert (home / "a.txt").read_text() == expected
        await fresh.disconnect()
        await client.disconnect()
    finally:
        await server.stop()


@pytest.fixture
def state(server: DocumentServer) -> Path:
    return server.home.parent / "state"


async def test_the_file_was_written_and_the_log_lost_that_it_would_be(
    server: DocumentServer, session: aiohttp.ClientSession, state: Path, tmp_path: Path
) -> None:
    (server.home / "a.txt").write_text("start\n")
    ada = await Client(session, server.url("a.txt")).connect()
    await ada.until_text("start\n")
    busy = sqlite3.connect(state / DATABASE, isolation_level=None)
    busy.execute("BEGIN IMMEDIATE")  # the disk is slow for a moment, and work gathers
    for word in ("one", "two", "three"):
        await ada.append(f"{word}\n")
        await asyncio.sleep(0.05)  # each in a turn of its own
    await ada.save_now()
    await asyncio.sleep(0.3)
    busy.execute("ROLLBACK")
    busy.close()
    await ada.until_acknowledged()
    await ada.until(lambda: any(isinstance(each, Saved) and each.version >= 4 for each in ada.controls))
    expected = "start\none\ntwo\nthree\n"
    assert (server.home / "a.txt").read_text() == expected
    ends = transactions((state / f"{DATABASE}-wal").read_bytes())
    last = next(end for end in reversed(ends) if is_about_to_write(cut(state, tmp_path / "look", end)))
    torn = cut(state, tmp_path / "torn", last - 1)
    await ada.disconnect()
    await server.stop()
    await come_back(server.home, torn, ada, expected)


async def test_an_edit_of_the_file_was_shown_and_the_log_lost_it(
    server: DocumentServer, session: aiohttp.ClientSession, state: Path, tmp_path: Path
) -> None:
    (server.home / "a.txt").write_text("start\n")
    ada = await Client(session, server.url("a.txt")).connect()
    await ada.until_text("start\n")
    with (server.home / "a.txt").open("a") as file:
        file.write("from a program\n")
    await ada.until_text("start\nfrom a program\n")
    ends = transactions((state / f"{DATABASE}-wal").read_bytes())
    torn = cut(state, tmp_path / "torn", ends[-1] - 1)
    await ada.disconnect()
    await server.stop()
    await come_back(server.home, torn, ada, "start\nfrom a program\n")
