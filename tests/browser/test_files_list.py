"""The files as a list over the whole width: sorted, filtered, live, chosen by mouse and keys; what needs no job."""

import re

from playwright.sync_api import Locator, Page, expect

from browser.people import Person, PersonFactory, share, wait_until
from browser.test_page import LOOKS, axe_problems
from browser.test_projects import choose


def grid(page: Page) -> Locator:
    return page.get_by_role("region", name="Files view").get_by_role("grid")


def row(page: Page, name: str) -> Locator:
    return grid(page).get_by_role("row", name=name, exact=True)


def names(page: Page) -> list[str]:
    """The names in the list, from top to bottom."""
    shown: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('.files-view [role=row][data-key]')]
            .sort((a, b) => a.offsetTop - b.offsetTop).map(row => row.getAttribute('aria-label'))"""
    )
    return shown


def expect_names(page: Page, *wanted: str) -> None:
    wait_until(lambda: names(page) == list(wanted))


def open_folder(person: Person, project_id: str, folder: str = "") -> None:
    person.page.goto(f"{person.studium.url}/projects/{project_id}?folder={folder}")
    expect(grid(person.page)).to_be_visible(timeout=20_000)


def test_where_no_file_is_open_the_files_are_listed_live(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    project_id = ada.new_project("Listed")
    share(ada, bob)
    open_folder(bob, project_id)
    ada.run(project_id, "mkdir week; echo 1 > b.txt; head -c 5000 /dev/zero > a.bin; touch -d '2 days ago' b.txt")
    for somebody in (ada, bob):
        expect_names(somebody.page, "week", "a.bin", "b.txt")
    expect(row(bob.page, "a.bin")).to_contain_text("5.0 kB")
    expect(row(bob.page, "b.txt")).to_contain_text("2 days ago")
    exact = row(bob.page, "b.txt").locator("time").get_attribute("title")
    assert exact is not None
    assert re.search(r"\d{1,2} \w+ \d{4}", exact)
    ada.run(project_id, "rm a.bin; echo 1 > c.txt")
    expect_names(bob.page, "week", "b.txt", "c.txt")
    # Who is in a file shows beside it, and beside the folder above it.
    ada.write(project_id, "week/plan.md", "# Plan\n")
    ada.open_file(project_id, "week/plan.md")
    expect(row(bob.page, "week").get_by_label("Ada Lovelace here")).to_be_visible()


def test_sorting_and_the_way_through_folders(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Sorted")
    ada.run(
        project_id,
        "mkdir -p lectures/week1 zoo; head -c 10 /dev/zero > b10; head -c 30 /dev/zero > b9;"
        "head -c 20 /dev/zero > c; touch -d '1 hour ago' b9; touch -d '2 hours ago' c; touch -d '3 hours ago' b10",
    )
    page = ada.page
    expect_names(page, "lectures", "zoo", "b9", "b10", "c")
    head = grid(page).get_by_role("columnheader")
    head.get_by_role("button", name="Name").click()
    expect_names(page, "zoo", "lectures", "c", "b10", "b9")
    expect(head.filter(has_text="Name")).to_have_attribute("aria-sort", "descending")
    head.get_by_role("button", name="Size").click()
    expect_names(page, "lectures", "zoo", "b9", "c", "b10")
    head.get_by_role("button", name="Modified").click()
    head.get_by_role("button", name="Modified").click()
    expect_names(page, "lectures", "zoo", "b10", "c", "b9")
    page.reload()
    expect_names(page, "lectures", "zoo", "b10", "c", "b9")
    row(page, "lectures").dblclick()
    row(page, "week1").dblclick()
    assert page.url.endswith("?folder=lectures/week1")
    expect(page.get_by_text("This folder is empty.")).to_be_visible()
    path = page.get_by_role("navigation", name="Folders above")
    expect(path.get_by_role("link")).to_have_text(["Sorted", "lectures", "week1"])
    page.go_back()
    expect_names(page, "week1")
    path.get_by_role("link", name="Sorted").click()
    expect(row(page, "b10")).to_be_visible()


def test_filtering_as_one_types(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Filtered")
    ada.run(project_id, "touch homework.md week2.txt week10.txt wiki.md")
    page = ada.page
    row(page, "wiki.md").click()
    page.keyboard.type("week")  # a letter in the list goes to the filter
    expect(page.get_by_role("searchbox", name="Filter by name")).to_have_value("week")
    expect_names(page, "week2.txt", "week10.txt")
    page.get_by_role("searchbox", name="Filter by name").fill("wk")
    expect_names(page, "wiki.md", "week2.txt", "week10.txt", "homework.md")
    expect(page.get_by_text("4 of 4 items")).to_be_visible()
    page.get_by_role("searchbox", name="Filter by name").fill("nothing")
    expect(page.get_by_text("Nothing here has “nothing” in its name")).to_be_visible()
    page.keyboard.press("Escape")
    expect_names(page, "homework.md", "week2.txt", "week10.txt", "wiki.md")
    page.keyboard.type("wiki")
    page.keyboard.press("Enter")
    expect(ada.editor("wiki.md")).to_be_visible()


def test_hidden_and_generated_files_are_masked_until_asked_for(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Masked")
    ada.run(project_id, "rm -rf .[a-z]*; mkdir __pycache__; touch a.pyc thesis.tex thesis.aux own.log .secret")
    expect_names(ada.page, "own.log", "thesis.tex")
    note = ada.page.get_by_role("region", name="Files view").get_by_text("4 hidden or generated items")
    expect(note).to_be_visible()
    ada.page.get_by_role("button", name="Show", exact=True).click()
    expect_names(ada.page, "__pycache__", ".secret", "a.pyc", "own.log", "thesis.aux", "thesis.tex")
    ada.page.get_by_role("button", name="Hide", exact=True).click()
    expect_names(ada.page, "own.log", "thesis.tex")


def test_choosing_with_mouse_and_keys(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Chosen")
    ada.run(project_id, "touch a b c d e")
    page = ada.page
    expect_names(page, "a", "b", "c", "d", "e")

    def chosen() -> list[str]:
        found: list[str] = page.evaluate(
            """() => [...document.querySelectorAll('.files-view [role=row][aria-selected=true]')]
                .map(row => row.getAttribute('aria-label')).sort()"""
        )
        return found

    def expect_chosen(*wanted: str) -> None:
        wait_until(lambda: chosen() == list(wanted))

    row(page, "b").click()
    expect_chosen("b")
    row(page, "d").click(modifiers=["Shift"])
    expect_chosen("b", "c", "d")
    row(page, "c").click(modifiers=["ControlOrMeta"])
    expect_chosen("b", "d")
    expect(page.get_by_role("toolbar").get_by_role("status")).to_have_text("2 items selected")
    row(page, "a").click()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect_chosen("a", "b", "c")
    page.keyboard.press("Shift+ArrowUp")
    expect_chosen("a", "b")
    page.keyboard.press("Control+ArrowDown")
    page.keyboard.press("Control+ArrowDown")
    page.keyboard.press("Space")
    expect_chosen("a", "b", "d")
    page.keyboard.press("ControlOrMeta+a")
    expect_chosen("a", "b", "c", "d", "e")
    ada.run(project_id, "rm c")
    expect_chosen("a", "b", "d", "e")
    page.keyboard.press("Escape")
    expect_chosen()
    # The tree is the same selection.
    ada.files().get_by_role("row", name="a").click(modifiers=["ControlOrMeta"])
    ada.files().get_by_role("row", name="d").click(modifiers=["Shift"])
    expect_chosen("a", "b", "d")
    assert "/edit/" not in page.url


def test_keys_rename_trash_and_undo(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Keys")
    home = ada.studium.home(project_id)
    ada.run(project_id, "touch draft.md")
    page = ada.page
    row(page, "draft.md").click()
    page.keyboard.press("F2")
    name = page.get_by_role("region", name="Files view").get_by_role("textbox", name="New name of draft.md")
    expect(name).to_be_focused()
    name.fill("final.md")
    page.keyboard.press("Enter")
    row(page, "final.md").click()
    assert not (home / "draft.md").exists()
    page.keyboard.press("Delete")
    expect(row(page, "final.md")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    row(page, "final.md").focus()
    page.keyboard.press("Enter")
    expect(ada.editor("final.md")).to_be_visible()


def test_new_files_begin_as_their_kind_does(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Templates")
    ada.run(project_id, "mkdir paper")
    page = ada.page
    open_folder(ada, project_id, "paper")
    for kind, typed, path, text in (
        ("LaTeX article", "thesis", "paper/thesis.tex", "\\documentclass{article}"),
        ("Python script", "run.py", "paper/run.py", 'if __name__ == "__main__":'),
        ("Folder", "figures", "paper/figures", None),
    ):
        page.get_by_role("button", name="New", exact=True).click()
        page.get_by_role("menuitem", name=kind, exact=True).click()
        page.get_by_role("region", name="Files view").get_by_role("textbox", name=re.compile("^Name of")).fill(typed)
        page.keyboard.press("Enter")
        target = ada.studium.home(project_id) / path
        if text is None:
            wait_until(target.is_dir)
            continue
        expect(ada.editor(path)).to_be_visible(timeout=20_000)
        assert text in target.read_text()
        open_folder(ada, project_id, "paper")


def test_recent_and_starred_files(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Marked")
    ada.run(project_id, "mkdir deep; echo one > deep/one.txt; echo two > two.txt; echo three > three.txt")
    page = ada.page
    ada.open_file(project_id, "two.txt")
    expect(ada.save_state()).to_contain_text("Saved")
    ada.open_file(project_id, "deep/one.txt")
    expect(ada.save_state()).to_contain_text("Saved")
    lists = page.get_by_role("navigation", name="Lists of files")
    page.get_by_role("button", name="File list").click()
    lists.get_by_role("link", name="Recent").click()
    expect_names(page, "one.txt", "two.txt")
    expect(row(page, "one.txt")).to_contain_text("in deep")
    row(page, "two.txt").click(button="right")
    page.get_by_role("menuitem", name="Add star").click()
    page.keyboard.press("Escape")
    expect(row(page, "two.txt").get_by_role("img", name="starred")).to_be_visible()
    page.get_by_role("button", name="Clear the selection").click()
    lists.get_by_role("link", name="Starred").click()
    expect_names(page, "two.txt")
    page.reload()
    expect_names(page, "two.txt")
    # A star stays with its file when that gets another name.
    row(page, "two.txt").click()
    page.keyboard.press("F2")
    page.get_by_role("textbox", name="New name of two.txt").fill("second.txt")
    page.keyboard.press("Enter")
    expect_names(page, "second.txt")


def test_a_shell_command_above_the_list(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Commands")
    ada.run(project_id, "mkdir 'my lab'")
    page = ada.page
    open_folder(ada, project_id, "my%20lab")
    line = page.get_by_role("textbox", name="Run a shell command in my lab")
    line.fill("pwd; echo made > here.txt")
    line.press("Enter")
    output = page.get_by_role("region", name=re.compile("^Output of pwd"))
    expect(output).to_contain_text("/my lab")
    expect(output.get_by_role("status")).to_have_text("Done")
    expect_names(page, "here.txt")
    line.fill("echo wrong >&2; exit 3")
    line.press("Enter")
    output = page.get_by_role("region", name=re.compile("^Output of echo"))
    expect(output).to_contain_text("wrong")
    expect(output.get_by_role("status")).to_have_text("Ended with 3")
    line.press("ArrowUp")
    line.press("ArrowUp")
    expect(line).to_have_value("pwd; echo made > here.txt")
    line.press("ArrowDown")
    expect(line).to_have_value("echo wrong >&2; exit 3")
    line.press("Escape")
    expect(output).to_have_count(0)
    line.fill("yes | head -c 50000000")
    line.press("Enter")
    expect(page.get_by_text("The output was longer")).to_be_visible(timeout=20_000)


def test_a_viewer_sees_no_act_that_he_may_not_do(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    project_id = ada.new_project("Looked at")
    ada.run(project_id, "mkdir week; echo hello > a.txt; echo 1 > b.zip")
    share(ada, bob)
    ada.page.get_by_role("button", name="Share").click()
    choose(ada, "Role of Bob Kahn", "Can look")
    open_folder(bob, project_id)
    page = bob.page
    expect(page.get_by_role("button", name="New", exact=True)).to_have_count(0)
    expect(page.get_by_role("textbox", name=re.compile("Run a shell command"))).to_have_count(0)
    row(page, "a.txt").click(button="right")
    menu = page.get_by_role("menu")
    expect(menu.get_by_role("menuitem")).to_have_text(
        ["Open", "Copy to another project…", "Download", "Copy link", "Add star"]
    )
    page.keyboard.press("Escape")
    page.keyboard.press("Control+a")
    expect(page.get_by_role("toolbar").get_by_role("button")).to_have_text(["Download", ""])
    page.keyboard.press("Delete")
    page.keyboard.press("F2")
    expect(page.get_by_role("textbox", name=re.compile("New name"))).to_have_count(0)
    expect_names(page, "week", "a.txt", "b.zip")


def test_ten_thousand_files_are_smooth(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Many")
    ada.run(project_id, "mkdir many; cd many; seq -f 'result-%05g.csv' 1 9999 | xargs touch; touch needle.txt")
    page = ada.page
    open_folder(ada, project_id, "many")
    expect(page.get_by_text("10,000 items")).to_be_visible(timeout=20_000)
    assert page.locator(".files-view [role=row]").count() < 100  # only what is seen is drawn
    page.get_by_role("searchbox", name="Filter by name").fill("ndl")
    expect_names(page, "needle.txt")
    page.keyboard.press("Escape")
    row(page, "needle.txt").click()
    page.keyboard.press("End")
    expect(row(page, "result-09999.csv")).to_be_focused()
    page.keyboard.press("Control+a")
    expect(page.get_by_role("toolbar").get_by_role("status")).to_have_text("10,000 items selected")


def test_every_look_reads_well(person: PersonFactory) -> None:
    for look, options in LOOKS.items():
        ada = person("Ada Lovelace", **options)
        project_id = ada.new_project(f"Look {look}")
        ada.run(project_id, "mkdir -p lectures; echo hi > main.py; echo hi > notes.md")
        open_folder(ada, project_id)
        expect(row(ada.page, "main.py")).to_be_visible()
        assert axe_problems(ada.page) == [], look
        row(ada.page, "main.py").locator("[data-toggle]").click()
        expect(ada.page.get_by_role("toolbar")).to_be_visible()
        assert axe_problems(ada.page) == [], f"{look}, selected"
        overflow = ada.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{look} scrolls sideways by {overflow} px"
