"""``open`` and ``studium`` typed in a terminal."""

from dataclasses import dataclass
from uuid import UUID

import aiohttp

from studium.http.identity import HEADER, sign
from studium.http.origin import ORIGIN_HEADER
from studium.protocol.ids import AccountId
from studium.protocol.session import Role
from support.project import SECRET, RunningProject, identity
from support.terminals import at_terminal, terminal


@dataclass
class AsGrace:
    """The same project for somebody else."""

    project: RunningProject

    @property
    def client(self) -> aiohttp.ClientSession:
        return self.project.client

    def url(self, word: str) -> str:
        return self.project.url(word)

    def headers(self, role: Role) -> dict[str, str]:
        from msgspec.structs import replace

        grace = replace(identity(self.project.project_id, role), account_id=AccountId(UUID(int=8)), name="Grace")
        return {HEADER: sign(grace, SECRET)}


async def test_files_open_where_they_were_asked_for(project: RunningProject) -> None:
    (project.home / "sub").mkdir()
    for name in ("a.py", "sub/b c.txt"):
        (project.home / name).touch()
    async with at_terminal(project) as ada:
        grace = await terminal(AsGrace(project)).connect(active=False)
        await ada.line("cd sub; open ../a.py 'b c.txt'; echo code $?")
        await ada.until(lambda: ada.opened)
        assert ada.opened == [["a.py", "sub/b c.txt"]]
        await ada.until_shows("\ncode 0")
        await grace.line("open 'b c.txt'")
        await grace.until(lambda: grace.opened)
        assert (ada.opened, grace.opened) == ([["a.py", "sub/b c.txt"]], [["sub/b c.txt"]])
        await grace.disconnect()


async def test_what_cannot_be_opened_is_said(project: RunningProject) -> None:
    (project.home / "folder").mkdir()
    (project.home / "out").symlink_to("/etc/hostname")
    async with at_terminal(project) as page:
        for name, sentence in {
            "none.txt": "There is no file or folder “none.txt”.",
            "folder": "“folder” is a folder. Name files.",
            "/etc/hostname": "is not in the home of this project",
            "out": "a link that leads out of the project",
            "$(seq 21)": "These are 21 files",
        }.items():
            await page.line(f"clear; open {name}; echo code $?")
            await page.until(lambda sentence=sentence: sentence in page.text().replace("\n", ""))  # type: ignore[misc]
            await page.until_shows("code 1")
        assert not page.opened
        await page.line("clear; for n in $(seq 20); do open t.term; done 2>&1 | sort | uniq -c")
        await page.until_shows("open: Files were opened 10 times in 10 seconds.")
        assert len(page.opened) == 10
        await page.line("clear; studium; echo code $?; studium what; echo code $?")
        await page.until_shows("code 0")
        await page.until_shows("code 2")


async def test_links_lead_to_the_page(project: RunningProject) -> None:
    (project.home / "sub").mkdir()
    (project.home / "sub/b c.txt").touch()
    page = terminal(project)
    assert page.headers is not None
    page.headers[ORIGIN_HEADER] = "https://studium.example.org"
    await page.connect()
    await page.line("studium share 'sub/b c.txt'; cd sub; studium share")
    link = f"https://studium.example.org/projects/{project.project_id}"
    await page.until(lambda: f"{link}/edit/sub/b%20c.txt" in page.text().replace("\n", ""))
    await page.until(lambda: page.text().replace("\n", "").endswith(f"{link}~/sub$"))
    await page.disconnect()


async def test_it_works_in_terminals_only(project: RunningProject) -> None:
    async with at_terminal(project) as page:
        await page.line("env -u STUDIUM_TERMINAL open t.term; STUDIUM_TERMINAL=0123456789abcdef open t.term")
        await page.until_shows("open: this works in a terminal of Studium only.")
        await page.until_shows("open: This terminal was closed.")
        await page.line("(echo '{'; sleep 0.2) | python3 -c \"import socket, sys, os; s = socket.socket(1)")
        await page.line("s.connect(os.environ['STUDIUM_TERMINAL_FOLDER'] + '/c'); s.sendall(b'no json\\n' * 9)\"")
        await page.line("open t.term; echo code $?")
        await page.until_shows("\ncode 0")
