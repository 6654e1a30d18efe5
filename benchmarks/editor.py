"""Typing in the middle of a 10 MB file of 100,000 lines, in a browser. ``python benchmarks/editor.py`` prints JSON.

For Studium alone, Studium with somebody else typing in the same file, and, as the peer, CodeMirror 6 by itself with the
same text and no collaboration: the time from a key to the next frame after it, long tasks, time to open, and memory.
Needs Chromium (``STUDIUM_TEST_CHROMIUM``) and the packages of the tests; the peer is bundled by the page's own tools.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from support.serving import admin, running  # noqa: E402

LINES, LINE = (
    100_000,
    "A line of a file that is ten megabytes long, with words as they are in a text or a table, and 0.12345\n",
)
TEXT = LINE * LINES
ONE_LINE = "x" * 1_000_000
KEYS = 60
PASSWORD = "correct horse battery"
CHROMIUM = os.environ.get("STUDIUM_TEST_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-precise-memory-info"]

WATCH = """() => {
  window.measured = { keys: [], long: [] };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.measured.long.push(entry.duration);
  }).observe({ type: "longtask" });
  // From before any handler of the key until the frame that shows it has been drawn.
  window.addEventListener("keydown", () => {
    const began = performance.now();
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => window.measured.keys.push(performance.now() - began);
      channel.port2.postMessage(null);
    });
  }, { capture: true });
}"""


PEER_PAGE = """
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap, lineNumbers, drawSelection, highlightActiveLine } from "@codemirror/view";
window.open_ = (doc) => {
  window.view = new EditorView({
    parent: document.body,
    state: EditorState.create({ doc, extensions: [
      lineNumbers(), history(), drawSelection(), highlightActiveLine(), keymap.of([...defaultKeymap, ...historyKeymap]),
    ] }),
  });
};
"""


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` of the values lie."""
    return round(sorted(values)[min(len(values) - 1, int(len(values) * share))], 1) if values else -1.0


def type_and_measure(page: Page) -> dict[str, Any]:
    """Type with a pause after each key, as a person does; what the browser says of it."""
    page.evaluate(WATCH)
    for _ in range(KEYS):
        page.keyboard.type("x")
        page.wait_for_timeout(60)
    page.wait_for_timeout(500)
    measured = page.evaluate("() => window.measured")
    keys, long = measured["keys"], measured["long"]
    memory = page.evaluate("() => performance.memory.usedJSHeapSize")
    return {
        "key_to_frame_ms": {"p50": percentile(keys, 0.5), "p95": percentile(keys, 0.95), "max": percentile(keys, 1.0)},
        "long_tasks": len(long),
        "longest_task_ms": round(max(long, default=0)),
        "heap_mb": round(memory / 2**20),
    }


def measure_peer(browser: Browser, folder: Path, text: str) -> dict[str, Any]:
    """CodeMirror alone."""
    source = ROOT / "web" / ".peer.mjs"
    source.write_text(PEER_PAGE)
    try:
        command = [
            str(ROOT / "web/node_modules/.bin/rolldown"),
            str(source),
            "--file",
            f"{folder}/peer.js",
            "--format",
            "iife",
        ]
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT / "web")
    finally:
        source.unlink()
    (folder / "peer.html").write_text(
        "<style>html,body,.cm-editor{height:100%;margin:0}</style><body><script src='peer.js'></script></body>"
    )
    page = browser.new_page()
    page.goto(f"file://{folder}/peer.html")
    began = time.perf_counter()
    page.evaluate("(text) => window.open_(text)", text)
    opened = round((time.perf_counter() - began) * 1000)
    page.evaluate(
        """() => { const middle = window.view.state.doc.length >> 1; window.view.focus();
        window.view.dispatch({ selection: { anchor: middle }, scrollIntoView: true }); }"""
    )
    page.wait_for_timeout(500)
    figures = {"open_ms": opened, **type_and_measure(page)}
    page.close()
    return figures


class Person:
    """Signed in, with a page."""

    def __init__(self, browser: Browser, url: str, email: str) -> None:
        self.url = url
        self.context = browser.new_context(viewport={"width": 1280, "height": 800})
        self.page = self.context.new_page()
        self.page.goto(f"{url}/sign-in")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_role("heading", name="Projects").wait_for()

    def call(self, method: str, path: str, data: Any) -> Any:
        """A request with the person's cookie."""
        headers = {"Origin": self.url, "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
        body = data if isinstance(data, bytes) else json.dumps(data)
        answer = self.context.request.fetch(f"{self.url}{path}", method=method, headers=headers, data=body)
        assert answer.ok, answer.text()
        return answer.json() if "json" in answer.headers.get("content-type", "") else None

    def open(self, project: str, path: str, line: int) -> int:
        """Open a file at a line; milliseconds until it is there."""
        began = time.perf_counter()
        self.page.goto(f"{self.url}/projects/{project}/edit/{path}?line={line}")
        self.page.locator(".cm-line").first.wait_for(timeout=120_000)
        took = round((time.perf_counter() - began) * 1000)
        self.page.wait_for_timeout(3000)
        self.page.locator(".cm-content").focus()
        return took


def measure_studium(browser: Browser, folder: Path) -> dict[str, Any]:
    """The page, alone and together."""
    data = folder / "data"
    with running("serve", "--data", str(data), "--port", "0", "--no-browser") as serving:
        (folder / "password").write_text(PASSWORD)
        arguments = ("account", "add", "ada@example.org", "--name", "Ada", "--password-file", str(folder / "password"))
        admin(data, *arguments)
        ada = Person(browser, serving.url, "ada@example.org")
        row = ada.call("POST", "/api/query", {"query": {"projects": {"title": "Measured"}}})
        project = row["result"]["projects"]["project_id"]
        start = {"projects": {"project_id": project, "action_request": {"action": "start"}}}
        ada.call("POST", "/api/query", {"query": start})
        ada.call("PUT", f"/projects/{project}/files/big.txt", TEXT.encode())
        ada.call("PUT", f"/projects/{project}/files/line.txt", ONE_LINE.encode())
        ada.call(
            "PUT", f"/projects/{project}/files/big.py", ("x = [1, 2, 'a']  # " + LINE[:80] + "\n").encode() * LINES
        )
        figures: dict[str, Any] = {}
        for name, path, line in (
            ("alone", "big.txt", LINES // 2),
            ("python", "big.py", LINES // 2),
            ("one_line", "line.txt", 1),
        ):
            opened = ada.open(project, path, line)
            figures[name] = {"open_ms": opened, **type_and_measure(ada.page)}
        bob = Person(browser, serving.url, "ada@example.org")
        ada.open(project, "big.txt", LINES // 2)
        bob.open(project, "big.txt", LINES // 2 + 5)
        # The other one types by a timer within their page, so that two pages type at once.
        bob.page.evaluate("""() => setInterval(() => document.execCommand("insertText", false, "y"), 150)""")
        figures["with_another_typing"] = type_and_measure(ada.page)
        return figures


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="studium-editor-") as name, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        folder = Path(name)
        figures = {
            "codemirror_alone": measure_peer(browser, folder, TEXT),
            "codemirror_one_line": measure_peer(browser, folder, ONE_LINE),
        }
        figures["studium"] = measure_studium(browser, folder)
        browser.close()
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
