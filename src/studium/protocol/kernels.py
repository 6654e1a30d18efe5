"""Frames of a notebook's kernel socket, ``/projects/{project_id}/kernels/{path}``.

Text frames are JSON, one of the structs below, tagged by ``type``. Binary frames carry messages of widgets (*comms* of
the Jupyter protocol) with their buffers: a 4-byte big-endian length, so many bytes of JSON (``CommFrame``), then the
buffers one after the other, of the lengths that ``buffers`` tells.

One kernel serves a notebook, whoever looks at it. What a run prints is no part of this socket: the project server
writes it into the document, also when nobody is there. A viewer hears everything and may send nothing but what reads.
"""

from enum import StrEnum
from typing import Any

import msgspec

from studium.protocol.errors import ErrorBody


class KernelState(StrEnum):
    """What a notebook's kernel does. ``none``: it was not started, or was shut down. ``dead``: it ended by itself, and
    ``reason`` says why. ``missing``: the notebook asks for a kernel that is not installed."""

    NONE = "none"
    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"
    RESTARTING = "restarting"
    DEAD = "dead"
    MISSING = "missing"


class KernelSpec(msgspec.Struct, frozen=True):
    """A kernel that can be started. ``language`` is the name that Jupyter gives it, such as ``python`` or ``R``;
    ``mime`` and ``mode`` say how its code is coloured, as far as is known without starting it."""

    name: str
    display_name: str
    language: str
    mode: str = ""


class InputRequest(msgspec.Struct, frozen=True):
    """Running code waits for a line: ``input()`` or ``getpass()``. Any editor may answer; the first answer counts."""

    request_id: str
    cell_id: str
    prompt: str
    password: bool = False


# -- to the client -------------------------------------------------------------------------------------------------


class KernelStatus(msgspec.Struct, frozen=True, tag="status"):
    """Everything there is to know of the kernel; sent at once and after each change.

    ``queue`` are the ids of cells that wait, in order; ``running`` is the one that runs, ``running_by`` the account
    that asked for it. ``memory_bytes`` and ``processor_percent`` are those of the kernel's process.
    """

    state: KernelState
    kernel: KernelSpec | None = None
    wanted: str | None = None
    reason: str | None = None
    running: str | None = None
    running_by: str | None = None
    queue: list[str] = []
    input: InputRequest | None = None
    memory_bytes: int | None = None
    processor_percent: float | None = None
    started_at: float | None = None


class KernelSpecs(msgspec.Struct, frozen=True, tag="specs"):
    """The kernels that can be started here; sent once, and again when asked for."""

    specs: list[KernelSpec]


class Completions(msgspec.Struct, frozen=True, tag="completions"):
    """Answer to ``Complete``: what may stand for ``start`` to ``end`` of the code (in code points). ``types`` has a
    word for each match (``function``, ``module``, …), empty where the kernel tells none. ``static``: they come from
    reading the code, since no kernel runs."""

    request_id: str
    matches: list[str]
    start: int
    end: int
    types: list[str] = []
    static: bool = False


class Inspection(msgspec.Struct, frozen=True, tag="inspection"):
    """Answer to ``Inspect``: a MIME bundle of documentation; empty when nothing is known."""

    request_id: str
    data: dict[str, Any]


class VariableList(msgspec.Struct, frozen=True, tag="variables"):
    """Answer to ``ListVariables``."""

    request_id: str
    variables: list["Variable"]


class Variable(msgspec.Struct, frozen=True):
    """A name that the notebook's code has defined. ``summary`` is a short form of the value, ``shape`` is set for
    arrays and tables."""

    name: str
    kind: str
    summary: str
    shape: str = ""
    size_bytes: int | None = None


class ConsoleOutput(msgspec.Struct, frozen=True, tag="console_output"):
    """Something that the code of the ``RunCode`` with the id ``to`` has put out, as an output of a notebook's file."""

    to: str
    output: dict[str, Any]


class ConsoleDone(msgspec.Struct, frozen=True, tag="console_done"):
    """Answer to ``RunCode``, after all its outputs."""

    request_id: str
    execution_count: int | None = None
    failed: bool = False


class KernelFailed(msgspec.Struct, frozen=True, tag="failed"):
    """A request could not be done; ``request_id`` is that of the request, where it had one."""

    error: ErrorBody
    request_id: str | None = None


class CommFrame(msgspec.Struct, frozen=True, tag="comm"):
    """A message of a widget, in a binary frame, in either direction: ``comm_open``, ``comm_msg`` or ``comm_close``,
    with ``content`` and ``metadata`` as the Jupyter protocol has them. ``parent`` is the id of the message that it
    answers, if any; ``buffers`` are the lengths of what follows. To who sent a message with an id, and to nobody else,
    comes ``idle`` with that id as ``parent`` once the kernel has dealt with it: then the next one may be sent."""

    kind: str
    content: dict[str, Any]
    metadata: dict[str, Any] = {}
    parent: str | None = None
    message_id: str | None = None
    buffers: list[int] = []


# -- to the server -------------------------------------------------------------------------------------------------


class RunCells(msgspec.Struct, frozen=True, tag="run"):
    """Run these cells, in this order, after those that wait. The source is read from the document when a cell's turn
    comes. With ``stop_on_error``, an error takes the cells that wait from the queue."""

    cells: list[str]
    stop_on_error: bool = True


class RunCode(msgspec.Struct, frozen=True, tag="run_code"):
    """Run code that is in no cell, on the notebook's kernel. Outputs come to this page alone, and are kept nowhere."""

    request_id: str
    code: str


class CancelCells(msgspec.Struct, frozen=True, tag="cancel"):
    """Take cells that wait from the queue; all of them when ``cells`` is empty."""

    cells: list[str] = []


class StartKernel(msgspec.Struct, frozen=True, tag="start"):
    """Start the kernel, or another one (``name``) in place of the one that runs. The name goes into the notebook."""

    name: str | None = None


class InterruptKernel(msgspec.Struct, frozen=True, tag="interrupt"):
    """Interrupt what runs, and empty the queue."""


class RestartKernel(msgspec.Struct, frozen=True, tag="restart"):
    """End the kernel with all its variables and start it again; with ``run_all``, run every code cell then."""

    run_all: bool = False


class ShutDownKernel(msgspec.Struct, frozen=True, tag="shut_down"):
    """End the kernel."""


class AnswerInput(msgspec.Struct, frozen=True, tag="answer_input"):
    """The line for which running code waits."""

    request_id: str
    value: str


class Complete(msgspec.Struct, frozen=True, tag="complete"):
    """What may follow at ``cursor`` (in code points). ``cell_id``: with no kernel, the cells before it help."""

    request_id: str
    code: str
    cursor: int
    cell_id: str | None = None


class Inspect(msgspec.Struct, frozen=True, tag="inspect"):
    """Documentation of what stands at ``cursor``; ``detail`` 1 asks for the source too (``??``)."""

    request_id: str
    code: str
    cursor: int
    detail: int = 0


class ListVariables(msgspec.Struct, frozen=True, tag="list_variables"):
    """The variables of the kernel, where its language tells them."""

    request_id: str


class ListSpecs(msgspec.Struct, frozen=True, tag="list_specs"):
    """Look anew for kernels; the answer is ``KernelSpecs``."""


KernelToClient = (
    KernelStatus | KernelSpecs | Completions | Inspection | VariableList | ConsoleOutput | ConsoleDone | KernelFailed
)
KernelToServer = (
    RunCells
    | RunCode
    | CancelCells
    | StartKernel
    | InterruptKernel
    | RestartKernel
    | ShutDownKernel
    | AnswerInput
    | Complete
    | Inspect
    | ListVariables
    | ListSpecs
)
