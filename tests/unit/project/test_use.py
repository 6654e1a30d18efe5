import asyncio

from studium.project.use import Use


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_idleness_is_counted_from_the_last_use() -> None:
    clock = Clock()
    use = Use(clock)
    clock.now += 30
    assert use.idle_seconds() == 30
    use.note()
    assert use.idle_seconds() == 0
    clock.now += 5
    assert use.statistics() == {"busy": 0, "idle_seconds": 5}


def test_what_is_busy_is_never_idle_and_its_end_is_a_use() -> None:
    clock = Clock()
    use = Use(clock)
    with use.busy(), use.busy():
        clock.now += 1000
        assert use.idle_seconds() == 0
    assert use.idle_seconds() == 0
    clock.now += 7
    assert use.idle_seconds() == 7


async def test_a_wait_ends_with_the_next_use_or_with_its_time() -> None:
    use = Use(Clock())
    waits = [asyncio.create_task(use.wait_used(60)) for _ in range(3)]
    await asyncio.sleep(0)
    waits[0].cancel()
    use.note()
    await asyncio.wait_for(asyncio.gather(*waits[1:]), 60)
    await asyncio.wait_for(use.wait_used(0.01), 60)
    with use.busy():
        await asyncio.wait_for(use.wait_used(60), 60)
