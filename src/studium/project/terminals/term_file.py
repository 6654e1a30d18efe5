"""What a ``.term`` file holds: its terminals, and how they share the room. Pure.

A file that is empty or says something else, be it the session of another program or half a file, is one terminal; what
it says stays until somebody changes something, and then stays under ``before``.
"""

from typing import Any, Final

import msgspec

from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.terminals import Direction, TerminalEntry, TerminalLayout

MAX_FILE_BYTES: Final = 256 * 1024
MAX_IN_FILE: Final = 24
MAX_DEPTH: Final = 16
MAX_COMMAND: Final = 4000
MAX_PATH: Final = 4000
FIRST: Final = "1"

_VERSION: Final = 1


class _Stored(msgspec.Struct, frozen=True):
    studium_terminals: int
    terminals: list[TerminalEntry]
    layout: TerminalLayout = TerminalLayout()
    before: str | None = None


class Content(msgspec.Struct, frozen=True):
    """Terminals and their layout, which names each of them once. ``before``: what the file said that was not ours."""

    terminals: list[TerminalEntry]
    layout: TerminalLayout
    before: str | None = None

    def entry(self, terminal_id: str) -> TerminalEntry:
        """One terminal. Raises ``not_found``."""
        for entry in self.terminals:
            if entry.terminal_id == terminal_id:
                return entry
        raise StudiumError(ErrorCode.NOT_FOUND, "This terminal was closed. Open the file again to see those it has.")

    def split(self, terminal_id: str, direction: Direction, entry: TerminalEntry) -> "Content":
        """With one more terminal, beside or below one. Raises ``StudiumError``."""
        self.entry(terminal_id)
        check_entry(entry)
        if len(self.terminals) >= MAX_IN_FILE:
            message = f"A file has at most {MAX_IN_FILE} terminals. Close one, or make another file of terminals."
            raise StudiumError(ErrorCode.RATE_LIMITED, message, limit=MAX_IN_FILE)
        layout = _split(self.layout, terminal_id, direction, entry.terminal_id)
        if _depth(layout) > MAX_DEPTH:
            raise StudiumError(ErrorCode.INVALID_VALUE, "The layout is nested too deeply. Split another terminal.")
        return Content([*self.terminals, entry], layout, self.before)

    def close(self, terminal_id: str) -> "Content":
        """Without a terminal; the last one stays, without a command of its own."""
        self.entry(terminal_id)
        if len(self.terminals) == 1:
            return self
        kept = [entry for entry in self.terminals if entry.terminal_id != terminal_id]
        layout = _without(self.layout, {terminal_id})
        return Content(kept, layout or TerminalLayout(terminal=kept[0].terminal_id), self.before)

    def set(self, entry: TerminalEntry) -> "Content":
        """With another command and directory for a terminal. Raises ``StudiumError``."""
        self.entry(entry.terminal_id)
        check_entry(entry)
        entries = [entry if each.terminal_id == entry.terminal_id else each for each in self.terminals]
        return Content(entries, self.layout, self.before)

    def arrange(self, layout: TerminalLayout) -> "Content":
        """With another layout of the same terminals. Raises ``invalid_value``."""
        named = _named(layout, 0)
        if sorted(named) != sorted(entry.terminal_id for entry in self.terminals):
            message = "The layout does not name each terminal of the file once. Open the file again."
            raise StudiumError(ErrorCode.INVALID_VALUE, message, field="layout")
        return Content(self.terminals, _simple(layout), self.before)


def parse(data: bytes) -> Content:
    """What a file holds; never fails."""
    try:
        if len(data) > MAX_FILE_BYTES:
            raise ValueError
        stored = msgspec.json.decode(data, type=_Stored)
        if stored.studium_terminals != _VERSION:
            raise ValueError
        entries = {entry.terminal_id: entry for entry in stored.terminals[:MAX_IN_FILE]}
        for entry in entries.values():
            check_entry(entry)
        if not entries:
            raise ValueError
        return Content(list(entries.values()), _mended(stored.layout, list(entries)), stored.before)
    except (ValueError, RecursionError, StudiumError):
        return Content([TerminalEntry(FIRST)], TerminalLayout(terminal=FIRST), _old_text(data))


def encode(content: Content) -> bytes:
    """The bytes of a file. Raises ``too_large`` where what it said before has no room beside the rest."""
    stored: dict[str, Any] = {
        "studium_terminals": _VERSION,
        "terminals": [_plain(entry) for entry in content.terminals],
        "layout": _plain_layout(content.layout),
    }
    if content.before is not None:
        stored["before"] = content.before
    data = msgspec.json.format(msgspec.json.encode(stored), indent=1) + b"\n"
    if len(data) > MAX_FILE_BYTES:
        message = "This file holds something else than terminals, too much to keep it. Make another file of terminals."
        raise StudiumError(ErrorCode.TOO_LARGE, message)
    return data


def check_entry(entry: TerminalEntry) -> None:
    """Raise ``invalid_value`` for what no terminal can start with."""
    if not 0 < len(entry.terminal_id) <= 64 or not entry.terminal_id.isprintable():
        raise StudiumError(ErrorCode.INVALID_VALUE, "A terminal's id has 1 to 64 characters.", field="terminal_id")
    if "\0" in entry.command or len(entry.command) > MAX_COMMAND:
        message = f"The command is longer than {MAX_COMMAND} characters. Put it into a file, and start that."
        raise StudiumError(ErrorCode.INVALID_VALUE, message, field="command")
    if "\0" in entry.directory or len(entry.directory) > MAX_PATH:
        message = "The directory is no path of this project. Choose a folder of it."
        raise StudiumError(ErrorCode.INVALID_VALUE, message, field="directory")


def _old_text(data: bytes) -> str | None:
    return data[: MAX_FILE_BYTES + 1].decode(errors="replace") if data.strip() else None


def _plain(entry: TerminalEntry) -> dict[str, str]:
    plain = {"terminal_id": entry.terminal_id, "command": entry.command, "directory": entry.directory}
    return {name: value for name, value in plain.items() if value}


def _plain_layout(layout: TerminalLayout) -> dict[str, Any]:
    share = {} if layout.share == 1.0 else {"share": layout.share}
    if layout.terminal is not None:
        return {"terminal": layout.terminal, **share}
    direction = layout.direction or Direction.ROW
    return {"direction": direction.value, "parts": [_plain_layout(part) for part in layout.parts], **share}


# Layouts -------------------------------------------------------------------------------------------------------------


def _named(layout: TerminalLayout, depth: int) -> list[str]:
    """The terminals of a layout. Raises ``invalid_value`` for one that is none."""
    is_leaf = layout.terminal is not None
    if depth > MAX_DEPTH or is_leaf == bool(layout.parts) or not 0 < layout.share < 1e6:
        raise StudiumError(ErrorCode.INVALID_VALUE, "This is no layout of terminals.", field="layout")
    if layout.terminal is not None:
        return [layout.terminal]
    return [name for part in layout.parts for name in _named(part, depth + 1)]


def _depth(layout: TerminalLayout) -> int:
    return 1 + max((_depth(part) for part in layout.parts), default=0)


def _mended(layout: TerminalLayout, terminals: list[str]) -> TerminalLayout:
    """A layout that names each terminal once, whatever the file says."""
    try:
        if sorted(_named(layout, 0)) == sorted(terminals):
            return _simple(layout)
    except StudiumError:
        pass
    if len(terminals) == 1:
        return TerminalLayout(terminal=terminals[0])
    return TerminalLayout(direction=Direction.ROW, parts=[TerminalLayout(terminal=name) for name in terminals])


def _simple(layout: TerminalLayout) -> TerminalLayout:
    """The same without groups of one."""
    if layout.terminal is not None:
        return TerminalLayout(terminal=layout.terminal, share=layout.share)
    parts = [_simple(part) for part in layout.parts]
    if len(parts) == 1:
        return msgspec.structs.replace(parts[0], share=layout.share)
    return TerminalLayout(direction=layout.direction or Direction.ROW, parts=parts, share=layout.share)


def _split(layout: TerminalLayout, at: str, direction: Direction, new: str) -> TerminalLayout:
    if layout.terminal == at:
        parts = [TerminalLayout(terminal=at), TerminalLayout(terminal=new)]
        return TerminalLayout(direction=direction, parts=parts, share=layout.share)
    parts = []
    for part in layout.parts:
        if part.terminal == at and layout.direction is direction:
            half = part.share / 2
            parts += [TerminalLayout(terminal=at, share=half), TerminalLayout(terminal=new, share=half)]
        else:
            parts.append(_split(part, at, direction, new))
    return msgspec.structs.replace(layout, parts=parts)


def _without(layout: TerminalLayout, gone: set[str]) -> TerminalLayout | None:
    if layout.terminal is not None:
        return None if layout.terminal in gone else layout
    parts = [kept for part in layout.parts if (kept := _without(part, gone)) is not None]
    return _simple(msgspec.structs.replace(layout, parts=parts)) if parts else None
