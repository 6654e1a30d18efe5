"""What people do to a kernel: interrupt, restart, change, shut down; the queue; input; and what viewers may not."""

import asyncio
import json
import time
from collections import Counter

from studium.protocol.errors import ErrorCode
from studium.protocol.kernels import (
    AnswerInput,
    CancelCells,
    Complete,
    InterruptKernel,
    KernelFailed,
    KernelState,
    ListSpecs,
    ListVariables,
    RestartKernel,
    RunCells,
    ShutDownKernel,
    StartKernel,
)
from studium.protocol.session import Role
from studium.sync.notebook.schema import meta_of
from support.kernels import Desk, at_notebook
from support.project import RunningProject


async def test_interrupt(project: RunningProject) -> None:
    async with at_notebook(project, "while True: pass", "x = 1", "'alive'") as desk:
        goal = await desk.start("c0", "c1")
        await desk.until_running("c0")
        await desk.page.until(lambda: desk.page.status.queue == ["c1"])
        began = time.monotonic()
        await desk.page.send(InterruptKernel())
        await desk.over(goal)
        assert time.monotonic() - began < 10.0  # benchmarks say how fast it is
        assert desk.outputs("c0")[0]["ename"] == "KeyboardInterrupt"
        assert desk.outputs("c1") == []
        assert desk.cell("c1")["execution_count"] is None
        await desk.run("c2")
        assert desk.text("c2") == "'alive'"


async def test_a_flood_is_interrupted_at_once_and_bounded(project: RunningProject) -> None:
    async with at_notebook(project, "while True: print(1)", "'alive'") as desk:
        goal = await desk.start("c0")
        await desk.until_text("c0", "1\n1\n")
        await asyncio.sleep(2)  # the flood has to last for a while
        began = time.monotonic()
        await desk.page.send(InterruptKernel())
        await desk.over(goal)
        assert time.monotonic() - began < 10.0  # benchmarks say how fast it is
        assert desk.outputs("c0")[-1]["ename"] == "KeyboardInterrupt"
        assert len(desk.text("c0")) < 1_100_000
        await desk.run("c1")
        assert desk.text("c1") == "'alive'"


async def test_restart(project: RunningProject) -> None:
    async with at_notebook(project, "x = 1", "x", "while True: pass") as desk:
        await desk.run("c0")
        await desk.page.send(RestartKernel())
        await desk.page.until_state(KernelState.RESTARTING)
        await desk.page.until_state(KernelState.IDLE)
        assert (await desk.run("c1"))[0]["ename"] == "NameError"
        assert desk.cell("c1")["execution_count"] == 1
        goal = await desk.start("c2")
        await desk.until_running("c2")
        await desk.page.send(RestartKernel())
        goal += await desk.start("c0", "c1")  # asked for while it restarts
        await desk.over(goal)
        assert desk.text("c1") == "1"
        assert desk.outputs("c2") == []


async def test_restart_and_run_all(project: RunningProject) -> None:
    async with at_notebook(project, "x = 1", "x += 1", "x") as desk:
        await desk.run("c0", "c1")
        await desk.run("c1", "c2")
        assert desk.text("c2") == "3"
        await desk.page.send(RestartKernel(run_all=True))
        await desk.page.until_state(KernelState.RESTARTING)
        await desk.document.until(lambda: desk.cell("c2")["execution_count"] == 3)
        assert desk.text("c2") == "2"


async def test_shut_down(project: RunningProject) -> None:
    async with at_notebook(project, "x = 1", "import time; time.sleep(60)") as desk:
        goal = await desk.start("c0", "c1", "c0")
        await desk.until_running("c1")
        await desk.page.send(ShutDownKernel())
        await desk.page.until_state(KernelState.NONE)
        await desk.over(Counter({"c1": goal["c1"]}))
        await desk.page.until(lambda: desk.page.status.queue == [])
        assert list((project.state / "kernels").glob("[0-9a-f]*.json")) == []


async def test_a_kernel_that_hangs_as_it_begins_can_be_ended(project: RunningProject) -> None:
    folder = project.home / ".local/share/jupyter/kernels/slow"
    folder.mkdir(parents=True)
    spec = {"argv": ["/bin/sh", "-c", "sleep 1000"], "display_name": "Slow", "language": "slow"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    kernel = {"name": "slow", "display_name": "Slow", "language": "slow"}
    async with at_notebook(project, "1", kernel=kernel) as desk:
        goal = await desk.start("c0")
        await desk.page.until_state(KernelState.STARTING)
        await desk.page.until(lambda: desk.page.status.kernel is not None)
        await desk.page.send(ShutDownKernel())
        await desk.page.until_state(KernelState.NONE)
        await desk.over(goal)
        await desk.page.until(lambda: desk.page.status.queue == [])


async def test_an_error_takes_what_waits_from_the_queue(project: RunningProject) -> None:
    async with at_notebook(project, "1 / 0", "'ran'") as desk:
        await desk.over(await desk.start("c0", "c1"))
        assert desk.outputs("c0")[0]["ename"] == "ZeroDivisionError"
        assert desk.outputs("c1") == []
        await desk.over(await desk.start("c0", "c1", stop_on_error=False))
        assert desk.text("c1") == "'ran'"


async def test_cells_are_taken_from_the_queue(project: RunningProject) -> None:
    async with at_notebook(project, "import time; time.sleep(0.7)", "1", "2") as desk:
        goal = await desk.start("c0", "c1", "c2")
        await desk.until_running("c0")
        assert [desk.cell(f"c{n}")["execution_state"] for n in range(3)] == ["running", "queued", "queued"]
        await desk.page.send(CancelCells(["c1"]))
        await desk.over(goal)
        assert [desk.text(f"c{n}") for n in range(3)] == ["", "", "2"]


async def test_the_source_counts_that_is_there_when_the_turn_comes(project: RunningProject) -> None:
    async with at_notebook(project, "import time; time.sleep(0.7)", "'old'") as desk:
        goal = await desk.start("c0", "c1")
        await desk.until_running("c0")
        await desk.type_into("c1", "'new'")
        await desk.over(goal)
        assert desk.text("c1") == "'new'"


async def test_input_is_answered_by_anybody_and_once(project: RunningProject) -> None:
    async with at_notebook(project, "name = input('Who? ')\nname.upper()", "import getpass; getpass.getpass()") as desk:
        other = await Desk(project, "n.ipynb").sit_down()
        goal = await desk.start("c0")
        await other.page.until(lambda: other.page.status.input is not None)
        request = other.page.status.input
        assert request is not None
        assert (request.cell_id, request.prompt, request.password) == ("c0", "Who? ", False)
        await other.page.send(AnswerInput(request.request_id, "Bob"))
        failed = await desk.page.ask(AnswerInput(request.request_id, "Ada"))
        assert isinstance(failed, KernelFailed)
        await desk.over(goal)
        assert desk.outputs("c0")[0]["text"] == "Who? Bob\n"
        assert desk.outputs("c0")[1]["data"] == {"text/plain": "'BOB'"}
        await desk.page.until(lambda: desk.page.status.input is None)
        goal = await desk.start("c1")
        await desk.page.until(lambda: desk.page.status.input is not None)
        secret = desk.page.status.input
        assert secret is not None
        assert secret.password
        await desk.page.send(AnswerInput(secret.request_id, "hidden word"))
        await desk.over(goal)
        assert "hidden word" not in desk.outputs("c1")[0]["text"]
        await desk.page.until(lambda: desk.page.status.input is None)
        goal = await desk.start("c0")  # and one that is interrupted
        await desk.page.until(lambda: desk.page.status.input is not None)
        await desk.page.send(InterruptKernel())
        await desk.over(goal)
        assert desk.outputs("c0")[-1]["ename"] == "KeyboardInterrupt"
        await desk.page.until(lambda: desk.page.status.input is None)
        await other.leave()


async def test_the_kernel_is_changed(project: RunningProject) -> None:
    folder = project.home / ".local/share/jupyter/kernels/other"
    folder.mkdir(parents=True)
    argv = ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "Other", "language": "python", "env": {"WHICH": "other"}}
    (folder / "kernel.json").write_text(json.dumps(spec))
    async with at_notebook(project, "import os; os.environ.get('WHICH')", "x = 1") as desk:
        await desk.run("c1")
        await desk.page.send(ListSpecs())
        await desk.page.until(lambda: desk.page.specs and len(desk.page.specs.specs) > 1)
        assert desk.page.specs is not None
        assert [spec.display_name for spec in desk.page.specs.specs if spec.name == "other"] == ["Other"]
        await desk.page.send(StartKernel("other"))
        await desk.page.until(lambda: desk.page.status.kernel is not None and desk.page.status.kernel.name == "other")
        await desk.page.until_state(KernelState.IDLE)
        await desk.run("c0")
        assert desk.text("c0") == "'other'"
        metadata = meta_of(desk.document.doc)["metadata"]
        assert metadata["kernelspec"] == {"name": "other", "display_name": "Other", "language": "python"}
        failed = [await _fails(desk, StartKernel("nowhere"))]
        assert failed[0].error.code is ErrorCode.NOT_FOUND
        assert "is not installed" in failed[0].error.message


async def _fails(desk: Desk, message: StartKernel) -> KernelFailed:
    told = len(desk.page.failures)
    await desk.page.send(message)
    await desk.page.until(lambda: len(desk.page.failures) > told)
    return desk.page.failures[-1]


async def test_a_notebook_whose_kernel_is_missing(project: RunningProject) -> None:
    kernel = {"name": "ir", "display_name": "R", "language": "R"}
    async with at_notebook(project, "1", kernel=kernel) as desk:
        goal = await desk.start("c0")
        status = await desk.page.until_state(KernelState.MISSING)
        assert status.wanted == "ir"
        assert status.reason is not None
        assert "apt-get install r-cran-irkernel" in status.reason
        await desk.over(goal)
        await desk.page.until(lambda: bool(desk.page.failures))


async def test_a_viewer_watches_and_does_nothing(project: RunningProject) -> None:
    async with at_notebook(project, "x = input()", "1") as desk:
        viewer = await Desk(project, "n.ipynb", Role.VIEWER).sit_down()
        goal = await desk.start("c0", "c1")
        await viewer.page.until(lambda: viewer.page.status.input is not None and viewer.page.status.queue == ["c1"])
        request = viewer.page.status.input
        assert request is not None
        for message in (
            RunCells(["c0"]),
            CancelCells(),
            StartKernel(),
            InterruptKernel(),
            RestartKernel(),
            ShutDownKernel(),
        ):
            told = len(viewer.page.failures)
            await viewer.page.send(message)
            await viewer.page.until(lambda told=told: len(viewer.page.failures) > told)
            assert viewer.page.failures[-1].error.code is ErrorCode.NOT_PERMITTED
        for question in (AnswerInput("", "mine"), Complete("", "x", 1), ListVariables("")):
            answer = await viewer.page.ask(question)
            assert isinstance(answer, KernelFailed), answer
            assert answer.error.code is ErrorCode.NOT_PERMITTED
        told = len(viewer.page.failures)
        await viewer.page.send_comm("comm_open", {"comm_id": "x", "target_name": "y", "data": {}})
        await viewer.page.until(lambda: len(viewer.page.failures) > told)
        await viewer.page.until(lambda: (viewer.page.status.running, viewer.page.status.queue) == ("c0", ["c1"]))
        await desk.page.send(AnswerInput(request.request_id, "ours"))
        await desk.over(goal)
        await viewer.until_text("c1", "1")
        await viewer.leave()


async def test_what_is_no_message_is_told(project: RunningProject) -> None:
    async with at_notebook(project, "1") as desk:
        for text in ("{", "[]", '{"type": "fly"}', '{"type": "run", "cells": 3}', "[" * 100_000):
            told = len(desk.page.failures)
            await desk.page.send_text(text)
            await desk.page.until(lambda told=told: len(desk.page.failures) > told)
        for data in (b"", b"\0\0\0\x09{}", b"\xff\xff\xff\xff{}", b"\0\0\0\x02{}"):
            told = len(desk.page.failures)
            await desk.page.send_bytes(data)
            await desk.page.until(lambda told=told: len(desk.page.failures) > told)
        await desk.run("c0")
        assert desk.text("c0") == "1"
