"""Refusing what another site's page makes a browser send to us.

A request that can change something, and every WebSocket, must come from a page of ours when it carries a cookie: its
``Origin`` must be one of ours, compared exactly, and ``Sec-Fetch-Site``, where the browser sends it, must be
``same-origin``. Without a cookie (a script with a token, a first sign-in) the two may be absent, but not foreign.
"""

from collections.abc import Collection

from aiohttp import hdrs, web

from studium.protocol.errors import ErrorCode, StudiumError

ORIGIN_HEADER = "X-Studium-Origin"
"""What a hub tells a project of where a page's WebSocket comes from; browsers cannot send it through."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def is_websocket(request: web.Request) -> bool:
    """Does this request ask for a WebSocket?"""
    return request.headers.get(hdrs.UPGRADE, "").strip().lower() == "websocket"


def check_origin(request: web.Request, origins: Collection[str]) -> None:
    """Raise ``StudiumError`` (``wrong_origin``) unless the request may act; ``origins`` like ``http://127.0.0.1:8080``."""
    if request.method in _SAFE_METHODS and not is_websocket(request):
        return
    origin = request.headers.getall(hdrs.ORIGIN, [])
    site = request.headers.get("Sec-Fetch-Site")
    has_cookie = hdrs.COOKIE in request.headers
    if len(origin) > 1 or (origin and origin[0] not in origins):
        raise _wrong_origin(origins)
    if site is not None and site != "same-origin":
        raise _wrong_origin(origins)
    if has_cookie and not origin:
        raise _wrong_origin(origins)


def page_origin(request: web.Request) -> str | None:
    """The address of the page that asked for a WebSocket. Behind a hub it is what the hub has checked and passed on."""
    return request.headers.get(ORIGIN_HEADER) or request.headers.get(hdrs.ORIGIN)


def _wrong_origin(origins: Collection[str]) -> StudiumError:
    known = ", ".join(sorted(origins)) or "none"
    return StudiumError(
        ErrorCode.WRONG_ORIGIN,
        "This request came from a page that is not this Studium's, so it was refused. "
        f"Open Studium by one of its own addresses ({known}); an administrator adds another with --url.",
    )
