"""Speaks the Jupyter protocol with one kernel: requests and their replies, and everything that it says unasked.

What comes from a kernel is as little to be trusted as the code that it runs: a message that cannot be read is counted
and dropped.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import zmq
from jupyter_client.session import Session

from studium.project.kernels.channel import Channel
from studium.project.kernels.inner import InnerRing
from studium.project.kernels.launch import Connection
from studium.protocol.errors import ErrorCode, StudiumError

_log = logging.getLogger(__name__)

LARGE_BYTES: Final = 256 * 1024
"""Messages above are read in a thread."""
NUDGE_SECONDS: Final = 0.05
NUDGE_MOST_SECONDS: Final = 1.0
SUBSHELLS: Final = "kernel subshells"


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came, or as it shall go."""

    kind: str
    id: str
    parent_id: str | None
    content: dict[str, Any]
    metadata: dict[str, Any] = field(default_factory=dict)
    buffers: list[bytes] = field(default_factory=list)
    date: str = ""


Handler = Callable[[Message], Awaitable[None] | None]
"""Takes a message. When it returns something to wait for, the next message comes after that."""

_context: "zmq.Context[zmq.Socket[bytes]] | None" = None


def _zmq_context() -> "zmq.Context[zmq.Socket[bytes]]":
    """One for the process, made when the first kernel is: it has a thread."""
    global _context
    if _context is None:
        _context = zmq.Context()
        _context.setsockopt(zmq.MAX_SOCKETS, 65536)
    return _context


class KernelClient:
    """The channels of a kernel. ``session_id`` names us to it: with the same one, replies come to our successor."""

    def __init__(
        self, connection: Connection, inner: InnerRing, session_id: str, on_output: Handler, on_input: Handler
    ) -> None:
        self.info: dict[str, Any] = {}
        self._session = Session(key=connection.key.encode(), session=session_id, username="studium")
        self._session.digest_history_size = 0
        self._replies: dict[str, asyncio.Future[Message]] = {}
        self._heard = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._subshell: str | None = None
        self.messages = 0
        self.dropped = 0
        identity = session_id.encode()
        self._channels: dict[str, Channel] = {}
        handlers: dict[str, tuple[int, Handler]] = {
            "shell": (zmq.DEALER, self._on_reply),
            "control": (zmq.DEALER, self._on_reply),
            "stdin": (zmq.DEALER, on_input),
            "iopub": (zmq.SUB, on_output),
        }
        for name, (kind, handler) in handlers.items():
            path = connection.socket(name, inner)
            self._channels[name] = Channel(_zmq_context(), kind, path, identity, partial(self._on_parts, name, handler))

    async def wait_ready(self) -> None:
        """Wait until the kernel has answered and its outputs reach us: what it says before somebody listens is lost."""
        wait = NUDGE_SECONDS
        while not (self.info and self._heard.is_set()):
            with suppress(TimeoutError):
                reply = await self.request("control", "kernel_info_request", {}, timeout_seconds=wait)
                self.info = reply.content
                async with asyncio.timeout(wait):
                    await self._heard.wait()
            wait = min(wait * 1.5, NUDGE_MOST_SECONDS)

    @property
    def has_subshells(self) -> bool:
        """Whether requests can be answered while a cell runs."""
        features = self.info.get("supported_features")
        return isinstance(features, list) and SUBSHELLS in features

    def post(
        self,
        channel: str,
        kind: str,
        content: Mapping[str, Any],
        *,
        message_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        buffers: Sequence[bytes] = (),
        subshell: str | None = None,
    ) -> str:
        """Send a message and return its id."""
        message = self._session.msg(kind, content=dict(content), metadata=dict(metadata or {}))
        if message_id is not None:
            message["header"]["msg_id"] = message["msg_id"] = message_id
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        try:
            parts = self._session.serialize(message)
        except (ValueError, TypeError, RecursionError) as error:
            raise StudiumError(
                ErrorCode.INVALID_REQUEST, "The message is not one that a kernel understands."
            ) from error
        self._channels[channel].send([*parts, *buffers])
        return str(message["header"]["msg_id"])

    async def request(
        self,
        channel: str,
        kind: str,
        content: Mapping[str, Any],
        *,
        timeout_seconds: float | None = None,
        message_id: str | None = None,
        subshell: str | None = None,
    ) -> Message:
        """Send a request and wait for its reply. Raises ``TimeoutError``."""
        sent = self.post(channel, kind, content, message_id=message_id, subshell=subshell)
        return await self.reply_to(sent, timeout_seconds)

    def expect(self, message_id: str) -> "asyncio.Future[Message]":
        """Keep the reply to this request for ``reply_to``, which comes later."""
        reply = self._replies.get(message_id)
        if reply is None:
            reply = self._replies[message_id] = asyncio.get_running_loop().create_future()
        return reply

    async def reply_to(self, message_id: str, timeout_seconds: float | None = None) -> Message:
        """Wait for the reply to a request that was sent, maybe by a server before this one. Raises ``TimeoutError``."""
        reply = self.expect(message_id)
        try:
            async with asyncio.timeout(timeout_seconds):
                return await reply
        finally:
            self._replies.pop(message_id, None)

    def give_up(self, message_id: str) -> None:
        """Wait no longer for a reply that cannot come any more: who waits is cancelled."""
        reply = self._replies.get(message_id)
        if reply is not None:
            reply.cancel()

    async def subshell(self) -> str | None:
        """A subshell of the kernel, made at the first need; None where there is none."""
        if self._subshell is None and self.has_subshells:
            with suppress(TimeoutError):
                reply = await self.request("control", "create_subshell_request", {}, timeout_seconds=2.0)
                made = reply.content.get("subshell_id")
                self._subshell = made if isinstance(made, str) else None
        return self._subshell

    async def close(self) -> None:
        """Let go of the kernel; it goes on."""
        for channel in self._channels.values():
            channel.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for reply in self._replies.values():
            reply.cancel()

    # -- what comes --------------------------------------------------------------------------------------------------

    def _on_parts(self, name: str, handler: Handler, parts: list[bytes]) -> None:
        channel = self._channels[name]
        self.messages += 1
        if sum(map(len, parts)) > LARGE_BYTES:
            self._pause_for(channel, self._handle_large(handler, parts))
            return
        message = self._read(parts)
        if message is not None and (more := self._handle(handler, message)) is not None:
            self._pause_for(channel, more)

    async def _handle_large(self, handler: Handler, parts: list[bytes]) -> None:
        message = await asyncio.to_thread(self._read, parts)
        parts.clear()
        if message is not None and (more := self._handle(handler, message)) is not None:
            await more

    def _handle(self, handler: Handler, message: Message) -> Awaitable[None] | None:
        self._heard.set()
        try:
            return handler(message)
        except Exception:
            self.dropped += 1
            _log.exception("A message of a kernel could not be dealt with")
            return None

    def _pause_for(self, channel: Channel, work: Awaitable[None]) -> None:
        async def wait() -> None:
            try:
                await work
            except Exception:
                self.dropped += 1
                _log.exception("A message of a kernel could not be dealt with")
            finally:
                channel.resume()

        channel.pause()
        task = asyncio.create_task(wait(), name="kernel-message")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _read(self, parts: list[bytes]) -> Message | None:
        try:
            _, rest = self._session.feed_identities(parts)
            message = self._session.deserialize(rest)
            header, parent = message["header"], message["parent_header"]
            content = message["content"]
            if not isinstance(content, dict):
                raise ValueError("its content is no object")
            return Message(
                str(header["msg_type"]),
                str(header["msg_id"]),
                str(parent["msg_id"]) if parent.get("msg_id") else None,
                content,
                message["metadata"] if isinstance(message["metadata"], dict) else {},
                [bytes(buffer) for buffer in message["buffers"]],
                _iso(header.get("date")),
            )
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            self.dropped += 1
            _log.info("A message of a kernel cannot be read: %s", error)
            return None

    def _on_reply(self, message: Message) -> None:
        if message.parent_id is not None and (reply := self._replies.get(message.parent_id)) and not reply.done():
            reply.set_result(message)


def _iso(date: object) -> str:
    return date.isoformat() if hasattr(date, "isoformat") else str(date or "")
