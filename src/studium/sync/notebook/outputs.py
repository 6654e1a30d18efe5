"""What a run puts out, gathered and bounded, and brought into the cell's array of outputs in few edits.

A kernel may send a thousand messages a second. They are taken in here at once (``stream``, ``display``, ``error``,
``clear``), and now and then ``write`` brings the shared array up to date in one transaction: text is appended, a
progress bar is one line, what was cleared before anybody saw it never was. What is beyond the bounds is not kept here:
the caller is told how much of it to put elsewhere, and says in ``more`` where that is.

Somebody may clear or change the outputs meanwhile. The array then has another length than it was left with, and what
this run wrote into it before is theirs; what comes after goes behind it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pycrdt import Array, Map, Text

from studium.sync.notebook.schema import JsonObject, new_output, to_shared
from studium.sync.notebook.stream_text import StreamText

MAX_CHARACTERS: Final = 1_000_000
"""Of text in the outputs of one cell."""
MAX_OUTPUTS: Final = 1000
MAX_ERRORS: Final = 20
"""Errors that are shown beyond ``MAX_OUTPUTS``: after a flood they are what one wants to see."""
MAX_ERROR_CHARACTERS: Final = 100_000
STEP_OF_MORE: Final = 1.1
"""What is elsewhere has grown by so much before the cell says so again."""


@dataclass(slots=True)
class _Stream:
    name: str
    text: StreamText = field(default_factory=StreamText)


@dataclass(slots=True)
class _Data:
    value: JsonObject
    display_id: str | None = None
    changed: bool = False


@dataclass(frozen=True, slots=True)
class More:
    """What a cell has put out beyond its bounds: where it is kept, how many bytes there are, how many of them are
    kept."""

    id: str
    total_bytes: int
    kept_bytes: int

    def output(self) -> JsonObject:
        """The output that says so; what reads the file elsewhere shows its text."""
        return {
            "output_type": "display_data",
            "data": {"text/plain": f"… {_size(self.total_bytes)} more of output"},
            "metadata": {"studium": {"more": {"id": self.id, "bytes": self.total_bytes, "kept": self.kept_bytes}}},
        }


class CellOutputs:
    """The outputs of one run. Characters are code points."""

    def __init__(self) -> None:
        self._outputs: list[_Stream | _Data] = []
        self._written = 0  # how many of them the array has, from ``_offset`` on
        self._offset = 0
        self._clear = False
        self._clear_before_next = False
        self._more: More | None = None
        self._more_at: int | None = None
        self._room = MAX_CHARACTERS
        self._errors = 0
        self._length = 0  # of the array, as we left it
        self._changed = False

    @property
    def is_changed(self) -> bool:
        """Whether ``write`` has something to do."""
        return self._changed

    def stream(self, name: str, text: str) -> str:
        """Text for ``stdout`` or ``stderr``; returns what is beyond the bounds."""
        self._begin()
        last = self._outputs[-1] if self._outputs else None
        if not isinstance(last, _Stream) or last.name != name:
            if len(self._outputs) >= MAX_OUTPUTS or self._room <= 0:
                return text
            last = _Stream(name)
            self._outputs.append(last)
        elif self._room <= 0:
            return text
        before = last.text.length
        last.text.write(text[: self._room])
        beyond = text[self._room :]
        self._room -= max(0, last.text.length - before)
        self._changed = True
        return beyond

    def display(self, output: JsonObject, display_id: str | None = None) -> bool:
        """An output of type ``display_data`` or ``execute_result``, normalised and without large data; False when it is
        beyond the bounds."""
        self._begin()
        characters = _characters(output.get("data"))
        if len(self._outputs) >= MAX_OUTPUTS or characters > self._room:
            return False
        self._room -= characters
        self._outputs.append(_Data(output, display_id))
        self._changed = True
        return True

    def error(self, name: str, value: str, traceback: list[str]) -> None:
        """An error, shown also beyond the bounds."""
        self._begin()
        if self._errors < MAX_ERRORS:
            self._errors += 1
            output = {
                "output_type": "error",
                "ename": name[:1000],
                "evalue": value[:MAX_ERROR_CHARACTERS],
                "traceback": _shortened(traceback),
            }
            self._outputs.append(_Data(output))
            self._changed = True

    def clear(self, *, wait: bool = False) -> None:
        """Take all outputs away: now, or when the next one comes."""
        self._clear_before_next = wait
        if not wait:
            self._outputs.clear()
            self._written = self._offset = 0
            self._room, self._errors = MAX_CHARACTERS, 0
            self._more = self._more_at = None
            self._clear = self._changed = True

    def update(self, display_id: str, data: JsonObject, metadata: JsonObject, blobs: JsonObject | None) -> bool:
        """Put other data into the outputs with this display id; False when there is none."""
        found = False
        for output in self._outputs:
            if isinstance(output, _Data) and output.display_id == display_id:
                output.value = {**output.value, "data": data, "metadata": metadata}
                output.value.pop("blobs", None)
                if blobs:
                    output.value["blobs"] = blobs
                output.changed = found = self._changed = True
        return found

    def more(self, more: More, *, final: bool = False) -> None:
        """Say what is kept elsewhere. Until the ``final`` word it is said in steps."""
        if self._more is None:
            self._more_at = len(self._outputs)
            self._outputs.append(_Data(more.output()))
        elif self._more_at is not None and (final or more.total_bytes > STEP_OF_MORE * self._more.total_bytes):
            self._outputs[self._more_at] = _Data(more.output(), changed=True)
        else:
            return
        self._more = more
        self._changed = True

    def write(self, array: Array[Any]) -> int:
        """Bring the array of the cell up to date; to be called in a transaction. About how many characters it took."""
        size = 0
        if self._clear:
            del array[0 : len(array)]
            self._clear = False
        elif len(array) != self._length or not self._is_as_left(array):
            self._give_up_written()
            self._offset = len(array)
        for index, output in enumerate(self._outputs[: self._written]):
            size += self._rewrite(array, self._offset + index, output)
        new = self._outputs[self._written :]
        if new:
            values = [_value(output) for output in new]
            size += sum(map(_characters, values))
            array.extend([new_output(value) for value in values])
        self._written = len(self._outputs)
        self._length = len(array)
        self._changed = False
        return size

    def forget_others(self, array: Array[Any]) -> None:
        """Take the array as it is for ours to go on with: a run that began under another server."""
        self._offset = self._length = len(array)

    def _begin(self) -> None:
        if self._clear_before_next:
            self.clear()

    def _is_as_left(self, array: Array[Any]) -> bool:
        """Whether what is to be changed now is still ours: somebody may have put other outputs there."""
        for index, output in enumerate(self._outputs[: self._written]):
            is_last = index == self._written - 1
            if is_last and isinstance(output, _Stream):
                shared = _item(array, self._offset + index, "text")
                if not isinstance(shared, Text) or len(shared) != output.text.shown_bytes:
                    return False
            elif isinstance(output, _Data) and output.changed and not isinstance(array[self._offset + index], Map):
                return False
        return True

    def _rewrite(self, array: Array[Any], index: int, output: _Stream | _Data) -> int:
        if isinstance(output, _Stream):
            if output is not self._outputs[self._written - 1]:
                return 0  # only the last one can have grown
            edit = output.text.edit()
            if edit is not None:
                shared = array[index]["text"]
                if edit.delete_bytes:
                    del shared[edit.start_bytes : edit.start_bytes + edit.delete_bytes]
                if edit.insert:
                    shared.insert(edit.start_bytes, to_shared(edit.insert))
                return len(edit.insert)
        elif output.changed:
            output.changed = False
            shared = array[index]
            for key in ("data", "metadata", "blobs"):
                if key in output.value:
                    shared[key] = to_shared(output.value[key])
                elif key in shared:
                    del shared[key]
            return _characters(output.value)
        return 0

    def _give_up_written(self) -> None:
        """What the array had of ours is not ours any more; text that was not written yet is."""
        last = self._outputs[self._written - 1] if self._written else None
        rest = self._outputs[self._written :]
        if isinstance(last, _Stream):
            last.text.forget_shown()
            if last.text.length:
                rest.insert(0, last)
        self._outputs = rest
        self._written = 0
        if self._more_at is not None:
            self._more_at = next((i for i, each in enumerate(rest) if _is_more(each)), None)
            if self._more_at is None:
                self._more = None


def _item(array: Array[Any], index: int, key: str) -> object:
    value = array[index]
    return value.get(key) if isinstance(value, Map) else None


def _value(output: _Stream | _Data) -> JsonObject:
    if isinstance(output, _Data):
        output.changed = False
        return output.value
    edit = output.text.edit()
    return {"output_type": "stream", "name": output.name, "text": to_shared(edit.insert if edit else "")}


def _is_more(output: _Stream | _Data) -> bool:
    return isinstance(output, _Data) and "studium" in output.value.get("metadata", {})


def _characters(value: object) -> int:
    """About how many characters a value takes."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(len(str(key)) + _characters(item) for key, item in value.items())
    if isinstance(value, list):
        return sum(1 + _characters(item) for item in value)
    return 8


def _shortened(traceback: list[str]) -> list[str]:
    kept: list[str] = []
    room = MAX_ERROR_CHARACTERS
    for line in traceback[:1000]:
        kept.append(line[:room])
        room -= len(line)
        if room <= 0:
            break
    return kept


def _size(count: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"
