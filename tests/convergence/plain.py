"""A client on plain pycrdt, as ``docs/protocol.md`` tells a stranger to write it; without ``studium.v1``, one like
``y-websocket``'s, which knows neither acknowledgements nor histories."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from pycrdt import Doc, Text, TransactionEvent

from studium.protocol.documents import Acknowledged, ControlToClient, Hello, SyncType
from studium.protocol.ids import HistoryId
from studium.sync.updates import EMPTY_UPDATE
from studium.sync.wire import ControlMessage, SyncMessage, decode_frame, encode_sync

_decode = msgspec.json.Decoder(ControlToClient).decode


@dataclass
class _Edit:
    inserted: str
    is_acknowledged: bool = False


class PlainClient:
    """``obeys``: does not write where it was told that it may only read."""

    kind = None  # it derives no save state

    def __init__(self, speaks_studium: bool, new_client_id: Callable[[], int], obeys: bool = True) -> None:
        self.speaks_studium = speaks_studium
        self.history: HistoryId | None = None
        self.ready = True
        self._obeys = obeys
        self._new_client_id = new_client_id
        self._edits: list[_Edit] = []  # not acknowledged
        self._in_flight: list[list[_Edit]] = []  # what each message of this connection carries
        self._counted = 0
        self._is_read_only = False
        self._has_answered = False
        self._send: Callable[[bytes], None] | None = None
        self._carried = ""  # text of another history, until the new one is here
        self._made: bytes | None = None  # by the last edit
        self._hold(Doc(client_id=new_client_id()))

    @property
    def text(self) -> str:
        """As its person sees it."""
        return str(self._text)

    @property
    def writable(self) -> bool:
        """Whether its person may type."""
        return not (self._obeys and self._is_read_only)

    @property
    def waiting(self) -> int:
        """Edits that are not acknowledged."""
        return len(self._edits)

    def connect(self, send: Callable[[bytes], None]) -> None:
        """A connection is open."""
        self.disconnect()
        self._send = send
        if self.history is None:  # else it waits for ``hello`` and compares
            send(encode_sync(SyncType.STEP_1, self._doc.get_state()))

    def disconnect(self) -> None:
        """It is gone."""
        self._send, self._in_flight, self._counted, self._has_answered = None, [], 0, False

    def edit(self, start: int, end: int, text: str) -> None:
        """Replace a range, in code points."""
        content = self.text
        first, last = len(content[:start].encode()), len(content[:end].encode())
        with self._doc.transaction():
            if last > first:
                del self._text[first:last]
            if text:
                self._text.insert(first, text)
        edit, update = _Edit(text), self._made
        self._made = None
        if update is not None:
            self._edits.append(edit)
            # ``y-websocket`` sends as soon as it is connected; so does a client that sends what it may not.
            sends_early = not self.speaks_studium or not self._obeys
            if self._send is not None and (self._has_answered or sends_early):
                self._in_flight.append([edit])
                self._send(encode_sync(SyncType.UPDATE, update))

    def receive(self, frame: bytes) -> None:
        """A frame from the server."""
        for message in decode_frame(frame):
            if isinstance(message, ControlMessage):
                self._control(_decode(message.payload))
            elif not isinstance(message, SyncMessage):
                continue
            elif message.kind == SyncType.STEP_1:
                self._answer(message.payload)
            else:
                self._doc.apply_update(message.payload)
                self._made = None
                if message.kind == SyncType.STEP_2 and self._carried:
                    self._enter_carried()

    def _answer(self, state: bytes) -> None:
        assert self._send is not None
        self._in_flight.append(list(self._edits))
        self._has_answered = True
        self._send(encode_sync(SyncType.STEP_2, self._doc.get_update(state)))

    def _control(self, control: ControlToClient) -> None:
        if isinstance(control, Hello):
            self._is_read_only = control.read_only
            is_other = self.history is not None and self.history != control.history_id
            knew, self.history = self.history is not None, control.history_id
            if is_other:
                here = self.text
                self._carried += "".join(c for edit in self._edits for c in edit.inserted if c in here)
                self._edits = []
                self._hold(Doc(client_id=self._new_client_id()))
            if knew and self._send is not None:
                self._send(encode_sync(SyncType.STEP_1, self._doc.get_state()))
        elif isinstance(control, Acknowledged):
            while self._counted < control.count:
                self._counted += 1
                for edit in self._in_flight.pop(0):
                    edit.is_acknowledged = True
            self._edits = [edit for edit in self._edits if not edit.is_acknowledged]

    def _enter_carried(self) -> None:
        carried, self._carried = self._carried, ""
        here = self.text
        missing = "".join(letter for letter in carried if letter not in here)
        if missing:
            self.edit(len(here), len(here), missing)

    def _hold(self, doc: "Doc[Text]") -> None:
        self._doc = doc
        self._text = doc.get("source", type=Text)
        self._made = None
        self._subscription = doc.observe(self._changed)

    def _changed(self, event: TransactionEvent) -> None:
        if event.update != EMPTY_UPDATE:
            self._made = event.update
