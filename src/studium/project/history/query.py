"""What a request asks of the history, checked."""

from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import HistoryId

_ONE_OF = ("version", "blame", "file", "before", "versions", "documents", "export")


@dataclass(frozen=True, slots=True)
class Query:
    """One question. At most one of the others is there beside ``history``."""

    history: HistoryId | None
    version: int | None
    blame: int | None
    file: int | None
    before: int | None
    named: bool
    documents: bool
    export: bool

    @classmethod
    def of(cls, request: web.Request, path: str) -> "Query":
        """Raises ``invalid_value`` or ``invalid_query``."""
        asked = [name for name in _ONE_OF if name in request.query]
        if len(asked) > 1:
            raise StudiumError(
                ErrorCode.INVALID_QUERY, f"“{asked[0]}” and “{asked[1]}” are two questions. Ask one of them at a time."
            )
        documents = _word(request, "documents", "deleted")
        if documents and path:
            raise StudiumError(
                ErrorCode.INVALID_QUERY, "“documents” is about the whole project. Ask for it without a path."
            )
        return cls(
            _history_id(request),
            _number(request, "version"),
            _number(request, "blame"),
            _number(request, "file"),
            _number(request, "before"),
            _word(request, "versions", "named"),
            documents,
            _word(request, "export", "git"),
        )


def _word(request: web.Request, name: str, known: str) -> bool:
    text = request.query.get(name)
    if text is None or text == known:
        return text is not None
    raise StudiumError(ErrorCode.INVALID_VALUE, f"“{name}” can be “{known}” and nothing else.", name=name)


def _number(request: web.Request, name: str) -> int | None:
    text = request.query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise StudiumError(ErrorCode.INVALID_VALUE, f"“{name}” is the number of a version, like 12.", name=name)
    return int(text)


def _history_id(request: web.Request) -> HistoryId | None:
    text = request.query.get("history")
    if text is None:
        return None
    try:
        return HistoryId(UUID(text))
    except ValueError:
        raise StudiumError(
            ErrorCode.INVALID_VALUE,
            "“history” is the id of a history, as the answer lists them.",
            name="history",
        ) from None
