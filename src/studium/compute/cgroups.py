"""Control groups of projects, version 2 or 1, whichever this machine gives us.

Each project has a group for its inner ring, limited in memory, processes and CPU time. The project's user may move its
own processes into that group and change nothing else: it owns only the file ``cgroup.procs``.

Version 2 (``BASE/studium/PROJECT/{outer,inner}``): the launcher joins ``outer``; moving from there to ``inner`` needs
the right to write the parent's ``cgroup.procs`` too, which is harmless, as a parent with controllers takes no process.
Version 1 (``CONTROLLER/studium/PROJECT`` for each controller): the outer ring stays where the driver is.
"""

import asyncio
import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from studium.compute.driver import Limits

CONTROLLERS = ("memory", "pids", "cpu")
NAME = "studium"
HOST_LEAF = "studium-host"  # where a delegated group's own processes go, so that its controllers can be handed down
CPU_PERIOD_MICROSECONDS = 100_000
REMOVE_WITHIN_SECONDS = 2.0


@dataclass(frozen=True)
class CgroupSupport:
    """What can be limited here. ``bases`` maps a controller to the folder below which groups may be made.

    With version 2 all controllers share one folder. ``delegated``: that folder is our own group, handed to us.
    """

    version: int | None
    bases: dict[str, Path]
    delegated: bool = False

    @property
    def complete(self) -> bool:
        """Whether memory and the number of processes can be limited."""
        return "memory" in self.bases and "pids" in self.bases


@dataclass(frozen=True)
class ProjectCgroups:
    """The groups of one project. ``inner``: name to folder, to be shown in the outer ring. ``join``: files that the
    launcher writes itself into. ``folders``: everything to remove at the end, children first."""

    inner: dict[str, Path]
    join: list[Path]
    folders: list[Path]


def detect(mounts: str | None = None, own: str | None = None) -> CgroupSupport:
    """Find what is mounted and writable. ``mounts`` and ``own``: contents of ``/proc/self/{mountinfo,cgroup}``."""
    mounts = Path("/proc/self/mountinfo").read_text() if mounts is None else mounts
    own = Path("/proc/self/cgroup").read_text() if own is None else own
    version_1: dict[str, Path] = {}
    unified: Path | None = None
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.partition(" ")
        place = Path(left.split()[4])
        if kind == "cgroup2":
            unified = place
        elif kind == "cgroup":
            for name in set(options.rpartition(" ")[2].split(",")) & set(CONTROLLERS):
                version_1[name] = place
    if unified is not None:
        base, delegated = _version_2_base(unified, own)
        if base is not None:
            names = set((base / "cgroup.controllers").read_text().split()) & set(CONTROLLERS)
            if "memory" in names:
                return CgroupSupport(2, dict.fromkeys(sorted(names), base), delegated)
    writable = {name: place for name, place in sorted(version_1.items()) if os.access(place, os.W_OK)}
    return CgroupSupport(1 if writable else None, writable)


def _version_2_base(unified: Path, own: str) -> tuple[Path | None, bool]:
    """Our own group where a service manager handed it to us, else the top where we may write there."""
    path = next((line[3:] for line in own.splitlines() if line.startswith("0::")), "/")
    group = unified / path.lstrip("/")
    if group.name == HOST_LEAF:
        group = group.parent
    if _handed_over(group) and os.access(group, os.W_OK):
        return group, True
    return (unified, False) if os.access(unified, os.W_OK) else (None, False)


def _handed_over(group: Path) -> bool:
    for attribute in ("trusted.delegate", "user.delegate"):
        with contextlib.suppress(OSError):
            return os.getxattr(group, attribute) == b"1"
    with contextlib.suppress(OSError):
        return os.geteuid() != 0 and (group / "cgroup.procs").stat().st_uid == os.geteuid()
    return False


def create(support: CgroupSupport, name: str, limits: Limits, uid: int | None) -> ProjectCgroups:
    """Make limited groups called ``name``. ``uid``: who may put processes there; None: we. Blocking."""
    if support.version == 2:
        return _create_version_2(support, name, limits, uid)
    inner: dict[str, Path] = {}
    for controller, base in support.bases.items():
        folder = base / NAME / name
        folder.mkdir(parents=True, exist_ok=True)
        _set_version_1(folder, controller, limits)
        if uid is not None:
            for file in ("cgroup.procs", "tasks"):
                os.chown(folder / file, uid, uid)
        inner[controller] = folder
    return ProjectCgroups(inner, [], list(dict.fromkeys(inner.values())))


def _create_version_2(support: CgroupSupport, name: str, limits: Limits, uid: int | None) -> ProjectCgroups:
    base = support.bases["memory"]
    if support.delegated:
        _vacate(base)
    top = base / NAME / name
    outer, inner = top / "outer", top / "inner"
    outer.mkdir(parents=True, exist_ok=True)
    inner.mkdir(exist_ok=True)
    for parent in (base, base / NAME, top):
        (parent / "cgroup.subtree_control").write_text(" ".join(f"+{controller}" for controller in support.bases))
    (inner / "memory.max").write_text(str(limits.memory_bytes))
    _set_if_there(inner / "memory.swap.max", "0")
    _set_if_there(inner / "pids.max", str(limits.processes))
    _set_if_there(inner / "cpu.max", f"{_quota(limits)} {CPU_PERIOD_MICROSECONDS}")
    if uid is not None:
        for folder in (top, outer, inner):
            os.chown(folder / "cgroup.procs", uid, uid)
    return ProjectCgroups({"unified": inner}, [outer / "cgroup.procs"], [inner, outer, top])


def _vacate(base: Path) -> None:
    """Move the processes of our own group into a leaf: a group with controllers for its children holds none itself."""
    leaf = base / HOST_LEAF
    leaf.mkdir(exist_ok=True)
    for line in (base / "cgroup.procs").read_text().split():
        with contextlib.suppress(ProcessLookupError):
            (leaf / "cgroup.procs").write_text(line)


def _set_version_1(folder: Path, name: str, limits: Limits) -> None:
    if name == "memory":
        # a group that is used again may have more than the new limit; the pair is only accepted in the right order
        _set_if_there(folder / "memory.memsw.limit_in_bytes", "-1")
        (folder / "memory.limit_in_bytes").write_text(str(limits.memory_bytes))
        _set_if_there(folder / "memory.memsw.limit_in_bytes", str(limits.memory_bytes))
    elif name == "pids":
        (folder / "pids.max").write_text(str(limits.processes))
    elif name == "cpu":
        _set_if_there(folder / "cpu.cfs_period_us", str(CPU_PERIOD_MICROSECONDS))
        _set_if_there(folder / "cpu.cfs_quota_us", str(_quota(limits)))


def _quota(limits: Limits) -> int:
    return max(1000, int(limits.cpu_cores * CPU_PERIOD_MICROSECONDS))


def _set_if_there(file: Path, value: str) -> None:
    if file.exists():
        file.write_text(value)


async def remove(folders: list[Path]) -> None:
    """Remove the groups of a project that has ended. A group that still holds a dying process is waited for."""
    deadline = time.monotonic() + REMOVE_WITHIN_SECONDS
    for folder in folders:
        while True:
            try:
                folder.rmdir()
            except FileNotFoundError:
                break
            except OSError:
                if time.monotonic() > deadline:
                    return
                await asyncio.sleep(0.01)  # the kernel tells nobody of a version 1 group that got empty
            else:
                break
