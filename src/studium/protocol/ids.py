"""Ids are types, so that one kind is never taken for another."""

from typing import NewType
from uuid import UUID

AccountId = NewType("AccountId", UUID)
ProjectId = NewType("ProjectId", UUID)
DocumentId = NewType("DocumentId", UUID)
HistoryId = NewType("HistoryId", UUID)
HubId = NewType("HubId", UUID)
