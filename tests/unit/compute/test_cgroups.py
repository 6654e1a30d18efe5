"""Finding and making control groups on folders that look like them; the kernel's own are in the integration tests."""

import os
from pathlib import Path
from uuid import UUID

import pytest

from studium.compute import cgroups
from studium.compute.cgroups import CgroupSupport
from studium.compute.driver import Limits
from studium.compute.limits import InnerLimits

PROJECT = UUID(int=5)
LIMITS = Limits(memory_bytes=1000, cpu_cores=1.5, processes=9)


def mount(place: Path, kind: str, options: str) -> str:
    return f"30 23 0:26 / {place} rw,nosuid shared:4 - {kind} {kind} {options}\n"


def unified(place: Path, controllers: str = "cpuset cpu io memory pids") -> Path:
    place.mkdir(parents=True, exist_ok=True)
    (place / "cgroup.controllers").write_text(controllers)
    (place / "cgroup.procs").write_text("")
    return place


def test_version_2_is_preferred_and_found_by_its_controllers(tmp_path: Path) -> None:
    top = unified(tmp_path / "unified")
    text = mount(tmp_path / "memory", "cgroup", "rw,memory") + mount(top, "cgroup2", "rw")
    support = cgroups.detect(text, "0::/\n")
    assert support.version == 2
    assert support.bases == {"cpu": top, "memory": top, "pids": top}
    assert support.complete


def test_version_1_is_used_where_version_2_has_no_controllers(tmp_path: Path) -> None:
    top = unified(tmp_path / "unified", "")
    (tmp_path / "memory").mkdir()
    (tmp_path / "cpu").mkdir()
    text = (
        mount(top, "cgroup2", "rw")
        + mount(tmp_path / "memory", "cgroup", "rw,memory")
        + mount(tmp_path / "cpu", "cgroup", "rw,cpu,cpuacct")
        + mount(tmp_path / "gone", "cgroup", "rw,pids")
    )
    support = cgroups.detect(text, "4:memory:/x\n0::/\n")
    assert support == CgroupSupport(1, {"memory": tmp_path / "memory", "cpu": tmp_path / "cpu"})
    assert not support.complete


def test_nothing_is_found_where_nothing_is() -> None:
    assert cgroups.detect("", "") == CgroupSupport(None, {})


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: only it may write the attribute that says a group is ours")
def test_a_group_that_the_service_manager_handed_over_is_used(tmp_path: Path) -> None:
    top = unified(tmp_path / "unified")
    own = unified(top / "system.slice" / "studium.service", "memory pids")
    try:
        os.setxattr(own, "trusted.delegate", b"1")
    except OSError:
        pytest.skip("this file system has no trusted attributes")
    for line in ("0::/system.slice/studium.service\n", "0::/system.slice/studium.service/studium-host\n"):
        support = cgroups.detect(mount(top, "cgroup2", "rw"), line)
        assert support == CgroupSupport(2, {"memory": own, "pids": own}, delegated=True)


async def test_version_2_groups_are_made_limited_and_removed(tmp_path: Path) -> None:
    base = unified(tmp_path / "base")
    made = base / "studium" / str(PROJECT)
    for name in ("outer", "inner"):
        unified(made / name)
        for file in ("memory.swap.max", "pids.max", "cpu.max"):
            (made / name / file).touch()
    unified(made)
    support = CgroupSupport(2, dict.fromkeys(("cpu", "memory", "pids"), base))
    groups = cgroups.create(support, str(PROJECT), LIMITS, None)
    assert groups.inner == {"unified": made / "inner"}
    assert groups.join == [made / "outer" / "cgroup.procs"]
    assert (made / "cgroup.subtree_control").read_text() == "+cpu +memory +pids"
    assert (made / "inner" / "memory.max").read_text() == "1000"
    assert (made / "inner" / "pids.max").read_text() == "9"
    assert (made / "inner" / "cpu.max").read_text() == "150000 100000"
    for folder in groups.folders:
        for entry in folder.iterdir():
            if entry.is_file():
                entry.unlink()  # the kernel's vanish with their folder
    await cgroups.remove(groups.folders)
    await cgroups.remove(groups.folders)
    assert not made.exists()


def test_what_the_inner_ring_uses_is_read_from_either_version(tmp_path: Path) -> None:
    one = {"memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n", "memory.usage_in_bytes": "5\n"}
    two = {"memory.events": "low 0\noom 4\noom_kill 3\n", "memory.current": "5\n", "memory.max": "max\n"}
    for folder, files in ((tmp_path / "1" / "memory", one), (tmp_path / "2" / "unified", two)):
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).write_text(text)
        limits = InnerLimits(folder.parent)
        assert limits.memory_kills() == 3
        assert limits.memory_bytes() == 5
        assert limits.memory_limit_bytes() is None
    assert InnerLimits(tmp_path / "nothing").memory_kills() == 0
    assert InnerLimits.from_environment({}) is None
