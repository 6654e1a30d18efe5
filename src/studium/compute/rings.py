"""The two rings of a project as arguments of bubblewrap: what each of them sees, and nothing else.

Both rings are built from an allow list on an empty root. The outer ring holds the project server; it sees the system
read-only, the Python it runs on, the home, the state and the socket's folder. The inner ring is a second bubblewrap
inside the first, entered through a small generated shell script; it sees the system, that Python and the home.

This module is pure: it looks at the file system to find what exists, starts nothing and writes nothing.
"""

# Every /tmp here is the ring's own.
# ruff: noqa: S108

import os
import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from studium.compute.driver import Limits
from studium.compute.project_python import ProjectPython, layer_lines, path_variable

HOME = Path("/home/user")
STATE = Path("/state")
RUN = Path("/run/studium")
SOCKET_NAME = "project.sock"
RING = Path("/run/ring")  # generated files of both rings, read-only, seen by the outer ring only
LIMITS = Path("/run/limits")  # the control groups of the inner ring, seen by the outer ring only
INNER_TEMPORARY = Path("/run/temporary")  # /tmp of the inner ring: users may fill it, and the server's stays free
SERVER_TEMPORARY_BYTES = 64 * 1024**2
USER_NUMBER = 1000  # what a project's user is called inside; outside it is the project's own number
STAGE = Path("/mnt")  # covered by a small tmpfs in the launcher's private mount namespace

SYSTEM_LINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
SYSTEM_FOLDERS = ("/usr", "/opt", "/var/lib/texmf", "/var/cache/fontconfig")
"""``/opt`` is where scientific programs are put by hand; TeX and font caches make LaTeX usable."""

ETC = (
    "ImageMagick-*", "OpenCL", "R", "X11", "alternatives", "bash.bashrc", "bash_completion", "bash_completion.d",
    "ca-certificates", "ca-certificates.conf", "debian_version", "emacs", "fonts", "ghostscript", "glvnd", "gtk-*",
    "host.conf", "inputrc", "ipython", "java*", "julia", "jupyter", "ld.so.cache", "ld.so.conf", "ld.so.conf.d",
    "libblas*", "liblapack*", "locale.alias", "localtime", "lsb-release", "lynx", "magic", "magic.mime", "mailcap",
    "mime.types", "nanorc", "octave*", "openmpi", "os-release", "paperspecs", "papersize", "perl", "pki", "profile.d",
    "protocols", "python*", "rpc", "services", "ssl", "terminfo", "texmf", "timezone", "vim", "vulkan",
    "xdg",
)  # fmt: skip
"""Files of ``/etc`` that programs need and that say nothing of the host's accounts."""

SYSTEM_PROFILE = Path("/etc/profile.system")
"""Where the rings show the host's ``/etc/profile``: it sets PATH anew, so a made one runs it and mends that."""

PRIVATE_VARIABLES = (
    "STUDIUM_PROJECT_ID",
    "STUDIUM_PROJECT_HOME",
    "STUDIUM_PROJECT_STATE",
    "STUDIUM_PROJECT_SOCKET",
    "STUDIUM_PROJECT_PYTHON",
    "STUDIUM_INNER_RING",
    "STUDIUM_INNER_CGROUP",
    "STUDIUM_INNER_TEMPORARY",
    "STUDIUM_MAX_UPLOAD_BYTES",
)


@dataclass(frozen=True)
class Bind:
    """One folder or file of the host and where the outer ring shows it."""

    source: Path
    target: Path
    writable: bool = False


@dataclass(frozen=True)
class PythonPlace:
    """The Python that project servers run on, the folders that must be seen for it to run, and the symbolic links
    outside of them that lead there (path and target)."""

    executable: Path
    folders: tuple[Path, ...]
    links: tuple[tuple[Path, Path], ...] = ()

    @classmethod
    def find(cls, executable: Path, package: Path | None = None) -> "PythonPlace":
        """The interpreter's environment, its base installation, the links between them, and ``package``.

        Virtual environments often lie below a home that only its owner may enter; the launcher shows these folders
        at their own paths, so that scripts and links inside them stay right. A link on the way is made anew, and the
        folder that it lies in, which may be anybody's ``~/.local``, is not shown.
        """
        executable = Path(os.path.abspath(executable))  # noqa: PTH100 - resolve() would leave the environment
        hops = [executable]
        while hops[-1].is_symlink() and len(hops) < 16:
            hops.append(Path(os.path.normpath(hops[-1].parent / hops[-1].readlink())))
        places = [executable.parent.parent, hops[-1].parent.parent, executable.resolve().parent.parent]
        if executable == Path(sys.executable):
            places += [Path(sys.prefix), Path(sys.base_prefix)]
        folders = _uncovered([*filter(_is_prefix, places), *([package] if package is not None else [])])
        links = tuple((hop, target) for hop, target in pairwise(hops) if not _is_shown(hop, folders))
        return cls(executable, tuple(folders), links)


def _is_prefix(folder: Path) -> bool:
    """Whether a Python is installed there, or a virtual environment is."""
    return (folder / "pyvenv.cfg").exists() or any(folder.glob("lib/python3*/os.py"))


def _is_shown(path: Path, folders: Iterable[Path]) -> bool:
    """Whether the system or one of ``folders`` shows ``path``."""
    system = [Path("/usr"), Path("/opt"), *(Path("/") / name for name in SYSTEM_LINKS)]
    return any(path.is_relative_to(shown) for shown in [*system, *folders])


def _uncovered(folders: Iterable[Path]) -> list[Path]:
    """The folders that neither the system nor another of them already shows, each once, parents first."""
    kept: list[Path] = []
    for folder in sorted(set(folders), key=lambda path: (len(path.parts), path)):
        if folder != Path("/") and not _is_shown(folder, kept):
            kept.append(folder)
    return kept


@dataclass(frozen=True)
class RingPlan:
    """Everything that the arguments of both rings depend on.

    ``staged`` says that the launcher runs as root and puts the sources of ``binds`` below ``STAGE`` first, because
    the project's user may not reach them where they are.
    """

    bubblewrap: Path
    python: PythonPlace
    ring_folder: Path
    home: Path
    state: Path
    run: Path
    limits: Limits
    data_folder: Path
    staged: bool
    unshare_cgroup: bool = True
    cgroups: dict[str, Path] = field(default_factory=dict)
    readable: tuple[Path, ...] = ()
    supervisor: Sequence[str] = ()
    seccomp: bool = True
    limit_by_rlimits: bool = False
    environment_place: PythonPlace | None = None
    """The Python that projects compute in; ``python`` is the server's own."""

    def binds(self) -> list[Bind]:
        """What the outer ring sees beside the system, in the order of the mounts."""
        return [
            *(Bind(folder, folder) for folder in _uncovered([*self._pythons(), *self.readable])),
            Bind(self.home, HOME, writable=True),
            Bind(self.state, STATE, writable=True),
            Bind(self.run, RUN, writable=True),
            Bind(self.ring_folder, RING),
            *self._binds_in_data(),
        ]

    def project_python(self) -> ProjectPython | None:
        """The Python that projects compute in, as they see it."""
        return ProjectPython.of(self.environment_place.executable, HOME) if self.environment_place is not None else None

    def _pythons(self) -> list[Path]:
        """The folders of both Pythons, but for what lies in the data folder."""
        environment = self.environment_place.folders if self.environment_place is not None else ()
        return [*self.python.folders, *(path for path in environment if not path.is_relative_to(self.data_folder))]

    def _binds_in_data(self) -> list[Bind]:
        """The environment where it lies in the data folder: shown after that is covered, wherever the data lie."""
        if self.environment_place is None:
            return []
        root = self.environment_place.executable.parent.parent
        return [Bind(root, root)] if root.is_relative_to(self.data_folder) else []

    def staged_path(self, path: Path) -> Path:
        """Where the launcher makes ``path`` reachable for the project's user."""
        if self.staged:
            for number, bind in enumerate(self.binds()):
                if path.is_relative_to(bind.source):
                    return STAGE / str(number) / path.relative_to(bind.source)
        return path

    def environment(self) -> dict[str, str]:
        """The whole environment of the outer ring; the host's is not passed on."""
        return {
            **user_environment(HOME, self.python),
            **project_python_variable(self.project_python()),
            "STUDIUM_PROJECT_HOME": str(HOME),
            "STUDIUM_PROJECT_STATE": str(STATE),
            "STUDIUM_PROJECT_SOCKET": str(RUN / SOCKET_NAME),
            "STUDIUM_INNER_TEMPORARY": str(INNER_TEMPORARY),
            **({"STUDIUM_INNER_CGROUP": str(LIMITS)} if self.cgroups else {}),
        }

    def outer_arguments(self) -> list[str]:
        """Arguments of the outer bubblewrap; the supervisor is its first process."""
        arguments = [
            str(self.staged_path(self.bubblewrap)),
            *_namespaces(self.unshare_cgroup),
            "--as-pid-1",
            "--info-fd", "4",
            *_system(),
            "--proc", "/proc",
            "--dev", "/dev",
            "--perms", "1777", "--size", str(SERVER_TEMPORARY_BYTES), "--tmpfs", "/tmp",
            "--perms", "1777", "--size", str(_temporary_bytes(self.limits)), "--tmpfs", str(INNER_TEMPORARY),
            "--dir", "/var", "--symlink", "../tmp", "/var/tmp",
        ]  # fmt: skip
        late = self._binds_in_data()
        for bind in self.binds()[: -len(late) or None]:
            arguments += self._bind(bind)
        arguments += self._python_links()
        arguments += self._covers()
        for bind in late:
            arguments += self._bind(bind)
        for name, folder in self.cgroups.items():
            arguments += ["--bind", str(folder), str(LIMITS / name)]
        arguments += _etc(self.staged_path(self.ring_folder), Path("/etc/profile"))
        arguments += ["--remount-ro", "/", "--chdir", str(HOME)]
        if self.seccomp:
            arguments += ["--seccomp", "5"]
        return [*arguments, "--", *self.supervisor]

    def _bind(self, bind: Bind) -> list[str]:
        how = "--bind" if bind.writable else "--ro-bind"
        return [how, str(self.staged_path(bind.source)), str(bind.target)]

    def _python_links(self) -> list[str]:
        links = dict([*self.python.links, *(self.environment_place.links if self.environment_place else ())])
        return [word for link, target in links.items() for word in ("--symlink", str(target), str(link))]

    def _covers(self) -> list[str]:
        """Cover the data folder where it lies inside something that is shown."""
        shown = [Path(folder) for folder in SYSTEM_FOLDERS] + self._pythons()
        if any(self.data_folder.is_relative_to(folder) for folder in shown):
            return ["--tmpfs", str(self.data_folder)]
        return []

    def inner_script(self) -> str:
        """The program that runs a command in the inner ring: ``sh SCRIPT COMMAND…``.

        It puts itself under the project's limits first and then becomes the inner bubblewrap, so a command is never
        outside of them. The working folder and the environment of the caller stay; descriptors 8 and 9 are used.
        """
        lines = ["#!/bin/sh", "# Runs a command in the inner ring of a project. Generated at every start."]
        lines += [f"echo $$ > {LIMITS / name / 'cgroup.procs'} || exit 125" for name in self.cgroups]
        lines += limit_lines(self.limits if self.limit_by_rlimits else None)
        opened = [f"exec 8< {RING / 'inner.arguments'} || exit 125"]
        if self.seccomp:
            opened.append(f"exec 9< {RING / 'inner.bpf'} || exit 125")
        enter = f"{shlex.quote(str(self.bubblewrap))} --args 8 -- "
        python = self.project_python()
        lines += opened
        lines += layer_lines(python, python.key() if python is not None else "", enter, opened)
        lines.append(f'exec {enter}"$@"')
        return "\n".join(lines) + "\n"

    def inner_arguments(self, disable_userns: bool = True) -> list[str]:
        """Arguments of the inner bubblewrap; read from a file, so that a list of processes stays readable."""
        arguments = _namespaces(unshare_cgroup=True)
        if disable_userns:
            arguments += ["--disable-userns"]
        arguments += [
            *_system(),
            "--proc", "/proc",
            "--dev", "/dev",
            "--bind", str(INNER_TEMPORARY), "/tmp",
            "--dir", "/var", "--symlink", "../tmp", "/var/tmp",
        ]  # fmt: skip
        for folder in _uncovered(self._pythons()):
            arguments += ["--ro-bind", str(folder), str(folder)]
        arguments += self._python_links()
        arguments += self._covers()
        for bind in self._binds_in_data():
            arguments += ["--ro-bind", str(bind.target), str(bind.target)]
        arguments += ["--bind", str(HOME), str(HOME)]
        arguments += _etc(RING, SYSTEM_PROFILE)
        arguments += ["--remount-ro", "/"]
        for name in PRIVATE_VARIABLES:
            arguments += ["--unsetenv", name]
        if self.seccomp:
            arguments += ["--seccomp", "9"]
        return arguments


def limit_lines(limits: Limits | None) -> list[str]:
    """Shell lines that set limits of a single process; with ``limits``, also those that stand in for control groups.

    ``RLIMIT_DATA`` counts private writable memory, so programs that only reserve address space still run.
    """
    lines = ["ulimit -c 0"]
    if limits is not None:
        lines += [f"ulimit -d {limits.memory_bytes // 1024}", f"ulimit -p {limits.processes}"]
    return lines


def user_environment(home: Path, python: PythonPlace) -> dict[str, str]:
    """What a project's programs find in the environment. The system's Python comes first; ours where there is none."""
    folders = [home / ".local/bin", Path("/usr/local/bin"), Path("/usr/bin"), Path("/bin")]
    if not Path("/usr/bin/python3").exists():
        folders.append(python.executable.parent)
    return {
        "PATH": ":".join(map(str, folders)),
        "HOME": str(home),
        "USER": "user",
        "LOGNAME": "user",
        "SHELL": "/bin/bash" if Path("/bin/bash").exists() else "/bin/sh",
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
    }


def project_python_variable(python: ProjectPython | None) -> dict[str, str]:
    """What tells project servers which Python projects compute in."""
    return {"STUDIUM_PROJECT_PYTHON": str(python.shared)} if python is not None else {}


def etc_files(nameservers: str, python: ProjectPython | None = None) -> dict[str, str]:
    """The files of ``/etc`` that are made, not shown: no account of the host appears in a project."""
    return {
        "profile": f"[ ! -r {SYSTEM_PROFILE} ] || . {SYSTEM_PROFILE}\n"
        f"PATH={path_variable(HOME, python, ['$PATH'])}\nexport PATH\n",
        "passwd": "root:x:0:0:root:/root:/usr/sbin/nologin\n"
        f"user:x:{USER_NUMBER}:{USER_NUMBER}:user:{HOME}:/bin/bash\n"
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
        "group": f"root:x:0:\nuser:x:{USER_NUMBER}:\nnogroup:x:65534:\n",
        "hosts": "127.0.0.1 localhost project\n::1 localhost ip6-localhost\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
        "resolv.conf": nameservers,
    }


def _namespaces(unshare_cgroup: bool) -> list[str]:
    arguments = ["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts"]
    if unshare_cgroup:
        arguments.append("--unshare-cgroup-try")
    return [*arguments, "--hostname", "project", "--uid", str(USER_NUMBER), "--gid", str(USER_NUMBER)]


def _system() -> list[str]:
    arguments: list[str] = []
    for folder in SYSTEM_FOLDERS:
        if Path(folder).is_dir():
            arguments += ["--ro-bind", folder, folder]
    for name in SYSTEM_LINKS:
        place = Path("/") / name
        if place.is_symlink():
            arguments += ["--symlink", str(place.readlink()), str(place)]
        elif place.is_dir():
            arguments += ["--ro-bind", str(place), str(place)]
    for pattern in ETC:
        for place in sorted(Path("/etc").glob(pattern)):
            arguments += ["--ro-bind-try", str(place), str(place)]
    return arguments


def _etc(ring_folder: Path, system_profile: Path) -> list[str]:
    arguments = ["--ro-bind-try", str(system_profile), str(SYSTEM_PROFILE)]
    for name in etc_files(""):
        arguments += ["--ro-bind", str(ring_folder / name), f"/etc/{name}"]
    return arguments


def _temporary_bytes(limits: Limits) -> int:
    """Room of ``/tmp``, which is memory: a quarter of the project's, so that a full one does not stop its programs."""
    return max(limits.memory_bytes // 4, 16 * 1024**2)
