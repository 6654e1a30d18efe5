"""The Python that projects compute in, seen from inside real projects, with and without a sandbox."""

import asyncio
import os
import re
import shutil
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from studium.compute import plain
from studium.compute.driver import Limits
from studium.compute.project_python import LAYER, ProjectPython
from studium.compute.rings import HOME
from studium.project.__main__ import command_environment
from support.environment import ENVIRONMENT, PROJECT_PYTHON
from support.sandboxes import local_driver, needs_root, new_spec, started
from support.wheels import make_wheel

MEMORY = Limits(memory_bytes=2 * 1024**3)
MODULE = "def answer():\n    return {answer!r}\n\ndef main():\n    print(answer())\n"
PACKAGE = "mistune"  # one of the shared environment that nothing else needs for its start
Run = Callable[..., Awaitable[tuple[int, str]]]


@dataclass(frozen=True)
class Place:
    """A project's home, as we and as the project see it, and a way to run commands in the project."""

    home: Path
    seen_home: Path
    run: Run

    @property
    def layer(self) -> Path:
        """The layer, as the project sees it."""
        return self.seen_home / LAYER

    async def python(self, code: str) -> str:
        """What Python code prints in the project; an error fails the test."""
        status, output = await self.run(str(self.layer / "bin" / "python"), "-c", code)
        assert status == 0, output
        return output.strip()

    async def pip(self, *words: str) -> str:
        """What pip says in the project."""
        status, output = await self.run(str(self.layer / "bin" / "python"), "-m", "pip", "--no-input", *words)
        assert status == 0, output
        return output


@asynccontextmanager
async def in_sandbox(folder: Path) -> AsyncIterator[Place]:
    """A project in a real sandbox."""
    driver = local_driver(folder / "data", environments=[folder / "absent", ENVIRONMENT])
    spec = new_spec(MEMORY)
    try:
        async with started(driver, spec) as project:
            yield Place(folder / "data" / "projects" / str(spec.project_id) / "home", HOME, project.run)
    finally:
        await driver.close()


@asynccontextmanager
async def without_sandbox(folder: Path) -> AsyncIterator[Place]:
    """A home, and commands behind the script that stands in for the inner ring where there is no sandbox."""
    home = folder / "a home"
    home.mkdir(parents=True)
    python = ProjectPython.of(PROJECT_PYTHON, home)
    script = folder / "enter"
    script.write_text(plain.inner_script(MEMORY, {}, limit_by_rlimits=False, project_python=python))
    environment = command_environment(home, python)

    async def run(*command: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            "/bin/sh", str(script), *command, cwd=home, env=environment, stdout=PIPE, stderr=STDOUT
        )
        output, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, output.decode()

    yield Place(home, home, run)


KINDS = {"sandbox": in_sandbox, "plain": without_sandbox}


@pytest.fixture(params=[pytest.param("sandbox", marks=[pytest.mark.root, needs_root]), "plain"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    async with KINDS[request.param](tmp_path) as place:
        yield place


@pytest.fixture
async def other(request: pytest.FixtureRequest, place: Place, tmp_path: Path) -> AsyncIterator[Place]:
    """Another project of the same kind."""
    kind = in_sandbox if place.seen_home == HOME else without_sandbox
    async with kind(tmp_path / "other") as other:
        yield other


@pytest.fixture
async def sandboxed(tmp_path: Path) -> AsyncIterator[Place]:
    async with in_sandbox(tmp_path) as place:
        yield place


@pytest.mark.root
@needs_root
async def test_both_rings_see_the_environment_and_none_can_write_it(sandboxed: Place) -> None:
    for ring in ("outer", "inner"):
        code = "import numpy; print(numpy.__file__)"
        status, output = await sandboxed.run(str(PROJECT_PYTHON), "-c", code, ring=ring)
        assert (status, output.startswith(str(ENVIRONMENT))) == (0, True), output
        status, output = await sandboxed.run("touch", str(ENVIRONMENT / "new"), ring=ring)
        assert (status, "Read-only file system" in output) == (1, True), output
    assert f"STUDIUM_PROJECT_PYTHON={PROJECT_PYTHON}\n" in (await sandboxed.run("env", ring="outer"))[1]
    assert "STUDIUM_PROJECT_PYTHON" not in (await sandboxed.run("env"))[1]


@pytest.mark.root
@needs_root
async def test_a_login_shell_finds_the_python_of_notebooks(sandboxed: Place) -> None:
    status, output = await sandboxed.run("bash", "-lc", "command -v python python3 pip jupyter")
    layer = sandboxed.layer
    wanted = [layer / "bin/python", layer / "bin/python3", layer / "commands/pip", layer / "commands/jupyter"]
    assert (status, output.split()) == (0, [str(path) for path in wanted])
    status, output = await sandboxed.run("bash", "-lc", "pip --version")
    assert (status, str(ENVIRONMENT) in output) == (0, True), output
    status, output = await sandboxed.run("bash", "-lc", "echo $PATH")
    assert "/usr/bin" in output.split(":")  # what the system's profile says is still there


async def test_pip_installs_lists_and_uninstalls_in_the_project_alone(
    place: Place, other: Place, tmp_path: Path
) -> None:
    wheel = make_wheel(tmp_path / "wheels", "greeting", "1.0", MODULE.format(answer="hello"), command="greet")
    shutil.copy(wheel, place.home)
    await place.run("true")  # makes the layer
    await other.run("true")
    assert "Successfully installed greeting-1.0" in await place.pip("install", "--no-index", f"./{wheel.name}")
    assert await place.python("import greeting; print(greeting.answer())") == "hello"
    assert await place.run(str(place.layer / "bin" / "greet")) == (0, "hello\n")
    listed = await place.pip("list")
    assert re.search(r"^greeting +1\.0$", listed, re.MULTILINE)
    assert re.search(r"^numpy +\d", listed, re.MULTILINE)
    assert "greeting" not in await other.pip("list")
    assert "Successfully uninstalled greeting-1.0" in await place.pip("uninstall", "--yes", "greeting")
    assert (await place.run(str(place.layer / "bin" / "python"), "-c", "import greeting"))[0] == 1


async def test_the_pip_on_the_path_is_that_of_the_project(place: Place, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "wheels", "greeting", "1.0", MODULE.format(answer="hello"), command="greet")
    shutil.copy(wheel, place.home)
    path = ":".join(map(str, ProjectPython.of(PROJECT_PYTHON, place.seen_home).folders()))
    script = f"PATH={path!r}:$PATH; pip install --no-index ./{wheel.name} && greet && pip uninstall --yes greeting"
    status, output = await place.run("sh", "-c", script)
    assert status == 0, output
    assert "\nhello\n" in output


async def test_a_newer_version_of_a_shared_package_comes_first_and_leaves_again(place: Place, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "wheels", PACKAGE, "99.0", MODULE.format(answer="newer"))
    shutil.copy(wheel, place.home)
    await place.run("true")
    shared = f"import {PACKAGE}; print({PACKAGE}.__file__)"
    before = await place.python(shared)
    assert before.startswith(str(ENVIRONMENT))
    said = await place.pip("install", "--no-index", "--upgrade", f"./{wheel.name}")
    assert f"Successfully installed {PACKAGE}-99.0" in said
    assert await place.python(f"import {PACKAGE}; print({PACKAGE}.answer())") == "newer"
    assert re.search(rf"^{PACKAGE} +99\.0$", await place.pip("list"), re.MULTILINE)
    await place.pip("uninstall", "--yes", PACKAGE)
    assert await place.python(shared) == before
    said = await place.pip("uninstall", "--yes", PACKAGE)  # the shared one is not the project's to remove
    assert "outside environment" in said
    assert await place.python(shared) == before


async def test_a_project_may_make_virtual_environments_of_its_own(place: Place, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "wheels", "greeting", "1.0", MODULE.format(answer="hello"))
    shutil.copy(wheel, place.home)
    script = (
        f"'{place.layer}/bin/python' -m venv mine && mine/bin/python -m pip install --no-index ./{wheel.name} && "
        "mine/bin/python -c 'import greeting' && ! mine/bin/python -c 'import numpy'"
    )
    status, output = await place.run("sh", "-c", script)
    assert status == 0, output


async def test_the_layer_is_made_once_and_again_when_it_is_gone(place: Place) -> None:
    config = place.home / LAYER / "pyvenv.cfg"
    assert not config.exists()
    assert await place.run("true") == (0, "")
    assert config.stat().st_uid == place.home.stat().st_uid
    made = config.stat().st_mtime_ns
    assert await place.run("true") == (0, "")
    assert config.stat().st_mtime_ns == made
    shutil.rmtree(place.home / LAYER)
    assert await place.run("true") == (0, "")
    assert config.exists()


async def test_two_commands_at_once_make_one_layer(place: Place) -> None:
    answers = await asyncio.gather(*(place.run("true") for _ in range(4)))
    assert answers == [(0, "")] * 4
    assert await place.python("import numpy; print('well')") == "well"


async def test_what_stands_in_the_way_of_the_layer_is_said_and_commands_run(place: Place) -> None:
    (place.home / ".local").write_text("a file of mine")
    status, output = await place.run("echo", "done")
    assert status == 0
    assert "The project's own Python packages cannot be used now" in output
    assert output.endswith("done\n")
    status, output = await place.run(str(PROJECT_PYTHON), "-c", "import numpy")
    assert status == 0, output


async def test_the_layer_outlives_another_python(place: Place, tmp_path: Path) -> None:
    """What was installed for an older Python stays, is not used, and says so when it is imported."""
    wheel = make_wheel(tmp_path / "wheels", "greeting", "1.0", MODULE.format(answer="hello"), command="greet")
    shutil.copy(wheel, place.home)
    now = f"{sys.version_info.major}.{sys.version_info.minor}"
    await place.run("true")
    await place.pip("install", "--no-index", f"./{wheel.name}")
    layer = place.home / LAYER
    # The layer as another Python would have left it.
    (layer / "lib" / f"python{now}").rename(layer / "lib" / "python3.4")
    config = layer / "pyvenv.cfg"
    config.write_text(re.sub(r"version = .*", "version = 3.4.10", config.read_text()))
    shutil.rmtree(layer / "made")
    status, output = await place.run("true")
    assert status == 0
    assert f"Python is now {now}; it was 3.4" in output
    assert "greeting==1.0" in output
    assert await place.run("true") == (0, "")  # said once
    status, output = await place.run(str(place.layer / "bin" / "python"), "-c", "import greeting")
    assert status == 1
    assert f"It was installed for Python 3.4, and this is Python {now}" in output
    assert await place.python("import numpy; print('well')") == "well"
    assert not (layer / "bin" / "greet").exists()
    assert (layer / "packages-of-python3.4.txt").read_text() == "greeting==1.0\n"
    await place.pip("install", "--no-index", f"./{wheel.name}")
    assert await place.python("import greeting; print(greeting.answer())") == "hello"


async def test_the_layer_costs_no_time_at_the_start_of_python(place: Place) -> None:
    """Fastest of several starts each, in turn, as seen in the project."""
    code = (
        "import subprocess, sys, time\n"
        "best = {}\n"
        "for _ in range(15):\n"
        "    for python in sys.argv[1:]:\n"
        "        began = time.perf_counter()\n"
        "        subprocess.run([python, '-c', 'pass'], check=True)\n"
        "        best[python] = min(best.get(python, 9), time.perf_counter() - began)\n"
        "print(*best.values())\n"
    )
    own = str(place.layer / "bin" / "python")
    status, output = await place.run(own, "-c", code, own, str(PROJECT_PYTHON))
    assert status == 0, output
    layered, shared = map(float, output.split())
    assert layered - shared < 0.010


@pytest.mark.root
@needs_root
async def test_an_environment_in_a_data_folder_that_is_covered_is_seen() -> None:
    """Data below /opt, which rings show, are covered; the environment in them is not."""
    data = Path("/opt") / f"studium-test-{os.getpid()}"
    environment = data / "environment"
    driver = local_driver(data, environments=[environment])
    try:
        shutil.copytree(ENVIRONMENT / "bin", environment / "bin", symlinks=True)
        shutil.copy(ENVIRONMENT / "pyvenv.cfg", environment)
        data.chmod(0o711)
        async with started(driver, new_spec(MEMORY)) as project:
            for ring in ("outer", "inner"):
                python = str(environment / "bin" / "python")
                assert await project.run(python, "-c", "print(1)", ring=ring) == (0, "1\n")
                assert await project.run("ls", str(data), ring=ring) == (0, "environment\n")
    finally:
        await driver.close()
        shutil.rmtree(data, ignore_errors=True)
