"""One page that shows a notebook: ``/projects/{project_id}/kernels/{path}``.

What a viewer may do is decided here, in ``_check``: it hears everything, and may ask which kernels there are. All else
runs code, be it a completion, which looks into objects.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Coroutine
from contextlib import suppress
from typing import Any, Final

import msgspec
from aiohttp import WSMsgType, web

from studium.http.errors import close_websocket, unforeseen
from studium.project.access import Act, require
from studium.project.kernels.comm_frames import unpack
from studium.project.kernels.services import Services
from studium.project.kernels.session import KernelSession
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.kernels import (
    AnswerInput,
    CancelCells,
    Complete,
    Inspect,
    InterruptKernel,
    KernelFailed,
    KernelSpecs,
    KernelToClient,
    KernelToServer,
    ListSpecs,
    ListVariables,
    RestartKernel,
    RunCells,
    RunCode,
    ShutDownKernel,
    StartKernel,
)
from studium.protocol.session import Identity

HEARTBEAT_SECONDS: Final = 25.0
MAX_FRAME_BYTES: Final = 32 * 1024**2
MAX_UNDER_WAY: Final = 64
"""Requests of one page that are not answered yet."""
MAX_OUTBOX_BYTES: Final = 96 * 1024**2
"""Of messages of widgets that a page has not read: more than all models together may hold."""
STATUS_SECONDS: Final = 0.02
"""From a change of the kernel's state to the word on it: cells that take no time change it and change it back."""

_decoder = msgspec.json.Decoder(KernelToServer)
_encoder = msgspec.json.Encoder()


def new_websocket() -> web.WebSocketResponse:
    """The server's side of a kernel socket."""
    return web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=MAX_FRAME_BYTES, compress=False, timeout=2.0)


class KernelSocket:
    """A page and its session."""

    def __init__(
        self, socket: web.WebSocketResponse, identity: Identity, session: KernelSession, services: Services
    ) -> None:
        self.identity = identity
        self._socket = socket
        self._session = session
        self._services = services
        self._outbox: deque[bytes | str] = deque()
        self._outbox_bytes = 0
        self._has_status = True
        self._state = session.lifecycle.state
        self._status: bytes | None = None
        """What the page was told last."""
        self._status_timer: asyncio.TimerHandle | None = None
        self._wake = asyncio.Event()
        self._wake.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ending: asyncio.Task[None] | None = None

    # -- to the page -------------------------------------------------------------------------------------------------

    def status_changed(self) -> None:
        """Tell the page how the kernel is: at once where it starts or ends, and soon what it runs."""
        if (state := self._session.lifecycle.state) is not self._state:
            self._state = state
            self._has_status = True
            self._wake.set()
        elif self._status_timer is None:
            self._status_timer = asyncio.get_running_loop().call_later(STATUS_SECONDS, self._status_due)

    def _status_due(self) -> None:
        self._status_timer = None
        self._has_status = True
        self._wake.set()

    def say(self, message: KernelToClient) -> None:
        """Send a message."""
        self._put(_encoder.encode(message).decode())

    def fail(self, error: StudiumError, request_id: str | None = None) -> None:
        """Say that something could not be done."""
        self.say(KernelFailed(error.body(), request_id))

    async def end(self, error: StudiumError) -> None:
        """Close the socket; the page learns why."""
        await close_websocket(self._socket, error)

    def _put(self, frame: bytes | str) -> None:
        if self._ending is not None:
            return
        self._outbox.append(frame)
        self._outbox_bytes += len(frame)
        self._wake.set()
        if self._outbox_bytes > MAX_OUTBOX_BYTES:
            self._outbox.clear()
            slow = StudiumError(ErrorCode.UNAVAILABLE, "This page reads too slowly. It connects again by itself.")
            self._ending = asyncio.create_task(self.end(slow), name="kernel-socket-end")

    async def _send(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._outbox:
                frame = self._outbox.popleft()
                self._outbox_bytes -= len(frame)
                if isinstance(frame, str):
                    await self._socket.send_str(frame)
                else:
                    await self._socket.send_bytes(frame)
            if self._has_status:
                self._has_status = False
                status = _encoder.encode(self._session.status())
                if status != self._status:
                    self._status = status
                    await self._socket.send_str(status.decode())

    # -- from the page -----------------------------------------------------------------------------------------------

    async def serve(self) -> None:
        """Answer until the page goes."""
        self._begin(self._send_all())
        self._begin(self._tell_specs(afresh=False))
        self._session.widgets.join(self._put)
        async for frame in self._socket:
            try:
                if frame.type is WSMsgType.TEXT:
                    self._take(_read(frame.data))
                elif frame.type is WSMsgType.BINARY:
                    self._check(None)
                    comm, buffers = unpack(frame.data)
                    self._services.use.note()
                    self._session.widgets.send(comm, buffers, self._put)
            except StudiumError as error:
                self.fail(error)

    async def finish(self) -> None:
        """End what runs on behalf of this page."""
        self._session.widgets.leave(self._put)
        if self._status_timer is not None:
            self._status_timer.cancel()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._ending is not None:
            await asyncio.gather(self._ending, return_exceptions=True)

    def _check(self, message: KernelToServer | None) -> None:
        """May this page's person send it? None stands for a message of a widget."""
        if not isinstance(message, ListSpecs):
            require(self.identity, Act.RUN)

    def _take(self, message: KernelToServer) -> None:
        request_id = getattr(message, "request_id", None)
        try:
            self._check(message)
            if len(self._tasks) > MAX_UNDER_WAY:
                raise StudiumError(ErrorCode.RATE_LIMITED, "Too many requests wait for an answer. Try again soon.")
            work = self._handle(message)
        except StudiumError as error:
            self.fail(error, request_id)
            return
        if work is not None:
            self._begin(self._do(work, request_id))

    def _handle(self, message: KernelToServer) -> Awaitable[None] | None:
        """Carry a request out, or give what is to be waited for."""
        session, account_id = self._session, self.identity.account_id
        match message:
            case RunCells(cells=cells, stop_on_error=stop):
                session.runs.add(cells, account_id, stop_on_error=stop)
            case RunCode():
                return self._run_code(message)
            case CancelCells(cells=cells):
                session.runs.cancel(cells, account_id)
            case AnswerInput(request_id=request_id, value=value):
                session.runs.answer_input(session.kernel, request_id, value)
            case StartKernel(name=name):
                return asyncio.shield(session.start(name, account_id))
            case InterruptKernel():
                return asyncio.shield(session.interrupt(account_id))
            case RestartKernel(run_all=run_all):
                return asyncio.shield(session.restart(account_id, run_all=run_all))
            case ShutDownKernel():
                return asyncio.shield(session.shut_down(account_id))
            case ListSpecs():
                return self._tell_specs(afresh=True)
            case Complete() | Inspect() | ListVariables():
                return self._answer(message)
        return None

    async def _answer(self, message: Complete | Inspect | ListVariables) -> None:
        self.say(await self._session.questions.answer(message))

    async def _run_code(self, message: RunCode) -> None:
        self.say(await self._session.console.run(message, self.say))

    async def _tell_specs(self, *, afresh: bool) -> None:
        specs = await self._services.specs.all(afresh=afresh)
        self.say(KernelSpecs([spec.public() for spec in specs]))

    async def _send_all(self) -> None:
        with suppress(ConnectionError, RuntimeError):  # it closes; the reader notices
            await self._send()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="kernel-request")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _do(self, work: Awaitable[None], request_id: str | None) -> None:
        try:
            await work
        except StudiumError as error:
            self.fail(error, request_id)
        except Exception as error:
            self.fail(unforeseen(error, "a request to a kernel"), request_id)


def _read(text: str) -> KernelToServer:
    try:
        message: KernelToServer = _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise StudiumError(ErrorCode.INVALID_REQUEST, f"This is no message of a kernel socket: {error}.") from None
    return message
