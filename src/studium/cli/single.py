"""``studium open DIR``: the page over a folder, for one person."""

import asyncio
from pathlib import Path

from studium.cli.browser import opened
from studium.cli.config import Configuration
from studium.cli.environment import environments
from studium.cli.process import Interrupted, Stopping
from studium.cli.serve import set_up_logging, tell
from studium.compute.project_python import find_interpreter
from studium.project.single import SingleServer
from studium.protocol.errors import ErrorCode, StudiumError

STOP_SECONDS = 15.0


async def open_directory(configuration: Configuration, directory: Path, stopping: Stopping) -> None:
    """Serve ``directory`` until a signal comes."""
    settings = configuration.settings
    set_up_logging(settings)
    server = _server(configuration, directory)
    try:
        await stopping.unless_asked(server.start())
        tell(f"{server.directory} is open for you alone, at this link:\n  {server.link}")
        print(f"ready {server.url}", flush=True)
        async with opened(settings, server.link):
            await stopping.asked.wait()
    finally:
        try:
            await asyncio.wait_for(stopping.unless_hurried(server.stop()), STOP_SECONDS)
        except (TimeoutError, Interrupted):
            tell("Ending at once.")


def _server(configuration: Configuration, directory: Path) -> SingleServer:
    """On the port that was asked for; where nobody asked and the usual one is taken, on any."""
    settings = configuration.settings
    limit = settings.max_upload
    python = find_interpreter(environments(configuration))
    try:
        return SingleServer(
            directory,
            host=settings.host,
            port=settings.port,
            content_port=settings.content_port,
            max_upload_bytes=limit,
            python=python,
        )
    except StudiumError as error:
        chosen = any(configuration.values[name].origin != "default" for name in ("port", "content_port"))
        if error.code is not ErrorCode.UNAVAILABLE or chosen:
            raise
        return SingleServer(
            directory, host=settings.host, port=0, content_port=0, max_upload_bytes=limit, python=python
        )
