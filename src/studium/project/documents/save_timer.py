"""When to save: soon after an edit, not later than a while after the first one, with growing pauses after a failure."""

import asyncio
from collections.abc import Callable

SAVE_AFTER_SECONDS = 0.5  # after the last edit
SAVE_AT_MOST_SECONDS = 1.5  # after the first edit that is not saved: with the time of saving, no letter waits for two
RETRY_SECONDS = (2.0, 30.0)  # first and longest pause after a failed save


class SaveTimer:
    """Calls ``due`` when it is time to save."""

    def __init__(self, due: Callable[[], None]) -> None:
        self._due = due
        self._loop = asyncio.get_running_loop()
        self._edited_at: float | None = None
        self._at = 0.0
        self._failures = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_dirty(self) -> bool:
        """Whether there is an edit that is not saved."""
        return self._edited_at is not None

    def edited(self, since: float | None = None) -> None:
        """There is something to save; ``since`` (a time of the loop) when it was not now that it began."""
        now = self._loop.time()
        if self._edited_at is None:
            self._edited_at = now if since is None else since
        if self._failures:
            return  # the retry takes it along
        self._at = min(now + SAVE_AFTER_SECONDS, self._edited_at + SAVE_AT_MOST_SECONDS)
        if self._timer is None:
            self._timer = self._loop.call_at(self._at, self._on_time)

    def clean(self) -> None:
        """Nothing is left to save."""
        self._edited_at = None

    def saved(self) -> None:
        """A save has worked."""
        self._edited_at = None
        self._end_retries()

    def recovered(self) -> None:
        """What was in the way of saving is gone."""
        self._end_retries()
        if self._edited_at is not None:
            self.edited()

    def failed(self) -> None:
        """A save has failed: try again after a while."""
        first, longest = RETRY_SECONDS
        pause = min(first * 2**self._failures, longest)
        self._failures = min(self._failures + 1, 10)
        self.stop()
        self._at = self._loop.time() + pause
        self._timer = self._loop.call_at(self._at, self._on_time)

    def stop(self) -> None:
        """Let go of the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end_retries(self) -> None:
        if self._failures:
            self._failures = 0
            self.stop()

    def _on_time(self) -> None:
        self._timer = None
        if self._edited_at is None and not self._failures:
            return
        if self._loop.time() < self._at - 0.001:  # edits came meanwhile; one timer serves them all
            self._timer = self._loop.call_at(self._at, self._on_time)
        else:
            self._due()
