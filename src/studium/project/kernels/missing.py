"""What to do about a kernel that a notebook asks for and the project does not have."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

MAX_NAME: Final = 100
"""Characters of a kernel's name that are shown: a notebook may say anything."""


@dataclass(frozen=True)
class _Way:
    """Commands for the whole machine, by its administrator, and for one project, by anybody in it."""

    machine: str = ""
    project: str = ""


_GAP: Final = _Way(project="pip install passagemath-gap-pkg-jupyterkernel")
_R: Final = _Way(machine="apt-get install r-cran-irkernel")
_WAYS: Final = {
    "bash": _Way(project="pip install bash_kernel && python -m bash_kernel.install"),
    "gap": _GAP,
    "gap-4": _GAP,
    "ir": _R,
    "octave": _Way(machine="apt-get install octave", project="pip install octave_kernel"),
    "r": _R,
    "sagemath": _Way(project="pip install passagemath-standard"),
}
"""By the name of the kernel or of its language, in small letters."""


def how_to_install(name: str, metadata: Mapping[str, Any]) -> str:
    """Sentences for a kernel that is not here; ``metadata`` are the notebook's."""
    kernelspec = metadata.get("kernelspec")
    language = kernelspec.get("language") if isinstance(kernelspec, Mapping) else None
    way = _WAYS.get(name.lower()) or _WAYS.get(str(language).lower()) or _Way()
    said = [f"The kernel {name[:MAX_NAME]} is not installed in this project."]
    if way.machine:
        said.append(f"Ask the administrator of this Studium to run “{way.machine}”.")
    if way.project:
        then = "Then run" if way.machine else "Run"
        said.append(f"{then} “!{way.project}” in a cell of a Python notebook.")
    said.append("Or choose another kernel." if way != _Way() else "Install it, or choose another kernel.")
    return " ".join(said)
