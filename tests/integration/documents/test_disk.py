"""The file of a document: changes from outside, deletions, renames, refusals."""

import os
import subprocess
from pathlib import Path

import aiohttp
import pytest

from clients.document_server import DocumentServer
from clients.ydoc import Client
from studium.project.documents import disk, save_timer
from studium.project.files.home import Home
from studium.protocol.documents import DiskStatus, NotSaved, Saved
from studium.protocol.errors import ErrorCode


async def saved_all(client: Client) -> None:
    """Wait until the file holds everything that this client sent."""
    await client.until_acknowledged()
    seen = len(client.controls)
    await client.save_now()
    await client.until(lambda: any(isinstance(control, Saved) for control in client.controls[seen:]))


async def test_appending_in_a_shell_while_people_type(server: DocumentServer, session: aiohttp.ClientSession) -> None:
    file = server.home / "notes.md"
    file.write_text("# Notes\n")
    ada = await Client(session, server.url("notes.md")).connect()
    ben = await Client(session, server.url("notes.md")).connect()
    await ada.insert(0, "Ada's 😀\n")
    subprocess.run("echo from the shell >> notes.md", shell=True, cwd=server.home, check=True)
    await ada.until_text("Ada's 😀\n# Notes\nfrom the shell\n")
    await ben.until_text("Ada's 😀\n# Notes\nfrom the shell\n")
    await saved_all(ada)
    assert file.read_text() == "Ada's 😀\n# Notes\nfrom the shell\n"


@pytest.mark.parametrize(
    "command",
    [
        "sed -i s/two/TWO/ a.txt",
        "printf 'one\\nTWO\\nthree\\n' > a.txt",
        "printf 'one\\nTWO\\nthree\\n' > b.txt && mv b.txt a.txt",
        "rm a.txt && printf 'one\\nTWO\\nthree\\n' > a.txt",
        ": > a.txt; sleep 0.15; printf 'one\\nTWO\\nthree\\n' >> a.txt",
        "printf 'one\\nTWO\\nthree\\n' | dd of=a.txt bs=3 status=none",
    ],
)
async def test_ways_to_write_a_file(server: DocumentServer, session: aiohttp.ClientSession, command: str) -> None:
    (server.home / "a.txt").write_text("one\ntwo\nthree\n")
    ada = await Client(session, server.url("a.txt")).connect()
    subprocess.run(command, shell=True, cwd=server.home, check=True)
    await ada.until_text("one\nTWO\nthree\n")
    await ada.append("four\n")
    await saved_all(ada)
    assert (server.home / "a.txt").read_text() == "one\nTWO\nthree\nfour\n"


async def test_one_changed_line_of_a_long_file_is_a_small_update(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    lines = [f"line {number} of some text 😀\n" for number in range(800)]
    file = server.home / "long.txt"
    file.write_text("".join(lines))
    ada = await Client(session, server.url("long.txt")).connect()
    seen = len(ada.frames)
    lines[400] = "line 400 was changed 😀\n"
    file.write_text("".join(lines))
    await ada.until_text("".join(lines))
    assert sum(len(frame) for frame in ada.frames[seen:] if frame[0] == 0) < 200


async def test_git_checkout_of_many_lines_keeps_what_is_typed(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c"]
    file = server.home / "a.py"
    file.write_text("a = 1\nb = 2\nc = 3\n")
    subprocess.run(["git", "init", "-q"], cwd=server.home, check=True)
    subprocess.run([*git, "add", "a.py"], cwd=server.home, check=True)
    subprocess.run([*git, "commit", "-qm", "one"], cwd=server.home, check=True)
    file.write_text("a = 10\nb = 2\nc = 30\nd = 4\n")
    ada = await Client(session, server.url("a.py")).connect()
    await ada.insert(0, "# typed\n")
    subprocess.run([*git, "checkout", "-qf", "a.py"], cwd=server.home, check=True)
    await ada.until_text("# typed\na = 1\nb = 2\nc = 3\n")


async def test_mode_is_kept(server: DocumentServer, session: aiohttp.ClientSession) -> None:
    file = server.home / "run.sh"
    file.write_text("#!/bin/sh\n")
    file.chmod(0o750)
    ada = await Client(session, server.url("run.sh")).connect()
    await ada.append("true\n")
    await saved_all(ada)
    assert file.stat().st_mode & 0o777 == 0o750
    assert list(server.home.iterdir()) == [file]


async def test_a_deleted_file_is_told_and_brought_back_by_the_next_edit(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    file = server.home / "a.txt"
    file.write_text("text")
    ada = await Client(session, server.url("a.txt")).connect()
    file.unlink()
    told = await ada.control(NotSaved)
    assert (told.disk, told.error.code) == (DiskStatus.ABSENT, ErrorCode.NOT_FOUND)
    ben = await Client(session, server.url("a.txt")).connect()
    assert (await ben.control(NotSaved)).disk is DiskStatus.ABSENT
    assert str(ben.text) == "text"
    assert not file.exists()
    await ada.append("!")
    await saved_all(ada)
    assert file.read_text() == "text!"
    file.unlink()
    seen = len(ada.controls)
    await ada.control(NotSaved, after=seen)
    await saved_all(ada)
    assert file.read_text() == "text!"


async def test_a_rename_by_the_file_manager_is_followed(server: DocumentServer, session: aiohttp.ClientSession) -> None:
    (server.home / "old").mkdir()
    (server.home / "old" / "a.txt").write_text("text")
    ada = await Client(session, server.url("old/a.txt")).connect()
    await ada.append(" typed")
    (server.home / "old").rename(server.home / "new")
    await server.documents.moved("old", "new")
    await ada.append(" more")
    await saved_all(ada)
    assert (server.home / "new" / "a.txt").read_text() == "text typed more"
    assert not (server.home / "old").exists()
    ben = await Client(session, server.url("new/a.txt")).connect()
    assert ben.hello.history_id == ada.hello.history_id
    plain = await Client(session, server.url("old/a.txt"), studium=False).connect()
    assert plain.close_code == 4404


async def test_the_place_of_a_removed_file_starts_a_new_history(
    server: DocumentServer, session: aiohttp.ClientSession
) -> None:
    file = server.home / "a.txt"
    file.write_text("old")
    ada = await Client(session, server.url("a.txt")).connect()
    await ada.disconnect()
    history = ada.hello.history_id
    await server.stop()
    file.unlink()
    again = await DocumentServer(server.home, server.home.parent / "state").start()
    try:
        await again.documents.removed("a.txt")
        ben = await Client(session, again.url("a.txt")).connect()
        assert str(ben.text) == ""
        assert ben.hello.history_id != history
        await ben.disconnect()
    finally:
        await again.stop()


async def test_replaced_by_a_folder_or_a_binary_and_back(
    server: DocumentServer, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(save_timer, "RETRY_SECONDS", (0.2, 0.5))
    file = server.home / "a.txt"
    file.write_text("text")
    ada = await Client(session, server.url("a.txt")).connect()
    for replace in ("folder", "binary"):
        seen = len(ada.controls)
        file.unlink()
        if replace == "folder":
            file.mkdir()
        else:
            file.write_bytes(b"\x00\xff")
        await ada.until(
            lambda seen=seen: any(
                isinstance(control, NotSaved) and control.error.code is ErrorCode.NOT_TEXT
                for control in ada.controls[seen:]
            )
        )
        await ada.append("!")
        await ada.until_acknowledged()
        if replace == "folder":
            assert file.is_dir()
            file.rmdir()
        else:
            assert file.read_bytes() == b"\x00\xff"
            file.unlink()
        await ada.until(lambda: file.is_file() and file.read_text() == str(ada.text), 15)
    assert str(ada.text) == "text!!"


async def test_a_full_disk_is_told_and_the_save_happens_when_there_is_room(
    tmp_path: Path, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(save_timer, "RETRY_SECONDS", (0.2, 0.5))
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    home = tmp_path / "home"
    home.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", home], check=True)
    server = await DocumentServer(home, tmp_path / "state").start()
    try:
        ada = await Client(session, server.url("a.txt")).connect()
        await ada.append("text")
        await saved_all(ada)
        ballast = home / "ballast"
        with pytest.raises(OSError, match="No space"):
            ballast.write_bytes(b"x" * 1_000_000)
        await ada.append("y" * 100_000)
        await ada.until_acknowledged()
        told = await ada.control(NotSaved)
        assert told.error.code is ErrorCode.DISK_FULL
        assert (home / "a.txt").read_text() == "text"
        ballast.unlink()
        await ada.until(lambda: (home / "a.txt").stat().st_size == 100_004, 10)
        assert sorted(path.name for path in home.iterdir()) == ["a.txt"]
        await ada.disconnect()
    finally:
        await server.stop()
        subprocess.run(["umount", home], check=True)


async def test_permission_lost_and_given_back(
    server: DocumentServer, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(save_timer, "RETRY_SECONDS", (0.2, 0.5))
    file = server.home / "a.txt"
    file.write_text("text")
    ada = await Client(session, server.url("a.txt")).connect()
    if os.geteuid() == 0:  # root may write anything but an immutable file
        made = subprocess.run(["chattr", "+i", file], capture_output=True, check=False)
        if made.returncode:
            pytest.skip("this file system has no immutable files")
    else:
        file.chmod(0o400)
    try:
        await ada.append("!")
        await ada.until_acknowledged()
        told = await ada.control(NotSaved)
        assert told.error.code is ErrorCode.NOT_PERMITTED
        assert file.read_text() == "text"
    finally:
        if os.geteuid() == 0:
            subprocess.run(["chattr", "-i", file], check=True)
        else:
            file.chmod(0o600)
    await ada.until(lambda: file.read_text() == "text!", 10)


async def test_what_is_written_into_the_file_while_it_is_replaced(
    server: DocumentServer, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = server.home / "a.log"
    file.write_text("one\n")
    ada = await Client(session, server.url("a.log")).connect()
    with file.open("a") as held_open:
        real = disk._sync_folder

        def write_now(home: Home, path: str) -> None:
            if not held_open.closed:
                held_open.write("late\n")
                held_open.close()
            real(home, path)

        monkeypatch.setattr(disk, "_sync_folder", write_now)
        await ada.insert(0, "typed\n")
        await ada.until_text("typed\none\nlate\n")
    await ada.until(lambda: file.read_text() == "typed\none\nlate\n")
