"""What a program writes to its terminal, taken apart: text to show, questions to answer, and what must not leave.

Bytes become text here, wherever they are cut; what is no UTF-8 becomes the replacement character, so that every browser
and the emulator see the same. Questions (who are you, where is the cursor) are taken out: a page that would answer them
types the answer into the shell, once for each person. So are all strings to the terminal but a few harmless ones: the
clipboard and notifications of whoever looks on are none of a program's business.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

MAX_HELD: Final = 256
"""Characters of a sequence that is not whole yet; a longer one is no sequence."""
MAX_STRING: Final = 4096
"""Characters of a string to the terminal that is looked at as a whole."""
MAX_TITLE: Final = 200

_TOKEN: Final = re.compile(
    r"\x1b(?:\[(?P<private>[<=>?]?)(?P<numbers>[0-9:;]*)(?P<between>[ -/]*)(?P<final>[hlcnpqtuxJ])"
    r"|(?P<string>[\]P_^X])|(?P<plain>[=>c]))|(?P<bell>\x07)"
)
_HELD: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[ -/]+)?\Z")
_C1: Final = re.compile(r"[\x80-\x9f]")
_OSC_END: Final = re.compile(r"\x07|\x1b\\|(?=\x1b.)|\x18|\x1a", re.DOTALL)
_STRING_END: Final = re.compile(r"\x1b\\|(?=\x1b.)|\x18|\x1a", re.DOTALL)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")

# Palette, links, colours and marks of shells are drawn by the page; images where it can. All else stays here.
# Links lead to pages and letters, never to scripts.
_OSC_SHOWN: Final = re.compile(
    r"(?:4|104|133|110|111|112)(?:;|\Z)|1[012];|1337;(?:Multipart)?File=|8;[^;]*;(?:\Z|(?i:https?://|mailto:|file://))"
)
_SIXEL: Final = re.compile(r"[0-9;]*q")
_ALTERNATE: Final = frozenset({47, 1047, 1049})
_MOUSE: Final = (9, 1000, 1002, 1003)
_MOUSE_FORMS: Final = (1005, 1006, 1015, 1016)
_SWITCHES: Final = (45, 66, 1004, 1007, 2004)


class Ask(Enum):
    """What a program wants to know of its terminal."""

    DEVICE = auto()
    SECOND_DEVICE = auto()
    VERSION = auto()
    STATUS = auto()
    CURSOR = auto()
    PRIVATE_CURSOR = auto()
    SIZE = auto()
    NOTHING = auto()  # what we do not know


@dataclass(frozen=True, slots=True)
class Shown:
    """Text for the emulator and for browsers; ``image``: for browsers only."""

    text: str
    image: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, where it came. ``answer`` is known already where it does not depend on the screen."""

    what: Ask
    answer: str = ""


class Event(Enum):
    """What else there is to be noticed, where it came; the text that causes it follows."""

    BELL = auto()
    CLEAR_SCROLLBACK = auto()
    ENTER_ALTERNATE = auto()
    LEAVE_ALTERNATE = auto()


Part = Shown | Asked | Event


@dataclass
class Modes:
    """What a terminal is told that its picture does not show."""

    mouse: int | None = None
    mouse_form: int | None = None
    switches: set[int] = field(default_factory=set)
    keypad: bool = False
    cursor_style: int = 0
    alternate: bool = False

    def restore(self) -> str:
        """Sequences that bring a terminal that was reset into these modes."""
        numbers = [n for n in (self.mouse, self.mouse_form, *sorted(self.switches)) if n is not None]
        style = f"\x1b[{self.cursor_style} q" if self.cursor_style else ""
        return "".join(f"\x1b[?{n}h" for n in numbers) + ("\x1b=" if self.keypad else "") + style

    def set(self, number: int, on: bool) -> None:
        """A DEC private mode."""
        if number in _MOUSE:
            self.mouse = number if on else None
        elif number in _MOUSE_FORMS:
            self.mouse_form = number if on else None
        elif number in _SWITCHES:
            (self.switches.add if on else self.switches.discard)(number)
        elif number in _ALTERNATE:
            self.alternate = on

    def report(self, number: int) -> int:
        """The answer to DECRQM: 1 set, 2 reset, 0 unknown."""
        if number in _MOUSE:
            return 1 if self.mouse == number else 2
        if number in _MOUSE_FORMS:
            return 1 if self.mouse_form == number else 2
        if number in _SWITCHES:
            return 1 if number in self.switches else 2
        if number in _ALTERNATE:
            return 1 if self.alternate else 2
        return 0

    def reset(self) -> None:
        """As a terminal that was just made."""
        self.__init__()  # type: ignore[misc]


class Stream:
    """One terminal's stream. ``title`` is what the program calls itself; ``is_in_image``: an image has begun."""

    def __init__(self) -> None:
        self.modes = Modes()
        self.title = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""
        self._string: str | None = None  # which kind of string has begun
        self._content = ""  # what came of it, up to MAX_STRING
        self._passes: bool | None = None  # None: not decided yet

    @property
    def is_in_image(self) -> bool:
        """Whether what comes next belongs to a string that browsers were told the beginning of."""
        return self._string is not None and self._passes is True

    def feed(self, data: bytes) -> Iterator[Part]:
        """The parts of what was written, in order."""
        text = self._held + self._decoder.decode(data)
        self._held = ""
        if not text.isascii():
            text = _C1.sub(lambda found: "\x1b" + chr(ord(found.group()) - 0x40), text)
        position = 0
        while position < len(text):
            if self._string is not None:
                position, parts = self._go_on(text, position)
                yield from parts
                continue
            begin = position
            for found in _TOKEN.finditer(text, position):
                taken, is_string = self._take(found, text[begin : found.start()])
                if taken is not None:
                    yield from taken
                    begin = found.end()
                if is_string:
                    position = found.end()
                    break
            else:
                yield from self._rest(text[begin:])
                return

    def _rest(self, text: str) -> Iterator[Part]:
        held = _HELD.search(text, max(0, len(text) - MAX_HELD))
        if held is not None:
            self._held = held.group()
            text = text[: held.start()]
        if text:
            yield Shown(text)

    def _take(self, found: "re.Match[str]", before: str) -> tuple[list[Part] | None, bool]:
        """The parts up to the end of a token; None when it is like other text."""
        kind = found.lastgroup
        shown: list[Part] = [Shown(before)] if before else []
        if kind == "bell":
            return [*shown, Event.BELL], False
        if kind == "string":
            self._string, self._content, self._passes = found.group("string"), "", None
            return shown, True
        if kind == "plain":
            return self._plain(found, shown), False
        return self._control(found, shown), False

    def _plain(self, found: "re.Match[str]", shown: list[Part]) -> list[Part] | None:
        match found.group("plain"):
            case "c":
                self.modes.reset()
                return [*shown, Event.LEAVE_ALTERNATE, Event.CLEAR_SCROLLBACK, Shown("\x1bc")]
            case sign:
                self.modes.keypad = sign == "="
                return None

    def _control(self, found: "re.Match[str]", shown: list[Part]) -> list[Part] | None:
        private, numbers, between, final = found.group("private", "numbers", "between", "final")
        match private, between, final:
            case "?", "", "h" | "l":
                return self._mode(numbers, final == "h", shown, found.group())
            case "", "", "J":
                return [*shown, Event.CLEAR_SCROLLBACK, Shown(found.group())] if numbers == "3" else None
            case "", "!", "p":
                self.modes.keypad = False
            case "", " ", "q":
                self.modes.cursor_style = min(int(numbers or 0), 6) if numbers.isdigit() or not numbers else 0
            case ("?", "$", "p") if numbers.isdigit():
                return [*shown, Asked(Ask.NOTHING, f"\x1b[?{numbers};{self.modes.report(int(numbers[:5]))}$y")]
            case _:
                asked = _QUESTIONS.get((private, between, final), {})
                what = asked.get(numbers, asked.get("*"))
                return None if what is None else [*shown, Asked(what)]
        return None

    def _mode(self, numbers: str, on: bool, shown: list[Part], sequence: str) -> list[Part] | None:
        was = self.modes.alternate
        for number in numbers.split(";"):
            if number.isdigit():
                self.modes.set(int(number[:5]), on)
        if self.modes.alternate == was:
            return None
        return [*shown, Event.ENTER_ALTERNATE if self.modes.alternate else Event.LEAVE_ALTERNATE, Shown(sequence)]

    # Strings to the terminal -----------------------------------------------------------------------------------------

    def _go_on(self, text: str, position: int) -> tuple[int, list[Part]]:
        """What belongs to the string that has begun, and where it ends."""
        end = (_OSC_END if self._string == "]" else _STRING_END).search(text, position)
        if end is None:
            stop = len(text) - text.endswith("\x1b")  # which may be half of its end
            self._held = text[stop:]
            return len(text), self._string_part(text[position:stop])
        parts = self._string_part(text[position : end.start()])
        parts += self._end_string(end.group())
        return end.end(), parts

    def _string_part(self, content: str) -> list[Part]:
        if self._passes is None:
            self._content += content[: MAX_STRING - len(self._content)]
            if len(self._content) < MAX_STRING:
                return []  # decided at its end
            self._passes = self._may_pass()
            return [Shown(f"\x1b{self._string}{self._content}{content}", image=True)] if self._passes else []
        return [Shown(content, image=True)] if self._passes else []

    def _may_pass(self) -> bool:
        if self._string == "]":
            return _OSC_SHOWN.match(self._content) is not None and not self._content.endswith(";?")
        return self._string == "P" and _SIXEL.match(self._content) is not None

    def _end_string(self, end: str) -> list[Part]:
        kind, content, passes = self._string, self._content, self._passes
        self._string, self._content, self._passes = None, "", None
        if passes is None:
            self._string = kind
            self._content = content
            passes = self._may_pass()
            self._string, self._content = None, ""
            if passes:
                return [Shown(f"\x1b{kind}{content}{end or chr(0x18)}", image=True)]
            return self._understand(kind or "", content)
        return [Shown(end or "\x18", image=True)] if passes else []

    def _understand(self, kind: str, content: str) -> list[Part]:
        if kind == "]":
            number, _, rest = content.partition(";")
            if number in ("0", "2"):
                self.title = _CONTROL.sub("", rest[: 4 * MAX_TITLE])[:MAX_TITLE].strip()
        elif kind == "P" and content.startswith("$q"):
            style = self.modes.cursor_style or 1
            answer = f"\x1bP1$r{style} q\x1b\\" if content == "$q q" else "\x1bP0$r\x1b\\"
            return [Asked(Ask.NOTHING, answer)]
        elif kind == "P" and content.startswith("+q"):
            return [Asked(Ask.NOTHING, "\x1bP0+r\x1b\\")]
        return []


_QUESTIONS: Final[dict[tuple[str, str, str], dict[str, Ask]]] = {
    ("", "", "c"): {"": Ask.DEVICE, "0": Ask.DEVICE, "*": Ask.NOTHING},
    (">", "", "c"): {"": Ask.SECOND_DEVICE, "0": Ask.SECOND_DEVICE, "*": Ask.NOTHING},
    ("=", "", "c"): {"*": Ask.NOTHING},
    (">", "", "q"): {"*": Ask.VERSION},
    ("", "", "n"): {"5": Ask.STATUS, "6": Ask.CURSOR, "*": Ask.NOTHING},
    ("?", "", "n"): {"6": Ask.PRIVATE_CURSOR, "*": Ask.NOTHING},
    ("", "", "t"): {"18": Ask.SIZE, "*": Ask.NOTHING},
    ("", "", "x"): {"*": Ask.NOTHING},
    ("?", "", "u"): {"*": Ask.NOTHING},
    ("", "$", "p"): {"*": Ask.NOTHING},
}
