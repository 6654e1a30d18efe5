"""What terminals are as use of a project, and what happens to them on a full disk."""

import errno
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from studium.protocol.use import ProjectUse
from support.project import RunningProject
from support.terminals import at_terminal


async def is_busy(project: RunningProject) -> bool:
    """Whether the project says that it is in use now."""
    async with project.client.get("http://project/use") as answer:
        return msgspec.json.decode(await answer.read(), type=ProjectUse).idle_seconds == 0.0


async def test_a_program_in_front_is_use_and_one_that_waits_for_keys_is_not(project: RunningProject) -> None:
    async with at_terminal(project) as page:
        await page.until(lambda: page.status.program == "bash")
        assert not await is_busy(project)
        await page.line("sleep 1000")
        await page.until(lambda: page.status.program == "sleep")
        assert await is_busy(project)
        await page.type("\x03")
        await page.until(lambda: page.status.program == "bash")
        assert not await is_busy(project)
        await page.line("less t.term")
        await page.until(lambda: page.status.program == "less")
        assert not await is_busy(project)
        await page.type("q")
        await page.line("sleep 1000")
        await page.until(lambda: page.status.program == "sleep")
    assert await is_busy(project)  # with nobody there


async def test_a_full_disk_costs_no_key(project: RunningProject, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Path.write_bytes

    def no_room(self: Path, data: Any) -> int:
        if project.state in self.parents:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", no_room)
    async with at_terminal(project) as page:
        await page.line("echo $((6 * 7))")
        await page.until_shows("\n42")
    await project.server.stop()  # which cannot keep the screen
    assert not list(project.state.glob("terminals/*"))
