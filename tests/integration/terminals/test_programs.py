"""Programs that draw the whole screen: what somebody who comes late sees, and what is left of them."""

import shutil
from pathlib import Path

import pytest

from clients.terminals import TerminalPage
from clients.xterm import differences, picture
from studium.project.terminals.inside.stream import Stream
from studium.protocol.terminals import ShowTerminal
from support.project import RunningProject
from support.terminals import at_terminal, terminal

PROGRAMS = {
    "vim": ("vim -u NONE -c 'set mouse=a number' long.txt", "long.txt", ("/line 50\r", "ihello\x1b"), ":q!\r"),
    "less": ("less +100 long.txt", "line 100", (" ", "b"), "q"),
    "htop": ("htop", "CPU", (), "q"),
    "top": ("top -d 1000", "PID", (), "q"),
    "nano": ("nano long.txt", "GNU nano", ("hello",), "\x18n"),
    "tmux": ("tmux -L $$ -f /dev/null new-session -s here 'bash --norc'", "here", ("echo in tmux\r",), "exit\r"),
}


def modes(page: TerminalPage) -> str:
    """The modes that a page is in, from all that it was sent."""
    stream = Stream()
    for _ in stream.feed(bytes(page.received)):
        pass
    return stream.modes.restore()


@pytest.mark.parametrize("name", PROGRAMS)
async def test_who_comes_late_sees_the_same_screen(project: RunningProject, name: str) -> None:
    command, sign, keys, leave = PROGRAMS[name]
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    (project.home / "long.txt").write_text("".join(f"line {n} e\u0301 中文 \u2713\n" for n in range(1, 500)))
    first = terminal(project)
    first.is_recording = True
    await first.connect()
    await first.until_shows("~$")
    try:
        await first.line(f"seq 100; export SHELL=/bin/sh; {command}")
        await first.until(lambda: any(sign in line for line in first.shown()[-24:]))
        for key in keys:
            await first.type(key)
        await first.until(lambda: first.status.program != "bash")
        await settle(first)
        late = terminal(project)
        late.is_recording = True
        await late.connect(active=False)
        assert late.shown() == first.shown()
        assert late.drawn.dump() == first.drawn.dump()
        assert modes(late) == modes(first)
        assert await judge(first, late) == []
        await first.send(ShowTerminal(100, 30, active=True))
        await first.until(lambda: first.status.columns == 100)
        await settle(first)
        later = await terminal(project).connect(active=False)
        assert later.shown() == first.shown()
        assert await judge(first, late) == []
        await first.type(leave)
        await first.until(lambda: first.status.program == "bash")
        await settle(first)
        for page in (late, later):
            assert page.shown() == first.shown()
        assert await judge(first, late) == []
        await late.disconnect()
        await later.disconnect()
    finally:
        await first.disconnect()


async def judge(one: TerminalPage, other: TerminalPage) -> list[str]:
    """How two pages differ in xterm.js, once both have drawn what they are sent."""
    found: list[str] = []
    for _ in range(5):
        sides = [await picture(page.size, page.events) for page in (one, other)]
        found = differences(*sides)
        assert not any(side["answers"] for side in sides)
        if not found:
            break
        await settle(other)
    return found


async def settle(page: TerminalPage) -> None:
    """Wait until all that a program has written is drawn: it answers a mark that was typed behind it no other way."""
    while True:
        count = page.received_bytes
        try:
            await page.until(lambda count=count: page.received_bytes != count, 1.0)  # type: ignore[misc]
        except AssertionError:
            return


async def test_letters_with_marks_keep_their_places(project: RunningProject) -> None:
    text = "e\u0301 a\u0300\u0323 中\u0301 \u0915\u093f \u2764\ufe0f |"
    Path(project.home / "marks.txt").write_text(f"{text}\n" * 3)
    async with at_terminal(project) as first:
        first.is_recording = True
        await first.line("cat marks.txt; echo the end")
        await first.until_shows("\nthe end")
        late = terminal(project)
        late.is_recording = True
        await late.connect()
        assert late.received.decode().count(text) == 3
        await late.disconnect()
