"""Makes a project's layer over the shared Python environment: ``SHARED/bin/python -I layer.py LAYER KEY``.

Runs in the inner ring, by the interpreter of the shared environment. Standard library only, and few imports: the first
command of a project waits for it. The layer is a virtual environment with

- ``bin/`` – the interpreter, and the programs of packages that the project installs,
- ``commands/`` – the shared environment's programs, such as `pip`, run by the layer's interpreter,
- ``lib/python3.X/site-packages/`` – the project's packages, and a file that adds the shared ones behind them,
- ``made/KEY`` – says for which environment all this was written.

What the project installed is never removed. For another version of Python it stays where it is, unused, and importing
it says so.
"""

import fcntl
import os
import site
import sys
import sysconfig
from pathlib import Path

PATH_FILE = "_studium.pth"
UPGRADE_MODULE = "_studium_upgrade"
SHEBANG_MAXIMUM_BYTES = 127

UPGRADE = '''
"""Explains why packages that were installed for an older Python are not found. Made by Studium."""

import os
import sys


class Explain:
    """Asked last, for what nothing else has found."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        for version, folder in OLDER if path is None else ():
            if os.path.isdir(folder) and any(entry.partition(".")[0] == name for entry in os.listdir(folder)):
                now = "{}.{}".format(*sys.version_info[:2])
                raise ModuleNotFoundError(
                    f"No module named {name!r}. It was installed for Python {version}, and this is Python {now}: "
                    "install it again, with %pip install in a notebook or pip install in a terminal.",
                    name=name,
                )
        return None


sys.meta_path.append(Explain)
'''


def make(layer: Path, key: str) -> None:
    """Make the layer fit the environment of the interpreter that runs this. Raises ``OSError``."""
    layer.mkdir(parents=True, exist_ok=True)
    with (layer / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (layer / "made" / key).exists():
            return
        version = "{}.{}".format(*sys.version_info[:2])
        before = _version_before(layer)
        if before is not None and before != version:
            _put_aside(layer, before, version)
        _write_interpreter(layer, version)
        _write_packages(layer, version)
        _write_commands(layer)
        (layer / "made").mkdir(exist_ok=True)
        for old in (layer / "made").iterdir():
            old.unlink()
        (layer / "made" / key).touch()


def _version_before(layer: Path) -> str | None:
    try:
        lines = (layer / "pyvenv.cfg").read_text().splitlines()
    except OSError:
        return None
    return next((line[9:].strip().rpartition(".")[0] for line in lines if line.startswith("version =")), None)


def _packages(layer: Path, version: str) -> Path:
    """The site-packages of one version of Python in the layer, whatever this system calls their folder."""
    here = sysconfig.get_path("purelib", "venv", {"base": str(layer), "platbase": str(layer)})
    return Path(here.replace("python{}.{}".format(*sys.version_info[:2]), f"python{version}"))


def _put_aside(layer: Path, before: str, version: str) -> None:
    """Keep what was installed for another Python out of the way, and say what is to be done."""
    programs, aside = layer / "bin", layer / f"bin-python{before}"
    if programs.exists():
        if aside.exists():
            aside.rename(layer / f"{aside.name}-{os.getpid()}")
        programs.rename(aside)
    names = sorted(
        "==".join(found.name.removesuffix(".dist-info").split("-")[:2])
        for found in _packages(layer, before).glob("*.dist-info")
    )
    if names:
        listed = layer / f"packages-of-python{before}.txt"
        listed.write_text("".join(f"{name}\n" for name in names))
        print(
            f"Python is now {version}; it was {before}. The packages that were installed in this project are for the "
            f"older one: {', '.join(names)}. Install them again with: pip install -r {listed}"
        )


def _write_interpreter(layer: Path, version: str) -> None:
    base = getattr(sys, "_base_executable", sys.executable)
    programs = layer / "bin"
    programs.mkdir(exist_ok=True)
    full = "{}.{}.{}".format(*sys.version_info[:3])
    lines = (f"home = {Path(base).parent}", "include-system-site-packages = false", f"version = {full}")
    _write(layer / "pyvenv.cfg", "".join(f"{line}\n" for line in lines))
    for name, target in (("python", base), ("python3", "python"), (f"python{version}", "python")):
        fresh = programs / f".{name}.new"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(target)
        fresh.replace(programs / name)


def _write_packages(layer: Path, version: str) -> None:
    packages = _packages(layer, version)
    packages.mkdir(parents=True, exist_ok=True)
    lines = [f"import site; site.addsitedir({folder!r})" for folder in site.getsitepackages()]
    older = [
        (folder.parent.name.removeprefix("python"), str(folder))
        for folder in sorted(packages.parents[1].glob("python3.*/site-packages"))
        if folder != packages and any(folder.glob("*.dist-info"))
    ]
    if older:
        _write(packages / f"{UPGRADE_MODULE}.py", f"OLDER = {older!r}\n{UPGRADE}")
        lines.append(f"import {UPGRADE_MODULE}")
    _write(packages / PATH_FILE, "".join(f"{line}\n" for line in lines))


def _write_commands(layer: Path) -> None:
    """Copies of the environment's programs that are written in Python; the others are found where they are."""
    commands = layer / "commands"
    commands.mkdir(exist_ok=True)
    for old in commands.iterdir():
        old.unlink()
    shared = Path(sys.executable).parent
    start = _start_line(layer / "bin" / "python")
    for file in shared.iterdir():
        if not file.is_file() or file.is_symlink():
            continue
        with file.open("rb") as stream:
            if stream.read(2) != b"#!":
                continue
            lines = stream.readlines()
        words = 3 if lines[1:2] and lines[1].startswith(b"'''exec'") else 1  # as pip writes it for a long path
        if os.fsencode(shared) + b"/python" in b"".join(lines[:words]):
            command = commands / file.name
            command.write_bytes(start + b"".join(lines[words:]))
            command.chmod(0o755)


def _start_line(python: Path) -> bytes:
    """A first line that runs a script by ``python``; a path that is too long or has a space goes by the shell."""
    path = os.fsencode(python)
    if len(path) < SHEBANG_MAXIMUM_BYTES and b" " not in path:
        return b"#!" + path + b"\n"
    return b"#!/bin/sh\n'''exec' \"" + path + b'" "$0" "$@"\n\' \'\'\'\n'


def _write(file: Path, text: str) -> None:
    """Write a file as a whole or not at all: other programs of the project may read it now."""
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_text(text)
    fresh.replace(file)


if __name__ == "__main__":
    try:
        make(Path(sys.argv[1]), sys.argv[2])
    except OSError as failure:
        sys.exit(f"The project's own Python packages cannot be used now: {failure}.")
