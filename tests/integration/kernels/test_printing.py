"""Printing in kernels that a zygote has forked, where ``inside/fast_output.py`` stands in for ipykernel's streams."""

from studium.protocol.kernels import InterruptKernel
from support.kernels import at_notebook
from support.project import RunningProject


async def test_each_letter_is_there_once_and_in_its_order(project: RunningProject) -> None:
    lines = 50_000
    code = f"import sys\nfor n in range({lines}): print(n)\nprint('error', file=sys.stderr)\nsys.stdout.write('x')"
    async with at_notebook(project, code) as desk:
        printed, error, result = await desk.run("c0")
        assert printed["text"] == "".join(f"{n}\n" for n in range(lines)) + "x"
        assert (error["name"], error["text"]) == ("stderr", "error\n")
        assert result["data"]["text/plain"] == "1"


async def test_what_is_no_text_is_refused_as_everywhere(project: RunningProject) -> None:
    async with at_notebook(project, "import sys\nsys.stdout.write(b'bytes')", "print(b'bytes')") as desk:
        (error,) = await desk.run("c0")
        assert error["ename"] == "TypeError"
        await desk.run("c1")
        assert desk.text("c1") == "b'bytes'\n"


async def test_threads_that_print_at_once_lose_nothing(project: RunningProject) -> None:
    code = (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "def say(who):\n    for n in range(5000): print(f'{who} {n}\\n', end='')\n"
        "with ThreadPoolExecutor(4) as threads: list(threads.map(say, 'abcd'))"
    )
    late = "import threading\nt = threading.Timer(0.5, print, ['late'])\nt.start()\nprint('started')"
    async with at_notebook(project, code, late) as desk:
        await desk.run("c0")
        lines = desk.text("c0").splitlines()
        for who in "abcd":
            assert [line for line in lines if line.startswith(who)] == [f"{who} {n}" for n in range(5000)]
        assert len(lines) == 20_000
        await desk.run("c1")
        await desk.until_text("c1", "started\nlate\n")


async def test_what_threads_of_a_cell_print_keeps_its_order(project: RunningProject) -> None:
    code = (
        "import threading\nfor n in range(200):\n    print('main', n)\n"
        "    thread = threading.Thread(target=print, args=('thread', n))\n    thread.start(); thread.join()"
    )
    async with at_notebook(project, code) as desk:
        await desk.run("c0")
        assert desk.text("c0") == "".join(f"main {n}\nthread {n}\n" for n in range(200))


async def test_a_fork_prints_and_repeats_nothing(project: RunningProject) -> None:
    code = (
        "import os, sys\nprint('before')\nchild = os.fork()\n"
        "if child == 0:\n    sys.stdout.write('child\\n')\n    os._exit(0)\n"
        "os.waitpid(child, 0)\nprint('after')"
    )
    async with at_notebook(project, code, "import subprocess, sys\n_ = os.system('echo by a shell')") as desk:
        await desk.run("c0")
        assert sorted(desk.text("c0").split()) == ["after", "before", "child"]
        await desk.run("c1")
        await desk.until_text("c1", "by a shell\n")


async def test_what_is_printed_is_seen_while_the_cell_runs(project: RunningProject) -> None:
    async with at_notebook(project, "import time\nprint('now')\ntime.sleep(60)") as desk:
        goal = await desk.start("c0")
        await desk.until_text("c0", "now\n")
        await desk.page.send(InterruptKernel())
        await desk.over(goal)
