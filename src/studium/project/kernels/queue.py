"""The cells of one notebook that wait for their turn."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final, NamedTuple

from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId

MAX_CELLS: Final = 20_000


class Waiting(NamedTuple):
    """A cell that shall run, for whom, and whether its error takes the others from the queue."""

    cell_id: str
    account_id: AccountId | None
    stop_on_error: bool


class RunQueue:
    """In order; a cell waits once."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, Waiting] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def cell_ids(self) -> list[str]:
        """The cells that wait, in order."""
        return list(self._waiting)

    def add(self, cell_ids: Iterable[str], account_id: AccountId | None, *, stop_on_error: bool) -> list[str]:
        """Put cells behind those that wait; those that did not wait yet. Raises ``rate_limited``."""
        new = [cell_id for cell_id in dict.fromkeys(cell_ids) if cell_id not in self._waiting]
        if len(self._waiting) + len(new) > MAX_CELLS:
            message = f"More than {MAX_CELLS} cells wait already. Let some of them run first."
            raise StudiumError(ErrorCode.RATE_LIMITED, message, limit=MAX_CELLS)
        for cell_id in new:
            self._waiting[cell_id] = Waiting(cell_id, account_id, stop_on_error)
        return new

    def take(self) -> Waiting | None:
        """The next one."""
        return self._waiting.popitem(last=False)[1] if self._waiting else None

    def cancel(self, cell_ids: Iterable[str] = ()) -> list[str]:
        """Take cells out, all of them when none is named; those that waited."""
        wanted = list(cell_ids) or list(self._waiting)
        return [cell_id for cell_id in wanted if self._waiting.pop(cell_id, None) is not None]
