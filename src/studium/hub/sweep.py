"""What a hub does every hour for as long as it runs: ends what has ended by time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from studium.protocol.errors import StudiumError

EVERY_SECONDS = 3600.0
AGAIN_SECONDS = 60.0
"""After an hour's work could not be done, since the database was away."""

_log = logging.getLogger(__name__)


async def sweep(*acts: Callable[[], Awaitable[object]]) -> None:
    """Do all acts, one after another, every hour from now on. One that fails does not hold up the others."""
    while True:
        pause = EVERY_SECONDS
        for act in acts:
            try:
                await act()
            except StudiumError:
                pause = AGAIN_SECONDS
            except Exception:
                _log.exception("A sweep failed.")
        await asyncio.sleep(pause)
