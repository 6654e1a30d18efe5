"""``/projects/{project_id}/events``: live folders, who is in which file, jobs, and the kernels, for one page.

What waits to be sent is kept by folder, never as a queue of frames: a page that is slow gets one merged change, or a
fresh snapshot, when it reads again. So the memory of a connection is bounded by what it follows.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import msgspec
from aiohttp import WSMsgType, web

from studium.http.errors import close_websocket
from studium.project.documents.people import OpenDocuments
from studium.project.files.listing import MAX_ENTRIES
from studium.project.files.live import LiveFolder, LiveFolders
from studium.project.files.paths import clean_path
from studium.project.jobs.runner import Runner
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.files import (
    DirectoryChanged,
    DirectoryFailed,
    Entry,
    EventsToClient,
    EventsToServer,
    FollowPeople,
    Subscribe,
    Unsubscribe,
)
from studium.protocol.jobs import FollowJobs
from studium.protocol.kernels import KernelSpec, KernelSpecs, ListSpecs

MAX_FOLDERS: Final = 200
"""Folders that one connection may follow: more than a tree on a screen has open, fewer than the kernel's watches."""
MAX_FRAME_BYTES: Final = 16 * 1024
"""A path and its frame."""
HEARTBEAT_SECONDS: Final = 30.0

_log = logging.getLogger(__name__)

ListKernels = Callable[[], Awaitable[list[KernelSpec]]]
"""Looks for the kernels of the project."""

_decoder = msgspec.json.Decoder(EventsToServer)
_encoder = msgspec.json.Encoder()


class _Waiting:
    """What one folder has to say that is not sent yet; ``fresh``: everything anew, whatever the rest says."""

    __slots__ = ("entries", "failed", "fresh", "removed")

    def __init__(self) -> None:
        self.fresh = False
        self.failed: DirectoryFailed | None = None
        self.entries: dict[str, Entry] = {}
        self.removed: set[str] = set()

    def add(self, message: DirectoryChanged | DirectoryFailed) -> None:
        """Merge a message that comes after what waits."""
        if isinstance(message, DirectoryFailed):
            self.failed = message
            return
        if self.fresh:
            return
        for name in message.removed:
            self.entries.pop(name, None)
            self.removed.add(name)
        for entry in message.entries:
            self.removed.discard(entry.name)
            self.entries[entry.name] = entry
        if len(self.entries) + len(self.removed) > MAX_ENTRIES:
            self.fresh = True
            self.entries.clear()
            self.removed.clear()


class EventsConnection:
    """One WebSocket and the folders that it follows."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        live: LiveFolders,
        people: OpenDocuments,
        kernels: ListKernels,
        jobs: Runner,
    ) -> None:
        self._socket = socket
        self._jobs = jobs
        self._unfollow_jobs: Callable[[], None] | None = None
        self._tell_jobs = False
        self._kernels = kernels
        self._looking: asyncio.Task[None] | None = None
        self._specs: KernelSpecs | None = None
        self._live = live
        self._people = people
        self._unfollow_people: Callable[[], None] | None = None
        self._tell_people = False
        self._folders: dict[str, LiveFolder] = {}
        self._waiting: dict[str, _Waiting] = {}
        self._wake = asyncio.Event()

    async def serve(self) -> None:
        """Answer until the other side goes. Raises ``StudiumError`` for a frame that is none of ours."""
        sender = asyncio.get_running_loop().create_task(self._send(), name="events sender")
        try:
            async for frame in self._socket:
                if frame.type is not WSMsgType.TEXT:
                    raise StudiumError(ErrorCode.INVALID_REQUEST, "Events are asked for in JSON text frames.")
                try:
                    message = _decoder.decode(frame.data)
                except (msgspec.DecodeError, UnicodeError) as error:
                    raise StudiumError(ErrorCode.INVALID_REQUEST, f"This is no message of /events: {error}.") from None
                await self._handle(message)
        finally:
            sender.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await sender
            if self._unfollow_people is not None:
                self._unfollow_people()
            if self._unfollow_jobs is not None:
                self._unfollow_jobs()
            if self._looking is not None:
                self._looking.cancel()
                await asyncio.gather(self._looking, return_exceptions=True)
            folders, self._folders = self._folders, {}
            for folder in folders.values():
                await self._live.unfollow(folder, self._listen)

    async def _handle(self, message: EventsToServer) -> None:
        match message:
            case FollowPeople():
                if self._unfollow_people is None:
                    self._unfollow_people = self._people.listen(self._people_changed)
                self._people_changed()
            case FollowJobs():
                if self._unfollow_jobs is None:
                    self._unfollow_jobs = self._jobs.listen(self._jobs_changed)
                self._jobs_changed()
            case ListSpecs():
                if self._looking is None or self._looking.done():  # one look answers all who ask meanwhile
                    self._looking = asyncio.create_task(self._look_for_kernels(), name="events kernels")
            case Subscribe(path=path):
                try:
                    await self._subscribe(clean_path(path))
                except StudiumError as error:
                    self._put(DirectoryFailed(path=path, error=error.body()))
            case Unsubscribe(path=path):
                self._waiting.pop(path, None)
                if folder := self._folders.pop(path, None):
                    await self._live.unfollow(folder, self._listen)

    async def _subscribe(self, path: str) -> None:
        if path not in self._folders:
            if len(self._folders) >= MAX_FOLDERS:
                message = f"This page follows {MAX_FOLDERS} folders already. Close some folders in the file tree."
                raise StudiumError(ErrorCode.TOO_MANY_FEEDS, message, limit=MAX_FOLDERS)
            self._folders[path] = await self._live.follow(path, self._listen)
        waiting = self._waiting[path] = _Waiting()
        waiting.fresh = True
        self._wake.set()

    def _listen(self, message: DirectoryChanged | DirectoryFailed) -> None:
        if message.path in self._folders:
            self._put(message)

    def _put(self, message: DirectoryChanged | DirectoryFailed) -> None:
        self._waiting.setdefault(message.path, _Waiting()).add(message)
        self._wake.set()

    def _people_changed(self) -> None:
        self._tell_people = True
        self._wake.set()

    def _jobs_changed(self) -> None:
        self._tell_jobs = True
        self._wake.set()

    async def _look_for_kernels(self) -> None:
        try:
            self._specs = KernelSpecs(await self._kernels())
        except StudiumError as error:  # a notebook can be made all the same; its page says what is wrong
            _log.warning("The kernels of the project could not be listed: %s", error.message)
            self._specs = KernelSpecs([])
        self._wake.set()

    async def _send(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._tell_people:
                self._tell_people = False
                await self._socket.send_str(_encoder.encode(self._people.now()).decode())
            if self._tell_jobs:
                self._tell_jobs = False
                await self._socket.send_str(_encoder.encode(self._jobs.now()).decode())
            if self._specs is not None:
                specs, self._specs = self._specs, None
                await self._socket.send_str(_encoder.encode(specs).decode())
            while self._waiting:
                path = next(iter(self._waiting))
                message = self._message(path, self._waiting.pop(path))
                if isinstance(message, DirectoryFailed) and (folder := self._folders.pop(path, None)):
                    await self._live.unfollow(folder, self._listen)
                if message is not None:
                    await self._socket.send_str(_encoder.encode(message).decode())  # waits while the page is slow

    def _message(self, path: str, waiting: _Waiting) -> EventsToClient | None:
        if waiting.failed is not None:
            return waiting.failed
        if waiting.fresh:
            folder = self._folders.get(path)
            return None if folder is None else folder.snapshot()
        return DirectoryChanged(path=path, entries=list(waiting.entries.values()), removed=list(waiting.removed))


class Events:
    """All connections to ``/events``."""

    def __init__(self, live: LiveFolders, people: OpenDocuments, kernels: ListKernels, jobs: Runner) -> None:
        self._jobs = jobs
        self._live = live
        self._people = people
        self._kernels = kernels
        self._sockets: set[web.WebSocketResponse] = set()

    async def answer(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one WebSocket until it ends."""
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT_SECONDS, max_msg_size=MAX_FRAME_BYTES, compress=False, timeout=2.0
        )
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            await EventsConnection(socket, self._live, self._people, self._kernels, self._jobs).serve()
        except StudiumError as error:
            await close_websocket(socket, error)
        except ConnectionError:
            pass  # the page has gone
        finally:
            self._sockets.discard(socket)
        return socket

    async def close(self) -> None:
        """Tell every page that this server ends; they come back by themselves."""
        stopping = StudiumError(ErrorCode.PROJECT_NOT_RUNNING, "The project is stopping.")
        await asyncio.gather(*(close_websocket(socket, stopping) for socket in tuple(self._sockets)))
        await self._live.close()

    def statistics(self) -> dict[str, float]:
        """Sizes now."""
        return {"event_connections": len(self._sockets), **self._live.statistics()}
