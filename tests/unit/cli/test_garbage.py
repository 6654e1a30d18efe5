"""Full garbage collections of a hub: rare, but they happen, and everything is as before afterwards."""

import asyncio
import gc
import weakref

from studium.cli.garbage import RareCollections


class Cycle:
    """What only the collector frees."""

    def __init__(self) -> None:
        self.itself = self


async def test_old_cycles_are_freed_and_no_full_collection_is_made_by_growth() -> None:
    before = gc.get_threshold()
    collections = RareCollections(0.2)
    async with collections.running():
        cycle = Cycle()
        gone = asyncio.Event()
        weakref.finalize(cycle, gone.set)
        gc.collect(1)  # it is old now
        made = gc.get_stats()[2]["collections"]
        kept = [[number] for number in range(200_000)]
        assert gc.get_stats()[2]["collections"] == made
        del cycle
        await asyncio.wait_for(gone.wait(), 60)
        assert len(kept) == 200_000
        while not collections.statistics()["full_collections"]:
            await asyncio.sleep(0.01)
    statistics = collections.statistics()
    assert 0 < statistics["longest_pause_seconds"] <= statistics["paused_seconds"]
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
