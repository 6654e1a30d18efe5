"""Frames of terminals.

A ``.term`` file names one or more terminals side by side. Two kinds of socket speak of them:

- ``/projects/{project_id}/terminals/{path}``: what the file holds, for everybody who has it open. Text frames only:
  ``TerminalsToClient`` and ``TerminalsToServer``.
- ``/projects/{project_id}/terminals/{path}?terminal={terminal_id}``: one of its terminals. Text frames are
  ``TerminalToClient`` and ``TerminalToServer``. A binary frame from the client is what was typed. One to the client
  begins with a byte that says what follows: ``OUTPUT``, bytes that the program wrote, or ``SCREEN``, what the terminal
  shows with its scroll-back and modes, to be written to a terminal that was reset. The client acknowledges what it has
  drawn (``TerminalDrawn``); one that lags gets a new screen in place of all that it missed.

A viewer hears everything and may send nothing but ``TerminalDrawn``.
"""

from enum import StrEnum
from typing import Final

import msgspec

from studium.protocol.errors import ErrorBody
from studium.protocol.ids import AccountId

OUTPUT: Final = 0
SCREEN: Final = 1

MAX_UNDRAWN_BYTES: Final = 256 * 1024
"""How much a client may have been sent that it has not acknowledged."""


class TerminalState(StrEnum):
    """What a terminal does. ``exited``: its program has ended, and ``reason`` says how. ``lost``: it ended with the
    project, and what is shown is what it showed last."""

    STARTING = "starting"
    RUNNING = "running"
    EXITED = "exited"
    LOST = "lost"


class Direction(StrEnum):
    """How parts of a layout lie: beside each other, or one below the other."""

    ROW = "row"
    COLUMN = "column"


class TerminalLayout(msgspec.Struct, frozen=True):
    """How terminals share the room: either one ``terminal`` (its id), or ``parts`` in a ``direction``. ``share`` is the
    part's share of the room of what it is in, against its siblings'."""

    terminal: str | None = None
    direction: Direction | None = None
    parts: list["TerminalLayout"] = []
    share: float = 1.0


class TerminalEntry(msgspec.Struct, frozen=True):
    """One terminal of a file. ``command`` is what runs in it, by ``bash -lc``, a login shell when empty; ``directory``
    is where it starts, relative to the project's home."""

    terminal_id: str
    command: str = ""
    directory: str = ""


# -- of a file -------------------------------------------------------------------------------------------------------


class TerminalFile(msgspec.Struct, frozen=True, tag="file"):
    """What a ``.term`` file holds, and where it is now; sent at once and after each change."""

    terminals: list[TerminalEntry]
    layout: TerminalLayout
    path: str


class TerminalRefused(msgspec.Struct, frozen=True, tag="failed"):
    """A request could not be done."""

    error: ErrorBody


class SplitTerminal(msgspec.Struct, frozen=True, tag="split"):
    """Put a new terminal beside or below one. It starts in the directory where that one is, unless told another."""

    terminal_id: str
    direction: Direction
    command: str = ""
    directory: str | None = None


class CloseTerminal(msgspec.Struct, frozen=True, tag="close"):
    """End a terminal with what runs in it, and give its room to the others. The last one of a file is started anew."""

    terminal_id: str


class SetTerminal(msgspec.Struct, frozen=True, tag="set"):
    """Change what a terminal starts with; what runs goes on."""

    terminal_id: str
    command: str
    directory: str


class ArrangeTerminals(msgspec.Struct, frozen=True, tag="arrange"):
    """Another layout of the same terminals."""

    layout: TerminalLayout


TerminalsToClient = TerminalFile | TerminalRefused
TerminalsToServer = SplitTerminal | CloseTerminal | SetTerminal | ArrangeTerminals

# -- of one terminal -------------------------------------------------------------------------------------------------


class TerminalPerson(msgspec.Struct, frozen=True):
    """Somebody who has the terminal open. ``typing``: they typed in the last moments."""

    account_id: AccountId
    name: str
    colour: int
    typing: bool = False


class TerminalStatus(msgspec.Struct, frozen=True, tag="status"):
    """Everything there is to know of a terminal; sent at once and after each change.

    ``columns`` and ``rows`` are its size, ``sized_by`` whose page they fit: the one who typed or took the size last.
    ``title`` is what its program calls itself, without control characters; ``program`` the name of what runs in front.
    ``directory`` is where that is, relative to the home, None where that is not known or elsewhere. ``paused``:
    somebody holds the output.
    """

    state: TerminalState
    columns: int
    rows: int
    people: list[TerminalPerson]
    sized_by: AccountId | None = None
    title: str = ""
    command: str = ""
    directory: str | None = None
    program: str = ""
    paused: bool = False
    exit_code: int | None = None
    reason: str | None = None


class TerminalBell(msgspec.Struct, frozen=True, tag="bell"):
    """The program rang the bell."""


class OpenFiles(msgspec.Struct, frozen=True, tag="open"):
    """Somebody typed ``open FILE…`` here, and it was this page's person: open these paths."""

    paths: list[str]


class ScrollbackSaved(msgspec.Struct, frozen=True, tag="saved"):
    """The scroll-back is in this file now."""

    path: str


class TerminalDrawn(msgspec.Struct, frozen=True, tag="drawn"):
    """So many bytes of binary frames, without their first bytes, were drawn since the last word."""

    size_bytes: int


class ShowTerminal(msgspec.Struct, frozen=True, tag="show"):
    """How large the page could show the terminal. ``active``: somebody works in it there, and it takes this size."""

    columns: int
    rows: int
    active: bool = False


class StartTerminal(msgspec.Struct, frozen=True, tag="start"):
    """Start its command again, after it has ended; with ``restart``, end what runs first."""

    restart: bool = False


class PauseTerminal(msgspec.Struct, frozen=True, tag="pause"):
    """Hold the output, or let it go on."""

    paused: bool


class ClearTerminal(msgspec.Struct, frozen=True, tag="clear"):
    """Forget the scroll-back."""


class SaveScrollback(msgspec.Struct, frozen=True, tag="save"):
    """Write the scroll-back and the screen as text into a new file beside the ``.term`` file."""


TerminalToClient = TerminalStatus | TerminalBell | OpenFiles | ScrollbackSaved | TerminalRefused
TerminalToServer = TerminalDrawn | ShowTerminal | StartTerminal | PauseTerminal | ClearTerminal | SaveScrollback
