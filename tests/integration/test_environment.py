"""The Python environment of projects as an administrator meets it: built, shown, named by a setting, told by doctor."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from studium.compute import environment_build
from support.environment import ENVIRONMENT
from support.serving import STUDIUM
from support.wheels import make_wheel

MODULE = "def answer():\n    return {answer!r}\n\ndef main():\n    print(answer())\n"


def studium(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    command = [*STUDIUM, *arguments]
    env = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=env)


def locked(folder: Path, wheel: Path) -> Path:
    """A lock file with one package, which needs no network."""
    lock = folder / "lock.txt"
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock.write_text(f"greeting @ {wheel.as_uri()} --hash=sha256:{digest}\n")
    return lock


def build(lock: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Build as the set-up and the command do."""
    command = [sys.executable, environment_build.__file__, str(lock), str(target)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_it_is_built_beside_and_put_in_place_when_it_is_whole(tmp_path: Path) -> None:
    lock = locked(tmp_path, make_wheel(tmp_path, "greeting", "1.0", MODULE.format(answer="hello"), command="greet"))
    target = tmp_path / "a place" / "environment"
    done = build(lock, target)
    assert done.returncode == 0, done
    mark = json.loads((target / environment_build.MARK).read_text())
    assert mark["lock"] == environment_build.lock_digest(lock)
    assert subprocess.run([target / "bin" / "greet"], capture_output=True, text=True).stdout == "hello\n"
    # Nobody may write there later, so it is compiled, and tracebacks name files that are there.
    code = "import greeting; print(greeting.__cached__, greeting.answer.__code__.co_filename)"
    ran = subprocess.run([target / "bin" / "python", "-c", code], capture_output=True, text=True, check=True)
    cached, source = (Path(part) for part in ran.stdout.strip().replace(".pyc ", ".pyc\n").splitlines())
    assert (cached.exists(), source.exists()) == (True, True)
    assert source.is_relative_to(target)
    made = cached.stat().st_mtime_ns

    make_wheel(tmp_path, "greeting", "1.0", MODULE.format(answer="forged"))  # not what the lock file says
    failed = build(lock, target)
    assert failed.returncode == 1
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in failed.stdout
    assert failed.stderr.endswith("failed.\n")
    assert cached.stat().st_mtime_ns == made

    lock = locked(tmp_path, make_wheel(tmp_path, "greeting", "1.0", MODULE.format(answer="hello again"), "greet"))
    assert build(lock, target).returncode == 0
    assert subprocess.run([target / "bin" / "greet"], capture_output=True, text=True).stdout == "hello again\n"
    assert (target.parent / "environment.old").is_dir()  # projects that run go on with it


def test_show_prints_the_packages(tmp_path: Path) -> None:
    shown = studium("environment", "show", "--data", str(tmp_path / "data"))
    assert shown.returncode == 0, shown
    assert str(ENVIRONMENT) in shown.stderr
    packages = dict(line.split("\t") for line in shown.stdout.splitlines())
    assert {"ipykernel", "ipywidgets", "anywidget", "numpy", "scipy", "sympy", "pandas", "matplotlib"} <= set(packages)


def test_the_data_folders_own_comes_before_the_checkouts(tmp_path: Path) -> None:
    environment = tmp_path / "data" / "environment"
    environment.parent.mkdir()
    environment.symlink_to(ENVIRONMENT)
    shown = studium("environment", "show", "--data", str(tmp_path / "data"))
    assert f" at {environment}\n" in shown.stderr


def test_doctor_says_which_python_projects_have(tmp_path: Path) -> None:
    said = studium("doctor", "--data", str(tmp_path / "data"), "--port", "0", "--content-port", "0").stdout
    assert "✓ Python for projects" in said
    assert "with ipykernel" in said


def test_doctor_says_what_an_environment_lacks(tmp_path: Path) -> None:
    environment = tmp_path / "data" / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    doctor = ("doctor", "--data", str(tmp_path / "data"), "--port", "0", "--content-port", "0")
    said = studium(*doctor).stdout
    assert "✗ Python for projects" in said
    assert "lacks ipykernel (notebooks do not run)" in said
    assert "nbconvert (notebooks are not exported)" in said
    assert f"→ {environment / 'bin' / 'python'} -m pip install ipykernel ipywidgets nbconvert pip" in said
    (environment / environment_build.MARK).write_text('{"lock": "an older one"}')
    assert "→ studium environment install" in studium(*doctor).stdout


def test_doctor_says_that_an_environment_is_of_another_version(tmp_path: Path) -> None:
    environment = tmp_path / "data" / "environment"
    (environment / "bin").mkdir(parents=True)
    for name in ("lib", "pyvenv.cfg"):
        (environment / name).symlink_to(ENVIRONMENT / name)
    (environment / "bin" / "python").symlink_to((ENVIRONMENT / "bin" / "python").resolve())
    doctor = ("doctor", "--data", str(tmp_path / "data"), "--port", "0", "--content-port", "0")
    assert "✓ Python for projects" in studium(*doctor).stdout
    (environment / environment_build.MARK).write_text('{"lock": "an older one"}')
    assert "was built for another version of Studium" in studium(*doctor).stdout


@pytest.mark.parametrize("path", ["", "/usr/bin:/bin"])
def test_doctor_says_whether_latex_is_here(tmp_path: Path, path: str) -> None:
    """PATH holds a program of this name, or only what the system has."""
    (tmp_path / "xelatex").write_text("#!/bin/sh\n")
    (tmp_path / "xelatex").chmod(0o755)
    said = studium("doctor", "--data", str(tmp_path / "data"), "--port", "0", PATH=path or str(tmp_path)).stdout
    there = path == "" or shutil.which("xelatex", path=path) is not None
    assert f"{'✓' if there else '✗'} Export as PDF" in said


@pytest.mark.parametrize("what", ["absent", "no kernel"])
def test_one_that_cannot_be_used_is_told_before_anything_starts(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "named"
    if what == "no kernel":
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    wanted = "there is no bin/python in it" if what == "absent" else "it has no ipykernel"
    for command in (("serve", "--data", str(tmp_path / "data"), "--port", "0"), ("open", str(tmp_path))):
        done = studium(*command, "--no-browser", STUDIUM_ENVIRONMENT=str(folder))
        assert done.returncode == 1
        assert wanted in done.stderr
        assert "variable STUDIUM_ENVIRONMENT" in done.stderr
        assert "Traceback" not in done.stderr
    assert "✗ Python for projects" in studium("doctor", "--environment", str(folder)).stdout
    assert not (tmp_path / "data").exists()
