"""Which versions of a history belong together. Pure."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from studium.protocol.history import Burst
from studium.protocol.ids import AccountId

TOGETHER_SECONDS = 10.0
"""Edits of several people that are no further apart are one burst: they typed at the same time."""

PAUSE_SECONDS = 300.0
"""A pause of one person after which a new burst begins."""

MAX_BURST_SECONDS = 3600.0
MAX_BURST_VERSIONS = 5_000
"""Bursts end after so long, so that a day of typing without a pause is no single line of a list."""


class LogRow(NamedTuple):
    """A run of updates of one account, as the log has it: the versions ``first`` to ``last``, made at ``at``."""

    first: int
    last: int
    at: float
    account_id: AccountId | None


def bursts_of(rows: Iterator[LogRow]) -> Iterator[Burst]:
    """Bursts, the newest first, of rows that come the newest first. Every version is in exactly one of them."""
    run: list[LogRow] = []
    accounts: dict[AccountId | None, None] = {}
    for row in rows:
        if run and not _joins(row, run, accounts):
            yield _burst(run, accounts)
            run, accounts = [], {}
        run.append(row)
        accounts[row.account_id] = None
    if run:
        yield _burst(run, accounts)


def cut_after(burst: Burst, versions: Iterable[tuple[int, float]]) -> Iterator[Burst]:
    """The parts of a burst that end with ``versions`` (each with its time, the oldest first) and with the burst."""
    first = burst.first
    for version, at in versions:
        if first <= version < burst.last:
            yield replace(burst, first=first, last=version, ended_at=at)
            first = version + 1
    yield replace(burst, first=first)


def _joins(row: LogRow, run: list[LogRow], accounts: dict[AccountId | None, None]) -> bool:
    newest, oldest = run[0], run[-1]
    gap = abs(oldest.at - row.at)  # a clock that was set may run backwards
    if row.account_id in accounts:
        near = gap <= PAUSE_SECONDS
    else:
        # What a program did to the file stands by itself: it is what people most often want to take back.
        near = gap <= TOGETHER_SECONDS and row.account_id is not None and None not in accounts
    return near and abs(newest.at - row.at) <= MAX_BURST_SECONDS and newest.last - row.first + 1 <= MAX_BURST_VERSIONS


def _burst(run: list[LogRow], accounts: dict[AccountId | None, None]) -> Burst:
    return Burst(run[-1].first, run[0].last, run[-1].at, run[0].at, list(accounts))
