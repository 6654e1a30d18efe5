"""A project server whose terminals are real."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from studium.project.app import ProjectSettings
from support.project import RunningProject, running_project


def _with_prompt(settings: ProjectSettings) -> ProjectSettings:
    """The same prompt whoever runs the tests."""
    (settings.home / ".bash_profile").write_text("PS1='\\w$ '\n")
    (settings.home / "t.term").touch()
    return replace(settings)


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[RunningProject]:
    """A project server in this process, with an empty file of terminals, ``t.term``."""
    async with running_project(tmp_path, _with_prompt) as project:
        yield project
