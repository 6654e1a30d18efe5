"""Where notebooks are measured: Studium, and JupyterLab with jupyter-collaboration; each over fresh data, with a fresh
browser, and the same interpreter for its kernels.
"""

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar
from urllib.request import Request, urlopen

from notebook_samples import ROOT
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, ViewportSize, expect

from browser.conftest import CHROMIUM, CHROMIUM_ARGUMENTS
from browser.people import Person, Studium, newcomer, share
from support.serving import processes_below, project_server, running

KERNEL_PYTHON = ROOT / ".make" / "environment" / "bin" / "python"
PEERS = ROOT / ".make" / "peers"
PROBE = Path(__file__).with_name("notebook_probe.js").read_text()
KERNEL_ARGUMENTS = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]
VIEW: ViewportSize = {"width": 1280, "height": 800}
SETTLE_MS = 1500
OPEN_MS = 60_000
START_SECONDS = 60.0

_SHUT_DOWN = """address => new Promise((resolve) => {
  const socket = new WebSocket(location.origin.replace("http", "ws") + address);
  socket.onmessage = ({ data }) => {
    const { type, state } = typeof data === "string" ? JSON.parse(data) : {};
    if (type !== "status") return;
    if (state !== "none" && state !== "dead" && state !== "missing") return;
    socket.close();
    resolve();
  };
  socket.onopen = () => socket.send(JSON.stringify({ type: "shut_down" }));
  setTimeout(resolve, 5000);
})"""
Selectors = dict[str, Any]


class Place(ABC):
    """A running server with an empty folder, and somebody's browser."""

    name: str
    selectors: ClassVar[Selectors]
    server: int
    """The process that serves notebooks."""

    context: BrowserContext
    browser: Browser
    python: str
    """The interpreter of its kernels, for a shell there."""

    cold_kernel: str | None = None
    """A kernel for which nothing is prepared, where the one that notebooks have is."""

    @abstractmethod
    def write(self, path: str, text: str) -> None:
        """Put a file into the folder."""

    @abstractmethod
    def go_to_files(self, page: Page) -> None:
        """Load the application with the files in view, and nothing open."""

    @abstractmethod
    def click_open(self, page: Page, path: str) -> None:
        """Open a file as a person does; the last event is ``openedBy`` of the selectors."""

    @abstractmethod
    def shell(self, command: str) -> str:
        """Run a command where kernels run."""

    def page(self) -> Page:
        """A page of the application, with nothing open and the probe in it."""
        return self.page_in(self.context)

    def page_in(self, context: BrowserContext) -> Page:
        """The same in another browser context."""
        page = context.new_page()
        self.go_to_files(page)
        page.evaluate(f"selectors => ({PROBE})(selectors)", self.selectors)
        return page

    def open(self, path: str, text: str) -> Page:
        """A page with this new file open, when all has settled."""
        self.write(path, text)
        page = self.page()
        self.click_open(page, path)
        page.evaluate("() => probe.wait('editor')")
        page.wait_for_timeout(SETTLE_MS)
        return page

    @abstractmethod
    def show_file(self, page: Page, path: str) -> None:
        """Wait until a file is in the list."""

    @abstractmethod
    def wait_warm(self, page: Page) -> None:
        """Wait until the first cell of the notebook that the page shows finds a kernel ready."""

    @abstractmethod
    def other_page(self) -> Page:
        """The page of somebody else, with nothing open."""

    @abstractmethod
    def end_kernel(self, page: Page, path: str) -> None:
        """End the kernel of a notebook, if there is one. The page need not answer any more."""

    @abstractmethod
    def ask_restart_and_run(self, page: Page) -> None:
        """Choose *Restart the kernel and run all cells*, which asks whether one is sure."""

    def confirm_restart(self, page: Page) -> None:
        """Say that one is sure. Its last event is a click."""
        page.get_by_role("dialog").locator("button", has_text=re.compile("^Restart")).click()

    def kill_kernels(self) -> None:
        """End all kernels at once."""
        kill(number for number, words in processes_below(self.server).items() if "ipykernel_launcher" in words)

    def give_up(self, page: Page) -> None:
        """End a page that may not answer any more, and all kernels."""
        self.kill_kernels()
        kill(self.renderers())
        page.close()

    def renderers(self) -> list[int]:
        """The processes of the browser that draw pages."""
        session = self.browser.new_browser_cdp_session()
        told = session.send("SystemInfo.getProcessInfo")["processInfo"]
        session.detach()
        return [each["id"] for each in told if each["type"] == "renderer"]

    def drops_output(self, shown: str) -> bool:
        """Whether what is shown of an output says that most of it is lost."""
        return "data rate exceeded" in shown


class InStudium(Place):
    """Studium as `studium serve` runs it, with a project in its rings."""

    name = "studium"
    selectors: ClassVar[Selectors] = {
        "notebook": ".notebook-scroller",
        "cell": ".cell[data-cell]",
        "active": ".cell.active",
        "output": ".cell-outputs",
        "openedBy": "click",
        "prompt": ".cell-count",
        "rendered": ".cell-rendered",
        "kernel": ".notebook [aria-label^='Kernel ']",
        "kernelAttribute": "aria-label",
        "completions": ".cm-tooltip-autocomplete li",
    }

    python = str(KERNEL_PYTHON)
    cold_kernel = "cold"

    def __init__(self, person: Person, other: Person, browser: Browser) -> None:
        self.person, self.other, self.browser, self.context = person, other, browser, person.context
        self.project_id = person.new_project("Measured")
        share(person, other)
        person.page.close()
        spec = json.dumps(
            {"argv": [str(KERNEL_PYTHON), *KERNEL_ARGUMENTS], "display_name": "Cold", "language": "python"}
        )
        folder = f"~/.local/share/jupyter/kernels/{self.cold_kernel}"
        self.shell(f"mkdir -p {folder}; echo {shlex.quote(spec)} > {folder}/kernel.json")
        self.server = project_server(person.studium.serving, self.project_id)

    def write(self, path: str, text: str) -> None:
        self.person.write(self.project_id, path, text)

    def shell(self, command: str) -> str:
        return self.person.run(self.project_id, command)

    def go_to_files(self, page: Page) -> None:
        forget = f"if (top === self) localStorage.removeItem('studium:workspace:{self.project_id}')"
        page.add_init_script(forget)
        page.goto(f"{self.person.studium.url}/projects/{self.project_id}")
        expect(page.get_by_role("treegrid", name="Files")).to_be_visible()

    def show_file(self, page: Page, path: str) -> None:
        expect(self._row(page, path)).to_be_visible()

    def click_open(self, page: Page, path: str) -> None:
        self._row(page, path).click()

    def wait_warm(self, page: Page) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            below = processes_below(self.person.studium.serving.process.pid).values()
            if sum(any(word.endswith("inside/zygote.py") for word in words[:3]) for words in below) > 1:
                break  # beside the zygote there is a kernel that it has forked
            page.wait_for_timeout(100)
        page.wait_for_timeout(SETTLE_MS)

    def other_page(self) -> Page:
        return self.page_in(self.other.context)

    def end_kernel(self, page: Page, path: str) -> None:
        address = f"/projects/{self.project_id}/kernels/{path}"
        page.evaluate(_SHUT_DOWN, address)

    def ask_restart_and_run(self, page: Page) -> None:
        page.get_by_role("button", name="More for this notebook").click()
        page.get_by_role("menuitem", name="Restart the kernel and run all cells").click()
        expect(page.get_by_role("dialog")).to_be_visible()

    def _row(self, page: Page, path: str) -> Locator:
        return page.get_by_role("treegrid", name="Files").get_by_role("row", name=path)


class InJupyterLab(Place):
    """JupyterLab with jupyter-collaboration."""

    other: BrowserContext | None = None
    name = "jupyterlab"
    selectors: ClassVar[Selectors] = {
        "notebook": ".jp-Notebook",
        "cell": ".jp-Notebook .jp-Cell",
        "active": ".jp-Notebook .jp-Cell.jp-mod-active",
        "output": ".jp-OutputArea-output",
        "openedBy": "dblclick",
        "prompt": ".jp-InputPrompt",
        "rendered": ".jp-MarkdownOutput",
        "kernel": ".jp-NotebookPanel .jp-Notebook-ExecutionIndicator",
        "kernelAttribute": "data-status",
        "completions": ".jp-Completer:not(.lm-mod-hidden) .jp-Completer-item",
    }

    python = str(KERNEL_PYTHON)

    def __init__(self, browser: Browser, address: str, folder: Path, pid: int) -> None:
        self.browser, self.address, self.folder = browser, address, folder
        self.context = browser.new_context(viewport=VIEW)
        self.server = pid

    def write(self, path: str, text: str) -> None:
        (self.folder / path).write_text(text)

    def shell(self, command: str) -> str:
        done = subprocess.run(["bash", "-lc", command], cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout

    def go_to_files(self, page: Page) -> None:
        page.goto(f"{self.address}lab?reset")
        expect(page.locator(".jp-DirListing-item").first).to_be_visible(timeout=OPEN_MS)

    def show_file(self, page: Page, path: str) -> None:
        page.locator("[data-command='filebrowser:refresh']").first.click()
        expect(self._row(page, path)).to_be_visible()

    def click_open(self, page: Page, path: str) -> None:
        self._row(page, path).dblclick()

    def wait_warm(self, page: Page) -> None:
        page.evaluate("() => probe.wait('idle')")
        page.wait_for_timeout(SETTLE_MS)

    def other_page(self) -> Page:
        if self.other is None:
            self.other = self.browser.new_context(viewport=VIEW)
        return self.page_in(self.other)

    def end_kernel(self, page: Page, path: str) -> None:
        with urlopen(f"{self.address}api/sessions") as answer:
            sessions = json.load(answer)
        for session in sessions:
            if path in session["path"]:
                with urlopen(Request(f"{self.address}api/sessions/{session['id']}", method="DELETE")):
                    pass

    def ask_restart_and_run(self, page: Page) -> None:
        page.locator("[data-command='notebook:restart-run-all'] >> visible=true").first.click()
        expect(page.get_by_role("dialog")).to_be_visible()

    def _row(self, page: Page, path: str) -> Locator:
        return page.locator(".jp-DirListing-item", has_text=path)


@contextlib.contextmanager
def studium(browser: Browser) -> Iterator[InStudium]:
    """Start Studium."""
    with tempfile.TemporaryDirectory(prefix="studium-bench-") as folder:
        data = Path(folder) / "data"
        with running("serve", "--data", str(data), "--port", "0", "--no-browser") as serving:
            place = Studium(serving, data)
            ada = newcomer(place, browser.new_context(viewport=VIEW), "Ada Lovelace", "ada@example.org")
            bob = newcomer(place, browser.new_context(viewport=VIEW), "Bob Noyce", "bob@example.org")
            bob.page.close()
            yield InStudium(ada, bob, browser)


@contextlib.contextmanager
def jupyterlab(browser: Browser) -> Iterator[InJupyterLab]:
    """Start JupyterLab."""
    with jupyterlab_server() as (address, folder, pid):
        (folder / "README.txt").write_text("A file to be seen.\n")
        yield InJupyterLab(browser, address, folder, pid)


@contextlib.contextmanager
def jupyterlab_server() -> Iterator[tuple[str, Path, int]]:
    """JupyterLab with its defaults, other than that it asks nobody for a token and no host for news: its address, the
    folder that it shows, and its process."""
    with tempfile.TemporaryDirectory(prefix="studium-bench-") as name:
        folder = Path(name)
        for part in ("work", "home", "config", "data", "runtime"):
            (folder / part).mkdir()
        kernel = folder / "share" / "kernels" / "python3"
        kernel.mkdir(parents=True)
        spec = {
            "argv": [str(KERNEL_PYTHON), *KERNEL_ARGUMENTS],
            "display_name": "Python 3 (ipykernel)",
            "language": "python",
        }
        (kernel / "kernel.json").write_text(json.dumps(spec))
        environment = {
            **os.environ,
            "HOME": str(folder / "home"),
            "JUPYTER_CONFIG_DIR": str(folder / "config"),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
            "JUPYTER_PATH": str(folder / "share"),
        }
        command = [str(PEERS / "bin" / "jupyter-lab"), "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0"]
        command += ["--IdentityProvider.token=", "--ServerApp.password=", "--LabApp.news_url="]
        command += ["--ServerApp.disable_check_xsrf=True"]
        command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(command, cwd=folder / "work", env=environment, stdout=log, stderr=log)
        try:
            yield _address(folder / "runtime", process), folder / "work", process.pid
        finally:
            below = processes_below(process.pid)
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            kill(below)


def kill(processes: Iterable[int]) -> None:
    """End processes that we started, as far as they still run."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def _address(runtime: Path, process: subprocess.Popen[bytes]) -> str:
    """Where it answers, which it notes when it does."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        for note in runtime.glob("jpserver-*.json"):
            with contextlib.suppress(json.JSONDecodeError):
                return str(json.loads(note.read_text())["url"])
        time.sleep(0.05)
    sys.exit("JupyterLab did not start.")


PLACES = {"studium": studium, "jupyterlab": jupyterlab}


def new_browser(driver: Playwright) -> Browser:
    """Chromium with nothing in its cache."""
    return driver.chromium.launch(executable_path=CHROMIUM, args=[*CHROMIUM_ARGUMENTS, "--enable-precise-memory-info"])
