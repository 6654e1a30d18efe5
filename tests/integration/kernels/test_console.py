"""Code that is in no cell: a console on the notebook's kernel."""

from typing import Any

from studium.protocol.errors import ErrorCode
from studium.protocol.kernels import ConsoleDone, KernelFailed, KernelState, RestartKernel, RunCode
from studium.protocol.session import Role
from support.kernels import Desk, at_notebook
from support.project import RunningProject


async def console(desk: Desk, code: str) -> tuple[ConsoleDone, list[dict[str, Any]]]:
    """Run code and give its end and its outputs."""
    seen = len(desk.page.console)
    done = await desk.page.ask(RunCode("", code))
    assert isinstance(done, ConsoleDone), done
    return done, [output.output for output in desk.page.console[seen:] if output.to == done.request_id]


async def test_code_in_no_cell_shares_the_kernel(project: RunningProject) -> None:
    async with at_notebook(project, "x = 20") as desk:
        done, outputs = await console(desk, "print('started'); 6 * 7")  # it starts the kernel
        assert (done.execution_count, done.failed) == (1, False)
        assert [output["output_type"] for output in outputs] == ["stream", "execute_result"]
        assert outputs[1]["data"]["text/plain"] == "42"
        await desk.run("c0")
        done, outputs = await console(desk, "x + 1")
        assert (done.execution_count, outputs[0]["data"]["text/plain"]) == (3, "21")
        done, outputs = await console(desk, "1 / 0")
        assert (done.failed, outputs[0]["ename"]) == (True, "ZeroDivisionError")
        assert desk.outputs("c0") == []
        assert (await desk.page.until_state(KernelState.IDLE)).running is None


async def test_only_who_asked_sees_it_and_viewers_may_not(project: RunningProject) -> None:
    async with at_notebook(project, "") as desk:
        viewer = await Desk(project, "n.ipynb", Role.VIEWER).sit_down()
        try:
            await console(desk, "print('mine')")
            refused = await viewer.page.ask(RunCode("", "print('no')"))
            assert isinstance(refused, KernelFailed)
            assert refused.error.code is ErrorCode.NOT_PERMITTED
            assert viewer.page.console == []
        finally:
            await viewer.leave()


async def test_a_flood_is_cut_and_a_line_is_not_asked_for(project: RunningProject) -> None:
    async with at_notebook(project, "") as desk:
        _, outputs = await console(desk, "for i in range(40): print(str(i) * 100_000)")
        assert sum(len(output["text"]) for output in outputs) < 5_000_000
        assert "The rest is not shown" in outputs[-1]["text"]
        done, outputs = await console(desk, "input('Name? ')")
        assert (done.failed, outputs[0]["ename"]) == (True, "StdinNotImplementedError")


async def test_a_kernel_that_ends_ends_the_console(project: RunningProject) -> None:
    async with at_notebook(project, "") as desk:
        await console(desk, "import os")
        died = await desk.page.ask(RunCode("", "os._exit(3)"))
        assert isinstance(died, KernelFailed)
        assert died.error.code is ErrorCode.UNAVAILABLE
        await desk.page.until_state(KernelState.DEAD)
        await desk.page.send(RestartKernel())
        await desk.page.until_state(KernelState.IDLE)
        done, _ = await console(desk, "1")
        assert not done.failed
