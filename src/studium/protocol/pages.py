"""Messages of text files that are too large to be edited: ``GET /projects/{project_id}/pages/{path}``.

``page`` asks for a page, ``line`` for the page with that line; the answer is a ``FilePage``. ``find`` looks for a text
from byte ``at`` on (with ``backward``, for what begins before it; with ``case``, capitals count); the answer is
``TextFound`` or ``TextNotFound``. A request reads for about half a second: ``ReadingGoesOn`` says how far that went,
and the same request again, with its ``at``, goes on from there.

Pages begin near multiples of one size, at the start of a line unless that is very long, so that they stay the same
while a file grows. Positions in a page's text count UTF-16 units.
"""

import msgspec


class FilePage(msgspec.Struct, frozen=True, tag="page"):
    """One of ``pages`` pages, counted from 1. ``tag`` changes whenever the file does; ``modified_at`` is Unix time in
    seconds; ``at`` is the byte with which the page begins. ``first_line`` is null while lines are counted up to there:
    ask again. ``begins_in_line``: the page goes on in a line of the one before. ``replaced``: some bytes are no UTF-8
    and are shown as U+FFFD. Line ends are ``\\n``, whatever the file has."""

    tag: str
    size_bytes: int
    modified_at: float
    pages: int
    page: int
    at: int
    text: str
    first_line: int | None
    begins_in_line: bool
    replaced: bool


class TextFound(msgspec.Struct, frozen=True, tag="found"):
    """A text is at ``start`` to ``end`` of a page, and at byte ``at`` of the file; ``next`` is the byte after it."""

    page: int
    start: int
    end: int
    at: int
    next: int


class TextNotFound(msgspec.Struct, frozen=True, tag="not_found"):
    """The text is not between where the search began and the end of the file (its start, for ``backward``)."""


class ReadingGoesOn(msgspec.Struct, frozen=True, tag="goes_on"):
    """Read so far: ``at`` of ``size_bytes``."""

    at: int
    size_bytes: int
