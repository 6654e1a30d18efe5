"""A project with a searcher, once ripgrep and once our own program: both must find the same."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from studium.compute.project_python import ProjectPython
from studium.project.find import searcher
from support.environment import PROJECT_PYTHON
from support.finding import Finder, finder_of, with_python
from support.project import RunningProject, running_project


@pytest.fixture(params=["ripgrep", "own"])
def program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which program searches."""
    kind = str(request.param)
    if kind == "own":
        monkeypatch.setattr(searcher, "find_ripgrep", lambda _python: None)
    else:
        assert searcher.find_ripgrep(ProjectPython.of(PROJECT_PYTHON, Path("/"))) is not None
    return kind


@pytest.fixture
async def project(tmp_path: Path, program: str) -> AsyncIterator[RunningProject]:
    async with running_project(tmp_path, with_python) as project:
        yield project


@pytest.fixture
async def finder(project: RunningProject) -> AsyncIterator[Finder]:
    async with finder_of(project) as finder:
        yield finder
