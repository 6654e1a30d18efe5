"""Real project servers behind a hub, within the test's own process and without rings."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from studium.compute.driver import Endpoint, ProjectSpec, Step
from studium.http.server import Server, bind_unix
from studium.project.app import ProjectSettings, create_project_app, signed_identity
from studium.protocol.ids import ProjectId
from support.hub import SocketDriver


@dataclass
class ProjectDriver(SocketDriver):
    """Starts them; ``homes`` are their folders."""

    homes: dict[ProjectId, Path] = field(default_factory=dict)

    async def start(self, spec: ProjectSpec, step: Step) -> Endpoint:
        step("starting")
        project_id, number = spec.project_id, next(self.numbers)
        home, state = self.folder / f"{number}-home", self.folder / f"{number}-state"
        for folder in (home, state):
            folder.mkdir()
        self.homes[project_id] = home
        environment = {"HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
        settings = ProjectSettings(project_id, home, state, environment=environment)
        socket = self.folder / f"{number}.sock"
        server = Server(create_project_app(settings, signed_identity(spec.secret, project_id)), [bind_unix(socket)])
        await server.start()
        endpoint = Endpoint(socket_path=socket)
        self.servers[project_id] = (server, endpoint)
        self.ends[project_id] = asyncio.get_running_loop().create_future()
        return endpoint
