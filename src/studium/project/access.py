"""The one place that says what each role may do in a project.

The hub decides who is in the project and with which role; the signed identity brings that here. What is not in the
table is not allowed. Documents ask ``may`` too: a viewer's edits are refused by the room.
"""

from enum import StrEnum
from typing import Final

from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.session import Identity, Role


class Act(StrEnum):
    """What a request does, in the words of the sentence that refuses it."""

    READ = "read files"
    OPEN = "open documents"
    FOLLOW = "follow folders"
    WRITE = "change files"
    NAME = "name versions"
    RUN = "run programs"


_ALL: Final = frozenset(Act)
_ALLOWED: Final[dict[Role, frozenset[Act]]] = {
    Role.OWNER: _ALL,
    Role.COLLABORATOR: _ALL,
    Role.VIEWER: frozenset({Act.READ, Act.OPEN, Act.FOLLOW}),
}


def may(role: Role, act: Act) -> bool:
    """May this role do it?"""
    return act in _ALLOWED.get(role, frozenset())


def require(identity: Identity, act: Act) -> None:
    """Raise ``not_permitted`` unless the identity may do it."""
    if not may(identity.role, act):
        role = identity.role.value
        message = f"As a {role} of this project you cannot {act.value}. Ask its owner to make you a collaborator."
        raise StudiumError(ErrorCode.NOT_PERMITTED, message, role=role)
