"""Jobs of a running project as a page sees them: started over HTTP, followed over ``/events``."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import msgspec

from studium.protocol.errors import ErrorAnswer, ErrorBody
from studium.protocol.files import EventsToClient
from studium.protocol.jobs import CancelJob, FollowJobs, Job, JobAnswer, JobOperation, Jobs, JobState
from studium.protocol.session import Role
from support.project import RunningProject

SOON_SECONDS = 60.0


@dataclass
class Page:
    """A page that follows the jobs of a project."""

    project: RunningProject
    socket: aiohttp.ClientWebSocketResponse

    async def start(self, operation: JobOperation | CancelJob, role: Role = Role.OWNER) -> str | ErrorBody:
        """The id of the job, or why there is none."""
        url, headers = self.project.url("operations"), self.project.headers(role)
        async with self.project.client.post(url, data=msgspec.json.encode(operation), headers=headers) as answer:
            body = await answer.read()
            if answer.status >= 400:
                return msgspec.json.decode(body, type=ErrorAnswer).error
            return msgspec.json.decode(body, type=JobAnswer).job_id

    async def next(self) -> list[Job]:
        """The next state of all jobs."""
        async with asyncio.timeout(SOON_SECONDS):
            while True:
                message = msgspec.json.decode(await self.socket.receive_str(), type=EventsToClient | Jobs)
                if isinstance(message, Jobs):
                    return message.jobs

    async def until(self, job_id: str, condition: Callable[[Job], bool]) -> Job:
        """The job, once it is so."""
        await self.socket.send_str(msgspec.json.encode(FollowJobs()).decode())  # which sends the state now
        async with asyncio.timeout(SOON_SECONDS):
            while True:
                for job in await self.next():
                    if job.job_id == job_id and condition(job):
                        return job

    async def ended(self, job_id: str) -> Job:
        """The job, once it has ended."""
        return await self.until(job_id, lambda job: job.state is not JobState.RUNNING)

    async def run(self, operation: JobOperation) -> Job:
        """Start a job and wait for its end."""
        job_id = await self.start(operation)
        assert isinstance(job_id, str), job_id
        return await self.ended(job_id)

    async def refused(self, operation: JobOperation, role: Role = Role.OWNER) -> ErrorBody:
        """Why a job does not even begin."""
        error = await self.start(operation, role)
        assert isinstance(error, ErrorBody), error
        return error


@asynccontextmanager
async def page_of(project: RunningProject) -> AsyncIterator[Page]:
    """A page that is open."""
    async with project.client.ws_connect(project.url("events")) as socket:
        yield Page(project, socket)


def tree(folder: Path) -> dict[str, bytes | str | None]:
    """All that is in a folder: bytes of files, targets of links, None for folders; not Studium's trash."""
    found: dict[str, bytes | str | None] = {}
    for place in sorted(folder.rglob("*")):
        name = str(place.relative_to(folder))
        if name.split("/")[0] == ".trash":
            continue
        if place.is_symlink():
            found[name] = str(place.readlink())
        elif place.is_dir():
            found[name] = None
        elif place.is_file():
            found[name] = place.read_bytes()
        else:
            found[name] = "special"
    return found
