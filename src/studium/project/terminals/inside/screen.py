"""What a terminal shows, with its scroll-back: an adapter of the emulator ``avt``, so that it can be another one.

avt is quick and right about what programs draw, but young: it gives no marks above letters a place of their own, keeps
no modes that are not of its picture, and may panic. So characters that are drawn over the one before go through it as
one private character with it; modes are kept by ``stream.py``; and after a panic the screen begins anew.

Lines that leave the screen are kept as text with colours, 2 µs and about 100 bytes each, where avt takes 16 bytes for
each cell. They wait for that as long as a flood goes on; what waits is bounded, and what is too old is lost.
"""

import re
import sys
import unicodedata
from collections import deque
from typing import Final

from avt import Line, Vt

MAX_LINES: Final = 10_000
MAX_BYTES: Final = 4 * 1024**2
MAX_WAITING_CELLS: Final = 480 * 1024
"""Of lines that are not yet text: 16 bytes each."""
_NEAR_LINES: Final = 100
"""Kept by the emulator itself: they come back when the screen grows."""

_PLAIN: Final = "\x1b[0m"
_RESTORED: Final = 4096
_REPR: Final = 'Line("'
_MARK: Final = "\u23ce"
_ESCAPED: Final = re.compile(r"\\(?:u\{([0-9a-f]+)\}|(.))")
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
_COLOUR: Final = re.compile(r"\x1b\[[0-9:;]*m")
_UNDERLINE_COLOUR: Final = re.compile(r"(?<=[\[;])58[:;](?:5[:;]\d+|2(?:[:;]\d*){3,4})")
_NARROW: Final = 0x100000  # private, and not used by fonts of symbols
_WIDE: Final = 0x3F000  # unassigned, and two cells wide
_MAX_CLUSTERS: Final = 4000
_OURS: Final = re.compile(f"[{chr(_NARROW)}-{chr(_NARROW + _MAX_CLUSTERS)}{chr(_WIDE)}-{chr(_WIDE + _MAX_CLUSTERS)}]")


def _zero_width() -> str:
    """The characters without a width of their own, as ranges of a regular expression."""
    ranges: list[list[int]] = []
    for number in (*range(0x300, 0x20000), *range(0xE0000, 0xE01F0)):
        character = chr(number)
        is_zero = unicodedata.category(character) in ("Mn", "Me", "Cf") or 0x1160 <= number < 0x1200
        if is_zero:
            if ranges and ranges[-1][1] == number - 1:
                ranges[-1][1] = number
            else:
                ranges.append([number, number])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


_CLUSTER: Final = re.compile(f"([^\\x00-\\x1f\\x7f{(_zero := _zero_width())}]?)([{_zero}]+)")


class Screen:
    """The screen of one terminal."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns = columns
        self.rows = rows
        self.panics = 0
        self._vt = Vt(columns, rows, _NEAR_LINES)
        self._clusters: dict[str, str] = {}
        self._meanings: dict[str, str] = {}
        self._lines: deque[str] = deque()
        self._bytes = 0
        self._waiting: deque[Line] = deque()
        self._beneath: list[str] | None = None  # near lines of the primary screen, while another one is shown

    @property
    def has_waiting(self) -> bool:
        """Whether lines wait to be made text."""
        return bool(self._waiting)

    def cursor(self) -> tuple[int, int]:
        """Column and row, from 1."""
        cursor = self._vt.cursor
        return min(cursor.col, self.columns - 1) + 1, cursor.row + 1

    def feed(self, text: str) -> None:
        """Draw what a program wrote."""
        if not text.isascii():
            text = _CLUSTER.sub(self._cluster, _OURS.sub("\ufffd", text))
        if "58" in text:
            text = _COLOUR.sub(_without_underline_colour, text)
        try:
            _, scrolled = self._vt.feed_str(text)
        except BaseException as error:
            self._panicked(error)
        else:
            self._keep(scrolled)

    def restore(self, dump: str) -> None:
        """Draw what ``dump`` gave, of whatever length, and lose none of its lines."""
        for begin in range(0, len(dump), _RESTORED):
            self.feed(dump[begin : begin + _RESTORED])
            self.render(len(self._waiting))

    def resize(self, columns: int, rows: int) -> None:
        """Another size."""
        steps = [(columns, rows)]
        if columns < self.columns and self._beneath is None and not self._near():
            # Lines that take more rows now would push the first ones out, though there is room below: without that
            # room first, and then with it, they come back.
            used = self._used_rows()
            steps = [(self.columns, used), (columns, used), *steps]
        self.columns, self.rows = columns, rows
        for step in steps:
            try:
                _, scrolled = self._vt.resize(*step)
            except BaseException as error:
                self._panicked(error)
                return
            self._keep(scrolled)

    def enter_alternate(self) -> None:
        """Programs begin to draw on the other screen."""
        self._beneath = [self._text(line) for line in self._near()]

    def leave_alternate(self) -> None:
        """Back to the primary screen."""
        self._beneath = None

    def begin_again(self) -> None:
        """Another program comes: what is shown stays, above it."""
        self._beneath = None
        column, row = self.cursor()
        self.feed("\x18\x1b[?1049l\x1b[0m\x1b[r\x1b[?6l\x1b[?7h\x1b[4l\x1b[20l\x1b[?25h\x1b[?1l\x1b(B\x0f")
        column, row = (column, row) if self._beneath is None else self.cursor()
        self.feed(f"\x1b[{row};{column}H" + ("\r\n" if column > 1 else ""))

    def clear_scrollback(self) -> None:
        """Forget the lines above the screen."""
        self._lines.clear()
        self._waiting.clear()
        self._bytes = 0
        if self._beneath is not None:
            self._beneath = []
        elif self._near():
            dump = self._dump()
            self._vt = Vt(self.columns, self.rows, _NEAR_LINES)
            self._vt.feed_str(dump)

    def render(self, lines: int) -> None:
        """Make at most so many waiting lines text."""
        for _ in range(min(lines, len(self._waiting))):
            self._add(self._text(self._waiting.popleft()))

    def dump(self, most: int = MAX_BYTES) -> str:
        """Sequences that draw it all on a terminal of this size that was reset, without modes; with the last lines of
        the scroll-back, about ``most`` characters of them."""
        self.render(len(self._waiting))
        near = self._beneath if self._beneath is not None else [self._text(line) for line in self._near()]
        parts = [*self._lines, *near]
        if self._bytes > most:
            room, first = most, len(parts)
            while first and (room := room - len(parts[first - 1])) > 0:
                first -= 1
            parts = parts[first:]
        if parts:
            above = min(len(parts), self.rows - 1)
            if not parts[-1].endswith("\n"):  # it goes on in the first row of the screen
                parts.append("\r\n")
            parts.append(f"\x1b[0m\x1b[{self.rows};1H" + "\n" * above + "\x1b[H")
        parts.append(self._meaning(self._dump()))
        return "".join(parts)

    def text(self) -> str:
        """The scroll-back and the screen, without colours."""
        self.render(len(self._waiting))
        near = self._beneath if self._beneath is not None else [self._text(line) for line in self._near()]
        above = _COLOUR.sub("", "".join((*self._lines, *near))).replace("\r\n", "\n")
        return (above + "\n".join(self.shown())).rstrip() + "\n"

    def shown(self) -> list[str]:
        """The rows of the screen, without colours."""
        return [self._meaning(line.text).rstrip() for line in self._vt.view()]

    # What the emulator gives -----------------------------------------------------------------------------------------

    def _used_rows(self) -> int:
        """How many rows there are down to the cursor, or to the last one with text."""
        last = max((row for row, text in enumerate(self.shown()) if text), default=0)
        return max(last, self._vt.cursor.row) + 1

    def _near(self) -> list[Line]:
        lines: list[Line] = self._vt.lines()
        return lines[: len(lines) - self.rows]

    def _dump(self) -> str:
        dump: str = self._vt.dump()
        return dump.replace("\x9b", "\x1b[")

    def _text(self, line: Line) -> str:
        """A line with its colours, and its break; Rust writes it in a fifth of the time that cells take.

        One that goes on in the next row has a mark at its end, and no break."""
        text = repr(line)[len(_REPR) : -2]
        if "\\" in text:
            text = _ESCAPED.sub(_unescaped, text.replace("\\u{1b}", "\x1b"))
        text = text.removeprefix(_PLAIN)  # as each line begins
        goes_on = text.endswith(_MARK * 2 if line.text.endswith(_MARK) else _MARK)
        if goes_on:
            text = text[:-1]
        last = text.rfind("\x1b[")
        if last >= 0 and not text.startswith(_PLAIN, last):
            text += _PLAIN
        elif not goes_on:
            text = text.rstrip(" ")
        return self._meaning(text) + ("" if goes_on else "\r\n")

    def _keep(self, scrolled: list[Line]) -> None:
        if not scrolled:
            return
        self._waiting.extend(scrolled[-MAX_LINES:])
        most = max(MAX_WAITING_CELLS // self.columns, 1)
        if len(self._waiting) > most:  # a flood: the lines before it would not be beside these any more
            self._lines.clear()
            self._bytes = 0
            while len(self._waiting) > most:
                self._waiting.popleft()

    def _add(self, line: str) -> None:
        self._lines.append(line)
        self._bytes += sys.getsizeof(line)
        while len(self._lines) > MAX_LINES or self._bytes > MAX_BYTES:
            self._bytes -= sys.getsizeof(self._lines.popleft())

    def _panicked(self, error: BaseException) -> None:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise error
        self.panics += 1
        self._vt = Vt(self.columns, self.rows, _NEAR_LINES)
        self._vt.feed_str("The screen could not be drawn, and was cleared.\r\n")

    # Characters without a width --------------------------------------------------------------------------------------

    def _cluster(self, found: "re.Match[str]") -> str:
        base, cluster = found.group(1), found.group()
        if not base:  # what it belongs to was drawn before, or is no character
            return ""
        private = self._clusters.get(cluster)
        if private is None:
            if len(self._clusters) >= _MAX_CLUSTERS:
                return base
            first = _WIDE if unicodedata.east_asian_width(base) in "WF" else _NARROW
            private = self._clusters[cluster] = chr(first + len(self._clusters))
            self._meanings[private] = cluster
        return private

    def _meaning(self, text: str) -> str:
        if not self._clusters or text.isascii():
            return text
        return _OURS.sub(lambda found: self._meanings.get(found.group(), found.group()), text)


def _unescaped(found: "re.Match[str]") -> str:
    number, plain = found.groups()
    return chr(int(number, 16)) if number else _ESCAPES.get(plain, plain)


def _without_underline_colour(found: "re.Match[str]") -> str:
    """avt takes the numbers of such a colour for styles of their own."""
    return _UNDERLINE_COLOUR.sub("", found.group())
