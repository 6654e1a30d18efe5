"""The first thing that runs on a fresh machine: finding a Python, or saying what to install."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "find-python"


def fake(folder: Path, name: str, version: str, *, venv: bool = True) -> None:
    """A Python that answers the questions of the script and nothing else."""
    minor = int(version.split(".")[1])
    path = folder / name
    path.write_text(
        f"""#!/bin/sh
case "$2" in
*"< (3, 11)"*) exit {int(minor < 11)} ;;
*ensurepip*) exit {int(not venv)} ;;
*print*) echo {version} ;;
esac
"""
    )
    path.chmod(0o755)


def find(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(SCRIPT)], env={"PATH": str(folder)}, capture_output=True, text=True, check=False
    )


def test_the_newest_is_taken(tmp_path: Path) -> None:
    fake(tmp_path, "python3", "3.11")
    fake(tmp_path, "python3.12", "3.12")
    assert find(tmp_path).stdout.strip() == str(tmp_path / "python3.12")


def test_one_that_cannot_make_environments_is_passed_over(tmp_path: Path) -> None:
    fake(tmp_path, "python3.13", "3.13", venv=False)
    fake(tmp_path, "python3.11", "3.11")
    assert find(tmp_path).stdout.strip() == str(tmp_path / "python3.11")


@pytest.mark.parametrize(
    ("version", "venv", "sentence"),
    [
        ("3.12", False, "run `sudo apt-get install python3.12-venv`"),
        ("3.10", True, "needs Python 3.11 or newer and found 3.10"),
        (None, True, "needs Python 3.11 or newer and found none"),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(
    tmp_path: Path, version: str | None, venv: bool, sentence: str
) -> None:
    if version:
        fake(tmp_path, "python3", version, venv=venv)
    found = find(tmp_path)
    assert found.returncode == 1
    assert found.stdout == ""
    assert sentence in found.stderr
    assert found.stderr.count("\n") == 1


def test_this_machine_has_one() -> None:
    assert subprocess.run([str(SCRIPT)], capture_output=True, check=False).returncode == 0, sys.version
