"""The limits among the settings of the site: their bounds, and what holds where an administrator has set nothing."""

import math
from dataclasses import dataclass
from typing import Any

from studium.hub.database import Connection, Database

MINUTES_IN_A_YEAR = 525_600
_SETTINGS = "SELECT name, value FROM site_settings WHERE name = ANY($1::text[])"


@dataclass(frozen=True)
class SiteLimit:
    """A number that administrators set. ``default`` None: what the hub that starts a project was configured with."""

    description: str
    least: float
    most: float
    default: float | None = None
    whole: bool = True

    def check(self, value: Any) -> Any:
        """The value, if it is within the bounds. Raises ``ValueError`` with the end of a sentence."""
        kinds = (int,) if self.whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not math.isfinite(value):
            raise ValueError("must be a whole number" if self.whole else "must be a number")
        if not self.least <= value <= self.most:
            raise ValueError(f"must be from {self.least:,} to {self.most:,}; it is {value:,}")
        return value


SITE_LIMITS = {
    "idle_minutes": SiteLimit("minutes without use after which a project stops, 0 for never", 0, MINUTES_IN_A_YEAR, 30),
    "idle_minutes_most": SiteLimit("the most that an owner may choose, 0 for no bound", 0, MINUTES_IN_A_YEAR, 1440),
    "running_projects": SiteLimit("projects of one account that run at once", 1, 10_000, 50),
    "project_memory_bytes": SiteLimit("memory of a project", 128 * 2**20, 16 * 2**40),
    "project_cores": SiteLimit("processor cores of a project", 0.1, 1024, whole=False),
    "project_processes": SiteLimit("processes and threads of a project", 32, 1_000_000),
}


async def read_limits(connection: "Connection | Database") -> dict[str, Any]:
    """What administrators have set, and the defaults of what they have not; None where the configuration counts."""
    rows = await connection.fetch(_SETTINGS, list(SITE_LIMITS))
    return {name: limit.default for name, limit in SITE_LIMITS.items()} | {row["name"]: row["value"] for row in rows}
