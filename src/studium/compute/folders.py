"""Where a project's things lie on this machine, who owns them, and how a new home is filled.

``DATA/projects/PROJECT/{home,state}`` belong to the project's user, mode 0700. ``DATA/run/PROJECT`` holds the socket;
``DATA/run/PROJECT.json``, ``.lock``, ``.log`` and ``.ring`` belong to the driver and no project can write them.
"""

import hashlib
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from studium.compute.driver import ProjectFailed
from studium.compute.rings import SOCKET_NAME

SOCKET_PATH_MAXIMUM_BYTES = 107  # the kernel's sockaddr_un


class ProjectFolders:
    """The paths of one project. Methods block; call them in a thread."""

    def __init__(self, data: Path, project_id: UUID) -> None:
        name = str(project_id)
        self.data = data
        self.project = data / "projects" / name
        self.home = self.project / "home"
        self.state = self.project / "state"
        self.record = data / "run" / f"{name}.json"
        self.lock = data / "run" / f"{name}.lock"
        self.log = data / "run" / f"{name}.log"
        self.ring = data / "run" / f"{name}.ring"
        self.run = _run_folder(data, name)
        self.group = f"{name}-{_key(data)[:8]}"  # of control groups, which all Studiums of a machine share
        self.socket = self.run / SOCKET_NAME

    def make(self, uid: int | None, fill: Callable[[Path], None] = Path.mkdir) -> None:
        """Make what is missing, owned by ``uid`` (None: by us). ``fill`` makes the folder of a new home."""
        for parent in (self.project.parent, self.record.parent, self.project):
            parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        if not self.home.exists():
            self._make_home(uid, fill)
        _make_private(self.state, uid)

    def make_run(self, uid: int | None) -> None:
        """Make the socket's folder, without a socket of an earlier run."""
        if self.run.parent != self.record.parent:
            _make_own(self.run.parent)
        _make_private(self.run, uid)
        self.socket.unlink(missing_ok=True)

    def remove_short_run(self) -> None:
        """Remove the socket's folder where it lies outside of the data folder: what ended leaves nothing there."""
        if self.run.parent != self.record.parent:
            shutil.rmtree(self.run, ignore_errors=True)

    def remove(self) -> None:
        """Remove all of it; the lock stays with who holds it."""
        self.remove_short_run()
        for folder in (self.run, self.ring, self.project):
            if folder.exists():
                shutil.rmtree(folder)
        for file in (self.record, self.log):
            file.unlink(missing_ok=True)

    def _make_home(self, uid: int | None, fill: Callable[[Path], None]) -> None:
        """Fill it beside its place and rename, so that a home is there as a whole or not at all."""
        new = self.project / "home.new"
        shutil.rmtree(new, ignore_errors=True)
        fill(new)
        new.chmod(0o700)
        for folder, names, files in os.walk(new):
            if uid is not None:
                for name in [".", *names, *files]:
                    os.chown(os.path.join(folder, name), uid, uid, follow_symlinks=False)  # noqa: PTH118 - likewise
        new.rename(self.home)


def from_template(template: Path) -> Callable[[Path], None]:
    """Fills a home with a copy of a folder of ours."""

    def fill(new: Path) -> None:
        shutil.copytree(template, new, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        for folder, _, _ in os.walk(new):
            os.chmod(folder, 0o755)  # noqa: PTH101, S103 - text, as the walk gives it; the home itself is 0700

    return fill


def _key(folder: Path) -> str:
    """A name without slashes for a folder."""
    return hashlib.sha256(os.fsencode(folder)).hexdigest()


def _run_folder(data: Path, name: str) -> Path:
    """The socket's folder: in the data folder, or, when that path is too long for a socket, at a short fixed place."""
    folder = data / "run" / name
    if len(os.fsencode(folder / SOCKET_NAME)) <= SOCKET_PATH_MAXIMUM_BYTES:
        return folder
    user = os.geteuid()
    base = Path("/run") if os.access("/run", os.W_OK) else Path("/tmp")  # noqa: S108 - checked in _make_own
    return base / f"studium-{user}" / _key(folder)[:16]


def _make_own(folder: Path) -> None:
    """Make a folder in a place that others can write, and refuse one that somebody else made first."""
    folder.mkdir(mode=0o711, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise ProjectFailed(f"{folder} belongs to somebody else. Remove it, or use a shorter data folder.")


def _make_private(folder: Path, uid: int | None) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if uid is not None and folder.stat(follow_symlinks=False).st_uid != uid:
        os.chown(folder, uid, uid, follow_symlinks=False)
