"""The address of a client, also behind a reverse proxy that is known."""

from collections.abc import Collection

from aiohttp import web


class ClientAddress:
    """``trusted`` are the addresses of our own reverse proxies: their ``X-Forwarded-For`` is believed."""

    def __init__(self, trusted: Collection[str] = ()) -> None:
        self._trusted = frozenset(trusted)

    def of(self, request: web.Request) -> str | None:
        """The nearest address that is not one of our proxies."""
        remote = request.remote
        if remote not in self._trusted:
            return remote
        for header in reversed(request.headers.getall("X-Forwarded-For", [])):
            for part in reversed(header.split(",")):
                if (address := part.strip()) and address not in self._trusted:
                    return address[:64]
        return remote
