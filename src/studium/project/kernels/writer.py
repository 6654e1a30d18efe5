"""Writes what runs do into the notebook's document: states of cells and their outputs, in few transactions.

The first output of a quiet cell is written at once, what follows is gathered for a moment. The moment grows with the
time that a cell goes on putting out, and with how much it is: each edit stays in the document's log for ever, so a
progress bar that turns for a day must not be written thirty times a second.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from pycrdt import Array, Doc, Map

from studium.project.kernels.cell_run import CellRun, more_of
from studium.project.kernels.notebook import Notebook, OpenNotebook
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId
from studium.sync.notebook.schema import Cell, array_of, cells_of, find_cell, from_shared, meta_of, to_shared

_log = logging.getLogger(__name__)

FIRST_SECONDS: Final = 0.004
LEAST_SECONDS: Final = 0.03
MOST_SECONDS: Final = 1.0
GROWTH: Final = 0.01
"""Of the time that a run has lasted: after ten seconds it is written ten times a second."""
BYTES_A_SECOND: Final = 1_000_000


class Writer:
    """The edits that a kernel makes in one notebook, which it holds. ``on_full`` is called when the document takes no
    more."""

    def __init__(self, notebook: Notebook, reopen: OpenNotebook, on_full: Callable[[StudiumError], None]) -> None:
        self.notebook = notebook
        self._reopen = reopen
        self._on_full = on_full
        self._changed: dict[CellRun, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._next = 0.0
        self._spilling: asyncio.Task[None] | None = None
        self.writes = 0

    @property
    def doc(self) -> Doc[Any]:
        """The document, to be read."""
        return self.notebook.doc

    def metadata(self) -> dict[str, Any]:
        """The notebook's metadata."""
        metadata = meta_of(self.doc).get("metadata")
        value = from_shared(metadata.to_py()) if isinstance(metadata, Map) else {}
        return value if isinstance(value, dict) else {}

    async def reopen_if_gone(self) -> bool:
        """Ask for the notebook again when it was opened afresh; whether it was. Raises ``StudiumError`` when it is no
        notebook any more."""
        if not self.notebook.is_gone:
            return False
        self.notebook.close()
        self.notebook = await self._reopen(self.notebook.path)
        return True

    def touch(self, run: CellRun) -> None:
        """The outputs of a run have changed: write them soon."""
        self._changed[run] = None
        if self._timer is None:
            wait = max(FIRST_SECONDS, self._next - time.monotonic())
            self._timer = asyncio.get_running_loop().call_later(wait, self._flush)

    def set_states(self, cell_ids: Iterable[str], state: str, account_id: AccountId | None) -> None:
        """Say of cells that they wait, or do not; one that is not there any more is passed over."""
        wanted = set(cell_ids)

        def change(doc: Doc[Any]) -> None:
            for cell in _code_cells(doc):
                if cell.id in wanted and cell.map.get("execution_state") != state:
                    cell.map["execution_state"] = state

        if wanted:
            self._edit(change, account_id)

    def begin(self, run: CellRun, metadata: Mapping[str, Any]) -> None:
        """A cell's turn has come: its outputs go. ``metadata`` goes into the notebook's own."""

        def change(doc: Doc[Any]) -> None:
            _set_metadata(doc, metadata)
            cell = find_cell(doc, run.cell_id)
            if cell is None or cell.type != "code":
                return
            run.index = cell.index
            outputs = cell.map.get("outputs")
            if not isinstance(outputs, Array):
                cell.map["outputs"] = Array([])
            elif len(outputs):
                del outputs[0 : len(outputs)]
            cell.map["execution_state"] = "running"
            cell.map["execution_count"] = None
            _set_times(cell, {})

        self._edit(change, run.account_id)

    def end(self, run: CellRun) -> None:
        """A run is over: all that is to be known of it, in one edit, after what it has changed in other cells."""
        if self._changed.keys() - {run}:
            self.flush()
        if run.overflow is not None:
            run.outputs.more(more_of(run.overflow), final=True)
        self._changed.pop(run, None)

        def change(doc: Doc[Any]) -> None:
            cell = self._find(doc, run)
            if cell is None:
                return
            _write_outputs(cell, run)
            cell.map["execution_state"] = "idle"
            if run.execution_count is not None:
                cell.map["execution_count"] = float(run.execution_count)
            if run.times:
                _set_times(cell, run.times)

        self._edit(change, run.account_id)

    def set_metadata(self, metadata: Mapping[str, Any], account_id: AccountId | None) -> None:
        """Change keys of the notebook's metadata; None takes one out."""
        self._edit(lambda doc: _set_metadata(doc, metadata), account_id)

    def flush(self) -> None:
        """Write now what has changed."""
        if self._timer is not None:
            self._timer.cancel()
        self._flush()

    async def settle(self) -> None:
        """Wait until what went elsewhere is written."""
        if self._spilling is not None:
            await self._spilling

    def adopt(self, run: CellRun) -> None:
        """A run that began under a server before this one: what its cell holds stays, and what comes goes behind it."""
        cell = self._find(self.doc, run)
        outputs = cell.map.get("outputs") if cell is not None else None
        if isinstance(outputs, Array):
            run.outputs.forget_others(outputs)

    async def close(self) -> None:
        """Write what has changed, and let go of the notebook."""
        self.flush()
        if self._timer is not None:
            self._timer.cancel()
        await self.settle()
        self.notebook.close()

    def _flush(self) -> None:
        self._timer = None
        runs, self._changed = self._changed, {}
        if not runs:
            return
        for run in runs:
            if run.overflow is not None:
                run.outputs.more(more_of(run.overflow))
                self._spill(run)
        size = 0

        def change(doc: Doc[Any]) -> None:
            nonlocal size
            for run in runs:
                cell = self._find(doc, run)
                if cell is not None:
                    size += _write_outputs(cell, run)

        began = time.monotonic()
        self._edit(change, next(iter(runs)).account_id)
        now = time.monotonic()
        lasted = now - min(run.began for run in runs)
        wait = min(max(LEAST_SECONDS, GROWTH * lasted), MOST_SECONDS)
        self._next = now + max(wait, size / BYTES_A_SECOND, 2 * (now - began))
        self.writes += 1

    def _spill(self, run: CellRun) -> None:
        if self._spilling is None or self._spilling.done():
            self._spilling = asyncio.create_task(self._write_overflow(run), name="kernel-overflow")

    async def _write_overflow(self, run: CellRun) -> None:
        while run.overflow is not None and run.overflow.has_waiting:
            await run.overflow.write()

    def _find(self, doc: Doc[Any], run: CellRun) -> Cell | None:
        """The cell of a run, looked for where it was last: a notebook may have thousands."""
        cells = array_of(doc)
        if run.index < len(cells):
            cell = cells[run.index]
            if isinstance(cell, Map) and cell.get("id") == run.cell_id and cell.get("cell_type") == "code":
                return Cell(run.cell_id, cell, run.index, ("", 0))
        found = find_cell(doc, run.cell_id)
        if found is None or found.type != "code":
            return None
        run.index = found.index
        return found

    def _edit(self, change: Callable[[Doc[Any]], None], account_id: AccountId | None) -> None:
        try:
            self.notebook.edit(change, account_id)
        except StudiumError as error:
            if error.code is ErrorCode.TOO_LARGE:
                self._on_full(error)
            else:  # it was opened afresh; whoever holds us asks for it again
                _log.info("What a run put out was not written: %s", error.message)


def _write_outputs(cell: Cell, run: CellRun) -> int:
    outputs = cell.map.get("outputs")
    if not isinstance(outputs, Array):
        cell.map["outputs"] = outputs = Array([])
    return run.outputs.write(outputs)


def _code_cells(doc: Doc[Any]) -> list[Cell]:
    return [cell for cell in cells_of(doc) if cell.type == "code"]


def _set_metadata(doc: Doc[Any], wanted: Mapping[str, Any]) -> None:
    meta = meta_of(doc)
    metadata = meta.get("metadata")
    if not isinstance(metadata, Map):
        meta["metadata"] = metadata = Map({})
    for key, value in wanted.items():
        if value is None:
            if key in metadata:
                del metadata[key]
        elif metadata.get(key) != to_shared(value):
            metadata[key] = to_shared(value)


def _set_times(cell: Cell, times: Mapping[str, str]) -> None:
    metadata = cell.map.get("metadata")
    if not isinstance(metadata, Map):
        cell.map["metadata"] = metadata = Map({})
    if times:
        metadata["execution"] = dict(times)
    elif "execution" in metadata:
        del metadata["execution"]
