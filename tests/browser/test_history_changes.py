"""The changes between two versions: going through them, restoring one of several, and who wrote each line."""

import re

from playwright.sync_api import Locator, Page, expect

from browser.people import PersonFactory, wait_for_file, wait_until
from browser.test_history import open_history, saved, slider, text_at, two_changes
from browser.test_together import text_of, two_people, type_at_end


def steps(page: Page) -> Locator:
    """At which of the changes one is."""
    return page.locator(".history-steps .numbers")


def test_any_two_versions_are_compared_with_keys_alone(person: PersonFactory) -> None:
    ada, _, _, _ = two_changes(person)
    page = ada.page
    open_history(ada)
    expect(steps(page)).to_have_text("Change 1 of 2")
    page.keyboard.press("F7")
    expect(steps(page)).to_have_text("Change 2 of 2")
    expect(page.locator(".history [role=status].visually-hidden")).to_have_text(
        "Change 2 of 2, line 9: “9” became “nine”"
    )
    expect(page.locator(".cm-line.history-current")).to_have_text("line 9nine")
    page.keyboard.press("F7")
    expect(steps(page)).to_have_text("Change 1 of 2")
    page.keyboard.press("Shift+F7")
    expect(steps(page)).to_have_text("Change 2 of 2")
    # From burst to burst.
    page.keyboard.press("Alt+j")
    expect(text_at(page)).to_contain_text("line 9")
    page.keyboard.press("Alt+k")
    expect(text_at(page)).to_contain_text("nine")
    # With any burst, an older one …
    compare = page.get_by_role("button", name=re.compile("Compare with version 2$"))
    compare.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**compare=2")
    expect(page.locator(".cm-content del").first).to_have_text("1")
    against = page.get_by_role("slider", name="Compared with version")
    expect(against).to_have_value("2")
    against.focus()
    page.keyboard.press("Home")
    expect(against).to_have_attribute("aria-valuetext", "the empty text")
    expect(page.locator(".cm-content del")).to_have_count(0)
    # … or a newer one, seen from the older.
    slider(page).focus()
    page.keyboard.press("Home")
    against.focus()
    page.keyboard.press("End")
    expect(page.locator(".history-key")).to_contain_text(re.compile(r"only in version \d+"))
    expect(page.locator(".cm-content del").first).to_contain_text("line")


def test_one_change_is_restored_for_everybody_and_undone(person: PersonFactory) -> None:
    ada, bob, _, main = two_changes(person)
    page = ada.page
    text = main.read_text()
    open_history(ada)
    newest = slider(page).get_attribute("max") or ""
    slider(page).press("End")
    page.goto(f"{page.url.split('?')[0]}?version={newest}")
    expect(steps(page)).to_have_text("Change 1 of 2")
    # The document has moved on since: Bob wrote above the changes and between them.
    bob.editor("main.py").click()
    bob.page.keyboard.press("Control+Home")
    bob.page.keyboard.type("# bob\n")
    type_at_end(bob, "main.py", "# the end\n")
    expect(bob.editor("main.py")).to_contain_text("# the end")
    saved(bob)
    page.keyboard.press("F7")
    page.keyboard.press("Alt+r")
    expect(page.get_by_text("Restored a part of “main.py”.")).to_be_visible()
    expect(bob.editor("main.py")).to_contain_text("line 9")
    now = "# bob\n" + text.replace("line nine", "line 9") + "# the end\n"
    wait_for_file(main, now)
    # The other one by its button beside the text; then both are undone.
    page.locator(".history-part:visible").first.click()
    expect(bob.editor("main.py")).to_contain_text("line 1")
    wait_for_file(main, now.replace("line one", "line 1"))
    page.keyboard.press("Control+z")
    wait_for_file(main, now)
    page.keyboard.press("Escape")
    expect(ada.editor("main.py")).to_be_focused()
    page.keyboard.press("Control+z")
    wait_for_file(main, "# bob\n" + text + "# the end\n")
    wait_until(lambda: text_of(ada.page) == text_of(bob.page))


def test_what_is_selected_is_restored_beside_the_text_as_it_is_now(person: PersonFactory) -> None:
    ada, _, _, main = two_changes(person)
    page = ada.page
    text = main.read_text()
    open_history(ada)
    page.keyboard.press("Alt+j")
    page.get_by_role("button", name=re.compile("What changed then")).click()
    page.get_by_role("option", name="Compared with now").click()
    page.wait_for_url("**compare=now")
    expect(steps(page)).to_have_text("Change 1 of 2")
    # Somebody goes on typing: what is compared is the text as it is now.
    ada.write(ada.project_id(), "main.py", text + "more\n")
    expect(steps(page)).to_have_text("Change 1 of 3")
    expect(page.locator(".cm-content del").last).to_contain_text("more")
    text_at(page).click()
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Restore 3 parts").click()
    wait_for_file(main, "".join(f"line {number}\n" for number in range(1, 10)) + "# ada\n")
    expect(steps(page)).to_have_text("No change")


def test_who_wrote_each_line(person: PersonFactory) -> None:
    ada, bob, _, _ = two_people(person)
    type_at_end(ada, "main.py", "# from ada\n")
    expect(bob.editor("main.py")).to_contain_text("# from ada")
    type_at_end(bob, "main.py", "# from bob\n")
    expect(ada.editor("main.py")).to_contain_text("# from bob")
    saved(bob)
    page = ada.page
    ada.editor("main.py").click()
    page.keyboard.press("Alt+a")
    runs = page.locator(".blame-run.first")
    expect(runs.filter(has_text="Ada Lovelace").first).to_be_visible()
    expect(runs.filter(has_text="Bob Kahn").first).to_be_visible()
    expect(runs.first).to_contain_text("Disk")
    # The line of the cursor is said, for those who do not see the gutter, and leads to its version.
    text_at(page).click()
    page.keyboard.press("Control+Home")
    line = page.locator(".history-line")
    expect(line).to_contain_text("Line 1: Changed on disk")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(line).to_contain_text("Line 3: Ada Lovelace")
    line.get_by_role("button", name="Go there").click()
    expect(text_at(page)).not_to_contain_text("from bob")
    expect(text_at(page)).to_contain_text("# from ada")
    expect(runs.filter(has_text="Ada Lovelace").first).to_be_visible()
    expect(runs.filter(has_text="Bob Kahn")).to_have_count(0)
    page.go_back()
    runs.filter(has_text="Bob Kahn").first.click()
    expect(slider(page)).to_have_attribute("aria-valuetext", re.compile("Bob Kahn"))
    page.keyboard.press("Alt+a")
    expect(runs).to_have_count(0)


def test_a_long_text_is_compared_at_once(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Long")
    lines = [f"    value_{number} = compute({number * 7})\n" for number in range(10_000)]
    ada.write(project_id, "long.py", "".join(lines))
    ada.open_file(project_id, "long.py")
    expect(ada.editor("long.py")).to_contain_text("value_1 ")
    changed = [f"    other_{n} = None\n" if n % 8 == 0 else line for n, line in enumerate(lines)]
    ada.write(project_id, "long.py", "".join(changed))
    expect(ada.editor("long.py")).to_contain_text("other_0")
    ada.page.goto(f"{ada.page.url}?version=2&compare=1")
    expect(steps(ada.page)).to_have_text("Change 1 of 1,250")
    ada.page.keyboard.press("Shift+F7")
    expect(steps(ada.page)).to_have_text("Change 1,250 of 1,250")
    expect(ada.page.locator(".cm-line.history-current")).to_contain_text("other_9992")
