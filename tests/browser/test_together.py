"""Two people in one file: the first promise of the product, in real browsers."""

import os
import re
import signal
import subprocess
from pathlib import Path

from playwright.sync_api import Page, expect

from browser.people import Person, PersonFactory, share, wait_for_file, wait_until

TEXT = "def area(r):\n    return 3.14 * r * r\n"


def two_people(person: PersonFactory) -> tuple[Person, Person, str, Path]:
    """Ada's project, shared with Bob, with ``main.py`` open in both browsers."""
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    project_id = ada.new_project("Linear algebra")
    share(ada, bob)
    main = ada.studium.home(project_id) / "main.py"
    ada.write(project_id, "main.py", TEXT)
    ada.open_file(project_id, "main.py")
    bob.open_file(project_id, "main.py")
    for somebody in (ada, bob):
        expect(somebody.editor("main.py")).to_contain_text("def area")
    return ada, bob, project_id, main


def type_at_end(person: Person, path: str, text: str) -> None:
    person.editor(path).click()
    person.page.keyboard.press("Control+End")
    person.page.keyboard.type(text, delay=8)


def text_of(page: Page) -> str:
    """What the editor shows, line by line (short files only: the editor draws what is in view)."""
    return "\n".join(page.locator(".cm-line").all_inner_texts()).replace("\u200b", "")


def same_text(*people: Person) -> bool:
    first, *rest = [text_of(p.page) for p in people]
    return all(other == first for other in rest)


def test_both_see_each_others_letters_and_names(person: PersonFactory) -> None:
    ada, bob, _, main = two_people(person)
    type_at_end(ada, "main.py", "# from ada\n")
    expect(bob.editor("main.py")).to_contain_text("# from ada")
    expect(bob.page.locator(".cm-content")).to_be_visible()
    wait_until(lambda: "Ada Lovelace" in (bob.page.locator(".cm-editor").inner_text() + bob.page.content()))
    type_at_end(bob, "main.py", "# from bob\n")
    expect(ada.editor("main.py")).to_contain_text("# from bob")
    for somebody in (ada, bob):
        expect(somebody.page.get_by_role("status", name="Save state")).to_have_text(re.compile("Saved to disk"))
    assert main.read_text() == TEXT + "# from ada\n# from bob\n"


def test_typing_at_once_ends_equal_everywhere(person: PersonFactory) -> None:
    ada, bob, _, main = two_people(person)
    ada.editor("main.py").click()
    ada.page.keyboard.press("Control+Home")
    bob.editor("main.py").click()
    bob.page.keyboard.press("Control+End")
    for number in range(12):
        ada.page.keyboard.type(f"a{number} ")
        bob.page.keyboard.type(f"b{number} ")
    wait_until(lambda: same_text(ada, bob) and "b11" in text_of(ada.page) and "a11" in text_of(bob.page))
    wait_for_file(main, text_of(ada.page))
    text = main.read_text()
    for number in range(12):
        assert text.count(f"a{number} ") == 1
        assert text.count(f"b{number} ") == 1


def test_a_change_on_disk_shows_in_both_editors(person: PersonFactory) -> None:
    ada, bob, project_id, _ = two_people(person)
    ada.run(project_id, "echo '# from a shell' >> main.py")
    for somebody in (ada, bob):
        expect(somebody.editor("main.py")).to_contain_text("# from a shell")
    type_at_end(ada, "main.py", "# after\n")
    wait_until(lambda: ada.run(project_id, "cat main.py").endswith("# from a shell\n# after\n"))


def test_a_killed_project_server_loses_nothing(person: PersonFactory) -> None:
    ada, bob, project_id, main = two_people(person)
    type_at_end(ada, "main.py", "# before the kill\n")
    for number in range(30):
        if number == 10:
            kill_project_server(project_id)
        ada.page.keyboard.type(f"line{number};")
    type_at_end(bob, "main.py", "# bob was here\n")
    wait_until(lambda: same_text(ada, bob) and "line29;" in text_of(bob.page), seconds=30)
    wait_for_file(main, text_of(ada.page), seconds=30)
    text = main.read_text()
    for number in range(30):
        assert text.count(f"line{number};") == 1, text
    assert text.count("# before the kill") == 1
    assert text.count("# bob was here") == 1


def kill_project_server(project_id: str) -> None:
    """SIGKILL the server process of one project (not its supervisor)."""
    pids = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            arguments = (entry / "cmdline").read_bytes().split(b"\0")
            environment = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"studium.project" in arguments and f"STUDIUM_PROJECT_ID={project_id}".encode() in environment:
            pids.append(int(entry.name))
    assert pids, "no project server found"
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def test_pulling_the_network_and_giving_it_back(person: PersonFactory) -> None:
    ada, bob, _, main = two_people(person)
    state = ada.page.get_by_role("status", name="Save state")
    ada.context.set_offline(True)
    type_at_end(ada, "main.py", "# typed offline\n")
    expect(state).to_have_text(re.compile("waiting"))
    type_at_end(bob, "main.py", "# typed meanwhile\n")
    expect(bob.editor("main.py")).to_contain_text("# typed meanwhile")
    ada.context.set_offline(False)
    wait_until(lambda: same_text(ada, bob) and "# typed offline" in text_of(bob.page), seconds=30)
    expect(state).to_have_text(re.compile("Saved to disk"), timeout=20_000)
    text = main.read_text()
    assert text.count("# typed offline") == 1
    assert text.count("# typed meanwhile") == 1


def test_offline_edits_survive_closing_the_tab(person: PersonFactory) -> None:
    ada, bob, project_id, main = two_people(person)
    ada.context.set_offline(True)
    type_at_end(ada, "main.py", "# kept in the browser\n")
    expect(ada.page.get_by_role("status", name="Save state")).to_have_text(re.compile("waiting"))
    ada.page.close()
    ada.context.set_offline(False)
    ada.page = ada.context.new_page()
    ada.open_file(project_id, "main.py")
    expect(ada.editor("main.py")).to_contain_text("# kept in the browser")
    expect(bob.editor("main.py")).to_contain_text("# kept in the browser")
    wait_for_file(main, text_of(bob.page))
    assert main.read_text().count("# kept in the browser") == 1


def test_undo_is_ones_own(person: PersonFactory) -> None:
    ada, bob, _, _ = two_people(person)
    type_at_end(ada, "main.py", "# ada's\n")
    expect(bob.editor("main.py")).to_contain_text("# ada's")
    type_at_end(bob, "main.py", "# bob's\n")
    expect(ada.editor("main.py")).to_contain_text("# bob's")
    ada.page.keyboard.press("Control+z")
    expect(bob.editor("main.py")).not_to_contain_text("# ada's")
    expect(bob.editor("main.py")).to_contain_text("# bob's")


def test_a_removed_collaborator_is_cut_off_at_once(person: PersonFactory) -> None:
    ada, bob, _, _ = two_people(person)
    ada.page.get_by_role("button", name="Share").click()
    dialog = ada.page.get_by_role("dialog", name="Share")
    dialog.get_by_role("button", name=re.compile("Remove Bob Kahn")).click()
    expect(bob.page.get_by_text(re.compile("no longer|not in this project|removed", re.I)).first).to_be_visible()


def test_git_is_a_friend(person: PersonFactory) -> None:
    """A tool that replaces files by rename while people look at them."""
    ada, bob, project_id, main = two_people(person)
    before = subprocess.run(["sha1sum", str(main)], capture_output=True, check=True).stdout
    ada.run(project_id, "sed -i 's/3.14/3.1416/' main.py")
    for somebody in (ada, bob):
        expect(somebody.editor("main.py")).to_contain_text("3.1416")
    assert subprocess.run(["sha1sum", str(main)], capture_output=True, check=True).stdout != before
