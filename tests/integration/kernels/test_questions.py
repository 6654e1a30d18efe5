"""Completion, documentation and variables: from the kernel, beside a running cell, and with no kernel."""

import json
import re

from studium.protocol.errors import ErrorCode
from studium.protocol.kernels import (
    AnswerInput,
    Complete,
    Completions,
    Inspect,
    Inspection,
    InterruptKernel,
    KernelFailed,
    KernelState,
    ListSpecs,
    ListVariables,
    VariableList,
)
from studium.sync.notebook.schema import meta_of
from support.kernels import Desk, at_notebook
from support.project import RunningProject

ECHO = """
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel

class Echo(Kernel):
    implementation = "echo"
    implementation_version = "1"
    banner = "echo"
    language_info = {"name": "echo", "mimetype": "text/plain", "file_extension": ".txt"}

    def do_execute(self, code, silent, store_history=True, user_expressions=None, allow_stdin=False, **more):
        if not silent:
            self.send_response(self.iopub_socket, "stream", {"name": "stdout", "text": code})
        return {"status": "ok", "execution_count": self.execution_count, "payload": [], "user_expressions": {}}

IPKernelApp.launch_instance(kernel_class=Echo)
"""


async def complete(desk: Desk, code: str, cell_id: str | None = None) -> Completions:
    answer = await desk.page.ask(Complete("", code, len(code), cell_id))
    assert isinstance(answer, Completions), answer
    return answer


async def inspect(desk: Desk, code: str, detail: int = 0) -> str:
    answer = await desk.page.ask(Inspect("", code, len(code), detail))
    assert isinstance(answer, Inspection), answer
    return re.sub(r"\x1b\[[0-9;]*m", "", str(answer.data.get("text/plain", "")))


async def variables(desk: Desk) -> dict[str, tuple[str, str, str]]:
    answer = await desk.page.ask(ListVariables(""))
    assert isinstance(answer, VariableList), answer
    return {each.name: (each.kind, each.shape, each.summary) for each in answer.variables}


async def test_from_the_kernel(project: RunningProject) -> None:
    async with at_notebook(project, "colour = 'red'\ndef mix(a, b=2):\n    'Mixes two.'\n    return a") as desk:
        await desk.run("c0")
        found = await complete(desk, "x = colo")
        assert (found.matches[0], found.start, found.end, found.static) == ("colour", 4, 8, False)
        assert found.types[0] == "instance"
        found = await complete(desk, "'😀' + colour.upp")  # places are counted in code points
        assert (found.start, found.end) == (13, 16)
        assert "Mixes two." in await inspect(desk, "mix")
        assert "return a" in await inspect(desk, "mix", 1)
        assert await inspect(desk, "nothing_known") == ""


async def test_beside_a_running_cell(project: RunningProject) -> None:
    code = "import time\ncolour = 'red'\nprint('go', flush=True)\nwhile True: time.sleep(0.001)"
    async with at_notebook(project, code) as desk:
        goal = await desk.start("c0")
        await desk.until_text("c0", "go")
        found = await complete(desk, "colo")
        assert (found.matches[0], found.static) == ("colour", False)
        assert "String form: red" in await inspect(desk, "colour")
        assert (await variables(desk))["colour"] == ("str", "", "'red'")
        await desk.page.until(lambda: desk.page.status.running == "c0")
        await desk.page.send(InterruptKernel())
        await desk.over(goal)


async def test_asking_changes_nothing(project: RunningProject) -> None:
    plot = (
        "import matplotlib.pyplot as plt, time\nplt.plot([1, 2])\nprint('drawn', flush=True)\n"
        "time.sleep(0.8)\nname = input()\nlen(plt.get_fignums())"
    )
    async with at_notebook(project, "6 * 7", "_, _1, Out, In[-2]", plot, "_") as desk:
        await desk.run("c0")
        await variables(desk)
        await complete(desk, "pri")
        await desk.run("c1")
        assert desk.text("c1") == "(42, 42, {1: 42}, '6 * 7')"
        goal = await desk.start("c2")
        await desk.until_text("c2", "drawn")
        await variables(desk)  # the figure is being drawn, and stays
        await desk.page.until(lambda: desk.page.status.input is not None)
        await variables(desk)
        request = desk.page.status.input
        assert request is not None
        await desk.page.send(AnswerInput(request.request_id, "Ada"))
        await desk.over(goal)
        results = [each for each in desk.outputs("c2") if each["output_type"] == "execute_result"]
        assert results[0]["data"]["text/plain"] == "1"
        assert "image/png" in json.dumps(desk.outputs("c2"))


async def test_variables(project: RunningProject) -> None:
    code = (
        "import numpy as np, pandas as pd\nfrom math import pi\n"
        "n = 3\ntext = 'x' * 10**6\nrows = list(range(10**5))\nmatrix = np.zeros((3, 4))\n"
        "table = pd.DataFrame({'a': [1, 2], 'b': [3, 4]})\ndef f(): pass\nclass C: pass\n"
        "class Bad:\n    def __repr__(self): 1 / 0\nbad = Bad()\n_hidden = 1"
    )
    async with at_notebook(project, code) as desk:
        assert await variables(desk) == {}
        await desk.run("c0")
        found = await variables(desk)
        assert list(found) == ["pi", "n", "text", "rows", "matrix", "table", "bad"]
        assert found["n"] == ("int", "", "3")
        assert found["matrix"][:2] == ("ndarray", "3 × 4")
        assert found["table"] == ("DataFrame", "2 × 2", "a, b")
        assert len(found["text"][2]) <= 200
        assert found["rows"][2].startswith("[0, 1, 2")
        assert found["bad"][0] == "Bad"


async def test_with_no_kernel_the_code_is_read(project: RunningProject) -> None:
    async with at_notebook(
        project, "import json\n%matplotlib inline\ndef mix(first, second):\n    'Mixes.'", "1"
    ) as desk:
        found = await complete(desk, "json.du", "c1")
        assert found.static
        assert found.matches == ["dump", "dumps"]
        assert (found.start, found.end) == (5, 7)
        assert "mix" in (await complete(desk, "mi", "c1")).matches
        said = await inspect(desk, "mix")
        assert "mix(first, second)" in said
        assert "Mixes." in said
        assert desk.page.status.state is KernelState.NONE
        assert (await complete(desk, "import nump", "c1")).matches == ["numpy"]


async def test_of_another_language_nothing_is_known(project: RunningProject) -> None:
    kernel = {"name": "ir", "display_name": "R", "language": "R"}
    async with at_notebook(project, "1", kernel=kernel) as desk:
        assert (await complete(desk, "pri")).matches == []
        assert await inspect(desk, "print") == ""
        assert await variables(desk) == {}


async def test_a_kernel_that_is_not_of_ipython(project: RunningProject) -> None:
    folder = project.home / ".local/share/jupyter/kernels/echo"
    folder.mkdir(parents=True)
    (folder / "echo.py").write_text(ECHO)
    argv = ["python", "{resource_dir}/echo.py", "-f", "{connection_file}"]
    (folder / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Echo", "language": "echo"}))
    kernel = {"name": "echo", "display_name": "Echo", "language": "echo"}
    async with at_notebook(project, "hello", kernel=kernel) as desk:
        await desk.run("c0")
        assert desk.text("c0") == "hello"
        assert desk.page.status.kernel is not None
        assert desk.page.status.kernel.display_name == "Echo"
        failed = await desk.page.ask(ListVariables(""))
        assert isinstance(failed, KernelFailed)
        assert failed.error.message == "The kernel Echo does not tell its variables."
        assert meta_of(desk.document.doc)["metadata"]["language_info"]["name"] == "echo"


async def test_questions_that_are_none(project: RunningProject) -> None:
    async with at_notebook(project, "1") as desk:
        for message in (Complete("", "abc", 4), Complete("", "abc", -1), Inspect("", "", 1)):
            failed = await desk.page.ask(message)
            assert isinstance(failed, KernelFailed)
            assert failed.error.code is ErrorCode.INVALID_VALUE


async def test_kernels_are_found_where_they_are_installed(project: RunningProject) -> None:
    venv = project.home / "my-env"
    kernels = venv / "share/jupyter/kernels"
    (kernels / "mine").mkdir(parents=True)
    (venv / "pyvenv.cfg").write_text("")
    (venv / "bin").mkdir()
    (venv / "bin/python").symlink_to("/usr/bin/env")
    argv = ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernels / "mine/kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Mine", "language": "python"}))
    (kernels / "broken").mkdir()
    (kernels / "broken/kernel.json").write_text("{")
    (kernels / "absent").mkdir()
    gone = {"argv": ["/nowhere/julia", "{connection_file}"], "display_name": "Julia", "language": "julia"}
    (kernels / "absent/kernel.json").write_text(json.dumps(gone))
    async with at_notebook(project, "1") as desk:
        await desk.page.send(ListSpecs())
        await desk.page.until(lambda: desk.page.specs is not None)
        assert desk.page.specs is not None
        found = {spec.name: spec for spec in desk.page.specs.specs}
        assert found["python3"].display_name == "Python 3"
        assert found["python3"].mode == "python"
        assert found["mine"].display_name == "Mine"
        assert not {"broken", "absent"} & found.keys()
