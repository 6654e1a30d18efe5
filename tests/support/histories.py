"""Random histories of a document: what several people send who see each other's edits late, and a store that has it.

Everything is written twice: once as it is, and once in the same way with another character for each that was written,
so that a character of the second text tells which insertion the one at the same place of the first is from.
"""

from itertools import count
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from hypothesis import strategies as st
from pycrdt import Doc, Text, TransactionEvent

from studium.project.documents.store import Store
from studium.protocol.ids import AccountId
from studium.sync.format import ROOT
from studium.sync.replica import Replica

ACCOUNTS = [AccountId(UUID(int=1)), AccountId(UUID(int=2)), None]

Edit = tuple[int, int, str]
"""Who, where, and what is inserted there; where nothing is, a character is deleted."""

EDITS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 10**6),
        st.sampled_from(["", "a", "\n", "\n\n", "é\n", "🙂", "w🙂rd ", "é\nb"]),
    ),
    max_size=40,
)


class Written(NamedTuple):
    """One update, the same one of the second text, and the characters of that one which it holds."""

    update: bytes
    marked: bytes
    characters: frozenset[str]


def written(edits: list[Edit]) -> list[Written]:
    """What three people sent, as it came: some of it before what it rests on, some of it twice."""
    log: list[Written] = []
    plain, marked = ([Doc[Text](client_id=100 + person) for person in range(3)] for _ in range(2))
    marks = map(chr, count(0x4E00)), map(chr, count(0x20000))  # of one UTF-16 unit, and of two
    for person, place, insert in edits:
        docs = plain[person], marked[person]
        if place % 7 == 0:
            for each in log[: len(log) - place % 3]:
                docs[0].apply_update(each.update)
                docs[1].apply_update(each.marked)
        if place % 11 == 0 and insert:  # after an hour without a network, everything at once
            edit(docs[0], place, insert)
            edit(docs[1], place, "".join(next(marks[character > "\uffff"]) for character in insert))
            log.append(Written(docs[0].get_update(), docs[1].get_update(), frozenset(str(text_in(docs[1])))))
            continue
        marking = "".join(next(marks[character > "\uffff"]) for character in insert)
        updates = edit(docs[0], place, insert), edit(docs[1], place, marking)
        if updates[0] is not None and updates[1] is not None:
            log.append(Written(updates[0], updates[1], frozenset(marking)))
    # Neighbours change places: the log takes what comes as it comes.
    for index in range(0, len(log) - 1, 3):
        log[index], log[index + 1] = log[index + 1], log[index]
    return log


def text_in(doc: Doc[Text]) -> Text:
    """The text of a document."""
    return doc.get(ROOT, type=Text)


def edit(doc: Doc[Text], place: int, insert: str) -> bytes | None:
    """The update of inserting something somewhere, or of deleting a character there."""
    updates: list[bytes] = []
    text = text_in(doc)

    def take(event: TransactionEvent) -> None:
        updates.append(event.update)

    subscription = doc.observe(take)
    content = str(text)
    units = [len(content[:index].encode()) for index in range(len(content) + 1)]
    at = place % len(units)
    if insert:
        text.insert(units[at], insert)
    elif at < len(content):
        del text[units[at] : units[at + 1]]
    doc.unobserve(subscription)
    return updates[0] if updates else None


async def store(folder: Path, updates: list[bytes], runs: list[int], checkpoint_at: int) -> None:
    """A store as the server leaves it, with updates in rows of some length and a checkpoint."""
    log = Store(folder)
    await log.open()
    row = await log.create("notes.md")
    position, turn = 0, 0
    while position < len(updates):
        run = updates[position : position + runs[turn % len(runs)]]
        log.append(row.number, position + 1, [(ACCOUNTS[turn % 3], run)], lambda _error: None)
        position, turn = position + len(run), turn + 1
        if turn % checkpoint_at == 0:
            log.checkpoint(row.number, position, Replica(None, updates[:position]).checkpoint())
    assert await log.close()
