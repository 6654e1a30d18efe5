"""The Python that projects compute in: one environment, read-only and shared by all, and a layer in each home.

The layer is a virtual environment whose packages come before those of the shared one, so that `pip install` works for
everybody and concerns one project alone. It holds links and small files, and is made by ``layer.py`` in the inner ring
(where nothing but the home can be written) before the first command, and made anew when the environment is another.
"""

import hashlib
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LAYER = Path(".local/share/studium/python")
"""Where the layer lies in a home."""
PROGRAM = Path(__file__).with_name("layer.py")
NOT_INSTALLED = (
    "There is no Python for projects on this Studium. Ask its administrator to run `studium environment install`, and "
    "start the project again."
)
"""For whoever wants to compute where there is no environment."""


@dataclass(frozen=True)
class ProjectPython:
    """``shared`` is the interpreter of the shared environment, an absolute path that both rings show; ``layer`` the
    folder of the project's own virtual environment, as the project sees it."""

    shared: Path
    layer: Path

    @classmethod
    def of(cls, shared: Path, home: Path) -> "ProjectPython":
        """With the layer at its place in a project's home."""
        return cls(shared, home / LAYER)

    @property
    def executable(self) -> Path:
        """The interpreter that finds the project's own packages too. Run kernels and people's programs with this one,
        behind the prefix of the inner ring, which makes it where it is missing."""
        return self.layer / "bin" / "python"

    def folders(self) -> list[Path]:
        """For PATH: what the project installed, then the programs of the environment, run by the project's Python."""
        return [self.layer / "bin", self.layer / "commands", self.shared.parent]

    def variables(self) -> dict[str, str]:
        """What else programs must be told: where kernels and templates of the shared environment are."""
        return {"JUPYTER_PATH": str(self.shared.parent.parent / "share" / "jupyter")}

    def key(self) -> str:
        """A word that changes with the environment: it was built anew, or programs came or went. Blocking."""
        try:
            changed = self.shared.parent.stat().st_mtime_ns
        except OSError:
            changed = 0
        return hashlib.sha256(f"{self.shared}\0{self.shared.resolve()}\0{changed}".encode()).hexdigest()[:16]

    def make_command(self, key: str) -> list[str]:
        """The command that makes the layer."""
        return [str(self.shared), "-I", str(PROGRAM), str(self.layer), key]

    def made(self, key: str) -> Path:
        """Is there when the layer fits the environment."""
        return self.layer / "made" / key


def layer_lines(python: ProjectPython | None, key: str, prefix: str = "", after: Iterable[str] = ()) -> list[str]:
    """Shell lines that make the layer where it is missing, with ``prefix`` before the command and ``after`` behind it.
    A failure is told on standard error and does not keep the command that follows from running."""
    if python is None:
        return []
    command = f"{prefix}{shlex.join(python.make_command(key))} < /dev/null >&2"
    return [f"if [ ! -e {shlex.quote(str(python.made(key)))} ]; then", command, *after, "fi"]


def path_variable(home: Path, python: ProjectPython | None, system: Iterable[str]) -> str:
    """PATH of what people run: their own programs first, then the environment's, then the system's."""
    own = [home / ".local" / "bin", *(python.folders() if python is not None else [])]
    return ":".join([*map(str, own), *system])


def find_interpreter(environments: Iterable[Path]) -> Path | None:
    """The interpreter of the first environment that is there. Blocking."""
    for folder in environments:
        python = folder.absolute() / "bin" / "python"
        if python.exists():
            return python
    return None
