"""The watcher over real directories."""

import asyncio
import errno
from collections.abc import AsyncIterator
from pathlib import Path

import asyncinotify
import pytest

from studium.project.watcher import Watcher, WatchEvent, WatchKind
from studium.protocol.errors import ErrorCode, StudiumError


class Events:
    """Collects events and waits for one."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[WatchEvent] = asyncio.Queue()

    def __call__(self, event: WatchEvent) -> None:
        self.queue.put_nowait(event)

    async def wait_for(self, name: str | None, kind: WatchKind) -> None:
        async with asyncio.timeout(60):
            while await self.queue.get() != WatchEvent(name, kind):
                pass


@pytest.fixture
async def watcher() -> AsyncIterator[Watcher]:
    watcher = Watcher()
    yield watcher
    await watcher.close()


async def test_tells_what_happens_to_names(watcher: Watcher, tmp_path: Path) -> None:
    events = Events()
    watcher.watch(tmp_path, events)
    (tmp_path / "a").write_text("1")
    await events.wait_for("a", WatchKind.CREATED)
    await events.wait_for("a", WatchKind.CHANGED)
    (tmp_path / "a").rename(tmp_path / "b")
    await events.wait_for("a", WatchKind.DELETED)
    await events.wait_for("b", WatchKind.CREATED)
    (tmp_path / "b").unlink()
    await events.wait_for("b", WatchKind.DELETED)


async def test_two_receivers_share_a_watch_also_by_another_name(watcher: Watcher, tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    first, second = Events(), Events()
    stop = watcher.watch(real, first)
    watcher.watch(tmp_path / "link", second)
    assert watcher.statistics()["directories"] == 1
    stop()
    stop()
    (real / "x").touch()
    await second.wait_for("x", WatchKind.CREATED)
    assert first.queue.empty()


async def test_a_deleted_or_moved_directory_is_gone_and_can_be_watched_again(watcher: Watcher, tmp_path: Path) -> None:
    place = tmp_path / "place"
    for _ in range(2):
        place.mkdir()
        events = Events()
        stop = watcher.watch(place, events)
        place.rmdir()
        await events.wait_for(None, WatchKind.GONE)
        stop()
    place.mkdir()
    events = Events()
    watcher.watch(place, events)
    place.rename(tmp_path / "elsewhere")
    await events.wait_for(None, WatchKind.GONE)
    assert watcher.statistics()["directories"] == 0


async def test_errors_are_answers(watcher: Watcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StudiumError) as missing:
        watcher.watch(tmp_path / "missing", Events())
    assert missing.value.code is ErrorCode.NOT_FOUND
    (tmp_path / "file").touch()
    with pytest.raises(StudiumError) as not_directory:
        watcher.watch(tmp_path / "file", Events())
    assert not_directory.value.code is ErrorCode.NOT_FOUND

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(asyncinotify.Inotify, "add_watch", full)
    with pytest.raises(StudiumError, match="max_user_watches") as limit:
        watcher.watch(tmp_path, Events())
    assert limit.value.code is ErrorCode.UNAVAILABLE
