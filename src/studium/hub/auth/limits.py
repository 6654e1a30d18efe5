"""Limits on guessing: token buckets by client address and by account, in bounded memory.

Each hub counts for itself: with N hubs a guesser has N times as many tries, which is still hopeless against argon2id.
"""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

from studium.protocol.errors import ErrorCode, StudiumError

MAX_KEYS = 20_000
"""Buckets kept; past it the one that was longest unused is forgotten, which only ever forgives."""


class RateLimiter:
    """``burst`` tries at once, then one every ``refill_seconds``."""

    def __init__(self, burst: int, refill_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst = float(burst)
        self._refill_seconds = refill_seconds
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._refused = 0

    def take(self, key: str) -> None:
        """Use one try. Raises ``rate_limited`` with ``retry_after`` in seconds."""
        now = self._clock()
        left, at = self._buckets.pop(key, (self._burst, now))
        left = min(self._burst, left + (now - at) / self._refill_seconds)
        allowed = left >= 1
        self._buckets[key] = (left - 1 if allowed else left, now)
        if len(self._buckets) > MAX_KEYS:
            self._buckets.popitem(last=False)
        if not allowed:
            self._refused += 1
            wait = max(1, round((1 - left) * self._refill_seconds))
            raise StudiumError(
                ErrorCode.RATE_LIMITED,
                f"There were too many tries. Wait {wait} second{'s' if wait != 1 else ''}, then try again.",
                retry_after=wait,
            )

    def give_back(self, key: str) -> None:
        """Undo one ``take``: the try was a good one."""
        if key in self._buckets:
            left, at = self._buckets[key]
            self._buckets[key] = (min(self._burst, left + 1), at)

    def statistics(self) -> dict[str, int]:
        """Buckets kept, and tries refused."""
        return {"keys": len(self._buckets), "refused": self._refused}


def address_key(address: str | None) -> str:
    """What a client address counts as: an IPv6 one by its network of 64 bits, which one household has for itself."""
    try:
        parsed = ipaddress.ip_address((address or "").split("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
