"""What the hub asks of any way to run project servers, and the words it asks in.

A driver owns the processes and the folders of projects; it knows nothing of accounts. One conformance test
(``tests/integration/test_driver_conformance.py``) holds every driver to this page:

- ``start`` of a running project answers with the endpoint it has; two at once start it once.
- What a hub started outlives that hub: a new driver over the same data finds it in ``running`` and can stop it.
- ``stop`` lets the project server save, then ends every process of the project; stopping a stopped one is no error.
- ``wait_ended`` returns when a project ends by itself, and says why in a sentence.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from studium.protocol.ids import ProjectId


@dataclass(frozen=True)
class Limits:
    """Bounds of what a project's user processes may take together, and of one upload. Sizes in bytes, CPU in cores."""

    memory_bytes: int = 4 * 1024**3
    cpu_cores: float = 2.0
    processes: int = 512
    upload_bytes: int = 10 * 1024**3


@dataclass(frozen=True)
class ProjectSpec:
    """All that a driver needs to start a project server.

    ``uid_number`` is the project's own numeric user, never used for another. ``secret`` signs identities; it reaches
    the project server on standard input only.
    """

    project_id: ProjectId
    uid_number: int
    secret: str
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Endpoint:
    """Where a project server listens: a Unix socket on this machine, or ``host:port`` elsewhere; exactly one is set."""

    socket_path: Path | None = None
    address: str | None = None


class IsolationLevel(StrEnum):
    """How far projects are kept from each other and from the host, best first."""

    FULL = "full"  # namespaces, a uid for each project, resource limits
    NAMESPACES = "namespaces"  # namespaces, one uid for all
    NONE = "none"  # plain processes: for invited people only


@dataclass(frozen=True)
class Finding:
    """One line of ``studium doctor``: what was probed, whether it is there, what it means, what mends it."""

    subject: str
    ok: bool
    detail: str
    remedy: str | None = None


@dataclass(frozen=True)
class IsolationReport:
    """What was found at start; shown by ``studium doctor``, in the log, and as a banner when it is ``NONE``."""

    level: IsolationLevel
    findings: list[Finding]


class ProjectFailed(Exception):
    """A project did not start, or ended by itself. ``message`` is for people; ``log`` the last lines it wrote."""

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.log = log


Step = Callable[[str], None]
"""Called with a short phrase at each step of a start: "starting the sandbox"."""


class Driver(Protocol):
    """Starts and stops project servers."""

    async def probe(self) -> IsolationReport:
        """Find out what isolation this machine offers. Cheap when asked again."""
        ...

    async def prepare(self, spec: ProjectSpec, template: Path | ProjectId | None = None) -> None:
        """Make the project's folders; fill a new home with a copy of ``template``, a folder of ours or the home of
        another project. Done already: does nothing. Raises ``ProjectFailed``."""
        ...

    async def start(self, spec: ProjectSpec, step: Step) -> Endpoint:
        """Start the project server and return when it answers. Raises ``ProjectFailed``."""
        ...

    async def stop(self, project_id: ProjectId, grace_seconds: float = 10.0) -> None:
        """End the project: ask the server to save and end, then kill what is left."""
        ...

    async def remove(self, project_id: ProjectId) -> None:
        """End the project and remove its files and its state for ever. Done already: does nothing."""
        ...

    async def running(self) -> dict[ProjectId, Endpoint]:
        """The projects that run now, those that an earlier driver started included."""
        ...

    async def wait_ended(self, project_id: ProjectId) -> ProjectFailed:
        """Wait until a running project ends and say why; when somebody stopped it, that."""
        ...

    async def close(self) -> None:
        """Let go of everything; running projects go on."""
        ...
