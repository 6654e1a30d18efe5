"""``projects.idle_minutes``: after how long without use a project stops, when its owners want another time than the
site's. Never more than the most that administrators allow."""

from studium.hub.tables.schema import Field, Kind, Who, Write
from studium.hub.tables.site_limits import SITE_LIMITS, read_limits
from studium.protocol.errors import ErrorCode, StudiumError

IDLE_MINUTES = Field(
    Kind.INTEGER,
    "Minutes without use after which it stops: 0 for never, null for the site's time. At most what the site allows.",
    sets=frozenset({Who.OWNER}),
    nullable=True,
    check=SITE_LIMITS["idle_minutes"].check,
)


async def check_idle_minutes(write: Write) -> None:
    """Refuse a time that the site does not allow."""
    minutes = write.values["idle_minutes"]
    most = (await read_limits(write.connection))["idle_minutes_most"]
    if most > 0 and not 0 < minutes <= most:
        wanted = "It cannot run without end" if minutes == 0 else f"{minutes:,} minutes are too many"
        raise StudiumError(
            ErrorCode.INVALID_VALUE,
            f"{wanted}: on this site a project that nobody uses stops after {most:,} minutes at the latest. "
            "Choose a shorter time, or ask an administrator.",
            field="idle_minutes",
            most=most,
        )
