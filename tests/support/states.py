"""The states that a project goes through, as everybody in it sees them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from studium.protocol.ids import ProjectId
from support.hub import RunningHub

States = asyncio.Queue[dict[str, Any]]


@asynccontextmanager
async def states(hub: RunningHub, project: ProjectId) -> AsyncIterator[States]:
    """Every state from now on, as this hub hears of it."""
    seen: States = asyncio.Queue()

    def changed(change: Any) -> None:
        if change.changed("state") and change.new["project_id"] == project:
            seen.put_nowait(change.new["state"])

    stop = hub.hub.changes.listen("projects", changed)
    yield seen
    stop()


async def until(seen: States, status: str, *, warned: bool | None = None) -> dict[str, Any]:
    """The next state with this status; with ``warned`` only one with, or without, a warning that it will be stopped."""
    async with asyncio.timeout(30):
        while True:
            state = await seen.get()
            if state["status"] == status and warned in (None, "stops_at" in state):
                return state
