"""A driver whose projects are real project servers, within the test's own process, over folders of their own."""

import asyncio
from dataclasses import dataclass, field

from studium.compute.driver import Endpoint, Limits, ProjectSpec, Step
from studium.http.server import Server, bind_unix
from studium.project.app import ProjectSettings, create_project_app, signed_identity
from studium.protocol.ids import ProjectId
from support.hub import SocketDriver


@dataclass
class ServerDriver(SocketDriver):
    """``limits``: what each project was last started with."""

    limits: dict[ProjectId, Limits] = field(default_factory=dict)

    async def start(self, spec: ProjectSpec, step: Step) -> Endpoint:
        step("starting the sandbox")
        self.starts.append(spec.project_id)
        self.limits[spec.project_id] = spec.limits
        folder = self.folder / str(spec.project_id)
        home, state = folder / "home", folder / "state"
        for path in (home, state):
            path.mkdir(parents=True, exist_ok=True)
        socket = self.folder / f"{next(self.numbers)}.sock"
        settings = ProjectSettings(spec.project_id, home, state, environment={"PATH": "/usr/bin:/bin"})
        app = create_project_app(settings, signed_identity(spec.secret, spec.project_id))
        server = Server(app, [bind_unix(socket)])
        await server.start()
        endpoint = Endpoint(socket_path=socket)
        self.servers[spec.project_id] = (server, endpoint)
        self.ends[spec.project_id] = asyncio.get_running_loop().create_future()
        return endpoint
