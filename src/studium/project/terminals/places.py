"""Names of files as they are typed in a terminal."""

import os
from pathlib import PurePosixPath

from studium.project.files.home import Home
from studium.project.files.paths import clean_path, shown
from studium.protocol.errors import ErrorCode, StudiumError


def project_path(home: Home, name: str, at: str) -> str:
    """A name that was typed in the directory ``at``, as a project path. Raises ``StudiumError``."""
    absolute = os.path.normpath(PurePosixPath(at, name))
    inside = os.path.relpath(absolute, home.directory)
    if inside == ".." or inside.startswith("../"):
        message = f"{shown(name)} is not in the home of this project. Copy it there first."
        raise StudiumError(ErrorCode.NOT_PERMITTED, message)
    return "" if inside == "." else clean_path(inside)
