"""Messages of what the server reads of a file for a viewer: ``GET /projects/{project_id}/views/{path}``.

``as=archive`` lists what is in an archive; the answer is an ``ArchiveListing``.

``as=table`` reads rows of delimited text: ``rows`` of them (at most 500) from ``first`` on, counted from 0.
``delimiter`` and ``header`` (1 or 0) say how, where the server's guess is wrong. The answer is ``TableRows``, or
``ReadingGoesOn`` when rows had to be counted up to there and half a second was not enough: ask again. With ``rows=0``
it counts on, as long.

``as=html`` draws reStructuredText, with what was typed last; the answer is a ``DrawnText``.
"""

import msgspec

from studium.protocol.files import EntryKind


class ArchiveEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something in an archive. ``path`` is as the archive has it, bytes that are no UTF-8 escaped; ``size_bytes`` is
    null where the archive does not say; ``modified_at`` is Unix time; ``target`` is where a link leads."""

    path: str
    kind: EntryKind = EntryKind.FILE
    size_bytes: int | None = None
    modified_at: float | None = None
    target: str = ""
    encrypted: bool = False


class ArchiveListing(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is in an archive, in its own order. ``format`` is its kind, such as ``tar.gz``. ``partial`` says why not
    everything is listed."""

    format: str
    entries: list[ArchiveEntry]
    partial: str = ""


class TableRows(msgspec.Struct, frozen=True, tag="rows"):
    """Rows of a table, of which ``first`` is the first, counted from 0 without the header. ``tag`` changes whenever the
    file does. ``names`` is empty where there is no header. Rows may have fewer or more cells than ``columns``, as the
    file has; very long cells are cut. ``counted`` rows are known so far, in ``counted_bytes`` of ``size_bytes``;
    ``complete``: there are no more. ``replaced``: some bytes are no UTF-8 and are shown as U+FFFD."""

    tag: str
    size_bytes: int
    delimiter: str
    header: bool
    names: list[str]
    columns: int
    first: int
    rows: list[list[str]]
    counted: int
    counted_bytes: int
    complete: bool
    replaced: bool


class DrawnText(msgspec.Struct, frozen=True, tag="drawn"):
    """A text as HTML, which is for a sandboxed frame and for nothing else; ``problems`` are those of the text, a line
    each."""

    html: str
    problems: str = ""
