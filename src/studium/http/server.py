"""Running aiohttp applications over TCP and Unix sockets, with an end that waits for the requests under way.

A TCP port is bound before the application is made, so that the application can know its own address.
"""

import errno
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from studium.protocol.errors import ErrorCode, StudiumError

MAX_LINE_BYTES = 32 * 1024
"""Longest request line: a path of 4,096 bytes, percent-encoded, and room to spare."""

MAX_HEADER_BYTES = 16 * 1024
"""Longest single header."""

STOP_SECONDS = 5.0
"""How long requests under way may take to finish when a server stops."""

BACKLOG = 512
"""Connections that the kernel keeps waiting for us: a class that opens its notebooks at once."""


def bind_tcp(host: str, port: int) -> list[socket.socket]:
    """Listening sockets on every address of ``host``; ``port`` 0 takes any free one, the same on all addresses.

    Raises ``StudiumError`` (``unavailable``) when the port is taken or may not be used.
    """
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise StudiumError(
            ErrorCode.UNAVAILABLE,
            f"There is no address named {host}: {error.strerror or error}. Give --host an address of this machine.",
            host=host,
        ) from error
    sockets: list[socket.socket] = []
    chosen = port
    try:
        for family, kind, protocol, _, address in dict.fromkeys(found):
            try:
                listener = socket.socket(family, kind, protocol)
            except OSError:
                continue  # a kernel without IPv6
            sockets.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                listener.bind((address[0], chosen, *address[2:]))
            except OSError as error:
                if error.errno == errno.EADDRNOTAVAIL and len(found) > 1:
                    sockets.remove(listener)
                    listener.close()
                    continue
                raise
            chosen = listener.getsockname()[1]
            listener.setblocking(False)
            listener.listen(BACKLOG)
    except OSError as error:
        for listener in sockets:
            listener.close()
        raise _cannot_listen(host, chosen, error) from error
    if not sockets:
        raise StudiumError(ErrorCode.UNAVAILABLE, f"This machine has no address {host}.", host=host, port=port)
    return sockets


def bind_content(host: str, content_port: int, asked_port: int, page_port: int) -> list[socket.socket]:
    """The content port: the one that was asked for, or with -1 the page's plus one where somebody chose that, or any
    free one. Raises ``StudiumError`` as ``bind_tcp`` does."""
    if content_port >= 0:
        return bind_tcp(host, content_port)
    if asked_port and page_port < 65535:
        with suppress(StudiumError):
            return bind_tcp(host, page_port + 1)
    return bind_tcp(host, 0)


def _cannot_listen(host: str, port: int, error: OSError) -> StudiumError:
    match error.errno:
        case errno.EADDRINUSE:
            sentence = (
                f"Port {port} is in use by another program. Stop that program, or choose another port with --port."
            )
        case errno.EACCES:
            sentence = f"Port {port} needs more rights than this user has. Choose one above 1023 with --port."
        case _:
            sentence = f"Cannot listen on {host} port {port}: {error.strerror}. Choose another with --host and --port."
    return StudiumError(ErrorCode.UNAVAILABLE, sentence, host=host, port=port)


def bind_unix(path: Path, mode: int = 0o600) -> socket.socket:
    """A listening Unix socket at ``path``; a dead one that is left there is replaced."""
    if len(str(path).encode()) > 107:
        raise StudiumError(
            ErrorCode.UNAVAILABLE,
            f"The path of the socket {path} is longer than the 107 bytes that the system allows. "
            "Choose a data directory with a shorter path.",
            path=str(path),
        )
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.unlink(missing_ok=True)
        listener.bind(str(path))
        path.chmod(mode)
        listener.setblocking(False)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise StudiumError(
            ErrorCode.UNAVAILABLE, f"Cannot make the socket {path}: {error.strerror}.", path=str(path)
        ) from error
    return listener


class Server:
    """An application that answers on given sockets until ``stop``."""

    def __init__(self, app: web.Application, sockets: Sequence[socket.socket]) -> None:
        self._sockets = list(sockets)
        # Bodies pass as they were sent: a proxy must not unpack them, and nothing of ours reads packed ones.
        self._runner = web.AppRunner(
            app,
            access_log=None,
            shutdown_timeout=STOP_SECONDS,
            max_line_size=MAX_LINE_BYTES,
            max_field_size=MAX_HEADER_BYTES,
            auto_decompress=False,
            keepalive_timeout=75,
        )

    @property
    def port(self) -> int:
        """The TCP port, the first where there are several addresses."""
        return int(self._sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Run the application's start-up and begin to accept."""
        await self._runner.setup()
        for listener in self._sockets:
            await web.SockSite(self._runner, listener, backlog=BACKLOG).start()

    async def stop(self) -> None:
        """Accept no more, give requests under way ``STOP_SECONDS``, run the application's clean-up."""
        await self._runner.cleanup()
        for listener in self._sockets:
            listener.close()
