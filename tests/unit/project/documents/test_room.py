"""A turn of a room: what arrives together is one update to everybody, and is logged as it came."""

import asyncio
from typing import cast

import pytest
from pycrdt import Doc, Text

from clients.memory import Link, MemoryStore
from studium.project.documents import room
from studium.project.documents.connection import Connection
from studium.project.documents.room import Room
from studium.project.documents.store import Store
from studium.protocol.documents import SyncType
from studium.sync.replica import MAX_AS_ONE_BYTES
from studium.sync.updates import EMPTY_STATE
from studium.sync.wire import SyncMessage, decode_frame, encode_sync


class Table:
    """A room with clients that only collect frames."""

    def __init__(self, clients: int, studium: bool = True) -> None:
        self.store = MemoryStore()
        self.room = Room("a.txt", self.store.loaded(), cast(Store, self.store))
        self.links: list[Link] = []
        self.studium = studium
        for _ in range(clients):
            self.join()

    def join(self) -> Link:
        """One more client, which has what it was sent at first."""
        link = Link(len(self.links), self.studium)
        self.links.append(link)
        self.room.join(cast(Connection, link))
        self.receive(link, encode_sync(SyncType.STEP_1, EMPTY_STATE))
        self.had = self.room.snapshot()
        link.to_client.clear()
        return link

    def new_room(self) -> Room:
        """As a server makes it that comes after this one."""
        return Room("a.txt", self.store.loaded(), cast(Store, self.store))

    def receive(self, link: Link, message: bytes) -> None:
        self.room.receive(cast(Connection, link), message)

    async def turn(self) -> None:
        await asyncio.sleep(0)
        self.store.commit()

    def updates(self, link: Link) -> list[bytes]:
        """Those that this client was sent."""
        return [
            message.payload
            for frame in link.to_client
            for message in decode_frame(frame)
            if isinstance(message, SyncMessage) and message.kind == SyncType.UPDATE
        ]

    def seen(self, link: Link, before: bytes | None = None) -> str:
        """The text of a client that had ``before`` and applies what it was sent."""
        doc: Doc[Text] = Doc()
        if before is not None:
            doc.apply_update(before)
        for update in self.updates(link):
            doc.apply_update(update)
        return str(doc.get("source", type=Text))


def typed(doc: Doc[Text], text: str) -> bytes:
    """The update of typing ``text`` at the end."""
    before = doc.get_state()
    doc.get("source", type=Text).insert(len(doc.get("source", type=Text)), text)
    return doc.get_update(before)


def message(update: bytes) -> bytes:
    return encode_sync(SyncType.UPDATE, update)


@pytest.mark.parametrize("studium", [True, False])
async def test_a_turn_of_many_is_one_update_and_logged_as_received(studium: bool) -> None:
    table = Table(4, studium)
    updates = []
    for link in table.links[:3]:
        doc: Doc[Text] = Doc()
        for letter in "xyz":
            updates.append(typed(doc, letter))
            table.receive(link, message(updates[-1]))
    await table.turn()
    assert table.store.committed == updates
    for link in table.links:
        assert len(table.updates(link)) == 1
    assert table.seen(table.links[3]) == table.room.text()
    assert len(table.room.text()) == 9


async def test_nobody_is_sent_back_what_is_all_its_own() -> None:
    table = Table(2)
    doc: Doc[Text] = Doc()
    for letter in "xyz":
        table.receive(table.links[0], message(typed(doc, letter)))
    await table.turn()
    assert table.updates(table.links[0]) == []
    assert table.seen(table.links[1]) == "xyz"


async def test_in_a_crowd_the_first_edit_leaves_at_once_and_what_comes_while_it_rests_shares_a_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "REST_SECONDS_A_CLIENT", 1e-3)
    table = Table(room.CROWD + 1)
    *typists, reader = table.links
    docs: list[Doc[Text]] = [Doc() for _ in typists]
    table.receive(typists[0], message(typed(docs[0], "x")))
    await table.turn()
    assert table.seen(reader) == "x"
    async with asyncio.timeout(60):
        for typist, doc in zip(typists, docs, strict=True):  # each in a turn of its own, but for the rest
            table.receive(typist, message(typed(doc, "y")))
            await asyncio.sleep(0)
        while len(table.room.text()) < len(typists) + 1:
            await asyncio.sleep(0)
    assert len(table.updates(reader)) < len(typists) / 4
    assert table.seen(reader) == table.room.text()
    table.room.close()


async def test_deletions_of_a_second_step_reach_all_though_others_type_in_the_same_turn() -> None:
    table = Table(3)
    doc: Doc[Text] = Doc()
    table.receive(table.links[0], message(typed(doc, "abc")))
    await table.turn()
    had = doc.get_update()
    del doc.get("source", type=Text)[0:2]
    for link in table.links:
        link.to_client.clear()
    table.receive(table.links[0], encode_sync(SyncType.STEP_2, doc.get_update()))
    table.receive(table.links[1], message(typed(Doc(), "!")))
    await table.turn()
    assert set(table.room.text()) == {"c", "!"}
    assert table.seen(table.links[2], had) == table.room.text()


async def test_what_waits_for_the_text_of_somebody_else_is_passed_on_as_it_came() -> None:
    table = Table(3)
    ada: Doc[Text] = Doc()
    first = typed(ada, "first ")
    bob: Doc[Text] = Doc()
    bob.apply_update(first)
    second = typed(bob, "second")
    table.receive(table.links[1], message(second))
    await table.turn()
    assert second in table.updates(table.links[2])
    assert table.room.text() == ""
    table.receive(table.links[0], message(first))
    await table.turn()
    assert table.seen(table.links[2]) == table.room.text() == "first second"


async def test_what_follows_a_gap_waits_for_what_fills_it() -> None:
    """Browsers would not show it, and the library would."""
    table = Table(3)
    doc: Doc[Text] = Doc()
    first, second = typed(doc, "first "), typed(doc, "second")
    table.receive(table.links[0], message(second))
    table.receive(table.links[1], message(typed(Doc(), "other ")))
    await table.turn()
    assert table.room.text() == table.seen(table.links[2]) == "other "
    assert second in table.store.committed
    assert table.new_room().text() == "other "
    newcomer = table.join()
    assert table.seen(newcomer) == ""
    table.receive(table.links[0], message(first))
    table.receive(table.links[1], message(typed(Doc(), "more ")))
    await table.turn()
    assert "first second" in table.room.text()
    assert table.seen(table.links[2]) == table.room.text()
    assert table.seen(newcomer, table.had) == table.room.text()


async def test_a_malformed_update_is_left_out_and_ends_its_sender_alone() -> None:
    table = Table(3)
    good, also_good = typed(Doc(), "good"), typed(Doc(), "also")
    table.receive(table.links[0], message(good))
    table.receive(table.links[1], message(b"\x07\xff\xff"))
    table.receive(table.links[0], message(also_good))
    await table.turn()
    assert table.links[1].failure is not None
    assert table.links[0].failure is None
    assert table.store.committed == [good, also_good]
    assert table.seen(table.links[2]) == table.room.text()


async def test_what_was_known_already_is_not_sent_again() -> None:
    table = Table(3)
    once, twice = typed(Doc(), "a"), typed(Doc(), "b")
    for _ in range(2):
        table.receive(table.links[0], message(once))
        table.receive(table.links[1], message(twice))
        await table.turn()
    assert len(table.updates(table.links[2])) == 1


async def test_a_paste_does_not_come_back_to_whoever_pasted() -> None:
    table = Table(3)
    table.receive(table.links[0], message(typed(Doc(), "x" * MAX_AS_ONE_BYTES)))
    table.receive(table.links[1], message(typed(Doc(), "y")))
    await table.turn()
    assert sum(map(len, table.updates(table.links[0]))) < 100
    assert table.seen(table.links[2]) == table.room.text()
