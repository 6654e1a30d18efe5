"""Output widgets: a model that says it captures what a message puts out gets that in its own ``outputs``.

In Jupyter each browser does this for itself, and two of them would do it twice. Here the server does it once, and tells
the kernel and all browsers, as if one browser had.
"""

from typing import Any, Final

from studium.project.kernels.comms import Comm, Comms
from studium.sync.notebook.schema import JsonObject

MAX_CHARACTERS: Final = 1_000_000
MAX_OUTPUTS: Final = 1000


class OutputWidgets:
    """The output widgets of one kernel."""

    def __init__(self, comms: Comms) -> None:
        self._comms = comms
        self._captures: dict[str, list[str]] = {}  # by the id of the message: models, the innermost last
        self._clear_before_next: set[str] = set()
        self._lengths: dict[str, int] = {}
        self._changed: dict[str, None] = {}

    def note(self, kind: str, content: dict[str, Any]) -> None:
        """Note which message a model begins or ceases to capture; called after ``Comms.note``."""
        comm_id = content.get("comm_id")
        data = content.get("data")
        if not isinstance(comm_id, str) or not isinstance(data, dict):
            return
        if kind == "comm_close":
            self._release(comm_id)
            return
        state = data.get("state")
        if not isinstance(state, dict) or not self._is_output(self._comms.open.get(comm_id)):
            return
        if "outputs" in state:
            self._lengths.pop(comm_id, None)
        if "msg_id" in state:
            self._release(comm_id)
            if isinstance(state["msg_id"], str) and state["msg_id"]:
                self._captures.setdefault(state["msg_id"], []).append(comm_id)

    def capturing(self, parent_id: str | None) -> str | None:
        """The model that gets what this message puts out."""
        captures = self._captures.get(parent_id or "")
        return captures[-1] if captures else None

    def add(self, comm_id: str, output: JsonObject) -> None:
        """Append an output to a model."""
        outputs = self._outputs(comm_id)
        if comm_id in self._clear_before_next:
            self._clear_before_next.discard(comm_id)
            outputs.clear()
            self._lengths[comm_id] = 0
        size = len(str(output.get("text", ""))) if output["output_type"] == "stream" else len(repr(output))
        if self._lengths.get(comm_id, 0) + size > MAX_CHARACTERS or len(outputs) >= MAX_OUTPUTS:
            return
        self._lengths[comm_id] = self._lengths.get(comm_id, 0) + size
        last = outputs[-1] if outputs else None
        is_stream = output["output_type"] == "stream"
        if is_stream and isinstance(last, dict) and last.get("name") == output["name"]:
            last["text"] = str(last.get("text", "")) + output["text"]
        else:
            outputs.append(output)
        self._changed[comm_id] = None

    def clear(self, comm_id: str, *, wait: bool) -> None:
        """``clear_output`` in a model."""
        if wait:
            self._clear_before_next.add(comm_id)
        else:
            self._outputs(comm_id).clear()
            self._lengths[comm_id] = 0
            self._changed[comm_id] = None

    def take_changes(self) -> list[dict[str, Any]]:
        """The contents of messages that tell what has changed since the last call."""
        changed, self._changed = self._changed, {}
        return [
            {
                "comm_id": comm_id,
                "data": {"method": "update", "state": {"outputs": self._outputs(comm_id)}, "buffer_paths": []},
            }
            for comm_id in changed
            if comm_id in self._comms.open
        ]

    @property
    def is_changed(self) -> bool:
        """Whether ``take_changes`` has something to give."""
        return bool(self._changed)

    def _outputs(self, comm_id: str) -> list[Any]:
        comm = self._comms.open.get(comm_id)
        if comm is None:
            return []
        outputs = comm.state.get("outputs")
        comm.state["outputs"] = kept = list(outputs) if isinstance(outputs, list | tuple) else []
        return kept

    def _release(self, comm_id: str) -> None:
        for message_id, captures in list(self._captures.items()):
            if comm_id in captures:
                captures.remove(comm_id)
            if not captures:
                del self._captures[message_id]

    @staticmethod
    def _is_output(comm: Comm | None) -> bool:
        return comm is not None and comm.state.get("_model_name") == "OutputModel"
