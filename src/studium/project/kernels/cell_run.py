"""One run of a cell: what its kernel says about it, and the outputs that come of that."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from studium.project.blobs import Blobs
from studium.project.kernels.client import Message
from studium.project.kernels.overflow import Overflow, OverflowFile
from studium.protocol.errors import StudiumError
from studium.protocol.ids import AccountId
from studium.sync.notebook.outputs import CellOutputs, More
from studium.sync.notebook.schema import JsonObject
from studium.sync.notebook.values import BLOB_BYTES, MAX_DEPTH, depth_of, is_json, normal_output, take_output_blobs

OUTPUT_KINDS: Final = frozenset(
    {"stream", "display_data", "update_display_data", "execute_result", "error", "clear_output"}
)
_TIMES: Final = {"busy": "iopub.status.busy", "idle": "iopub.status.idle"}


@dataclass(eq=False)
class CellRun:
    """A run of a cell. It takes outputs also after its end: a thread may go on to print."""

    cell_id: str
    message_id: str
    account_id: AccountId | None
    began: float = field(default_factory=time.monotonic)
    outputs: CellOutputs = field(default_factory=CellOutputs)
    overflow: OverflowFile | None = None
    execution_count: int | None = None
    times: dict[str, str] = field(default_factory=dict)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    """The kernel works on it: it can be interrupted."""
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    stop_on_error: bool = True
    index: int = 0
    """Where in the array the cell was seen last."""

    def note_status(self, message: Message) -> None:
        """``status``: busy or idle."""
        state = message.content.get("execution_state")
        if isinstance(state, str) and state in _TIMES:
            self.times[_TIMES[state]] = message.date
            if state == "idle":
                self.begun.set()
                self.idle.set()

    def note_input(self, message: Message) -> None:
        """``execute_input``: the kernel has begun, and counts."""
        self.begun.set()
        self.times["iopub.execute_input"] = message.date
        self.note_count(message.content.get("execution_count"))

    def note_count(self, count: object) -> None:
        """The number of the execution, when it is one."""
        if isinstance(count, int) and not isinstance(count, bool):
            self.execution_count = count

    def note_reply(self, message: Message) -> None:
        """``execute_reply``: it is over, but for what is still on its way."""
        self.times["shell.execute_reply"] = message.date or now()
        self.note_count(message.content.get("execution_count"))


class OutputSink:
    """Puts the outputs of runs where they belong: into the cell, the blob store, or the overflow."""

    def __init__(self, blobs: Blobs, overflow: Overflow, changed: Callable[[CellRun], None]) -> None:
        self._blobs = blobs
        self._overflow = overflow
        self._changed = changed
        self._displays: dict[str, list[CellRun]] = {}
        self.messages = 0

    def take(self, run: CellRun, message: Message) -> Awaitable[None] | None:
        """Take a message of ``OUTPUT_KINDS``; with something to wait for when large data must be put away first."""
        self.messages += 1
        content = message.content
        match message.kind:
            case "stream":
                self._stream(run, str(content.get("name")), content.get("text"))
            case "error":
                traceback = content.get("traceback")
                lines = [str(line) for line in traceback] if isinstance(traceback, list) else []
                run.outputs.error(str(content.get("ename")), str(content.get("evalue")), lines)
                self._changed(run)
            case "clear_output":
                run.outputs.clear(wait=bool(content.get("wait")))
                run.overflow = None
                self._changed(run)
            case _:
                return self._data(run, message)
        return None

    def page(self, run: CellRun, reply: Message) -> None:
        """Documentation that was asked for with ``?`` comes with the reply; it is shown as an output."""
        payload = reply.content.get("payload")
        for each in payload if isinstance(payload, list) else ():
            if isinstance(each, dict) and each.get("source") == "page":
                self._stream(run, "stdout", _object(each.get("data")).get("text/plain"))

    def forget(self, run: CellRun) -> None:
        """Its cell runs again; nothing more of it will be shown."""
        for display_id, runs in list(self._displays.items()):
            if run in runs:
                runs.remove(run)
                if not runs:
                    del self._displays[display_id]

    def _stream(self, run: CellRun, name: str, text: object) -> None:
        if not isinstance(text, str) or not text:
            return
        beyond = run.outputs.stream("stderr" if name == "stderr" else "stdout", text)
        if beyond:
            self._keep(run, beyond)
        self._changed(run)

    def _keep(self, run: CellRun, text: str) -> None:
        if run.overflow is None:
            run.overflow = self._overflow.new()
        run.overflow.add(text)

    def _data(self, run: CellRun, message: Message) -> Awaitable[None] | None:
        content = message.content
        is_update = message.kind == "update_display_data"
        display_id = _object(content.get("transient")).get("display_id")
        shown = display_id if isinstance(display_id, str) else None
        if message.kind == "execute_result":
            run.note_count(content.get("execution_count"))
            output: JsonObject = {"output_type": "execute_result", "execution_count": run.execution_count}
        else:
            output = {"output_type": "display_data"}
        if any(map(_may_be_large, _object(content.get("data")).values())):
            return self._large(run, output, content, shown, is_update)
        self._show(run, output | _sound(content), shown, is_update)
        return None

    async def _large(
        self, run: CellRun, output: JsonObject, content: dict[str, Any], display_id: str | None, is_update: bool
    ) -> None:
        output |= await asyncio.to_thread(_sound, content)
        taken = await asyncio.to_thread(take_output_blobs, output)
        for name, data in taken.items():
            try:
                await self._blobs.put(data)
            except StudiumError as error:
                output["blobs"] = {mime: at for mime, at in output["blobs"].items() if at["hash"] != name}
                output["data"].setdefault("text/plain", error.message)
        self._show(run, output, display_id, is_update)

    def _show(self, run: CellRun, output: JsonObject, display_id: str | None, is_update: bool) -> None:
        if is_update:
            for each in self._displays.get(display_id or "", ()):
                if each.outputs.update(display_id or "", output["data"], output["metadata"], output.get("blobs")):
                    self._changed(each)
            return
        if not run.outputs.display(output, display_id):
            self._keep(run, f"{output['data'].get('text/plain', '')}\n")
        elif display_id is not None and run not in (runs := self._displays.setdefault(display_id, [])):
            runs.append(run)
        self._changed(run)


def more_of(overflow: OverflowFile) -> More:
    """What the cell says of its overflow."""
    return More(overflow.id, overflow.total_bytes, overflow.kept_bytes)


def now() -> str:
    """The time, as Jupyter writes it into ``metadata.execution``."""
    return datetime.now(UTC).isoformat()


def _sound(content: dict[str, Any]) -> JsonObject:
    """Data and metadata of a message as a notebook may hold them: text, and JSON where the type says so."""
    data: JsonObject = {}
    for mime, value in _object(content.get("data")).items():
        if is_json(mime):
            data |= _json(mime, value)
        elif isinstance(value, str) or (isinstance(value, list) and all(isinstance(line, str) for line in value)):
            data[mime] = value
    metadata = _json("metadata", _object(content.get("metadata"))).get("metadata", {})
    return normal_output({"data": data, "metadata": metadata})


def _json(key: str, value: object) -> JsonObject:
    """The value under its key, without the numbers that JSON lacks; nothing when it is nested beyond measure."""
    if depth_of(value) > MAX_DEPTH:
        return {}
    try:
        return {key: msgspec.json.decode(msgspec.json.encode(value))}
    except (msgspec.MsgspecError, TypeError, ValueError, OverflowError):
        return {}


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _may_be_large(value: object) -> bool:
    return len(value) > BLOB_BYTES if isinstance(value, str) else isinstance(value, dict | list)
