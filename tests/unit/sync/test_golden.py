"""The golden messages of the wire, which the page's tests can read too."""

import json
from pathlib import Path
from typing import Any

import pytest
from pycrdt import Doc, Text

from studium.sync.awareness import decode_awareness
from studium.sync.wire import (
    AwarenessMessage,
    ControlMessage,
    Message,
    ProtocolError,
    QueryAwarenessMessage,
    SyncMessage,
    decode_frame,
)

GOLDEN = json.loads((Path(__file__).parents[3] / "fixtures" / "document-messages.json").read_text())


def _plain(message: Message) -> dict[str, Any]:
    match message:
        case SyncMessage(kind, payload):
            return {"type": "sync", "kind": kind, "payload": payload.hex()}
        case AwarenessMessage(payload):
            entries = decode_awareness(payload)
            names = ("client_id", "clock", "state")
            return {
                "type": "awareness",
                "entries": [{name: getattr(entry, name) for name in names} for entry in entries],
            }
        case QueryAwarenessMessage():
            return {"type": "query_awareness"}
        case ControlMessage(payload):
            return {"type": "control", "control": json.loads(payload)}


@pytest.mark.parametrize("golden", GOLDEN["messages"], ids=lambda golden: golden["name"])
def test_golden_messages(golden: dict[str, Any]) -> None:
    messages = decode_frame(bytes.fromhex(golden["frame"]))
    assert [_plain(message) for message in messages] == golden["messages"]
    if "text" in golden:
        doc: Doc[Text] = Doc()
        assert isinstance(messages[0], SyncMessage)
        doc.apply_update(messages[0].payload)
        assert str(doc.get("source", type=Text)) == golden["text"]


@pytest.mark.parametrize("golden", GOLDEN["malformed"], ids=lambda golden: golden["name"])
def test_malformed_messages(golden: dict[str, str]) -> None:
    with pytest.raises(ProtocolError):
        decode_frame(bytes.fromhex(golden["frame"]))
