"""Logging: lines for people on a terminal, one JSON object a line otherwise. Never a token, cookie or password."""

import datetime
import json
import logging
import re
import sys
from typing import Any, TextIO

from aiohttp.http_exceptions import HttpProcessingError

_REDACTIONS = (
    (re.compile(r"studium_[A-Za-z0-9_-]{16,}"), "studium_…"),
    (re.compile(r"(?i)(authorization|cookie|set-cookie|x-studium-identity)(['\"]?\s*[:=]\s*)[^\r\n]+"), r"\1\2…"),
    (re.compile(r"(?i)(bearer\s+)[A-Za-z0-9._~+/=-]+"), r"\1…"),
    (re.compile(r"(?i)(password|passwd|secret|token)(['\"]?\s*[:=]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;&)}\]]+)"), r"\1\2…"),
    (re.compile(r"(?i)(#|%23)[A-Za-z0-9_-]{32,}"), r"\1…"),
)
_MAX_MESSAGE_CHARACTERS = 8000
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def redact(text: str) -> str:
    """``text`` without what looks like a secret, cut to a length that a log can take."""
    if len(text) > _MAX_MESSAGE_CHARACTERS:
        text = text[:_MAX_MESSAGE_CHARACTERS] + "…"
    for pattern, replacement in _REDACTIONS:
        text = pattern.sub(replacement, text)
    return text


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "at": datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        for name, value in vars(record).items():
            if name not in _OWN:
                entry[name] = value if isinstance(value, int | float | bool | None) else redact(str(value))
        if record.exc_info:
            entry["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


class _PeopleFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.datetime.fromtimestamp(record.created, datetime.UTC).astimezone()
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        # A newline in a message must not be able to look like a line of its own.
        message = redact(record.getMessage()).replace("\r", "\\r").replace("\n", "\\n")
        line = f"{at:%H:%M:%S}  {level}{message}"
        if record.exc_info:
            line += "\n" + redact(self.formatException(record.exc_info))
        return line


class _Unremarkable(logging.Filter):
    """Browsers that leave in the middle, and strangers who speak no HTTP: nothing that an administrator can mend."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, ConnectionError | HttpProcessingError)


_unremarkable = _Unremarkable()


def configure_logging(
    level: int = logging.INFO, stream: TextIO | None = None, *, json_lines: bool | None = None
) -> None:
    """Send all logs to ``stream`` (standard error); ``json_lines`` None decides by whether it is a terminal."""
    target = sys.stderr if stream is None else stream
    as_json = not target.isatty() if json_lines is None else json_lines
    handler = logging.StreamHandler(target)
    handler.setFormatter(_JsonFormatter() if as_json else _PeopleFormatter())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    logging.getLogger("aiohttp.server").addFilter(_unremarkable)
    logging.getLogger("asyncio").setLevel(max(level, logging.WARNING))
