"""Projects that nobody uses, as people see them: a warning, the stop, the start; and projects that fail.

A minute of idleness is two seconds here (``support/quick_minutes.py``); everything else is as it always is.
"""

import contextlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.people import Person, PersonFactory, Studium, share, wait_for_file
from browser.test_page import LOOKS, SCREENS, axe_problems
from support.serving import running

QUICK = (sys.executable, str(Path(__file__).parents[1] / "support" / "quick_minutes.py"), "2")


@pytest.fixture(scope="module")
def studium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studium]:
    data = tmp_path_factory.mktemp("data")
    with running("serve", "--data", str(data), "--port", "0", "--no-browser", wrapper=QUICK) as serving:
        yield Studium(serving, data)


def warning(page: Page) -> Locator:
    return page.get_by_text("Nobody is using this project, so it stops in less than a minute.")


def stopped(page: Page, minutes: int) -> Locator:
    return page.get_by_text(f"This project was stopped because nobody used it for {minutes} minutes.")


def idle_minutes(administrator: Person, minutes: int) -> None:
    page = administrator.page
    page.goto(f"{administrator.studium.url}/administration/limits")
    field = page.get_by_label("Projects stop after")
    field.fill(str(minutes))
    if page.get_by_role("button", name="Save limits").is_enabled():
        page.get_by_role("button", name="Save limits").click()
        expect(page.get_by_text("The limit is changed.").first).to_be_visible()


def type_line(person: Person, path: str, text: str) -> None:
    person.editor(path).click()
    person.page.keyboard.press("Control+End")
    person.page.keyboard.type(text)


def test_two_people_are_warned_one_keeps_it_then_it_stops_and_starts_again(person: PersonFactory) -> None:
    idle_minutes(person("Grace Hopper", "--administrator"), 8)
    ada, bob, carol = person("Ada Lovelace"), person("Bob Kahn"), person("Carol Shaw")
    carol.go_home()
    project_id = ada.new_project("Left alone")
    share(ada, bob)
    share(ada, carol)
    ada.open_file(project_id, "main.py")
    type_line(ada, "main.py", "typed before")
    bob.open_file(project_id, "main.py")
    for one in (ada, bob):
        expect(warning(one.page)).to_be_visible(timeout=30_000)
    expect(carol.page.get_by_text("Idle, stops soon")).to_be_visible()
    keep = bob.page.get_by_role("button", name="Keep running")
    keep.focus()
    keep.press("Enter")
    for one in (ada, bob):
        expect(warning(one.page)).not_to_be_visible()
    # Both pages stay open, and nobody does anything.
    for one in (ada, bob):
        expect(stopped(one.page, 8)).to_be_visible(timeout=40_000)
        expect(one.editor("main.py")).to_have_text("typed before")
    expect(carol.page.get_by_text("Stopped, was idle")).to_be_visible()
    wait_for_file(ada.studium.home(project_id) / "main.py", "typed before")
    type_line(ada, "main.py", ", while stopped")
    expect(ada.save_state()).to_contain_text("waiting: the project is stopped")
    # Who comes in from the list starts it, and so brings it back for all.
    carol.page.get_by_role("link", name=re.compile("Left alone")).click()
    expect(carol.files()).to_be_visible(timeout=20_000)
    for one in (ada, bob):
        expect(stopped(one.page, 8)).not_to_be_visible()
        expect(one.editor("main.py")).to_have_text("typed before, while stopped")
    expect(ada.save_state()).to_contain_text("Saved to disk")


def test_an_owner_chooses_when_it_stops_within_what_the_site_allows(person: PersonFactory) -> None:
    idle_minutes(person("Grace Hopper", "--administrator"), 8)
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    project_id = ada.new_project("Long runs")
    share(ada, bob)

    def dialog(one: Person) -> Locator:
        one.page.get_by_role("button", name="Project actions").click()
        one.page.get_by_role("menuitem", name="When nobody uses it").click()
        return one.page.get_by_role("dialog", name="When nobody uses this project")

    def choose(shown: Locator, label: str) -> None:
        shown.get_by_role("button", name=re.compile("This project stops")).click()
        ada.page.get_by_role("option", name=label).click()

    shown = dialog(ada)
    expect(shown.get_by_role("button", name=re.compile("As on the whole site"))).to_be_visible()
    choose(shown, "Never")
    expect(
        shown.get_by_text("on this site a project that nobody uses stops after 1,440 minutes at the latest")
    ).to_be_visible()
    expect(shown.get_by_role("button", name=re.compile("As on the whole site"))).to_be_visible()
    choose(shown, "After a day")
    bob.page.goto(f"{bob.studium.url}/projects/{project_id}")
    expect(bob.files()).to_be_visible(timeout=20_000)
    shown = dialog(bob)
    expect(shown.get_by_role("button", name=re.compile("After a day"))).to_be_disabled()
    expect(shown.get_by_text("Owners of this project can change this.")).to_be_visible()
    bob.page.keyboard.press("Escape")


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_the_warning_and_the_stop_read_well(person: PersonFactory, look: str) -> None:
    idle_minutes(person("Grace Hopper", "--administrator"), 8)
    ada = person("Ada Lovelace", **LOOKS[look])
    project_id = ada.new_project("Linear algebra")
    ada.write(project_id, "main.py", "print(1)\n" * 30)
    ada.open_file(project_id, "main.py")
    SCREENS.mkdir(parents=True, exist_ok=True)
    expect(warning(ada.page)).to_be_visible(timeout=30_000)
    ada.page.screenshot(path=SCREENS / f"idle-warning-{look}.png")
    expect(stopped(ada.page, 8)).to_be_visible(timeout=30_000)
    ada.page.screenshot(path=SCREENS / f"idle-stopped-{look}.png")
    assert axe_problems(ada.page) == []
    assert ada.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@contextlib.contextmanager
def broken_store(studium: Studium, project_id: str) -> Iterator[None]:
    """What the project server needs first is nothing that it can read, as after a fault of the disk."""
    store = studium.data / "projects" / project_id / "state" / "documents.sqlite"
    aside = store.rename(store.with_suffix(".aside"))
    store.write_bytes(b"this is no database " * 1000)
    yield
    store.unlink()
    aside.rename(store)


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_a_project_that_fails_shows_the_last_lines_of_its_log(person: PersonFactory, look: str) -> None:
    idle_minutes(person("Grace Hopper", "--administrator"), 0)
    ada, bob = person("Ada Lovelace", **LOOKS[look]), person("Bob Kahn")
    bob.go_home()
    project_id = ada.new_project("Will fail")
    share(ada, bob)
    page = ada.page
    page.get_by_role("button", name="Project actions").click()
    page.get_by_role("menuitem", name="Stop project").click()
    expect(page.get_by_text("This project is stopped.")).to_be_visible()
    with broken_store(ada.studium, project_id):
        # Somebody who has it open keeps what is on the screen, and is told in a bar.
        page.get_by_role("button", name="Start project").click()
        details = page.get_by_role("button", name="Show details")
        expect(details).to_be_visible(timeout=45_000)  # a busy machine tries for as long as a start may take
        page.screenshot(path=SCREENS / f"failed-bar-{look}.png")
        details.click()
        dialog = page.get_by_role("dialog", name="This project does not run")
        expect(dialog.get_by_role("log", name="Last lines of its log")).to_contain_text("file is not a database")
        page.wait_for_timeout(200)  # the dialog's fade: contrast is measured at rest
        page.screenshot(path=SCREENS / f"failed-details-{look}.png")
        assert axe_problems(page) == []
        page.keyboard.press("Escape")
        expect(bob.page.get_by_text("Could not start")).to_be_visible()
        # Whoever opens it sees the same as a page.
        bob.page.get_by_role("link", name=re.compile("Will fail")).click()
        expect(bob.page.get_by_role("heading", name="The project could not start")).to_be_visible()
        log = bob.page.get_by_role("log", name="Last lines of its log")
        expect(log).to_contain_text("file is not a database")
        assert log.evaluate("box => box.scrollHeight > box.clientHeight && Math.abs(box.scrollTop) <= 1"), (
            "the end shows"
        )
        expect(bob.page.get_by_text("if it fails once more, send the details to your administrator")).to_be_visible()
        bob.page.screenshot(path=SCREENS / f"failed-page-{look}.png")
        bob.context.grant_permissions(["clipboard-read", "clipboard-write"])
        bob.page.get_by_role("button", name="Copy details").click()
        expect(bob.page.get_by_text("The details are copied.")).to_be_visible()
        copied = bob.page.evaluate("navigator.clipboard.readText()")
        assert "Project “Will fail” does not run" in copied
        assert "file is not a database" in copied
    bob.page.get_by_role("button", name="Start again").click()
    expect(bob.files()).to_be_visible(timeout=20_000)
    expect(page.get_by_role("button", name="Show details")).not_to_be_visible()
