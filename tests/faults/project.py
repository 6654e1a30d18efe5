"""Where the documents of a fault run are."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote


class CannotRun(Exception):
    """Why this machine cannot run a fault."""


@dataclass
class Project:
    """Documents that are served at ``address``. ``disk`` is the small file system that they live on, if they do."""

    project_id: str
    folder: Path
    address: str
    port: int
    disk: Path | None = None

    def url(self, path: str, port: int | None = None) -> str:
        """Of a document; ``port`` of a proxy."""
        return f"ws://127.0.0.1:{port or self.port}{self.address}/{quote(path)}"

    @property
    def home(self) -> Path:
        """Where files are."""
        return self.folder / "home"

    @property
    def state(self) -> Path:
        """Where the log is."""
        return self.folder / "state"
