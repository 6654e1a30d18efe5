"""The Python environment that projects compute in: which one, what is in it, and how it gets there.

It is the one of the setting ``environment``; else the data folder's, which ``studium environment install`` builds; else
the checkout's, which ``make`` builds.
"""

import json
import shutil
import subprocess
from pathlib import Path

import click

import studium
from studium.cli.config import Configuration
from studium.cli.data_directory import DataDirectory
from studium.compute import environment_build
from studium.compute.driver import Finding
from studium.compute.project_python import ProjectPython, find_interpreter
from studium.project.exports.exports import MISSING
from studium.project.find.searcher import PACKAGE as RIPGREP
from studium.project.find.searcher import find_ripgrep, version_of
from studium.protocol.errors import ErrorCode, StudiumError

PACKAGE = Path(studium.__file__).parent
CHECKOUT = PACKAGE.parents[1]
INSTALL = "studium environment install"
SHOWN_IN_DOCTOR = ("ipykernel", "numpy", "scipy", "sympy", "pandas", "matplotlib")
NEEDED = {
    "ipykernel": "notebooks do not run",
    "ipywidgets": "sliders and forms in notebooks do not work",
    "nbconvert": "notebooks are not exported",
    "pip": "%pip install does not work",
}
"""What an environment lacks without these."""
LOG_TAIL_LINES = 25
ASK_SECONDS = 30.0
ASK = (
    "import importlib.metadata as m, json, platform, sys\n"
    "print(json.dumps([platform.python_version(), sorted({(d.name, d.version) for d in m.distributions() if d.name})]))"
)


def environments(configuration: Configuration) -> list[Path]:
    """The folders to look in, best first. Raises ``invalid_value`` where the setting names one that cannot be used."""
    settings = configuration.settings
    if settings.environment:
        folder = Path(settings.environment).expanduser().absolute()
        _check(folder, configuration.values["environment"].origin)
        return [folder]
    found = [DataDirectory(settings.data).path / "environment"]
    if (CHECKOUT / "pyproject.toml").exists():
        found.append(CHECKOUT / ".make" / "environment")
    return found


def _check(folder: Path, origin: str) -> None:
    if not (folder / "bin" / "python").exists():
        raise StudiumError(
            ErrorCode.INVALID_VALUE,
            f"environment is {folder} ({origin}), and there is no bin/python in it. Name the folder of a virtual "
            "environment that has ipykernel.",
            setting="environment",
        )
    if "ipykernel" not in dict(contents(folder)[1]):
        raise StudiumError(
            ErrorCode.INVALID_VALUE,
            f"environment is {folder} ({origin}), and it has no ipykernel, without which notebooks do not run. "
            f"Install it there: {folder / 'bin' / 'python'} -m pip install ipykernel",
            setting="environment",
        )


def contents(folder: Path) -> tuple[str, list[tuple[str, str]]]:
    """The version of Python, and the packages with theirs. Raises ``invalid_value`` where its Python does not run."""
    python = folder / "bin" / "python"
    try:
        asked = subprocess.run(
            [str(python), "-I", "-c", ASK], capture_output=True, text=True, check=True, timeout=ASK_SECONDS
        )
        version, packages = json.loads(asked.stdout)
        return version, [(name, version) for name, version in packages]
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        raise StudiumError(
            ErrorCode.INVALID_VALUE,
            f"The Python of the environment {folder} does not run ({said[-1] if said else 'no answer'}). "
            f"Build it again with `{INSTALL}`, or name another with --environment.",
        ) from None


def finding(configuration: Configuration) -> Finding:
    """One line for ``studium doctor``."""
    subject = "Python for projects"
    try:
        python = find_interpreter(environments(configuration))
        if python is None:
            return Finding(subject, False, "not installed: notebooks do not run", INSTALL)
        version, packages = contents(python.parent.parent)
    except StudiumError as error:
        return Finding(subject, False, error.message, INSTALL)
    folder = python.parent.parent
    known = {name.lower(): version for name, version in packages}
    lacks = [name for name in NEEDED if name not in known]
    if lacks:
        what = ", ".join(f"{name} ({NEEDED[name]})" for name in lacks)
        remedy = INSTALL if _mark(folder) else f"{python} -m pip install {' '.join(lacks)}"
        return Finding(subject, False, f"Python {version} at {folder} lacks {what}", remedy)
    if (mark := _mark(folder)) and lock_file().exists() and mark != environment_build.lock_digest(lock_file()):
        return Finding(
            subject, False, f"Python {version} at {folder} was built for another version of Studium", INSTALL
        )
    there = ", ".join(f"{name} {known[name]}" for name in SHOWN_IN_DOCTOR if name in known)
    return Finding(subject, True, f"Python {version} at {folder}, with {there}")


def pdf_finding() -> Finding:
    """Whether notebooks can be exported as PDF, for ``studium doctor``."""
    found = shutil.which("xelatex")
    detail = f"by {found}" if found else "xelatex is missing; every other format works"
    return Finding("Export as PDF", found is not None, detail, MISSING["xelatex"])


def search_finding(configuration: Configuration) -> Finding:
    """What finds text in files, for ``studium doctor``."""
    subject = "Find in files"
    try:
        shared = find_interpreter(environments(configuration))
    except StudiumError:
        shared = None
    found = find_ripgrep(ProjectPython.of(shared, Path()) if shared is not None else None)
    if found is None:
        detail = "no ripgrep: a slower search of Studium's own is used"
        return Finding(subject, False, detail, f"{INSTALL}, or apt-get install {RIPGREP}")
    return Finding(subject, True, f"by ripgrep {version_of(found)}, {found}")


def _mark(folder: Path) -> str | None:
    """From which list of packages the environment was built; None when somebody else made it."""
    try:
        return str(json.loads((folder / environment_build.MARK).read_text())["lock"])
    except (OSError, ValueError, LookupError, TypeError):
        return None


def show(configuration: Configuration) -> None:
    """Print which environment is used, on standard error, and its packages."""
    python = find_interpreter(environments(configuration))
    if python is None:
        raise StudiumError(ErrorCode.NOT_FOUND, f"There is no Python environment for projects. Run `{INSTALL}`.")
    version, packages = contents(python.parent.parent)
    click.echo(f"Python {version} at {python.parent.parent}", err=True)
    for name, number in packages:
        click.echo(f"{name}\t{number}")


def lock_file() -> Path:
    """The list of packages: in the installed package, or in the checkout."""
    return next(
        (
            file
            for file in (PACKAGE / "environment.txt", CHECKOUT / "requirements" / "environment.txt")
            if file.exists()
        ),
        PACKAGE / "environment.txt",
    )


def install(configuration: Configuration, python: Path) -> None:
    """Build the environment in the data folder."""
    data = DataDirectory(configuration.settings.data)
    data.make()
    target, log = data.path / "environment", data.path / "environment.log"
    click.echo(f"Building the Python environment of projects in {target} …", err=True)
    with log.open("wb") as stream:
        try:
            code = subprocess.run(
                [str(python), environment_build.__file__, str(lock_file()), str(target)],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
            ).returncode
        except OSError as error:
            raise StudiumError(
                ErrorCode.INVALID_VALUE, f"{python} does not run ({error.strerror}). Give another with --python."
            ) from None
    if code:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])
        raise StudiumError(
            ErrorCode.UNAVAILABLE,
            f"The environment was not built, and the one before, if any, is still there.\n{tail}\n"
            f"The whole output is in {log}. Mend what it names and run this again.",
        )
    version, packages = contents(target)
    click.echo(f"Python {version} with {len(packages)} packages. Projects use it from their next start on.", err=True)
