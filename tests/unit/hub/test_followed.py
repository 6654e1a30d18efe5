"""What the hub remembers of the database: forgotten by what a change is about, and by nothing else."""

from typing import cast

import pytest

from studium.hub import followed
from studium.hub.database.changes import ChangeStream
from studium.hub.followed import Followed


class Connected:
    """A stream of changes that is up and whose changes are all visible."""

    connected = True

    async def wait_visible(self, _transactions: set[int]) -> None:
        return None


class Site:
    """Roles by project and account, and how often they were read."""

    def __init__(self) -> None:
        self.reads = 0
        self.remembered: Followed[tuple[str, str], int] = Followed(
            cast(ChangeStream, Connected()), self.read, lambda pair, _: (pair, *pair)
        )

    async def read(self, pair: tuple[str, str]) -> int | None:
        self.reads += 1
        return None if pair[0] == "nowhere" else self.reads

    async def read_again(self, *pairs: tuple[str, str]) -> set[tuple[str, str]]:
        """Which of these are not remembered."""
        again = set()
        for pair in pairs:
            before = self.reads
            await self.remembered.get(pair)
            if self.reads > before:
                again.add(pair)
        return again


ALL = [("p", "ada"), ("p", "bob"), ("q", "ada"), ("q", "bob")]


async def test_a_change_forgets_what_it_is_about() -> None:
    site = Site()
    assert await site.read_again(*ALL) == set(ALL)
    assert await site.read_again(*ALL) == set()
    site.remembered.forget(["ada"], 7)
    assert await site.read_again(*ALL) == {("p", "ada"), ("q", "ada")}
    site.remembered.forget(["p"])
    assert await site.read_again(*ALL) == {("p", "ada"), ("p", "bob")}
    site.remembered.forget([("q", "bob")])
    assert await site.read_again(*ALL) == {("q", "bob")}
    site.remembered.forget(["nobody"])
    site.remembered.forget([])
    assert await site.read_again(*ALL) == set()
    site.remembered.forget()
    assert await site.read_again(*ALL) == set(ALL)


async def test_nothing_is_left_of_what_is_forgotten() -> None:
    site = Site()
    for number in range(50):
        await site.remembered.get((f"p{number}", "ada"))
    site.remembered.forget(["ada"])
    assert not site.remembered._entries
    assert not site.remembered._about


async def test_the_oldest_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followed, "MAX_ENTRIES", 3)
    site = Site()
    await site.read_again(*ALL)
    assert site.remembered.statistics()["entries"] == 3
    assert await site.read_again(*ALL[1:]) == set()
    assert len(site.remembered._about) == len({one for pair in ALL[1:] for one in (pair, *pair)})


async def test_what_is_not_there_is_asked_for_each_time() -> None:
    site = Site()
    assert await site.read_again(("nowhere", "ada")) == {("nowhere", "ada")}
    assert await site.read_again(("nowhere", "ada")) == {("nowhere", "ada")}
