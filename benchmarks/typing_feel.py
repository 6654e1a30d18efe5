"""How typing feels: four people in one file of 10,000 lines, one of them in a real browser that is measured.

``.venv/bin/python benchmarks/typing_feel.py [--lines N] [--keys N]`` prints JSON: from a key to the frame that shows
it, the time between frames, and the tasks that held the page up for longer than 50 ms. The three others are connections
that type, write new lines and move their cursors as quick people do; two of them within what the browser shows.
"""

import argparse
import asyncio
import itertools
import json
import os
import platform
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
from document_load import percentile
from editing import editor
from playwright.sync_api import BrowserContext, CDPSession, Page, expect, sync_playwright
from pycrdt import Awareness, create_awareness_message

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests"))

from browser.conftest import CHROMIUM, CHROMIUM_ARGUMENTS  # noqa: E402
from browser.people import PASSWORD, Person, Studium, share  # noqa: E402
from support.serving import admin, running  # noqa: E402

LINES = 10_000
KEYS = 300
KEY_SECONDS = 0.1
OTHERS_KEY_SECONDS = 0.12
"""100 words a minute: what three quick people do at once."""
LONG_TASK_MS = 50.0

#: Notes each frame, and for each key the time until the next frame after it was drawn.
WATCH = """() => {
    window.frames_ = [];
    window.keys_ = [];
    const draw = (at) => { window.frames_.push(at); window.watching = requestAnimationFrame(draw); };
    window.watching = requestAnimationFrame(draw);
    document.addEventListener("keydown", () => {
        const began = performance.now();
        requestAnimationFrame(() => {
            const channel = new MessageChannel();
            channel.port1.onmessage = () => window.keys_.push(performance.now() - began);
            channel.port2.postMessage(null);  // runs after the frame
        });
    }, true);
}"""


async def type_along(url: str, cookies: str, origin: str, line: int, stop: threading.Event) -> int:
    """One of the others: types at a line until told to stop; answers how many keys."""
    headers = {"Cookie": cookies, "Origin": origin}
    async with aiohttp.ClientSession(headers=headers) as session, editor(session, url) as one:
        awareness = Awareness(one.doc)
        text, keys = one.text, 0
        place = len("\n".join(str(text).split("\n", line)[:line]).encode())
        while not stop.is_set():
            before = one.doc.get_state()
            letter = "\n" if keys % 60 == 59 else " " if keys % 6 == 5 else "x"
            text.insert(place, letter)
            place += 1
            await one.send_changes(before)
            cursor = text.sticky_index(place - 1).to_json()
            awareness.set_local_state({"user": {}, "cursor": {"anchor": cursor, "head": cursor}})
            await one.send(create_awareness_message(awareness.encode_awareness_update([one.doc.client_id])))
            keys += 1
            await asyncio.sleep(OTHERS_KEY_SECONDS)
        return keys


@contextmanager
def others(url: str, cookies: list[str], origin: str, lines: list[int]) -> Iterator[list[int]]:
    """Three people who type in a thread of their own; their keys are counted at the end."""
    stop, counts = threading.Event(), list[int]()

    async def all_of_them() -> None:
        typing = (type_along(url, *one, stop) for one in zip(cookies, [origin] * len(lines), lines, strict=True))
        counts.extend(await asyncio.gather(*typing))

    thread = threading.Thread(target=lambda: asyncio.run(all_of_them()))
    thread.start()
    try:
        yield counts
    finally:
        stop.set()
        thread.join()


def traced_tasks(session: CDPSession, act: Any) -> list[float]:
    """Durations, in milliseconds, of the tasks of the page's main thread while ``act`` runs."""
    events: list[dict[str, Any]] = []
    session.on("Tracing.dataCollected", lambda data: events.extend(data["value"]))
    done: list[bool] = []
    session.on("Tracing.tracingComplete", lambda _: done.append(True))
    categories = ["toplevel", "__metadata"]  # no more: tracing costs the page time
    session.send("Tracing.start", {"traceConfig": {"includedCategories": categories}, "transferMode": "ReportEvents"})
    act()
    session.send("Tracing.end")
    while not done:
        session.send("Runtime.evaluate", {"expression": "0"})  # any call lets events come in
    names = {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e.get("name") == "thread_name"}
    return [
        event["dur"] / 1000
        for event in events
        if event.get("ph") == "X"
        and event.get("name") in {"RunTask", "ThreadControllerImpl::RunTask"}
        and names.get((event["pid"], event["tid"])) == "CrRendererMain"
        and "dur" in event
    ]


def measure(ada: Person, url: str, cookies: list[str], options: argparse.Namespace) -> dict[str, Any]:
    """Ada types in the middle of the file while the others type."""
    page, middle = ada.page, options.lines // 2
    page.goto(f"{page.url}?line={middle}")
    expect(page.locator(".cm-lineNumbers").get_by_text(str(middle), exact=True)).to_be_visible()
    ada.editor("main.py").focus()
    session = ada.context.new_cdp_session(page)
    with others(url, cookies, ada.studium.url, [middle - 6, middle + 4, 100]) as counts:
        expect(page.locator(".cm-person-caret")).to_have_count(2)
        page.evaluate(WATCH)
        tasks = traced_tasks(session, lambda: press_keys(page, options.keys))
        frames, keys = page.evaluate("() => { cancelAnimationFrame(watching); return [frames_, keys_]; }")
    gaps = [after - before for before, after in itertools.pairwise(frames)]
    long_tasks = sorted((round(task) for task in tasks if task > LONG_TASK_MS), reverse=True)
    return {
        "key_to_paint_ms": {share: round(percentile(keys, float(share)), 1) for share in ("0.5", "0.95", "0.99")},
        "frame_ms": {share: round(percentile(gaps, float(share)), 1) for share in ("0.5", "0.95", "0.99")},
        "frames_per_second": round(1000 / statistics.fmean(gaps), 1),
        "longest_task_ms": round(max(tasks), 1),
        "tasks_over_50_ms": long_tasks,
        "keys": len(keys),
        "keys_of_others": sum(counts),
        "load_average": round(os.getloadavg()[0], 1),
    }


def press_keys(page: Page, keys: int) -> None:
    for number in range(keys):
        page.keyboard.press("Enter" if number % 50 == 49 else "x")
        page.wait_for_timeout(KEY_SECONDS * 1000)


def cookies_of(context: BrowserContext) -> str:
    return "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in context.cookies())


def main() -> None:
    """Start a Studium of its own, sign four people in, measure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--keys", type=int, default=KEYS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        data, password = Path(folder) / "data", Path(folder) / "password"
        password.write_text(PASSWORD)
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        with running("serve", "--data", str(data), "--port", "0", "--no-browser") as serving:
            people: list[Person] = []
            for name in ("Ada Lovelace", "Bob Kahn", "Grace Hopper", "Vera Rubin"):
                email = f"{name.split()[0].lower()}@example.org"
                admin(data, "account", "add", email, "--name", name, "--password-file", str(password))
                context = browser.new_context(viewport={"width": 1280, "height": 800})
                people.append(Person(name, email, context, context.new_page(), Studium(serving, data)))
                people[-1].sign_in()
            ada, *rest = people
            project_id = ada.new_project("Typing")
            for other in rest:
                share(ada, other)
                other.page.close()
            line = "    total = total + weight[{0}] * value[{0}]  # the sum of products, number {0}\n"
            ada.write(project_id, "main.py", "".join(line.format(number) for number in range(options.lines)))
            ada.open_file(project_id, "main.py")
            url = f"{serving.url.replace('http', 'ws', 1)}/projects/{project_id}/documents/main.py"
            result = measure(ada, url, [cookies_of(other.context) for other in rest], options)
        browser.close()
    print(json.dumps({"machine": f"{platform.machine()}, {os.cpu_count()} cores", "lines": options.lines, **result}))


if __name__ == "__main__":
    main()
