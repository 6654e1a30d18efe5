"""Kernels in a Studium as it is served: through the hub, in both rings, with the project server killed."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from clients.kernels import KernelPage
from studium.client import Client
from studium.protocol.errors import ErrorCode
from studium.protocol.kernels import KernelState, RunCells
from studium.protocol.session import Role
from support.kernels import Desk, notebook
from support.serving import Serving, admin, project_server, running


@dataclass
class Place:
    """A project behind a hub, and one person's tokens for it: with full access, and read only."""

    serving: Serving
    home: Path
    project_id: str
    token: str
    read_only: str
    client: aiohttp.ClientSession

    def url(self, word: str) -> str:
        return f"{self.serving.url}/projects/{self.project_id}/{word}"

    def headers(self, role: Role) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.read_only if role is Role.VIEWER else self.token}"}

    async def at(self, path: str, *sources: str) -> Desk:
        file = self.home / path
        file.write_text(notebook(*sources))
        owner = self.home.stat()
        os.chown(file, owner.st_uid, owner.st_gid)
        return await Desk(self, path).sit_down()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Serving, Path, str, str]]:
    folder = tmp_path_factory.mktemp("kernels")
    data, password = folder / "data", folder / "password"
    with running("serve", "--data", str(data), "--port", "0", "--no-browser") as serving:
        password.write_text("four short plain words")
        admin(data, "account", "add", "ada@example.org", "--name", "Ada", "--password-file", str(password))
        token = admin(data, "token", "add", "ada@example.org")
        read_only = admin(data, "token", "add", "ada@example.org", "--read-only")
        yield serving, data, token, read_only


@pytest.fixture
async def place(served: tuple[Serving, Path, str, str]) -> AsyncIterator[Place]:
    serving, data, token, read_only = served
    async with Client(serving.url, token) as studium, aiohttp.ClientSession() as client:
        made = await studium.query({"projects": {"title": "Kernels"}})
        project_id: str = made["project_id"]
        await studium.start(project_id)
        home = data / "projects" / project_id / "home"
        yield Place(serving, home, project_id, token, read_only, client)
        await studium.stop(project_id)


async def test_a_cell_runs_in_the_inner_ring(place: Place) -> None:
    desk = await place.at(
        "n.ipynb", "import os\n1 + 1", "os.getcwd(), os.environ['HOME'], sorted(os.listdir('/state'))"
    )
    outputs = await desk.run("c0")
    assert outputs[0]["data"] == {"text/plain": "2"}
    assert (await desk.run("c1"))[0]["ename"] == "FileNotFoundError"  # /state is the server's
    await desk.leave()


async def test_a_token_that_may_only_read_watches(place: Place) -> None:
    desk = await place.at("n.ipynb", "print('seen')")
    viewer = await Desk(place, "n.ipynb", Role.VIEWER).sit_down()
    await viewer.page.send(RunCells(["c0"]))
    await viewer.page.until(lambda: bool(viewer.page.failures))
    assert viewer.page.failures[0].error.code is ErrorCode.NOT_PERMITTED
    await desk.run("c0")
    await viewer.until_text("c0", "seen")
    await viewer.page.until_state(KernelState.IDLE)
    stranger = KernelPage(place.client, place.url("kernels/n.ipynb"))
    await stranger.connect()
    assert stranger.close_code == 4401
    await desk.leave()
    await viewer.leave()


async def test_a_run_goes_on_when_the_project_server_is_killed(place: Place) -> None:
    code = "import time\nfor n in range(40):\n    print('step', n, flush=True)\n    time.sleep(0.1)"
    desk = await place.at("n.ipynb", "kept = 41", code, "print(kept + 1)")
    await desk.run("c0")
    await desk.start("c1", "c2")
    await desk.until_text("c1", "step 3")
    os.kill(project_server(place.serving, place.project_id), signal.SIGKILL)
    await desk.leave()
    again = await Desk(place, "n.ipynb").sit_down()
    assert again.page.status.state is KernelState.BUSY
    assert again.page.status.running == "c1"
    assert again.page.status.queue == ["c2"]
    assert "step 0" in again.text("c1")
    await again.until_text("c1", "step 39")
    await again.until_text("c2", "42")
    assert again.cell("c1")["execution_count"] == 2
    text = again.text("c1")
    assert text.index("step 0\n") < text.index("was started again here") < text.index("step 39")
    await again.leave()
