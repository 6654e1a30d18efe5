"""Who asks."""

from dataclasses import dataclass
from uuid import UUID

from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId, ProjectId


@dataclass(frozen=True)
class Requester:
    """An account, or a project with its own token, or nobody.

    ``session_id`` is the public id of the session or API token by which the account came: when that ends, so do the
    connections that it opened. ``read_only``: it came by a token that changes nothing.
    """

    account_id: AccountId | None = None
    administrator: bool = False
    project_id: ProjectId | None = None
    session_id: UUID | None = None
    read_only: bool = False

    @property
    def anonymous(self) -> bool:
        """Whether nobody in particular asks."""
        return self.account_id is None and self.project_id is None


NOBODY = Requester()


def not_permitted(sentence: str, **data: str) -> StudiumError:
    """The error for what the requester may not do; the sentence says what."""
    return StudiumError(ErrorCode.NOT_PERMITTED, sentence, **data)
