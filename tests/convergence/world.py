"""A server, a file, people and what lies between them: the state that acts change (``language.py``)."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from convergence.ledger import Ledger, Violation
from convergence.network import Link
from convergence.page import PageClient, page_process
from convergence.people import Client, Person, Tab, letters_kept
from convergence.plain import PlainClient
from convergence.server import Host, Server
from studium.protocol.session import Role
from studium.sync.format import TEXT
from studium.sync.replica import text_of
from studium.sync.wire import unpack

FIRST_PATH = "a.txt"
_MEMORY = Path("/dev/shm")
_SETTLE_SECONDS = 150
_BELIEVED_SECONDS = 0.3  # a file that is empty for longer may be taken for emptied


class World:
    """``path`` is where the document lives; ``stash`` what its file held before it was made unusable."""

    def __init__(self, folder: Path, seed: int = 1) -> None:
        self.dice = Random(seed)
        self.ledger = Ledger()
        self.host = Host(folder, self.dice, lambda row: self._committed(row))
        self.violations: list[str] = []
        self.path = FIRST_PATH
        self.people = {
            "ada": Person("ada", "page"),
            "bob": Person("bob", "page"),
            "cyd": Person("cyd", "plain"),
            "stu": Person("stu", "stock"),
            "vic": Person("vic", "plain", Role.VIEWER, obeys=False),
        }
        self.ghosts: list[tuple[str, Link]] = []  # connections that the client has lost and the server has not
        self.stash: bytes | None = None
        self.opened_by_vim: str | None = None
        self.truncated: tuple[float, Server | None] | None = None  # when, and by which clock, if one that was right
        self.history: object = None
        self.deleted = ""  # what the file held when it was deleted
        self.was_removed = False
        self.renames = 0
        self.acts = 0
        self.text_at_the_end = ""
        self._tabs_made = 0
        page_process().begin(seed)
        self.server: Server

    def start(self, content: str | None) -> None:
        """The file holds ``content`` (None: there is none); the server starts."""
        if content is not None:
            self.ledger.enter(content, by_disk=True)
            self.file.write_bytes(content.encode())
        self.server = Server(self.host, 0.0)

    # What there is -------------------------------------------------------------------------------------------------

    @property
    def file(self) -> Path:
        """The document's file."""
        return self.host.home / self.path

    def content(self) -> str | None:
        """What the file holds; None when it is absent or no text."""
        try:
            return self.file.read_bytes().decode()
        except (OSError, UnicodeDecodeError):
            return None

    @property
    def tabs(self) -> list[Tab]:
        """All open tabs."""
        return [tab for person in self.people.values() for tab in person.tabs.values()]

    def tab(self, name: str) -> Tab | None:
        """By its name, such as ``ada`` or ``ada's second tab``."""
        return next((tab for tab in self.tabs if tab.name == name), None)

    # What acts are made of -----------------------------------------------------------------------------------------

    def open_tab(self, name: str) -> Tab:
        """A person opens the document; nothing is connected yet."""
        person = self.people[name.partition("'")[0]]
        self._tabs_made += 1
        row = f"{person.name}-{self._tabs_made}"
        tab = Tab(person, name, row, self._new_client(person, row))
        person.tabs[name] = tab
        tab.adopt(self.history)
        return tab

    def close_tab(self, tab: Tab) -> None:
        """It is gone, whatever it had not sent."""
        self.cut(tab)
        client = tab.client
        if client.speaks_studium and not (client.pending if isinstance(client, PageClient) else client.waiting):
            self.ledger.surely_gone |= tab.taken
        del tab.person.tabs[tab.name]
        if isinstance(client, PageClient):
            client.close()
        for other in tab.person.tabs.values():
            other.adopt(self.history)

    def connect(self, tab: Tab) -> None:
        """A tab comes online."""
        if tab.link is None:
            if (
                self.was_removed
                and not tab.client.speaks_studium
                and tab.has_met
                and self.path not in self.server.rooms
            ):
                # It would mix its document with one of another history, of which it knows nothing: reloaded.
                self.close_tab(tab)
                return
            held = (
                tab.client.history if tab.person.client == "page" else None
            )  # as the page says it, and others need not
            link = Link(tab.client.speaks_studium, None if held is None else str(held), self._promise)
            self.server.connect(link, self.path, tab.person.identity)
            tab.attach(link)

    def cut(self, tab: Tab) -> None:
        """A tab loses its connection, and the server does not know yet."""
        link = tab.detach()
        if link is not None:
            self.ghosts.append((tab.name, link))

    def drop_ghosts(self, name: str | None = None) -> None:
        """The server notices who has gone."""
        for owner, link in self.ghosts:
            if name is None or owner == name:
                link.hang_up()
        self.ghosts = [(owner, link) for owner, link in self.ghosts if name is not None and owner != name]
        self.server.loop.turn()

    def change_text(self, tab: Tab, act: Callable[[], None]) -> None:
        """A person does something to the text before them; the ledger sees what."""
        before = tab.client.text
        act()
        after = tab.client.text
        put, taken = set(after) - set(before) - {"\n"}, set(before) - set(after) - {"\n"}
        tab.typed |= put
        is_current = tab.client.history is None or str(tab.client.history) == str(self.history)
        (tab.taken if is_current else tab.erased_before).update(taken)
        self.ledger.perhaps_gone |= taken
        self.ledger.new_lines += max(0, after.count("\n") - before.count("\n"))
        for letter in put:
            self.ledger.entered[letter] += 1
        if not tab.person.obeys:
            self.ledger.forbidden |= put

    def change_file(self, new: str, *, by_rename: bool = False) -> None:
        """A program writes the file."""
        if self.stash is not None:
            return
        old, self.deleted = self.content(), self.deleted if self.content() is None else ""
        self.note_file_change(self.deleted if old is None else old, new)
        if old is None:
            self.ledger.new_lines += new.count("\n")
        if by_rename:
            fresh = self.host.home / "fresh"
            fresh.write_bytes(new.encode())
            fresh.rename(self.file)
        else:
            self.file.write_bytes(new.encode())

    def delete_file(self, content: str) -> None:
        """A program removes it. The document has what the server has seen of it."""
        self.deleted = content
        self.ledger.off_disk |= set(content)
        self.ledger.perhaps_gone |= set(content) - self.ledger.committed
        self.file.unlink()

    def note_file_change(self, old: str, new: str) -> None:
        """The ledger sees what a program did to the file."""
        ledger = self.ledger
        gone, back = set(old) - set(new) - {"\n"}, set(new) - set(old) - {"\n"}
        ledger.off_disk |= gone
        ledger.perhaps_gone |= gone
        for letter in back:
            if letter in ledger.entered:  # from an older state of the file
                ledger.entered[letter] += 1
        ledger.new_lines += max(0, new.count("\n") - old.count("\n"))
        ledger.enter("".join(sorted(back - ledger.entered.keys())), by_disk=True)

    def shift_clock(self, seconds: float) -> None:
        """Unix time jumps. The times of files do not, so that one which was just emptied seems to be so for long."""
        self.host.clock_offset += seconds
        if self.truncated is not None:
            self.truncated = (self.truncated[0], None)

    def restart(self, end: Callable[[], None]) -> None:
        """The server ends, and another life of it begins."""
        end()
        for tab in self.tabs:
            tab.detach()
        self.ghosts = []
        here = set(self.content() or "") | set((self.stash or b"").decode())
        # What a program wrote into a file in the moment in which it was replaced is known to nobody but the dead.
        self.ledger.perhaps_gone |= self.ledger.from_disk - self.ledger.committed - here
        self.server = Server(self.host, self.server.loop.now)

    # Settling ------------------------------------------------------------------------------------------------------

    def step(self) -> bool:
        """Everything that is on its way arrives once; whether there was anything."""
        busy = False
        for tab in self.tabs:
            if tab.link is not None:
                busy |= tab.link.deliver_up(1_000) > 0
        self.server.loop.turn()
        busy |= self.server.loop.work(1_000) > 0
        busy |= self.server.commit()
        for tab in self.tabs:
            while tab.receive():
                busy = True
        return busy or self.server.is_busy

    def quieten(self) -> None:
        """All that can arrive without time passing does."""
        for _ in range(200):
            if not self.step():
                return
        raise Violation("It never comes to rest.")

    def settle(self) -> None:
        """Whatever was in the way is mended, everybody comes back, and time passes until all is quiet."""
        self.host.disk_is_full = False
        self.drop_ghosts()
        self.bring_file_back()
        for person in self.people.values():
            if not person.tabs and (person.client == "page" or person.browser):
                self.open_tab(person.name)
        waited = 0.0
        while waited < _SETTLE_SECONDS:
            for tab in self.tabs:
                self.connect(tab)
                if tab.link is not None:
                    tab.link.is_read = True
            self.quieten()
            self.after_act()
            if waited > 3 and self._is_settled():
                return
            if waited > 3 and not self.file.exists():
                for tab in self.tabs:
                    if isinstance(tab.client, PageClient) and tab.person.may_write:
                        tab.client.save_now()
                        break
            self.server.loop.advance(0.5)
            waited += 0.5

    def bring_file_back(self, more: str = "") -> None:
        """The file is as it was before it was made unusable, and holds ``more``."""
        stash, self.stash = self.stash, None
        truncated, self.truncated = self.truncated, None
        if stash is None:
            return
        content = stash.decode()
        if truncated is not None:
            at, server = truncated
            is_long = self.server.loop.now - at > _BELIEVED_SECONDS
            if is_long or server is not self.server:
                # It was empty for so long that it counts as emptied: what is written now is new text.
                self.note_file_change(content, "")
                self.note_file_change("", content)
            written_meanwhile = set(self.content() or "") - set(content)
            self.ledger.perhaps_gone |= written_meanwhile
            self.ledger.off_disk |= written_meanwhile
        if self.file.is_dir():
            self.file.rmdir()
        self.ledger.enter(more, by_disk=True)
        self.file.write_bytes((content + more).encode())

    def _is_settled(self) -> bool:
        room = self.server.rooms.get(self.path)
        return (
            room is not None
            and (self.content() or "") == room.text()
            and room.is_quiet
            and not any(tab.client.kind in ("waiting", "server", "not_saved", "opening") for tab in self.tabs)
        )

    # Laws ----------------------------------------------------------------------------------------------------------

    def after_act(self) -> None:
        """What must hold at every moment."""
        self._notice_history()
        if self.violations:
            raise Violation(self.violations[0])
        if self.server.loop.errors:
            raise Violation(f"Nobody handled {self.server.loop.errors[0]}.")
        content: set[str] | None = None
        for tab in self.tabs:
            tab.forget_if_done()
            client = tab.client
            if not isinstance(client, PageClient) or client.kind not in ("server", "disk", "not_saved"):
                continue
            own = (tab.typed - tab.adopted_letters) & set(client.text)
            if not own <= self.ledger.committed:
                missing = own - self.ledger.committed
                raise Violation(f"{tab.name} is shown {client.kind!r}, but {missing} is not in the log.")
            if client.kind == "disk":
                content = set(self.content() or "") if content is None else content
                missing = own - content - self.ledger.off_disk
                if missing:
                    raise Violation(f"{tab.name} is shown 'on disk', but the file lacks {missing}.")

    def check(self) -> None:
        """The laws on a settled world."""
        room = self.server.rooms.get(self.path)
        if room is None:
            raise Violation("The document cannot be opened.")
        self.text_at_the_end = text = room.text()
        living = [tab for tab in self.tabs if tab.person.may_write]
        self._check_replicas(text)
        can_save = any(isinstance(tab.client, PageClient) for tab in living)
        if self.content() != text and (self.file.exists() or (text and can_save)):
            raise Violation(f"The file holds {self.content()!r}, the document {text!r}.")
        self.ledger.check_text(text, [tab.typed for tab in living], [tab.taken for tab in living])
        self._check_log(text)

    def _check_replicas(self, text: str) -> None:
        for tab in self.tabs:
            client = tab.client
            if tab.person.may_write:
                if client.text != text:
                    raise Violation(f"{tab.name} sees {client.text!r}, the server {text!r}.")
                if isinstance(client, PageClient) and (client.kind, client.waiting) != ("disk", 0):
                    raise Violation(f"{tab.name} is shown {client.kind!r}, {client.waiting} waiting, in the end.")
            elif tab.person.obeys:
                # What a person had not got rid of when the right was taken stays before them, to be copied.
                unsent = tab.typed - self.ledger.committed - self.ledger.perhaps_gone
                if isinstance(client, PageClient):
                    here = set(client.text) | {c for record in client.records() for c in record["text"]}
                    if not unsent <= here:
                        raise Violation(f"{tab.name} no longer has {unsent - here}, which the server did not take.")

    def _check_log(self, text: str) -> None:
        """The log alone holds the document: with its newest checkpoint, and without any."""
        self.restart(lambda: self.server.kill())
        store = self.server.documents._store
        loaded = self.server.complete(store.load(self.path))
        if loaded is None:
            raise Violation("The log has no document.")
        rows = store._reading.execute(
            "SELECT bytes FROM updates WHERE document = ? ORDER BY sequence", (loaded.row.number,)
        )
        everything = [update for (row,) in rows for update in unpack(row)]
        for name, replayed in (
            ("its newest checkpoint", text_of(TEXT, loaded.snapshot, loaded.tail)),
            ("all its updates", text_of(TEXT, None, everything)),
        ):
            if replayed != text:
                raise Violation(f"The log from {name} gives {replayed!r}, the document held {text!r}.")

    def _notice_history(self) -> None:
        room = self.server.rooms.get(self.path)
        if room is None or room.row.history_id == self.history:
            return
        if self.history is not None:
            still_to_come: set[str] = set()
            for tab in self.tabs:
                if tab.client.speaks_studium:
                    still_to_come |= tab.typed - self.ledger.promised - tab.taken
                else:  # it knows no histories: its person opens the document anew
                    self.close_tab(tab)
            for person in self.people.values():
                for records in person.browser.values():
                    still_to_come |= letters_kept(records) - self.ledger.promised
            self.ledger.begin_history(still_to_come)
            for tab in self.tabs:
                tab.begin_history()
        self.history = room.row.history_id

    def _committed(self, row: bytes) -> None:
        self.ledger.committed |= self.ledger.letters_in(row)

    def _promise(self, link: Link, count: int) -> None:
        """The server says that the first ``count`` messages of a connection are in the log."""
        for message in link.sent[link.promised : count]:
            letters = self.ledger.letters_in(message)
            # What somebody else has deleted meanwhile may have reached the log as a deletion alone.
            missing = letters - self.ledger.committed - self.ledger.perhaps_gone
            if missing:
                self.violations.append(f"{missing} is acknowledged and not in the log.")
            self.ledger.promised |= letters
        link.promised = max(link.promised, count)

    def _new_client(self, person: Person, name: str) -> Client:
        if person.client == "page":
            return PageClient(page_process(), name)
        return PlainClient(person.client == "plain", lambda: self.dice.randrange(1, 2**31), person.obeys)


@contextmanager
def new_world(seed: int = 1, content: str | None = None) -> Iterator[World]:
    """A world with its file in memory, where the system has such a place."""
    folder = Path(tempfile.mkdtemp(prefix="studium-convergence-", dir=_MEMORY if _MEMORY.is_dir() else None))
    try:
        world = World(folder, seed)
        with world.host.in_charge():
            world.start(content)
            try:
                yield world
            finally:
                world.server.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
