"""Terminals of a real project server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from clients.terminals import FilePage, TerminalPage
from studium.protocol.session import Role
from support.kernels import Place


def terminal(
    project: Place,
    path: str = "t.term",
    terminal_id: str = "1",
    role: Role = Role.OWNER,
    size: tuple[int, int] = (80, 24),
) -> TerminalPage:
    """A page that will show a terminal."""
    url = project.url(f"terminals/{path}?terminal={terminal_id}")
    return TerminalPage(project.client, url, project.headers(role), size)


def file_page(project: Place, path: str = "t.term", role: Role = Role.OWNER) -> FilePage:
    """A page that will show a ``.term`` file."""
    return FilePage(project.client, project.url(f"terminals/{path}"), project.headers(role))


@asynccontextmanager
async def at_terminal(project: Place, path: str = "t.term", terminal_id: str = "1") -> AsyncIterator[TerminalPage]:
    """Somebody at a terminal whose shell has begun."""
    page = await terminal(project, path, terminal_id).connect()
    try:
        await page.until_shows("~$")
        yield page
    finally:
        await page.disconnect()
