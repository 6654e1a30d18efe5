"""The examples of the documentation are run, in order, against a real Studium, and print what the page says."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.serving import running

ROOT = Path(__file__).parents[2]
PAGES = ("reference/api.md", "how-to/script.md")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KEEP = "\n{ export -p; declare -f; } > environment.sh\n"


@dataclass(frozen=True)
class Example:
    """A block to run, the line it begins at, and what it prints, if the page says so."""

    line: int
    language: str
    code: str
    printed: str | None


def examples(text: str) -> Iterator[Example]:
    """Blocks of ``sh`` and ``python``, each with the block of ``text`` that follows it, if any."""
    blocks = list(FENCE.finditer(text))
    for block, after in zip(blocks, [*blocks[1:], None], strict=True):
        if block[1] in ("sh", "python"):
            printed = after[2] if after is not None and after[1] == "text" else None
            yield Example(text.count("\n", 0, block.start()) + 1, block[1], block[2], printed)


def as_pattern(printed: str) -> str:
    """What is printed, with … for anything."""
    return ".*?".join(re.escape(part) for part in printed.strip().split("…"))


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder to run in, with a Studium over ``data``, and its address in ``environment.sh``."""
    folder = tmp_path_factory.mktemp("examples")
    with running("serve", "--data", str(folder / "data"), "--port", "0", "--no-browser") as serving:
        (folder / "environment.sh").write_text(f"export STUDIUM={serving.url}\n")
        yield folder


def run(example: Example, folder: Path) -> str:
    """Run one block with what those before it exported."""
    if example.language == "sh":
        script = f"set -e\n. ./environment.sh\n{example.code}{KEEP}"
    else:
        (folder / "example.py").write_text(example.code)
        script = f'. ./environment.sh\nexec "{sys.executable}" example.py'
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
    )
    assert done.returncode == 0, f"the example at line {example.line}:\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("page", PAGES)
def test_every_example_does_what_the_page_says(folder: Path, page: str) -> None:
    for example in examples((ROOT / "docs" / page).read_text()):
        printed = run(example, folder).strip()
        if example.printed is not None:
            assert re.fullmatch(as_pattern(example.printed), printed, re.DOTALL), (
                f"the example at line {example.line} printed\n{printed}\nand the page says\n{example.printed}"
            )
