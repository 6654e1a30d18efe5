"""When a file is saved, on a clock that jumps."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from studium.project.documents.save_timer import RETRY_SECONDS, SAVE_AFTER_SECONDS, SAVE_AT_MOST_SECONDS, SaveTimer


@dataclass
class Handle:
    at: float
    call: Callable[[], None]
    is_cancelled: bool = False

    def cancel(self) -> None:
        self.is_cancelled = True


class Clock:
    """A loop's clock and timers."""

    def __init__(self) -> None:
        self.now = 100.0
        self.handles: list[Handle] = []

    def time(self) -> float:
        return self.now

    def call_at(self, at: float, call: Callable[[], None]) -> Handle:
        self.handles.append(Handle(at, call))
        return self.handles[-1]

    def advance(self, seconds: float) -> None:
        until = self.now + seconds
        while due := [handle for handle in self.handles if handle.at <= until and not handle.is_cancelled]:
            first = min(due, key=lambda handle: handle.at)
            self.handles.remove(first)
            self.now = max(self.now, first.at)
            first.call()
        self.now = until


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: clock)
    return clock


@pytest.fixture
def due(clock: Clock) -> list[float]:
    return []


@pytest.fixture
def timer(clock: Clock, due: list[float]) -> SaveTimer:
    return SaveTimer(lambda: due.append(clock.now))


def test_soon_after_the_last_edit(clock: Clock, timer: SaveTimer, due: list[float]) -> None:
    timer.edited()
    clock.advance(SAVE_AFTER_SECONDS / 2)
    timer.edited()
    clock.advance(SAVE_AFTER_SECONDS * 0.9)
    assert due == []
    clock.advance(SAVE_AFTER_SECONDS * 0.2)
    assert len(due) == 1


def test_not_later_than_a_while_after_the_first(clock: Clock, timer: SaveTimer, due: list[float]) -> None:
    began = clock.now
    while not due and clock.now < began + 10:
        timer.edited()
        clock.advance(0.05)
    assert due == [pytest.approx(began + SAVE_AT_MOST_SECONDS)]


def test_nothing_is_due_once_it_is_saved_otherwise(clock: Clock, timer: SaveTimer, due: list[float]) -> None:
    timer.edited()
    timer.clean()
    clock.advance(10)
    assert due == []
    assert not timer.is_dirty
    timer.edited()
    clock.advance(10)
    assert len(due) == 1


def test_pauses_after_failures_grow_and_edits_do_not_shorten_them(
    clock: Clock, timer: SaveTimer, due: list[float]
) -> None:
    timer.edited()
    for expected in (2.0, 4.0, 8.0, 16.0, RETRY_SECONDS[1], RETRY_SECONDS[1]):
        failed_at = clock.now
        timer.failed()
        due.clear()
        while not due:
            timer.edited()
            clock.advance(0.1)
        assert due == [pytest.approx(failed_at + expected)]


def test_a_failure_is_tried_again_though_nothing_was_typed(clock: Clock, timer: SaveTimer, due: list[float]) -> None:
    timer.failed()
    clock.advance(RETRY_SECONDS[0])
    assert len(due) == 1


def test_after_recovering_edits_are_saved_soon_again(clock: Clock, timer: SaveTimer, due: list[float]) -> None:
    timer.edited()
    for _ in range(5):
        timer.failed()
    timer.recovered()
    clock.advance(SAVE_AFTER_SECONDS)
    assert len(due) == 1
    timer.saved()
    clock.advance(100)
    assert len(due) == 1


def test_what_was_typed_during_a_save_counts_from_then(clock: Clock, timer: SaveTimer, due: list[float]) -> None:
    timer.edited()
    clock.advance(1)
    started = clock.now
    clock.advance(SAVE_AT_MOST_SECONDS)  # a slow save
    due.clear()
    timer.saved()
    timer.edited(since=started)
    clock.advance(0.01)
    assert len(due) == 1
