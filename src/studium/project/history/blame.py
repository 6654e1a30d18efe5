"""From which version each line of a text is. Blocking, for one thread.

What has to be known is where the CRDT put each character that it names, which only the CRDT library can tell, and it
tells nothing but text. So it is given the same document once more with other text: in place of each character stands a
digit of the version that brought it. What comes out has the digits where the characters are.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from itertools import groupby

from pycrdt import Doc, Text

from studium.project.history.authorship import Authorship
from studium.project.history.bursts import LogRow
from studium.project.history.log import Log, LoggedHistory
from studium.project.history.pace import Pace
from studium.project.history.replay import Replayer
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.history import Blame, BlameRun
from studium.sync.format import ROOT
from studium.sync.structs import structs, utf16_length
from studium.sync.wire import ProtocolError, encode_varbytes

MAX_RUNS = 4_000_000
"""Runs of characters whose version is known, of all histories together (64 MB). Past it, the histories that were asked
for least lately are forgotten; one that has more by itself cannot be told."""

MAX_ANSWERS = 8
MAX_ANSWER_RUNS = 50_000
"""Answers kept, since a version never changes, and the runs of lines above which one is made anew (5 MB)."""

BASE = 0xD000
"""Digits are the characters from U+0001: each is one UTF-16 unit, as is what it stands for."""

_READ_UPDATES = 1_000
_BREATH_UPDATES = 200
_BREATH_STRUCTS = 500
_PIECE = 10_000  # UTF-16 units of a line looked at without a rest


class Blamer:
    """Knows the authors of histories that it was asked for, and reads on from there."""

    def __init__(self, log: Log, replayer: Replayer, pace: Pace) -> None:
        self._log = log
        self._replayer = replayer
        self._pace = pace
        self._authorships: OrderedDict[int, Authorship] = OrderedDict()
        self._answers: OrderedDict[tuple[int, int], Blame] = OrderedDict()

    def blame(self, history: LoggedHistory, version: int) -> Blame:
        """Who wrote the lines at ``version``, which exists."""
        known = self._answers.get((history.number, version))
        if known is not None:
            self._answers.move_to_end((history.number, version))
            return known
        try:
            authorship = self._authorship(history.number, version)
            text, document = self._replayer.document(history.number, version)
            digits = self._digits(document, authorship)
        except ProtocolError as error:
            raise StudiumError(
                ErrorCode.NOT_TEXT,
                "Who wrote the lines of this document cannot be told: it holds something that is not known here. Its"
                " versions can be read one by one.",
                reason=str(error),
            ) from error
        blame = Blame(history.history_id, version, list(self._runs(history, self._newest(text, digits))))
        if len(blame.lines) <= MAX_ANSWER_RUNS:
            self._answers[history.number, version] = blame
            if len(self._answers) > MAX_ANSWERS:
                self._answers.popitem(last=False)
        return blame

    def statistics(self) -> dict[str, int]:
        """Counts for the metrics page."""
        return {"authorship_runs": sum(map(len, self._authorships.values())), "blames": len(self._answers)}

    def _authorship(self, number: int, version: int) -> Authorship:
        authorship = self._authorships.pop(number, None) or Authorship()  # not put back if anything goes wrong
        while authorship.version < version:
            at = authorship.version
            for index, update in enumerate(self._log.updates(number, at, min(version, at + _READ_UPDATES))):
                authorship.add(update)
                if index % _BREATH_UPDATES == 0:
                    self._pace.breathe()
            if len(authorship) > MAX_RUNS:
                raise StudiumError(
                    ErrorCode.TOO_LARGE,
                    "This document has been edited too often to tell who wrote which line. Its versions can be read one"
                    " by one.",
                )
        self._authorships[number] = authorship
        while sum(map(len, self._authorships.values())) > MAX_RUNS:
            self._authorships.popitem(last=False)
        return authorship

    def _digits(self, document: bytes, authorship: Authorship) -> list[str]:
        """The version that each UTF-16 unit of the text is from: all highest digits, then all of the next place."""
        places: list[tuple[int, int]] = []
        authors: list[list[tuple[int, int]]] = []
        for index, (client, clock, length, text) in enumerate(structs(document)):
            if text is not None:
                places.append(text)
                authors.append(list(authorship.of(client, clock, length)))
            if index % _BREATH_STRUCTS == 0:
                self._pace.breathe()
        digits: list[str] = []
        place = 1
        while not digits or place <= authorship.version:
            texts = ("".join([chr(1 + version // place % BASE) * count for count, version in runs]) for runs in authors)
            digits.insert(0, _text_of(self._replaced(document, places, texts)))
            self._pace.breathe()
            place *= BASE
        return digits

    def _replaced(self, document: bytes, places: list[tuple[int, int]], texts: Iterable[str]) -> bytes:
        """``document`` with other texts at these places."""
        parts: list[bytes] = []
        position = 0
        for index, ((start, end), text) in enumerate(zip(places, texts, strict=True)):
            parts += (document[position:start], encode_varbytes(text.encode()))
            position = end
            if index % _BREATH_STRUCTS == 0:
                self._pace.breathe()
        parts.append(document[position:])
        return b"".join(parts)

    def _newest(self, text: str, digits: list[str]) -> Iterator[int]:
        """The version of each line."""
        if not text:
            yield 0
            return
        start, size = 0, len(digits[0])
        if utf16_length(text) != size:
            raise ProtocolError("The text is not as long as what is known of it.")
        for line in text.split("\n"):
            end = start + utf16_length(line)
            # An empty line has nothing but the line breaks around it.
            first, last = (start, end) if line else (max(0, start - 1), min(size, end + 1))
            yield max(self._newest_of(digits, at, min(at + _PIECE, last)) for at in range(first, last, _PIECE))
            start = end + 1

    def _newest_of(self, digits: list[str], start: int, end: int) -> int:
        self._pace.breathe()
        number = 0
        for digit in max(zip(*[each[start:end] for each in digits], strict=True)):
            number = number * BASE + ord(digit) - 1
        return number

    def _runs(self, history: LoggedHistory, lines: Iterator[int]) -> Iterator[BlameRun]:
        rows: dict[int, LogRow] = {0: LogRow(0, 0, history.created_at, None)}
        for version, run in groupby(lines):
            row = rows.get(version)
            if row is None:
                row = rows[version] = self._log.row_of(history.number, version) or rows[0]
                self._pace.breathe()
            yield BlameRun(sum(1 for _ in run), version, row.at, row.account_id)


def _text_of(document: bytes) -> str:
    doc: Doc[Text] = Doc(allow_multithreading=True)
    doc.apply_update(document)
    return str(doc.get(ROOT, type=Text))
