"""What belongs to an account beside its rows in the tables: the messages of ``/api/tokens`` and its neighbours."""

from enum import StrEnum
from uuid import UUID

import msgspec


class TokenScope(StrEnum):
    """What an API token may do: all that its account may, or only read."""

    FULL = "full"
    READ_ONLY = "read_only"


class NewToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /api/tokens``: make an API token. ``days`` from now it ends, 1–365; null for one that does not end."""

    name: str
    scope: TokenScope
    days: int | None


class MadeToken(msgspec.Struct, frozen=True):
    """The answer: ``token`` is shown this once. ``token_id`` is its row in the table ``api_tokens``."""

    token_id: UUID
    token: str


class Avatar(msgspec.Struct, frozen=True):
    """The answer of ``PUT /api/avatar``: the hash of the picture, which is at
    ``/api/avatars/{account_id}/{avatar}`` for as long as the account has it."""

    avatar: str


class DeleteAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /api/account/deletion``: delete one's account, for good. Refused with ``conflict`` for the last
    administrator, and while one is the only owner of a project that others are in; then ``data.projects`` is a list of
    ``{"project_id", "title"}``."""

    password: str
