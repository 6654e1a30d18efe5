"""A project server with a Python, for tests of kernels."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.kernels import with_python
from support.project import RunningProject, running_project


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[RunningProject]:
    """A project server in this process; its kernels are real."""
    async with running_project(tmp_path, with_python) as project:
        yield project
