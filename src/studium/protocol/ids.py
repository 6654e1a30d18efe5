"""Ids are types, so that one kind is never taken for another."""

import secrets
from typing import NewType
from uuid import UUID

AccountId = NewType("AccountId", UUID)
ProjectId = NewType("ProjectId", UUID)
DocumentId = NewType("DocumentId", UUID)
HistoryId = NewType("HistoryId", UUID)
NamedVersionId = NewType("NamedVersionId", UUID)
HubId = NewType("HubId", UUID)
LogId = NewType("LogId", UUID)


def time_ordered_id(unix_seconds: float) -> UUID:
    """A UUID of version 7 (RFC 9562, 5.7): milliseconds, 4096ths of one (6.2, method 3), then chance; ids sort by their
    time."""
    milliseconds, parts = divmod(int(unix_seconds * 4_096_000), 4096)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | parts << 64 | 0b10 << 62 | secrets.randbits(62))
