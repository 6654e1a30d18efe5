"""The holder's side of commands that are typed in terminals: one request and one answer a connection, lines of JSON.

They are handed to the project server, which knows who types where. Anybody in the inner ring may ask: it is the people
of the project who run programs there.
"""

import itertools
import json
import selectors
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

MAX_CONNECTIONS: Final = 64
MAX_REQUEST_BYTES: Final = 256 * 1024


class Commands:
    """The connections that are open."""

    def __init__(
        self, selector: selectors.BaseSelector, listener: socket.socket, say: Callable[[dict[str, Any]], None]
    ) -> None:
        self._selector = selector
        self._listener = listener
        self._say = say
        self._numbers = itertools.count(1)
        self._open: dict[int, socket.socket] = {}
        self._heard: dict[int, bytearray] = {}

    def serve(self, key: selectors.SelectorKey) -> None:
        """Something came."""
        if key.data == "command":
            self._accept()
            return
        number: int = key.data[1]
        try:
            data = self._open[number].recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        heard = self._heard[number]
        heard += data
        if b"\n" in heard:
            self._ask(number, bytes(heard.partition(b"\n")[0]))
        elif not data or len(heard) > MAX_REQUEST_BYTES:
            self._close(number)

    def answer(self, message: dict[str, Any]) -> None:
        """What the server says to a request."""
        connection = self._open.get(message["number"])
        if connection is not None:
            with suppress(OSError):
                connection.setblocking(False)
                connection.send(json.dumps({"text": message["text"], "code": message["code"]}).encode() + b"\n")
            self._close(message["number"])

    def _accept(self) -> None:
        with suppress(OSError):
            connection, _ = self._listener.accept()
            if len(self._open) >= MAX_CONNECTIONS:
                connection.close()
                return
            connection.setblocking(False)
            number = next(self._numbers)
            self._open[number], self._heard[number] = connection, bytearray()
            self._selector.register(connection, selectors.EVENT_READ, ("asking", number))

    def _ask(self, number: int, line: bytes) -> None:
        self._heard[number].clear()
        try:
            request = json.loads(line)
            asked = {
                "key": str(request["key"])[:32],
                "command": str(request["command"])[:32],
                "arguments": [str(argument)[:8192] for argument in request["arguments"][:1000]],
                "directory": str(request["directory"])[:8192],
                "now": str(request.get("now", ""))[:32],
            }
        except (ValueError, KeyError, TypeError):
            self._close(number)
            return
        self._say({"say": "command", "number": number, **asked})

    def _close(self, number: int) -> None:
        connection = self._open.pop(number)
        del self._heard[number]
        self._selector.unregister(connection)
        connection.close()
