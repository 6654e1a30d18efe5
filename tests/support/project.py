"""A real project server on a Unix socket in the test's own folder, and a client with an identity."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

import aiohttp
import msgspec

from studium.http.identity import HEADER, sign
from studium.http.server import Server, bind_unix
from studium.project.app import ProjectSettings, create_project_app, signed_identity
from studium.protocol.errors import ErrorAnswer, ErrorBody
from studium.protocol.files import Operation, OperationAnswer, Run, RunAnswer
from studium.protocol.ids import AccountId, ProjectId
from studium.protocol.session import Identity, Role

SECRET = "a secret of this test only"


def identity(project_id: ProjectId, role: Role = Role.OWNER) -> Identity:
    """Somebody in the project."""
    return Identity(AccountId(UUID(int=7)), "Ada", 3, role, project_id, int(time.time()) + 60)


@dataclass(frozen=True)
class RunningProject:
    """A project server that answers, its folders, and a client session that carries an owner's identity."""

    project_id: ProjectId
    home: Path
    state: Path
    socket: Path
    client: aiohttp.ClientSession
    server: Server

    def url(self, word: str) -> str:
        """A URL under the project."""
        return f"http://project/projects/{self.project_id}/{word}"

    def headers(self, role: Role) -> dict[str, str]:
        """The identity header of somebody with this role."""
        return {HEADER: sign(identity(self.project_id, role), SECRET)}

    async def operate(self, operation: Operation) -> OperationAnswer | ErrorBody:
        """Post an operation."""
        async with self.client.post(self.url("operations"), data=msgspec.json.encode(operation)) as answer:
            body = await answer.read()
            if answer.status >= 400:
                return msgspec.json.decode(body, type=ErrorAnswer).error
            return msgspec.json.decode(body, type=OperationAnswer)

    async def run(self, command: str, path: str = "", timeout_seconds: float = 20.0) -> RunAnswer | ErrorBody:
        """Post a command."""
        request = Run(command=command, path=path, timeout_seconds=timeout_seconds)
        async with self.client.post(self.url("run"), data=msgspec.json.encode(request)) as answer:
            body = await answer.read()
            if answer.status >= 400:
                return msgspec.json.decode(body, type=ErrorAnswer).error
            return msgspec.json.decode(body, type=RunAnswer)

    async def error(self, answer: aiohttp.ClientResponse) -> ErrorBody:
        """The error in an answer."""
        return msgspec.json.decode(await answer.read(), type=ErrorAnswer).error


@asynccontextmanager
async def running_project(
    folder: Path, change: Callable[[ProjectSettings], ProjectSettings] = replace
) -> AsyncIterator[RunningProject]:
    """Start a project server over ``folder``/home; ``change`` may alter its settings."""
    home, state, socket = folder / "home", folder / "state", folder / "project.sock"
    for path in (home, state):
        path.mkdir(parents=True, exist_ok=True)
    project_id = ProjectId(uuid4())
    environment = {"HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
    settings = change(ProjectSettings(project_id, home, state, environment=environment))
    server = Server(create_project_app(settings, signed_identity(SECRET, project_id)), [bind_unix(socket)])
    await server.start()
    headers = {HEADER: sign(identity(project_id), SECRET)}
    client = aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(socket)), headers=headers)
    try:
        yield RunningProject(project_id, home, state, socket, client, server)
    finally:
        await client.close()
        await server.stop()


__all__ = ["SECRET", "RunningProject", "identity", "running_project"]
