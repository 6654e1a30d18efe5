"""The kernels that can be started in this project, and which of them a notebook means.

They are read by a program in the inner ring (``inside/list_specs.py``): the files belong to the people of the project.
"""

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from studium.compute.project_python import NOT_INSTALLED, ProjectPython
from studium.project.kernels.inner import InnerRing
from studium.project.kernels.missing import how_to_install
from studium.protocol.kernels import KernelSpec

_log = logging.getLogger(__name__)

SCRIPT: Final = Path(__file__).with_name("inside") / "list_specs.py"
FRESH_SECONDS: Final = 30.0

_MODES: Final = {
    "bash": "shell",
    "c++": "clike",
    "deno": "typescript",
    "javascript": "javascript",
    "julia": "julia",
    "octave": "octave",
    "python": "python",
    "r": "r",
    "scala": "clike",
    "sagemath": "python",
    "typescript": "typescript",
}
"""How the code of a language is coloured, before its kernel says so."""


class Spec(msgspec.Struct, frozen=True):
    """A kernelspec, with absolute paths. ``own``: the kernel of the project's own Python, which a zygote can fork."""

    name: str
    argv: list[str]
    display_name: str
    language: str
    environment: dict[str, str] = {}
    interrupt_mode: str = "signal"
    own: bool = False

    def public(self) -> KernelSpec:
        """What the page is told."""
        return KernelSpec(self.name, self.display_name, self.language, mode_of(self.language))

    @property
    def is_python(self) -> bool:
        """Whether it runs Python by IPython."""
        return self.language.lower() == "python"


class Specs:
    """Looks for kernels, and remembers them for a moment."""

    def __init__(self, inner: InnerRing, python: ProjectPython | None) -> None:
        self._inner = inner
        self._python = python
        self._specs: list[Spec] = []
        self._at = float("-inf")

    async def all(self, *, afresh: bool = False) -> list[Spec]:
        """The kernels that are installed, that of the project's own Python first."""
        if afresh or time.monotonic() - self._at > FRESH_SECONDS:
            said = await self._inner.ask([str(self._inner.python), "-I", str(SCRIPT)])
            try:
                self._specs = msgspec.json.decode(said, type=list[Spec])
            except (msgspec.DecodeError, RecursionError) as error:
                _log.warning("The kernels of the project could not be listed: %s", error)
                self._specs = []
            self._at = time.monotonic()
        return self._specs

    async def find(self, name: str) -> Spec | None:
        """The kernel of this name; looks again before it says that there is none."""
        for afresh in (False, True):
            for spec in await self.all(afresh=afresh):
                if spec.name == name.lower():
                    return spec
        return None

    def how_to_install(self, name: str, metadata: Mapping[str, Any]) -> str:
        """A sentence for a kernel that is not here."""
        if self._python is None and name.lower() == "python3":
            return NOT_INSTALLED
        return how_to_install(name, metadata)


def mode_of(language: str) -> str:
    """The colouring of a language."""
    return _MODES.get(language.lower(), "")


def wanted_name(metadata: Mapping[str, Any]) -> str:
    """The name of the kernel that a notebook asks for; ``python3`` when it says nothing."""
    kernelspec = metadata.get("kernelspec")
    name = kernelspec.get("name") if isinstance(kernelspec, Mapping) else None
    return name if isinstance(name, str) and name else "python3"


def choose(specs: list[Spec], metadata: Mapping[str, Any]) -> Spec | None:
    """The kernel for a notebook: of the name that it asks for; else, for a notebook in Python that was made with an
    environment that is not here, the project's own Python."""
    name = wanted_name(metadata)
    for spec in specs:
        if spec.name == name.lower():
            return spec
    if is_python(metadata):
        return next((spec for spec in specs if spec.own), None)
    return None


def is_python(metadata: Mapping[str, Any]) -> bool:
    """Whether a notebook says that it is in Python 3."""
    kernelspec, info = metadata.get("kernelspec"), metadata.get("language_info")
    if isinstance(info, Mapping) and str(info.get("version", "3")).startswith("2"):
        return False
    if isinstance(info, Mapping) and isinstance(info.get("name"), str):
        return bool(info["name"] == "python")
    return isinstance(kernelspec, Mapping) and kernelspec.get("language") == "python"
