"""The text of a stream as a terminal would leave it: carriage returns, backspaces and the few control sequences that
progress bars use are carried out, colours are kept.

All that may still change is the end of the text, a few lines and characters; what is before is settled. So an edit of
the shared text touches its end only, and a long output costs no more a line than a short one.
"""

import re
from typing import Final, NamedTuple

OPEN_LINES: Final = 16
"""Lines at the end that the cursor may go back to."""
OPEN_CHARACTERS: Final = 4096
MAX_LINE: Final = 64 * 1024
"""A line that is longer is settled too: no program goes back so far."""
MAX_PIECE: Final = 8 * 1024
"""Text with control sequences is carried out in pieces of as many characters."""
MAX_MOVE: Final = 1000
_MAX_HELD: Final = 32

_CONTROL: Final = re.compile(r"[\r\b]|\x1b\[[0-9;?]*[A-HJKhlfsu]")
_WORD: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[^\r\b\n\x1b]+|[\r\b\n\x1b]")
_UNFINISHED: Final = re.compile(r"\x1b(?:\[[0-9;?]*)?\Z")


class TextEdit(NamedTuple):
    """Take ``delete_bytes`` from ``start_bytes`` on (UTF-8, as the shared text counts) and put ``insert`` there."""

    start_bytes: int
    delete_bytes: int
    insert: str


class StreamText:
    """The text of one stream output, and what of it the document has."""

    def __init__(self) -> None:
        self._open = ""  # the part that may change
        self._cursor: tuple[int, int] | None = None  # line and column in it; None: at its end
        self._style = ""  # colours for the next character
        self._held = ""  # the beginning of a control sequence
        self._settled: list[str] = []  # since the last edit
        self._shown = ""  # what the document has of the open part
        self._before_bytes = 0  # what the document has before it
        self.length = 0

    def write(self, text: str) -> None:
        """Put text where the cursor is."""
        if len(text) > MAX_PIECE and "\r" in text:
            text = _without_overwritten(text)
        if len(text) > MAX_PIECE and _CONTROL.search(text) is not None:
            for start in range(0, len(text), MAX_PIECE):
                self.write(text[start : start + MAX_PIECE])
            return
        if self._held:
            text, self._held = self._held + text, ""
        if (unfinished := _UNFINISHED.search(text, max(0, len(text) - _MAX_HELD))) is not None:
            text, self._held = text[: unfinished.start()], unfinished.group()
        before = len(self._open)
        if self._cursor is None and _CONTROL.search(text) is None:
            self._open += text
        else:
            self._carry_out(text)
        self.length += len(self._open) - before
        self._settle()

    def edit(self) -> TextEdit | None:
        """What brings the document's text up to date; None when it is. The document is taken to be so from then on."""
        text = "".join(self._settled) + self._open if self._settled else self._open
        shown = self._shown
        same = len(shown) if text.startswith(shown) else _common(shown, text)
        edit = TextEdit(
            self._before_bytes + len(shown[:same].encode(errors="replace")),
            len(shown[same:].encode(errors="replace")),
            text[same:],
        )
        self._before_bytes += sum(len(part.encode(errors="replace")) for part in self._settled)
        self._settled.clear()
        self._shown = self._open
        return edit if edit.delete_bytes or edit.insert else None

    @property
    def shown_bytes(self) -> int:
        """How long the document's text is (UTF-8), if nobody else has changed it."""
        return self._before_bytes + len(self._shown.encode(errors="replace"))

    def forget_shown(self) -> None:
        """The document has none of it any more: what was not written yet is all that is left."""
        text = "".join(self._settled) + self._open
        self._open = text[_common(self._shown, text) :]
        self._cursor = None
        self._settled.clear()
        self._shown = ""
        self._before_bytes = 0
        self.length = len(self._open)

    def _settle(self) -> None:
        text = self._open
        if len(text) > MAX_LINE:
            self._cursor = None
        if self._cursor is not None or (len(text) <= OPEN_CHARACTERS and text.count("\n") <= OPEN_LINES):
            return
        cut = len(text)
        for _ in range(OPEN_LINES):
            cut = text.rfind("\n", 0, cut)
            if cut < 0:
                break
        cut += 1
        if len(text) - cut > OPEN_CHARACTERS:
            cut = text.rfind("\n") + 1
        if len(text) - cut > MAX_LINE:
            cut = len(text)
        if cut:
            self._settled.append(text[:cut])
            self._open = text[cut:]

    def _carry_out(self, text: str) -> None:
        """Do what the text says in a grid of characters, each with the colours that come with it."""
        if self._cursor is None and "\x1b[" not in text:
            kept, _, line = self._open.rpartition("\n")  # no more than this line can be reached
            head = kept + "\n" if len(kept) < len(self._open) - len(line) else ""
        else:
            head, line = "", self._open
        grid = _Grid([_characters(row) for row in line.split("\n")], self._cursor, self._style)
        for word in _WORD.findall(text):
            grid.take(word)
        grid.rest()
        self._open = head + "\n".join("".join(row) for row in grid.rows)
        self._cursor, self._style = grid.cursor, grid.style


class _Grid:
    def __init__(self, rows: list[list[str]], cursor: tuple[int, int] | None, style: str) -> None:
        self.rows = rows
        self.row, self.column = cursor or (len(rows) - 1, len(rows[-1]))
        self.style = style

    @property
    def cursor(self) -> tuple[int, int] | None:
        at_end = self.row == len(self.rows) - 1 and self.column == len(self.rows[-1])
        return None if at_end else (self.row, self.column)

    def rest(self) -> None:
        """Colours that were set at the end stay there."""
        if self.style and self.cursor is None:
            self._put(self.style)

    def take(self, word: str) -> None:
        row = self.rows[self.row]
        if word == "\r":
            self.column = 0
        elif word == "\b":
            self.column = max(0, self.column - 1)
        elif word == "\n":
            self.row += 1
            self.column = 0
            if self.row == len(self.rows):
                self.rows.append([])
        elif word[0] == "\x1b" and len(word) > 2:
            self._sequence(word)
        elif word != "\x1b":
            if len(row) < self.column:
                row += [" "] * (self.column - len(row))
            row[self.column : self.column + len(word)] = list(word)
            if self.style:
                row[self.column] = self.style + row[self.column]
                self.style = ""
            self.column += len(word)

    def _put(self, style: str) -> None:
        row = self.rows[self.row]
        if 0 < self.column <= len(row):
            row[self.column - 1] += style
            self.style = ""
        elif not row:
            row.append(style)  # a line of nothing but colour
            self.column = 1
            self.style = ""

    def _sequence(self, word: str) -> None:
        kind = word[-1]
        if kind == "m":
            if 0 < self.column <= len(self.rows[self.row]):
                self._put(word)
            else:
                self.style += word
            return
        digits = word[2:-1].partition(";")[0]
        number = int(digits) if digits.isdecimal() and len(digits) < 6 else 0
        by = min(max(number, 1), MAX_MOVE)
        row = self.rows[self.row]
        if kind == "A":
            self.row = max(0, self.row - by)
        elif kind == "B":
            self.row = min(len(self.rows) - 1, self.row + by)
        elif kind == "C":
            self.column += by
        elif kind == "D":
            self.column = max(0, self.column - by)
        elif kind == "G":
            self.column = by - 1
        elif kind == "K":
            if number == 0:
                del row[self.column :]
            elif number == 1:
                row[: self.column] = [" "] * min(self.column, len(row))
            else:
                row.clear()
        elif kind == "J" and number == 0:
            del row[self.column :]
            del self.rows[self.row + 1 :]
        elif kind == "J":
            self.rows[:] = [[]]
            self.row = self.column = 0


def _characters(row: str) -> list[str]:
    """The characters of a line; colours go with the one before, or, at the beginning, with the one after."""
    if "\x1b" not in row:
        return list(row)
    characters: list[str] = []
    style = ""
    for word in _WORD.findall(row):
        if word[0] == "\x1b":
            if characters:
                characters[-1] += word
            else:
                style += word
        else:
            characters += list(word)
            if style:
                characters[-len(word)] = style + characters[-len(word)]
                style = ""
    return [*characters, style] if style else characters


def _without_overwritten(text: str) -> str:
    """The text without what carriage returns overwrite in the same line: what comes later is as long."""
    if "\x1b" in text or "\b" in text:
        return text
    lines = text.split("\n")
    for index, line in enumerate(lines):
        first, *parts = line.split("\r")
        if len(parts) > 1:
            kept, longest = [parts[-1]], len(parts[-1])
            for part in reversed(parts[:-1]):
                if len(part) > longest:
                    kept.append(part)
                    longest = len(part)
            lines[index] = "\r".join([first, *reversed(kept)])
    return "\n".join(lines)


def _common(one: str, other: str) -> int:
    length = min(len(one), len(other))
    if one[:length] == other[:length]:
        return length
    low, high = 0, length
    while low < high:  # where they first differ
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
