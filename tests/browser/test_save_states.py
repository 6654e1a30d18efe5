"""Every state of a file as a person reads it: one true sentence in its place, in each look, with nothing for axe."""

import re

import pytest
from playwright.sync_api import expect

from browser.people import Person, PersonFactory
from browser.test_bad_input import wish
from browser.test_never_lose import SAVED, restart
from browser.test_page import LOOKS, SCREENS, axe_problems
from browser.test_together import type_at_end


def picture(person: Person, name: str) -> None:
    """Keep a picture; nothing sticks out and axe finds nothing."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    person.page.screenshot(path=SCREENS / f"state-{name}.png")
    assert person.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert axe_problems(person.page) == []


def says(person: Person, words: str) -> None:
    expect(person.save_state()).to_have_text(re.compile(words), timeout=20_000)


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_each_state_of_a_file_is_one_true_sentence(person: PersonFactory, look: str) -> None:
    ada = person("Ada Lovelace", **LOOKS[look])
    project_id = ada.new_project("Linear algebra")
    ada.write(project_id, "main.py", "a = 1\n")
    ada.run(project_id, "mkdir folder.py")
    ada.open_file(project_id, "main.py")
    type_at_end(ada, "main.py", "b = 2\n")
    says(ada, "^Saved to disk$")
    picture(ada, f"saved-{look}")

    ada.context.set_offline(True)
    says(ada, "^Saved to disk; you are offline$")
    type_at_end(ada, "main.py", "c")
    says(ada, "^1 change waiting: you are offline$")
    expect(ada.page.get_by_text("The connection is lost")).to_be_visible()
    picture(ada, f"offline-{look}")
    ada.context.set_offline(False)
    says(ada, "^Saved to disk$")

    ada.run(project_id, "rm main.py")
    says(ada, "^On the server; the file was deleted$")
    expect(ada.page.get_by_role("button", name="Save again")).to_be_visible()
    picture(ada, f"deleted-{look}")
    ada.run(project_id, "mkdir main.py")
    type_at_end(ada, "main.py", "d")
    says(ada, "^On the server, not yet on disk because something that is not text has taken the place of main.py")
    expect(ada.page.get_by_text("Nothing is lost")).to_be_visible()
    picture(ada, f"replaced-{look}")
    ada.run(project_id, "rmdir main.py")
    says(ada, "^Saved to disk$")

    if look != "phone":  # where the bar has no room for the state of the project
        wish(ada, project_id, "stop", "Stopped")
        type_at_end(ada, "main.py", "e")
        says(ada, "^1 change waiting: the project is stopped$")
        picture(ada, f"stopped-{look}")
        wish(ada, project_id, "start", "Running")
        says(ada, "^Saved to disk$")

    ada.page.goto(f"{ada.studium.url}/projects/{project_id}/edit/folder.py")
    says(ada, "folder.py is a folder, so it cannot be edited as text")
    picture(ada, f"not-text-{look}")


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_a_file_that_takes_long_to_open_shows_its_shape_and_then_itself(person: PersonFactory, look: str) -> None:
    ada = person("Ada Lovelace", **LOOKS[look])
    project_id = ada.new_project("Linear algebra")
    ada.write(project_id, "main.py", "a = 1\n")
    ada.page.route_web_socket(re.compile("/documents/"), lambda _: None)  # a server that accepts and stays silent
    ada.page.goto(f"{ada.studium.url}/projects/{project_id}/edit/main.py")
    expect(ada.page.get_by_role("status", name="Opening the file")).to_be_visible()
    says(ada, "^Opening: waiting for the server$")
    expect(ada.page.locator(".text-editor-skeleton > div").first).to_be_visible()
    picture(ada, f"opening-{look}")


def test_a_file_that_could_not_be_opened_opens_by_trying_again(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Linear algebra")
    ada.run(project_id, "mkdir main.py")
    ada.page.goto(f"{ada.studium.url}/projects/{project_id}/edit/main.py")
    says(ada, "main.py is a folder")
    ada.run(project_id, "rmdir main.py; echo 'a = 1' > main.py")
    restart(ada, project_id)
    ada.page.get_by_role("button", name="Try again").click()
    expect(ada.editor("main.py")).to_contain_text("a = 1", timeout=20_000)
    expect(ada.save_state()).to_have_text(SAVED)
