"""The text of any version, by replaying the log. Blocking, for one thread.

The store keeps few checkpoints, all of them new. On the way to an older version more are made, in memory, so that the
next one near it is a replay of some thousand updates at most. Going forward goes on with the document of the last
answer: to play a history costs no more than to replay it once.
"""

from bisect import bisect_right, insort
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any

from pycrdt import Doc

from studium.project.history.log import Log
from studium.project.history.pace import Pace
from studium.sync.format import Blob, Format
from studium.sync.formats import TextStyle
from studium.sync.replica import fill
from studium.sync.updates import decode_snapshot, encode_snapshot, is_integrated

STEP_UPDATES = 10_000
"""Updates between two checkpoints in memory: some 50 ms of replay."""

MAX_CHECKPOINT_BYTES = 64 * 1024 * 1024
"""Checkpoints of all histories in memory. Past it the histories that were asked for least lately lose theirs, and the
last one every other of its own."""

MAX_LIVE = 4
"""Histories whose last answer is kept as a document."""

_READ_UPDATES = 1_000
_BREATH_UPDATES = 50


class _Live:
    """A document at some version. ``waiting`` are updates that rest on one that had not come."""

    def __init__(self, format_: Format, version: int, snapshot: bytes | None, pace: Pace) -> None:
        self._pace = pace
        self._format = format_
        self.version = version
        self.doc: Doc[Any] = Doc(allow_multithreading=True)
        format_.prepare(self.doc)
        self.waiting: list[bytes] = []
        self._held: list[bytes] = []  # of those that wait, the ones of which something is not applied yet
        if snapshot is not None:
            document, self.waiting = decode_snapshot(snapshot)
            self.doc.apply_update(document)
            self._apply(self.waiting)

    def text(self) -> str:
        """The text then."""
        return self._format.text(self.doc)

    def _apply(self, updates: list[bytes]) -> None:
        """Apply, but for what comes after a gap: nobody saw that then."""
        for start in range(0, len(updates), _BREATH_UPDATES):
            with self.doc.transaction():
                self._held = list(fill(self.doc, [*self._held, *updates[start : start + _BREATH_UPDATES]]))
            self._pace.breathe()

    def advance(self, updates: list[bytes]) -> None:
        """The next versions."""
        self._apply(updates)
        self.version += len(updates)
        self.waiting += updates  # which of them do wait is asked only for a checkpoint

    def checkpoint(self) -> bytes:
        """Everything, as the store keeps it."""
        state = self.doc.get_state()
        waiting: list[bytes] = []
        for start in range(0, len(self.waiting), _BREATH_UPDATES):
            part = self.waiting[start : start + _BREATH_UPDATES]
            waiting += [update for update in part if not is_integrated(update, state)]
            self._pace.breathe()
        self.waiting = waiting
        return encode_snapshot(self.doc.get_update(), self.waiting)


class Replayer:
    """Texts of versions."""

    def __init__(self, log: Log, pace: Pace) -> None:
        self._log = log
        self._pace = pace
        self._live: OrderedDict[int, _Live] = OrderedDict()
        self._checkpoints: OrderedDict[int, list[tuple[int, bytes]]] = OrderedDict()
        self._bytes = 0
        self._replayed = 0

    def text(self, number: int, version: int) -> str:
        """The text of the history ``number`` at ``version``, which exists."""
        return self._reach(number, version).text()

    def document(self, number: int, version: int) -> tuple[str, bytes]:
        """The text of a version, and the document that it is from as one update, without updates that wait."""
        live = self._reach(number, version)
        return live.text(), live.doc.get_update()

    def texts(self, number: int, versions: Iterable[int], blob: Blob) -> Iterator[str]:
        """The texts that a file had at ascending versions, each read once, and nothing of them kept."""
        format_ = self._log.format(number)
        live = _Live(format_, 0, None, self._pace)
        for version in versions:
            while live.version < version:
                live.advance(self._log.updates(number, live.version, min(version, live.version + _READ_UPDATES)))
                live.waiting.clear()
            yield format_.encode(live.text(), TextStyle(), "", None, blob)[0].decode()

    def statistics(self) -> dict[str, int]:
        """Counts for the metrics page."""
        return {
            "checkpoints": sum(map(len, self._checkpoints.values())),
            "checkpoint_bytes": self._bytes,
            "live": len(self._live),
            "replayed": self._replayed,
        }

    def _reach(self, number: int, version: int) -> _Live:
        live = self._live.pop(number, None)  # not put back if anything below goes wrong
        start, snapshot = self._nearest(number, version)
        if live is None or not start <= live.version <= version:
            live = _Live(self._log.format(number), start, snapshot, self._pace)
        while live.version < version:
            at = live.version
            until = min(version, at + _READ_UPDATES, (at // STEP_UPDATES + 1) * STEP_UPDATES)
            live.advance(self._log.updates(number, at, until))
            self._replayed += until - at
            if live.version % STEP_UPDATES == 0:
                self._keep(number, live.version, live.checkpoint())
        self._live[number] = live
        if len(self._live) > MAX_LIVE:
            self._live.popitem(last=False)
        return live

    def _nearest(self, number: int, version: int) -> tuple[int, bytes | None]:
        own = self._checkpoints.get(number, [])
        if own:
            self._checkpoints.move_to_end(number)
        index = bisect_right(own, version, key=lambda checkpoint: checkpoint[0])
        near: tuple[int, bytes | None] = own[index - 1] if index else (0, None)
        if near[0] // STEP_UPDATES == version // STEP_UPDATES:
            return near
        stored = self._log.checkpoint(number, version)
        return stored if stored is not None and stored[0] > near[0] else near

    def _keep(self, number: int, version: int, snapshot: bytes) -> None:
        own = self._checkpoints.setdefault(number, [])
        if any(kept == version for kept, _ in own):
            return
        insort(own, (version, snapshot), key=lambda checkpoint: checkpoint[0])
        self._checkpoints.move_to_end(number)
        self._bytes += len(snapshot)
        while self._bytes > MAX_CHECKPOINT_BYTES:
            oldest = next(iter(self._checkpoints))
            dropped = self._checkpoints[oldest]
            if oldest == number and len(dropped) > 1:
                self._checkpoints[number], dropped = dropped[1::2], dropped[0::2]
            else:
                del self._checkpoints[oldest]
            self._bytes -= sum(len(snapshot) for _, snapshot in dropped)
