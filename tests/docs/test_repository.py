"""What must not be in the repository: places of one machine, addresses of one registry, an incomplete lock."""

import re
import subprocess
from pathlib import Path

import complete_npm_lock
import pytest

ROOT = Path(__file__).parents[2]
MACHINE_PATHS = re.compile(r"(?<![\w./~])/(?:work|root/\.(?!bashrc)\w+|home/(?!user\b)\w+)/[\w.]")
# Words for a made-up place in an example, and pictures and fonts.
NOT_TEXT = {".png", ".woff2", ".ico", ".pdf", ".gif", ".jpg", ".bin"}


def files() -> list[Path]:
    """Everything that is committed, or would be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.splitlines()
    if not names:
        pytest.skip("this is no git checkout")
    return [ROOT / name for name in names if (ROOT / name).is_file() and Path(name).suffix not in NOT_TEXT]


def lines_with(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    """File and line of every match."""
    found = []
    for path in paths:
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    return found


def test_no_file_names_a_place_of_one_machine() -> None:
    assert lines_with(MACHINE_PATHS, [path for path in files() if path != Path(__file__)]) == []


def test_no_lock_names_a_registry() -> None:
    locks = [*(ROOT / "requirements").glob("*.txt"), ROOT / "web" / "package-lock.json"]
    assert lines_with(re.compile(r"\"resolved\"|index-url|find-links|registry\.|npmjs|pypi|pythonhosted"), locks) == []


def test_every_python_package_is_locked_with_a_hash() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        entries = re.split(r"\n(?=\S)", lock.read_text().strip())
        assert all("--hash=sha256:" in entry for entry in entries), lock.name


def test_the_lock_of_the_page_is_complete() -> None:
    assert complete_npm_lock.main(check=True) == 0


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    sources = [path for path in files() if path.suffix in {".py", ".ts", ".tsx"} and "generated" not in path.name]
    long = {
        str(path.relative_to(ROOT)): count for path in sources if (count := len(path.read_text().splitlines())) > 800
    }
    assert long == {}
