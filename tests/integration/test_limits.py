"""Limits of the inner ring, reached for real: what is over them ends and is named, and the project server goes on."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from studium.compute import cgroups
from studium.compute.driver import Limits
from support.sandboxes import Project, local_driver, needs_root, new_spec, started

pytestmark = [
    pytest.mark.root,
    needs_root,
    pytest.mark.skipif(not cgroups.detect().complete, reason="needs control groups for memory and processes"),
]

LIMITS = Limits(memory_bytes=128 * 1024**2, cpu_cores=0.5, processes=40)


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[Project]:
    driver = local_driver(tmp_path / "data")
    async with started(driver, new_spec(LIMITS)) as project:
        yield project
    await driver.close()


async def test_too_much_memory_ends_the_program_and_is_recognised(project: Project) -> None:
    before = await project.ask("/limits")
    assert before["memory_limit_bytes"] == LIMITS.memory_bytes
    assert before["memory_kills"] == 0
    code, _ = await project.run(sys.executable, "-c", "x = bytearray(400 * 1024**2)")
    assert code in (137, -9)
    after = await project.ask("/limits")
    assert after["memory_kills"] >= 1
    assert await project.run("echo", "still here") == (0, "still here\n")


async def test_memory_of_the_temporary_folder_counts(project: Project) -> None:
    code, output = await project.run("sh", "-c", "head -c 200M /dev/zero > /tmp/big; ls -s --block-size=M /tmp/big")
    assert code == 0, output
    assert "No space left on device" in output
    assert output.strip().endswith("32M /tmp/big")


async def test_too_many_processes_are_refused(project: Project) -> None:
    fork = "import os\nwhile True:\n    if os.fork() == 0:\n        import time; time.sleep(100)\n"
    code, output = await project.run(sys.executable, "-c", fork)
    assert code != 0
    assert "BlockingIOError" in output
    found = await project.ask("/limits")
    assert found["process_limit"] == LIMITS.processes
    assert found["processes"] <= LIMITS.processes
    assert (await project.ask("/healthz"))["pid"]


async def test_cpu_time_is_shared_out(project: Project) -> None:
    spin = "import time\nend = time.monotonic() + 1\nwhile time.monotonic() < end: pass\nprint(time.process_time())"
    code, output = await project.run(sys.executable, "-c", spin)
    assert code == 0
    assert float(output) < 0.8


async def test_every_command_is_under_the_limits(project: Project) -> None:
    await asyncio.gather(*(project.run("sleep", "0.2") for _ in range(3)), self_check(project))


async def self_check(project: Project) -> None:
    while not (await project.ask("/limits"))["processes"]:
        await asyncio.sleep(0.01)


async def test_the_project_cannot_change_its_limits(project: Project) -> None:
    script = "for f in /run/limits/*/memory.limit_in_bytes /run/limits/*/memory.max /run/limits/*/pids.max; do "
    script += "[ -e $f ] && echo max > $f && echo changed; done; mkdir /run/limits/*/deeper && echo made; true"
    code, output = await project.run("sh", "-c", script, ring="outer")
    assert code == 0
    assert "changed" not in output
    assert "made" not in output
