"""Projects in real sandboxes, for tests: a driver whose project server is ``sandboxed_server.py``, and words to it."""

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from studium.compute.driver import Endpoint, Limits, ProjectSpec
from studium.compute.local import LocalDriver
from studium.protocol.ids import ProjectId

SERVER = Path(__file__).with_name("sandboxed_server.py")
SECRET = "a secret that is long enough for a project"
UID_FIRST_OF_TESTS = 3_900_000

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: a user for each project")


def new_spec(limits: Limits | None = None) -> ProjectSpec:
    """A project that no other test has, with a user of its own."""
    project_id = ProjectId(uuid.uuid4())
    number = UID_FIRST_OF_TESTS + project_id.int % 90_000
    return ProjectSpec(project_id, number, SECRET, limits or Limits(memory_bytes=512 * 1024**2))


def no_step(phrase: str) -> None:
    """For those who do not look at the steps."""


def local_driver(data: Path, **options: Any) -> LocalDriver:
    """A driver whose projects run the small server."""
    return LocalDriver(data, server_module=options.pop("server_module", str(SERVER)), **options)


@dataclass(frozen=True)
class Project:
    """A project that runs: ask its server."""

    spec: ProjectSpec
    endpoint: Endpoint

    async def ask(self, path: str, body: object = None) -> Any:
        """What the server answers: a GET, or with ``body`` a POST."""
        return await ask(self.endpoint, path, body)

    async def run(self, *command: str, ring: str = "inner") -> tuple[int, str]:
        """Exit code and output of a command in one of the rings."""
        answer = await self.ask("/run", {"command": command, "ring": ring})
        return answer["code"], answer["output"]


async def ask(endpoint: Endpoint, path: str, body: object = None) -> Any:
    """Ask the server at ``endpoint``."""
    connector = aiohttp.UnixConnector(str(endpoint.socket_path))
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=20)) as session:
        method = "GET" if body is None else "POST"
        data = None if body is None else msgspec.json.encode(body)
        async with session.request(method, f"http://project{path}", data=data) as answer:
            return await answer.json()


@asynccontextmanager
async def started(driver: LocalDriver, spec: ProjectSpec) -> AsyncIterator[Project]:
    """A project that runs in the block, and whose processes are all gone behind it."""
    try:
        yield Project(spec, await driver.start(spec, no_step))
    finally:
        await driver.stop(spec.project_id, grace_seconds=2.0)
