"""The peer of ``files.py``: a plain copy through the same proxy.

``python benchmarks/file_peer.py FOLDER`` runs the hub's own passing of requests before a server that does nothing but
write a body to a file as it comes, and send a file as it is. It prints its address, and ends with its standard input.
"""

import asyncio
import os
import sys
from pathlib import Path

from aiohttp import web

from studium.compute.driver import Endpoint
from studium.http.server import Server, bind_tcp, bind_unix
from studium.hub.forward import Traffic, Upstream, forward_request

CHUNK_BYTES = 1024 * 1024


async def copy(request: web.Request) -> web.StreamResponse:
    """Take or give a file, as plainly as can be and still be sure of it."""
    place = Path(request.app[FOLDER]) / "plain"
    if request.method == "PUT":
        with place.open("wb", buffering=CHUNK_BYTES) as file:
            async for chunk in request.content.iter_any():
                file.write(chunk)
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())  # as ours is: what was answered is on the disk
        return web.Response(status=204)
    response = web.StreamResponse()
    response.content_length = place.stat().st_size
    await response.prepare(request)
    with place.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK_BYTES):
            await response.write(chunk)
    await response.write_eof()
    return response


FOLDER: "web.AppKey[str]" = web.AppKey("folder")


async def plain(socket: Path, folder: str) -> None:
    """The server behind the proxy, in a process of its own as a project server is."""
    app = web.Application()
    app[FOLDER] = folder
    app.router.add_route("*", "/{path:.*}", copy)
    await Server(app, [bind_unix(socket)]).start()
    await asyncio.Event().wait()


async def proxy(socket: Path) -> None:
    """The hub's passing on, without knowing who asks."""
    upstream, traffic = Upstream(Endpoint(socket_path=socket)), Traffic()

    async def forward(request: web.Request) -> web.StreamResponse:
        return await forward_request(request, upstream, "nobody", traffic)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", forward)
    sockets = bind_tcp("127.0.0.1", 0)
    await Server(app, sockets).start()
    print(f"http://127.0.0.1:{sockets[0].getsockname()[1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    folder = sys.argv[1]
    socket = Path(folder) / "plain.sock"
    import uvloop

    child = os.fork()
    if child == 0:
        uvloop.run(plain(socket, folder))
        return
    while not socket.exists():
        pass
    try:
        uvloop.run(proxy(socket))
    finally:
        os.kill(child, 15)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
