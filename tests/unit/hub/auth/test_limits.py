"""Limits on guessing, by a clock that jumps."""

import pytest

from studium.hub.auth import limits
from studium.hub.auth.limits import RateLimiter, address_key
from studium.protocol.errors import StudiumError


def test_a_burst_then_one_at_a_time() -> None:
    now = 0.0
    limiter = RateLimiter(3, 10.0, lambda: now)
    for _ in range(3):
        limiter.take("a")
    with pytest.raises(StudiumError) as refused:
        limiter.take("a")
    assert (refused.value.code, refused.value.data["retry_after"]) == ("rate_limited", 10)
    limiter.take("b")
    now = 9.0
    with pytest.raises(StudiumError):
        limiter.take("a")
    now = 10.0
    limiter.take("a")
    limiter.give_back("a")
    limiter.take("a")
    assert limiter.statistics() == {"keys": 2, "refused": 2}


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_KEYS", 10)
    limiter = RateLimiter(1, 10.0)
    for number in range(1000):
        limiter.take(str(number))
    assert limiter.statistics()["keys"] == 10


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_address_key(address: str | None, key: str) -> None:
    assert address_key(address) == key
