"""Taking one's data along, and deleting one's account."""

import json
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import Browser, Page, expect

from browser.people import PASSWORD, PersonFactory, share
from browser.test_account import elsewhere, settings
from browser.test_page import LOOKS, SCREENS, axe_problems


def test_ones_data_is_downloaded(person: PersonFactory, tmp_path: Path) -> None:
    ada = person("Ada Lovelace")
    ada.new_project("Algebra")
    page = settings(ada)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download my data").click()
    assert download.value.suggested_filename.endswith(".zip")
    download.value.save_as(tmp_path / "data.zip")
    with ZipFile(tmp_path / "data.zip") as archive:
        assert json.loads(archive.read("account.json"))["email_address"] == ada.email
        titles = {row["title"] for row in json.loads(archive.read("projects.json"))}
    assert "Algebra" in titles


def delete(page: Page, password: str) -> None:
    dialog = page.get_by_role("dialog", name="Delete your account")
    dialog.get_by_label("Your password").fill(password)
    dialog.get_by_role("button", name="Delete my account").click()


def test_an_account_is_deleted_once_its_projects_are_handed_over(person: PersonFactory, browser: Browser) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    project_id = ada.new_project("Our book")
    share(ada, bob)
    alone = ada.new_project("Diary")
    ada.write(alone, "diary.txt", "dear diary")
    phone = elsewhere(ada, browser)
    bob.page.goto(f"{bob.studium.url}/projects/{project_id}")
    expect(bob.files()).to_be_visible(timeout=20_000)
    bob.page.get_by_role("button", name="Share").click()
    people = bob.page.get_by_role("dialog").get_by_role("listitem")
    expect(people).to_have_count(2)

    page = settings(ada)
    page.get_by_role("button", name="Delete account").click()
    dialog = page.get_by_role("dialog", name="Delete your account")
    expect(dialog.get_by_text("nobody can undo it")).to_be_visible()
    delete(page, "not the password")
    expect(dialog.get_by_text("The password is not right. Type it again.")).to_be_visible()
    delete(page, PASSWORD)
    expect(dialog.get_by_text("of which you are the only owner")).to_be_visible()
    expect(dialog.get_by_role("link")).to_have_count(1)
    dialog.get_by_role("link", name="Our book").click()
    page.wait_for_url(f"**/projects/{project_id}**")
    page.get_by_role("button", name="Share").click()
    page.get_by_role("button", name="Role of Bob Kahn").click()
    page.get_by_role("option", name="Owner").click()
    expect(people.filter(has_text="Bob Kahn")).to_contain_text("Owner")

    settings(ada)
    page.get_by_role("button", name="Delete account").click()
    delete(page, PASSWORD)
    for shown in (page, phone.page):
        expect(shown.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_text("Your account is deleted.")).to_be_visible()
    expect(people).to_have_count(1)
    page.get_by_label("E-mail").fill(ada.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("The e-mail address or the password is not right.")).to_be_visible()
    bob.write(project_id, "chapter.txt", "goes on")
    phone.context.close()


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_leaving_reads_well(person: PersonFactory, look: str) -> None:
    ada, bob = person("Ada Lovelace", **LOOKS[look]), person("Bob Kahn")
    project_id = ada.new_project("Our book")
    ada.request(
        "POST", "/api/query", data={"query": {"collaborators": {"project_id": project_id, "email_address": bob.email}}}
    )
    page = settings(ada)
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.get_by_role("button", name="Delete account").scroll_into_view_if_needed()
    page.screenshot(path=SCREENS / f"leaving-{look}.png")
    assert axe_problems(page) == []
    page.get_by_role("button", name="Delete account").press("Enter")
    expect(page.get_by_role("dialog").get_by_label("Your password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("link", name="Our book")).to_be_visible()
    page.screenshot(path=SCREENS / f"leaving-refused-{look}.png")
    assert axe_problems(page) == []
