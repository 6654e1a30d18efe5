"""``studium open DIR``: the same page over a folder, for one person."""

import re
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from browser.people import wait_for_file
from support.serving import running


def test_open_a_directory(contexts: Callable[..., BrowserContext], tmp_path: Path) -> None:
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "main.py").write_text("print('hello')\n")
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    with running("open", str(folder), "--port", "0", "--no-browser", environment=state) as serving:
        page = contexts().new_page()
        page.goto(serving.link("/link"))
        tree = page.get_by_role("treegrid", name="Files")
        expect(tree.get_by_text("main.py")).to_be_visible()
        tree.get_by_role("row", name=re.compile("main.py")).dblclick()
        editor = page.get_by_role("textbox", name=re.compile("main.py editor"))
        expect(editor).to_contain_text("hello")
        editor.click()
        page.keyboard.press("Control+End")
        page.keyboard.type("# typed\n")
        wait_for_file(folder / "main.py", "print('hello')\n# typed\n")
        stranger = contexts().new_page()
        began = time.monotonic()
        answer = stranger.goto(f"{serving.url}/api/session")
        assert answer is not None
        assert time.monotonic() - began < 10
        assert "main.py" not in answer.text()
    assert sorted(p.name for p in folder.iterdir()) == ["main.py"]
