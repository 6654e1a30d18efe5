"""Which version brought each character of a document that was ever there. Pure.

Yjs names every character for ever, so it is enough to look into the updates once, in the order of the log; whatever a
version shows, and in whatever order its updates came, its characters are found here.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator

from studium.sync.structs import structs

_NOBODY = 0  # no version has this number


class Authorship:
    """Of one history, from its first update to that of ``version``."""

    def __init__(self) -> None:
        self.version = 0
        self._clients: dict[int, _Clocks] = {}

    def add(self, update: bytes) -> None:
        """The update of the next version. Raises ``ProtocolError``."""
        self.version += 1
        for client, clock, length, _ in structs(update):
            clocks = self._clients.get(client)
            if clocks is None:
                clocks = self._clients[client] = _Clocks()
            clocks.add(clock, clock + length, self.version)

    def of(self, client: int, clock: int, length: int) -> Iterator[tuple[int, int]]:
        """For ``length`` characters of a client, the version that each is from, as runs of ``(length, version)``."""
        clocks = self._clients.get(client)
        return iter(((length, _NOBODY),)) if clocks is None else clocks.of(clock, clock + length)

    def __len__(self) -> int:
        """How many runs there are; each takes 16 bytes."""
        return sum(len(clocks.starts) for clocks in self._clients.values())


class _Clocks:
    """One client's clocks: from ``starts[i]`` up to the next start, or ``end``, they came with ``versions[i]``."""

    __slots__ = ("end", "starts", "versions")

    def __init__(self) -> None:
        self.starts = array("q")
        self.versions = array("q")
        self.end = 0

    def add(self, start: int, end: int, version: int) -> None:
        """The first version that brings a character is the one that counts: clients send things again."""
        if start < self.end:
            self._fill(start, min(end, self.end), version)
            start = self.end
        if start >= end:
            return
        if start > self.end:  # what is between has not come yet
            self._append(self.end, _NOBODY)
        self._append(start, version)
        self.end = end

    def of(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        index = max(0, bisect_right(self.starts, start) - 1)
        count = len(self.starts)
        while start < end and start < self.end:
            after = self.starts[index + 1] if index + 1 < count else self.end
            upto = min(after, end)
            yield upto - start, self.versions[index]
            start, index = upto, index + 1
        if start < end:
            yield end - start, _NOBODY

    def _append(self, start: int, version: int) -> None:
        if not self.versions or self.versions[-1] != version:
            self.starts.append(start)
            self.versions.append(version)

    def _fill(self, start: int, end: int, version: int) -> None:
        """Give ``version`` to those from ``start`` to ``end`` that have none."""
        index = bisect_right(self.starts, start) - 1
        while start < end:
            after = self.starts[index + 1] if index + 1 < len(self.starts) else self.end
            upto = min(after, end)
            if self.versions[index] == _NOBODY:
                starts = [self.starts[index], start, upto, after]
                versions = [_NOBODY, version, _NOBODY]
                kept = [part for part in range(3) if starts[part] < starts[part + 1]]
                self.starts[index : index + 1] = array("q", [starts[part] for part in kept])
                self.versions[index : index + 1] = array("q", [versions[part] for part in kept])
                index += len(kept) - 1
            start, index = upto, index + 1
