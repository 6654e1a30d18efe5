"""One ZeroMQ socket of a kernel, read from the event loop in small portions.

The library's own asyncio sockets make a future for each message. Here whatever has come is read in a loop until a few
milliseconds are over, then everything else has its turn: a kernel that floods cannot hold up documents. A socket is
always read on, since what is not read is kept by ZeroMQ in our memory; it pauses only while one message is dealt with.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import zmq

BUDGET_SECONDS: Final = 0.004
MAX_MESSAGE_BYTES: Final = 1024**3
"""Above, ZeroMQ ends the connection, and makes it anew."""
_RECONNECT_MILLISECONDS: Final = 10
_RECONNECT_MOST_MILLISECONDS: Final = 250

OnParts = Callable[[list[bytes]], None]


class Channel:
    """A connected socket; ``on_parts`` gets each message in the loop, in order."""

    def __init__(
        self, context: "zmq.Context[zmq.Socket[bytes]]", kind: int, path: Path, identity: bytes, on_parts: OnParts
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_parts = on_parts
        self._paused = False
        self._closed = False
        self._socket = context.socket(kind)
        self._socket.linger = 0
        for option, value in (
            (zmq.RCVHWM, 0),  # a slow moment of ours must not lose messages
            (zmq.SNDHWM, 0),
            (zmq.MAXMSGSIZE, MAX_MESSAGE_BYTES),
            (zmq.RECONNECT_IVL, _RECONNECT_MILLISECONDS),
            (zmq.RECONNECT_IVL_MAX, _RECONNECT_MOST_MILLISECONDS),
        ):
            self._socket.setsockopt(option, value)
        if kind == zmq.SUB:
            self._socket.setsockopt(zmq.SUBSCRIBE, b"")
        else:
            self._socket.setsockopt(zmq.IDENTITY, identity)
        self._socket.connect(f"ipc://{path}")
        self._descriptor = int(self._socket.getsockopt(zmq.FD))
        self._loop.add_reader(self._descriptor, self._read)
        self._loop.call_soon(self._read)

    def send(self, parts: list[bytes]) -> None:
        """Send a message; it waits in ZeroMQ for a kernel that is not there yet."""
        if not self._closed:
            self._socket.send_multipart(parts, zmq.NOBLOCK)
            # Sending may have taken the word that there is something to read.
            self._loop.call_soon(self._read)

    def pause(self) -> None:
        """Give no messages until ``resume``."""
        self._paused = True

    def resume(self) -> None:
        """Go on."""
        self._paused = False
        self._loop.call_soon(self._read)

    def close(self) -> None:
        """End the socket."""
        if not self._closed:
            self._closed = True
            self._loop.remove_reader(self._descriptor)
            self._socket.close()

    def _read(self) -> None:
        deadline = time.perf_counter() + BUDGET_SECONDS
        while not self._paused and not self._closed:
            with suppress(zmq.Again):
                self._on_parts(self._socket.recv_multipart(zmq.NOBLOCK))
                if time.perf_counter() < deadline:
                    continue
                self._loop.call_soon(self._read)
            return
