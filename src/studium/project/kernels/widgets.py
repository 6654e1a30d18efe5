"""Widgets of one notebook between its kernel and all pages that show it."""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from secrets import token_hex
from typing import Any, Final

import msgspec

from studium.project.kernels.client import KernelClient, Message
from studium.project.kernels.comm_frames import pack, sound
from studium.project.kernels.comms import Comms
from studium.project.kernels.output_widgets import OutputWidgets
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.kernels import CommFrame
from studium.sync.notebook.values import normal_output

MAX_SENT: Final = 2000
"""Messages of pages of which it is remembered who sent them, and for which run."""
OUTPUT_SECONDS: Final = 0.05
_ID: Final = re.compile(r"[0-9A-Za-z_-]{8,64}")

Listener = Callable[[bytes], None]
"""Gets frames to be sent to one page."""


class Widgets:
    """Passes messages on, and keeps what newcomers need. ``changed`` is called when it becomes or ceases to be busy."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._client: KernelClient | None = None
        self._comms = Comms()
        self._outputs = OutputWidgets(self._comms)
        self._listeners: set[Listener] = set()
        self._sent: OrderedDict[str, tuple[Listener | None, str | None]] = OrderedDict()
        self._under_way: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None

    def connect(self, client: KernelClient) -> None:
        """A kernel has been started."""
        self._client = client

    def disconnect(self) -> None:
        """The kernel has ended, and its widgets with it."""
        self._client = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for comm_id in self._comms.clear():
            self._tell(CommFrame("comm_close", {"comm_id": comm_id, "data": {}}), ())
        self._outputs = OutputWidgets(self._comms)
        self._sent.clear()
        self._under_way.clear()

    @property
    def is_busy(self) -> bool:
        """Whether the kernel deals with a message of a page."""
        return bool(self._under_way)

    def join(self, listener: Listener) -> None:
        """A page has come: it gets every model that is open, and what comes after."""
        for comm in self._comms.open.values():
            if comm.is_whole:
                content, buffers = comm.opening()
                listener(pack(CommFrame("comm_open", content, comm.metadata), buffers))
        self._listeners.add(listener)

    def leave(self, listener: Listener) -> None:
        """A page has gone."""
        self._listeners.discard(listener)

    def send(self, frame: CommFrame, buffers: Sequence[bytes], sender: Listener) -> None:
        """A message of a page, to the kernel; the other pages see what comes of it. Raises ``StudiumError``."""
        if self._client is None:
            raise StudiumError(ErrorCode.CONFLICT, "No kernel runs. Run the cell of this widget again.")
        given = frame.message_id
        message_id = given if given and _ID.fullmatch(given) and given not in self._sent else token_hex(16)
        comm = self._comms.open.get(str(frame.content.get("comm_id")))
        self._post(self._client, frame.kind, frame.content, frame.metadata, buffers, message_id)
        self._remember(message_id, sender, comm.run_id if comm is not None else None)
        self._comms.note(frame.kind, frame.content, frame.metadata, buffers)
        self._outputs.note(frame.kind, frame.content)
        data = frame.content.get("data")
        if frame.kind != "comm_msg" or (isinstance(data, dict) and data.get("method") == "update"):
            # Kernels that echo tell it again; those that do not would leave the others behind.
            self._tell(CommFrame(frame.kind, frame.content, frame.metadata, message_id), buffers, but=sender)

    def take(self, message: Message) -> None:
        """A message of the kernel, to all pages."""
        if not sound(message.content):
            return
        run_id = message.parent_id
        if run_id is not None and run_id in self._sent:
            run_id = self._sent[run_id][1]
        self._comms.note(message.kind, message.content, message.metadata, message.buffers, run_id)
        self._outputs.note(message.kind, message.content)
        frame = CommFrame(message.kind, message.content, message.metadata, message.parent_id, message.id)
        self._tell(frame, message.buffers)

    def note_status(self, message: Message) -> None:
        """``status`` of the kernel: a message of a page has been dealt with."""
        parent = message.parent_id or ""
        if message.content.get("execution_state") == "idle" and parent in self._under_way:
            self._under_way.discard(parent)
            sender = self._sent[parent][0] if parent in self._sent else None
            if sender in self._listeners and sender is not None:
                sender(pack(CommFrame("idle", {}, {}, parent), ()))
            self._changed()

    def run_of(self, parent_id: str | None) -> str | None:
        """The run whose widget a page's message went to: what its callback prints belongs to that cell."""
        sent = self._sent.get(parent_id or "")
        return sent[1] if sent is not None else None

    def take_output(self, message: Message) -> bool:
        """Take an output that a widget captures; False when none does."""
        comm_id = self._outputs.capturing(message.parent_id)
        if comm_id is None:
            return False
        content = message.content
        if message.kind == "clear_output":
            self._outputs.clear(comm_id, wait=bool(content.get("wait")))
        elif message.kind != "update_display_data" and sound(content):
            fields = {key: value for key, value in content.items() if key != "transient"}
            self._outputs.add(comm_id, normal_output({"output_type": message.kind, **fields}))
        if self._outputs.is_changed and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(OUTPUT_SECONDS, self._flush)
        return True

    def statistics(self) -> dict[str, int]:
        """Counts for the metrics page."""
        return {**self._comms.statistics(), "listeners": len(self._listeners)}

    def _flush(self) -> None:
        self._timer = None
        for content in self._outputs.take_changes():
            self._tell(CommFrame("comm_msg", content), ())
            if self._client is not None:
                self._post(self._client, "comm_msg", content, {}, (), token_hex(16))

    def _remember(self, message_id: str, sender: Listener, run_id: str | None) -> None:
        self._sent[message_id] = (sender, run_id)
        self._under_way.add(message_id)
        while len(self._sent) > MAX_SENT:
            self._under_way.discard(self._sent.popitem(last=False)[0])
        self._changed()

    @staticmethod
    def _post(
        client: KernelClient,
        kind: str,
        content: dict[str, Any],
        metadata: dict[str, Any],
        buffers: Sequence[bytes],
        message_id: str,
    ) -> None:
        client.post("shell", kind, content, metadata=metadata, buffers=buffers, message_id=message_id)

    def _tell(self, frame: CommFrame, buffers: Sequence[bytes], *, but: Listener | None = None) -> None:
        if self._listeners:
            try:
                data = pack(frame, buffers)
            except (msgspec.MsgspecError, TypeError, ValueError, RecursionError, OverflowError):
                return
            for listener in list(self._listeners):
                if listener is not but:
                    listener(data)
