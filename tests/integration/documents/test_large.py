"""Files above the limit of editing: they do not become documents, but what has been typed is never shut out."""

import errno
from pathlib import Path

import aiohttp
import pytest

from clients.document_server import DocumentServer
from clients.ydoc import Client, save
from studium.project.documents import disk
from studium.protocol.documents import Failed, NotSaved
from studium.protocol.errors import ErrorCode, close_code
from studium.sync import formats

LIMIT = 10_000


def no_space(*_arguments: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture(autouse=True)
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MAX_EDITABLE_BYTES", LIMIT)


async def again(server: DocumentServer) -> DocumentServer:
    """The same after a restart: no document is loaded."""
    await server.stop()
    return await DocumentServer(server.home, server.home.parent / "state").start()


async def test_a_large_file_is_not_opened_and_is_said_to_be_large(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    (server.home / "big.log").write_text("line\n" * LIMIT)
    ada = await Client(session, server.url("big.log")).connect()
    assert ada.close_code == close_code(ErrorCode.TOO_LARGE)
    assert (await ada.control(Failed)).error.code is ErrorCode.TOO_LARGE
    (server.home / "big.bin").write_bytes(b"line\n\0" * LIMIT)
    ada = await Client(session, server.url("big.bin")).connect()
    assert ada.close_code == close_code(ErrorCode.NOT_TEXT)


async def test_a_document_that_grew_stays_editable_and_is_saved(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    file = server.home / "a.txt"
    ada = await Client(session, server.url("a.txt")).connect()
    await ada.append("x" * 9_000)
    await save(ada)
    await ada.append("y" * 9_000)
    await save(ada)
    assert file.stat().st_size == 18_000
    await ada.disconnect()
    await ada.append("typed while away")
    server = await again(server)
    ada.url = server.url("a.txt")
    await ada.connect()
    await save(ada)
    assert file.read_text().endswith("typed while away")
    await server.stop()


async def test_a_server_that_comes_back_owes_a_large_file_what_was_typed(
    server: DocumentServer, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = server.home / "a.txt"
    ada = await Client(session, server.url("a.txt")).connect()
    await ada.append("x" * 18_000)
    await save(ada)
    with monkeypatch.context() as broken:
        broken.setattr(disk, "_fill", no_space)
        await ada.append("z")
        await ada.until_acknowledged()
        await ada.disconnect()
        await server.stop()
    with file.open("a") as out:
        out.write("by a program")
    server = await again(server)
    ben = await Client(session, server.url("a.txt")).connect()
    assert not ben.hello.read_only
    await save(ben)
    assert sorted(file.read_text()) == sorted("x" * 18_000 + "z" + "by a program")
    await server.stop()


async def test_a_document_whose_file_a_program_made_large_is_not_loaded_again(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    file = server.home / "a.log"
    file.write_text("first\n")
    ada = await Client(session, server.url("a.log")).connect()
    await ada.append("note\n")
    await save(ada)
    with file.open("a") as out:
        out.write("line\n" * LIMIT)
    await ada.until(lambda: len(ada.text) > LIMIT)  # who has it open sees it grow, and types on
    await ada.append("and this\n")
    await save(ada)
    await ada.disconnect()
    server = await again(server)
    with file.open("a") as out:
        out.write("more\n")
    assert (await Client(session, server.url("a.log")).connect()).close_code == close_code(ErrorCode.TOO_LARGE)
    with file.open("w") as out:
        out.write("short again\n")
    ada = await Client(session, server.url("a.log")).connect()
    assert str(ada.text) == "short again\n"
    await ada.disconnect()
    await server.stop()


async def test_a_document_past_the_largest_file_says_so_until_it_is_shorter(
    server: DocumentServer, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "MAX_FILE_BYTES", 20_000)
    file: Path = server.home / "a.txt"
    ada = await Client(session, server.url("a.txt")).connect()
    await ada.append("x" * 15_000)
    await save(ada)
    await ada.append("y" * 15_000)
    await ada.until_acknowledged()
    await ada.save_now()
    told = await ada.control(NotSaved)
    assert told.error.code is ErrorCode.TOO_LARGE
    assert file.stat().st_size == 15_000
    del ada.text[0:15_000]
    await ada.flush()
    await save(ada)
    assert file.read_text() == "y" * 15_000
