"""Builds the page into a wheel that is made from a checkout, and puts the lock file of the projects' Python beside it;
an editable install leaves both to `make`."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PageBuildHook(BuildHookInterface[Any]):
    """Runs `npm ci` and the page's build where the page is not built yet."""

    PLUGIN_NAME = "page"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if version == "editable":
            return
        build_data["force_include"]["requirements/environment.txt"] = "studium/environment.txt"
        if (root / "src/studium/static/index.html").exists():
            return
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError("The page is not built and there is no npm to build it: run `make build` first.")
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=root / "web", check=True)
        subprocess.run([npm, "run", "build"], cwd=root / "web", check=True)
