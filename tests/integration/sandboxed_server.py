"""A project server reduced to what driver tests ask of it: health, and commands in either ring.

It runs in the outer ring in place of the real one, so that these tests show the sandbox and nothing else.
``POST /run`` takes ``{"command": [...], "ring": "inner" | "outer"}`` and answers with ``{"code", "output"}``.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from aiohttp import web

SECRET = sys.stdin.readline().strip()


async def healthz(request: web.Request) -> web.Response:
    return web.json_response({"pid": os.getpid(), "secret": SECRET, "environment": dict(os.environ)})


async def run(request: web.Request) -> web.Response:
    body = await request.json()
    prefix = json.loads(os.environ["STUDIUM_INNER_RING"]) if body["ring"] == "inner" else []
    process = await asyncio.create_subprocess_exec(
        *prefix,
        *body["command"],
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=os.environ["STUDIUM_PROJECT_HOME"],
    )
    output, _ = await process.communicate()
    return web.json_response({"code": process.returncode, "output": output.decode(errors="replace")})


async def limits(request: web.Request) -> web.Response:
    from studium.compute.limits import InnerLimits

    found = InnerLimits.from_environment()
    return web.json_response(found.statistics() if found else None)


async def save(app: web.Application) -> None:
    """What a project server does when it is asked to end."""
    Path(os.environ["STUDIUM_PROJECT_STATE"], "saved").write_text("yes")


app = web.Application()
app.router.add_get("/healthz", healthz)
app.router.add_get("/limits", limits)
app.router.add_post("/run", run)
app.on_shutdown.append(save)
web.run_app(app, path=os.environ["STUDIUM_PROJECT_SOCKET"], print=None)
