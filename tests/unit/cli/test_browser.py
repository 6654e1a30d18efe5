"""The link's token reaches the browser, and nobody else on the machine."""

import stat
import sys
import webbrowser
from dataclasses import replace
from pathlib import Path

import pytest

from studium.cli.browser import opened, redirect_file
from studium.cli.config import Settings

LINK = "http://127.0.0.1:8080/link#a-token-that-opens&everything"


def test_the_file_is_this_persons_alone_and_goes() -> None:
    with redirect_file(LINK) as file:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        assert "url=http://127.0.0.1:8080/link#a-token-that-opens&amp;everything" in file.read_text()
    assert not file.parent.exists()


async def test_the_browser_is_given_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str] = []
    monkeypatch.setattr(webbrowser, "open", given.append)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("DISPLAY", ":0")
    async with opened(replace(Settings(), browser=True), LINK):
        (address,) = given
        assert "token" not in address
        assert Path(address.removeprefix("file://")).exists()
    async with opened(replace(Settings(), browser=False), LINK):
        assert given == [address]
