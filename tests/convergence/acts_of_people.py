"""What people do, and what their connections go through."""

import functools

from convergence.ledger import Violation
from convergence.network import Link
from convergence.page import PageClient
from convergence.people import Person, Tab
from convergence.phrases import act
from convergence.world import World
from studium.protocol.errors import ErrorCode, StudiumError
from studium.protocol.session import Role

# Typing --------------------------------------------------------------------------------------------------------------


def _index(text: str, place: str) -> int:
    """Where a place is, in code points; numbers that are too large wrap."""
    if place.startswith(" at ") and place[4:].isdigit():
        return int(place[4:]) % (len(text) + 1)
    if place.startswith(" after "):
        return text.index(place[8]) + 1
    return 0 if place else len(text)


def _type(world: World, tab: Tab, text: str, place: str) -> None:
    client = tab.client
    if client.ready and client.writable:
        at = _index(client.text, place)
        world.change_text(tab, lambda: client.edit(at, at, text))


@act("{tab} types {letters} {place}")
def types(world: World, tab: Tab, letters: str, place: str) -> None:
    """In one go."""
    _type(world, tab, letters, place)


@act("{tab} types a line {place}")
def types_a_line(world: World, tab: Tab, place: str) -> None:
    """A letter and the end of a line."""
    _type(world, tab, world.ledger.fresh(1) + "\n", place)


@act("{tab} erases {number} {place}")
def erases(world: World, tab: Tab, number: int, place: str) -> None:
    """So many characters from there on, or as many as there are."""
    client = tab.client
    start = _index(client.text, place)
    end = min(len(client.text), start + number)
    if client.ready and client.writable and end > start:
        world.change_text(tab, lambda: client.edit(start, end, ""))


@act("{tab} erases {quote}")
def erases_text(world: World, tab: Tab, quote: str) -> None:
    """Where it stands."""
    start = tab.client.text.index(quote)
    world.change_text(tab, lambda: tab.client.edit(start, start + len(quote), ""))


@act("{tab} replaces {number} with {letters} {place}")
def replaces(world: World, tab: Tab, number: int, letters: str, place: str) -> None:
    """Typing over a selection."""
    client = tab.client
    if client.ready and client.writable:
        start = _index(client.text, place)
        end = min(len(client.text), start + number)
        world.change_text(tab, lambda: client.edit(start, end, letters))


def _undo(world: World, tab: Tab, is_redo: bool) -> None:
    client = tab.client
    if not isinstance(client, PageClient) or not client.writable:
        return
    before = set(client.text)
    mine, gone = set(tab.typed), tab.taken | tab.erased_before
    world.change_text(tab, client.redo if is_redo else client.undo)
    after = set(client.text)
    if others := before - after - mine - {"\n"}:
        raise Violation(f"{tab.name}'s undo removed {others}, which somebody else typed.")
    if others := after - before - gone - {"\n"}:
        raise Violation(f"{tab.name}'s undo brought {others}, which {tab.name} had not erased.")


@act("{tab} undoes")
def undoes(world: World, tab: Tab) -> None:
    """The last edit of this person, wherever it is by now."""
    _undo(world, tab, is_redo=False)


@act("{tab} redoes")
def redoes(world: World, tab: Tab) -> None:
    """What was undone."""
    _undo(world, tab, is_redo=True)


@act("{tab} saves")
def saves(world: World, tab: Tab) -> None:
    """Ctrl+S."""
    if isinstance(tab.client, PageClient):
        tab.client.save_now()


# Tabs and browsers ---------------------------------------------------------------------------------------------------


@act("{person} opens a tab")
def opens_a_tab(world: World, person: Person) -> None:
    """And is connected, if there was none."""
    if person.name not in person.tabs:
        world.connect(world.open_tab(person.name))


@act("{person} opens a second tab")
def opens_a_second_tab(world: World, person: Person) -> None:
    """Of the same document in the same browser."""
    name = f"{person.name}'s second tab"
    if person.client == "page" and name not in person.tabs:
        world.connect(world.open_tab(name))


@act("{tab} keeps")
def keeps(world: World, tab: Tab) -> None:
    """The browser writes down what waits: a quarter of a second after it began to."""
    tab.keep()


@act("{tab} closes the tab")
def closes_the_tab(world: World, tab: Tab) -> None:
    """The browser has a moment to write down what waits."""
    tab.keep()
    world.close_tab(tab)


@act("{tab} vanishes")
def vanishes(world: World, tab: Tab) -> None:
    """The laptop falls: only what was acknowledged, or kept before, is promised."""
    world.close_tab(tab)


@act("everybody vanishes")
def everybody_vanishes(world: World) -> None:
    """And with them every copy but the server's."""
    for tab in world.tabs:
        world.close_tab(tab)
        tab.person.browser.clear()
    world.drop_ghosts()


# Rights --------------------------------------------------------------------------------------------------------------


@act("{person} becomes a viewer")
def becomes_a_viewer(world: World, person: Person) -> None:
    """While typing, perhaps: the hub ends the connections, and what was on its way is not taken."""
    person.role = Role.VIEWER
    for connection in list(world.server.documents._connections):
        if connection.identity.account_id == person.identity.account_id:
            error = StudiumError(ErrorCode.NOT_PERMITTED, "You may no longer edit this project.")
            world.server.do(functools.partial(connection.fail, error))
    for tab in list(person.tabs.values()):
        if tab.link is not None:
            tab.link.up.clear()
    for name, link in world.ghosts:
        if name.startswith(person.name):
            link.hang_up()


@act("{person} may write again")
def may_write_again(world: World, person: Person) -> None:
    """And connects anew."""
    if person.name == "vic" or person.may_write:
        return
    person.role = Role.COLLABORATOR
    for tab in list(person.tabs.values()):
        world.cut(tab)
        world.drop_ghosts(tab.name)
        world.connect(tab)


# Connections ---------------------------------------------------------------------------------------------------------


@act("{tab} goes offline")
def goes_offline(world: World, tab: Tab) -> None:
    """The client knows; the server goes on sending, and may still get what was sent."""
    world.cut(tab)


@act("{tab} loses the connection")
def loses_the_connection(world: World, tab: Tab) -> None:
    """Both know, and what was on its way is lost."""
    world.cut(tab)
    world.drop_ghosts(tab.name)


@act("{tab} goes online")
def goes_online(world: World, tab: Tab) -> None:
    """Connects anew, with the document that it has."""
    world.connect(tab)


@act("{tab} reconnects")
def reconnects(world: World, tab: Tab) -> None:
    """The network changes: a new connection, while the server takes the old one for alive."""
    world.cut(tab)
    world.connect(tab)


@act("old frames of {person} arrive")
def old_frames_arrive(world: World, person: Person) -> None:
    """What was sent on connections that the client has given up since."""
    for name, link in world.ghosts:
        if name.startswith(person.name):
            link.deliver_up(3)


@act("the server notices who has gone")
def notices(world: World) -> None:
    """Connections that were cut end there too."""
    world.drop_ghosts()


@act("deliver {number} from {tab}")
def deliver_from(world: World, number: int, tab: Tab) -> None:
    """The server gets so many frames, in one turn of its loop."""
    if tab.link is not None:
        tab.link.deliver_up(number)


@act("deliver {number} to {tab}")
def deliver_to(world: World, number: int, tab: Tab) -> None:
    """A client gets so many frames."""
    for _ in range(number):
        if not tab.receive():
            break


@act("deliver {number} from everybody")
def deliver_from_everybody(world: World, number: int) -> None:
    """The server gets frames of all in one turn of its loop."""
    for tab in world.tabs:
        if tab.link is not None:
            tab.link.deliver_up(number)


@act("all is delivered")
def all_is_delivered(world: World) -> None:
    """In both directions, once."""
    for tab in world.tabs:
        if tab.link is not None:
            tab.link.deliver_up(1_000)
    world.server.loop.turn()
    for tab in world.tabs:
        while tab.receive():
            pass


def _edits_under_way(link: Link) -> list[int]:
    """Places in ``down`` of frames that hold an edit and nothing else."""
    return [place for place, frame in enumerate(link.down) if isinstance(frame, bytes) and frame[:2] == b"\x00\x02"]


@act("edits on their way to {tab} arrive twice")
def arrive_twice(world: World, tab: Tab) -> None:
    """As they would through a proxy that repeats."""
    if tab.link is not None:
        for place in reversed(_edits_under_way(tab.link)):
            tab.link.down.insert(place, tab.link.down[place])


@act("edits on their way to {tab} change their order")
def change_order(world: World, tab: Tab) -> None:
    """As they would through a proxy that takes several ways."""
    if tab.link is not None:
        places = _edits_under_way(tab.link)
        frames = [tab.link.down[place] for place in places]
        world.dice.shuffle(frames)
        for place, frame in zip(places, frames, strict=True):
            tab.link.down[place] = frame


@act("{tab} stops reading")
def stops_reading(world: World, tab: Tab) -> None:
    """The client's machine is busy: what the server sends stays in its buffer."""
    if tab.link is not None:
        tab.link.is_read = False


@act("{tab} reads on")
def reads_on(world: World, tab: Tab) -> None:
    """And takes all that was left."""
    if tab.link is not None:
        tab.link.is_read = True
        while tab.receive():
            pass


# What stories claim --------------------------------------------------------------------------------------------------


@act("{tab} sees {quote}")
def sees(world: World, tab: Tab, quote: str) -> None:
    """The text of that client."""
    if tab.client.text != quote:
        raise Violation(f"{tab.name} sees {tab.client.text!r}, not {quote!r}.")


@act("{tab} is shown {quote}")
def is_shown(world: World, tab: Tab, quote: str) -> None:
    """The save state."""
    if tab.client.kind != quote:
        raise Violation(f"{tab.name} is shown {tab.client.kind!r}, not {quote!r}.")
