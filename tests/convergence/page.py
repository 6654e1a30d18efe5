"""The page's own client, in a Node process: ``web/tests/convergence/peer.ts`` answers line by line."""

import atexit
import base64
import functools
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

WEB = Path(__file__).parents[2] / "web"


class PageProcess:
    """All tabs of a program live in it, and one program runs after the other."""

    def __init__(self) -> None:
        self._folder = tempfile.mkdtemp(prefix="studium-convergence-")
        atexit.register(self.close)
        build = [WEB / "node_modules/.bin/vite", "build", "--config", "tests/convergence/vite.config.ts"]
        subprocess.run([*map(str, build), "--outDir", self._folder], cwd=WEB, check=True, stdout=subprocess.DEVNULL)
        self._process = subprocess.Popen(
            ["node", str(Path(self._folder) / "peer.js")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def begin(self, seed: int) -> None:
        """A new program."""
        self.ask({"begin": seed})

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send a request; its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise AssertionError(f"The page's client failed: {answer['error']}")
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        shutil.rmtree(self._folder, ignore_errors=True)


@functools.cache
def page_process() -> PageProcess:
    """The one of this test run."""
    return PageProcess()


class PageClient:
    """A ``DocumentClient`` of the page."""

    speaks_studium = True

    def __init__(self, process: PageProcess, name: str) -> None:
        self._process = process
        self._name = name
        self._send: Callable[[bytes], None] | None = None
        self.text = ""
        self._act("open")

    def connect(self, send: Callable[[bytes], None]) -> None:
        """A connection is open."""
        self._send = send
        self._act("connect")

    def disconnect(self) -> None:
        """It is gone."""
        self._act("disconnect")
        self._send = None

    def receive(self, frame: bytes) -> None:
        """A frame from the server."""
        self._act("receive", frame=base64.b64encode(frame).decode())

    def edit(self, start: int, end: int, text: str) -> None:
        """Replace a range, in code points."""
        self._act("edit", **{"from": _units(self.text[:start]), "to": _units(self.text[:end]), "insert": text})

    def undo(self) -> None:
        """Take back the person's last edit."""
        self._act("undo")

    def redo(self) -> None:
        """Take back the last undo."""
        self._act("redo")

    def save_now(self) -> None:
        """Ask for the file to be written."""
        self._act("save_now")

    def probe(self) -> None:
        """What the socket asks for after a silence."""
        self._act("probe")

    def refused(self, code: str) -> None:
        """The connection was closed for good."""
        self._act("failed", code=code)

    def records(self) -> list[dict[str, Any]]:
        """What the browser would keep."""
        records: list[dict[str, Any]] = self._act("records")["records"]
        return records

    def restore(self, records: list[dict[str, Any]]) -> None:
        """Enter what the browser kept."""
        self._act("restore", records=records)

    def close(self) -> None:
        """The tab is gone."""
        self._act("close")

    def _act(self, act: str, **fields: Any) -> dict[str, Any]:
        answer = self._process.ask({"tab": self._name, "act": act, **fields})
        self.text = answer["text"]
        self.kind: str = answer["kind"]
        self.waiting: int = answer["waiting"]
        self.pending: bool = answer["pending"]
        self.ready: bool = answer["ready"]
        self.writable: bool = answer["writable"]
        self.history: str | None = answer["history"]
        for frame in answer["sent"]:
            if self._send is not None:
                self._send(base64.b64decode(frame))
        return answer


def _units(text: str) -> int:
    """Yjs counts UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2
