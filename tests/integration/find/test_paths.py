"""Files by some letters of their paths, through a real project server."""

import asyncio
import os
from pathlib import Path

import msgspec
import pytest

from studium.project.find import path_index
from studium.protocol.errors import ErrorCode
from studium.protocol.files import CreateFile, Rename
from studium.protocol.find import PathsFound
from studium.protocol.session import Role
from support.project import RunningProject, running_project


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    for path in (
        "README.md", "src/main.py", "src/main_test.py", "src/deep/er/MyWidget.tsx", "docs/mein-ärger 🎉.md",
        "node_modules/m/main.py", ".git/main", ".bashrc", "src/__pycache__/main.pyc", ".local/share/studium/main",
    ):  # fmt: skip
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).touch()
    (home / "loop").symlink_to(".")
    (home / "out").symlink_to("/etc")
    os.mkfifo(home / "main.pipe")
    Path(os.fsdecode(os.fsencode(home) + b"/main\xff")).touch()
    (home / "main\nbreak.md").touch()
    return home


async def ask(project: RunningProject, text: str, hidden: bool = False) -> PathsFound:
    """Until the project is looked through."""
    async with asyncio.timeout(60):
        while True:
            query = {"text": text, "hidden": "1" if hidden else "0"}
            async with project.client.get(project.url("find/paths"), params=query) as answer:
                assert answer.status == 200, await answer.text()
                found = msgspec.json.decode(await answer.read(), type=PathsFound)
            if found.complete:
                return found


async def paths(project: RunningProject, text: str, hidden: bool = False) -> list[str]:
    return [found.path for found in (await ask(project, text, hidden)).paths]


async def test_files_by_their_letters(home: Path) -> None:
    async with running_project(home.parent) as project:
        assert await paths(project, "main") == ["src/main.py", "main\nbreak.md", "src/main_test.py"]
        assert (await paths(project, "MW"))[0] == "src/deep/er/MyWidget.tsx"
        assert (await paths(project, "src mt"))[0] == "src/main_test.py"
        assert await paths(project, "bashrc") == [".bashrc"]
        found = (await ask(project, "ärg🎉")).paths[0]
        assert found.path == "docs/mein-ärger 🎉.md"
        text = found.path.encode("utf-16-le")
        assert "".join(text[2 * at : 2 * at + 2].decode("utf-16-le", "replace") for at in found.positions[:3]) == "ärg"
        assert found.positions[3] == found.path.index("🎉")
        assert await paths(project, "zzz") == []
        assert set(await paths(project, "main", hidden=True)) == {
            "src/main.py", "main\nbreak.md", "src/main_test.py", "node_modules/m/main.py", ".git/main",
            "src/__pycache__/main.pyc",
        }  # fmt: skip
        everything = await ask(project, "")
        assert (everything.known, everything.truncated) == (9, False)


async def test_what_came_and_went_shows(home: Path) -> None:
    async with running_project(home.parent) as project:
        assert await paths(project, "fresh") == []
        await project.operate(CreateFile("fresh.md"))
        assert await paths(project, "fresh") == ["fresh.md"]
        await project.operate(Rename("src", "source"))
        assert (await paths(project, "main"))[0] == "source/main.py"
        async with project.client.ws_connect(project.url("events")) as socket:
            await socket.send_str('{"type":"subscribe","path":""}')
            await socket.receive_str()
            (home / "shell.md").touch()
            async with asyncio.timeout(20):
                while await paths(project, "shell") != ["shell.md"]:
                    await asyncio.sleep(0.05)


async def test_a_project_with_more_files_than_are_known_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(path_index, "MAX_PATHS", 3)
    async with running_project(home.parent) as project:
        found = await ask(project, "")
        assert (found.known, found.truncated) == (3, True)


async def test_who_may_ask_and_what(home: Path) -> None:
    async with running_project(home.parent) as project:
        for role in Role:
            async with project.client.get(
                project.url("find/paths"), params={"text": "main"}, headers=project.headers(role)
            ) as answer:
                assert answer.status == 200
        async with project.client.get(project.url("find/paths"), params={"text": "x" * 300}) as answer:
            assert (await project.error(answer)).code == ErrorCode.TOO_LARGE
