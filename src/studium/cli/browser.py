"""Opening a link with a token in a person's browser, out of sight of the machine's other users.

The arguments of a program are everybody's to read (``ps``), and a browser is started with the address as one. So it is
given the address of a file that only this person can read, and that file leads on to the link.
"""

import asyncio
import contextlib
import html
import os
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from studium.cli.config import Settings


@contextlib.contextmanager
def redirect_file(link: str) -> Iterator[Path]:
    """A page of mode 0600, in a folder of mode 0700, that leads to ``link``; it goes with the block."""
    with tempfile.TemporaryDirectory(prefix="studium-open-") as folder:
        file = Path(folder) / "open.html"
        file.touch(mode=0o600)
        target = html.escape(link, quote=True)
        file.write_text(
            f'<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>Studium</title>'
            f'<meta http-equiv="refresh" content="0; url={target}"><a href="{target}">Open Studium</a>\n',
            encoding="utf-8",
        )
        yield file


@contextlib.asynccontextmanager
async def opened(settings: Settings, link: str) -> AsyncIterator[None]:
    """Show ``link`` in the browser, where there is one and the settings want it."""
    has_screen = sys.stderr.isatty() and ("DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ)
    if not (settings.browser and has_screen):
        yield
        return
    with redirect_file(link) as file:
        await asyncio.to_thread(webbrowser.open, file.as_uri())
        yield  # the file stays meanwhile: a browser may take its time to start
