"""The holder's one connection to the project server: frames in, frames out, and never a wait for either."""

import selectors
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from studium.project.terminals.inside import wire

MAX_UNSENT_BYTES: Final = 512 * 1024
"""To a project server that does not read; beyond it, it gets screens in place of what it missed."""


class Link:
    """``heard`` is called with each frame, ``changed`` when a server came or went, ``drained`` when all is sent."""

    def __init__(
        self,
        selector: selectors.BaseSelector,
        listener: socket.socket,
        heard: Callable[[int, bytes], None],
        changed: Callable[[], None],
        drained: Callable[[], None],
    ) -> None:
        self._selector = selector
        self._listener = listener
        self._heard = heard
        self._changed = changed
        self._drained = drained
        self._server: socket.socket | None = None
        self._frames = wire.Frames()
        self._out: deque[bytes] = deque()
        self._out_bytes = 0

    @property
    def is_up(self) -> bool:
        """Whether there is a server."""
        return self._server is not None

    @property
    def is_full(self) -> bool:
        """Whether it does not read."""
        return self._out_bytes > MAX_UNSENT_BYTES

    def say(self, message: dict[str, Any]) -> None:
        """Send JSON."""
        self.put(wire.pack_json(message))

    def put(self, frame: bytes) -> None:
        """Send a frame, at once where that is possible."""
        if self._server is None:
            return
        if not self._out:
            try:
                sent = self._server.send(frame)
            except BlockingIOError:
                sent = 0
            except OSError:
                return  # reading tells
            if sent == len(frame):
                return
            frame = frame[sent:]
            self._selector.modify(self._server, selectors.EVENT_READ | selectors.EVENT_WRITE, "connection")
        self._out.append(frame)
        self._out_bytes += len(frame)

    def accept(self) -> None:
        """A new project server takes the place of one that is gone."""
        with suppress(OSError):
            connection, _ = self._listener.accept()
            self.hang_up()
            connection.setblocking(False)
            self._server = connection
            self._selector.register(connection, selectors.EVENT_READ, "connection")
            self._changed()

    def hang_up(self) -> None:
        """Let go of the server."""
        if self._server is None:
            return
        self._selector.unregister(self._server)
        self._server.close()
        self._server = None
        self._frames = wire.Frames()
        self._out.clear()
        self._out_bytes = 0
        self._changed()

    def serve(self, mask: int) -> None:
        """The connection can be read, or written to."""
        if self._server is None:
            return
        try:
            if mask & selectors.EVENT_WRITE:
                self._flush(self._server)
            if mask & selectors.EVENT_READ:
                data = self._server.recv(256 * 1024)
                if not data:
                    self.hang_up()
                    return
                for kind, body in self._frames.feed(data):
                    self._heard(kind, body)
        except BlockingIOError:
            return
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            self.hang_up()  # this is no server of ours

    def _flush(self, server: socket.socket) -> None:
        while self._out:
            frame = self._out[0]
            try:
                sent = server.send(frame)
            except BlockingIOError:
                return
            self._out_bytes -= sent
            if sent < len(frame):
                self._out[0] = frame[sent:]
            else:
                self._out.popleft()
        self._selector.modify(server, selectors.EVENT_READ, "connection")
        self._drained()
