"""Passing one HTTP request or one WebSocket on to a project server, byte for byte.

Knows nothing of accounts. Bodies stream in both directions and are never held: when one side reads slowly, the other
is not read. A path goes on exactly as it was sent; what must not cross (cookies, tokens, hop-by-hop headers, headers
that only a hub may write) is taken out here and nowhere else.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp
from aiohttp import WSMsgType, hdrs, web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from studium.compute.driver import Endpoint
from studium.http import identity
from studium.http.errors import close_reason
from studium.http.headers import MEDIA_DESTINATIONS
from studium.http.origin import ORIGIN_HEADER
from studium.http.server import MAX_HEADER_BYTES
from studium.protocol.errors import ErrorCode, StudiumError, close_code

CHUNK_BYTES = 256 * 1024
"""Read buffer of each direction of a body."""

MAX_FRAME_BYTES = 64 * 1024 * 1024
"""Largest WebSocket message that is passed on."""

MAX_INTERIM_ANSWERS = 10
"""Answers with a status below 200 that may come before the one that counts."""

CONNECT_SECONDS = 5.0
CLOSE_SECONDS = 2.0
"""How long the other side may take to answer a close before its connection is cut."""

HEARTBEAT_SECONDS = 30.0
"""How often a browser is pinged; a connection that has silently died is noticed after one and a half."""

_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_NOT_TO_PROJECT = _HOP_BY_HOP | {
    "host",
    "cookie",
    "authorization",
    "origin",
    "expect",
    "forwarded",
    "x-real-ip",
    identity.HEADER.lower(),
}
_NOT_TO_BROWSER = _HOP_BY_HOP | {
    "set-cookie",
    "server",
    "date",
    "clear-site-data",
    "service-worker-allowed",
    "strict-transport-security",
    "refresh",
    "alt-svc",
    "link",
    "location",
    "www-authenticate",
    "nel",
    "report-to",
    "content-security-policy",
    "x-content-type-options",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
}
_PREFIXES_NOT_PASSED = ("x-studium-", "x-forwarded-", "sec-fetch-", "access-control-")

# What a project answers must never run in our page, whatever the project says.
_ENFORCED = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_UPLOAD = re.compile(r"/projects/[0-9a-f-]{36}/uploads/[0-9a-f]{32}")
"""The one place to which an answer of a project may point: an upload that has begun."""
_NO_AUTOMATIC = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")


@dataclass
class Traffic:
    """Counts of what passed, for ``statistics()``."""

    requests: int = 0
    sockets: int = 0
    sockets_open: int = 0
    bytes_to_projects: int = 0
    bytes_to_browsers: int = 0
    frames: int = 0


def headers_to_project(headers: Mapping[str, str] | CIMultiDictProxy[str], signed: str) -> CIMultiDict[str]:
    """A browser's headers without what must not cross, and with the signed identity."""
    passed = _filtered(headers, _NOT_TO_PROJECT)
    passed[identity.HEADER] = signed
    if (destination := headers.get("Sec-Fetch-Dest")) in MEDIA_DESTINATIONS:
        passed["Sec-Fetch-Dest"] = destination  # what a browser plays needs its type, and gets it for that alone
    return passed


def _filtered(headers: Mapping[str, str] | CIMultiDictProxy[str], refused: frozenset[str]) -> CIMultiDict[str]:
    named = {
        word.strip().lower()
        for name, value in headers.items()
        if name.lower() == "connection"
        for word in value.split(",")
    }
    passed: CIMultiDict[str] = CIMultiDict()
    for name, value in headers.items():
        lower = name.lower()
        if lower not in refused and lower not in named and not lower.startswith(_PREFIXES_NOT_PASSED):
            passed.add(name, value)
    return passed


class _Answer(aiohttp.ClientResponse):
    """An answer before which a project server may say “continue” a few times, not without end: the library would read
    on for as long as it speaks."""

    async def start(self, connection: Any) -> aiohttp.ClientResponse:
        protocol = connection.protocol
        read, said = protocol.read, 0

        async def read_bounded() -> Any:
            nonlocal said
            said += 1
            if said > MAX_INTERIM_ANSWERS:
                raise aiohttp.ServerDisconnectedError
            return await read()

        protocol.read = read_bounded
        return await super().start(connection)


class Unreachable(Exception):
    """Nobody listens at the endpoint; nothing was sent, so the request may be tried again."""


class Upstream:
    """Connections to one project server."""

    def __init__(self, endpoint: Endpoint) -> None:
        connector: aiohttp.BaseConnector
        # A connection for each request: on one machine that costs a fifth of a millisecond, and no request can ever be
        # lost to a kept one that the server has just closed.
        if endpoint.socket_path is not None:
            connector = aiohttp.UnixConnector(str(endpoint.socket_path), force_close=True, limit=0)
        else:
            connector = aiohttp.TCPConnector(force_close=True, limit=0)
        self._base = f"http://{endpoint.address or 'project'}"
        self.session = aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            read_bufsize=CHUNK_BYTES,
            max_field_size=MAX_HEADER_BYTES,
            response_class=_Answer,
        )

    def url(self, raw_path: str) -> URL:
        """The address of a path exactly as a browser sent it: nothing in it is quoted or unquoted."""
        return URL(self._base + raw_path, encoded=True)

    async def close(self) -> None:
        """End all connections."""
        await self.session.close()


async def forward_request(
    request: web.Request, upstream: Upstream, signed: str, traffic: Traffic
) -> web.StreamResponse:
    """Pass a request on and its answer back. Raises ``StudiumError`` while nothing has been answered yet; when the
    project ends in the middle of an answer, the browser's connection is cut, so that nobody takes it for whole."""
    traffic.requests += 1
    headers = headers_to_project(request.headers, signed)
    waits = request.headers.get(hdrs.EXPECT, "").lower() == "100-continue"
    body = _body(request, waits, traffic) if request.can_read_body else None
    if body is None:
        headers.popall(hdrs.CONTENT_LENGTH, None)
    try:
        answer = await upstream.session.request(
            request.method,
            upstream.url(request.raw_path),
            headers=headers,
            data=body,
            expect100=waits and body is not None,
            allow_redirects=False,
            skip_auto_headers=_NO_AUTOMATIC,
        )
    except aiohttp.ClientConnectorError as error:
        raise Unreachable from error
    except (aiohttp.ClientError, OSError) as error:
        if request.transport is None or request.transport.is_closing():
            raise ConnectionResetError("the browser has gone") from error
        raise unreachable() from error
    try:
        return await _answer(request, answer, traffic)
    finally:
        answer.close()


async def _body(request: web.Request, waits: bool, traffic: Traffic) -> AsyncIterator[bytes]:
    if waits and request.transport is not None:
        # The project server wants the body: only now is the browser told to send it.
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    async for chunk in request.content.iter_any():
        traffic.bytes_to_projects += len(chunk)
        yield chunk


async def _answer(request: web.Request, upstream: aiohttp.ClientResponse, traffic: Traffic) -> web.StreamResponse:
    if upstream.status < 200:
        raise unreachable()  # it changes the protocol, which nobody asked for
    response = web.StreamResponse(status=upstream.status)
    response.headers.extend(_filtered(upstream.headers, _NOT_TO_BROWSER))
    if upstream.status == 201 and (begun := _UPLOAD.fullmatch(upstream.headers.get("Location", ""))):
        response.headers["Location"] = begun[0]
    response.headers.update(_ENFORCED)
    if not request.content.is_eof():
        response.force_close()  # the project answered before it had read all: the rest must not be taken for a request
    await response.prepare(request)
    try:
        async for chunk in upstream.content.iter_any():
            traffic.bytes_to_browsers += len(chunk)
            await response.write(chunk)
    except (aiohttp.ClientError, TimeoutError) as error:
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError("the project ended in the middle of an answer") from error
    await response.write_eof()
    return response


def unreachable() -> StudiumError:
    """The project server does not answer."""
    return StudiumError(
        ErrorCode.PROJECT_NOT_RUNNING,
        "The project does not answer; it may just be starting again. Try again in a moment.",
    )


async def forward_websocket(
    request: web.Request,
    upstream: Upstream,
    signed: str,
    traffic: Traffic,
    ended: "asyncio.Future[StudiumError]",
) -> web.WebSocketResponse:
    """Pass a WebSocket on until either side closes it or ``ended`` says why it must close.

    Raises ``StudiumError`` when the project server does not take it, before the browser is answered.
    """
    headers = headers_to_project(request.headers, signed)
    if (origin := request.headers.get(hdrs.ORIGIN)) is not None:  # which was checked to be one of ours
        headers[ORIGIN_HEADER] = origin
    for name in [name for name in headers if name.lower().startswith("sec-websocket-")]:
        headers.popall(name, None)
    offered = [word.strip() for word in request.headers.get("Sec-WebSocket-Protocol", "").split(",") if word.strip()]
    try:
        project = await upstream.session.ws_connect(
            upstream.url(request.raw_path),
            protocols=offered,
            headers=headers,
            max_msg_size=MAX_FRAME_BYTES,
            compress=0,
            autoping=True,
            timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_SECONDS),
            decode_text=False,
        )
    except aiohttp.WSServerHandshakeError as error:
        raise _refused(error.status) from error
    except aiohttp.ClientConnectorError as error:
        raise Unreachable from error
    except (aiohttp.ClientError, OSError) as error:
        raise unreachable() from error
    traffic.sockets += 1
    traffic.sockets_open += 1
    browser = web.WebSocketResponse(
        protocols=[project.protocol] if project.protocol else (),
        compress=False,
        max_msg_size=MAX_FRAME_BYTES,
        heartbeat=HEARTBEAT_SECONDS,
        timeout=CLOSE_SECONDS,
        decode_text=False,
    )
    try:
        await browser.prepare(request)
        await _relay(browser, project, traffic, ended)
    finally:
        traffic.sockets_open -= 1
        await project.close()
    return browser


def _refused(status: int) -> StudiumError:
    if status == 404:
        return StudiumError(ErrorCode.NOT_FOUND, "The project has nothing at this address.")
    if status in (401, 403):
        return StudiumError(ErrorCode.NOT_PERMITTED, "The project refused the connection. Open it again.")
    return StudiumError(ErrorCode.UNAVAILABLE, "The project refused the connection. Try again in a moment.")


_ProjectSocket = aiohttp.ClientWebSocketResponse[Literal[False]]
_Socket = web.WebSocketResponse | _ProjectSocket
_Close = tuple[int, bytes]


async def _relay(
    browser: web.WebSocketResponse,
    upstream: _ProjectSocket,
    traffic: Traffic,
    ended: "asyncio.Future[StudiumError]",
) -> None:
    to_project = asyncio.create_task(_pump(browser, upstream, traffic), name="socket to project")
    to_browser = asyncio.create_task(_pump(upstream, browser, traffic), name="socket to browser")
    try:
        waiting: set[asyncio.Future[Any]] = {to_project, to_browser, ended}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if ended.done() and not ended.cancelled():
            error = ended.result()
            code, reason = close_code(error.code), close_reason(error.message)
            _stop(to_project, to_browser)
            await _close_all((browser, code, reason), (upstream, 1001, b""))
        elif to_browser.done():
            code, reason = to_browser.result()
            _stop(to_project)
            await _close_all((browser, code, reason), (upstream, 1000, b""))
        elif to_project.done():
            code, reason = to_project.result()
            _stop(to_browser)
            await _close_all((upstream, code, reason), (browser, code, reason))
    finally:
        _stop(to_project, to_browser)
        await asyncio.gather(to_project, to_browser, return_exceptions=True)


def _stop(*tasks: "asyncio.Task[_Close]") -> None:
    for task in tasks:
        task.cancel()


async def _close_all(*closes: tuple[_Socket, int, bytes]) -> None:
    # A side that does not read would hold up its own close: its connection is cut after CLOSE_SECONDS.
    async def close(socket: _Socket, code: int, reason: bytes) -> None:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await socket.close(code=code, message=reason)
        except (TimeoutError, ConnectionError, aiohttp.ClientError):
            return

    await asyncio.gather(*(close(*each) for each in closes))


async def _pump(source: _Socket, sink: _Socket, traffic: Traffic) -> _Close:
    """Pass frames until ``source`` closes; return the close that its other side is to be given."""
    while True:
        message = await source.receive()
        match message.type:
            case WSMsgType.BINARY | WSMsgType.TEXT:
                traffic.frames += 1
                try:
                    await sink.send_frame(message.data, message.type)
                except (ConnectionError, aiohttp.ClientError):
                    return 1001, b""
            case WSMsgType.CLOSE:
                return _passable(message.data), (message.extra or "").encode()
            case WSMsgType.ERROR:
                code = source.close_code
                return (code, b"") if code in (1002, 1003, 1007, 1009) else _lost(source)
            case _:
                return _lost(source)


def _lost(source: _Socket) -> _Close:
    """``source`` went without a close frame."""
    if isinstance(source, web.WebSocketResponse):
        return 1001, b""
    error = unreachable()
    return close_code(error.code), close_reason(error.message)


def _passable(code: int | None) -> int:
    """1005, 1006 and 1015 say that there was no code, and must not be sent."""
    return 1000 if not code or code in (1005, 1006, 1015) else code
