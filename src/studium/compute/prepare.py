"""From a project and a machine to the launcher's orders: makes the folders and the files of the rings. Blocking."""

from pathlib import Path

import msgspec

from studium.compute import plain, sandbox
from studium.compute.cgroups import ProjectCgroups
from studium.compute.driver import ProjectSpec
from studium.compute.folders import ProjectFolders
from studium.compute.probes import Host
from studium.compute.project_python import ProjectPython
from studium.compute.rings import RING, STATE, PythonPlace, RingPlan
from studium.compute.sandbox import Orders


def prepare_start(
    spec: ProjectSpec,
    host: Host,
    folders: ProjectFolders,
    groups: ProjectCgroups,
    python: PythonPlace,
    module: str,
    environment: Path | None = None,
) -> Orders:
    """What the launcher shall do to start ``spec``. ``environment``: the interpreter that it computes with. Raises
    ``OSError``."""
    uid = spec.uid_number if host.root else None
    folders.make(uid)
    folders.make_run(uid)
    if host.bubblewrap is None:
        return _without_sandbox(spec, host, folders, groups, python, module, environment)
    return _in_sandbox(host.bubblewrap, spec, host, folders, groups, python, module, environment)


def _in_sandbox(
    bubblewrap: Path,
    spec: ProjectSpec,
    host: Host,
    folders: ProjectFolders,
    groups: ProjectCgroups,
    python: PythonPlace,
    module: str,
    environment: Path | None,
) -> Orders:
    own_module = (Path(module).parent,) if module.endswith(".py") else ()
    plan = RingPlan(
        bubblewrap,
        python,
        folders.ring,
        folders.home,
        folders.state,
        folders.run,
        limits=spec.limits,
        data_folder=folders.data,
        staged=host.root,
        unshare_cgroup=host.cgroups.version != 2,
        cgroups=groups.inner,
        readable=(*own_module, bubblewrap.parent),
        supervisor=sandbox.supervisor_command(python, STATE, module),
        seccomp=host.filters is not None,
        limit_by_rlimits=not host.cgroups.complete,
        environment_place=PythonPlace.find(environment) if environment is not None else None,
    )
    arguments = plan.inner_arguments(host.disable_userns)
    sandbox.write_ring_files(folders.ring, plan.inner_script(), arguments, host.filters, plan.project_python())
    return sandbox.sandbox_orders(
        plan, _environment(spec, RING / "enter"), spec.uid_number if host.root else None, groups.join
    )


def _without_sandbox(
    spec: ProjectSpec,
    host: Host,
    folders: ProjectFolders,
    groups: ProjectCgroups,
    python: PythonPlace,
    module: str,
    environment: Path | None,
) -> Orders:
    project_python = ProjectPython.of(environment, folders.home) if environment is not None else None
    script = plain.inner_script(spec.limits, groups.inner, not host.cgroups.complete, project_python)
    sandbox.write_ring_files(folders.ring, script, [], None)
    limits = folders.ring / "limits"
    limits.mkdir()
    for name, folder in groups.inner.items():
        (limits / name).symlink_to(folder)
    variables = plain.environment(folders, python, groups.inner, project_python)
    return Orders(
        arguments=sandbox.supervisor_command(python, folders.state, module),
        environment=variables | _environment(spec, folders.ring / "enter"),
        join=[str(path) for path in groups.join],
        uid=spec.uid_number if host.root else None,
        directory=str(folders.home),
    )


def _environment(spec: ProjectSpec, enter: Path) -> dict[str, str]:
    return {
        "STUDIUM_PROJECT_ID": str(spec.project_id),
        "STUDIUM_INNER_RING": msgspec.json.encode(["/bin/sh", str(enter)]).decode(),
        "STUDIUM_MAX_UPLOAD_BYTES": str(spec.limits.upload_bytes),
    }
