"""Bringing a change that was made to a file into a document that has changed too: a three-way merge.

``base`` is the text that file and document last had in common. What the file changed since then is carried over to the
document's text, however that has moved on; nothing that was typed into the document is removed unless the file removed
that very text, and a change that both sides made alike is made once.
"""

from bisect import bisect_right

from pycrdt import Text

from studium.sync.diff import Edit, diff


def three_way(base: str, mine: str, theirs: str) -> list[Edit]:
    """Edits of ``mine`` that bring in what changed from ``base`` to ``theirs``, in ascending order.

    Laws: ``three_way(b, b, t)`` leads to ``t``; ``three_way(b, m, b)`` and ``three_way(b, x, x)`` are empty.
    """
    if theirs in (base, mine):
        return []
    their_edits = diff(base, theirs)
    if mine == base:
        return their_edits
    my_edits = diff(base, mine)
    ours = _Moved(my_edits)
    result: list[Edit] = []
    for edit in their_edits:
        result.extend(ours.carry(edit))
    return _tidy(result)


def made_from(old: str, new: str, theirs: str) -> str:
    """From which text ``theirs`` was probably made, when nobody knows whether ``old`` had been replaced by ``new``: the
    one that explains more of it, else ``old``. What was typed and stands in ``theirs`` would be entered a second time
    if ``old`` were taken; what does not stand there would be taken out if ``new`` were, so ``new`` needs a reason, and
    a line break that any text has is none."""

    def put(edits: list[Edit]) -> str:
        return "".join([edit.text for edit in edits])

    def size(text: str) -> int:
        return len("".join(text.split())) if has_words else len(text)

    has_words = not put(diff(old, new)).isspace()
    return new if size(put(diff(new, theirs))) < size(put(diff(old, theirs))) else old


class _Moved:
    """Positions of the base, as edits have moved them."""

    def __init__(self, edits: list[Edit]) -> None:
        self.edits = edits
        self.starts = [edit.start for edit in edits]
        self.shifts = [0]  # shifts[n]: by how much text after the first n edits has moved
        for edit in edits:
            self.shifts.append(self.shifts[-1] + len(edit.text) - (edit.end - edit.start))

    def carry(self, theirs: Edit) -> list[Edit]:
        """``theirs``, an edit of the base, as edits of the moved text."""
        # Mine that touch the range, ends included: an insertion at its edge counts.
        first = bisect_right(self.starts, theirs.start)
        while first > 0 and self.edits[first - 1].end >= theirs.start:
            first -= 1
        last = first
        while last < len(self.edits) and self.edits[last].start <= theirs.end:
            last += 1
        touching = self.edits[first:last]
        if theirs in touching:
            return []
        result: list[Edit] = []
        position = theirs.start
        shift = self.shifts[first]
        text = theirs.text
        for number, mine in enumerate(touching, first):
            text = _without_what_mine_has(theirs, mine, text)
            if mine.start > position:
                result.append(Edit(position + shift, mine.start + shift, ""))
            position = max(position, mine.end)
            shift = self.shifts[number + 1]
        if theirs.end > position:
            result.append(Edit(position + shift, theirs.end + shift, ""))
        if text:
            # What they wrote comes after what was written here at the same place.
            end = position + shift if position >= theirs.end else theirs.end + shift
            if touching and touching[-1].end > theirs.end:
                end = touching[-1].start + self.shifts[last - 1] + len(touching[-1].text)
            result.append(Edit(end, end, text))
        return result


def _without_what_mine_has(theirs: Edit, mine: Edit, text: str) -> str:
    """The part of their text that mine, written over the same place, does not hold already."""
    if mine.start == theirs.start and mine.end == theirs.end and mine.text and text:
        if mine.text.startswith(text) or mine.text.endswith(text):
            return ""
        if text.startswith(mine.text):
            return text[len(mine.text) :]
    return text


def _tidy(edits: list[Edit]) -> list[Edit]:
    """In ascending order, touching edits as one."""
    result: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if result and result[-1].end >= edit.start:
            last = result.pop()
            edit = Edit(last.start, max(last.end, edit.end), last.text + edit.text)
        if edit.start < edit.end or edit.text:
            result.append(edit)
    return result


def edit_text(text: Text, current: str, edits: list[Edit]) -> None:
    """Make ascending ``edits`` in a shared text whose content is ``current``.

    The CRDT library counts its positions in bytes of UTF-8 while Yjs counts UTF-16 units; whole code points are the
    common ground, so positions are converted here and nowhere else.
    """
    ascii_only = current.isascii()
    position = offset = 0  # in current, in code points; in the shared text, in bytes
    for edit in edits:
        if ascii_only:
            offset += edit.start - position
            size = edit.end - edit.start
        else:
            offset += len(current[position : edit.start].encode())
            size = len(current[edit.start : edit.end].encode())
        if size:
            del text[offset : offset + size]
        if edit.text:
            text.insert(offset, edit.text)
            offset += len(edit.text.encode())
        position = edit.end
