"""Files and machines that are not as one expects: a clock set back, leftovers, files that grow, hard links."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest

from clients.document_server import DocumentServer
from clients.ydoc import Client, save
from studium.project.documents import disk
from studium.project.files.home import Home
from studium.project.files.names import temporary_name
from studium.protocol.errors import ErrorCode, close_code

SERVER = Path(__file__).parents[2] / "clients" / "document_server.py"


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_set_wrong_changes_no_order_and_loses_nothing(
    tmp_path: Path, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    file = home / "a.txt"
    file.write_text("one\n")
    server = await DocumentServer(home, tmp_path / "state").start()
    ada = await Client(session, server.url("a.txt")).connect()
    await ada.append("two\n")
    await save(ada)
    real, real_ns = time.time, time.time_ns
    monkeypatch.setattr(time, "time", lambda: real() + hours * 3600)
    monkeypatch.setattr(time, "time_ns", lambda: real_ns() + hours * 3600 * 10**9)
    await ada.append("three\n")
    await save(ada)
    with file.open("a") as out:
        out.write("four\n")
    await ada.until_text("one\ntwo\nthree\nfour\n")
    await ada.append("five\n")
    await save(ada)
    assert file.read_text() == "one\ntwo\nthree\nfour\nfive\n"
    await ada.disconnect()
    await server.stop()
    again = await DocumentServer(home, tmp_path / "state").start(server.port)
    await ada.connect()
    ben = await Client(session, again.url("a.txt")).connect()
    assert str(ada.text) == str(ben.text) == "one\ntwo\nthree\nfour\nfive\n"
    await ben.append("six\n")
    await save(ben)
    assert file.read_text() == str(ben.text)
    await ada.disconnect()
    await ben.disconnect()
    await again.stop()


async def test_an_unfinished_file_of_a_killed_server_is_removed_at_the_next_start(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    home, state = tmp_path / "home", tmp_path / "state"
    (home / "folder").mkdir(parents=True)
    file = home / "folder" / "a.txt"
    file.write_text("text")
    hang = (
        "import os, sys, runpy, signal; from studium.project.documents import disk;"
        "disk._fill = lambda *_: os.kill(os.getpid(), signal.SIGKILL); sys.argv = sys.argv[1:];"
        "runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", hang, str(SERVER), str(home), str(state), "0", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    port = int((await process.stdout.readline()).split()[1])
    ada = await Client(session, f"ws://127.0.0.1:{port}/documents/folder/a.txt").connect()
    await ada.append("!")
    await ada.until_acknowledged()
    await ada.save_now()
    assert await process.wait() == -signal.SIGKILL
    await ada.disconnect()
    assert len(list(file.parent.iterdir())) == 2
    somebody_elses = file.parent / temporary_name()
    somebody_elses.write_text("an upload under way")
    server = await DocumentServer(home, state).start()
    assert sorted(file.parent.iterdir()) == sorted([file, somebody_elses])
    ben = await Client(session, server.url("folder/a.txt")).connect()
    assert str(ben.text) == "text!"
    await save(ben)
    assert file.read_text() == "text!"
    await ben.disconnect()
    await server.stop()


async def test_another_name_of_a_file_keeps_its_content(server: DocumentServer, session: aiohttp.ClientSession) -> None:
    """Package managers link one cached file into many projects: an edit here must not change it there."""
    file, other = server.home / "a.txt", server.home.parent / "cache.txt"
    other.write_text("shared\n")
    file.hardlink_to(other)
    ada = await Client(session, server.url("a.txt")).connect()
    await ada.append("mine\n")
    await save(ada)
    assert file.read_text() == "shared\nmine\n"
    assert other.read_text() == "shared\n"


def test_only_its_own_unfinished_files_are_removed(tmp_path: Path) -> None:
    mine, others = "ab" * 16, "cd" * 16
    for owner in (mine, mine, others, ""):
        (tmp_path / temporary_name(owner)).touch()
    (tmp_path / ".studium-notes").touch()
    home = Home(tmp_path)
    assert disk.remove_unfinished(home, "a.txt", mine) == 2
    assert disk.remove_unfinished(home, "no/such/folder/a.txt", mine) == 0
    assert len(list(tmp_path.iterdir())) == 3
    home.close()


async def test_a_name_that_is_not_utf8_is_refused_and_none_is_made_in_its_place(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    Path(os.fsdecode(os.fsencode(server.home) + b"/caf\xe9.txt")).write_text("there already")
    ada = await Client(session, server.url(quote("caf\\xe9.txt"))).connect()
    assert ada.close_code == close_code(ErrorCode.NOT_TEXT)
    assert len(list(server.home.iterdir())) == 1
    # What stands for a separator or a NUL is a name as others are, and looks at nothing outside.
    for name in ("..\\x2fstate", "a\\x00b", "\\xzz"):
        cyd = await Client(session, server.url(quote(name))).connect()
        assert (cyd.close_code, str(cyd.text)) == (None, "")
        await cyd.disconnect()
    # So is one that only looks so.
    (server.home / "caf\\xea.txt").write_text("mine\n")
    ben = await Client(session, server.url(quote("caf\\xea.txt"))).connect()
    await ben.until_text("mine\n")
