"""What a person sees when something cannot work: a sentence at the place, what was typed still there, no reload."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from browser.people import (
    PASSWORD,
    Person,
    PersonFactory,
    Studium,
    look_only,
    make_viewer,
    newcomer,
    share,
    wait_for_file,
    wait_until,
)
from support.serving import free_port, postmaster, running

WITHOUT_NAMESPACES = (sys.executable, str(Path(__file__).parents[1] / "support" / "without_namespaces.py"))
SAVED = re.compile("Saved to disk")


def says(field: Locator, words: str) -> None:
    """The field is marked as wrong, and what describes it, to an eye and to a screen reader, says why."""
    expect(field).to_have_accessible_description(re.compile(words))
    expect(field.page.get_by_text(re.compile(words)).first).to_be_visible()


def type_at_end(person: Person, path: str, text: str) -> None:
    person.editor(path).click()
    person.page.keyboard.press("Control+End")
    person.page.keyboard.type(text)


# Forms -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def administrator(person: PersonFactory) -> Person:
    return person("Ada Lovelace", "--administrator")


@pytest.fixture
def open_sign_up(administrator: Person) -> Iterator[None]:
    administrator.query({"site_settings": {"name": "sign_up", "value": "open"}})
    yield
    administrator.query({"site_settings": {"name": "sign_up", "value": "closed"}})


@pytest.mark.usefixtures("open_sign_up")
def test_sign_up_says_what_is_wrong_at_the_field(
    studium: Studium, administrator: Person, contexts: Callable[..., BrowserContext]
) -> None:
    page = contexts().new_page()
    page.goto(f"{studium.url}/sign-up")
    name, email, password = (page.get_by_label(label, exact=True) for label in ("Name", "E-mail", "Password"))

    def try_with(**changes: str) -> None:
        values = {"name": "Grace Hopper", "email": "grace-new@example.org", "password": PASSWORD, **changes}
        for field, value in ((name, values["name"]), (email, values["email"]), (password, values["password"])):
            field.fill(value)
        page.get_by_role("button", name="Create account").click()

    def kept(**values: str) -> None:
        fields = {"name": name, "email": email, "password": password}
        for field, value in values.items():
            assert fields[field].input_value() == value

    try_with(name=" ", password="")
    says(name, "This field is empty")
    says(password, "This field is empty")
    try_with(email="grace")
    says(email, "This is not an e-mail address. Write it like ada@example.org")
    try_with(email=administrator.email)
    says(email, "There is an account with the address .* already. Sign in, or use another address")
    kept(name="Grace Hopper", email=administrator.email, password=PASSWORD)
    try_with(name="G" * 10_000)
    says(name, "The name has 10000 characters; 200 are allowed. Choose a shorter one")
    kept(name="G" * 10_000, email="grace-new@example.org", password=PASSWORD)
    try_with(password="p" * 2_000)
    says(password, "longer than 1024 characters. Choose a shorter one")
    kept(name="Grace Hopper", email="grace-new@example.org", password="p" * 2_000)
    try_with(password="pw")
    says(password, "has fewer than 8 characters. Choose a longer one, such as four words")
    kept(password="pw")
    try_with()
    expect(page.get_by_role("treegrid", name="Files")).to_be_visible(timeout=20_000)


def test_a_title_that_cannot_be_stays_in_its_field(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    ada.go_home()
    ada.page.get_by_role("button", name="New project").first.click()
    dialog = ada.page.get_by_role("dialog")
    title, create = dialog.get_by_role("textbox"), dialog.get_by_role("button", name="Create project")
    title.fill("   ")
    create.click()
    says(title, "Give the project a title")
    title.fill("T" * 10_000)
    create.click()
    says(title, "The title has 10,000 characters; 200 are allowed. Choose a shorter one")
    assert title.input_value() == "T" * 10_000
    title.fill("bell\x07")
    create.click()
    says(title, "must not contain control characters")
    assert title.input_value() == "bell\x07"
    title.fill("Linear algebra")
    create.click()
    ada.page.wait_for_url(re.compile(r"/projects/[0-9a-f-]{36}"))


def test_a_name_of_a_file_that_cannot_be_stays_in_its_field(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Names")
    ada.page.get_by_role("button", name="New file").click()
    field = ada.page.get_by_role("textbox", name="Name of the new file")
    for name, words in (
        ("..", r"\.\."),
        ("a/b", "no file or folder “a”"),
        ("n" * 300, "longer|long"),
        ("bell\x07", "control character"),
    ):
        field.fill(name)
        field.press("Enter")
        says(field, words)
        assert field.input_value() == name
    field.fill("main.py")
    field.press("Enter")
    expect(ada.editor("main.py")).to_be_visible()
    wait_until(lambda: [path.name for path in ada.studium.home(project_id).iterdir()] == ["main.py"])


# Files -------------------------------------------------------------------------------------------------------------


def test_a_file_of_one_long_line_is_edited(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Large")
    ada.run(project_id, "head -c 10000000 /dev/zero | tr '\\0' 'a' > line.txt")
    ada.open_file(project_id, "line.txt")
    expect(ada.save_state()).to_have_text(SAVED, timeout=30_000)


# A viewer, and rights that end ---------------------------------------------------------------------------------------


def test_a_viewer_reads_and_cannot_type(person: PersonFactory) -> None:
    ada, vera = person("Ada Lovelace"), person("Vera Rubin")
    project_id = ada.new_project("To look at")
    ada.write(project_id, "main.py", "a = 1\n")
    make_viewer(ada, vera, project_id)
    vera.open_file(project_id, "main.py")
    expect(vera.editor("main.py")).to_contain_text("a = 1")
    expect(vera.save_state()).to_have_text(re.compile("Read only because you are a viewer of this project"))
    type_at_end(vera, "main.py", "evil")
    expect(vera.editor("main.py")).not_to_contain_text("evil")
    ada.open_file(project_id, "main.py")
    type_at_end(ada, "main.py", "b = 2\n")
    expect(vera.editor("main.py")).to_contain_text("b = 2")


def test_who_loses_the_right_to_write_keeps_what_was_typed_in_time(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    project_id = ada.new_project("Demoted")
    ada.write(project_id, "main.py", "a = 1\n")
    share(ada, bob)
    bob.open_file(project_id, "main.py")
    type_at_end(bob, "main.py", "b = 2\n")
    expect(bob.save_state()).to_have_text(SAVED)
    look_only(ada, bob, project_id)
    expect(bob.save_state()).to_have_text(re.compile("Read only because"))
    assert (ada.studium.home(project_id) / "main.py").read_text() == "a = 1\nb = 2\n"


def test_an_account_disabled_while_it_types_and_a_session_ended_elsewhere(
    person: PersonFactory, administrator: Person
) -> None:
    bob = person("Bob Kahn")
    project_id = bob.new_project("Locked out")
    bob.write(project_id, "main.py", "a = 1\n")
    bob.open_file(project_id, "main.py")
    type_at_end(bob, "main.py", "b = 2\n")
    expect(bob.save_state()).to_have_text(SAVED)
    second = bob.context.new_page()
    second.goto(f"{bob.studium.url}/")
    second.get_by_role("button", name=re.compile("Account")).click()
    second.get_by_role("menuitem", name="Sign out").click()
    expect(second.get_by_role("button", name="Sign in")).to_be_visible()
    expect(bob.page.get_by_role("button", name="Sign in")).to_be_visible()  # the first tab too, by itself
    bob.sign_in()
    bob.open_file(project_id, "main.py")
    expect(bob.editor("main.py")).to_contain_text("b = 2")
    administrator.query({"accounts": {"account_id": bob.account_id, "disabled": True}})
    expect(bob.page.get_by_role("button", name="Sign in")).to_be_visible()
    assert (bob.studium.home(project_id) / "main.py").read_text() == "a = 1\nb = 2\n"


# What breaks below the page ----------------------------------------------------------------------------------------


def test_a_full_disk_is_said_and_the_file_is_saved_when_there_is_room(person: PersonFactory) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Full")
    wish(ada, project_id, "stop", "Stopped")
    home = ada.studium.home(project_id)
    owner = home.stat()
    options = f"size=2m,mode=700,uid={owner.st_uid},gid={owner.st_gid}"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", home], check=False).returncode:
        pytest.skip("this system does not let tests mount a file system")
    try:
        wish(ada, project_id, "start", "Running")
        ada.write(project_id, "main.py", "a = 1\n")
        ada.open_file(project_id, "main.py")
        ballast = home / "ballast"
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"x" * 65536)
        type_at_end(ada, "main.py", "b = 2\n")
        expect(ada.save_state()).to_have_text(re.compile("On the server, not yet on disk because the disk is full"))
        type_at_end(ada, "main.py", "c = 3\n")
        assert (home / "main.py").read_text() == "a = 1\n"
        ballast.unlink()
        expect(ada.save_state()).to_have_text(SAVED, timeout=40_000)
        assert (home / "main.py").read_text() == "a = 1\nb = 2\nc = 3\n"
        wish(ada, project_id, "stop", "Stopped")
    finally:
        subprocess.run(["umount", "--lazy", home], check=True)


def wish(person: Person, project_id: str, action: str, state: str) -> None:
    person.query({"projects": {"project_id": project_id, "action_request": {"action": action}}})
    expect(person.page.get_by_role("contentinfo").get_by_text(state)).to_be_visible(timeout=20_000)


def test_a_killed_database_needs_no_reload(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Before")
    ada.write(project_id, "main.py", "a = 1\n")
    ada.open_file(project_id, "main.py")
    ada.page.evaluate("() => { window.notReloaded = true }")
    os.kill(postmaster(ada.studium.serving), signal.SIGKILL)
    type_at_end(ada, "main.py", "b = 2\n")
    expect(ada.save_state()).to_have_text(SAVED, timeout=20_000)
    assert (ada.studium.home(project_id) / "main.py").read_text() == "a = 1\nb = 2\n"

    def renamed() -> bool:
        with contextlib.suppress(AssertionError):
            ada.query({"projects": {"project_id": project_id, "title": "After"}})
            return True
        return False

    wait_until(renamed)
    expect(ada.page).to_have_title(re.compile("After"))
    assert ada.page.evaluate("() => window.notReloaded")


def test_a_killed_hub_comes_back_and_every_edit_arrives_once(
    tmp_path: Path, contexts: Callable[..., BrowserContext]
) -> None:
    data, port = tmp_path / "data", str(free_port())
    arguments = ("serve", "--data", str(data), "--port", port, "--content-port", "0", "--no-browser")
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(running(*arguments, "--max-upload", "1M"))
        ada = newcomer(Studium(first, data), contexts(), "Ada Lovelace", "ada@example.org")
        project_id = ada.new_project("Uploads")
        drop(ada.page, ada.files(), "big.bin", 1_100_000)
        words = "“big.bin” was not uploaded. “big.bin” is larger than 1.05 MB, the limit of one upload"
        expect(ada.page.get_by_text(re.compile(words)).first).to_be_visible()
        ada.write(project_id, "main.py", "a = 1\n")
        ada.open_file(project_id, "main.py")
        ada.page.evaluate("() => { window.notReloaded = true }")
        first.process.kill()
        first.process.wait(10)
        type_at_end(ada, "main.py", "b = 2\n")
        expect(ada.save_state()).to_have_text(re.compile("waiting"))
        expect(ada.page.get_by_text(re.compile("The connection is lost")).first).to_be_visible()
        stack.enter_context(running(*arguments))
        expect(ada.save_state()).to_have_text(SAVED, timeout=30_000)
        expect(ada.page.get_by_text(re.compile("The connection is lost"))).not_to_be_visible(timeout=20_000)
        wait_for_file(data / "projects" / project_id / "home" / "main.py", "a = 1\nb = 2\n")
        assert ada.page.evaluate("() => window.notReloaded")


def drop(page: Page, target: Locator, name: str, size: int) -> None:
    """Drop a file of ``size`` bytes on something."""
    transfer = page.evaluate_handle(
        """([name, size]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(size)], name));
            return transfer;
        }""",
        [name, size],
    )
    for event in ("dragenter", "dragover", "drop"):
        target.dispatch_event(event, {"dataTransfer": transfer})


def test_without_isolation_a_banner_says_so_and_strangers_stay_out(
    tmp_path: Path, contexts: Callable[..., BrowserContext]
) -> None:
    data = tmp_path / "data"
    arguments = ("serve", "--data", str(data), "--port", "0", "--no-browser")
    with running(*arguments, wrapper=WITHOUT_NAMESPACES) as serving:
        ada = newcomer(Studium(serving, data), contexts(), "Ada Lovelace", "ada@example.org", "--administrator")
        ada.go_home()
        banner = re.compile(
            "Projects are not kept apart from each other on this machine: invite only people whom you trust"
        )
        expect(ada.page.get_by_text(banner)).to_be_visible()
        ada.page.goto(f"{serving.url}/administration")
        expect(ada.page.get_by_text(banner)).to_be_visible()
        ada.page.get_by_role("button", name=re.compile("Who may make an account")).click()
        ada.page.get_by_role("option", name="Anyone").click()
        expect(ada.page.get_by_text(re.compile("Choose people with an invitation link")).first).to_be_visible()
        expect(ada.page.get_by_role("button", name=re.compile("Who may make an account"))).to_contain_text("Nobody")
