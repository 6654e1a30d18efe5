"""Kernels under the limits of a project, in its sandbox."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from studium.compute.driver import Limits, ProjectSpec
from studium.compute.local import LocalDriver
from studium.http.identity import HEADER, sign
from studium.protocol.kernels import KernelState
from studium.protocol.session import Role
from support.environment import ENVIRONMENT
from support.kernels import Desk, notebook
from support.project import identity
from support.sandboxes import needs_root, new_spec, no_step


@dataclass
class Ring:
    """A project in its sandbox, without a hub."""

    spec: ProjectSpec
    home: Path
    client: aiohttp.ClientSession

    def url(self, word: str) -> str:
        return f"http://project/projects/{self.spec.project_id}/{word}"

    def headers(self, role: Role) -> dict[str, str]:
        return {HEADER: sign(identity(self.spec.project_id, role), self.spec.secret)}

    async def at(self, path: str, *sources: str) -> Desk:
        file = self.home / path
        file.write_text(notebook(*sources))
        owner = self.home.stat()
        os.chown(file, owner.st_uid, owner.st_gid)
        return await Desk(self, path).sit_down()


@pytest.fixture
async def ring(tmp_path: Path) -> AsyncIterator[Ring]:
    driver = LocalDriver(tmp_path / "data", environments=[ENVIRONMENT])
    spec = new_spec(Limits(memory_bytes=512 * 1024**2))
    try:
        endpoint = await driver.start(spec, no_step)
        async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(endpoint.socket_path))) as client:
            yield Ring(spec, tmp_path / "data" / "projects" / str(spec.project_id) / "home", client)
    finally:
        await driver.stop(spec.project_id)
        await driver.close()


@needs_root
async def test_out_of_memory_is_named_as_such(ring: Ring) -> None:
    hog = "kept = []\nwhile True: kept.append(bytearray(b'x') * 10_000_000)"
    desk = await ring.at("n.ipynb", "x = 1", hog, "'next'")
    await desk.run("c0")
    goal = await desk.start("c1", "c2")
    status = await desk.page.until_state(KernelState.DEAD)
    assert status.reason is not None
    assert "memory of 0.5 GB was used up" in status.reason
    await desk.over(goal)
    assert desk.outputs("c1")[-1]["evalue"] == status.reason
    await desk.run("c2")
    assert desk.text("c2") == "'next'"
    await desk.leave()
