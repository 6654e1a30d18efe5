"""The driver that runs projects as processes of this machine, each in a sandbox of two rings.

Who knows what: a *record* on disk says that a project runs (``records.py``); a lock beside it makes start and stop of
one project happen one at a time, among all drivers over the same data; a descriptor of the sandbox's first process
(pidfd) tells when it ends. So a driver can be replaced at any moment, and none of this is polled.

A start commits in two steps: the supervisor waits for the project's secret, which it gets only when the record is
written. A driver that dies in between leaves a supervisor that ends by itself.
"""

import asyncio
import compileall
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from uuid import UUID
from weakref import WeakValueDictionary

import aiohttp

import studium
from studium.compute import cgroups, egress, probes, records, sandbox, waiting
from studium.compute.cgroups import ProjectCgroups
from studium.compute.copying import copy_tree
from studium.compute.driver import Endpoint, IsolationLevel, IsolationReport, ProjectFailed, ProjectSpec, Step
from studium.compute.folders import ProjectFolders, from_template
from studium.compute.prepare import prepare_start
from studium.compute.project_python import find_interpreter
from studium.compute.records import ProcessIdentity, Record
from studium.compute.rings import PythonPlace
from studium.protocol.ids import ProjectId

START_SECONDS = 20.0
ANSWER_SECONDS = 2.0
ASK_AGAIN_SECONDS = 0.01
LOCK_AGAIN_SECONDS = 0.02


@dataclass(eq=False)
class _Running:
    """A project that runs, as this driver knows it."""

    record: Record
    descriptor: int
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: bool = False
    failure: ProjectFailed | None = None


class LocalDriver:
    """Runs projects below ``data_dir``. Keeps to ``studium.compute.driver.Driver``.

    ``python``: the interpreter of project servers, with Studium in it. ``server_module``: what it runs, a module's name
    or the path of a ``.py`` file. ``bubblewrap``: programs to try instead of those found; an empty list means none.
    ``environments``: folders of the Python that projects compute in; at each start the first that is there is shown.
    """

    def __init__(
        self,
        data_dir: Path,
        python: Path | None = None,
        *,
        server_module: str = "studium.project",
        bubblewrap: Iterable[Path] | None = None,
        start_seconds: float = START_SECONDS,
        environments: Iterable[Path] = (),
    ) -> None:
        self._data = data_dir.absolute()
        package = Path(studium.__file__).parent
        self._python = PythonPlace.find(python or Path(sys.executable), package)
        self._package = package
        self._module = server_module
        self._candidates = list(bubblewrap) if bubblewrap is not None else None
        self._start_seconds = start_seconds
        self._environments = list(environments)
        self._projects: dict[ProjectId, _Running] = {}
        self._locks: WeakValueDictionary[ProjectId, asyncio.Lock] = WeakValueDictionary()
        self._tasks: set[asyncio.Task[None]] = set()
        self._host: asyncio.Task[probes.Host] | None = None
        self._readied: asyncio.Task[None] | None = None
        self._starts = 0
        self._failures = 0
        self._last_start_seconds = 0.0

    # -- what the hub calls ------------------------------------------------------------------------------------------

    async def probe(self) -> IsolationReport:
        """Find out what isolation this machine offers; tried once, then remembered."""
        return (await self._examine()).report

    async def prepare(self, spec: ProjectSpec, template: Path | ProjectId | None = None) -> None:
        """Make the project's folders; fill a new home with a copy of ``template``. Raises ``ProjectFailed``."""
        unwanted = threading.Event()
        fill: Callable[[Path], None] = Path.mkdir
        if isinstance(template, Path):
            fill = from_template(template)
        elif template is not None:
            source = self._folders(template).home
            if source.exists():  # else it was never started, and has no files
                fill = partial(copy_tree, source, stopped=unwanted.is_set)
        async with self._locked(spec.project_id):
            try:
                await asyncio.to_thread(self._folders(spec.project_id).make, self._uid(spec), fill)
            except OSError as error:
                raise ProjectFailed(f"The project's files could not be made ready: {error.strerror}.") from error
            except asyncio.CancelledError:
                unwanted.set()
                raise

    async def start(self, spec: ProjectSpec, step: Step) -> Endpoint:
        """Start the project, or find it running. Raises ``ProjectFailed``."""
        async with self._locked(spec.project_id):
            deadline = time.monotonic() + self._start_seconds
            running = self._find(spec.project_id)
            if running is not None:
                try:
                    await self._wait_ready(running, deadline)
                except ProjectFailed:
                    await self._end(running, 0.0)
                else:
                    return Endpoint(socket_path=Path(running.record.socket))
            began = time.monotonic()
            self._starts += 1
            try:
                running = await self._start(spec, step)
            except BaseException:
                self._failures += 1
                raise
            self._last_start_seconds = time.monotonic() - began
            return Endpoint(socket_path=Path(running.record.socket))

    async def stop(self, project_id: ProjectId, grace_seconds: float = 10.0) -> None:
        """End the project; a stopped one is no error."""
        running = self._find(project_id)
        if running is not None:
            running.stopping = True
        async with self._locked(project_id):
            running = self._find(project_id)
            if running is not None:
                await self._end(running, grace_seconds)

    async def remove(self, project_id: ProjectId) -> None:
        """End the project and remove its files and its state for ever."""
        await self.stop(project_id, 0.0)
        folders = self._folders(project_id)
        async with self._locked(project_id):
            await asyncio.to_thread(folders.remove)
            folders.lock.unlink(missing_ok=True)

    async def running(self) -> dict[ProjectId, Endpoint]:
        """The projects that run now, whoever started them."""
        found = {}
        for file in sorted((self._data / "run").glob("*.json")):
            try:
                project_id = ProjectId(UUID(file.stem))
            except ValueError:
                continue
            running = self._find(project_id)
            if running is not None:
                found[project_id] = Endpoint(socket_path=Path(running.record.socket))
            else:
                await self._clean_stale(project_id)
        return found

    async def wait_ended(self, project_id: ProjectId) -> ProjectFailed:
        """Wait until the project has ended and say why; at once when it does not run."""
        running = self._find(project_id)
        if running is None:
            return ProjectFailed("The project does not run.")
        await running.ended.wait()
        return running.failure or ProjectFailed("The project ended.")

    async def close(self) -> None:
        """Let go of everything; running projects go on."""
        for task in [*self._tasks, self._host, self._readied]:
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await task
        for running in list(self._projects.values()):
            self._forget(running)

    def statistics(self) -> dict[str, float]:
        """Numbers for the metrics page."""
        return {
            "projects_running": len(self._projects),
            "projects_started_total": self._starts,
            "project_starts_failed_total": self._failures,
            "project_last_start_seconds": self._last_start_seconds,
        }

    # -- starting ----------------------------------------------------------------------------------------------------

    async def _start(self, spec: ProjectSpec, step: Step) -> _Running:
        deadline = time.monotonic() + self._start_seconds
        step("preparing the sandbox")
        host = await self._examine()
        await self._ready_host(host)
        folders = self._folders(spec.project_id)
        groups = ProjectCgroups({}, [], [])
        running: _Running | None = None
        try:
            try:
                uid = self._uid(spec)
                groups = await asyncio.to_thread(cgroups.create, host.cgroups, folders.group, spec.limits, uid)
                environment = await asyncio.to_thread(find_interpreter, self._environments)
                orders = await asyncio.to_thread(
                    prepare_start, spec, host, folders, groups, self._python, self._module, environment
                )
            except OSError as error:
                raise ProjectFailed(f"The project's folders could not be made ready: {error}.") from error
            step("starting the sandbox")
            launched = await asyncio.to_thread(sandbox.launch, self._python, orders, folders.log)
            try:
                running = await self._commit(spec, host, folders, groups, launched)
                step("starting the project server")
                with contextlib.suppress(BrokenPipeError):
                    os.write(launched.secret, spec.secret.encode() + b"\n")
            finally:
                os.close(launched.secret)
                os.close(launched.info)
            await self._wait_ready(running, deadline)
        except BaseException:
            if running is not None:
                await self._end(running, 0.0)
            else:
                await cgroups.remove(groups.folders)
                folders.remove_short_run()
            raise
        return running

    async def _commit(
        self,
        spec: ProjectSpec,
        host: probes.Host,
        folders: ProjectFolders,
        groups: ProjectCgroups,
        launched: sandbox.Launched,
    ) -> _Running:
        """Learn which process is the sandbox's first, note it on disk, and watch it."""
        monitor = ProcessIdentity.of(launched.pid)
        pid: int | None = launched.pid
        if host.bubblewrap is not None:
            pid = await waiting.first_process(launched.info)
        supervisor = ProcessIdentity.of(pid) if pid is not None else None
        if monitor is None or supervisor is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(launched.pid, signal.SIGKILL)
            os.waitpid(launched.pid, 0)  # noqa: ASYNC222 - ends at once: it was killed
            log = sandbox.read_tail(folders.log)
            raise ProjectFailed(sandbox.explain_end(sandbox.LAUNCH_FAILED, log), log)
        old = records.read(folders.record)
        record = Record(
            str(spec.project_id),
            max(old.epoch + 1 if old else 0, time.time_ns() // 1_000_000),
            supervisor,
            monitor,
            str(folders.socket),
            [str(folder) for folder in groups.folders],
            sandboxed=host.bubblewrap is not None,
        )
        records.write(folders.record, record)
        running = self._watch(spec.project_id, record)
        if running is None:
            raise ProjectFailed("The project's sandbox ended at once.", sandbox.read_tail(folders.log))
        return running

    async def _wait_ready(self, running: _Running, deadline: float) -> None:
        """Ask the server until it answers. That its socket exists says nothing, so there is no event to wait for."""
        ended = asyncio.create_task(running.ended.wait())
        try:
            connector = aiohttp.UnixConnector(running.record.socket)
            timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
            async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
                while not running.ended.is_set():
                    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                        async with session.get("http://project/healthz") as answer:
                            if answer.status == 200:
                                return
                    if time.monotonic() > deadline:
                        raise self._failure(
                            running, f"The project server did not answer within {self._start_seconds:.0f} s."
                        )
                    await asyncio.wait([ended], timeout=ASK_AGAIN_SECONDS)
            raise running.failure or ProjectFailed("The project ended while it started.")
        finally:
            ended.cancel()

    # -- ending ------------------------------------------------------------------------------------------------------

    async def _end(self, running: _Running, grace_seconds: float) -> None:
        """Ask, wait, kill, clean up. The caller holds the lock."""
        running.stopping = True
        if not running.ended.is_set() and grace_seconds > 0:
            if running.descriptor >= 0:
                records.send_signal(running.descriptor, signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(grace_seconds):
                    await running.ended.wait()
        if not running.ended.is_set():
            if running.descriptor >= 0:
                _kill_all(running)
            await running.ended.wait()
        await self._clean(running.record)

    def _watch(self, project_id: ProjectId, record: Record) -> _Running | None:
        descriptor = record.supervisor.open()
        if descriptor is None:
            return None
        running = _Running(record, descriptor)
        self._projects[project_id] = running
        asyncio.get_running_loop().add_reader(descriptor, self._on_end, project_id, running)
        return running

    def _on_end(self, project_id: ProjectId, running: _Running) -> None:
        self._forget(running)
        task = asyncio.create_task(self._finish(project_id, running))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finish(self, project_id: ProjectId, running: _Running) -> None:
        code = await waiting.reap(running.record.monitor)
        running.failure = self._failure(running, "The project was stopped.")
        if not running.stopping:
            running.failure.message = sandbox.explain_end(code, running.failure.log)
        running.ended.set()
        async with self._locked(project_id):
            await self._clean(running.record)

    async def _clean(self, record: Record) -> None:
        """Remove what an ended project left. The caller holds the lock; a newer start is left alone."""
        folders = self._folders(ProjectId(UUID(record.project_id)))
        if records.read(folders.record) == record:
            await cgroups.remove([Path(folder) for folder in record.cgroups])
            folders.remove_short_run()
            folders.record.unlink(missing_ok=True)

    async def _clean_stale(self, project_id: ProjectId) -> None:
        """Remove what a project left that ended while no driver watched; unless it is being started just now."""
        folders = self._folders(project_id)
        with records.try_lock(folders.lock) as held:
            record = records.read(folders.record)
            if held and record is not None and self._find(project_id) is None:
                await self._clean(record)

    def _forget(self, running: _Running) -> None:
        asyncio.get_running_loop().remove_reader(running.descriptor)
        os.close(running.descriptor)
        running.descriptor = -1
        for project_id, known in list(self._projects.items()):
            if known is running:
                del self._projects[project_id]

    def _find(self, project_id: ProjectId) -> _Running | None:
        """The project if it runs; one that another driver started is watched from now on."""
        known = self._projects.get(project_id)
        if known is not None:
            return known
        record = records.read(self._folders(project_id).record)
        return self._watch(project_id, record) if record is not None else None

    def _failure(self, running: _Running, sentence: str) -> ProjectFailed:
        folders = self._folders(ProjectId(UUID(running.record.project_id)))
        log = sandbox.read_tail(folders.log) or sandbox.read_tail(folders.state / "server.log")
        return ProjectFailed(sentence, log)

    # -- this machine ------------------------------------------------------------------------------------------------

    def _folders(self, project_id: ProjectId) -> ProjectFolders:
        return ProjectFolders(self._data, project_id)

    def _uid(self, spec: ProjectSpec) -> int | None:
        return spec.uid_number if os.geteuid() == 0 else None

    async def _examine(self) -> probes.Host:
        if self._host is None or (self._host.done() and (self._host.cancelled() or self._host.exception())):
            self._host = asyncio.create_task(probes.examine(self._data, self._python, self._candidates))
        return await asyncio.shield(self._host)

    async def _ready_host(self, host: probes.Host) -> None:
        if self._readied is None or (self._readied.done() and self._readied.exception()):
            self._readied = asyncio.create_task(self._set_up_host(host))
        await asyncio.shield(self._readied)

    async def _set_up_host(self, host: probes.Host) -> None:
        """Once for each driver: network rules, and compiled code, which projects cannot write for themselves."""
        if host.root and (trouble := await egress.apply()) and host.report.level is IsolationLevel.FULL:
            raise ProjectFailed(f"The network rules, which keep projects apart, could not be set. {trouble}")
        await asyncio.to_thread(compileall.compile_dir, self._package, quiet=2)

    @contextlib.asynccontextmanager
    async def _locked(self, project_id: ProjectId) -> AsyncIterator[None]:
        """Be the only one, in this process and among all that use this data, who starts or stops this project."""
        lock = self._locks.setdefault(project_id, asyncio.Lock())
        async with lock:
            file = self._folders(project_id).lock
            file.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
            while True:
                with records.try_lock(file) as held:
                    if held:
                        yield
                        return
                await asyncio.sleep(LOCK_AGAIN_SECONDS)


def _kill_all(running: _Running) -> None:
    """The end of a sandbox's first process is the end of all of them; without a sandbox each is killed by itself."""
    if not running.record.sandboxed:
        from studium.compute.supervisor import descendants

        for pid in descendants(running.record.supervisor.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    records.send_signal(running.descriptor, signal.SIGKILL)
