"""What the rings show, as far as it can be said without starting one."""

import os
import sys
from pathlib import Path
from typing import Any

import studium
from studium.compute.driver import Limits
from studium.compute.rings import PythonPlace, RingPlan, etc_files, limit_lines, user_environment

PACKAGE = Path(studium.__file__).parent


def plan(tmp_path: Path, python: PythonPlace | None = None, **options: object) -> RingPlan:
    values: dict[str, Any] = {
        "limits": Limits(),
        "data_folder": tmp_path / "data",
        "staged": True,
        "supervisor": ["supervise"],
        **options,
    }
    return RingPlan(
        Path("/usr/bin/bwrap"),
        python or PythonPlace(Path("/usr/bin/python3"), ()),
        tmp_path / "ring",
        tmp_path / "home",
        tmp_path / "state",
        tmp_path / "run",
        **values,
    )


def pairs(arguments: list[str], option: str) -> dict[str, str]:
    """Target to source of every bind of one kind."""
    found = [index for index, word in enumerate(arguments) if word == option]
    return {arguments[index + 2]: arguments[index + 1] for index in found}


def prefix(folder: Path, environment: bool = False) -> Path:
    """A Python's folder, as far as names go; the path of its program."""
    (folder / "bin").mkdir(parents=True)
    if environment:
        (folder / "pyvenv.cfg").touch()
    else:
        (folder / "lib" / "python3.11").mkdir(parents=True)
        (folder / "lib" / "python3.11" / "os.py").touch()
    return folder / "bin" / "python3"


def test_our_own_python_is_shown_with_its_base_and_the_package() -> None:
    place = PythonPlace.find(Path(sys.executable), PACKAGE)
    for needed in (Path(sys.prefix), Path(sys.base_prefix), PACKAGE):
        shown = [Path("/usr"), Path("/opt"), *place.folders]
        assert any(needed.is_relative_to(folder) for folder in shown), needed


def test_links_on_the_way_are_made_anew_and_their_folders_stay_hidden(tmp_path: Path) -> None:
    base = prefix(tmp_path / "store" / "python-3.11")
    base.touch()
    local = tmp_path / "someone" / ".local" / "bin" / "python3"
    local.parent.mkdir(parents=True)
    local.symlink_to(os.path.relpath(base, local.parent))
    environment = prefix(tmp_path / "environment", environment=True)
    environment.symlink_to(local)
    place = PythonPlace.find(environment, tmp_path / "source" / "studium")
    assert place.executable == environment
    assert set(place.folders) == {tmp_path / "environment", base.parent.parent, tmp_path / "source" / "studium"}
    assert place.links == ((local, base),)
    arguments = plan(tmp_path, place).outer_arguments()
    assert str(tmp_path / "someone" / ".local") not in arguments
    assert pairs(arguments, "--symlink")[str(local)] == str(base)


def test_a_system_python_needs_nothing_but_the_system() -> None:
    assert PythonPlace.find(Path("/usr/bin/python3"), Path("/usr/lib/python3/dist-packages/studium")).folders == ()


def test_the_outer_ring_shows_the_fixed_places_and_the_inner_ring_only_the_home(tmp_path: Path) -> None:
    outer = plan(tmp_path).outer_arguments()
    assert pairs(outer, "--bind") == {"/home/user": "/mnt/0", "/state": "/mnt/1", "/run/studium": "/mnt/2"}
    assert pairs(outer, "--ro-bind")["/run/ring"] == "/mnt/3"
    assert outer[outer.index("--") :] == ["--", "supervise"]
    inner = plan(tmp_path).inner_arguments()
    assert pairs(inner, "--bind") == {"/tmp": "/run/temporary", "/home/user": "/home/user"}
    assert "/state" not in inner
    assert "/run/studium" not in inner


def test_without_root_the_sources_stay_where_they_are(tmp_path: Path) -> None:
    outer = plan(tmp_path, staged=False).outer_arguments()
    assert pairs(outer, "--bind")["/home/user"] == str(tmp_path / "home")


def test_data_inside_a_shown_folder_is_covered(tmp_path: Path) -> None:
    hidden = Path("/opt/studium/data")
    for arguments in (
        plan(tmp_path, data_folder=hidden).outer_arguments(),
        plan(tmp_path, data_folder=hidden).inner_arguments(),
    ):
        assert arguments[arguments.index(str(hidden)) - 1] == "--tmpfs"
    assert str(tmp_path / "data") not in plan(tmp_path).outer_arguments()


def test_the_inner_script_joins_the_limits_before_anything_else(tmp_path: Path) -> None:
    script = plan(tmp_path, cgroups={"memory": Path("/c/m"), "pids": Path("/c/p")}).inner_script().splitlines()
    assert script[2:4] == [
        "echo $$ > /run/limits/memory/cgroup.procs || exit 125",
        "echo $$ > /run/limits/pids/cgroup.procs || exit 125",
    ]
    assert script[-1] == 'exec /usr/bin/bwrap --args 8 -- "$@"'


def test_limits_of_single_processes_stand_in_for_control_groups() -> None:
    assert limit_lines(None) == ["ulimit -c 0"]
    assert limit_lines(Limits(memory_bytes=1024**2, processes=7)) == ["ulimit -c 0", "ulimit -d 1024", "ulimit -p 7"]


def test_no_account_of_the_host_appears_inside() -> None:
    files = etc_files("nameserver 192.0.2.1\n")
    assert [line.split(":")[0] for line in files["passwd"].splitlines()] == ["root", "user", "nobody"]
    assert files["resolv.conf"] == "nameserver 192.0.2.1\n"


def test_the_environment_puts_what_users_install_first() -> None:
    environment = user_environment(Path("/home/user"), PythonPlace(Path("/x/bin/python"), ()))
    assert environment["PATH"].startswith("/home/user/.local/bin:/usr/local/bin:")
    assert not [name for name in environment if name.startswith("STUDIUM")]
