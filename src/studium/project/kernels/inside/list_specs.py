"""Says which kernels can be started, as JSON: run with the project's own Python, in the inner ring.

Looks where Jupyter looks: the environment of this Python, the home, the system; the first of one name counts. A spec
that says ``python`` means the Python of the folder that it was found in, and is given by its path.
"""

import importlib.util
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

SPECS_MAXIMUM = 200
FILE_MAXIMUM_BYTES = 256 * 1024
PYTHONS = ("python", "python3", f"python{sys.version_info[0]}.{sys.version_info[1]}")


def folders() -> list[tuple[Path, str | None]]:
    """Folders that hold kernels, and the Python that ``python`` means in their specs."""
    environment = Path(sys.prefix) / "share" / "jupyter" / "kernels"
    found: list[tuple[Path, str | None]] = [(environment, sys.executable)]
    path = os.environ.get("JUPYTER_PATH", "").split(os.pathsep)
    found += [(Path(folder) / "kernels", sys.executable) for folder in path if folder]
    home = Path(os.environ.get("JUPYTER_DATA_DIR") or Path.home() / ".local" / "share" / "jupyter")
    found.append((home / "kernels", sys.executable))
    # Environments that people make in their home bring kernels of their own, and their own Python.
    for mark in sorted([*Path.home().glob("*/pyvenv.cfg"), *Path.home().glob(".venvs/*/pyvenv.cfg")])[:50]:
        own = mark.parent / "bin" / "python"
        found.append((mark.parent / "share" / "jupyter" / "kernels", str(own)))
    for prefix in ("/usr/local", "/usr", *sorted(map(str, Path("/opt").glob("*")))[:100]):
        python = next((str(Path(prefix, "bin", name)) for name in PYTHONS if Path(prefix, "bin", name).exists()), None)
        found.append((Path(prefix) / "share" / "jupyter" / "kernels", python or shutil.which("python3")))
    return found


def read_spec(folder: Path, python: str | None) -> dict[str, Any] | None:
    """The spec in a folder; None when it is none, or when its program is not there."""
    file = folder / "kernel.json"
    if file.stat().st_size > FILE_MAXIMUM_BYTES:
        return None
    spec = json.loads(file.read_text(encoding="utf-8"))
    argv = [str(argument).replace("{resource_dir}", str(folder)) for argument in spec["argv"]]
    wanted = python if argv[0] in PYTHONS else argv[0]
    program = wanted and shutil.which(wanted)
    if not program:
        return None
    return {
        "name": folder.name.lower(),
        "argv": [program, *argv[1:]],
        "display_name": str(spec.get("display_name") or folder.name),
        "language": str(spec.get("language") or ""),
        "environment": {str(name): str(value) for name, value in (spec.get("env") or {}).items()},
        "interrupt_mode": str(spec.get("interrupt_mode") or "signal"),
    }


def own_spec() -> dict[str, Any] | None:
    """The kernel of this Python, also where no spec tells of it."""
    if importlib.util.find_spec("ipykernel") is None:
        return None
    return {
        "name": "python3",
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3",
        "language": "python",
        "environment": {},
        "interrupt_mode": "signal",
        "own": True,
    }


def all_specs() -> list[dict[str, Any]]:
    """Every spec, the first of a name."""
    specs: dict[str, dict[str, Any]] = {}
    own = own_spec()
    if own is not None:
        specs[own["name"]] = own
    for folder, python in folders():
        try:
            places = sorted(folder.iterdir())
        except OSError:
            continue
        for place in places[:SPECS_MAXIMUM]:
            try:
                spec = read_spec(place, python)
            except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
                continue
            if spec is not None and len(specs) < SPECS_MAXIMUM:
                specs.setdefault(spec["name"], spec)
    return list(specs.values())


if __name__ == "__main__":
    json.dump(all_specs(), sys.stdout)
