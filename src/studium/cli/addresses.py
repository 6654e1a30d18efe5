"""The ports that a server listens on, and the addresses by which people reach them."""

import ipaddress
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from studium.cli.config import Settings
from studium.http.server import bind_content, bind_tcp


@dataclass(frozen=True)
class Listening:
    """Bound sockets. ``origins`` are the addresses of the page, that which is shown first; ``content_origin`` is None
    where a proxy stands in front that shows no second address."""

    page: list[socket.socket]
    content: list[socket.socket]
    origins: tuple[str, ...]
    content_origin: str | None

    @property
    def local_url(self) -> str:
        """Where the page answers on this machine, without a proxy."""
        family, address = self.page[0].family, self.page[0].getsockname()
        host = "127.0.0.1" if address[0] in ("0.0.0.0", "::") else address[0]  # noqa: S104 - compared, not bound
        return f"http://{_bracketed(host) if family == socket.AF_INET6 else host}:{address[1]}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


@contextmanager
def listening(settings: Settings) -> Iterator[Listening]:
    """Bind both ports before anything else is started, so that a taken one is said at once."""
    page = bind_tcp(settings.host, settings.port)
    content: list[socket.socket] = []
    try:
        port = int(page[0].getsockname()[1])
        content = bind_content(settings.host, settings.content_port, settings.port, port)
        content_port = int(content[0].getsockname()[1])
        given = tuple(url.rstrip("/") for url in re.split(r"[,\s]+", settings.url) if url)
        names = _names(settings.host)
        origins = given or tuple(f"http://{_bracketed(name)}:{port}" for name in names)
        own = None if given else f"http://{_bracketed(names[0])}:{content_port}"
        yield Listening(page, content, origins, settings.content_url or own)
    finally:
        for listener in page + content:
            listener.close()


def _names(host: str) -> list[str]:
    """Names under which a browser may reach a server that listens on ``host``."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return [host, "127.0.0.1"] if host == "localhost" else [host]
    if address.is_loopback:
        return [host, "localhost"]
    if not address.is_unspecified:
        return [host]
    own = socket.gethostname()
    names = [_outward_address(), own, socket.getfqdn(), "127.0.0.1", "localhost"]
    with suppress(OSError):
        names += [str(found[4][0]) for found in socket.getaddrinfo(own, None, type=socket.SOCK_STREAM)]
    return list(dict.fromkeys(name for name in names if name))


def _outward_address() -> str:
    """The address from which this machine would speak to the world. Connecting a datagram socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
