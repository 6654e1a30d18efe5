"""A terminal whose output the holder cannot take: it alone is ended, and its page is told why."""

import stat
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from studium.project.terminals import holder
from studium.protocol.terminals import StartTerminal, TerminalState
from support.project import RunningProject
from support.terminals import at_terminal

# The real holder, but for an emulator that fails at one word.
_FAILING = """#!{python}
import sys
from studium.project.terminals.inside import holder, screen

feed = screen.Screen.feed

def fail(self, text):
    if "un" + "drawable" in text:
        raise ValueError("no such picture")
    feed(self, text)

screen.Screen.feed = fail
sys.argv = [sys.argv[0], sys.argv[-1]]
sys.executable = "{python}"
holder.main()
"""


@pytest.fixture
def failing_holder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "failing_holder.py"
    program.write_text(_FAILING.format(python=sys.executable))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(holder, "sys", SimpleNamespace(executable=str(program)))


@pytest.mark.usefixtures("failing_holder")
async def test_the_page_is_told_why_a_terminal_was_hung_up(project: RunningProject) -> None:
    (project.home / "other.term").touch()
    async with at_terminal(project) as page, at_terminal(project, "other.term") as other:
        await page.line("echo before; printf 'un''drawable'")
        await page.until(lambda: page.status.state is TerminalState.EXITED)
        assert page.status.reason is not None
        assert page.status.reason.startswith(
            "This terminal was ended, because what a program wrote in it could not be shown"
            " (ValueError: no such picture)."
        )
        assert page.status.exit_code is None
        await other.line("echo $((6 * 7))")
        await other.until_shows("\n42")
        assert other.status.reason is None

        # It is started again as any other that has ended; what went wrong then is over.
        await page.send(StartTerminal())
        await page.until(lambda: page.status.state is TerminalState.RUNNING)
        await page.line("echo $((6 * 8))")
        await page.until_shows("\n48")
        await page.line("exit 3")
        await page.until(lambda: page.status.state is TerminalState.EXITED)
        assert page.status.reason == "The shell has ended with exit code 3."
