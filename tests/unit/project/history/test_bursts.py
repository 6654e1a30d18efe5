"""Which versions are shown as one."""

from uuid import UUID

from studium.project.history.bursts import MAX_BURST_SECONDS, MAX_BURST_VERSIONS, LogRow, bursts_of, cut_after
from studium.protocol.history import Burst
from studium.protocol.ids import AccountId

ADA, BOB = AccountId(UUID(int=1)), AccountId(UUID(int=2))


def bursts(*rows: tuple[float, AccountId | None], count: int = 1) -> list[Burst]:
    """Oldest first; rows of ``count`` versions each."""
    log = [LogRow(i * count + 1, (i + 1) * count, at, account) for i, (at, account) in enumerate(rows)]
    return list(bursts_of(iter(log[::-1])))[::-1]


def ranges(found: list[Burst]) -> list[tuple[int, int]]:
    return [(burst.first, burst.last) for burst in found]


def test_one_person_without_a_long_pause_is_one_burst() -> None:
    found = bursts((0, ADA), (200, ADA), (450, ADA))
    assert found == [Burst(1, 3, 0, 450, [ADA])]


def test_a_long_pause_begins_a_new_burst() -> None:
    assert ranges(bursts((0, ADA), (301, ADA))) == [(1, 1), (2, 2)]


def test_another_person_begins_a_new_burst() -> None:
    assert ranges(bursts((0, ADA), (60, BOB))) == [(1, 1), (2, 2)]


def test_people_who_type_at_the_same_time_share_a_burst() -> None:
    found = bursts((0, ADA), (1, BOB), (2, ADA), (3, BOB), (60, BOB))
    assert ranges(found) == [(1, 5)]
    assert set(found[0].account_ids) == {ADA, BOB}


def test_a_change_on_disk_stands_by_itself() -> None:
    assert ranges(bursts((0, ADA), (1, None), (2, None), (3, ADA))) == [(1, 1), (2, 3), (4, 4)]


def test_a_day_of_typing_is_many_bursts() -> None:
    found = bursts(*[(second * 60.0, ADA) for second in range(24 * 60)])
    assert len(found) >= 24
    assert all(burst.ended_at - burst.started_at <= MAX_BURST_SECONDS for burst in found)


def test_a_flood_of_edits_is_many_bursts() -> None:
    found = bursts(*[(0.0, ADA)] * 30, count=1_000)
    assert all(burst.last - burst.first + 1 <= MAX_BURST_VERSIONS for burst in found)
    assert found[0].first == 1
    assert found[-1].last == 30_000


def test_a_clock_that_was_set_back_begins_a_new_burst() -> None:
    assert ranges(bursts((10_000, ADA), (5, ADA))) == [(1, 1), (2, 2)]


def test_a_burst_is_cut_after_named_versions() -> None:
    burst = Burst(3, 9, 30.0, 90.0, [ADA, BOB])
    assert list(cut_after(burst, [])) == [burst]
    assert list(cut_after(burst, [(1, 10.0), (2, 20.0), (9, 90.0), (12, 120.0)])) == [burst]
    parts = list(cut_after(burst, [(3, 30.0), (5, 50.0), (5, 50.0), (8, 80.0)]))
    assert ranges(parts) == [(3, 3), (4, 5), (6, 8), (9, 9)]
    assert [part.ended_at for part in parts] == [30.0, 50.0, 80.0, 90.0]
