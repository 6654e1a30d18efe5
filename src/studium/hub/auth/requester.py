"""Who asks, once a cookie or a token has been found good."""

from dataclasses import dataclass
from uuid import UUID

from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.ids import AccountId
from studium.protocol.session import Account


@dataclass(frozen=True)
class Requester:
    """A signed-in account. ``grant_id`` is the id of the session or of the API token by which it came.

    ``read_only``: a token that reads what its account may read and changes nothing.
    """

    account: Account
    grant_id: UUID
    by_cookie: bool
    read_only: bool = False

    @property
    def account_id(self) -> AccountId:
        """The account."""
        return self.account.account_id

    @property
    def name(self) -> str:
        """First and last name as one."""
        return f"{self.account.first_name} {self.account.last_name}".strip()


def read_only_token() -> StudiumError:
    """A token that may only read would change something."""
    return StudiumError(
        ErrorCode.NOT_PERMITTED, "This API token may only read. Make one with full access in Settings to change things."
    )


def not_signed_in() -> StudiumError:
    """Nobody is signed in."""
    return StudiumError(
        ErrorCode.NOT_SIGNED_IN, "You are not signed in, or your session has ended. Sign in, then go on."
    )
