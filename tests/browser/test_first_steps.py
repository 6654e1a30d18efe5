"""The first minutes of a new person, and what must go on when a project stops or a file gets another name."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from browser.people import PASSWORD, Person, PersonFactory, Studium, share, wait_for_file, wait_until
from support.serving import running

LOOKS: dict[str, dict[str, Any]] = {
    "desktop": {},
    "phone": {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True},
}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A Studium of its own, not set up yet: its site settings are changed here."""
    data = tmp_path_factory.mktemp("fresh")
    with running("serve", "--data", str(data), "--port", "0", "--no-browser") as serving:
        yield Studium(serving, data)


def fill_account(page: Page, name: str, email: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()


def step(page: Page, title: str) -> Locator:
    return page.get_by_role("list", name="First steps").get_by_role("listitem").filter(has_text=title)


def done(page: Page, title: str) -> None:
    expect(step(page, title)).to_contain_text("Done:")


def palette(page: Page, text: str) -> None:
    page.keyboard.press("F1")
    expect(page.get_by_role("combobox", name="Search or run a command")).to_be_focused()
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def choose(page: Page, label: str, choice: str) -> None:
    """Choose in one of our select fields."""
    page.get_by_role("button", name=re.compile(label)).click()
    page.get_by_role("option", name=choice).click()


def test_set_up_to_five_ticks_to_an_invited_second_person(
    fresh: Studium, contexts: Callable[..., BrowserContext]
) -> None:
    page = contexts().new_page()
    page.goto(fresh.serving.link("/set-up"))
    fill_account(page, "Ada Lovelace", "ada@example.org")
    page.wait_for_url(re.compile("/edit/Welcome.md"))
    editor = page.get_by_role("textbox", name="Welcome.md editor")
    expect(editor).to_contain_text("Welcome to Studium", timeout=20_000)
    panel = page.get_by_role("complementary", name="Getting started panel")
    expect(panel.get_by_role("listitem")).to_have_count(5)
    expect(panel.get_by_role("status")).to_have_text("0 of 5 done")

    page.get_by_role("row", name="main.py").click()
    page.get_by_role("row", name="main.py").press("Enter")
    expect(page.get_by_role("textbox", name="main.py editor")).to_contain_text("Collatz")
    done(page, "Open main.py")
    page.get_by_role("textbox", name="main.py editor").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("# mine")
    done(page, "Change a line")
    page.get_by_role("button", name="New file").click()
    page.keyboard.type("own.txt")
    page.keyboard.press("Enter")
    done(page, "Make a new file")
    palette(page, ">hidden")
    done(page, "Run a command")
    expect(panel.get_by_role("status")).to_have_text("4 of 5 done")

    # Somebody to share with: an invitation link, from the administration page to the other's Tutorial.
    page.goto(f"{fresh.url}/administration")
    page.get_by_role("button", name="Allow invitation links").click()
    page.get_by_label("E-mail").fill("grace@example.org")
    page.get_by_role("button", name="Make invitation link").click()
    link = page.locator(".link-text").inner_text()
    other = contexts().new_page()
    other.goto(link)
    fill_account(other, "Grace Hopper", "grace@example.org")
    other.wait_for_url(re.compile("/edit/Welcome.md"))
    expect(other.get_by_role("list", name="First steps")).to_be_visible(timeout=20_000)
    expect(other).to_have_title("Welcome.md – Tutorial – Studium")

    page.go_back()
    page.get_by_role("button", name="Share", exact=True).click()
    dialog = page.get_by_role("dialog", name="Share")
    dialog.get_by_label("E-mail").fill("grace@example.org")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.get_by_text("Grace Hopper")).to_be_visible()
    page.keyboard.press("Escape")
    done(page, "Share the project")
    expect(panel.get_by_role("status")).to_contain_text("All five are done")

    # Remembered in the account: another browser of Ada shows the same, until she closes the list.
    second = contexts().new_page()
    second.goto(f"{fresh.url}/sign-in")
    second.get_by_label("E-mail").fill("ada@example.org")
    second.get_by_label("Password", exact=True).fill(PASSWORD)
    second.get_by_role("button", name="Sign in").click()
    second.get_by_role("link", name=re.compile("Tutorial")).first.click()
    expect(second.get_by_role("complementary", name="Getting started panel").get_by_role("status")).to_contain_text(
        "All five are done", timeout=20_000
    )
    second.get_by_role("button", name="Close the list").click()
    expect(second.get_by_role("list", name="First steps")).not_to_be_visible()
    second.reload()
    expect(second.get_by_role("treegrid", name="Files")).to_be_visible(timeout=20_000)
    expect(second.get_by_role("list", name="First steps")).not_to_be_visible()
    palette(second, ">getting started")
    expect(second.get_by_role("list", name="First steps")).to_be_visible()


def test_who_may_sign_up_changes_at_once(fresh: Studium, contexts: Callable[..., BrowserContext]) -> None:
    page = contexts().new_page()
    page.goto(f"{fresh.url}/sign-in")
    if page.get_by_text("Set up Studium").is_visible():
        pytest.skip("the test before sets this Studium up")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    page.goto(f"{fresh.url}/administration")
    stranger = contexts().new_page()
    for policy, sentence in (
        ("Anyone", "Sign up for"),
        ("People with an invitation link", "Sign-up is by invitation"),
        ("Nobody", "Sign-up is closed"),
    ):
        choose(page, "Who may make an account", policy)
        expect(page.get_by_text("The site's settings are changed.").first).to_be_visible()
        stranger.goto(f"{fresh.url}/sign-up")
        expect(stranger.get_by_role("heading", name=re.compile(sentence))).to_be_visible()
        page.get_by_role("button", name="Dismiss").first.click()


@pytest.mark.parametrize("look", LOOKS)
def test_a_stopped_project_stays_stopped_and_keeps_what_is_typed(person: PersonFactory, look: str) -> None:
    ada = person("Ada Lovelace", **LOOKS[look])
    project_id = ada.new_project("Stop and go")
    ada.write(project_id, "main.py", "one = 1\n")
    ada.open_file(project_id, "main.py")
    expect(ada.editor("main.py")).to_contain_text("one = 1")
    asked: list[str] = []
    ada.page.on("websocket", lambda socket: asked.append(socket.url))
    ada.page.get_by_role("button", name="Project actions").click()
    ada.page.get_by_role("menuitem", name="Stop project").click()
    start = ada.page.get_by_role("button", name="Start project")
    expect(start).to_be_visible(timeout=20_000)
    expect(ada.page.get_by_text("This project is stopped.")).to_be_visible()
    asked.clear()  # a connection that ended may be tried once before the page knows why
    ada.editor("main.py").click()
    ada.page.keyboard.press("Control+End")
    ada.page.keyboard.type("two = 2\n")
    expect(ada.save_state()).to_have_text(re.compile(r"changes? waiting: the project is stopped"))
    ada.page.wait_for_timeout(3_000)  # longer than any pause before another try
    assert [url for url in asked if "/projects/" in url] == []
    expect(start).to_be_visible()
    start.click()
    expect(ada.save_state()).to_have_text("Saved to disk", timeout=20_000)
    wait_for_file(ada.studium.home(project_id) / "main.py", "one = 1\ntwo = 2\n")
    ada.run(project_id, "echo new > after.txt")
    if look == "desktop":
        expect(ada.files().get_by_text("after.txt")).to_be_visible()


def test_a_start_that_fails_says_why_and_can_be_tried_again(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Will not start")
    home = ada.studium.home(project_id)
    ada.page.get_by_role("button", name="Project actions").click()
    ada.page.get_by_role("menuitem", name="Stop project").click()
    expect(ada.page.get_by_role("button", name="Start project")).to_be_visible(timeout=20_000)
    ada.page.goto(f"{ada.studium.url}/")
    aside = home.with_name("home-aside")
    home.rename(aside)
    home.write_text("a file where the home should be")
    try:
        ada.page.get_by_role("link", name=re.compile("Will not start")).click()
        expect(ada.page.get_by_role("heading", name="The project could not start")).to_be_visible(timeout=20_000)
        message = ada.page.get_by_role("main").get_by_role("alert").inner_text()
        assert len(message) > 20, message
        expect(ada.page.get_by_role("button", name="Copy details")).to_be_visible()
    finally:
        home.unlink()
        aside.rename(home)
    ada.page.get_by_role("button", name="Start again").click()
    expect(ada.files()).to_be_visible(timeout=20_000)


def two_in_a_file(person: PersonFactory, path: str) -> tuple[Person, Person, str]:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    project_id = ada.new_project("Two in a file")
    share(ada, bob)
    ada.write(project_id, path, "".join(f"line {number}\n" for number in range(1, 201)))
    for somebody in (ada, bob):
        somebody.open_file(project_id, path)
        expect(somebody.editor(path)).to_contain_text("line 1")
    return ada, bob, project_id


def test_a_renamed_file_is_followed_in_the_other_browser(person: PersonFactory) -> None:
    ada, bob, project_id = two_in_a_file(person, "draft.txt")
    bob.editor("draft.txt").click()
    bob.page.keyboard.press("Control+Home")
    bob.page.keyboard.type("bob before ")
    expect(ada.editor("draft.txt")).to_contain_text("bob before")
    ada.files().get_by_role("row", name="draft.txt").click(button="right")
    ada.page.get_by_role("menuitem", name="Rename").click()
    ada.page.keyboard.press("Control+a")
    ada.page.keyboard.type("final.txt")
    ada.page.keyboard.press("Enter")
    for somebody in (ada, bob):
        expect(somebody.page.get_by_role("tab", name="final.txt")).to_be_visible()
        expect(somebody.page.get_by_role("tab", name="draft.txt")).not_to_be_visible()
        somebody.page.wait_for_url(re.compile("/edit/final.txt"))
    expect(bob.page.get_by_text("“draft.txt” is called “final.txt” now.")).to_be_visible()
    bob.page.keyboard.type("and after ")
    expect(ada.editor("final.txt")).to_contain_text("bob before and after line 1")
    bob.page.context.set_offline(True)
    bob.page.keyboard.type("and offline ")
    expect(bob.save_state()).to_contain_text("waiting")
    bob.page.context.set_offline(False)
    expect(ada.editor("final.txt")).to_contain_text("and after and offline", timeout=20_000)
    home = ada.studium.home(project_id)
    wait_until(lambda: "bob before and after and offline line 1" in (home / "final.txt").read_text())
    assert not (home / "draft.txt").exists()


def test_a_deleted_file_says_so_and_can_be_saved_again(person: PersonFactory) -> None:
    ada, bob, project_id = two_in_a_file(person, "notes.txt")
    ada.files().get_by_role("row", name="notes.txt").click(button="right")
    ada.page.get_by_role("menuitem", name="Move to trash").click()
    expect(bob.page.get_by_text(re.compile("notes.txt was deleted")).first).to_be_visible()
    expect(bob.editor("notes.txt")).to_contain_text("line 1")
    bob.page.get_by_role("button", name="Save again").click()
    wait_until(lambda: (ada.studium.home(project_id) / "notes.txt").exists())
    expect(bob.save_state()).to_have_text("Saved to disk")
    expect(bob.page.get_by_role("button", name="Save again")).not_to_be_visible()


def test_two_tabs_of_one_person_are_one_and_can_be_gone_to_and_followed(person: PersonFactory) -> None:
    ada, bob, project_id = two_in_a_file(person, "long.txt")
    bobs = bob.context.new_page()
    bobs.goto(bob.page.url)
    expect(bobs.locator(".cm-content")).to_contain_text("line 1")
    bobs.locator(".cm-content").click()
    bobs.keyboard.press("Control+End")
    face = ada.page.get_by_role("list", name="People here").get_by_role("button")
    expect(face).to_have_count(1)
    expect(ada.page.get_by_role("tab").locator(".avatar")).to_have_count(1)
    expect(ada.editor("long.txt")).not_to_contain_text("line 200")
    face.click()
    expect(ada.editor("long.txt")).to_contain_text("line 200")
    ada.page.get_by_role("button", name="People", exact=True).click()
    ada.page.get_by_role("button", name="Follow Bob Kahn").click()
    bobs.keyboard.press("Control+Home")
    expect(ada.editor("long.txt")).to_contain_text("line 2")
    ada.editor("long.txt").click()
    ada.page.keyboard.press("Control+Home")
    ada.page.keyboard.type("x")
    expect(ada.page.get_by_role("button", name="Follow Bob Kahn")).to_be_visible()
    bobs.keyboard.press("Control+End")
    expect(bobs.locator(".cm-content")).to_contain_text("line 200")
    expect(ada.editor("long.txt")).not_to_contain_text("line 200")
    assert project_id in ada.page.url


def test_an_upload_of_a_taken_name_asks_and_rows_can_be_dragged(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Clash")
    home = ada.studium.home(project_id)
    ada.write(project_id, "table.csv", "old\n")
    ada.run(project_id, "mkdir data")
    expect(ada.files().get_by_text("table.csv")).to_be_visible()
    expect(ada.files().get_by_text("data")).to_be_visible()

    def drop(text: str) -> None:
        transfer = ada.page.evaluate_handle(
            """(text) => {
                const transfer = new DataTransfer();
                transfer.items.add(new File([text], "table.csv"));
                return transfer;
            }""",
            text,
        )
        for event in ("dragenter", "dragover", "drop"):
            ada.files().dispatch_event(event, {"dataTransfer": transfer})

    dialog = ada.page.get_by_role("dialog", name="This name is taken")
    drop("new\n")
    dialog.get_by_role("button", name="Skip").click()
    expect(dialog).not_to_be_visible()
    assert (home / "table.csv").read_text() == "old\n"
    drop("new\n")
    dialog.get_by_role("button", name="Keep both").click()
    expect(ada.files().get_by_text("table (copy).csv")).to_be_visible()
    assert (home / "table (copy).csv").read_text() == "new\n"
    drop("newest\n")
    dialog.get_by_role("button", name="Replace").click()
    wait_until(lambda: (home / "table.csv").read_text() == "newest\n")

    ada.files().get_by_role("row", name="table.csv").drag_to(ada.files().get_by_role("row", name="data"))
    expect(ada.page.get_by_text("“table.csv” is now in “data”.")).to_be_visible()
    wait_until(lambda: (home / "data" / "table.csv").exists())
    ada.page.get_by_role("button", name="Undo").click()
    wait_until(lambda: (home / "table.csv").exists())


def test_keys_and_theme_are_chosen_and_stay(
    person: PersonFactory, studium: Studium, contexts: Callable[..., BrowserContext]
) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Keys")
    ada.page.goto(f"{studium.url}/keys")
    ada.page.get_by_role("button", name="Change key of Share").click()
    expect(ada.page.get_by_label("Press the new key")).to_be_focused()
    ada.page.keyboard.press("Alt+Shift+H")
    ada.page.get_by_role("button", name="Change key", exact=True).click()
    ada.page.goto(f"{studium.url}/settings")
    expect(ada.page.get_by_text(ada.email)).to_be_visible()
    assert ada.page.locator(f"input[value='{ada.email}']").count() == 0
    choose(ada.page, "Theme", "High contrast")
    expect(ada.page.locator("html")).to_have_attribute("data-theme", "high-contrast")
    choose(ada.page, "Keys", "Vim")

    # Another browser of the same account, which knows nothing but the account.
    context = contexts()
    other = Person(ada.name, ada.email, context, context.new_page(), studium)
    other.sign_in()
    expect(other.page.locator("html")).to_have_attribute("data-theme", "high-contrast")
    other.write(project_id, "vim.txt", "first\nsecond\n")
    other.open_file(project_id, "vim.txt")
    expect(other.editor("vim.txt")).to_contain_text("second")
    expect(other.page.locator(".cm-vim-panel")).to_be_visible()
    other.editor("vim.txt").click()
    other.page.keyboard.type("ggddihello ")
    other.page.keyboard.press("Escape")
    wait_for_file(studium.home(project_id) / "vim.txt", "hello second")
    other.files().get_by_role("row", name="vim.txt").focus()
    other.page.keyboard.press("Alt+Shift+H")
    expect(other.page.get_by_role("dialog", name="Share")).to_be_visible()


def test_settings_of_a_folder_opened_alone(contexts: Callable[..., BrowserContext], tmp_path: Path) -> None:
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "main.py").write_text("print('hello')\n")
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    with running("open", str(folder), "--port", "0", "--no-browser", environment=state) as serving:
        page = contexts().new_page()
        page.goto(serving.link("/link"))
        expect(page.get_by_role("treegrid", name="Files")).to_be_visible()
        page.get_by_role("button", name="Settings and help").click()
        page.get_by_role("menuitem", name="Settings").click()
        expect(page.get_by_role("heading", name="Settings")).to_be_visible()
        expect(page.get_by_text("E-mail")).not_to_be_visible()
        choose(page, "Theme", "Dark")
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        page.goto(serving.url)
        expect(page.get_by_role("treegrid", name="Files").get_by_text("main.py")).to_be_visible()
        expect(page.get_by_role("list", name="First steps")).not_to_be_visible()


def test_a_new_file_on_a_phone_is_named_in_the_list(person: PersonFactory) -> None:
    ada = person("Ada Lovelace", **LOOKS["phone"])
    project_id = ada.new_project("Phone")
    ada.write(project_id, "main.py", "one = 1\n")
    ada.open_file(project_id, "main.py")
    ada.editor("main.py").click()
    ada.page.keyboard.press("Alt+n")
    expect(ada.page.get_by_role("textbox", name="Name of the new file")).to_be_focused()
    ada.page.keyboard.type("two.py")
    ada.page.keyboard.press("Enter")
    expect(ada.editor("two.py")).to_be_visible()
    assert (ada.studium.home(project_id) / "main.py").read_text() == "one = 1\n"
