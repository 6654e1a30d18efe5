"""Running cells of a notebook: source from the document, outputs into it."""

import asyncio
from datetime import datetime
from pathlib import Path

from studium.protocol.kernels import KernelState
from studium.protocol.session import Role
from support.kernels import Desk, at_notebook, notebook
from support.project import RunningProject


async def test_a_cell_runs_and_its_output_is_in_the_document(project: RunningProject) -> None:
    async with at_notebook(project, "print('a')\n1 + 1", "x = 40", "x + 2") as desk:
        await desk.page.until_state(KernelState.NONE)
        outputs = await desk.run("c0")
        assert outputs == [
            {"output_type": "stream", "name": "stdout", "text": "a\n"},
            {"output_type": "execute_result", "execution_count": 1, "data": {"text/plain": "2"}, "metadata": {}},
        ]
        assert desk.cell("c0")["execution_count"] == 1
        times = desk.cell("c0")["metadata"]["execution"]
        began, ended = (datetime.fromisoformat(times[key]) for key in ("iopub.execute_input", "shell.execute_reply"))
        assert began <= ended
        assert (await desk.run("c1", "c2"))[0]["data"] == {"text/plain": "42"}
        assert desk.cell("c2")["execution_count"] == 3
        await desk.page.until_state(KernelState.IDLE)


async def metric(project: RunningProject, name: str) -> float:
    """A number of the metrics page."""
    async with project.client.get("http://project/metrics") as answer:
        for line in (await answer.text()).splitlines():
            if line.startswith(f"studium_kernels_{name} "):
                return float(line.split()[1])
    raise AssertionError(f"{name} is not there")


def noted(project: RunningProject) -> list[Path]:
    """The files in which kernels are noted."""
    return list((project.state / "kernels").glob("[0-9a-f]*.json"))


async def test_a_kernel_is_ready_before_the_first_cell(project: RunningProject) -> None:
    async with at_notebook(project, "import os\nos.getcwd()", path="a folder/n.ipynb") as desk:
        while not noted(project):
            await asyncio.sleep(0.02)
        assert desk.page.status.state is KernelState.NONE
        await desk.run("c0")
        assert desk.text("c0") == repr(str(project.home / "a folder"))
        assert await metric(project, "spares_taken") == 1
        assert len(noted(project)) == 1


async def test_a_project_whose_cell_runs_is_in_use_with_nobody_there(project: RunningProject) -> None:
    async def idle_seconds() -> float:
        async with project.client.get("http://project/use") as answer:
            return float((await answer.json())["idle_seconds"])

    code = "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.02)"
    async with at_notebook(project, code) as desk:
        await desk.start("c0")
        await desk.until_running("c0")
    await asyncio.sleep(0.3)
    assert await idle_seconds() == 0
    (project.home / "go").write_text("")
    again = await Desk(project, "n.ipynb").sit_down()
    await again.document.until(lambda: again.cell("c0")["execution_state"] == "idle")
    await again.leave()
    await asyncio.sleep(0.1)
    assert await idle_seconds() > 0  # the kernel alone does not keep a project running


async def test_spare_kernels_are_few_and_go_when_nobody_is_there(project: RunningProject) -> None:
    for name in "abc":
        (project.home / f"{name}.ipynb").write_text(notebook("1"))
    viewer = await Desk(project, "a.ipynb", Role.VIEWER).sit_down()
    desks = [await Desk(project, f"{name}.ipynb").sit_down() for name in "abc"]
    await desks[0].run("c0")  # that of a had to go
    while len(noted(project)) != 3:
        await asyncio.sleep(0.02)
    for desk in [*desks, viewer]:
        await desk.leave()
    while len(noted(project)) != 1:
        await asyncio.sleep(0.02)
    again = await Desk(project, "a.ipynb").sit_down()
    assert again.page.status.state is KernelState.IDLE
    await again.leave()
