"""The server's copy of a document: applies what comes, answers what is missing, and keeps what must wait.

Yjs keeps an update that rests on one that has not come aside, and leaves it out of every snapshot and every answer.
Such updates are kept here as they were received until they fit, so that neither a checkpoint nor a newcomer lacks them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pycrdt import Doc, TransactionEvent, get_update

from studium.protocol.documents import SyncType
from studium.sync.format import TEXT, Format
from studium.sync.updates import (
    EMPTY_STATE,
    EMPTY_UPDATE,
    continues,
    decode_snapshot,
    encode_snapshot,
    gaps,
    is_integrated,
    without,
)
from studium.sync.wire import Decoder, ProtocolError, encode_sync

MAX_AS_ONE_BYTES = 64 * 1024  # of updates made into one: above, a client is spared the way back of its own paste
_CACHED_ANSWERS = 4
MAX_WAITING_UPDATES = 1_000  # that came before those they rest on
MAX_WAITING_BYTES = 8 * 1024 * 1024
MAX_STATE_BYTES = 4 * 1024 * 1024  # of a state vector: some 400,000 clients


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of the first ``count`` updates: which of them were ``malformed`` (those changed nothing), and all
    others ``as_one`` update, or None where they are to be passed on as they came, but for those of which only a part is
    (``instead``), together with what of earlier ones could not be until now (``released``). ``waiting`` are those that
    rest on others that have not come."""

    count: int
    malformed: set[int]
    as_one: bytes | None
    waiting: set[int] = field(default_factory=set)
    instead: dict[int, bytes] = field(default_factory=dict)
    released: list[bytes] = field(default_factory=list)


class BrokenReplica(Exception):
    """The library failed in the middle of an update, so that what the document holds is unknown."""

    def __init__(self, index: int) -> None:
        super().__init__(f"The CRDT library failed in update {index} of a turn")
        self.index = index


class Replica:
    """One document in memory. ``waiting`` are the updates that do not fit yet."""

    def __init__(
        self, snapshot: bytes | None = None, updates: list[bytes] | None = None, format_: Format = TEXT
    ) -> None:
        self.format = format_
        self.doc: Doc[Any] = Doc()
        updates = list(updates or ())
        with self.doc.transaction():
            if snapshot is not None:
                document, waiting = decode_snapshot(snapshot)
                self.doc.apply_update(document)
                updates = [*waiting, *updates]
            self._held = list(fill(self.doc, updates))  # of ``waiting``, those that others are not sent yet
        self.format.prepare(self.doc)
        state = self.doc.get_state()
        self.waiting = [update for update in updates if not is_integrated(update, state)]
        self._answers: dict[bytes, list[bytes]] = {}
        self._has_tried = False  # an update was applied to see whether it brings anything, and it did

    def text(self) -> str:
        """The text now."""
        return self.format.text(self.doc)

    def state(self) -> bytes:
        """The state vector."""
        return self.doc.get_state()

    def checkpoint(self) -> bytes:
        """Everything, as ``Replica`` takes it."""
        return encode_snapshot(self.doc.get_update(), self.waiting)

    def apply(self, updates: list[bytes], is_over: Callable[[], bool] = lambda: False) -> Applied:
        """Apply in one transaction, the first one and as many more as fit in before ``is_over`` says so (all of them
        after ``brings_nothing`` has applied one of them already). Several that
        brought all they rest on are also told as one update, which is what the library made of them: merging encoded
        updates costs more the more there are. Raises ``BrokenReplica``."""
        self._answers.clear()
        malformed: set[int] = set()
        count = 0
        made: list[bytes] = []
        instead: dict[int, bytes] = {}
        released: list[bytes] = []
        subscription = None
        has_tried, self._has_tried = self._has_tried, False  # what it brought is in no later transaction
        if len(updates) > 1 and not has_tried and sum(map(len, updates)) <= MAX_AS_ONE_BYTES:

            def note(event: TransactionEvent) -> None:
                made.append(event.update)

            subscription = self.doc.observe(note)
        try:
            with self.doc.transaction():
                state = self.doc.get_state()
                parts: dict[bytes, bytes] = {}
                for index, update in enumerate(updates):
                    if index and not has_tried and is_over():
                        break
                    count += 1
                    try:
                        state = _apply(self.doc, update, state, parts)
                    except ValueError:
                        malformed.add(index)
                instead = {index: parts[update] for index, update in enumerate(updates[:count]) if update in parts}
                if held := [*self._held, *parts]:
                    self._held = list(fill(self.doc, held))
                    released = [update for update in held if update not in self._held]
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # a panic of the library is no Exception
            raise BrokenReplica(max(0, count - 1)) from error
        finally:
            if subscription is not None:
                self.doc.unobserve(subscription)
        state = self.doc.get_state()
        self.waiting = [update for update in self.waiting if not is_integrated(update, state)]
        waiting = {
            index for index in range(count) if index not in malformed and not is_integrated(updates[index], state)
        }
        self.waiting += [updates[index] for index in sorted(waiting)]
        if subscription is None or waiting:
            return Applied(count, malformed, None, waiting, instead, released)
        return Applied(count, malformed, made[0] if made else EMPTY_UPDATE)

    def bring_in(self, update: bytes) -> None:
        """Apply an update that was made on a copy of this document, so that it follows no gap: to look for one takes
        longer than all else. Raises ``BrokenReplica``."""
        self._answers.clear()
        try:
            with self.doc.transaction():
                self.doc.apply_update(update)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # a panic of the library is no Exception
            raise BrokenReplica(0) from error

    def edit(self, change: Callable[[Doc[Any]], None]) -> bytes | None:
        """Make an edit of the server's own, in one transaction; the update, None when nothing changed. What a
        ``change`` that raises has done by then stays done."""
        made: list[bytes] = []
        subscription = self.doc.observe(lambda event: made.append(event.update))
        self._answers.clear()
        try:
            with self.doc.transaction():
                change(self.doc)
        finally:
            self.doc.unobserve(subscription)
        return made[0] if made else None

    @property
    def has_too_many_waiting(self) -> bool:
        """Whether more waits than is kept: the library looks at all of it in every transaction."""
        return len(self.waiting) > MAX_WAITING_UPDATES or sum(map(len, self.waiting)) > MAX_WAITING_BYTES

    def drop_waiting(self, count: int) -> None:
        """Forget the last ``count`` updates that wait. The library cannot, so it is given the rest anew."""
        del self.waiting[len(self.waiting) - count :]
        self._answers.clear()
        document, self.doc = self.doc.get_update(), Doc()
        with self.doc.transaction():
            self.doc.apply_update(document)
            self._held = list(fill(self.doc, self.waiting))
        self.format.prepare(self.doc)

    def brings_nothing(self, update: bytes) -> bool:
        """Whether an update that may hold deletions only is known already. Raises ``ProtocolError``.

        Whether deletions have been made shows only by making them; they are, so ``apply`` must follow where the answer
        is no.
        """
        changes: list[object] = []
        try:
            if not is_integrated(update, self.doc.get_state()):
                return False
            subscription = self.doc.observe(changes.append)
            try:
                self.doc.apply_update(update)
            finally:
                self.doc.unobserve(subscription)
        except ValueError:
            raise ProtocolError("An update is malformed.") from None
        self._has_tried |= bool(changes)
        return not changes

    def is_empty_for(self, update: bytes) -> bool:
        """Whether an update of somebody who may not write says nothing at all. Raises ``ProtocolError``."""
        try:
            return update == EMPTY_UPDATE or get_update(update, self.doc.get_state()) == EMPTY_UPDATE
        except ValueError:
            raise ProtocolError("An update is malformed.") from None

    def missing(self, state: bytes) -> list[bytes]:
        """Messages for a client in ``state``: a second step, and what still waits. Made once for many with the same
        state. Raises ``ProtocolError``."""
        if len(state) > MAX_STATE_BYTES:
            raise ProtocolError(f"A state vector may take {MAX_STATE_BYTES} bytes at most; got {len(state)}.")
        if Decoder(state).varuint() > len(state):  # the library makes room for as many clients as are announced
            raise ProtocolError("A state vector ends before its clients do.")
        answer = self._answers.get(state)
        if answer is None:
            try:
                update = self.doc.get_update(state)
            except ValueError:
                raise ProtocolError("A state vector is malformed.") from None
            answer = [encode_sync(SyncType.STEP_2, update)]
            answer += [encode_sync(SyncType.UPDATE, one) for one in self.waiting if one not in self._held]
            if len(self._answers) >= _CACHED_ANSWERS:
                self._answers.clear()
            self._answers[state] = answer
        return answer.copy()


def fill(doc: Doc[Any], updates: list[bytes]) -> dict[bytes, bytes]:
    """Apply ``updates`` within a transaction, but for what comes after a gap, which the library would show. The answer
    is which of them are to be applied once more when that is filled, each with the part of it that was applied. Raises
    ``ValueError`` for one that is malformed."""
    state = doc.get_state()
    held: dict[bytes, bytes] = {}
    for update in updates:
        state = _apply(doc, update, state, held)
    return fill(doc, list(held)) if 0 < len(held) < len(updates) else held


def _apply(doc: Doc[Any], update: bytes, state: bytes, held: dict[bytes, bytes]) -> bytes:
    """Apply what of ``update`` follows no gap, and note in ``held`` if that is not all. ``state`` is a state vector of
    the document, perhaps not its newest; the answer is the newest known."""
    if not continues(update, state):
        state = doc.get_state()
        if clients := gaps(update, state):
            held[update] = without(update, clients)
    doc.apply_update(held.get(update, update))
    return state


def warm_up() -> None:
    """Run through the CRDT library once: bringing its code into memory costs the first document some 15 ms."""
    replica = Replica()
    TEXT.edit(replica.doc, "", "text")
    TEXT.edit(replica.doc, "text", "tt")
    Replica(replica.checkpoint(), [replica.doc.get_update()]).missing(EMPTY_STATE)


def file_edit(format_: Format, document: bytes, client_id: int, base: str, theirs: str) -> tuple[bytes | None, str]:
    """What a file changed from ``base`` to ``theirs``, as an update of ``document`` (None: it holds that already), and
    the document's text before. Works on a copy that nobody else sees, in any thread."""
    doc: Doc[Any] = Doc(client_id=client_id, allow_multithreading=True)
    doc.apply_update(document)
    changes: list[object] = []
    before = doc.get_state()
    subscription = doc.observe(changes.append)
    mine = format_.edit(doc, base, theirs)
    doc.unobserve(subscription)
    return (doc.get_update(before) if changes else None), mine


def text_of(format_: Format, snapshot: bytes | None, updates: list[bytes]) -> str:
    """The text of a document that is made up of a checkpoint and updates, in any thread."""
    doc: Doc[Any] = Doc(allow_multithreading=True)
    with doc.transaction():
        if snapshot is not None:
            document, waiting = decode_snapshot(snapshot)
            doc.apply_update(document)
            updates = [*waiting, *updates]
        fill(doc, updates)
    return format_.text(doc)
