"""What is left when the kernel, or the project server, is killed in the middle of a run."""

import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from studium.protocol.documents import Saved
from studium.protocol.kernels import KernelState
from support.kernels import Desk, ServerProcess, notebook

STEPS = """import itertools, os, time
for n in itertools.count():
    print('step', n, flush=True)
    time.sleep(0.1)
    if os.path.exists('stop'):
        break
print('the last step')"""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    server = ServerProcess(tmp_path)
    await server.start()
    yield server
    await server.close()


async def test_a_run_goes_on_when_the_project_server_is_killed(server: ServerProcess) -> None:
    (server.home / "n.ipynb").write_text(notebook("kept = 41", STEPS, "print(kept + 1)"))
    desk = await Desk(server, "n.ipynb").sit_down()
    await desk.run("c0")
    await desk.start("c1", "c2")
    await desk.until_text("c1", "step 3")
    await server.kill()
    await desk.leave()
    await server.start()
    again = await Desk(server, "n.ipynb").sit_down()
    status = again.page.status
    assert (status.state, status.running, status.queue) == (KernelState.BUSY, "c1", ["c2"])
    assert "step 0" in again.text("c1")
    await again.until_text("c1", "was started again here")
    (server.home / "stop").touch()
    await again.until_text("c1", "the last step")
    await again.until_text("c2", "42")
    assert again.cell("c1")["execution_count"] == 2
    text = again.text("c1")
    assert text.index("step 0\n") < text.index("was started again here") < text.index("the last step")
    await again.leave()


async def test_a_kernel_that_is_killed_says_so(server: ServerProcess) -> None:
    (server.home / "n.ipynb").write_text(
        notebook(
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "'next'", "import ctypes; ctypes.string_at(0)"
        )
    )
    desk = await Desk(server, "n.ipynb").sit_down()
    goal = await desk.start("c0", "c1")
    status = await desk.page.until_state(KernelState.DEAD)
    assert status.reason == "The kernel ended: it was killed."
    await desk.over(goal)
    assert desk.outputs("c0")[-1]["evalue"] == status.reason
    assert desk.outputs("c1") == []
    await desk.run("c1")  # a new kernel
    assert desk.text("c1") == "'next'"
    await desk.start("c2")
    status = await desk.page.until_state(KernelState.DEAD)
    assert status.reason is not None
    assert "it crashed (segmentation fault)" in status.reason
    await desk.leave()
    again = await Desk(server, "n.ipynb").sit_down()
    assert (again.page.status.state, again.page.status.reason) == (KernelState.DEAD, status.reason)
    await again.leave()


async def test_a_kernel_that_ends_itself(server: ServerProcess) -> None:
    (server.home / "n.ipynb").write_text(notebook("import os; os._exit(3)", "exit()", "1"))
    desk = await Desk(server, "n.ipynb").sit_down()
    await desk.start("c0")
    status = await desk.page.until_state(KernelState.DEAD)
    assert status.reason is not None
    assert "with status 3" in status.reason
    await desk.start("c1")
    await desk.page.until(lambda: desk.page.status.reason is not None and "by itself" in desk.page.status.reason)
    await desk.run("c2")
    assert desk.text("c2") == "1"
    await desk.leave()


async def test_variables_and_outputs_outlive_the_project_server(server: ServerProcess) -> None:
    (server.home / "n.ipynb").write_text(notebook("x = 41; print('first')", "x + 1"))
    desk = await Desk(server, "n.ipynb").sit_down()
    await desk.run("c0")
    await desk.document.until_acknowledged()
    pid = desk.page.status.started_at
    await server.kill()
    await desk.leave()
    await server.start()
    again = await Desk(server, "n.ipynb").sit_down()
    await again.page.until_state(KernelState.IDLE)  # the end of the run may not have been noted
    assert again.page.status.started_at == pid
    await again.run("c1")
    assert again.text("c1") == "42"
    await again.leave()


async def test_a_kernel_that_ended_while_no_server_was_there(server: ServerProcess) -> None:
    code = "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)"
    (server.home / "n.ipynb").write_text(notebook(code, "1"))
    desk = await Desk(server, "n.ipynb").sit_down()
    await desk.start("c0", "c1")
    await desk.until_text("c0", "\n")
    pid = int(desk.text("c0"))
    await desk.document.save_now()
    await desk.document.control(Saved)
    await server.kill()
    os.kill(pid, signal.SIGKILL)
    await desk.leave()
    await server.start()
    again = await Desk(server, "n.ipynb").sit_down()
    assert again.page.status.state is KernelState.DEAD
    assert again.page.status.reason == "The kernel ended while the project server was started again."
    assert again.outputs("c0")[-1]["evalue"] == again.page.status.reason
    assert [again.cell(f"c{n}")["execution_state"] for n in range(2)] == ["idle", "idle"]
    await again.run("c1")
    assert again.text("c1") == "1"
    await again.leave()


async def test_nothing_is_left_when_the_project_stops(server: ServerProcess) -> None:
    (server.home / "n.ipynb").write_text(notebook("import os; print(os.getpid(), os.getppid())", STEPS))
    desk = await Desk(server, "n.ipynb").sit_down()
    await desk.run("c0")
    pids = [int(word) for word in desk.text("c0").split()]
    await desk.start("c1")
    await desk.until_text("c1", "step 1")
    await server.stop()
    assert not [pid for pid in pids if Path(f"/proc/{pid}/cmdline").exists() and b"python" in cmdline(pid)]
    written = json.loads((server.home / "n.ipynb").read_text())["cells"][1]
    assert "step 1" in "".join(written["outputs"][0]["text"])
    await desk.leave()


def cmdline(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
