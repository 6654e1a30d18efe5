"""``studium serve`` and ``studium hub``: the parts put together into a running whole, and taken apart in order.

Started from below: ports, data folder, database, compute driver, hub, content origin. Stopped from above: the hub stops
answering, projects save and end, then the database. A second signal ends the waiting for saves.
"""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from studium import __version__
from studium.cli.addresses import Listening, listening
from studium.cli.browser import opened
from studium.cli.config import Configuration, Settings
from studium.cli.data_directory import DataDirectory, Running
from studium.cli.environment import environments
from studium.cli.garbage import RareCollections
from studium.cli.process import Interrupted, Stopping, allow_many_files
from studium.compute.driver import Limits
from studium.compute.local import LocalDriver
from studium.compute.project_python import find_interpreter
from studium.http.frame import create_content_app
from studium.http.logs import configure_logging
from studium.http.server import Server
from studium.hub.accounts import new_set_up_token
from studium.hub.app import Hub, HubSettings, create_hub
from studium.hub.database import Database, EmbeddedPostgres
from studium.hub.mail import MailServer
from studium.hub.mail.server import parse_mail_server
from studium.protocol.errors import ErrorCode, StudiumError

STOP_SECONDS = 30.0
"""How long the hub and its projects may take to end before they are ended."""

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def set_up_logging(settings: Settings) -> None:
    """Logs as the settings say, on standard error."""
    json_lines = {"auto": None, "human": False, "json": True}[settings.log_format]
    configure_logging(LEVELS[settings.log_level], json_lines=json_lines)


def tell(line: str) -> None:
    """One line of progress for a person; standard output is kept for ``ready``."""
    print(line, file=sys.stderr, flush=True)


def ready(listening: Listening) -> None:
    """The one line on standard output, by which a script knows that requests are answered."""
    print(f"ready {listening.local_url}", flush=True)


async def serve(configuration: Configuration, stopping: Stopping) -> None:
    """Run everything until a signal comes. Raises ``StudiumError`` for what a person must mend first."""
    settings = configuration.settings
    set_up_logging(settings)
    mail_server(settings)  # a mistake is told before anything starts
    pythons = environments(configuration)
    allow_many_files()
    data = DataDirectory(settings.data)
    with listening(settings) as ports, data.held():
        async with contextlib.AsyncExitStack() as stack:
            tell(f"Studium {__version__} over {data.path}")
            if find_interpreter(pythons) is None:
                tell("Notebooks do not run: there is no Python for projects. Run `studium environment install`.")
            dsn = settings.database or await stopping.unless_asked(stack.enter_async_context(embedded_postgres(data)))
            database = await stopping.unless_asked(stack.enter_async_context(_database(dsn)))
            is_last = await stopping.unless_asked(stack.enter_async_context(data.shared()))
            if not settings.database:
                is_last = _always  # the database ends with this hub, and nothing goes on without it
            await stopping.unless_asked(
                stack.enter_async_context(
                    _hub(settings, ports, database, data, stopping, is_last=is_last, environments=pythons)
                )
            )
            data.write_note(Running(os.getpid(), ports.local_url, dsn, __version__))
            stack.callback(data.forget)
            link = await _greet(database, ports)
            async with opened(settings, link):
                await stopping.asked.wait()
            tell("Stopping: projects save first. Ctrl-C again does not wait for them.")


async def further_hub(configuration: Configuration, stopping: Stopping) -> None:
    """Run one more hub on a database that is there."""
    settings = configuration.settings
    set_up_logging(settings)
    mail_server(settings)  # a mistake is told before anything starts
    pythons = environments(configuration)
    data = DataDirectory(settings.data)
    if not settings.database and not data.is_held():
        raise StudiumError(
            ErrorCode.INVALID_VALUE,
            f"No Studium runs with the data folder {data.path}, so there is no database to find. Start "
            "`studium serve` first, give its folder with --data, or give a database with --database.",
        )
    allow_many_files()
    dsn = settings.database or data.running().database
    data.make()
    with listening(settings) as ports:
        async with contextlib.AsyncExitStack() as stack:
            database = await stopping.unless_asked(stack.enter_async_context(_database(dsn)))
            is_last = await stopping.unless_asked(stack.enter_async_context(data.shared()))
            await stopping.unless_asked(
                stack.enter_async_context(
                    _hub(settings, ports, database, data, stopping, is_last=is_last, environments=pythons)
                )
            )
            ready(ports)
            await stopping.asked.wait()


def _always() -> bool:
    return True


@contextlib.asynccontextmanager
async def embedded_postgres(data: DataDirectory) -> AsyncIterator[str]:
    """The embedded database; the connection string."""
    new = not data.postgres.exists()
    tell("Creating the database …" if new else "Starting the database …")
    postgres = EmbeddedPostgres(data.postgres)
    dsn = await postgres.start()
    try:
        yield dsn
    finally:
        await postgres.stop()


@contextlib.asynccontextmanager
async def _database(dsn: str) -> AsyncIterator[Database]:
    """Connections, with the schema brought up to date."""
    database = await Database(dsn).open()
    try:
        yield database
    finally:
        await database.close()


def mail_server(settings: Settings) -> MailServer | None:
    """The mail server that the settings name, if any. Raises ``invalid_value``."""
    if settings.mail:
        try:
            return parse_mail_server(settings.mail, settings.mail_from)
        except StudiumError as error:
            raise StudiumError(error.code, f"The settings mail and mail_from: {error.message}") from None
    if settings.mail_from:
        raise StudiumError(
            ErrorCode.INVALID_VALUE,
            "mail_from is set and mail is not: give the mail server too, or set both on the page Administration.",
        )
    return None


@contextlib.asynccontextmanager
async def _hub(
    settings: Settings,
    ports: Listening,
    database: Database,
    data: DataDirectory,
    stopping: Stopping,
    *,
    is_last: Callable[[], bool],
    environments: Sequence[Path],
) -> AsyncIterator[Hub]:
    """A hub that answers, the content origin beside it, and projects below it. Where it ``is_last`` they end with it;
    else they go on under another hub."""
    driver = LocalDriver(data.path, environments=environments)
    limits = Limits(settings.project_memory, settings.project_cores, settings.project_processes, settings.max_upload)
    proxies = tuple(part for part in settings.trusted_proxies.replace(",", " ").split() if part)
    hub = create_hub(
        HubSettings(database, driver, ports.origins, ports.content_origin, limits, proxies, mail=mail_server(settings))
    )
    garbage = RareCollections()
    hub.metrics.add("driver", driver.statistics)
    hub.metrics.add("garbage", garbage.statistics)
    page = Server(hub.app, ports.page)
    content = Server(create_content_app(ports.origins), ports.content)
    try:
        try:
            await page.start()
            await content.start()
            async with garbage.running():
                yield hub
        finally:
            hub.stop_projects = is_last()
            await _stop_servers([page, content], stopping)
    finally:
        if hub.stop_projects:
            await _end_leftovers(driver)
        await driver.close()


async def _stop_servers(servers: list[Server], stopping: Stopping) -> None:
    """Stop in order; after a second signal or ``STOP_SECONDS``, stop waiting."""

    async def stop() -> None:
        for server in servers:
            await server.stop()

    try:
        await asyncio.wait_for(stopping.unless_hurried(stop()), STOP_SECONDS)
    except TimeoutError:
        tell(f"Some requests or projects did not end within {STOP_SECONDS:.0f} seconds; ending them.")
    except Interrupted:
        tell("Ending at once.")


async def _end_leftovers(driver: LocalDriver) -> None:
    """What still runs below this folder: projects that a hurried stop left, and those of a hub that died."""
    for project_id in await driver.running():
        await driver.stop(project_id, 0.0)


async def _greet(database: Database, ports: Listening) -> str:
    """Say where it is, and on the first run how to make the first account; the link that was told."""
    origin = ports.origins[0]
    token = await new_set_up_token(database)
    link = f"{origin}/set-up#{token}" if token else origin
    if token:
        tell(f"Make the first account, an administrator, with this link:\n  {link}")
    else:
        tell(f"Open {origin}")
    ready(ports)
    return link
