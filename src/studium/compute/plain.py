"""A project without a sandbox: the same processes with the same contract, at their real places.

Used where this machine offers no isolation at all. It keeps the layout (environment variables, inner prefix), so that
the project server needs no second code path, and protects nothing.
"""

import shlex
from pathlib import Path

from studium.compute.driver import Limits
from studium.compute.folders import ProjectFolders
from studium.compute.project_python import ProjectPython, layer_lines
from studium.compute.rings import (
    PRIVATE_VARIABLES,
    PythonPlace,
    limit_lines,
    project_python_variable,
    user_environment,
)


def environment(
    folders: ProjectFolders, python: PythonPlace, cgroups: dict[str, Path], project_python: ProjectPython | None
) -> dict[str, str]:
    """The environment of the supervisor and the project server, with the project's real paths."""
    return {
        **user_environment(folders.home, python),
        **project_python_variable(project_python),
        "STUDIUM_PROJECT_HOME": str(folders.home),
        "STUDIUM_PROJECT_STATE": str(folders.state),
        "STUDIUM_PROJECT_SOCKET": str(folders.socket),
        **({"STUDIUM_INNER_CGROUP": str(folders.ring / "limits")} if cgroups else {}),
    }


def inner_script(
    limits: Limits, cgroups: dict[str, Path], limit_by_rlimits: bool, project_python: ProjectPython | None = None
) -> str:
    """The program that runs a command as user processes run: under the limits, without our variables."""
    lines = ["#!/bin/sh", "# Runs a command of a project without a sandbox. Generated at every start."]
    lines += [f"echo $$ > {shlex.quote(str(folder / 'cgroup.procs'))} || exit 125" for folder in cgroups.values()]
    lines += limit_lines(limits if limit_by_rlimits else None)
    lines += layer_lines(project_python, project_python.key() if project_python is not None else "")
    lines += [f"unset {' '.join(PRIVATE_VARIABLES)}", 'exec "$@"']
    return "\n".join(lines) + "\n"
