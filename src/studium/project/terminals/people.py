"""Who has a terminal open, and who types in it."""

import time
from collections.abc import Iterable
from typing import Final

from studium.project.terminals.socket import TerminalSocket
from studium.protocol.ids import AccountId
from studium.protocol.terminals import TerminalPerson

TYPING_SECONDS: Final = 2.0
"""How long somebody who has typed is said to type."""


class Typists:
    """When each person typed last."""

    def __init__(self) -> None:
        self._at: dict[AccountId, float] = {}

    def typed(self, account_id: AccountId) -> bool:
        """Somebody types; whether they did not before."""
        is_news = not self._is_typing(account_id)
        self._at[account_id] = time.monotonic()
        return is_news

    @property
    def last(self) -> AccountId | None:
        """Who typed last, on whatever page; None when nobody has under this server."""
        return max(self._at, key=self._at.__getitem__, default=None)

    def _is_typing(self, account_id: AccountId) -> bool:
        return time.monotonic() - self._at.get(account_id, float("-inf")) < TYPING_SECONDS

    def people(self, sockets: Iterable[TerminalSocket]) -> list[TerminalPerson]:
        """Everybody once, however many pages they have."""
        people = {socket.identity.account_id: socket.identity for socket in sockets}
        return [
            TerminalPerson(account_id, who.name, who.colour, self._is_typing(account_id))
            for account_id, who in sorted(people.items(), key=lambda item: str(item[0]))
        ]
