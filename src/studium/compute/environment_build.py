"""Builds the Python environment that projects compute in: ``python environment_build.py LOCK TARGET``.

Used by `make`, before anything is installed, and by ``studium environment install``; so it is a program of its own and
uses the standard library alone. The interpreter that runs it is the one that the environment gets.

The new environment is made beside ``TARGET`` and put in its place when it is whole: whatever goes wrong, the one that
was there stays. The one before is kept as ``TARGET.old`` until the next build, since projects that run go on using it.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

MARK = "studium-environment.json"
"""Written last, so an environment without it is not whole. Holds ``lock``, the SHA-256 of the lock file."""


class BuildFailed(Exception):
    """The environment was not built; the text says why."""


def lock_digest(lock: Path) -> str:
    """What the mark of an environment says that was built from this lock file."""
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def build(lock: Path, target: Path) -> None:
    """Build the environment with every package that ``lock`` names, each checked against its hash.

    Raises ``BuildFailed``; what pip and venv say goes to standard output.
    """
    os.umask(0o022)  # the users of projects read it
    new, old = target.with_name(f"{target.name}.new"), target.with_name(f"{target.name}.old")
    target.parent.mkdir(parents=True, exist_ok=True)
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    python = str(new / "bin" / "python")
    _run([sys.executable, "-m", "venv", str(new)])
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    _run([*pip, "install", "--require-hashes", "--no-compile", "--requirement", str(lock)])
    _show_pandoc(new)
    # Compiled here, since nobody may write there later; with the paths that tracebacks shall name.
    packages = str(next((new / "lib").glob("python3*/site-packages")))
    compile_all = [python, "-m", "compileall", "-q", "-j", "0", "-s", str(new), "-p", str(target), packages]
    subprocess.run(compile_all, check=False, stdout=subprocess.DEVNULL)  # some packages carry files that are no Python
    _move_scripts(new, target)
    version = "{}.{}.{}".format(*sys.version_info[:3])
    (new / MARK).write_text(json.dumps({"lock": lock_digest(lock), "python": version}) + "\n")
    if target.exists():
        target.rename(old)
    new.rename(target)


def _show_pandoc(new: Path) -> None:
    """Let pandoc, which a package brings in a folder of its own, be found where programs are."""
    for pandoc in (new / "lib").glob("python3*/site-packages/pypandoc/files/pandoc"):
        (new / "bin" / "pandoc").symlink_to(os.path.relpath(pandoc, new / "bin"))


def _move_scripts(new: Path, target: Path) -> None:
    """Let the programs of the environment name the place where it will be."""
    for file in [new / "pyvenv.cfg", *(new / "bin").iterdir()]:
        if file.is_file() and not file.is_symlink():
            content = file.read_bytes()
            if b"\0" not in content:
                file.write_bytes(content.replace(os.fsencode(new), os.fsencode(target)))


def _run(command: list[str]) -> None:
    # A person's settings for pip, such as --user, are about other environments; where packages come from is not.
    environment = {
        k: v for k, v in os.environ.items() if k not in {"PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PYTHONPATH"}
    }
    print(f"$ {' '.join(command)}", flush=True)
    code = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT).returncode
    if code:
        raise BuildFailed(f"`{' '.join(command[1:5])} …` failed.")


if __name__ == "__main__":
    try:
        build(Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute())
    except BuildFailed as failure:
        sys.exit(str(failure))
    except OSError as failure:
        sys.exit(f"The environment could not be built: {failure}.")
