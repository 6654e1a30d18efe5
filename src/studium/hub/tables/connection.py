"""The protocol of ``/api/tables`` for one connection, whatever carries it.

``receive(text)`` takes a frame; ``work()`` answers requests one after another, so that each sees what those before it
did; the carrier sends what ``next_frames()`` gives. What waits to be answered and what waits to be sent are bounded.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec

from studium.hub.tables.feed import Feed
from studium.hub.tables.feeds import Feeds
from studium.hub.tables.parse import invalid
from studium.hub.tables.requester import Requester
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.tables import TablesAnswer, TablesRequest

logger = logging.getLogger(__name__)

MESSAGE_BYTES = 1024 * 1024  # a request; a row with all its JSON columns has room in it
REQUESTS_WAITING = 200
OUTBOX_BYTES = 32 * 1024 * 1024  # two of the largest answers; a client that lets more wait does not read
FRAMES_A_TURN = 64

_decode = msgspec.json.Decoder(TablesRequest).decode
_encode = msgspec.json.Encoder().encode


class FeedConnection:
    """One client. ``ended(code, reason)`` is called once, when the carrier must close with that code."""

    def __init__(self, feeds: Feeds, requester: Requester, ended: Callable[[ErrorCode, str], None]) -> None:
        self.requester = requester
        self.feeds: dict[int, Feed] = {}
        self.closed = False
        self._all = feeds
        self._ended = ended
        self._requests: deque[TablesRequest] = deque()
        self._requested = asyncio.Event()
        self._outbox: deque[bytes] = deque()
        self._outbox_bytes = 0
        self._sendable = asyncio.Event()
        feeds.connected(self)

    def close(self, code: ErrorCode, reason: str) -> None:
        """End the connection from our side; its feeds are not kept."""
        if not self.closed:
            self._end(keep=code is ErrorCode.UNAVAILABLE)
            self._ended(code, reason)

    def lost(self) -> None:
        """The carrier is gone; the feeds wait a while to be resumed."""
        if not self.closed:
            self._end(keep=True)

    def _end(self, *, keep: bool) -> None:
        self.closed = True
        self._all.disconnected(self, keep=keep)
        self._requests.clear()
        self._requested.set()
        self._sendable.set()

    # --- towards the client ---------------------------------------------------------------------------------------

    def send(self, frame: bytes) -> None:
        """Put a frame into the outbox; a client that does not read is disconnected."""
        if self.closed:
            return
        self._outbox.append(frame)
        self._outbox_bytes += len(frame)
        self._sendable.set()
        if self._outbox_bytes > OUTBOX_BYTES:
            self.close(ErrorCode.RATE_LIMITED, "This client does not read what is sent to it.")

    def send_error(self, request_id: int, error: StudiumError) -> None:
        """Answer with an error."""
        self.send(_encode(TablesAnswer(id=request_id, error=error.body())))

    async def next_frames(self) -> list[bytes]:
        """Wait for frames to be sent; none are left when the connection is closed."""
        while not self._outbox and not self.closed:
            self._sendable.clear()
            await self._sendable.wait()
        frames = [self._outbox.popleft() for _ in range(min(FRAMES_A_TURN, len(self._outbox)))]
        self._outbox_bytes -= sum(map(len, frames))
        return frames

    # --- from the client ------------------------------------------------------------------------------------------

    def receive(self, data: str | bytes) -> None:
        """Take a request; it is answered in its turn."""
        if self.closed:
            return
        if len(data) > MESSAGE_BYTES:
            error = StudiumError(
                ErrorCode.TOO_LARGE,
                f"A message may have {MESSAGE_BYTES} bytes; this has {len(data)}. Send less at once.",
            )
            self.send_error(0, error)
            self.close(error.code, error.message)
            return
        try:
            request = _decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self.send_error(_id_of(data), invalid(f"This is not a request to the tables: {error}."))
            return
        if len(self._requests) >= REQUESTS_WAITING:
            sentence = f"{REQUESTS_WAITING} of your requests are waiting. Wait for answers before you ask more."
            self.send_error(request.id, StudiumError(ErrorCode.RATE_LIMITED, sentence))
            return
        self._requests.append(request)
        self._requested.set()

    async def work(self) -> None:
        """Answer requests until the connection is closed."""
        while not self.closed:
            while not self._requests and not self.closed:
                self._requested.clear()
                await self._requested.wait()
            if self.closed:
                return
            request = self._requests.popleft()
            try:
                await self._answer(request)
            except StudiumError as error:
                self.send_error(request.id, error)
            except Exception:
                logger.exception("A query failed.")
                self.send_error(request.id, StudiumError(ErrorCode.INTERNAL, "This query failed; it was logged."))

    async def _answer(self, request: TablesRequest) -> None:
        if request.cancel:
            feed = self.feeds.get(request.id)
            if feed is not None:
                self._all.remove(feed)
            self.send(_encode({"id": request.id, "action": "close"}))
        elif request.resume is not None:
            await self._resume(request)
        elif request.query is None:
            raise invalid("Send a query, or “cancel”, or “resume”.")
        elif request.changes:
            await self._follow(request, reset=False)
        else:
            answer = await self._all.tables.query(self.requester, request.query, request.options)
            self.send(_encode(TablesAnswer(id=request.id, result=answer.result, changed=answer.changed)))

    async def _follow(self, request: TablesRequest, *, reset: bool) -> None:
        self._check_id(request.id)
        plan = self._all.tables.plan(self.requester, request.query, request.options)
        async with self._all.tables.turns.of(self.requester.account_id):
            feed, result = await self._all.add(request.id, plan, self)
        self._begin(feed, result, reset=reset)

    def _begin(self, feed: Feed, result: Any, *, reset: bool) -> None:
        """Send the snapshot of a feed; its events may follow."""
        plan = feed.plan
        answer = TablesAnswer(
            id=feed.feed_id,
            result=result,
            seq=feed.seq,
            reset=reset,
            key=list(plan.table.key),
            order=list(plan.order),
        )
        self.send(_encode(answer))
        self._all.opened(feed)

    async def _resume(self, request: TablesRequest) -> None:
        """What was missed; or, when that is not known any more, a fresh snapshot."""
        self._check_id(request.id)
        assert request.resume is not None
        feed = self._all.take(self.requester.account_id, request.resume, self)
        if feed is not None and feed.requester == self.requester:
            missed = feed.missed_since(request.seq if request.seq is not None else -1)
            if missed is not None:
                feed.feed_id = request.id
                feed.connection = self
                self.feeds[request.id] = feed
                self.send(_encode(TablesAnswer(id=request.id, seq=request.seq)))
                for event in missed:
                    self.send(event.frame(request.id))
                return
        if feed is not None:
            self._all.remove(feed)
        if request.query is not None:
            await self._follow(request, reset=True)
            return
        if feed is None:
            raise invalid(
                f"The feed {request.resume} is not known any more. Send its query again.", resume=request.resume
            )
        feed, result = await self._all.add(request.id, feed.plan.renewed(self.requester), self)
        self._begin(feed, result, reset=True)

    def _check_id(self, request_id: int) -> None:
        if request_id in self.feeds:
            raise invalid(f"The id {request_id} is that of an open feed. Take another, or cancel it first.")


def _id_of(data: str | bytes) -> int:
    """The id of a request that is otherwise wrong, so that its sender knows which."""
    try:
        found: Any = msgspec.json.decode(data, type=dict[str, Any]).get("id", 0)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return 0
    return found if isinstance(found, int) else 0
