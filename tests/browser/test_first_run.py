"""From the set-up link to the Tutorial, and what a stranger may and may not do."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from browser.people import PASSWORD, PersonFactory, Studium, share, share_by_dialog
from support.serving import running


def test_set_up_link_makes_the_administrator_and_opens_the_tutorial(
    contexts: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    # A Studium of its own: the link ends when there is an account, however it was made.
    with running("serve", "--data", str(tmp_path / "data"), "--port", "0", "--no-browser") as serving:
        follow_set_up_link(serving.link("/set-up"), contexts)


def follow_set_up_link(link: str, contexts: Callable[..., BrowserContext]) -> None:
    page = contexts().new_page()
    page.goto(link)
    page.get_by_label("Name").fill("Ada Lovelace")
    page.get_by_label("E-mail").fill("administrator@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    tree = page.get_by_role("treegrid", name="Files")
    expect(tree).to_be_visible(timeout=20_000)
    for name in ("Welcome.md", "main.py", "first-notebook.ipynb", "notes.tex", "todo.tasks"):
        expect(tree.get_by_text(name)).to_be_visible()
    expect(page).to_have_title(re.compile("Tutorial"))
    again = contexts().new_page()
    again.goto(link)
    expect(again.get_by_text(re.compile("already been used|is set up|no longer", re.I)).first).to_be_visible()


def test_a_wrong_password_and_an_unknown_address_get_the_same_sentence(
    studium: Studium, person: PersonFactory, contexts: Callable[..., BrowserContext]
) -> None:
    bob = person("Bob Kahn")
    sentences = []
    for email in (bob.email, "nobody-at-all@example.org"):
        page = contexts().new_page()
        page.goto(f"{studium.url}/sign-in")
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password", exact=True).fill("not the password")
        page.get_by_role("button", name="Sign in").click()
        alert = page.get_by_role("alert")
        expect(alert).to_be_visible()
        sentences.append(alert.inner_text())
        assert page.get_by_label("E-mail").input_value() == email
    assert sentences[0] == sentences[1]


def test_sign_out_ends_the_session(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    ada.go_home()
    ada.page.get_by_role("button", name=re.compile("Account")).click()
    ada.page.get_by_role("menuitem", name="Sign out").click()
    expect(ada.page.get_by_role("button", name="Sign in")).to_be_visible()
    ada.page.goto(f"{ada.studium.url}/")
    expect(ada.page.get_by_role("button", name="Sign in")).to_be_visible()


def test_a_shared_project_appears_without_a_reload(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    bob.go_home()
    ada.new_project_by_dialog("Shared with Bob")
    share_by_dialog(ada, bob)
    expect(bob.page.get_by_text("Shared with Bob")).to_be_visible()


def test_a_stranger_sees_nothing_of_a_project(person: PersonFactory) -> None:
    ada, eve = person("Ada Lovelace"), person("Eve Moss")
    project_id = ada.new_project("Private")
    ada.write(project_id, "secret.txt", "the answer")
    for path in (f"/projects/{project_id}/files/secret.txt", f"/projects/{project_id}/run"):
        answer = eve.context.request.get(f"{eve.studium.url}{path}")
        assert answer.status == 403, answer.text()
        assert "the answer" not in answer.text()
    eve.page.goto(f"{eve.studium.url}/projects/{project_id}")
    expect(eve.page.get_by_text(re.compile("not in this project|no project", re.I)).first).to_be_visible()
    expect(eve.page.get_by_text("Private")).not_to_be_visible()


def test_renaming_a_project_shows_to_the_other(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    bob.go_home()
    ada.new_project("First name")
    share(ada, bob)
    expect(bob.page.get_by_text("First name")).to_be_visible()
    ada.page.goto(f"{ada.studium.url}/")
    ada.page.get_by_role("button", name=re.compile("Actions for First name|More.*First name")).click()
    ada.page.get_by_role("menuitem", name="Rename").click()
    box = ada.page.get_by_role("dialog").get_by_role("textbox")
    box.fill("Second name")
    box.press("Enter")
    expect(bob.page.get_by_text("Second name")).to_be_visible()
