"""A panel that finds and replaces, for tests: it speaks to a real project server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import msgspec

from studium.compute.project_python import ProjectPython
from studium.project.app import ProjectSettings
from studium.protocol.errors import ErrorAnswer, ErrorBody
from studium.protocol.find import (
    FindDone,
    FindFailed,
    FindText,
    FindToClient,
    FoundFile,
    FoundFiles,
    Replaced,
    ReplaceFile,
    ReplaceText,
    TextQuery,
    UndoReplace,
)
from studium.protocol.session import Role
from support.environment import PROJECT_PYTHON
from support.project import RunningProject

SOON_SECONDS = 30.0


def with_python(settings: ProjectSettings) -> ProjectSettings:
    """With the environment of projects, which has ripgrep."""
    return replace(settings, python=ProjectPython.of(PROJECT_PYTHON, settings.home))


@dataclass
class Found:
    """What came of one search."""

    end: FindDone | FindFailed
    files: dict[str, FoundFile] = field(default_factory=dict)

    @property
    def done(self) -> FindDone:
        assert isinstance(self.end, FindDone), self.end
        return self.end

    def places(self) -> dict[str, list[tuple[int, int, int]]]:
        """Line, start column and end column of each match, by file."""
        return {
            path: [(line.line, line.at + span.start, line.at + span.end) for line in file.lines for span in line.spans]
            for path, file in self.files.items()
        }


class Finder:
    """One panel of a page."""

    def __init__(self, project: RunningProject, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.project = project
        self.socket = socket
        self._id = 0

    async def ask(self, query: TextQuery, context: int = 0) -> int:
        self._id += 1
        await self.socket.send_str(msgspec.json.encode(FindText(self._id, query, context)).decode())
        return self._id

    async def answer(self, number: int) -> Found:
        files: dict[str, FoundFile] = {}
        async with asyncio.timeout(SOON_SECONDS):
            while True:
                message: FindToClient = msgspec.json.decode(await self.socket.receive_str(), type=FindToClient)
                if message.id != number:
                    continue
                if not isinstance(message, FoundFiles):
                    return Found(message, files)
                for file in message.files:
                    assert file.path not in files
                    files[file.path] = file

    async def find(self, text: str, context: int = 0, **options: Any) -> Found:
        return await self.answer(await self.ask(TextQuery(text, **options), context))

    async def replace(
        self, text: str, replacement: str, chosen: dict[str, list[int] | None] | None = None, **options: Any
    ) -> Replaced:
        """Find, and replace all of it, or what is ``chosen``."""
        query = TextQuery(text, replacement=replacement, **options)
        found = await self.answer(await self.ask(query))
        files = [
            ReplaceFile(path, file.digest, None if chosen is None else chosen[path])
            for path, file in found.files.items()
            if chosen is None or path in chosen
        ]
        return await self.post(ReplaceText(query, files))

    async def post(self, message: ReplaceText | UndoReplace, role: Role = Role.OWNER) -> Replaced:
        answer = await self.try_post(message, role)
        assert isinstance(answer, Replaced), answer
        return answer

    async def try_post(self, message: ReplaceText | UndoReplace, role: Role = Role.OWNER) -> Replaced | ErrorBody:
        word = "find/undo" if isinstance(message, UndoReplace) else "find/replace"
        headers = self.project.headers(role)
        async with self.project.client.post(
            self.project.url(word), data=msgspec.json.encode(message), headers=headers
        ) as answer:
            body = await answer.read()
            if answer.status >= 400:
                return msgspec.json.decode(body, type=ErrorAnswer).error
            return msgspec.json.decode(body, type=Replaced)


@asynccontextmanager
async def finder_of(project: RunningProject, role: Role = Role.OWNER) -> AsyncIterator[Finder]:
    async with project.client.ws_connect(project.url("find"), headers=project.headers(role)) as socket:
        yield Finder(project, socket)
