"""Finding in 100,000 files of a project, through its hub and in its rings, beside plain ripgrep in the same run.

``.venv/bin/python benchmarks/find_in_files.py [--files N] [--rounds N]`` prints JSON; ``docs/performance.md`` has it.
Everything is warm: the files were read before.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import aiohttp

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

from studium.client import Client
from studium.compute.project_python import ProjectPython
from studium.project.find.searcher import find_ripgrep
from support.environment import PROJECT_PYTHON
from support.serving import admin, running

FILES = 100_000
A_FOLDER = 100
ROUNDS = 15
LINE = "a line of an ordinary file, as people have them, with some words in it\n"
RARE = 10
"""Files that have the rare word, evenly spread."""

BARS = {"first_result_ms": 300.0, "paths_ms": 50.0}


def fill(home: Path, count: int) -> None:
    for number in range(count):
        folder = home / f"part{number // (A_FOLDER * 100)}" / f"folder{number // A_FOLDER}"
        if number % A_FOLDER == 0:
            folder.mkdir(parents=True, exist_ok=True)
        rare = "needleInHay\n" if number % (count // RARE) == count // RARE - 1 else ""
        (folder / f"moduleFile{number}.py").write_text(LINE * 12 + rare + f"value{number} = {number}\n")


def summary(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    at = min(len(ordered) - 1, int(len(ordered) * 0.95))
    return {
        "p50": round(statistics.median(ordered), 1),
        "p95": round(ordered[at], 1),
        "most": round(ordered[-1], 1),
        "n": len(ordered),
    }


async def search(socket: aiohttp.ClientWebSocketResponse, number: int, text: str) -> tuple[float, float, int]:
    """Milliseconds to the first result and to the end, and how many matches there were."""
    began = time.perf_counter()
    first = 0.0
    await socket.send_str(json.dumps({"type": "find", "id": number, "query": {"text": text}}))
    while True:
        message = json.loads(await socket.receive_str())
        if message["id"] != number:
            continue
        first = first or (time.perf_counter() - began) * 1000
        if message["type"] == "done":
            return first, (time.perf_counter() - began) * 1000, message["matches"]


def plain(ripgrep: Path, home: Path, text: str) -> tuple[float, float]:
    """The same by ripgrep alone, in the home."""
    command = [str(ripgrep), "--no-config", "--no-ignore", "--json", "--ignore-case", "--fixed-strings", text, "./"]
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=home, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        first = (time.perf_counter() - began) * 1000
        for _ in process.stdout:
            pass
    return first, (time.perf_counter() - began) * 1000


async def measure(count: int, rounds: int) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    ripgrep = find_ripgrep(ProjectPython.of(PROJECT_PYTHON, Path("/")))
    assert ripgrep is not None
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="studium-bench-")))
        data, password = folder / "data", folder / "password"
        serving = stack.enter_context(running("serve", "--data", str(data), "--port", "0", "--no-browser"))
        password.write_text("four short plain words")
        admin(data, "account", "add", "ada@example.org", "--name", "Ada", "--password-file", str(password))
        token = admin(data, "token", "add", "ada@example.org")
        async with Client(serving.url, token) as client, aiohttp.ClientSession() as session:
            project_id = (await client.query({"projects": {"title": "Measured"}}))["project_id"]
            await client.start(project_id)
            home = data / "projects" / project_id / "home"
            fill(home, count)
            headers = {"Authorization": f"Bearer {token}"}
            address = f"{serving.url}/projects/{project_id}/find"
            async with session.ws_connect(address, headers=headers, max_msg_size=0) as socket:
                number = 1
                await search(socket, number, "warm")
                for word in ("needleInHay", "ordinary"):
                    ours: list[tuple[float, float, int]] = []
                    theirs: list[tuple[float, float]] = []
                    for _ in range(rounds):
                        number += 1
                        ours.append(await search(socket, number, word))
                        theirs.append(await asyncio.to_thread(plain, ripgrep, home, word))
                    kind = "rare" if word == "needleInHay" else "everywhere"
                    figures[kind] = {
                        "studium_first_result_ms": summary([first for first, _, _ in ours]),
                        "studium_end_ms": summary([end for _, end, _ in ours]),
                        "matches": ours[-1][2],
                        "ripgrep_first_line_ms": summary([first for first, _ in theirs]),
                        "ripgrep_end_ms": summary([end for _, end in theirs]),
                    }
            began = time.perf_counter()
            times: list[float] = []
            known: float | None = None
            letters = ["m", "mo", "mof", "mof9", "mof99", "modulefile5000", "part3 42", "f1", "xyz", "e"]
            for text in letters * 5:
                at = time.perf_counter()
                async with session.get(f"{address}/paths", params={"text": text}, headers=headers) as answer:
                    found = await answer.json()
                if found["complete"]:
                    times.append((time.perf_counter() - at) * 1000)
                    known = known or time.perf_counter() - began
            figures["paths"] = {
                "known": found["known"],
                "all_known_seconds": round(known or 0, 2),
                "ms": summary(times),
            }
    return figures


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--files", type=int, default=FILES)
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    given = arguments.parse_args()
    count = given.files
    figures = asyncio.run(measure(count, given.rounds))
    first = max(figures[kind]["studium_first_result_ms"]["p95"] for kind in ("rare", "everywhere"))
    kept = {
        "first_result_ms": first <= BARS["first_result_ms"],
        "paths_ms": figures["paths"]["ms"]["p95"] <= BARS["paths_ms"],
    }
    print(
        json.dumps(
            {
                "files": count,
                **figures,
                "bars": {name: {"most": most, "kept": kept[name]} for name, most in BARS.items()},
                "machine": {"processors": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()},
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
