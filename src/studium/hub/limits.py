"""The limits that hold now: what administrators set in the table ``site_settings``, else what the hub was started with.

They are read afresh each time: a limit is asked for once at the start of a project, not by every request.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from studium.compute.driver import Limits
from studium.hub.database import Database
from studium.hub.tables.site_limits import read_limits


@dataclass(frozen=True)
class ProjectLimits:
    """Limits of the processes of a project: ``configured``, unless an administrator set others."""

    database: Database
    configured: Limits

    async def read(self) -> Limits:
        """For a project that starts now."""
        found = await read_limits(self.database)
        names = {
            "memory_bytes": "project_memory_bytes",
            "cpu_cores": "project_cores",
            "processes": "project_processes",
        }
        return replace(self.configured, **{own: found[name] for own, name in names.items() if found[name] is not None})


def idle_minutes(own: int | None, limits: Mapping[str, Any]) -> int | None:
    """After how many minutes without use a project stops; None for never. ``own`` is what its owner chose, if
    anything: never more than the site's most, whenever that was set."""
    chosen = limits["idle_minutes"] if own is None else own
    bounds = [minutes for minutes in (chosen, limits["idle_minutes_most"]) if minutes > 0]
    return min(bounds) if bounds else None
