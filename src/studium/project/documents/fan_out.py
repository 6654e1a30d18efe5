"""Sends what happened in a turn to all clients of a room, each kind of frame made once."""

from collections.abc import Iterable, Sequence

from studium.project.documents.connection import Connection, websocket_frames
from studium.protocol.documents import SyncType
from studium.sync.wire import encode_sync

News = Sequence[tuple[Connection | None, bytes]]
"""Updates, each with the client that need not be sent it."""


def fan_out(connections: Iterable[Connection], news: News, presence: list[bytes]) -> int:
    """Write ``news`` and ``presence`` to whoever follows; the bytes that went to each, nearly.

    All in one write; for clients of ``studium.v1`` made once as one frame, or a few when others sent very much.
    """
    messages = [encode_sync(SyncType.UPDATE, update) for _, update in news] + presence
    if not messages:
        return 0
    senders = {connection for connection, _ in news if connection is not None}
    of_studium = websocket_frames(messages, joined=True)
    of_stock = of_studium if len(messages) == 1 else websocket_frames(messages, joined=False)
    for connection in connections:
        if not connection.follows:
            continue
        if connection in senders:
            theirs = [message for message, (sender, _) in zip(messages, news, strict=False) if sender is not connection]
            connection.send_messages(theirs + presence)
        else:
            connection.write(of_studium if connection.speaks_studium else of_stock)
    return len(of_stock)
