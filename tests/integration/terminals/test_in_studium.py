"""Terminals in a Studium as it is served: through the hub, in both rings, with the project server killed."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from studium.client import Client
from studium.protocol.errors import ErrorCode
from studium.protocol.session import Role
from studium.protocol.terminals import StartTerminal, TerminalState
from support.serving import Serving, admin, project_server, running
from support.terminals import at_terminal, terminal


@dataclass
class Place:
    """A project behind a hub, and one person's tokens for it: with full access, and read only."""

    serving: Serving
    home: Path
    project_id: str
    token: str
    read_only: str
    client: aiohttp.ClientSession
    studium: Client

    def url(self, word: str) -> str:
        return f"{self.serving.url}/projects/{self.project_id}/{word}"

    def headers(self, role: Role) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.read_only if role is Role.VIEWER else self.token}"}

    def write(self, path: str, text: str) -> None:
        """Write a file of the project."""
        file = self.home / path
        file.write_text(text)
        owner = self.home.stat()
        os.chown(file, owner.st_uid, owner.st_gid)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Serving, Path, str, str]]:
    folder = tmp_path_factory.mktemp("terminals")
    data, password = folder / "data", folder / "password"
    with running("serve", "--data", str(data), "--port", "0", "--no-browser") as serving:
        password.write_text("four short plain words")
        admin(data, "account", "add", "ada@example.org", "--name", "Ada", "--password-file", str(password))
        token = admin(data, "token", "add", "ada@example.org")
        read_only = admin(data, "token", "add", "ada@example.org", "--read-only")
        yield serving, data, token, read_only


async def notices(place: Place) -> list[str]:
    """What the bell tells."""
    pattern = {"account_id": "{account_id}", "kind": "notice", "detail": None, "project_id": place.project_id}
    rows: Any = await place.studium.query({"notifications": [pattern]})
    return [row["detail"]["text"] for row in rows]


@pytest.fixture
async def place(served: tuple[Serving, Path, str, str]) -> AsyncIterator[Place]:
    serving, data, token, read_only = served
    async with Client(serving.url, token) as studium, aiohttp.ClientSession() as client:
        made = await studium.query({"projects": {"title": "Terminals"}})
        project_id: str = made["project_id"]
        await studium.start(project_id)
        home = data / "projects" / project_id / "home"
        place = Place(serving, home, project_id, token, read_only, client, studium)
        place.write("t.term", "")
        place.write(".bash_profile", "PS1='\\w$ '\n")
        yield place
        await studium.stop(project_id)


async def test_a_shell_runs_in_the_inner_ring(place: Place) -> None:
    async with at_terminal(place) as page:
        await page.line(
            "tty; hostname; pwd; ls /state; stat -c %a $STUDIUM_TERMINAL_FOLDER; set -m; env | grep -c ^STUDIUM"
        )
        await page.until_shows("/dev/pts/")
        await page.until_shows("\nproject\n")
        await page.until_shows("cannot access '/state'")
        await page.until_shows("\n700\n2\n")


async def test_a_token_that_may_only_read_watches(place: Place) -> None:
    async with at_terminal(place) as page:
        viewer = await terminal(place, role=Role.VIEWER).connect(active=False)
        await viewer.type("echo typed\r")
        await viewer.until(lambda: viewer.failures)
        assert viewer.failures[0].error.code is ErrorCode.NOT_PERMITTED
        await page.line("echo seen")
        await viewer.until_shows("\nseen")
        assert "typed" not in viewer.text()
        await viewer.disconnect()


async def test_vim_goes_on_when_the_project_server_is_killed(place: Place) -> None:
    async with at_terminal(place) as page:
        await page.line("vim -u NONE notes.txt")
        await page.until(lambda: "notes.txt" in page.shown()[-1])
        await page.type("iwritten before")
        await page.until(lambda: page.shown()[0] == "written before")
        os.kill(project_server(place.serving, place.project_id), signal.SIGKILL)
        await page.until(lambda: page.close_code is not None)
        again = await terminal(place).connect()
        assert again.shown()[0] == "written before"
        await again.type(" and after\x1b:wq\r")
        await again.until_shows("~$ vim")
        await again.disconnect()
    assert (place.home / "notes.txt").read_text() == "written before and after\n"


async def test_nothing_is_left_when_the_project_is_stopped(place: Place) -> None:
    async with at_terminal(place) as page:
        await page.line("sleep 4242 & sleep 4243")
        await page.until(lambda: page.status.program == "sleep")
        await place.studium.stop(place.project_id)
        await page.until(lambda: page.close_code is not None)
    assert not sleepers()
    await place.studium.start(place.project_id)
    page = await terminal(place).connect()
    assert page.status.state is TerminalState.LOST
    await page.until_shows("sleep 4243")
    await page.send(StartTerminal())
    await page.until_state(TerminalState.RUNNING)
    await page.disconnect()


def sleepers() -> list[str]:
    """The programs of the test before that still run."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if (folder / "cmdline").read_bytes().startswith(b"sleep\x00424"):
                    found.append(folder.name)
            except OSError:
                continue
    return found


async def test_an_echo_comes_soon_through_the_hub(place: Place) -> None:
    async with at_terminal(place) as page:
        times = []
        for _ in range(50):
            count, began = page.received_bytes, asyncio.get_running_loop().time()
            await page.type("x")
            await page.until(lambda count=count: page.received_bytes > count)  # type: ignore[misc]
            times.append(asyncio.get_running_loop().time() - began)
        assert sorted(times)[25] < 0.1  # benchmarks/terminals.py measures; this finds what waits for a clock


async def test_a_notice_rings_the_bell_of_who_typed_it(place: Place) -> None:
    async with at_terminal(place) as page:
        await page.line("clear; studium notify; echo code $?; studium notify $'It\\e[31m is\\n' built; echo code $?")
        await page.until_shows("code 2")
        await page.until_shows("code 0")
        await page.line("clear; studium notify again; echo code $?")
        await page.until_shows("One notice in 2 seconds is told. Wait a moment.")
        await page.line(f"clear; studium notify {'x' * 501}; echo code $?")
        await page.until_shows("The text has 501 characters; 1 to 500 are told.")
    async with asyncio.timeout(30):  # a hub asks once in ten seconds
        while await notices(place) != ["It [31m is built"]:
            await asyncio.sleep(0.1)
