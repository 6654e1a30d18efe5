"""Errors as answers: one middleware turns every exception into an ``ErrorAnswer``, one helper closes a WebSocket.

An exception that nobody foresaw is logged with a random id, and the person gets that id, never the details.
"""

import logging
import secrets
from typing import TypeVar

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from studium.protocol.errors import ErrorAnswer, ErrorBody, ErrorCode, StudiumError, close_code, http_status

MAX_JSON_BYTES = 64 * 1024
"""Largest body of a request that is read as JSON, unless the route says otherwise."""

MAX_REASON_BYTES = 123
"""What RFC 6455 leaves for the reason of a close."""

_log = logging.getLogger(__name__)
_Message = TypeVar("_Message")


def json_response(message: object, status: int = 200) -> web.Response:
    """An answer that holds a struct, or plain data, as JSON."""
    return web.Response(body=msgspec.json.encode(message), status=status, content_type="application/json")


def error_response(error: StudiumError) -> web.Response:
    """The answer for an error; ``rate_limited`` also says when to come back."""
    response = json_response(ErrorAnswer(error=error.body()), http_status(error.code))
    if isinstance(wait := error.data.get("retry_after"), int | float):
        response.headers["Retry-After"] = str(max(1, round(wait)))
    return response


async def read_json(request: web.Request, kind: type[_Message], limit_bytes: int = MAX_JSON_BYTES) -> _Message:
    """The body as ``kind``. Raises ``too_large`` before reading more than the limit, or ``invalid_request``."""
    body = await read_bytes(request, limit_bytes)
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise StudiumError(
            ErrorCode.INVALID_REQUEST, f"The request is not what this address expects: {error}."
        ) from None


async def read_bytes(request: web.Request, limit_bytes: int) -> bytes:
    """The body. Raises ``too_large`` before reading more than the limit."""
    too_large = StudiumError(
        ErrorCode.TOO_LARGE, f"The request is larger than {limit_bytes} bytes. Send less.", limit_bytes=limit_bytes
    )
    if (request.content_length or 0) > limit_bytes:
        raise too_large
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > limit_bytes:
            raise too_large
    return bytes(body)


@web.middleware
async def error_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors as ``ErrorAnswer``. Outermost but for metrics."""
    try:
        return await handler(request)
    except StudiumError as error:
        return error_response(error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = json_response(ErrorAnswer(error=_from_http(request, error)), error.status)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except Exception as error:
        if isinstance(error, ConnectionError) and (request.transport is None or request.transport.is_closing()):
            raise  # the other side has gone; there is nobody to answer
        return error_response(unforeseen(error, f"{request.method} {request.path}"))


def unforeseen(error: BaseException, doing: str) -> StudiumError:
    """Log an exception that nobody foresaw, and give what may be said about it."""
    error_id = secrets.token_hex(6)
    _log.error("error %s in %s", error_id, doing[:500], exc_info=error)
    return StudiumError(
        ErrorCode.INTERNAL,
        f"Studium itself went wrong. Try again; if it stays, give your administrator this number: {error_id}.",
        error_id=error_id,
    )


def _from_http(request: web.Request, error: web.HTTPException) -> ErrorBody:
    match error.status:
        case 404:
            return ErrorBody(ErrorCode.NOT_FOUND, f"There is nothing at {request.rel_url.raw_path[:200]}.")
        case 405:
            message = f"{request.rel_url.raw_path[:200]} does not take {request.method[:20]}."
            return ErrorBody(ErrorCode.INVALID_REQUEST, message)
        case 413:
            return ErrorBody(ErrorCode.TOO_LARGE, "The request is larger than this address takes. Send less.")
        case _:
            return ErrorBody(ErrorCode.INVALID_REQUEST, error.reason or "The request cannot be answered.")


def close_reason(sentence: str) -> bytes:
    """A sentence cut to the bytes that a close frame has room for, at the border of a character."""
    encoded = sentence.encode()
    if len(encoded) <= MAX_REASON_BYTES:
        return encoded
    return encoded[: MAX_REASON_BYTES - 3].decode(errors="ignore").encode() + "…".encode()


async def close_websocket(socket: web.WebSocketResponse, error: StudiumError) -> None:
    """Close a WebSocket with the close code and the sentence of an error."""
    await socket.close(code=close_code(error.code), message=close_reason(error.message))


async def refuse_websocket(request: web.Request, error: StudiumError) -> web.WebSocketResponse:
    """Answer a WebSocket request with an open socket that is closed at once: a browser shows its page the code and
    reason of a close, but nothing of an HTTP error."""
    offered = [name.strip() for name in request.headers.get("Sec-WebSocket-Protocol", "").split(",") if name.strip()]
    socket = web.WebSocketResponse(protocols=offered[:1], compress=False, timeout=1.0)
    await socket.prepare(request)
    await close_websocket(socket, error)
    return socket
