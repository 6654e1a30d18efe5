"""A project server reduced to what the driver's tests ask of it: health, and commands in either ring.

It runs in the outer ring in place of the real one, so that these tests show the sandbox and nothing else. Standard
library only, so that any Python can run it. ``POST /run`` takes ``{"command": [...], "ring": "inner" | "outer"}`` and
answers with ``{"code", "output"}``; ``GET /limits`` with what the inner ring's limits say.
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

SECRET = sys.stdin.readline().strip()


def health() -> dict[str, Any]:
    return {"pid": os.getpid(), "secret": SECRET, "environment": dict(os.environ)}


def limits() -> dict[str, Any] | None:
    from studium.compute.limits import InnerLimits

    found = InnerLimits.from_environment()
    return found.statistics() if found else None


async def run(command: list[str], ring: str) -> dict[str, Any]:
    prefix = json.loads(os.environ["STUDIUM_INNER_RING"]) if ring == "inner" else []
    with tempfile.TemporaryFile() as output:  # not a pipe: what the command leaves behind would hold it open
        process = await asyncio.create_subprocess_exec(
            *prefix,
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=os.environ["STUDIUM_PROJECT_HOME"],
        )
        code = await process.wait()
        output.seek(0)
        return {"code": code, "output": output.read().decode(errors="replace")}


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    path = head.split()[1]
    length = next((int(line[15:]) for line in head.splitlines() if line.lower().startswith("content-length:")), 0)
    body = json.loads(await reader.readexactly(length)) if length else {}
    result = await run(**body) if path == "/run" else limits() if path == "/limits" else health()
    data = json.dumps(result).encode()
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n")
    writer.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
    await writer.drain()
    writer.close()


async def main() -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    print("serving", flush=True)
    server = await asyncio.start_unix_server(answer, os.environ["STUDIUM_PROJECT_SOCKET"])
    async with server:
        await ended.wait()
        Path(os.environ["STUDIUM_PROJECT_STATE"], "saved").write_text("yes")


Path(os.environ["STUDIUM_PROJECT_SOCKET"]).unlink(missing_ok=True)
asyncio.run(main())
