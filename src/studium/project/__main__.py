"""``python -m studium.project``: one project server behind its Unix socket, as the driver starts it.

The environment says where things are; the secret is the first line of standard input, so that it is in no environment
and no argument list. SIGTERM saves everything, then ends.
"""

import asyncio
import logging
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import msgspec
import uvloop

from studium.compute.limits import InnerLimits
from studium.compute.project_python import ProjectPython, path_variable
from studium.http.logs import configure_logging
from studium.http.server import Server, bind_unix
from studium.project.app import ProjectSettings, create_project_app, signed_identity
from studium.protocol.errors import StudiumError
from studium.protocol.ids import ProjectId

_log = logging.getLogger("studium.project")


SYSTEM_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


def command_environment(home: Path, python: ProjectPython | None = None) -> dict[str, str]:
    """What a command in the inner ring sees: nothing of this server's environment."""
    return {
        **(python.variables() if python is not None else {}),
        "HOME": str(home),
        "USER": "user",
        "LOGNAME": "user",
        "SHELL": "/bin/bash",
        "PATH": path_variable(home, python, SYSTEM_PATH),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
    }


def read_settings() -> tuple[ProjectSettings, Path]:
    """The settings in the environment, and the socket. One that is missing or wrong ends with a sentence."""
    try:
        project_id = ProjectId(UUID(os.environ["STUDIUM_PROJECT_ID"]))
        home = Path(os.environ["STUDIUM_PROJECT_HOME"])
        state = Path(os.environ["STUDIUM_PROJECT_STATE"])
        inner_ring = msgspec.json.decode(os.environ["STUDIUM_INNER_RING"], type=tuple[str, ...])
        upload = os.environ.get("STUDIUM_MAX_UPLOAD_BYTES")
        socket = Path(os.environ["STUDIUM_PROJECT_SOCKET"])
        shared = os.environ.get("STUDIUM_PROJECT_PYTHON")
        python = ProjectPython.of(Path(shared), home) if shared else None
        environment = command_environment(home, python)
        limits = InnerLimits.from_environment()
        settings = ProjectSettings(project_id, home, state, inner_ring, environment, limits, python=python)
        if "STUDIUM_INNER_TEMPORARY" in os.environ:
            settings = replace(settings, temporary=Path(os.environ["STUDIUM_INNER_TEMPORARY"]))
        return (settings if upload is None else replace(settings, max_upload_bytes=int(upload))), socket
    except KeyError as error:
        sys.exit(f"The variable {error.args[0]} is not set. Project servers are started by a driver of Studium.")
    except ValueError as error:
        sys.exit(f"A STUDIUM_ variable has a wrong value: {error}.")


async def serve(settings: ProjectSettings, secret: str, socket: Path) -> None:
    """Answer on the socket until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    app = create_project_app(settings, signed_identity(secret, settings.project_id))
    server = Server(app, [bind_unix(socket)])
    await server.start()
    _log.info("The project server answers on %s", socket)
    await stop.wait()
    await server.stop()
    _log.info("The project server has saved everything and ends")


def main() -> None:
    """Run a project server."""
    configure_logging()
    settings, socket = read_settings()
    secret = sys.stdin.readline().strip()
    if len(secret) < 16:
        sys.exit("The project's secret is missing: it is the first line of standard input.")
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings, secret, socket))
            socket.unlink(missing_ok=True)
    except StudiumError as error:
        sys.exit(error.message)


if __name__ == "__main__":
    main()
