"""One WebSocket for all feeds of a client; it comes back by itself, and every feed goes on where it was."""

import asyncio
import contextlib
import random
from collections.abc import Sequence
from typing import Any

import aiohttp
import msgspec

from studium.client.feed import Feed, Gap
from studium.client.requests import LOST, Requests, pause_seconds, told_error
from studium.protocol.errors import ErrorCode, StudiumError, close_code

HEARTBEAT_SECONDS = 20.0
MESSAGE_BYTES = 64 * 1024 * 1024  # more than the largest answer
RETRIED = frozenset({ErrorCode.UNAVAILABLE, ErrorCode.TIMEOUT})
FINAL = {close_code(code): code for code in (ErrorCode.NOT_SIGNED_IN, ErrorCode.NOT_PERMITTED)}


class TablesSocket:
    """Feeds by the id under which the hub knows them. Ids start at random: the hub finds a feed that is resumed by its
    account and its id, and other clients of the account count too."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._feeds: dict[int, Feed] = {}
        self._next = random.randrange(2**48)  # noqa: S311 - to be apart from others, not to be a secret
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._task: asyncio.Task[None] | None = None
        self._cancels: set[asyncio.Task[None]] = set()
        self.connections = 0  # made since the start

    def follow(self, query: dict[str, Any], options: Sequence[dict[str, Any]]) -> Feed:
        """A new feed."""
        feed = Feed(query, options, self._closed)
        number = self._number()
        self._feeds[number] = feed
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="studium feeds")
        elif self._socket is not None:
            self._send({"id": number, "query": query, "options": feed.options, "changes": True})
        return feed

    async def close(self) -> None:
        """End all feeds and the connection."""
        for feed in self._feeds.values():
            feed.end()
        self._feeds.clear()
        tasks = [task for task in (self._task, *self._cancels) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _number(self) -> int:
        self._next += 1
        return self._next

    def _closed(self, feed: Feed) -> None:
        for number in [number for number, one in self._feeds.items() if one is feed]:
            del self._feeds[number]
            self._send({"id": number, "cancel": True})

    def _send(self, message: dict[str, Any]) -> None:
        """Send beside what else goes on; what is lost with the connection is sent anew by the next one."""
        socket = self._socket
        if socket is None:
            return

        async def send() -> None:
            with contextlib.suppress(*LOST):  # the reader sees it too
                await socket.send_str(msgspec.json.encode(message).decode())

        task = asyncio.create_task(send())
        self._cancels.add(task)
        task.add_done_callback(self._cancels.discard)

    async def _run(self) -> None:
        try:
            await self._keep_connected()
        except Exception as error:  # an answer that nobody foresaw: those who wait must hear of it
            sentence = f"What Studium sent is not understood here ({type(error).__name__}). Take a newer client."
            self._fail(StudiumError(ErrorCode.INTERNAL, sentence))

    def _fail(self, error: StudiumError) -> None:
        for feed in self._feeds.values():
            feed.fail(error)
        self._feeds.clear()

    async def _keep_connected(self) -> None:
        attempt = 0
        while self._feeds:
            error = None
            try:
                async with self._requests.session.ws_connect(
                    f"{self._requests.url}/api/tables", heartbeat=HEARTBEAT_SECONDS, max_msg_size=MESSAGE_BYTES
                ) as socket:
                    self._socket = socket
                    self.connections += 1
                    for message in self._begin():
                        await socket.send_str(msgspec.json.encode(message).decode())
                    if await self._read(socket):
                        attempt = 0
                    error = _final(socket)
            except LOST:  # among them any answer that is no WebSocket: a hub refuses with a close code
                pass
            finally:
                self._socket = None
            if error is not None:
                self._fail(error)
                return
            await asyncio.sleep(pause_seconds(attempt))
            attempt += 1

    def _begin(self) -> list[dict[str, Any]]:
        """What a new connection asks first. A feed is resumed along with its query: a hub that does not know it begins
        it afresh, with a snapshot."""
        messages: list[dict[str, Any]] = []
        before, self._feeds = self._feeds, {}
        for old, feed in before.items():
            number = self._number()
            self._feeds[number] = feed
            message = {"id": number, "query": feed.query, "options": feed.options, "changes": True}
            if feed.seq is not None:
                message |= {"resume": old, "seq": feed.seq}
            messages.append(message)
        return messages

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> bool:
        """Take in what comes, until the connection ends; whether anything good came."""
        good = False
        async for frame in socket:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                continue
            message = msgspec.json.decode(frame.data)
            number = message["id"]
            feed = self._feeds.get(number)
            if feed is None:
                continue
            try:
                if "error" in message:
                    error = told_error(message["error"])
                    if error.code in RETRIED:
                        return good  # and connect again a little later
                    raise error
                if message.get("action") == "close":
                    continue
                if "action" in message:
                    feed.change(message)
                elif "result" in message:
                    feed.reset(message)
                elif message.get("seq") != feed.seq:
                    raise Gap
                good = True
            except Gap:
                feed.seq = None  # read it anew
                self._feeds[self._number()] = self._feeds.pop(number)
                self._send({"id": number, "cancel": True})
                self._send({"id": self._next, "query": feed.query, "options": feed.options, "changes": True})
            except StudiumError as error:
                del self._feeds[number]
                self._send({"id": number, "cancel": True})
                feed.fail(error)
        return good


def _final(socket: aiohttp.ClientWebSocketResponse) -> StudiumError | None:
    """Why the hub will not have us back, if so."""
    code = FINAL.get(socket.close_code or 0)
    if code is None:
        return None
    return StudiumError(code, "Studium does not take this token (any more). Make a new one, or ask an administrator.")
