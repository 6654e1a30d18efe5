"""A project server as the driver starts it: a process, a socket, a secret on standard input, and its end."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import aiohttp
import msgspec
import pytest

from studium.http.identity import HEADER, sign
from studium.protocol.files import CreateFile, Run, RunAnswer
from studium.protocol.ids import ProjectId
from studium.protocol.jobs import CancelJob, PrepareArchive, TrashMany
from studium.protocol.session import Identity, Role
from support.project import SECRET, RunningProject, identity, running_project

START_SECONDS = 20.0


@asynccontextmanager
async def started(folder: Path, project_id: ProjectId) -> AsyncIterator[asyncio.subprocess.Process]:
    """The real process, ready to answer."""
    for name in ("home", "state"):
        (folder / name).mkdir(exist_ok=True)
    environment = {
        "PATH": os.environ["PATH"],
        "STUDIUM_PROJECT_ID": str(project_id),
        "STUDIUM_PROJECT_HOME": str(folder / "home"),
        "STUDIUM_PROJECT_STATE": str(folder / "state"),
        "STUDIUM_PROJECT_SOCKET": str(folder / "project.sock"),
        "STUDIUM_INNER_RING": '["env", "RING=inner"]',
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "studium.project"),
        env=environment,
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(SECRET.encode() + b"\n")
    try:
        async with asyncio.timeout(START_SECONDS), client(folder, project_id) as session:
            while True:
                try:
                    async with session.get("http://project/readyz") as answer:
                        if answer.status == 200:
                            break
                except aiohttp.ClientConnectorError:
                    pass
                assert process.returncode is None, await process.stderr.read() if process.stderr else ""
                await asyncio.sleep(0.01)
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


def client(folder: Path, project_id: ProjectId) -> aiohttp.ClientSession:
    connector = aiohttp.UnixConnector(str(folder / "project.sock"))
    return aiohttp.ClientSession(connector=connector, headers={HEADER: sign(identity(project_id), SECRET)})


async def test_a_process_starts_serves_and_ends_cleanly(tmp_path: Path) -> None:
    project_id = ProjectId(uuid4())
    url = f"http://project/projects/{project_id}"
    (tmp_path / "project.sock").touch()  # left by a server that was killed
    async with started(tmp_path, project_id) as process, client(tmp_path, project_id) as session:
        async with session.put(f"{url}/files/a.txt", data=b"hello") as answer:
            assert answer.status == 201
        command = f"cat a.txt; echo $RING; env; cat /proc/{process.pid}/environ; echo; ls /proc/self/fd"
        async with session.post(f"{url}/run", data=msgspec.json.encode(Run(command))) as answer:
            ran = msgspec.json.decode(await answer.read(), type=RunAnswer)
        assert ran.stdout.startswith("helloinner\n")
        assert SECRET not in ran.stdout
        assert set(ran.stdout.splitlines()[-4:]) <= {"0", "1", "2", "3"}
        assert SECRET.encode() not in Path(f"/proc/{process.pid}/cmdline").read_bytes()
        async with session.get("http://project/metrics") as answer:
            metrics = await answer.text()
        for name in ("documents", "files_operations", "files_live_folders", "processes_started", "watcher_events"):
            assert f"studium_{name}" in metrics
        async with session.ws_connect(f"{url}/events") as socket:
            process.send_signal(signal.SIGTERM)
            ended = time.monotonic()
            await socket.receive()
            assert socket.close_code == 4503
        _, log = await process.communicate()
        assert process.returncode == 0, log
        assert time.monotonic() - ended < 3
        assert SECRET.encode() not in log
    assert not (tmp_path / "project.sock").exists()


@pytest.mark.parametrize("missing", ["STUDIUM_PROJECT_ID", "STUDIUM_INNER_RING", "secret"])
async def test_what_is_missing_is_said(tmp_path: Path, missing: str) -> None:
    environment = {
        "STUDIUM_PROJECT_ID": str(uuid4()),
        "STUDIUM_PROJECT_HOME": str(tmp_path),
        "STUDIUM_PROJECT_STATE": str(tmp_path),
        "STUDIUM_PROJECT_SOCKET": str(tmp_path / "s"),
        "STUDIUM_INNER_RING": "[]",
    }
    environment.pop(missing, None)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "studium.project"),
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    assert process.returncode == 1
    assert missing in said.decode()
    assert b"Traceback" not in said


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[RunningProject]:
    async with running_project(tmp_path) as project:
        yield project


ROUTES = [
    ("GET", "files/a.txt", b"", 200, 200),
    ("HEAD", "files/a.txt", b"", 200, 200),
    ("PUT", "files/b.txt", b"x", 201, 403),
    ("POST", "operations", msgspec.json.encode(CreateFile("c.txt")), 200, 403),
    ("POST", "operations", msgspec.json.encode(TrashMany(["a.txt"])), 200, 403),
    ("POST", "operations", msgspec.json.encode(CancelJob("x")), 200, 403),
    ("GET", "trash", b"", 200, 200),
    ("POST", "archives", msgspec.json.encode(PrepareArchive(["a.txt"])), 200, 200),
    ("PUT", "archives", bytes(10240), 200, 403),
    ("GET", "archives/x", b"", 404, 404),
    ("POST", "uploads", b"", 412, 403),
    ("PATCH", "uploads/x", b"", 412, 403),
    ("HEAD", "uploads/x", b"", 412, 403),
    ("POST", "run", msgspec.json.encode(Run("true")), 200, 403),
]


@pytest.mark.parametrize(("method", "word", "body", "owner", "viewer"), ROUTES)
async def test_each_route_asks_who_it_is(
    project: RunningProject, method: str, word: str, body: bytes, owner: int, viewer: int
) -> None:
    (project.home / "a.txt").touch()
    who = identity(project.project_id)
    expired = msgspec.structs.replace(who, expires=int(time.time()) - 1)
    elsewhere = msgspec.structs.replace(who, project_id=ProjectId(uuid4()))
    good = sign(who, SECRET)
    refused = [
        "",
        "x.y",
        good[:-1],
        good + "0",
        sign(who, "another secret"),
        sign(expired, SECRET),
        sign(elsewhere, SECRET),
    ]
    for value in refused:
        async with project.client.request(method, project.url(word), data=body, headers={HEADER: value}) as answer:
            assert answer.status == 403, value
    for role, status in ((Role.VIEWER, viewer), (Role.COLLABORATOR, owner)):
        headers = project.headers(role)
        async with project.client.request(method, project.url(word), data=body, headers=headers) as answer:
            assert answer.status == status, role


async def test_other_projects_and_words_are_not_found(project: RunningProject) -> None:
    for path in (f"projects/{uuid4()}/files/a.txt", f"projects/{project.project_id}/nonsense", "nonsense"):
        async with project.client.get(f"http://project/{path}") as answer:
            assert answer.status == 404, path


async def test_identities_are_checked_by_value(project: RunningProject) -> None:
    assert isinstance(identity(project.project_id), Identity)
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(project.socket))) as stranger:
        async with stranger.get(project.url("files/a.txt")) as answer:
            assert answer.status == 403
        async with stranger.get("http://project/healthz") as answer:
            assert answer.status == 200
