"""What is left when the project server is killed, when the project is stopped, and when the holder is."""

import os
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from studium.project.terminals.holder import HolderRecord
from studium.protocol.terminals import StartTerminal, TerminalState
from support.kernels import ServerProcess
from support.terminals import at_terminal, terminal


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    server = ServerProcess(tmp_path)
    (server.home / ".bash_profile").write_text("PS1='\\w$ '\n")
    (server.home / "t.term").touch()
    await server.start()
    yield server
    await server.close()


def holder(server: ServerProcess) -> HolderRecord:
    """The holder that the server has noted."""
    stored = msgspec.json.decode((server.state / "terminals.json").read_bytes())
    return msgspec.convert(stored["holder"], HolderRecord)


async def test_vim_goes_on_when_the_project_server_is_killed(server: ServerProcess) -> None:
    async with at_terminal(server) as page:
        await page.line("kept=41; vim -u NONE notes.txt")
        await page.until(lambda: "notes.txt" in page.shown()[-1])
        await page.type("iwritten before")
        await page.until(lambda: page.shown()[0] == "written before")
        await server.kill()
        await page.until(lambda: page.close_code is not None)
        await server.start()
        await page.connect()
        assert page.status.state is TerminalState.RUNNING
        assert page.shown()[0] == "written before"
        await page.type(" and after\x1b:wq\r")
        await page.until_shows("~$ kept=41")
        await page.line("echo $((kept + 1))")
        await page.until_shows("\n42")
    assert (server.home / "notes.txt").read_text() == "written before and after\n"


async def test_what_was_written_meanwhile_is_there(server: ServerProcess) -> None:
    async with at_terminal(server) as page:
        await page.line("for n in $(seq 30); do echo step $n; sleep 0.1; done")
        await page.until_shows("\nstep 3")
        await server.kill()
        await page.until(lambda: page.close_code is not None)
        await server.start()
        await page.connect()
        await page.until_shows("step 30\n~$")
        assert [f"step {n}" for n in range(1, 31)] == page.text().splitlines()[1:-1]


async def test_a_stopped_project_shows_what_was_there_and_starts_again(server: ServerProcess) -> None:
    (server.home / "ended.term").touch()
    async with at_terminal(server) as page, at_terminal(server, "ended.term") as ended:
        await page.line("seq 300; cd /tmp; sleep 1000")
        await page.until(lambda: page.status.program == "sleep")
        await ended.line("echo bye; exit 2")
        await ended.until_state(TerminalState.EXITED)
        held = holder(server)
        await server.stop()
        await page.until(lambda: page.close_code == 4503)
        shown = page.text()
    assert not Path(f"/proc/{held.pid}").exists()
    await server.start()
    page = await terminal(server).connect()
    assert page.status.state is TerminalState.LOST
    assert page.status.reason == (
        "The project was stopped, and what ran here ended with it. This is what it showed last."
    )
    assert page.text() == shown
    assert "\n300" in page.text()
    await page.type("x")
    await page.send(StartTerminal())
    await page.until_state(TerminalState.RUNNING)
    await page.until_shows("\n300\n~$")
    assert "\n300" in page.text()
    await page.disconnect()
    ended = await terminal(server, "ended.term").connect()
    assert (ended.status.state, ended.status.exit_code) == (TerminalState.EXITED, 2)
    assert "\nbye" in ended.text()
    await ended.disconnect()


async def test_a_holder_that_is_killed_takes_terminals_along_and_the_next_one_works(server: ServerProcess) -> None:
    async with at_terminal(server) as page:
        os.kill(holder(server).pid, signal.SIGKILL)
        status = await page.until_state(TerminalState.LOST)
        assert status.reason is not None
        assert "was ended" in status.reason
        await page.send(StartTerminal())
        await page.until_state(TerminalState.RUNNING)
        await page.line("echo $((6 * 7))")
        await page.until_shows("\n42")


async def test_two_servers_in_a_row_are_killed_at_once(server: ServerProcess) -> None:
    async with at_terminal(server) as page:
        await page.line("kept=1; echo noted")
        await page.until_shows("\nnoted")
        for number in range(2, 4):
            await server.kill()
            await page.until(lambda: page.close_code is not None)
            await server.start()
            await page.connect()
            await page.line("kept=$((kept + 1)); echo kept $kept")
            await page.until_shows(f"\nkept {number}")


async def test_who_takes_the_place_of_the_server_does_not_keep_it(server: ServerProcess) -> None:
    async with at_terminal(server) as page:
        with socket.socket(socket.AF_UNIX) as intruder:
            screens = page.screens
            intruder.connect(f"{holder(server).folder}/s")
            intruder.sendall(b"no frame of ours")
            await page.until(lambda: page.screens > screens)
            await page.line("kept=41; echo here")
            await page.until_shows("here\n~$")
            await page.line("echo $((kept + 1))")
            await page.until_shows("\n42")
        assert page.status.state is TerminalState.RUNNING
