"""Live folders: what a shell does shows in the page, soon and truly."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
import pytest

from studium.http.identity import HEADER
from studium.project.files.events import MAX_FOLDERS
from studium.project.files.listing import MAX_ENTRIES
from studium.protocol.errors import ErrorCode
from studium.protocol.files import (
    Directory,
    DirectoryChanged,
    DirectoryFailed,
    Entry,
    EntryKind,
    EventsToClient,
    EventsToServer,
    Rename,
    Subscribe,
    Trash,
    Unsubscribe,
)
from studium.protocol.session import Role
from support.project import RunningProject, running_project

SOON_SECONDS = 5.0


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[RunningProject]:
    async with running_project(tmp_path) as project:
        yield project


class Tree:
    """What a page knows: it applies each message to what it has."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.folders: dict[str, dict[str, Entry]] = {}
        self.failed: dict[str, DirectoryFailed] = {}
        self.truncated: set[str] = set()
        self.messages: list[tuple[float, EventsToClient]] = []

    async def ask(self, message: EventsToServer) -> None:
        await self.socket.send_str(msgspec.json.encode(message).decode())

    async def next(self) -> EventsToClient:
        async with asyncio.timeout(SOON_SECONDS):
            message: EventsToClient = msgspec.json.decode(await self.socket.receive_str(), type=EventsToClient)
        self.messages.append((time.monotonic(), message))
        match message:
            case Directory():
                self.folders[message.path] = {entry.name: entry for entry in message.entries}
                if message.truncated:
                    self.truncated.add(message.path)
            case DirectoryChanged():
                folder = self.folders[message.path]
                for name in message.removed:
                    folder.pop(name, None)
                folder.update({entry.name: entry for entry in message.entries})
            case DirectoryFailed():
                self.folders.pop(message.path, None)
                self.failed[message.path] = message
        return message

    async def follow(self, path: str = "") -> dict[str, Entry]:
        await self.ask(Subscribe(path))
        while path not in self.folders and path not in self.failed:
            await self.next()
        return self.folders.get(path, {})

    async def until_names(self, path: str, names: set[str]) -> None:
        while set(self.folders[path]) != names:
            await self.next()


@pytest.fixture
async def tree(project: RunningProject) -> AsyncIterator[Tree]:
    async with project.client.ws_connect(project.url("events")) as socket:
        yield Tree(socket)


async def shell(folder: Path, command: str) -> None:
    process = await asyncio.create_subprocess_exec("bash", "-c", command, cwd=folder)
    assert await process.wait() == 0


async def test_a_listing_names_everything_truly(project: RunningProject, tree: Tree) -> None:
    home = project.home
    (home / "folder").mkdir()
    (home / "a.txt").write_text("12345")
    (home / ".hidden").touch()
    (home / "new\nline").touch()
    (home / "to-file").symlink_to("a.txt")
    (home / "to-folder").symlink_to("folder")
    (home / "out").symlink_to("/etc")
    (home / "dangling").symlink_to("nowhere")
    (home / "loop").symlink_to("loop")
    os.mkfifo(home / "pipe")
    (home / ".trash").mkdir()
    (home / ".studium-0123456789abcdef.tmp").touch()
    Path(os.fsdecode(os.fsencode(home) + b"/not-utf8-\xff")).touch()
    entries = await tree.follow()
    file, folder, other = EntryKind.FILE, EntryKind.DIRECTORY, EntryKind.OTHER
    assert {name: (entry.kind, entry.link) for name, entry in entries.items()} == {
        "folder": (folder, False),
        "a.txt": (file, False),
        ".hidden": (file, False),
        "new\nline": (file, False),
        "to-file": (file, True),
        "to-folder": (folder, True),
        "out": (other, True),
        "dangling": (other, True),
        "loop": (other, True),
        "pipe": (other, False),
        "not-utf8-\\xff": (other, False),
    }
    assert entries["to-file"].size_bytes == entries["a.txt"].size_bytes == 5
    assert abs(entries["a.txt"].modified_at - time.time()) < 60


async def test_what_a_shell_does_shows_within_200_ms(project: RunningProject, tree: Tree) -> None:
    await tree.follow()
    delays = []
    for number in range(5):
        await shell(project.home, f"echo hello > file{number}.txt")
        began = time.monotonic()
        while f"file{number}.txt" not in tree.folders[""]:
            await tree.next()
        delays.append(time.monotonic() - began)
    assert sorted(delays)[2] < 0.2
    await shell(project.home, "rm file0.txt; mv file1.txt renamed.txt; mkdir sub; echo more >> file2.txt")
    await tree.until_names("", {"renamed.txt", "file2.txt", "file3.txt", "file4.txt", "sub"})
    while tree.folders[""]["file2.txt"].size_bytes != 11:
        await tree.next()
    await tree.follow("sub")
    await shell(project.home, "touch sub/inner")
    await tree.until_names("sub", {"inner"})
    await tree.ask(Unsubscribe("sub"))
    await shell(project.home, "touch sub/unseen; touch last")
    while "last" not in tree.folders[""]:
        await tree.next()
    assert "unseen" not in tree.folders["sub"]


async def test_a_busy_folder_sends_ten_messages_a_second_at_most(project: RunningProject, tree: Tree) -> None:
    await tree.follow()
    log = project.home / "busy.log"

    def write() -> None:
        end = time.monotonic() + 1.0
        while time.monotonic() < end:
            with log.open("a") as file:
                file.write("line\n")
        (project.home / "end").touch()

    writer = asyncio.create_task(asyncio.to_thread(write))
    while "end" not in tree.folders[""]:
        await tree.next()
    await writer
    while tree.folders[""]["busy.log"].size_bytes != log.stat().st_size:
        await tree.next()
    times = [at for at, message in tree.messages if isinstance(message, DirectoryChanged)]
    assert 3 <= len(times) <= 14


async def test_folders_that_go_are_told(project: RunningProject, tree: Tree) -> None:
    for path in ("a/b/c", "d/e", "f/g", "h"):
        (project.home / path).mkdir(parents=True)
    for path in ("", "a/b", "a/b/c", "d", "d/e", "f/g", "h"):
        await tree.follow(path)
    await shell(project.home, "rmdir h; mv a moved")
    while not {"h", "a/b", "a/b/c"} <= set(tree.failed):
        await tree.next()
    await project.operate(Rename("d/e", "d/x"))
    await project.operate(Trash("f"))
    while not {"d/e", "f/g"} <= set(tree.failed):
        await tree.next()
    assert {failed.error.code for failed in tree.failed.values()} == {ErrorCode.NOT_FOUND}
    assert set(tree.folders) == {"", "d"}
    tree.failed.clear()
    (project.home / "h").mkdir()
    (project.home / "h" / "again").touch()
    assert set(await tree.follow("h")) == {"again"}


async def test_what_cannot_be_followed_is_said(project: RunningProject, tree: Tree) -> None:
    (project.home / "file").touch()
    (project.home / "out").symlink_to("/etc")
    wanted = {
        "missing": ErrorCode.NOT_FOUND,
        "file": ErrorCode.NOT_FOUND,
        "out": ErrorCode.NOT_PERMITTED,
        "../x": ErrorCode.INVALID_PATH,
        "a//b": ErrorCode.INVALID_PATH,
        "/": ErrorCode.INVALID_PATH,
    }
    for path, code in wanted.items():
        await tree.follow(path)
        assert tree.failed[path].error.code == code, path
    for number in range(MAX_FOLDERS + 1):
        (project.home / f"f{number}").mkdir()
        await tree.follow(f"f{number}")
    assert tree.failed[f"f{MAX_FOLDERS}"].error.code == ErrorCode.TOO_MANY_FEEDS
    await tree.socket.send_str('{"type": "nonsense"}')
    while (frame := await tree.socket.receive()).type is aiohttp.WSMsgType.TEXT:
        pass
    assert tree.socket.close_code == 4400, frame


async def test_ten_thousand_entries_are_listed_quickly_and_more_are_cut(project: RunningProject, tree: Tree) -> None:
    folder = project.home / "many"
    folder.mkdir()
    for number in range(MAX_ENTRIES):
        (folder / f"entry-{number:05}.dat").touch()
    began = time.monotonic()
    entries = await tree.follow("many")
    assert time.monotonic() - began < 1.0
    assert len(entries) == MAX_ENTRIES
    assert not tree.truncated
    (folder / "one-more").touch()
    async with project.client.ws_connect(project.url("events")) as second:
        other = Tree(second)
        await other.follow("many")
        while "many" not in other.truncated:
            await other.ask(Unsubscribe("many"))
            other.folders.clear()
            await other.follow("many")
        assert len(other.folders["many"]) == MAX_ENTRIES


async def test_viewers_follow_and_strangers_do_not(project: RunningProject) -> None:
    async with project.client.ws_connect(project.url("events"), headers=project.headers(Role.VIEWER)) as socket:
        assert await Tree(socket).follow() == {}
    async with project.client.ws_connect(project.url("events"), headers={HEADER: "none"}) as socket:
        await socket.receive()
        assert socket.close_code == 4403


@pytest.mark.parametrize("seed", range(3))
async def test_snapshot_and_changes_equal_a_fresh_listing(project: RunningProject, tree: Tree, seed: int) -> None:
    """The law, under a random program of a shell, for a page that reads all the time and one that is slow."""
    dice = random.Random(seed)
    await tree.follow()
    async with project.client.ws_connect(project.url("events")) as socket:
        slow = Tree(socket)
        await slow.follow()
        for _ in range(300):
            a, b = (project.home / f"n{dice.randrange(12)}" for _ in range(2))
            match dice.randrange(5):
                case 0 if not a.exists():
                    a.write_text("x" * dice.randrange(9))
                case 1 if a.exists() and a.is_file():
                    a.unlink()
                case 2 if a.exists() and not b.exists():
                    a.rename(b)
                case 3 if not a.exists():
                    a.mkdir()
                case 4 if a.is_dir():
                    a.rmdir()
            if dice.random() < 0.1:
                await asyncio.sleep(dice.random() * 0.06)
        (project.home / "end").touch()
        for page in (tree, slow):
            while "end" not in page.folders[""]:
                await page.next()
        async with project.client.ws_connect(project.url("events")) as last:
            fresh = Tree(last)
            await fresh.follow()
    real = {
        entry.name: (entry.is_dir(), 0 if entry.is_dir() else entry.stat().st_size) for entry in project.home.iterdir()
    }
    for page in (tree, slow, fresh):
        known = {n: (e.kind is EntryKind.DIRECTORY, e.size_bytes) for n, e in page.folders[""].items()}
        assert known == real, f"seed {seed}"
