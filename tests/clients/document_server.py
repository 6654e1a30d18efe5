"""A document server alone, for tests and load generators: ``python document_server.py HOME STATE PORT``.

``X-Name`` and ``X-Role`` say who a request is from; it trusts everybody and listens on the loopback address only.
Prints ``ready PORT``; port 0 lets the system choose.
"""

import asyncio
import sys
from pathlib import Path
from uuid import NAMESPACE_DNS, uuid4, uuid5

import uvloop
from aiohttp import web

from studium.project.documents.documents import Documents
from studium.project.watcher import Watcher
from studium.protocol.ids import AccountId, ProjectId
from studium.protocol.session import Identity, Role

PROJECT = ProjectId(uuid4())


class DocumentServer:
    """Documents behind ``/documents/{path}`` on an ephemeral port."""

    def __init__(self, home: Path, state: Path) -> None:
        self.home = home
        self.watcher = Watcher()
        self.documents = Documents(home, state, self.watcher)
        self._runner: web.AppRunner | None = None
        self.port = 0
        self._stopped = False

    async def start(self, port: int = 0) -> "DocumentServer":
        """Listen."""
        await self.documents.open()
        app = web.Application()
        app.router.add_get("/documents/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def stop(self) -> None:
        """Close documents, then the listener; once."""
        if self._stopped:
            return
        self._stopped = True
        await self.documents.close()
        if self._runner is not None:
            await self._runner.cleanup()
        await self.watcher.close()

    def url(self, path: str) -> str:
        """Where a document is."""
        return f"ws://127.0.0.1:{self.port}/documents/{path}"

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        name = request.headers.get("X-Name", "Ada")
        identity = Identity(
            account_id=AccountId(uuid5(NAMESPACE_DNS, name)),
            name=name,
            colour=len(name) % 12,
            role=Role(request.headers.get("X-Role", "collaborator")),
            project_id=PROJECT,
            expires=2**40,
        )
        return await self.documents.handle(request, request.match_info["path"], identity)


async def _main(home: str, state: str, port: str) -> None:
    server = await DocumentServer(Path(home), Path(state)).start(int(port))
    print(f"ready {server.port}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(_main(*sys.argv[1:4]))
