"""What a person typed is there once: after a restart, a sleep, a crash, two closed tabs, a lost history or right."""

import contextlib
import os
import re
import signal
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import CDPSession, Error, Locator, Page, Playwright, expect

from browser.conftest import CHROMIUM, CHROMIUM_ARGUMENTS
from browser.people import Person, PersonFactory, wait_until
from browser.test_bad_input import wish
from browser.test_together import same_text, text_of, two_people, type_at_end
from support.serving import processes_below, project_server

SAVED = re.compile("Saved to disk$")
WAITING = re.compile("waiting")
#: A crash while offline may cost what was typed in so many seconds: the page keeps it after 20 ms, then every 100 ms.
CRASH_BOUND_SECONDS = 0.5


def restart(person: Person, project_id: str) -> None:
    """SIGKILL the server of a project; its supervisor starts another one."""
    os.kill(project_server(person.studium.serving, project_id), signal.SIGKILL)


def second_tab(person: Person, project_id: str, path: str = "main.py") -> Person:
    """Another tab of the same browser on the same file."""
    tab = Person(person.name, person.email, person.context, person.context.new_page(), person.studium)
    tab.open_file(project_id, path)
    return tab


def once(text: str, *pieces: str) -> None:
    """Each piece is in the text exactly once."""
    counts = {piece: text.count(piece) for piece in pieces}
    assert set(counts.values()) == {1}, f"{counts} in:\n{text}"


def all_saved(*people: Person) -> None:
    for somebody in people:
        expect(somebody.save_state()).to_have_text(SAVED, timeout=30_000)
    wait_until(lambda: same_text(*people))


def devtools(person: Person) -> CDPSession:
    return person.context.new_cdp_session(person.page)


def kept_in_the_browser(page: Page) -> str:
    """The text of all edits that IndexedDB holds."""
    return str(
        page.evaluate(
            """() => new Promise((resolve, reject) => {
                const opening = indexedDB.open("studium-documents");
                opening.onerror = () => reject(opening.error);
                opening.onsuccess = () => {
                    const database = opening.result;
                    const rows = database.transaction("pending").objectStore("pending").getAll();
                    rows.onsuccess = () => {
                        database.close();
                        resolve(rows.result.flatMap((row) => row.records.map((record) => record.text)).join("\\n"));
                    };
                };
            })"""
        )
    )


# Reconnecting ----------------------------------------------------------------------------------------------------


def test_nothing_doubles_when_the_server_is_restarted_and_nothing_waits(person: PersonFactory) -> None:
    ada, bob, project_id, main = two_people(person)
    type_at_end(ada, "main.py", "# from ada\n")
    expect(bob.editor("main.py")).to_contain_text("# from ada")
    type_at_end(bob, "main.py", "# from bob\n")
    tab = second_tab(ada, project_id)
    all_saved(ada, bob, tab)
    before = main.read_text()
    for _ in range(2):
        with contextlib.ExitStack() as connected_again:
            for somebody in (ada, bob, tab):
                connected_again.enter_context(
                    somebody.page.expect_websocket(lambda socket: "/documents/" in socket.url, timeout=30_000)
                )
            restart(ada, project_id)
        all_saved(ada, bob, tab)
    assert main.read_text() == before
    assert text_of(ada.page).rstrip("\n") == before.rstrip("\n")


def test_nothing_doubles_when_two_tabs_and_another_person_typed_while_the_server_was_away(
    person: PersonFactory,
) -> None:
    ada, bob, project_id, main = two_people(person)
    tab = second_tab(ada, project_id)
    for somebody in (ada, bob):
        somebody.context.set_offline(True)
    restart(ada, project_id)
    for somebody, words in ((ada, "# first tab\n"), (tab, "# second tab\n"), (bob, "# bob\n")):
        type_at_end(somebody, "main.py", words)
        expect(somebody.save_state()).to_have_text(WAITING)
    for somebody in (bob, ada):
        somebody.context.set_offline(False)
    wait_until(lambda: all("# bob" in text_of(p.page) and "# second tab" in text_of(p.page) for p in (ada, tab, bob)))
    all_saved(ada, bob, tab)
    once(main.read_text(), "# first tab", "# second tab", "# bob", "def area")


def test_offline_edits_of_two_closed_tabs_merge_once(person: PersonFactory) -> None:
    ada, bob, project_id, main = two_people(person)
    tab = second_tab(ada, project_id)
    ada.context.set_offline(True)
    for somebody, words in ((ada, "# first tab\n"), (tab, "# second tab\n")):
        type_at_end(somebody, "main.py", words)
        expect(somebody.save_state()).to_have_text(WAITING)
        somebody.page.close()
    type_at_end(bob, "main.py", "# bob\n")
    all_saved(bob)
    ada.context.set_offline(False)
    ada.page = ada.context.new_page()
    ada.open_file(project_id, "main.py")
    for words in ("# first tab", "# second tab", "# bob"):
        expect(ada.editor("main.py")).to_contain_text(words)
    all_saved(ada, bob)
    once(main.read_text(), "# first tab", "# second tab", "# bob")
    ada.page.reload()
    all_saved(ada, bob)
    once(main.read_text(), "# first tab", "# second tab", "# bob")
    wait_until(lambda: kept_in_the_browser(ada.page) == "")


# Another history -------------------------------------------------------------------------------------------------


def forget_the_history(person: Person, project_id: str) -> None:
    """The documents of the project are as if it came from a copy of its files; the page is left as it was."""
    wish(person, project_id, "stop", "Stopped")
    place = person.studium.data / "projects" / project_id
    stores = list(place.rglob("documents.sqlite*"))
    assert stores
    for file in stores:
        file.unlink()
    wish(person, project_id, "start", "Running")


def test_unsent_text_enters_another_history_once_also_in_a_second_tab(person: PersonFactory) -> None:
    ada, bob, project_id, main = two_people(person)
    type_at_end(ada, "main.py", "# saved\n")
    all_saved(ada, bob)
    bob.context.set_offline(True)
    type_at_end(bob, "main.py", "# bob's, unsent\n")
    wait_until(lambda: "# bob's, unsent" in kept_in_the_browser(bob.page))
    forget_the_history(ada, project_id)
    all_saved(ada)
    # Both the tab that holds the edits and one that finds them in the browser's storage come back at once.
    tab = Person(bob.name, bob.email, bob.context, bob.context.new_page(), bob.studium)
    bob.context.set_offline(False)
    tab.open_file(project_id, "main.py")
    for somebody in (ada, bob, tab):
        expect(somebody.editor("main.py")).to_contain_text("# bob's, unsent", timeout=20_000)
    all_saved(ada, bob, tab)
    once(main.read_text(), "# bob's, unsent", "# saved", "def area")


def test_text_of_a_closed_tab_enters_another_history_once_when_two_tabs_find_it(person: PersonFactory) -> None:
    ada, bob, project_id, main = two_people(person)
    bob.context.set_offline(True)
    type_at_end(bob, "main.py", "# bob's, unsent\n")
    wait_until(lambda: "# bob's, unsent" in kept_in_the_browser(bob.page))
    bob.page.close()
    forget_the_history(ada, project_id)
    bob.context.set_offline(False)
    tabs = [Person(bob.name, bob.email, bob.context, bob.context.new_page(), bob.studium) for _ in range(2)]
    url = f"{bob.studium.url}/projects/{project_id}/edit/main.py"
    for tab in tabs:
        tab.page.evaluate("(url) => { location.href = url; }", url)  # both load at the same time
    for tab in (*tabs, ada):
        expect(tab.editor("main.py")).to_contain_text("# bob's, unsent", timeout=20_000)
    all_saved(ada, *tabs)
    once(main.read_text(), "# bob's, unsent", "def area")


# Sleep, reload, crash --------------------------------------------------------------------------------------------


class Laptop:
    """A browser of its own, all of whose processes can be stopped: what closing the lid does."""

    def __init__(self, driver: Playwright) -> None:
        name = f"--laptop={time.monotonic_ns()}"
        arguments = [*CHROMIUM_ARGUMENTS, name]
        self.browser = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        below = processes_below(os.getpid())
        self.process_id = next(
            number for number, words in below.items() if name in words and "--type=" not in str(words)
        )

    def bring(self, somebody: Person) -> Person:
        """The same person at this laptop."""
        context = self.browser.new_context(viewport={"width": 1280, "height": 800})
        here = Person(somebody.name, somebody.email, context, context.new_page(), somebody.studium)
        here.sign_in()
        return here

    def close_the_lid(self) -> None:
        self._signal(signal.SIGSTOP)

    def open_the_lid(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for process in (self.process_id, *processes_below(self.process_id)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)


@pytest.fixture
def laptop(playwright_driver: Playwright) -> Iterator[Laptop]:
    laptop = Laptop(playwright_driver)
    yield laptop
    laptop.open_the_lid()
    laptop.browser.close()


def here(person: Person, other: str) -> Locator:
    return person.page.get_by_role("list", name="People here").get_by_role("button", name=re.compile(other))


@pytest.mark.parametrize("unsent", [False, True], ids=["all sent", "something unsent"])
def test_a_laptop_that_slept_while_others_typed_and_the_server_restarted_wakes_with_one_copy(
    person: PersonFactory, laptop: Laptop, unsent: bool
) -> None:
    ada, bob, project_id, main = two_people(person)
    ada.page.close()
    ada = laptop.bring(ada)
    ada.open_file(project_id, "main.py")
    type_at_end(ada, "main.py", "# before sleep\n")
    all_saved(ada, bob)
    expect(here(bob, "Ada Lovelace")).to_be_visible()
    if unsent:
        ada.context.set_offline(True)
        type_at_end(ada, "main.py", "# unsent\n")
        expect(ada.save_state()).to_have_text(WAITING)
        ada.context.set_offline(False)
    laptop.close_the_lid()
    type_at_end(bob, "main.py", "# while ada slept\n")
    all_saved(bob)
    restart(bob, project_id)
    expect(here(bob, "Ada Lovelace")).not_to_be_visible()  # nobody's ghost stays
    expect(bob.page.locator(".cm-person-caret")).to_have_count(0)
    type_at_end(bob, "main.py", "# and after the restart\n")
    all_saved(bob)
    laptop.open_the_lid()
    expect(here(bob, "Ada Lovelace")).to_be_visible(timeout=20_000)
    type_at_end(ada, "main.py", "# awake\n")
    expect(bob.editor("main.py")).to_contain_text("# awake")
    all_saved(ada, bob)
    pieces = ["# before sleep", "# while ada slept", "# and after the restart", "# awake"]
    once(main.read_text(), *pieces, *(["# unsent"] if unsent else []))


def test_a_tab_that_the_browser_freezes_leaves_no_ghost_and_comes_back(person: PersonFactory) -> None:
    ada, bob, _, main = two_people(person)
    type_at_end(ada, "main.py", "# before\n")
    expect(here(bob, "Ada Lovelace")).to_be_visible()
    expect(bob.page.locator(".cm-person-caret")).to_have_count(1)
    # Headless Chromium does not freeze; these are the events by which it says so.
    ada.page.evaluate("() => document.dispatchEvent(new Event('freeze'))")
    expect(here(bob, "Ada Lovelace")).not_to_be_visible()
    expect(bob.page.locator(".cm-person-caret")).to_have_count(0)
    type_at_end(bob, "main.py", "# meanwhile\n")
    ada.page.evaluate("() => document.dispatchEvent(new Event('resume'))")
    expect(ada.editor("main.py")).to_contain_text("# meanwhile")
    expect(here(bob, "Ada Lovelace")).to_be_visible()
    type_at_end(ada, "main.py", "# after\n")
    all_saved(ada, bob)
    once(main.read_text(), "# before", "# meanwhile", "# after")


def test_going_back_and_forward_keeps_everything_once(person: PersonFactory) -> None:
    ada, bob, _, main = two_people(person)
    ada.editor("main.py").click()
    ada.page.keyboard.press("Control+End")
    ada.page.keyboard.type("# typed and left")
    ada.page.goto("about:blank")
    expect(bob.page.get_by_role("list", name="People here")).not_to_be_visible()
    ada.page.go_back()
    expect(ada.editor("main.py")).to_contain_text("# typed and left")
    expect(bob.page.get_by_role("list", name="People here")).to_be_visible()
    all_saved(ada, bob)
    once(main.read_text(), "# typed and left")


def test_a_reload_in_mid_word_loses_no_letter(person: PersonFactory) -> None:
    ada, bob, _, main = two_people(person)
    for word in ("inter", "national", "isation"):
        ada.editor("main.py").click()
        ada.page.keyboard.press("Control+End")
        ada.page.keyboard.type(word)
        ada.page.evaluate("() => { location.reload(); }")  # before anything else can happen
        expect(ada.editor("main.py")).to_contain_text(word, timeout=20_000)
    all_saved(ada, bob)
    once(main.read_text(), "internationalisation")


@pytest.mark.parametrize("offline", [False, True], ids=["online", "offline"])
def test_the_last_key_before_closing_the_tab_is_kept(person: PersonFactory, offline: bool) -> None:
    ada, bob, project_id, main = two_people(person)
    ada.editor("main.py").click()
    ada.page.keyboard.press("Control+End")
    ada.context.set_offline(offline)
    for number in range(3):
        ada.page.keyboard.type(f"# key {number}")
        with ada.page.expect_event("close"):
            ada.page.close(run_before_unload=True)  # as a click on the cross: no wait in between
        ada.context.set_offline(False)
        ada.page = ada.context.new_page()
        ada.open_file(project_id, "main.py")
        expect(ada.editor("main.py")).to_contain_text(f"# key {number}")
        all_saved(ada, bob)
        ada.editor("main.py").click()
        ada.page.keyboard.press("Control+End")
        ada.context.set_offline(offline)
    once(main.read_text(), "# key 0", "# key 1", "# key 2")


SLOW_DATABASE = """
const own = Object.getOwnPropertyDescriptor(IDBTransaction.prototype, "oncomplete");
const held = [];
window.holdBack = false;
window.release = () => held.splice(0).forEach((tell) => tell());
Object.defineProperty(IDBTransaction.prototype, "oncomplete", {
  ...own,
  set(tell) { own.set.call(this, (event) => (window.holdBack ? held.push(() => tell(event)) : tell(event))); },
});
window.heldBack = () => held.length;
"""


def test_what_is_typed_while_the_browser_keeps_what_was_typed_before_is_kept(person: PersonFactory) -> None:
    ada, _, project_id, _ = two_people(person)
    ada.page.add_init_script(SLOW_DATABASE)
    ada.page.reload()
    ada.editor("main.py").click()
    ada.page.keyboard.press("Control+End")
    ada.context.set_offline(True)
    ada.page.evaluate("() => { window.holdBack = true; }")
    ada.page.keyboard.type("# k")
    ada.page.wait_for_function("() => window.heldBack() > 0")
    ada.page.keyboard.type("ey")
    ada.page.evaluate(
        """async () => {
            window.dispatchEvent(new Event("beforeunload", { cancelable: true }));
            window.release();  // before the page is gone
            await Promise.resolve();
        }"""
    )
    kept = ada.page.evaluate("() => Object.keys(localStorage).filter((key) => key.startsWith('studium-pending:'))")
    assert len(kept) == 1
    crash(ada)
    ada.context.set_offline(False)
    ada.page = ada.context.new_page()
    ada.open_file(project_id, "main.py")
    expect(ada.editor("main.py")).to_contain_text("# key")


def test_a_crash_of_the_tab_costs_at_most_the_last_moment(person: PersonFactory) -> None:
    ada, bob, project_id, main = two_people(person)
    ada.context.set_offline(True)
    ada.editor("main.py").click()
    ada.page.keyboard.press("Control+End")
    delay = 0.03
    letters = "".join(chr(ord("a") + number % 26) for number in range(52))
    ada.page.keyboard.type(f"<{letters}", delay=delay * 1000)
    crash(ada)
    ada.context.set_offline(False)
    ada.page = ada.context.new_page()
    ada.open_file(project_id, "main.py")
    expect(ada.editor("main.py")).to_contain_text("<abc")
    all_saved(ada, bob)
    kept = main.read_text().partition("<")[2]
    assert letters.startswith(kept.rstrip("\n"))
    assert len(kept) >= len(letters) - CRASH_BOUND_SECONDS / delay, kept
    once(main.read_text(), "<abc")


def crash(person: Person) -> None:
    """The process of the tab dies at once, without a word to the page."""
    with person.page.expect_event("crash"), contextlib.suppress(Error):
        person.page.goto("chrome://crash")
    person.page.close()


# The browser's storage -------------------------------------------------------------------------------------------

#: As in a private window, or with the site's data forbidden.
FORBIDDEN = """
    Object.defineProperty(window, "indexedDB", { get() { throw new DOMException("forbidden", "SecurityError"); } });
    Object.defineProperty(window, "localStorage", { get() { throw new DOMException("forbidden", "SecurityError"); } });
"""
FULL = """
    const full = () => { throw new DOMException("full", "QuotaExceededError"); };
    IDBObjectStore.prototype.put = full;
    Storage.prototype.setItem = full;
"""


@pytest.mark.parametrize("trouble", [FORBIDDEN, FULL], ids=["forbidden", "full"])
def test_a_browser_that_cannot_keep_text_is_said_to_and_asks_before_it_is_left(
    person: PersonFactory, trouble: str
) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("No storage")
    ada.write(project_id, "main.py", "a = 1\n")
    ada.context.add_init_script(trouble)
    ada.open_file(project_id, "main.py")
    type_at_end(ada, "main.py", "b = 2\n")
    expect(ada.save_state()).to_have_text(SAVED)
    ada.context.set_offline(True)
    type_at_end(ada, "main.py", "c = 3\n")
    expect(ada.save_state()).to_have_text(re.compile("waiting: you are offline. Leave this page open"))
    expect(ada.page.get_by_text(re.compile("This browser cannot keep what you type"))).to_be_visible()
    with ada.page.expect_event("dialog") as question:
        ada.page.close(run_before_unload=True)
    assert question.value.type == "beforeunload"
    question.value.dismiss()
    ada.context.set_offline(False)
    expect(ada.save_state()).to_have_text(SAVED)
    expect(ada.page.get_by_text(re.compile("This browser cannot keep"))).not_to_be_visible()
    assert (ada.studium.home(project_id) / "main.py").read_text() == "a = 1\nb = 2\nc = 3\n"
