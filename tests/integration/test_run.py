"""Commands of people: bounded in output, time and number, and blind to the server."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from studium.project.processes import MAX_COMMANDS, MAX_OUTPUT_BYTES
from studium.protocol.errors import ErrorBody, ErrorCode
from studium.protocol.files import Run, RunAnswer
from support.project import SECRET, RunningProject, running_project


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[RunningProject]:
    async with running_project(tmp_path) as project:
        yield project


async def run(project: RunningProject, command: str, path: str = "", timeout_seconds: float = 20.0) -> RunAnswer:
    answer = await project.run(command, path, timeout_seconds)
    assert isinstance(answer, RunAnswer), answer
    return answer


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


async def until_dead(pids: list[int]) -> bool:
    """The kernel takes a moment to end a killed process."""
    async with asyncio.timeout(60):
        while any(is_alive(pid) for pid in pids):
            await asyncio.sleep(0.01)
    return True


async def test_a_command_answers(project: RunningProject) -> None:
    (project.home / "sub dir").mkdir()
    answer = await run(project, "pwd; echo oops >&2; exit 3", "sub dir")
    assert answer == RunAnswer(3, f"{project.home}/sub dir\n", "oops\n")
    assert (await run(project, "kill -TERM $$")).exit_code == -15
    assert (await run(project, r"printf 'caf\xe9 \xff\n'")).stdout == "caf\ufffd \ufffd\n"
    assert (await run(project, "cat; echo end")).stdout == "end\n"


async def test_a_command_sees_nothing_of_the_server(
    project: RunningProject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STUDIUM_TOKEN_OF_TEST", SECRET)
    answer = await run(project, "env; ls -l /proc/$$/fd | wc -l; cat /proc/$$/cmdline")
    assert "STUDIUM" not in answer.stdout
    assert SECRET not in answer.stdout
    names = {line.partition("=")[0] for line in answer.stdout.splitlines() if "=" in line}
    assert names <= {"HOME", "PATH", "LANG", "PWD", "OLDPWD", "SHLVL", "_", "MAIL", "PS1", "LS_COLORS", "TERM"}, names
    inherited = await run(project, "ls /proc/self/fd")
    assert set(inherited.stdout.split()) <= {"0", "1", "2", "3"}


async def test_a_flood_is_cut_and_the_server_goes_on(project: RunningProject) -> None:
    flood = asyncio.create_task(run(project, "yes", timeout_seconds=1.0))
    await asyncio.sleep(0.2)
    slowest = 0.0
    while not flood.done():
        began = time.monotonic()
        async with project.client.get("http://project/healthz") as answer:
            assert answer.status == 200
        slowest = max(slowest, time.monotonic() - began)
        await asyncio.sleep(0.01)
    answered = await flood
    assert len(answered.stdout) == MAX_OUTPUT_BYTES
    assert answered.truncated
    assert answered.reason is not None
    assert "1 seconds" in answered.reason
    assert slowest < 0.5
    both = await run(project, "head -c 1500000 /dev/zero >&2; head -c 10 /dev/zero")
    assert (len(both.stdout), len(both.stderr), both.truncated, both.exit_code) == (10, MAX_OUTPUT_BYTES, True, 0)


async def test_time_over_kills_all_descendants(project: RunningProject) -> None:
    command = "for i in 1 2; do (sleep 600 & echo $! >> pids; setsid sleep 600 & echo $! >> pids; wait) & done; wait"
    answer = await run(project, command, timeout_seconds=0.7)
    assert answer.exit_code == -9
    assert answer.reason is not None
    pids = [int(line) for line in (project.home / "pids").read_text().split()]
    assert len(pids) == 4
    assert await until_dead(pids)


async def test_what_is_left_in_the_background_holds_nobody_up(project: RunningProject) -> None:
    began = time.monotonic()
    answer = await run(project, "sleep 600 & echo $!", timeout_seconds=10)
    assert time.monotonic() - began < 3
    assert answer.exit_code == 0
    assert await until_dead([int(answer.stdout)])


async def test_a_command_that_kills_itself_is_not_blamed_on_memory(project: RunningProject) -> None:
    answer = await run(project, "kill -KILL $$")
    assert answer.exit_code == -9
    assert answer.reason is None


async def test_bad_requests_are_sentences(project: RunningProject) -> None:
    (project.home / "file").touch()
    (project.home / "out").symlink_to("/etc")
    wanted = {
        Run("   "): ErrorCode.INVALID_VALUE,
        Run("a\0b"): ErrorCode.INVALID_VALUE,
        Run("true", timeout_seconds=0): ErrorCode.INVALID_VALUE,
        Run("true", timeout_seconds=1e9): ErrorCode.INVALID_VALUE,
        Run("x" * 200_000): ErrorCode.TOO_LARGE,
        Run("true", "missing"): ErrorCode.NOT_FOUND,
        Run("true", "file"): ErrorCode.NOT_FOUND,
        Run("true", "out"): ErrorCode.NOT_PERMITTED,
        Run("true", "../.."): ErrorCode.INVALID_PATH,
    }
    for request, code in wanted.items():
        answer = await project.run(request.command, request.path, request.timeout_seconds)
        assert isinstance(answer, ErrorBody), request
        assert answer.code == code, request


async def test_so_many_at_once_and_no_more(project: RunningProject) -> None:
    commands = [
        asyncio.create_task(project.run("until [ -e go ]; do sleep 0.05; done")) for _ in range(MAX_COMMANDS + 1)
    ]
    done, _ = await asyncio.wait(commands, return_when=asyncio.FIRST_COMPLETED)
    refused = done.pop().result()
    assert isinstance(refused, ErrorBody)
    assert refused.code == ErrorCode.RATE_LIMITED
    (project.home / "go").touch()
    answers = await asyncio.gather(*commands)
    assert sum(isinstance(answer, RunAnswer) and answer.exit_code == 0 for answer in answers) == MAX_COMMANDS


async def test_the_inner_ring_is_put_before_the_shell(tmp_path: Path) -> None:
    ring = ("env", "-u", "LANG", "RING=inner")
    async with running_project(tmp_path, lambda settings: replace(settings, inner_ring=ring)) as project:
        assert (await run(project, "echo $RING$LANG")).stdout == "inner\n"
    async with running_project(tmp_path, lambda settings: replace(settings, inner_ring=("/no/such/ring",))) as project:
        answer = await project.run("true")
        assert isinstance(answer, ErrorBody)
        assert answer.code == ErrorCode.UNAVAILABLE


async def test_the_end_of_the_server_ends_commands(tmp_path: Path) -> None:
    async with running_project(tmp_path) as project:
        running = asyncio.create_task(project.run("echo $$ > pid; sleep 600", timeout_seconds=600))
        while not (project.home / "pid").exists() or not (project.home / "pid").read_text():
            await asyncio.sleep(0.01)
        pid = int((project.home / "pid").read_text())
        assert os.getpgid(pid) == pid
    assert await until_dead([pid])
    await asyncio.gather(running, return_exceptions=True)
