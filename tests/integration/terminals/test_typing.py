"""People in one terminal: what they type, what they see, whose size it has."""

import asyncio

from studium.protocol.errors import ErrorCode
from studium.protocol.session import Role
from studium.protocol.terminals import PauseTerminal, SaveScrollback, ShowTerminal, StartTerminal, TerminalState
from support.project import RunningProject
from support.terminals import at_terminal, terminal


async def test_a_shell_begins_in_the_home_with_colours_and_utf_8(project: RunningProject) -> None:
    async with at_terminal(project) as page:
        await page.line("echo $TERM $COLORTERM $LANG; pwd; tty; printf 'h\\303\\251\\n'")
        await page.until_shows("xterm-256color truecolor C.UTF-8")
        await page.until_shows(str(project.home))
        await page.until_shows("/dev/pts/")
        await page.until_shows("hé")
        await page.until(lambda: (page.status.program, page.status.directory) == ("bash", ""))


async def test_a_program_that_a_shell_starts_late_and_that_writes_nothing_is_told(project: RunningProject) -> None:
    async with at_terminal(project) as page:
        await page.line("read -t 0.9 x; sleep 4243")  # the shell itself waits, in silence
        await page.until(lambda: page.status.program == "sleep", 20)


async def test_two_people_see_the_same_and_who_types(project: RunningProject) -> None:
    async with at_terminal(project) as ada, at_terminal(project) as again:
        await ada.line("for n in $(seq 200); do echo line $n; done")
        await ada.until_shows("line 200\n~$")
        await again.until_shows("line 200\n~$")
        assert ada.text() == again.text()
        await again.until(lambda: any(person.typing for person in again.status.people))
        await again.until(lambda: not any(person.typing for person in again.status.people))


async def test_who_comes_late_sees_what_the_first_one_sees(project: RunningProject) -> None:
    async with at_terminal(project) as first:
        await first.line("for n in $(seq 300); do printf '\\033[3%smline %s\\033[0m\\n' $((n % 8)) $n; done")
        await first.until_shows("line 300\n~$")
        late = await terminal(project).connect()
        assert late.shown() == first.shown()
        assert late.text() == first.text()
        assert late.drawn.dump() == first.drawn.dump()
        assert late.drawn.cursor() == first.drawn.cursor()
        await first.line("echo more")
        await late.until_shows("\nmore")
        assert late.text() == first.text()
        await late.disconnect()


async def test_a_viewer_watches_and_types_nothing(project: RunningProject) -> None:
    viewer = terminal(project, role=Role.VIEWER, size=(40, 10))
    await viewer.open()
    await viewer.until(lambda: viewer.screens)
    assert viewer.status.state is TerminalState.EXITED
    assert viewer.status.reason == "Nobody has started this terminal yet."
    async with at_terminal(project) as ada:
        await viewer.until_state(TerminalState.RUNNING)
        await viewer.send(ShowTerminal(40, 10))
        await viewer.type("echo from a viewer\r")
        for message in (ShowTerminal(40, 10, active=True), PauseTerminal(True), StartTerminal(True), SaveScrollback()):
            await viewer.send(message)
        await viewer.until(lambda: len(viewer.failures) == 5)
        assert {failure.error.code for failure in viewer.failures} == {ErrorCode.NOT_PERMITTED}
        await ada.line("echo from ada")
        await viewer.until_shows("\nfrom ada")
        assert "viewer" not in viewer.text()
        assert (ada.status.columns, ada.status.rows, ada.status.paused) == (80, 24, False)
    await viewer.disconnect()


async def test_the_size_is_that_of_who_works_in_it(project: RunningProject) -> None:
    async with at_terminal(project) as ada:
        wide = terminal(project, size=(132, 50))
        await wide.connect(active=False)
        await wide.line("stty size")
        await wide.until_shows("50 132")
        assert (ada.status.columns, ada.status.rows) == (132, 50)
        await ada.send(ShowTerminal(100, 30, active=True))
        await ada.line("stty size")
        await ada.until_shows("30 100")
        for size in ((0, 0), (-5, 10**9), (10**9, 2)):
            await ada.send(ShowTerminal(*size, active=True))
        await ada.line("stty size")
        await ada.until_shows("2 500")
        await wide.disconnect()


async def test_questions_are_answered_once_however_many_look_on(project: RunningProject) -> None:
    async with at_terminal(project) as ada, at_terminal(project) as other:
        other.is_recording = True
        await ada.line("printf 'x\\033[6n'; IFS= read -rsd R answer; printf '\\nheard %q\\n' \"$answer\"")
        await ada.until_shows("heard $'\\E[")
        await ada.line("printf '\\033[c\\033[>c\\033[5n'; IFS= read -rsd n answer; printf '\\nheard %q\\n' \"$answer\"")
        await ada.until_shows("heard $'\\E[?1;2c\\E[>0;276;0c\\E[0'")
        assert b"\x1b[c" not in other.received
        assert b"[6n" not in other.received.replace(b"\\033[6n", b"")


async def test_the_clipboard_is_none_of_a_programs_business(project: RunningProject) -> None:
    async with at_terminal(project) as page:
        page.is_recording = True
        await page.line("printf 'a\\033]52;c;c2VjcmV0\\007b\\302\\23552;c;c2VjcmV0\\033\\\\c\\033]9;hello\\007d\\n'")
        await page.until_shows("\nabcd")
        await page.line(
            "printf '\\033]8;;javascript:alert(1)\\007a\\033]8;;\\007-\\033]8;;https://b.example\\007b\\033]8;;\\007\\n'"
        )
        await page.until_shows("\na-b")
        assert b"\x1b]8;;javascript" not in page.received
        assert b"\x1b]8;;https://b.example" in page.received
        assert b"]52" not in page.received.replace(b"\\033]52", b"")
        assert page.received.count(b"c2VjcmV0") == 2  # as they were typed


async def test_titles_are_cleaned_and_bounded(project: RunningProject) -> None:
    async with at_terminal(project) as page:
        await page.line("printf '\\033]0;hel\\001lo\\342\\200\\256 %s\\007' $(seq 1000 | tr '\\n' x)")
        await page.until(lambda: page.status.title.startswith("hello 1x2x"))
        assert len(page.status.title) <= 200
        told = len(page.statuses)
        await page.line("for n in $(seq 20000); do printf '\\033]2;title %s\\007' $n; done; echo done $((1+1))")
        await page.until_shows("\ndone 2", 60)
        await page.until(lambda: page.status.title == "title 20000")
        assert len(page.statuses) - told < 200


async def test_bells_are_few(project: RunningProject) -> None:
    async with at_terminal(project) as page:
        await page.line("for n in $(seq 1000); do printf '\\007'; done; echo rung")
        await page.until_shows("\nrung")
        await page.until(lambda: page.bells)
        assert page.bells <= 50


async def test_output_is_held_and_goes_on(project: RunningProject) -> None:
    async with at_terminal(project) as page:
        await page.send(PauseTerminal(True))
        await page.until(lambda: page.status.paused)
        await page.line("echo held")
        await asyncio.sleep(0.3)  # nothing tells that nothing happens
        assert "\nheld" not in page.text()
        await page.send(PauseTerminal(False))
        await page.until_shows("\nheld")


async def test_the_scroll_back_is_saved_beside_the_file(project: RunningProject) -> None:
    async with at_terminal(project) as page:
        await page.line("seq 5000")
        await page.until_shows("5000\n~$")
        for _ in range(2):
            await page.send(SaveScrollback())
        await page.until(lambda: len(page.saved) == 2)
    assert page.saved == ["t scroll-back.txt", "t scroll-back 2.txt"]
    lines = (project.home / page.saved[0]).read_text().splitlines()
    assert [str(n) for n in range(1, 5001)] == lines[1:-1]
    assert lines[-1] == "~$"


async def test_how_it_ended_is_said_and_it_is_started_again(project: RunningProject) -> None:
    async with at_terminal(project) as page:
        await page.line("exit 3")
        status = await page.until_state(TerminalState.EXITED)
        assert (status.exit_code, status.reason) == (3, "The shell has ended with exit code 3.")
        await page.type("x")  # a key that came too late
        await page.send(StartTerminal())
        await page.until_state(TerminalState.RUNNING)
        await page.until_shows("exit 3\nexit\n~$")
        await page.line("kill -KILL $$")
        status = await page.until_state(TerminalState.EXITED)
        assert (status.exit_code, status.reason) == (-9, "The shell has ended: it was killed.")
        await page.send(StartTerminal())
        await page.until_state(TerminalState.RUNNING)
        await page.line("sleep 1000")
        await page.until(lambda: page.status.program == "sleep")
        await page.send(StartTerminal(restart=True))
        await page.until(lambda: page.status.program == "bash")
        assert page.status.state is TerminalState.RUNNING
