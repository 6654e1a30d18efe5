"""Terminals through what ends a project server: killed with vim open, and a project that is stopped."""

import re

from playwright.sync_api import expect

from browser.people import PersonFactory, share
from browser.terminals import NAME, keys_of, open_terminal, pane, read_aloud, rows, shown, type_into
from browser.test_bad_input import wish
from browser.test_never_lose import restart
from browser.test_notebook_restarts import opens
from browser.test_page import SCREENS


def test_vim_goes_on_when_the_project_server_is_killed(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    read_aloud(ada, bob)
    project_id = ada.new_project("Restarts")
    share(ada, bob)
    ada.write(project_id, NAME, "")
    for somebody in (ada, bob):
        open_terminal(somebody, project_id)
    type_into(ada, "vim -u NONE notes.txt\n")
    expect(shown(bob)).to_contain_text(re.compile("notes.txt"))
    type_into(ada, "iwritten by ada")
    for somebody in (ada, bob):
        expect(shown(somebody)).to_contain_text("written by ada")
    before = rows(bob)
    with (
        ada.page.expect_websocket(opens("terminals"), timeout=60_000),
        bob.page.expect_websocket(opens("terminals"), timeout=60_000),
    ):
        restart(ada, project_id)
    for somebody in (ada, bob):
        expect(pane(somebody).get_by_text("Not connected")).to_have_count(0, timeout=60_000)
        expect(shown(somebody)).to_contain_text("written by ada", timeout=30_000)
    assert rows(bob) == before
    SCREENS.mkdir(parents=True, exist_ok=True)
    ada.page.screenshot(path=SCREENS / "terminal-server-killed.png")
    # The same vim, still in insert mode; what each types is there once.
    type_into(bob, " and bob")
    for somebody in (ada, bob):
        expect(shown(somebody)).to_contain_text("written by ada and bob")
    keys_of(ada).focus()
    ada.page.keyboard.press("Escape")
    ada.page.keyboard.type(":wq\n")
    for somebody in (ada, bob):
        expect(shown(somebody)).not_to_contain_text("written by ada")
    assert (ada.studium.home(project_id) / "notes.txt").read_text() == "written by ada and bob\n"


def test_a_stopped_project_says_so_and_a_key_starts_it_again(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    read_aloud(ada)
    project_id = ada.new_project("Stops")
    ada.write(project_id, NAME, "")
    open_terminal(ada, project_id)
    type_into(ada, "echo shown-$((6*7))\n")
    expect(shown(ada)).to_contain_text("shown-42")
    wish(ada, project_id, "stop", "Stopped")
    expect(pane(ada).get_by_text("The project does not run. Press any key to start it again.")).to_be_visible()
    expect(shown(ada)).to_contain_text("shown-42")
    type_into(ada, "x")
    ended = pane(ada).get_by_text(re.compile("This is what it showed last. Press any key to start it again."))
    expect(ended).to_be_visible(timeout=60_000)
    expect(shown(ada)).to_contain_text("shown-42")
    type_into(ada, "x")
    expect(ended).to_have_count(0)
    type_into(ada, "echo again-$((6*8))\n")
    expect(shown(ada)).to_contain_text("again-48", timeout=20_000)
