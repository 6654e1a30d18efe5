"""Programs that write without end: memory stays, other terminals answer, Ctrl-C acts.

The bars of time are in ``benchmarks/terminals.py``, where nothing else runs; here they are wide.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from clients.terminals import TerminalPage
from studium.protocol.terminals import MAX_UNDRAWN_BYTES, TerminalState
from support.kernels import ServerProcess
from support.project import RunningProject
from support.terminals import at_terminal, terminal

MEMORY_BYTES = 20 * 1024**2
FLOODS = ("yes", "cat /dev/urandom", "yes \"$(printf '\\033[3%dmword%d ' $(seq 60))\"")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    server = ServerProcess(tmp_path)
    (server.home / ".bash_profile").write_text("PS1='\\w$ '\n")
    for name in ("t.term", "other.term"):
        (server.home / name).touch()
    await server.start()
    yield server
    await server.close()


def memory(pid: int) -> int:
    """Resident memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


async def echo(page: TerminalPage) -> float:
    """How long a key takes to be seen."""
    count, began = page.received_bytes, time.monotonic()
    await page.type("x")
    await page.until(lambda: page.received_bytes > count)
    return time.monotonic() - began


@pytest.mark.parametrize("command", FLOODS)
async def test_a_flood_is_bounded_and_interrupted(server: ServerProcess, command: str) -> None:
    async with at_terminal(server) as flooded, at_terminal(server, "other.term") as other:
        holder = msgspec.json.decode((server.state / "terminals.json").read_bytes())["holder"]["pid"]
        assert server.process is not None
        flooded.is_blind = True
        await flooded.line("yes | head -c 1000000; cat /dev/urandom | head -c 100000")  # what is kept anyway
        await flooded.until(lambda: flooded.received_bytes > 500_000)
        await flooded.until(lambda: flooded.status.program == "bash")
        before = memory(holder), memory(server.process.pid)
        begin = flooded.received_bytes
        await flooded.line(command)
        await flooded.until(lambda: flooded.received_bytes - begin > 1_500_000, 60)
        times = [await echo(other) for _ in range(20)]
        assert sorted(times)[10] < 0.25
        assert memory(holder) - before[0] < MEMORY_BYTES
        assert memory(server.process.pid) - before[1] < MEMORY_BYTES
        await flooded.type("\x03")
        began = time.monotonic()
        await flooded.until(lambda: flooded.status.program == "bash")
        await flooded.line("reset -Q 2>/dev/null; clear; echo free again")
        again = await terminal(server).connect()
        await again.until(lambda: "free again" in again.shown())
        assert time.monotonic() - began < 10
        await again.disconnect()


async def test_a_page_that_draws_nothing_is_sent_so_much_and_no_more(project: RunningProject) -> None:
    async with at_terminal(project) as slow:
        slow.is_drawing = False
        await slow.line("yes | head -c 4000000; echo the end")
        quick = await terminal(project).connect(active=False)
        await quick.until_shows("\nthe end", 60)
        assert slow.received_bytes < 2 * MAX_UNDRAWN_BYTES
        slow.is_drawing = True
        await slow.draw_what_waited()
        await slow.until_shows("\nthe end")
        await slow.until(lambda: slow.text() == quick.text())
        await quick.disconnect()


async def test_after_a_flood_everybody_has_the_same_and_the_scroll_back(project: RunningProject) -> None:
    async with at_terminal(project) as first, at_terminal(project) as second:
        second.is_drawing = False
        await first.line("for n in $(seq 20000); do echo line $n of a flood that is long enough; done; echo the end")
        await first.until_shows("\nthe end", 60)
        second.is_drawing = True
        await second.draw_what_waited()
        await second.until(lambda: second.text() == first.text())
        assert len(first.text().splitlines()) > 5000
        assert "line 19999 of a flood" in second.text()


async def test_a_terminal_that_nobody_looks_at_reads_on(project: RunningProject) -> None:
    async with at_terminal(project) as page:
        await page.line("yes | head -c 1000000; echo the end > done.txt")
        await page.until(lambda: page.status.program == "yes" or (project.home / "done.txt").exists())
    async with asyncio.timeout(60):
        while not (project.home / "done.txt").exists():
            await asyncio.sleep(0.05)
    again = await terminal(project).connect()
    await again.until_state(TerminalState.RUNNING)
    await again.until(lambda: again.shown()[-1] == "~$")
    await again.disconnect()
