"""The local driver with the project server itself, on the event loop that the hub uses."""

import socket
import time
import uuid
from pathlib import Path

import aiohttp
import msgspec
import uvloop

from studium.compute.local import LocalDriver
from studium.http.identity import HEADER, sign
from studium.protocol.files import Run, RunAnswer
from studium.protocol.ids import AccountId
from studium.protocol.jobs import Extract, FetchUrl, FollowJobs, Job, JobAnswer, Jobs, JobState
from studium.protocol.session import Identity, Role
from support.sandboxes import needs_root, new_spec, no_step


def test_a_project_server_starts_in_its_sandbox_and_refuses_strangers(tmp_path: Path) -> None:
    async def start_and_ask() -> tuple[int, int]:
        driver = LocalDriver(tmp_path / "data")
        spec = new_spec()
        try:
            endpoint = await driver.start(spec, no_step)
            connector = aiohttp.UnixConnector(str(endpoint.socket_path))
            async with aiohttp.ClientSession(connector=connector) as session:
                async with session.get("http://project/healthz") as health:
                    pass
                async with session.get(f"http://project/projects/{spec.project_id}/files/a") as stranger:
                    pass
            return health.status, stranger.status
        finally:
            await driver.stop(spec.project_id)
            await driver.close()

    assert uvloop.run(start_and_ask()) in [(200, 401), (200, 403)]


@needs_root
def test_commands_run_in_the_inner_ring_and_a_full_memory_is_named(tmp_path: Path) -> None:
    async def run_commands() -> list[RunAnswer]:
        driver = LocalDriver(tmp_path / "data")
        spec = new_spec()
        owner = Identity(AccountId(uuid.uuid4()), "Ada Lovelace", 0, Role.OWNER, spec.project_id, int(time.time()) + 60)
        answers = []
        try:
            endpoint = await driver.start(spec, no_step)
            async with aiohttp.ClientSession(
                connector=aiohttp.UnixConnector(str(endpoint.socket_path)),
                headers={HEADER: sign(owner, spec.secret)},
            ) as session:
                url = f"http://project/projects/{spec.project_id}/run"
                for command in (
                    "echo $HOME; ls /state /run/studium; ps -e -o comm=",
                    "python3 -c 'data = b\"x\" * 10**9'",
                    "kill -KILL $$",
                ):
                    async with session.post(url, data=msgspec.json.encode(Run(command))) as answer:
                        answers.append(msgspec.json.decode(await answer.read(), type=RunAnswer))
            return answers
        finally:
            await driver.stop(spec.project_id)
            await driver.close()

    inside, hungry, killed = uvloop.run(run_commands())
    assert inside.stdout.startswith("/home/user\n")
    assert inside.stderr.count("No such file") == 2
    assert "python" not in inside.stdout
    assert hungry.exit_code == -9
    assert hungry.reason is not None
    assert "0.5 GB" in hungry.reason
    assert killed.reason is None


@needs_root
def test_archives_and_addresses_are_opened_in_the_inner_ring(tmp_path: Path) -> None:
    """Unpacking works there, and a download from this machine does not, since no program there reaches it."""

    async def run_jobs() -> tuple[RunAnswer, list[Job]]:
        driver = LocalDriver(tmp_path / "data")
        spec = new_spec()
        owner = Identity(AccountId(uuid.uuid4()), "Ada Lovelace", 0, Role.OWNER, spec.project_id, int(time.time()) + 60)
        url = f"http://project/projects/{spec.project_id}"
        listener = socket.create_server(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/secret"
        try:
            endpoint = await driver.start(spec, no_step)
            async with (
                aiohttp.ClientSession(
                    connector=aiohttp.UnixConnector(str(endpoint.socket_path)),
                    headers={HEADER: sign(owner, spec.secret)},
                ) as session,
                session.ws_connect(f"{url}/events") as events,
            ):

                async def run(command: str) -> RunAnswer:
                    async with session.post(f"{url}/run", data=msgspec.json.encode(Run(command))) as answer:
                        return msgspec.json.decode(await answer.read(), type=RunAnswer)

                await events.send_str(msgspec.json.encode(FollowJobs()).decode())
                await run("mkdir data && echo 42 > data/a && tar czf data.tgz data && rm -r data")
                jobs = []
                for operation in (Extract("data.tgz"), FetchUrl(address, "")):
                    async with session.post(f"{url}/operations", data=msgspec.json.encode(operation)) as started:
                        job_id = msgspec.json.decode(await started.read(), type=JobAnswer).job_id
                    ended: list[Job] = []
                    while not ended:
                        told = msgspec.json.decode(await events.receive_str(), type=Jobs).jobs
                        ended = [job for job in told if job.job_id == job_id and job.state is not JobState.RUNNING]
                    jobs += ended
                return await run("cat data/a; ls -A | sort"), jobs
        finally:
            listener.close()
            await driver.stop(spec.project_id)
            await driver.close()

    found, (unpacked, fetched) = uvloop.run(run_jobs())
    assert unpacked.state is JobState.DONE, unpacked.error
    assert found.stdout.splitlines()[0] == "42"
    assert ".studium-jobs.tmp" not in found.stdout
    assert fetched.state is JobState.FAILED
    assert fetched.error is not None
    assert "cannot be reached from the project" in fetched.error.message
