"""Who typed which letter, and the laws about them.

Every letter of a program is typed once, so each can be followed: it is *entered* by somebody, perhaps *taken out*,
*committed* to the log, and *promised* once the server has acknowledged it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator


def alphabet() -> Iterator[str]:
    """Letters of three and four bytes, which hardly ever stand by chance in the framing of an update."""
    pictures = iter(range(0x1F300, 0x1F500))
    for number, ideograph in enumerate(range(0x4E00, 0x9F00)):
        yield chr(ideograph)
        if number % 2 == 0 and (picture := next(pictures, None)) is not None:
            yield chr(picture)


class Violation(AssertionError):
    """A law does not hold."""


class Ledger:
    """Of one program."""

    def __init__(self) -> None:
        self._alphabet = alphabet()
        self.entered: Counter[str] = Counter()  # how often somebody made a letter appear
        self.from_disk: set[str] = set()
        self.forbidden: set[str] = set()  # typed by somebody who may not
        self.committed: set[str] = set()
        self.promised: set[str] = set()
        self.perhaps_gone: set[str] = set()  # somebody took it out
        self.surely_gone: set[str] = set()  # and the server has acknowledged that
        self.off_disk: set[str] = set()  # taken out of the file by another program
        self.new_lines = 0

    def fresh(self, count: int) -> str:
        """Letters that nobody has typed yet."""
        letters = ""
        while len(letters) < count:
            letter = next(self._alphabet)
            if letter not in self.entered:
                letters += letter
        return letters

    def enter(self, text: str, *, by_disk: bool = False) -> None:
        """Somebody types letters for the first time."""
        for letter in text:
            if letter == "\n":
                self.new_lines += 1
                continue
            assert letter not in self.entered, f"A program may type {letter!r} once only."
            self.entered[letter] += 1
            if by_disk:
                self.from_disk.add(letter)

    def letters_in(self, data: bytes) -> set[str]:
        """Letters that an encoded update inserts: Yjs writes text as UTF-8."""
        return set(data.decode("utf-8", "ignore")) & self.entered.keys()

    def begin_history(self, still_to_come: set[str]) -> None:
        """The document was removed, and there is a new one: only what had not arrived is expected in it."""
        self.perhaps_gone |= self.entered.keys() - still_to_come
        self.surely_gone.clear()

    def check_text(self, text: str, living: Iterable[set[str]], gone: Iterable[set[str]]) -> None:
        """The laws on the settled text. ``living``: what each client that is still there has typed; ``gone``: what it
        took out."""
        counts = Counter(letter for letter in text if letter != "\n")
        unknown = counts.keys() - self.entered.keys()
        _law(not unknown, "nobody typed", unknown)
        doubled = {letter for letter, count in counts.items() if count > self.entered[letter]}
        _law(not doubled, "is there more than once", doubled)
        _law(not counts.keys() & self.forbidden, "was typed by somebody who may not", counts.keys() & self.forbidden)
        expected = (self.promised | self.from_disk).union(*living) - self.perhaps_gone
        _law(expected <= counts.keys(), "is lost", expected - counts.keys())
        removed = {letter for letter in self.surely_gone.union(*gone) if self.entered[letter] == 1}
        _law(not removed & counts.keys(), "is back although it was deleted", removed & counts.keys())
        _law(text.count("\n") <= self.new_lines, "there are more lines than anybody made", {"\n"})


def _law(holds: bool, sentence: str, letters: Iterable[str]) -> None:
    if not holds:
        raise Violation(f"{' '.join(sorted(letters))!r} {sentence}.")
