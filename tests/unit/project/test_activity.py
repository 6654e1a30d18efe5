"""What a project server reports of people, and what it keeps until a hub has taken it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from studium.project import activity as module
from studium.project.activity import Activity
from studium.protocol.activity import LogEvent, ReportBatch, TakeReports
from studium.protocol.ids import AccountId, ProjectId
from studium.protocol.session import Identity, Role

ADA = Identity(AccountId(UUID(int=1)), "Ada", 1, Role.OWNER, ProjectId(UUID(int=9)), 0)
BOB = Identity(AccountId(UUID(int=2)), "Bob", 2, Role.COLLABORATOR, ProjectId(UUID(int=9)), 0)


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        self.seconds += 1e-6
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def activity(tmp_path: Path, clock: Clock) -> AsyncIterator[Activity]:
    made = Activity(tmp_path, clock)
    await made.open()
    yield made
    await made.close()


async def now(activity: Activity, after: ReportBatch | None = None) -> ReportBatch:
    """The next batch, without waiting for news or for the end of what goes on."""
    return await activity.take(TakeReports(None if after is None else after.batch))


def told(batch: ReportBatch) -> list[tuple[str, str, bool]]:
    return [(str(report.event), report.path, report.ended) for report in batch.reports]


async def test_keystrokes_become_one_report_until_they_end(activity: Activity, clock: Clock) -> None:
    for _ in range(1000):
        activity.edited(ADA, "a.md")
        clock.seconds += 0.1
    activity.edited(BOB, "a.md")
    first = await now(activity)
    assert told(first) == [("file_edited", "a.md", False), ("file_edited", "a.md", False)]
    assert {report.account_id for report in first.reports} == {ADA.account_id, BOB.account_id}
    last = await activity.take(TakeReports(first.batch, wait=False))
    assert told(last) == [("file_edited", "a.md", True), ("file_edited", "a.md", True)]
    assert {report.log_id for report in last.reports} == {report.log_id for report in first.reports}
    assert last.reports[0].until == pytest.approx(clock.seconds, abs=0.2)
    assert all(report.at <= report.until for report in (*first.reports, *last.reports))
    assert (await activity.take(TakeReports(last.batch, wait=False))).reports == []
    assert activity.statistics() == {"waiting": 0, "taken": 4, "lost": 0, "bursts": 0}


async def test_a_minutes_silence_or_five_minutes_end_a_burst(
    activity: Activity, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH_SECONDS", 0.0)
    monkeypatch.setattr(module, "SILENCE_SECONDS", 0.02)  # of the loop's clock: when it looks at ours
    activity.edited(ADA, "a.md")
    first = await now(activity)
    clock.seconds += 1
    ended = await asyncio.wait_for(now(activity, first), 60)
    assert told(ended) == [("file_edited", "a.md", True)]
    monkeypatch.setattr(module, "SILENCE_SECONDS", 60.0)
    activity.edited(ADA, "b.md")
    clock.seconds += 301
    activity.edited(ADA, "b.md")
    assert told(await now(activity, ended)) == [("file_edited", "b.md", True), ("file_edited", "b.md", False)]


async def test_what_was_not_taken_is_sent_again(activity: Activity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_SECONDS", 0.0)
    activity.did(ADA, LogEvent.FILE_RENAMED, "a.md", "b.md")
    first = await now(activity)
    again = await now(activity)
    assert again.reports == first.reports
    assert (await now(activity, first)).reports == first.reports, "a batch that is not the last one proves nothing"
    activity.did(BOB, LogEvent.FILE_DELETED, "b.md")
    second = await now(activity)
    assert told(second) == [("file_renamed", "a.md", True), ("file_deleted", "b.md", True)]
    activity.did(ADA, LogEvent.FILE_CREATED, "c.md")  # while the batch is written
    assert told(await now(activity, second)) == [("file_created", "c.md", True)]


async def test_a_hub_waits_for_news_and_the_next_batch_for_its_time(
    activity: Activity, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = asyncio.create_task(now(activity))
    await asyncio.sleep(0)
    activity.opened(ADA, "a.md")
    first = await asyncio.wait_for(waiting, 60)  # the first at once
    assert told(first) == [("file_opened", "a.md", True)]
    monkeypatch.setattr(module, "BATCH_SECONDS", 0.2)
    began = asyncio.get_running_loop().time()
    activity.opened(ADA, "b.md")
    activity.opened(BOB, "b.md")
    assert len((await asyncio.wait_for(now(activity, first), 60)).reports) == 2
    assert asyncio.get_running_loop().time() - began > 0.15


async def test_a_new_hub_takes_the_place_of_one_that_waits(activity: Activity) -> None:
    old = asyncio.create_task(now(activity))
    await asyncio.sleep(0)
    new = asyncio.create_task(now(activity))
    assert (await asyncio.wait_for(old, 60)).reports == []
    activity.opened(ADA, "a.md")
    assert told(await asyncio.wait_for(new, 60)) == [("file_opened", "a.md", True)]
    waiting = asyncio.create_task(now(activity))
    await asyncio.sleep(0)
    activity.stop_waiting()
    await asyncio.wait_for(waiting, 60)


async def test_opening_again_within_half_an_hour_is_no_news(activity: Activity, clock: Clock) -> None:
    for _ in range(3):
        activity.opened(ADA, "a.md")
        clock.seconds += 1700
    assert len((await now(activity)).reports) == 1
    clock.seconds += 1900
    activity.opened(ADA, "a.md")
    assert activity.statistics()["waiting"] == 2


async def test_it_outlives_the_server(activity: Activity, tmp_path: Path) -> None:
    activity.edited(ADA, "a.md")
    activity.did(BOB, LogEvent.FILE_CREATED, "b.md")
    async with asyncio.timeout(60):
        while not (tmp_path / "activity.json").exists():  # written by a thread, on its own
            await asyncio.sleep(0.01)
    killed = Activity(tmp_path)  # as another process finds it
    await killed.open()
    assert told(await now(killed)) == [("file_edited", "a.md", True), ("file_created", "b.md", True)]
    await killed.close()


async def test_a_torn_file_costs_what_it_held_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "activity.json").write_bytes(b'[{"log_id": "')
    activity = Activity(tmp_path)
    await activity.open()
    activity.opened(ADA, "a.md")
    assert told(await now(activity)) == [("file_opened", "a.md", True)]
    await activity.close()


async def test_reports_and_openings_are_bounded(activity: Activity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ENTRIES", 3)
    monkeypatch.setattr(module, "MAX_OPENED", 2)
    for number in range(5):
        activity.opened(ADA, f"{number}.md")
    assert activity.statistics() == {"waiting": 3, "taken": 0, "lost": 2, "bursts": 0}
    assert [report.path for report in (await now(activity)).reports] == ["2.md", "3.md", "4.md"]
    activity.opened(ADA, "4.md")
    assert activity.statistics()["waiting"] == 3
    activity.opened(ADA, "0.md")  # forgotten: told once more
    assert activity.statistics()["lost"] == 3


async def test_a_batch_is_bounded(activity: Activity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_REPORTS", 2)
    for number in range(3):
        activity.did(ADA, LogEvent.FILE_UPLOADED, f"{number}.md")
    first = await activity.take(TakeReports(uuid4(), wait=False))
    second = await activity.take(TakeReports(first.batch, wait=False))
    assert (len(first.reports), len(second.reports)) == (2, 1)
