"""What a process of Studium takes of the system."""

import subprocess
import sys

import pytest

SCRIPT = """
import resource
from studium.cli.process import allow_many_files
allow_many_files()
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(("soft", "hard", "limits"), [(256, 2000, "2000 2000"), (2000, 2000, "2000 2000")])
def test_it_takes_the_open_files_that_it_may(soft: int, hard: int, limits: str) -> None:
    """Else a hub would be full with 1,000 pages."""
    shell = f'ulimit -Sn {soft} && ulimit -Hn {hard} && exec "$0" -c "$1"'
    done = subprocess.run(["bash", "-c", shell, sys.executable, SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == limits
