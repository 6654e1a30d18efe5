"""Messages in WebSocket frames."""

import pytest

from studium.project.documents.connection import websocket_frame, websocket_frames
from studium.protocol.documents import SyncType
from studium.sync.wire import MAX_MESSAGES_PER_FRAME, SyncMessage, decode_frame, encode_sync


def payloads(stream: bytes) -> list[bytes]:
    """What the frames hold: read as RFC 6455 says."""
    found = []
    while stream:
        size, header = stream[1], 2
        if size >= 126:
            header += 2 if size == 126 else 8
            size = int.from_bytes(stream[2:header])
        found.append(stream[header : header + size])
        stream = stream[header + size :]
    return found


@pytest.mark.parametrize(
    "count", [1, MAX_MESSAGES_PER_FRAME, MAX_MESSAGES_PER_FRAME + 1, 3 * MAX_MESSAGES_PER_FRAME - 1]
)
def test_no_frame_holds_more_than_a_client_takes(count: int) -> None:
    messages = [encode_sync(SyncType.UPDATE, b"%d" % number) for number in range(count)]
    frames = payloads(websocket_frames(messages, joined=True))
    assert len(frames) == -(-count // MAX_MESSAGES_PER_FRAME)
    read = [message for frame in frames for message in decode_frame(frame)]
    assert read == [SyncMessage(SyncType.UPDATE, b"%d" % number) for number in range(count)]


def test_a_stock_client_gets_a_frame_for_each() -> None:
    assert websocket_frames([b"a", b"b"], joined=False) == websocket_frame(b"a") + websocket_frame(b"b")
