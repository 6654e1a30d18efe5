"""What the project server can know of the inner ring's limits: usage, and whether the kernel killed for memory.

``STUDIUM_INNER_CGROUP`` names a folder that holds one folder for each control group controller (version 1), or one
called ``unified`` (version 2). A process that dies by SIGKILL while ``memory_kills`` grows was ended for memory.
"""

import os
from collections.abc import Mapping
from pathlib import Path


class InnerLimits:
    """Reads the inner ring's control groups. All numbers are bytes or counts; None where the kernel does not say."""

    def __init__(self, folder: Path) -> None:
        unified = folder / "unified"
        self._version_2 = unified.is_dir()
        self._memory = unified if self._version_2 else folder / "memory"
        self._processes = unified if self._version_2 else folder / "pids"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "InnerLimits | None":
        """The limits of the ring we are in; None where this machine has no control groups for us."""
        folder = (os.environ if environment is None else environment).get("STUDIUM_INNER_CGROUP")
        return cls(Path(folder)) if folder else None

    def memory_kills(self) -> int:
        """How many processes the kernel has killed because the inner ring reached its memory limit."""
        name = "memory.events" if self._version_2 else "memory.oom_control"
        for line in _read(self._memory / name).splitlines():
            key, _, value = line.partition(" ")
            if key == "oom_kill":
                return int(value)
        return 0

    def memory_bytes(self) -> int | None:
        """Memory that the inner ring uses now, caches of files included."""
        return _number(self._memory / ("memory.current" if self._version_2 else "memory.usage_in_bytes"))

    def memory_limit_bytes(self) -> int | None:
        """Memory that the inner ring may use."""
        return _number(self._memory / ("memory.max" if self._version_2 else "memory.limit_in_bytes"))

    def processes(self) -> int | None:
        """Processes and threads in the inner ring."""
        return _number(self._processes / "pids.current")

    def process_limit(self) -> int | None:
        """Processes and threads that the inner ring may have."""
        return _number(self._processes / "pids.max")

    def statistics(self) -> dict[str, int | None]:
        """All of it, for the metrics."""
        return {
            "memory_bytes": self.memory_bytes(),
            "memory_limit_bytes": self.memory_limit_bytes(),
            "memory_kills": self.memory_kills(),
            "processes": self.processes(),
            "process_limit": self.process_limit(),
        }


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


def _number(file: Path) -> int | None:
    text = _read(file).strip()
    return int(text) if text.isdigit() else None
