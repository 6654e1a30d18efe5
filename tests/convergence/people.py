"""People, their tabs, and what their browsers keep."""

from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_DNS, UUID, uuid5

from convergence.network import Closed, Link
from convergence.page import PageClient
from convergence.plain import PlainClient
from studium.protocol.ids import AccountId, ProjectId
from studium.protocol.session import Identity, Role

Client = PageClient | PlainClient
_PROJECT = ProjectId(UUID(int=3))
_FINAL = {4403: "not_permitted", 4404: "not_found", 4413: "not_found", 4415: "not_found"}


@dataclass
class Person:
    """``browser`` holds, by tab, the edits that it keeps for them."""

    name: str
    client: str  # page, plain or stock
    role: Role = Role.COLLABORATOR
    obeys: bool = True
    tabs: "dict[str, Tab]" = field(default_factory=dict)
    browser: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def identity(self) -> Identity:
        """As the hub signs it."""
        account = AccountId(uuid5(NAMESPACE_DNS, self.name))
        return Identity(account, self.name, len(self.name) % 12, self.role, _PROJECT, 2**40)

    @property
    def may_write(self) -> bool:
        """Now."""
        return self.role is not Role.VIEWER


class Tab:
    """One client and its connection. ``typed`` and ``taken`` are the letters that it put in and took out."""

    def __init__(self, person: Person, name: str, row: str, client: Client) -> None:
        self.person = person
        self.name = name
        self.row = row  # in the browser
        self.client = client
        self.link: Link | None = None
        self.typed: set[str] = set()
        self.taken: set[str] = set()
        self.adopted_letters: set[str] = set()  # of ``typed``: from earlier tabs
        self.erased_before: set[str] = set()  # in the document of another history
        self.has_met = False  # a server
        self.adopted: list[str] = []  # rows of earlier tabs

    def attach(self, link: Link) -> None:
        """A connection is open."""
        self.link, self.has_met = link, True
        self.client.connect(link.send)

    def detach(self) -> Link | None:
        """The client loses its connection; the server may not know yet."""
        link, self.link = self.link, None
        if link is not None:
            self.client.disconnect()
        return link

    def receive(self) -> bool:
        """Take the next frame from the server; whether there was one."""
        if self.link is None:
            return False
        frame = self.link.take_down()
        if isinstance(frame, Closed):
            link = self.detach()
            assert link is not None
            link.hang_up()
            if frame.code in _FINAL and isinstance(self.client, PageClient):
                self.client.refused(_FINAL[frame.code])
        elif frame is not None:
            self.client.receive(frame)
        return frame is not None

    def begin_history(self) -> None:
        """What was taken out of the document of another history is not there to be missed."""
        self.typed -= self.taken
        self.erased_before |= self.taken
        self.taken.clear()

    # The browser ---------------------------------------------------------------------------------------------------

    def keep(self) -> None:
        """The browser writes down what waits, as it does after a moment and before a tab is closed; in the same moment
        the rows go whose edits this tab has entered."""
        client = self.client
        if isinstance(client, PageClient) and client.waiting:
            self.person.browser[self.row] = client.records()
            for row in self.adopted:
                self.person.browser.pop(row, None)
            self.adopted = []

    def forget_if_done(self) -> None:
        """Everything is acknowledged: nothing need be kept."""
        client = self.client
        if isinstance(client, PageClient) and not client.pending:
            for row in [self.row, *self.adopted]:
                self.person.browser.pop(row, None)
            self.adopted = []

    def adopt(self, history: object) -> None:
        """Enter what tabs that are gone have left, unless another tab has: a row of the browser has one owner, or two
        tabs would each enter its text where the document is another one by then. ``history`` is that of now."""
        client = self.client
        if not isinstance(client, PageClient):
            return
        others = [tab for tab in self.person.tabs.values() if tab is not self]
        owned = {row for tab in others for row in [tab.row, *tab.adopted]} | {self.row, *self.adopted}
        for row, records in self.person.browser.items():
            if row in owned:
                continue
            self.adopted.append(row)
            client.restore(records)
            for record in records:
                self.adopted_letters |= set(record["text"]) - set(record["base"]) - {"\n"}
                self.typed |= self.adopted_letters
                taken = set(record["base"]) - set(record["text"]) - {"\n"}
                (self.taken if record["historyId"] == str(history) else self.erased_before).update(taken)


def letters_kept(records: list[dict[str, Any]]) -> set[str]:
    """Letters that are to be put in, of what a browser keeps."""
    return {letter for record in records for letter in set(record["text"]) - set(record["base"])} - {"\n"}
