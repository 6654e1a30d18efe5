"""What a hub does every hour for as long as it runs: ends what has ended by time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from studium.protocol.errors import StudiumError

EVERY_SECONDS = 3600.0
AGAIN_SECONDS = 60.0
"""After an hour's work could not be done, since the database was away."""

LEAST_SECONDS = 1.0
"""Between two sweeps: many things may end in one second."""

_log = logging.getLogger(__name__)

Act = Callable[[], Awaitable[float | None]]
"""One kind of work. Answers in how many seconds there is more of it, when that is known."""


async def sweep(*acts: Act) -> None:
    """Do all acts, one after another, every hour from now on, or sooner when one knows of something that ends sooner.

    One that fails does not hold up the others.
    """
    while True:
        pause = EVERY_SECONDS
        for act in acts:
            try:
                again = await act()
            except StudiumError:
                again = AGAIN_SECONDS
            except Exception:
                _log.exception("A sweep failed.")
                again = None
            pause = pause if again is None else min(pause, again)
        await asyncio.sleep(max(LEAST_SECONDS, pause))
