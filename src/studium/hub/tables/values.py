"""Values on their way in and out: checked by kind, turned into what the database takes, and back into JSON."""

import unicodedata
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from studium.hub.tables.schema import Check, Kind

JSON_BYTES = 64 * 1024
JSON_DEPTH = 16
TEXT_CHARACTERS = 100_000
INTEGERS = range(-(2**31), 2**31)


def to_database(kind: Kind, value: Any) -> Any:
    """Check a JSON value of a field and turn it into the database's. Raises ``ValueError``, the end of a sentence."""
    match kind:
        case Kind.ID:
            if isinstance(value, str):
                try:
                    return UUID(value)
                except ValueError:
                    pass
            raise ValueError("must be an id such as 7d0c6a1e-2f57-4b8e-9a5e-3f0d1c2b4a69")
        case Kind.TEXT:
            if not isinstance(value, str):
                raise ValueError("must be text")
            return _text(value)
        case Kind.INTEGER:
            if isinstance(value, bool) or not isinstance(value, int) or value not in INTEGERS:
                raise ValueError("must be a whole number")
            return value
        case Kind.BOOLEAN:
            if not isinstance(value, bool):
                raise ValueError("must be true or false")
            return value
        case Kind.TIME:
            return _time(value)
        case Kind.JSON:
            check_json(value)
            return value


def to_json(kind: Kind, value: Any) -> Any:
    """The form in which a value of the database travels."""
    if value is None:
        return None
    if kind is Kind.ID:
        return str(value)
    if kind is Kind.TIME:
        return format_time(value)
    return value


def format_time(value: datetime) -> str:
    """Always with six digits and in UTC, so that the order of the texts is that of the times."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def check_json(value: Any, depth: int = JSON_DEPTH) -> None:
    """A JSON value that can be stored: bounded, and without the one character that PostgreSQL cannot hold."""
    if depth == JSON_DEPTH and len(msgspec.json.encode(value)) > JSON_BYTES:
        raise ValueError(f"must not be larger than {JSON_BYTES // 1024} kB")
    if depth <= 0:
        raise ValueError(f"must not be nested more than {JSON_DEPTH} deep")
    if isinstance(value, str):
        _text(value)
    elif isinstance(value, list):
        for item in value:
            check_json(item, depth - 1)
    elif isinstance(value, dict):
        for name, item in value.items():
            _text(name)
            check_json(item, depth - 1)


def text(least: int, most: int, *, lines: bool = False) -> Check:
    """A check for text: trimmed, so many characters, no control characters (``lines`` allows tabs and line breaks)."""

    def check(value: str) -> str:
        trimmed = value.strip()
        if len(trimmed) < least:
            raise ValueError("must not be empty")
        if len(trimmed) > most:
            raise ValueError(f"must not be longer than {most} characters; it has {len(trimmed)}")
        allowed = "\n\t" if lines else ""
        if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in trimmed if letter not in allowed):
            raise ValueError("must not contain control characters" + ("" if lines else " or line breaks"))
        return trimmed

    return check


def between(least: int, most: int) -> Check:
    """A check for whole numbers."""

    def check(value: int) -> int:
        if not least <= value <= most:
            raise ValueError(f"must be from {least} to {most}; it is {value}")
        return value

    return check


def an_object(value: Any) -> Any:
    """A check for JSON columns that hold an object."""
    if not isinstance(value, dict):
        raise ValueError("must be an object")
    return value


def one_of(*allowed: str) -> Check:
    """A check for words."""

    def check(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return value

    return check


def merge(old: Any, new: Any) -> Any:
    """JSON columns merge: objects recursively, a null removes its key, anything else replaces."""
    if not isinstance(new, dict):
        return new
    merged = dict(old) if isinstance(old, dict) else {}
    for name, value in new.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def same_json(one: Any, other: Any) -> bool:
    """Equal as JSON, where 1 is not true and the order of keys is nothing."""
    return msgspec.json.encode(one, order="deterministic") == msgspec.json.encode(other, order="deterministic")


def _text(value: str) -> str:
    if "\0" in value:
        raise ValueError("must not contain the character NUL")
    if len(value) > TEXT_CHARACTERS:
        raise ValueError(f"must not be longer than {TEXT_CHARACTERS} characters")
    if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError("must be valid Unicode")
    return value


def _time(value: Any) -> datetime:
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value)
            if parsed.tzinfo is not None:
                return parsed.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise ValueError("must be a time such as 2026-11-21T09:00:00Z")
