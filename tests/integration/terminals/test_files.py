"""Files of terminals: splits, commands, what is broken, and what moves."""

import asyncio
import json
import re
import shutil

from clients.terminals import TerminalPage
from studium.project.proc import Process
from studium.protocol.errors import ErrorCode
from studium.protocol.files import OperationAnswer, Rename, Restore, Trash
from studium.protocol.session import Role
from studium.protocol.terminals import (
    ArrangeTerminals,
    CloseTerminal,
    Direction,
    SetTerminal,
    SplitTerminal,
    StartTerminal,
    TerminalLayout,
    TerminalState,
    TerminalsToServer,
)
from support.project import RunningProject
from support.terminals import at_terminal, file_page, terminal

OLD = '{"session": "7c1f6a0e-2d0c-4b1e-9f0e-4f6a2f2a8e11"}\n'


async def test_terminals_are_split_arranged_and_closed(project: RunningProject) -> None:
    (project.home / "deep/er").mkdir(parents=True)
    page = await file_page(project).connect()
    async with at_terminal(project) as first:
        await first.line("cd deep/er")
        await first.until(lambda: first.status.directory == "deep/er")
        file = await page.change(SplitTerminal("1", Direction.ROW))
        second = file.terminals[1].terminal_id
        assert file.terminals[1].directory == "deep/er"
        file = await page.change(SplitTerminal(second, Direction.COLUMN, "echo it runs", ""))
        third = file.terminals[2].terminal_id
        stacked = TerminalLayout(
            direction=Direction.COLUMN, parts=[TerminalLayout(second), TerminalLayout(third)], share=1.0
        )
        assert file.layout == TerminalLayout(direction=Direction.ROW, parts=[TerminalLayout("1"), stacked])
        command = await terminal(project, terminal_id=third).connect()
        await command.until_shows("it runs")
        assert (await command.until_state(TerminalState.EXITED)).reason == "The command has ended."
        there = await terminal(project, terminal_id=second).connect()
        await there.until_shows("~/deep/er$")
        layout = TerminalLayout(
            direction=Direction.ROW,
            parts=[TerminalLayout(name, share=n) for n, name in enumerate((third, second, "1"), 1)],
        )
        assert (await page.change(ArrangeTerminals(layout))).layout == layout
        await page.change(CloseTerminal(second))
        await there.until(lambda: there.close_code is not None)
        assert page.ids == ["1", third]
        assert json.loads((project.home / "t.term").read_text())["terminals"][1]["command"] == "echo it runs"
        await command.disconnect()
    await page.disconnect()


async def test_the_last_terminal_is_started_anew_when_it_is_closed(project: RunningProject) -> None:
    page = await file_page(project).connect()
    async with at_terminal(project) as first:
        await first.line("kept=1; sleep 1000")
        await first.until(lambda: first.status.program == "sleep")
        await page.send(CloseTerminal("1"))
        await first.until(lambda: first.status.program == "bash")
        await first.line("echo [$kept]")
        await first.until_shows("\n[]")
    await page.disconnect()


async def test_a_command_is_changed_and_what_runs_goes_on(project: RunningProject) -> None:
    page = await file_page(project).connect()
    async with at_terminal(project) as first:
        await page.change(SetTerminal("1", "no-such-program --at-all", "nowhere"))
        await first.until(lambda: first.status.command == "no-such-program --at-all")
        assert first.status.state is TerminalState.RUNNING
        await first.send(StartTerminal(restart=True))
        status = await first.until_state(TerminalState.EXITED)
        await first.until(lambda: first.status.exit_code == 127)
        await first.until_shows("no-such-program: command not found")
        await first.until(lambda: "nowhere cannot be entered" in first.text().replace("\n", ""))
        assert "there is no such program" in (first.status.reason or "")
        assert status.sized_by is not None
    await page.disconnect()


async def test_nobody_but_who_may_run_programs_changes_a_file(project: RunningProject) -> None:
    page = await file_page(project, role=Role.VIEWER).connect()
    await page.send(SplitTerminal("1", Direction.ROW))
    await page.until(lambda: page.failures)
    assert page.failures[0].error.code is ErrorCode.NOT_PERMITTED
    assert (project.home / "t.term").read_text() == ""
    await page.disconnect()


async def test_wrong_requests_are_refused_and_change_nothing(project: RunningProject) -> None:
    page = await file_page(project).connect()
    wrong: list[TerminalsToServer] = [
        SplitTerminal("none", Direction.ROW),
        SplitTerminal("1", Direction.ROW, "x" * 5000),
        SplitTerminal("1", Direction.ROW, "", "a\0b"),
        CloseTerminal(""),
        SetTerminal("1", "\0", ""),
        ArrangeTerminals(TerminalLayout("2")),
        ArrangeTerminals(TerminalLayout(direction=Direction.ROW, parts=[TerminalLayout("1"), TerminalLayout("1")])),
        ArrangeTerminals(TerminalLayout("1", share=-1)),
    ]
    for message in wrong:
        await page.send(message)
    assert page.socket is not None
    await page.socket.send_str("{no json")
    await page.socket.send_bytes(b"x")
    await page.until(lambda: len(page.failures) == len(wrong) + 2)
    for _ in range(23):
        await page.change(SplitTerminal("1", Direction.ROW))
    await page.send(SplitTerminal("1", Direction.ROW))
    await page.until(lambda: len(page.failures) == len(wrong) + 3)
    assert page.failures[-1].error.code is ErrorCode.RATE_LIMITED
    assert len(page.ids) == 24
    await page.disconnect()


async def test_what_an_odd_file_says_stays(project: RunningProject) -> None:
    for name, content in (
        ("old.term", OLD),
        ("broken.term", '{"studium_terminals": 1, "termi'),
        ("odd.term", "\udcff"),
    ):
        data = content.encode(errors="surrogateescape")
        (project.home / name).write_bytes(data)
        page = await file_page(project, name).connect()
        assert page.ids == ["1"]
        assert (project.home / name).read_bytes() == data
        await page.change(SplitTerminal("1", Direction.ROW))
        assert json.loads((project.home / name).read_text())["before"] == data.decode(errors="replace")
        await page.disconnect()
    (project.home / "large.term").write_text("x" * 1_000_000)
    page = await file_page(project, "large.term").connect()
    await page.send(SplitTerminal("1", Direction.ROW))
    await page.until(lambda: page.failures)
    assert page.failures[0].error.code is ErrorCode.TOO_LARGE
    assert (project.home / "large.term").stat().st_size == 1_000_000
    await page.disconnect()


async def test_there_must_be_a_file_and_a_terminal_in_it(project: RunningProject) -> None:
    (project.home / "folder.term").mkdir()
    for page, code in ((terminal(project, "none.term"), 4404), (terminal(project, terminal_id="none"), 4404)):
        await page.connect()
        assert page.close_code == code
    (project.home / "data.csv").write_text("a,b")
    (project.home / "link.term").symlink_to("data.csv")
    for name in ("folder.term", "data.csv", "link.term"):
        page_of_file = await file_page(project, name).connect()
        assert page_of_file.close_code == 4400


async def test_terminals_follow_their_file(project: RunningProject) -> None:
    page = await file_page(project).connect()
    async with at_terminal(project) as first:
        await first.line("kept=41")
        (project.home / "folder").mkdir()
        await project.operate(Rename("t.term", "folder/other.term"))
        await project.operate(Rename("folder", "moved"))
        await first.line("echo $((kept + 1))")
        await first.until_shows("\n42")
        await page.change(SplitTerminal("1", Direction.ROW))
        assert "studium_terminals" in (project.home / "moved/other.term").read_text()
        (project.home / "moved/other.term").rename(project.home / "by-a-shell.term")
        late = await terminal(project, "by-a-shell.term").connect()
        await late.line("echo $((kept + 2))")
        await first.until_shows("\n43")
        await late.disconnect()
    await page.disconnect()


async def test_a_copy_has_terminals_of_its_own(project: RunningProject) -> None:
    async with at_terminal(project) as first:
        await first.line("kept=41")
        shutil.copy(project.home / "t.term", project.home / "copy.term")
        async with at_terminal(project, "copy.term") as other:
            await other.line("echo [$kept]")
            await other.until_shows("\n[]")


async def test_what_runs_ends_when_the_file_is_deleted(project: RunningProject) -> None:
    page = await file_page(project).connect()
    async with at_terminal(project) as first:
        await first.line("sleep 1000 & echo pid $! is here")
        said = re.compile(r"^pid (\d+) is here", re.MULTILINE)
        await first.until(lambda: said.search(first.text()))
        sleeping = Process.of(int(said.findall(first.text())[0]))
        assert sleeping is not None
        answer = await project.operate(Trash("t.term"))
        await first.until(lambda: first.close_code == 4404)
        await page.until(lambda: page.close_code == 4404)
        async with asyncio.timeout(60):
            await sleeping.wait_ended()
    assert isinstance(answer, OperationAnswer)
    assert answer.trash_id is not None
    await project.operate(Restore(answer.trash_id))
    async with at_terminal(project) as again:
        assert "sleep" not in again.text()


async def test_so_many_terminals_have_a_limit(project: RunningProject) -> None:
    pages: list[TerminalPage] = []
    reasons = []
    for number in range(200):
        (project.home / f"{number}.term").touch()
        page = await terminal(project, f"{number}.term").connect()
        await page.until(lambda page=page: page.status.state is not TerminalState.STARTING)  # type: ignore[misc]
        if page.status.state is TerminalState.RUNNING:
            pages.append(page)
        else:
            reasons.append(page.status.reason)
            await page.disconnect()
    assert len(pages) == 64
    assert set(reasons) == {"64 terminals run in this project already. End one that nobody needs."}
    await pages[0].line("exit")
    await pages[0].until_state(TerminalState.EXITED)
    again = await terminal(project, "199.term").connect()
    await again.until_state(TerminalState.RUNNING)
    for page in (*pages, again):
        await page.disconnect()
