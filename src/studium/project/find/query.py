"""What a person looks for, checked, and in the words of the programs that search."""

import re
from typing import Final

from studium.project.files.paths import clean_path
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.find import TextQuery

MAX_TEXT_BYTES: Final = 4_000
MAX_GLOBS: Final = 50
MAX_GLOB_BYTES: Final = 500
MAX_CONTEXT: Final = 10

OURS: Final = ("!/.trash", "!.studium-*.tmp", "!/.local/share/studium")
"""Never searched: the trash, files that are being written, and the layer over the shared Python."""
NOT_WRITTEN: Final = ("!.*", "!node_modules", "!__pycache__")
"""Hidden names, and what programs make and nobody writes: searched when asked for."""


_TOKEN: Final = re.compile(
    r"\$(?:(?P<number>\d{1,2})|\{(?P<name>\w{1,64})\}|(?P<whole>&)|(?P<dollar>\$))|\\(?P<escape>[nt\\])"
)
_ESCAPES: Final = {"n": "\n", "t": "\t", "\\": "\\"}


def check(query: TextQuery) -> TextQuery:
    """Raises ``StudiumError`` for what cannot be looked for."""
    for name, value in (("text", query.text), ("replacement", query.replacement or "")):
        if len(value.encode(errors="replace")) > MAX_TEXT_BYTES:
            message = f"“{name}” is longer than {MAX_TEXT_BYTES} bytes. Look for a part of it."
            raise StudiumError(ErrorCode.TOO_LARGE, message, field=name, limit_bytes=MAX_TEXT_BYTES)
        if "\0" in value or not _is_text(value):
            raise StudiumError(ErrorCode.INVALID_VALUE, f"“{name}” holds a character that no text has.", field=name)
    if not query.text:
        raise StudiumError(ErrorCode.INVALID_VALUE, "There is nothing to look for. Type some text.", field="text")
    if "\n" in query.text or "\r" in query.text:
        message = "A search is within lines: leave the line break out."
        raise StudiumError(ErrorCode.INVALID_VALUE, message, field="text")
    globs = [*query.include, *query.exclude]
    if len(globs) > MAX_GLOBS or any(len(glob.encode(errors="replace")) > MAX_GLOB_BYTES for glob in globs):
        message = f"There are more than {MAX_GLOBS} patterns of names, or one is too long. Use fewer."
        raise StudiumError(ErrorCode.TOO_LARGE, message, field="include")
    if any("\0" in glob or not _is_text(glob) for glob in globs):
        raise StudiumError(ErrorCode.INVALID_VALUE, "A pattern of names holds a character that no name has.")
    clean_path(query.folder)
    return query


def globs_of(query: TextQuery) -> list[str]:
    """Globs as ripgrep's ``--glob`` takes them, of which the last that fits decides. A name means itself wherever it
    is, and all that is below it."""
    globs: list[str] = []
    for glob in filter(None, map(_anywhere, query.include)):
        globs += [glob, f"{glob}/**" if "/" in glob else f"**/{glob}/**"]
    if not query.hidden:
        globs += NOT_WRITTEN
    globs += [f"!{glob}" for glob in filter(None, map(_anywhere, query.exclude))]
    return [*globs, *OURS]


def _anywhere(glob: str) -> str:
    glob = glob.strip().removeprefix("!")
    is_rooted = glob.startswith(("./", "/"))
    glob = glob.removeprefix(".").strip("/") if is_rooted else glob.rstrip("/")
    if not glob or glob.startswith("**/"):
        return glob
    if is_rooted:
        return f"/{glob}"
    return f"**/{glob}" if "/" in glob else glob


def template_of(query: TextQuery) -> list[tuple[str, str]]:
    """The replacement in parts: ``("text", text)``, ``("group", number or name)``."""
    given = query.replacement or ""
    if not query.regex:
        return [("text", given)] if given else []
    parts: list[tuple[str, str]] = []
    at = 0
    for token in _TOKEN.finditer(given):
        parts.append(("text", given[at : token.start()]))
        at = token.end()
        found = token.groupdict()
        if found["dollar"]:
            parts.append(("text", "$"))
        elif found["escape"]:
            parts.append(("text", _ESCAPES[found["escape"]]))
        elif found["whole"]:
            parts.append(("group", "0"))
        else:
            parts.append(("group", found["number"] or found["name"]))
    parts.append(("text", given[at:]))
    return [part for part in parts if part[1]]


def plain_replacement(query: TextQuery) -> bytes | None:
    """What every match becomes, where that is the same for all."""
    parts = template_of(query)
    if query.replacement is None or any(kind == "group" for kind, _ in parts):
        return None
    return "".join(value for _, value in parts).encode()


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
