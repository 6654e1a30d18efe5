"""What a hub says of itself and of the site, twice a minute, into tables that administrators follow.

Numbers that nobody asked for are written all the same: a few rows for all who look, instead of a question from each
page.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from studium import __version__
from studium.compute.driver import Limits
from studium.hub.database import Database
from studium.hub.database.statements import Statements
from studium.protocol.errors import StudiumError
from studium.protocol.ids import HubId

WRITE_SECONDS = 30.0
SQL = Statements(Path(__file__).with_name("statistics.sql"))


@dataclass(frozen=True)
class HubNumbers:
    """What is going on in a hub now; the fields of the table ``hubs``."""

    connections: int
    feeds: int
    sockets: int
    projects: int


class StatisticsWriter:
    """Writes from ``start`` to ``stop``. ``numbers`` answers what is going on; ``limits`` are the configured ones."""

    def __init__(self, database: Database, hub_id: HubId, limits: Limits, numbers: Callable[[], HubNumbers]) -> None:
        self._database = database
        self._hub_id = hub_id
        self._limits = limits
        self._numbers = numbers
        self._writer: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Write, and go on doing so."""
        await self.write()
        self._writer = asyncio.create_task(self._write_on(), name="statistics")

    async def stop(self) -> None:
        """Write no more."""
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)

    async def write(self) -> None:
        """The numbers of this moment."""
        numbers = self._numbers()
        limits = {
            "memory_bytes": self._limits.memory_bytes,
            "cpu_cores": self._limits.cpu_cores,
            "processes": self._limits.processes,
        }
        await self._database.execute(
            SQL["write_hub"],
            self._hub_id,
            __version__,
            numbers.connections,
            numbers.feeds,
            numbers.sockets,
            numbers.projects,
            memory_bytes(),
            limits,
        )
        await self._database.execute(SQL["count_site"], WRITE_SECONDS * 0.8)
        await self._database.execute(SQL["forget_dead"])

    async def _write_on(self) -> None:
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            with contextlib.suppress(StudiumError):  # the database is away; whoever looks sees how old the numbers are
                await self.write()


def memory_bytes() -> int:
    """Memory of this process that is not swapped out, shared pages included."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
