"""The widgets of a kernel (*comms* of the Jupyter protocol): their state, for everyone who comes later.

A widget's model lives in the kernel and in every browser that shows it. Messages are passed on as they are, and what
they change is noted here, so that a newcomer gets each model as it stands, as the ``comm_open`` that would make it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

MAX_COMMS: Final = 10_000
MAX_STATE_BYTES: Final = 64 * 1024**2
"""Of all models; what comes beyond is passed on and not kept."""

_UPDATES: Final = frozenset({"update", "echo_update"})
Path = tuple[str | int, ...]


@dataclass(slots=True)
class Comm:
    """A model that is open: ``content`` is that of its ``comm_open``, ``state`` and ``buffers`` what it holds now,
    ``run_id`` the message of the run that opened it."""

    content: dict[str, Any]
    metadata: dict[str, Any]
    state: dict[str, Any] = field(default_factory=dict)
    buffers: dict[Path, bytes] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    run_id: str | None = None
    is_whole: bool = True

    @property
    def has_state(self) -> bool:
        """Whether it is a widget's model, and not some other comm."""
        return isinstance(self.content.get("data"), Mapping) and "state" in self.content["data"]

    def opening(self) -> tuple[dict[str, Any], list[bytes]]:
        """Content and buffers of the ``comm_open`` that makes it as it is now."""
        if not self.has_state:
            return self.content, list(self.buffers.values())
        data = {**self.content["data"], "state": self.state, "buffer_paths": [list(path) for path in self.buffers]}
        return {**self.content, "data": data}, list(self.buffers.values())


class Comms:
    """All models of one kernel, in the order in which they were opened: a model comes after those that it refers to."""

    def __init__(self) -> None:
        self.open: dict[str, Comm] = {}
        self._bytes = 0

    def note(
        self,
        kind: str,
        content: dict[str, Any],
        metadata: dict[str, Any],
        buffers: Sequence[bytes],
        run_id: str | None = None,
    ) -> None:
        """Note what a message changes, whichever side it comes from."""
        comm_id = content.get("comm_id")
        data = content.get("data")
        if not isinstance(comm_id, str):
            return
        if kind == "comm_open":
            if len(self.open) < MAX_COMMS:
                self._forget(comm_id)
                comm = self.open[comm_id] = Comm(content, metadata, run_id=run_id)
                if comm.has_state and isinstance(data, dict):
                    self._merge(comm, data, buffers)
                    comm.content = {**content, "data": {**data, "state": {}}}
                else:
                    comm.buffers = dict(enumerate_paths(buffers))
        elif kind == "comm_close":
            self._forget(comm_id)
        elif isinstance(data, dict) and data.get("method") in _UPDATES and comm_id in self.open:
            self._merge(self.open[comm_id], data, buffers)

    def clear(self) -> list[str]:
        """Forget all of them, since their kernel has ended; their ids."""
        ids = list(self.open)
        self.open.clear()
        self._bytes = 0
        return ids

    def statistics(self) -> dict[str, int]:
        """Counts for the metrics page."""
        return {"comms": len(self.open), "comm_bytes": self._bytes}

    def _forget(self, comm_id: str) -> None:
        comm = self.open.pop(comm_id, None)
        if comm is not None:
            self._bytes -= sum(comm.sizes.values())

    def _merge(self, comm: Comm, data: Mapping[str, Any], buffers: Sequence[bytes]) -> None:
        state = data.get("state")
        if not isinstance(state, Mapping):
            return
        paths = _paths(data.get("buffer_paths"), len(buffers))
        keys = {*state, *(str(path[0]) for path in paths)}
        for path in [path for path in comm.buffers if str(path[0]) in keys]:
            del comm.buffers[path]
        for key in keys:
            size = sum(len(buffer) for path, buffer in zip(paths, buffers, strict=False) if str(path[0]) == key)
            size += len(msgspec.json.encode(state.get(key)))
            self._bytes += size - comm.sizes.get(key, 0)
            comm.sizes[key] = size
            if self._bytes > MAX_STATE_BYTES:
                self._bytes -= size
                comm.sizes[key] = 0
                comm.state.pop(key, None)
                comm.is_whole = False
                continue
            if key in state:
                comm.state[key] = state[key]
            for path, buffer in zip(paths, buffers, strict=False):
                if str(path[0]) == key:
                    comm.buffers[path] = buffer


def enumerate_paths(buffers: Sequence[bytes]) -> list[tuple[Path, bytes]]:
    """Paths for the buffers of a comm that says nothing of where they belong."""
    return [((index,), buffer) for index, buffer in enumerate(buffers)]


def _paths(value: object, count: int) -> list[Path]:
    if not isinstance(value, list):
        return []
    paths = [tuple(path) for path in value if isinstance(path, list) and path and all(map(_is_key, path))]
    return paths[:count] if len(paths) == len(value) else []


def _is_key(value: object) -> bool:
    return isinstance(value, str | int)
