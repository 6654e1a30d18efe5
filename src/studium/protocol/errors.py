"""Errors are answers: a stable code, a sentence for a person, and data fields.

This module is the one place that maps a code to an HTTP status and to a WebSocket close code
(4000 + the HTTP status, in the range that RFC 6455 leaves to applications).
"""

from enum import StrEnum
from typing import Any

import msgspec


class ErrorCode(StrEnum):
    """Stable names of everything that can go wrong; each has one HTTP status in ``HTTP_STATUS``."""

    INVALID_REQUEST = "invalid_request"
    INVALID_QUERY = "invalid_query"
    INVALID_VALUE = "invalid_value"
    INVALID_PATH = "invalid_path"
    MISSING_KEY = "missing_key"
    NO_SUCH_TABLE = "no_such_table"
    NO_SUCH_FIELD = "no_such_field"
    GET_NOT_ALLOWED = "get_not_allowed"
    SET_NOT_ALLOWED = "set_not_allowed"
    NOT_SIGNED_IN = "not_signed_in"
    WRONG_CREDENTIALS = "wrong_credentials"
    NOT_PERMITTED = "not_permitted"
    WRONG_ORIGIN = "wrong_origin"
    SIGN_UP_CLOSED = "sign_up_closed"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    NOT_TEXT = "not_text"
    NOT_NOTEBOOK = "not_notebook"
    TOO_LARGE = "too_large"
    TOO_MANY_FEEDS = "too_many_feeds"
    RATE_LIMITED = "rate_limited"
    INTERNAL = "internal"
    DISK_FULL = "disk_full"
    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"
    PROJECT_NOT_RUNNING = "project_not_running"


HTTP_STATUS: dict[ErrorCode, int] = {
    ErrorCode.INVALID_REQUEST: 400,
    ErrorCode.INVALID_QUERY: 400,
    ErrorCode.INVALID_VALUE: 400,
    ErrorCode.INVALID_PATH: 400,
    ErrorCode.MISSING_KEY: 400,
    ErrorCode.NO_SUCH_TABLE: 400,
    ErrorCode.NO_SUCH_FIELD: 400,
    ErrorCode.GET_NOT_ALLOWED: 403,
    ErrorCode.SET_NOT_ALLOWED: 403,
    ErrorCode.NOT_SIGNED_IN: 401,
    ErrorCode.WRONG_CREDENTIALS: 401,
    ErrorCode.NOT_PERMITTED: 403,
    ErrorCode.WRONG_ORIGIN: 403,
    ErrorCode.SIGN_UP_CLOSED: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.CONFLICT: 409,
    ErrorCode.NOT_TEXT: 415,
    ErrorCode.NOT_NOTEBOOK: 415,
    ErrorCode.TOO_LARGE: 413,
    ErrorCode.TOO_MANY_FEEDS: 429,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.INTERNAL: 500,
    ErrorCode.DISK_FULL: 507,
    ErrorCode.TIMEOUT: 504,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.PROJECT_NOT_RUNNING: 503,
}


def http_status(code: ErrorCode) -> int:
    """The HTTP status of an answer with this code."""
    return HTTP_STATUS[code]


def close_code(code: ErrorCode) -> int:
    """The close code of a WebSocket that ends with this code: 4000 plus the HTTP status."""
    return 4000 + HTTP_STATUS[code]


class ErrorBody(msgspec.Struct, frozen=True):
    """What travels: ``{"code": "not_found", "message": "There is no file notes.md.", "data": {"path": "notes.md"}}``.

    ``message`` names the thing and the next step, in words that a student understands.
    """

    code: ErrorCode
    message: str
    data: dict[str, Any] = {}


class ErrorAnswer(msgspec.Struct, frozen=True):
    """The body of every HTTP answer with a status of 400 or above."""

    error: ErrorBody


class StudiumError(Exception):
    """An error meant for a person; ``data`` holds fields for programs."""

    def __init__(self, code: ErrorCode, message: str, **data: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    def body(self) -> ErrorBody:
        """The form in which the error travels."""
        return ErrorBody(code=self.code, message=self.message, data=self.data)
