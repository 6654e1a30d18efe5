"""``/projects/{project_id}/uploads``: uploads that go on where they stopped, by the protocol tus 1.0 (https://tus.io).

``POST`` begins one (``Upload-Length``; ``Upload-Metadata`` with ``path``, and ``clash=replace`` where it may replace),
``PATCH`` appends at an offset, ``HEAD`` tells the offset, ``DELETE`` ends it. The bytes lie in a hidden folder of the
home, and become the file in one step when the last has come. What an upload is to be is kept in the state folder, which
no program of the project reaches, so it outlives this server; after a day without a byte it is removed.

Only who began an upload may go on with it. A new request for one ends the request before it, which may be that of a
connection that nobody knows yet to be dead.
"""

import asyncio
import base64
import binascii
import logging
import os
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email.utils import formatdate
from functools import partial
from pathlib import Path
from typing import Final

from aiohttp import web

from studium.http.errors import json_response
from studium.project.files.blocks import BlockWriter, write_all
from studium.project.files.download import too_large
from studium.project.files.errors import file_errors
from studium.project.files.home import Home
from studium.project.files.operations import new_path
from studium.project.files.paths import shown
from studium.project.files.trash import Trash
from studium.project.files.upload_store import UploadRecord, UploadStore
from studium.protocol.errors import ErrorAnswer, ErrorCode, StudiumError
from studium.protocol.jobs import Clash
from studium.protocol.session import Identity

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,creation-with-upload,termination,expiration"
KEPT_SECONDS: Final = 24 * 3600.0
"""Since the last byte."""
SWEEP_SECONDS: Final = 3600.0
MAX_FINISHED: Final = 1000
"""Complete uploads that are remembered."""
CONTENT_TYPE: Final = "application/offset+octet-stream"

_log = logging.getLogger(__name__)

OnUploaded = Callable[[Identity, str], None]


class Uploads:
    """Uploads that go on; opened and closed with the project server."""

    def __init__(self, home: Home, trash: Trash, state: Path, limit_bytes: int, uploaded: OnUploaded) -> None:
        self._store = UploadStore(home, trash, state / "uploads")
        self._limit_bytes = limit_bytes
        self._uploaded = uploaded
        self._requests: dict[str, asyncio.Task[object]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._sweeping: asyncio.Task[None] | None = None
        self._finished: OrderedDict[str, UploadRecord] = OrderedDict()
        self._done = 0

    def add_routes(self, app: web.Application, project: str, allow: Callable[[web.Request], Identity]) -> None:
        """Answer below ``project``; ``allow`` says who asks, and raises ``StudiumError`` for who may not."""

        def checked(handler: Callable[[web.Request, Identity], Awaitable[web.StreamResponse]]) -> object:
            async def answer(request: web.Request) -> web.StreamResponse:
                identity = allow(request)
                if request.method != "OPTIONS" and request.headers.get("Tus-Resumable") != VERSION:
                    message = f"Uploads speak tus {VERSION}; say so with “Tus-Resumable: {VERSION}”."
                    return _refused(412, StudiumError(ErrorCode.INVALID_REQUEST, message))
                response = await handler(request, identity)
                response.headers["Tus-Resumable"] = VERSION
                return response

            return answer

        for method, path, handler in (
            ("OPTIONS", "/uploads", self._tell),
            ("POST", "/uploads", self._begin),
            ("HEAD", "/uploads/{upload_id}", self._offset),
            ("PATCH", "/uploads/{upload_id}", self._append),
            ("DELETE", "/uploads/{upload_id}", self._remove),
        ):
            app.router.add_route(method, project + path, checked(handler))  # type: ignore[arg-type]

    async def open(self) -> None:
        """Remove what is too old, now and each hour."""
        self._sweeping = asyncio.create_task(self._sweep(), name="uploads sweep")

    async def close(self) -> None:
        """End the requests under way; what came is kept."""
        tasks = [*self._requests.values(), *([self._sweeping] if self._sweeping is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def statistics(self) -> dict[str, float]:
        """Requests under way, and uploads that were completed since the start."""
        return {"uploads_under_way": len(self._requests), "uploads_done": self._done}

    # The protocol ----------------------------------------------------------------------------------------------------

    async def _tell(self, _request: web.Request, _identity: Identity) -> web.StreamResponse:
        headers = {"Tus-Version": VERSION, "Tus-Extension": EXTENSIONS, "Tus-Max-Size": str(self._limit_bytes)}
        return web.Response(status=204, headers=headers)

    async def _begin(self, request: web.Request, identity: Identity) -> web.StreamResponse:
        record = self._wanted(request, identity)
        upload_id = secrets.token_hex(16)
        await asyncio.to_thread(self._store.create, upload_id, record)
        offset = 0
        if request.can_read_body and request.content_type == CONTENT_TYPE:
            async with self._alone(upload_id):
                offset = await self._receive(request, upload_id, record, 0)
        elif record.size_bytes == 0:
            await self._finish(identity, upload_id, record)
        if offset and offset == record.size_bytes:
            await self._finish(identity, upload_id, record)
        headers = {"Location": f"{request.rel_url.raw_path}/{upload_id}", "Upload-Offset": str(offset), **_expires()}
        return web.Response(status=201, headers=headers)

    async def _offset(self, request: web.Request, identity: Identity) -> web.StreamResponse:
        upload_id, record = await self._find(request, identity)
        async with self._alone(upload_id):
            is_done = upload_id in self._finished
            offset = record.size_bytes if is_done else await asyncio.to_thread(self._store.size, upload_id)
        headers = {"Upload-Offset": str(offset), "Upload-Length": str(record.size_bytes), "Cache-Control": "no-store"}
        return web.Response(headers={**headers, **_expires()})

    async def _append(self, request: web.Request, identity: Identity) -> web.StreamResponse:
        if request.content_type != CONTENT_TYPE:
            message = f"What is appended to an upload has the type {CONTENT_TYPE}."
            return _refused(415, StudiumError(ErrorCode.INVALID_REQUEST, message))
        upload_id, record = await self._find(request, identity)
        async with self._alone(upload_id):
            at = _number(request, "Upload-Offset")
            offset = await asyncio.to_thread(self._store.size, upload_id)
            if at != offset:
                message = f"The upload of {shown(record.path)} has {offset} bytes, not {at}. Ask for its offset again."
                raise StudiumError(ErrorCode.CONFLICT, message, path=record.path, offset=offset)
            offset = await self._receive(request, upload_id, record, offset)
            if offset == record.size_bytes:
                await self._finish(identity, upload_id, record)
        return web.Response(status=204, headers={"Upload-Offset": str(offset), **_expires()})

    async def _remove(self, request: web.Request, identity: Identity) -> web.StreamResponse:
        upload_id, _ = await self._find(request, identity)
        async with self._alone(upload_id):
            await asyncio.to_thread(self._store.forget, upload_id)
        return web.Response(status=204)

    def _wanted(self, request: web.Request, identity: Identity) -> UploadRecord:
        """What is to be uploaded. Raises ``StudiumError``."""
        size = _number(request, "Upload-Length")
        metadata = _metadata(request.headers.get("Upload-Metadata", ""))
        path = new_path(metadata.get("path", ""))
        if size > self._limit_bytes:
            raise too_large(path, self._limit_bytes)
        try:
            clash = Clash(metadata.get("clash", Clash.FAIL))
        except ValueError:
            message = f"“clash” is one of {', '.join(Clash)}."
            raise StudiumError(ErrorCode.INVALID_VALUE, message, field="clash") from None
        return UploadRecord(path, size, identity.account_id, clash)

    async def _find(self, request: web.Request, identity: Identity) -> tuple[str, UploadRecord]:
        """The upload in the URL. Raises ``not_found`` for what is not there, and for that of somebody else."""
        upload_id = request.match_info["upload_id"]
        record = self._finished.get(upload_id) or await asyncio.to_thread(self._store.read, upload_id)
        if record is None or record.account_id != identity.account_id:
            message = "This upload is not known any more: it is complete, or lay still for a day. Begin it again."
            raise StudiumError(ErrorCode.NOT_FOUND, message)
        return upload_id, record

    @asynccontextmanager
    async def _alone(self, upload_id: str) -> AsyncIterator[None]:
        """The one request for an upload; the one before it is ended."""
        task = asyncio.current_task()
        assert task is not None
        if (before := self._requests.get(upload_id)) is not None:
            before.cancel()
        self._requests[upload_id] = task
        lock = self._locks.setdefault(upload_id, asyncio.Lock())
        try:
            async with lock:
                yield
        finally:
            if self._requests.get(upload_id) is task:
                del self._requests[upload_id]
                self._locks.pop(upload_id, None)

    async def _receive(self, request: web.Request, upload_id: str, record: UploadRecord, offset: int) -> int:
        """Append the body; the answer is the new offset. What came before a connection broke off is kept."""
        fd = await asyncio.to_thread(self._store.open, upload_id, os.O_WRONLY)
        os.lseek(fd, offset, os.SEEK_SET)
        writer = BlockWriter(partial(_write, fd, record.path))
        try:
            try:
                async for chunk in request.content.iter_any():
                    offset += len(chunk)
                    if offset > record.size_bytes:
                        message = (
                            f"More comes than the {record.size_bytes} bytes that {shown(record.path)} was to have."
                        )
                        raise StudiumError(ErrorCode.TOO_LARGE, message, path=record.path)
                    await writer.add(chunk)
            except (web.RequestPayloadError, ConnectionError):
                pass  # it will be gone on with
            await writer.finish()
            return offset
        finally:
            await writer.settle()
            os.close(fd)

    async def _finish(self, identity: Identity, upload_id: str, record: UploadRecord) -> None:
        """Give the file its name. Raises ``conflict``, and the upload stays, to be finished under another choice."""
        await _uninterrupted(self._store.place, upload_id, record)
        self._done += 1
        # For a while it is known to be complete: the answer that said so may have been lost.
        self._finished[upload_id] = record
        if len(self._finished) > MAX_FINISHED:
            self._finished.popitem(last=False)
        self._uploaded(identity, record.path)

    async def _sweep(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self._store.remove_old, set(self._requests), time.time() - KEPT_SECONDS)
            except (OSError, StudiumError) as error:
                _log.warning("Old uploads could not be removed: %s", error)
            await asyncio.sleep(SWEEP_SECONDS)


async def _uninterrupted(function: Callable[..., None], *arguments: object) -> None:
    """Call a blocking function in a thread, and wait for its end even when cancelled: it has the descriptor."""
    step = asyncio.ensure_future(asyncio.to_thread(function, *arguments))
    try:
        await asyncio.shield(step)
    except asyncio.CancelledError:
        await asyncio.wait([step])
        raise


def _write(fd: int, path: str, data: bytearray) -> None:
    with file_errors(path):
        write_all(fd, data)


def _number(request: web.Request, name: str) -> int:
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise StudiumError(ErrorCode.INVALID_REQUEST, f"“{name}” must be a number of bytes.", field=name)
    return int(text)


def _metadata(header: str) -> dict[str, str]:
    """The names and values of the header, of which the values are base64."""
    found = {}
    for pair in header.split(","):
        name, _, value = pair.strip().partition(" ")
        try:
            found[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            message = f"“Upload-Metadata” has a value for {shown(name)} that is not UTF-8 in base64."
            raise StudiumError(ErrorCode.INVALID_REQUEST, message, field=name[:100]) from None
    return found


def _expires() -> dict[str, str]:
    return {"Upload-Expires": formatdate(time.time() + KEPT_SECONDS, usegmt=True)}


def _refused(status: int, error: StudiumError) -> web.Response:
    response = json_response(ErrorAnswer(error.body()), status)
    response.headers["Tus-Resumable"] = response.headers["Tus-Version"] = VERSION
    return response
