"""Runs the searching program in the inner ring and reads what it finds."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from studium.compute.project_python import ProjectPython
from studium.project.files.home import Home
from studium.project.find.query import plain_replacement
from studium.project.find.results import MatchedFile, Reader
from studium.project.find.searcher import Searcher
from studium.project.processes import DRAIN_SECONDS, wait_exited
from studium.project.programs import Program, Programs, Tail
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.find import TextQuery

CHUNK_BYTES: Final = 64 * 1024
SAID_BYTES: Final = 8 * 1024
MARK: Final = b"rg: "
"""Begins each complaint of the programs; one is told a line, but for those about a pattern, which end it all."""


class Said(Tail):
    """What a program says on standard error: the beginning is kept, complaints are counted."""

    def __init__(self) -> None:
        super().__init__()
        self.complaints = 0
        self._tail = b"\n"

    def data_received(self, data: bytes) -> None:
        """Keep the beginning of it."""
        self._kept += data[: SAID_BYTES - len(self._kept)]
        joined = self._tail + data
        self.complaints += joined.count(b"\n" + MARK)
        # The end may be the beginning of a mark; what is whole is not counted twice.
        self._tail = joined[-len(MARK) :]

    def text(self) -> str:
        """What was kept, without the mark."""
        return self._kept.removeprefix(MARK).decode(errors="replace").strip()


class Search:
    """A search that runs."""

    def __init__(self, program: Program, said: Said, replacement: bytes | None) -> None:
        self._program = program
        self._said = said
        self._reader = Reader(replacement)

    async def next(self) -> list[MatchedFile] | None:
        """Some more files, perhaps none; None at the end."""
        data = await self._program.output.read(CHUNK_BYTES)
        return list(self._reader.feed(data)) if data else None

    async def check(self) -> None:
        """After the end: raises ``StudiumError`` where the program could not search at all."""
        await wait_exited(self._program.process)
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._said.ended.wait()
        if self._reader.is_whole:
            return
        if self._program.process.returncode == 2:
            message = self._said.text()
            raise StudiumError(ErrorCode.INVALID_VALUE, message or "The pattern is not understood.", field="text")
        message = (
            "The search was ended before it was through; it may need memory. Search in a folder, or stop programs."
        )
        raise StudiumError(ErrorCode.UNAVAILABLE, message)

    @property
    def unreadable(self) -> int:
        """Files and folders that could not be read."""
        return self._said.complaints

    @property
    def too_long(self) -> int:
        """Lines with matches that are too long to be told."""
        return self._reader.too_long


class Searching:
    """Starts searches."""

    def __init__(
        self, home: Home, inner_ring: Sequence[str], environment: Mapping[str, str], python: ProjectPython | None
    ) -> None:
        self._home = home
        self._programs = Programs(tuple(inner_ring), dict(environment))
        self._python = python
        self._searcher: Searcher | None = None

    @asynccontextmanager
    async def run(self, query: TextQuery, context: int, places: Sequence[str]) -> AsyncIterator[Search]:
        """Search a folder, or files; the program ends with the block."""
        if self._searcher is None:
            self._searcher = await asyncio.to_thread(Searcher.look, self._python)
        command = self._searcher.command(query, context, places)
        said = Said()
        async with self._programs.run(command, self._home.directory, said=said) as program:
            yield Search(program, said, plain_replacement(query))

    async def close(self) -> None:
        """Kill what runs."""
        await self._programs.close()
