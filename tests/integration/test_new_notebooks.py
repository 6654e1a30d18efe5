"""What a new notebook can compute with, as the page asks before it makes one."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec
import pytest

from studium.protocol.files import CreateFile, EventsToClient
from studium.protocol.kernels import KernelSpec, KernelSpecs
from studium.protocol.session import Role
from support.kernels import with_python
from support.project import RunningProject, running_project


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[RunningProject]:
    async with running_project(tmp_path, with_python) as project:
        yield project


def install_kernel(home: Path, name: str, display_name: str, language: str) -> None:
    """A kernelspec in the home, as ``jupyter kernelspec install --user`` leaves it."""
    folder = home / ".local" / "share" / "jupyter" / "kernels" / name
    folder.mkdir(parents=True)
    spec = {"argv": ["/bin/sh", "{connection_file}"], "display_name": display_name, "language": language}
    (folder / "kernel.json").write_text(json.dumps(spec))


async def listed(socket: aiohttp.ClientWebSocketResponse, times: int = 1) -> list[KernelSpec]:
    for _ in range(times):
        await socket.send_str('{"type": "list_specs"}')
    answer: EventsToClient = msgspec.json.decode(await socket.receive_str(timeout=60), type=EventsToClient)
    assert isinstance(answer, KernelSpecs)
    return answer.specs


@pytest.mark.parametrize("role", [Role.OWNER, Role.VIEWER])
async def test_the_kernels_of_the_project_the_usual_one_first(project: RunningProject, role: Role) -> None:
    install_kernel(project.home, "octave", "GNU Octave", "octave")
    async with project.client.ws_connect(project.url("events"), headers=project.headers(role)) as socket:
        specs = await listed(socket, times=20)
        assert specs[0].name == "python3"
        assert KernelSpec("octave", "GNU Octave", "octave", mode="octave") in specs


async def test_a_chosen_kernel_is_the_one_of_the_new_notebook(project: RunningProject) -> None:
    install_kernel(project.home, "octave", "GNU Octave", "octave")
    async with project.client.ws_connect(project.url("events")) as socket:
        chosen = next(spec for spec in await listed(socket) if spec.name == "octave")
    await project.operate(CreateFile("a.ipynb", chosen))
    written = json.loads((project.home / "a.ipynb").read_text())
    assert written["metadata"]["kernelspec"] == {
        "name": "octave",
        "display_name": "GNU Octave",
        "language": "octave",
    }


async def test_who_goes_while_kernels_are_looked_for_leaves_nothing(project: RunningProject) -> None:
    for _ in range(5):
        async with project.client.ws_connect(project.url("events")) as socket:
            await socket.send_str('{"type": "list_specs"}')
    async with project.client.ws_connect(project.url("events")) as socket:
        assert (await listed(socket))[0].name == "python3"
