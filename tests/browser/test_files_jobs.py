"""Acts on many files: moved, copied, compressed, extracted, downloaded, thrown away and brought back; by two people."""

import io
import re
import tarfile
import zipfile
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from browser.people import PersonFactory, share, wait_until
from browser.test_files_list import expect_names, grid, open_folder, row


def jobs(page: Page) -> Locator:
    """What the page tells of acts on files."""
    return page.get_by_role("region", name="Acts on files")


def choose_rows(page: Page, first: str, *more: str) -> None:
    row(page, first).click()
    for name in more:
        row(page, name).click(modifiers=["ControlOrMeta"])


def act(page: Page, name: str) -> None:
    """Press a button of the bar above the list."""
    page.get_by_role("toolbar").get_by_role("button", name=name).click()


def test_many_files_are_moved_and_everybody_sees_it(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    project_id = ada.new_project("Moved")
    ada.run(project_id, "mkdir -p lectures/week1 other; touch a b c")
    share(ada, bob)
    open_folder(bob, project_id)
    expect_names(ada.page, "lectures", "other", "a", "b", "c")
    choose_rows(ada.page, "a", "c")
    act(ada.page, "Move to…")
    dialog = ada.page.get_by_role("dialog", name="Move 2 items")
    dialog.get_by_role("combobox", name="Folder").fill("week")
    expect(dialog.get_by_role("option")).to_have_text(["lectures/week1"])
    ada.page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    for somebody in (ada, bob):
        expect(jobs(somebody.page)).to_contain_text("Moved 2 items to “lectures/week1”")
        expect_names(somebody.page, "lectures", "other", "b")
    week = ada.studium.home(project_id) / "lectures" / "week1"
    assert sorted(path.name for path in week.iterdir()) == ["a", "c"]
    # It is told to whoever comes now, too; and the one who did it can undo it.
    bob.page.reload()
    expect(jobs(bob.page)).to_contain_text("Moved 2 items")
    jobs(bob.page).get_by_role("button", name="Show").click()
    expect_names(bob.page, "a", "c")
    expect(row(bob.page, "a")).to_have_attribute("aria-selected", "true")
    jobs(ada.page).get_by_role("button", name="Undo").click()
    expect_names(ada.page, "lectures", "other", "a", "b", "c")


def test_rows_are_dragged_onto_folders_and_parts_of_the_path(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Dragged")
    home = ada.studium.home(project_id)
    ada.run(project_id, "mkdir lectures; touch a b c lectures/d")
    page = ada.page
    expect_names(page, "lectures", "a", "b", "c")
    choose_rows(page, "a", "b")
    row(page, "b").drag_to(row(page, "lectures"))
    expect_names(page, "lectures", "c")
    wait_until(lambda: sorted(path.name for path in (home / "lectures").iterdir()) == ["a", "b", "d"])
    row(page, "lectures").dblclick()
    expect_names(page, "a", "b", "d")
    row(page, "d").drag_to(page.get_by_role("navigation", name="Folders above").get_by_role("link", name="Dragged"))
    expect_names(page, "a", "b")
    wait_until((home / "d").exists)
    # With Ctrl held it is a copy.
    row(page, "a").hover()
    page.mouse.down()
    page.keyboard.down("Control")
    row(page, "b").hover()
    ada.files().get_by_role("row", name="c", exact=True).hover()
    ada.files().get_by_role("row", name="c", exact=True).hover()
    page.mouse.up()
    page.keyboard.up("Control")
    wait_until((home / "a").exists)
    assert (home / "lectures" / "a").exists()


def test_names_that_are_taken_are_asked_about(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Taken")
    home = ada.studium.home(project_id)
    ada.run(project_id, "mkdir to; for n in a b; do echo new > $n; echo old > to/$n; done; echo new > c")
    page = ada.page

    def copy(*names: str) -> Locator:
        choose_rows(page, *names)
        act(page, "Copy to…")
        dialog = page.get_by_role("dialog", name="Copy")
        dialog.get_by_role("option", name="to", exact=True).click()
        dialog.get_by_role("button", name="Copy here").click()
        return page.get_by_role("dialog", name=re.compile("taken"))

    expect_names(page, "to", "a", "b", "c")
    dialog = copy("a", "b", "c")
    expect(dialog.get_by_role("listitem")).to_have_text(["a", "b"])
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert not (home / "to" / "c").exists()  # nothing at all was done
    copy("a", "b", "c").get_by_role("button", name="Skip these").click()
    wait_until((home / "to" / "c").exists)
    assert (home / "to" / "a").read_text() == "old\n"
    copy("a", "b").get_by_role("button", name="Keep both").click()
    wait_until(lambda: len(list((home / "to").iterdir())) == 5)
    assert (home / "to" / "a").read_text() == "old\n"
    copy("a").get_by_role("button", name="Replace").click()
    wait_until(lambda: (home / "to" / "a").read_text() == "new\n")


def test_copy_cut_and_paste_by_keys(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Pasted")
    home = ada.studium.home(project_id)
    ada.run(project_id, "mkdir -p folder/sub empty; echo x > folder/sub/x; touch a b")
    page = ada.page
    row(page, "a").click()
    page.keyboard.press("ControlOrMeta+x")
    row(page, "empty").dblclick()
    grid(page).focus()
    page.keyboard.press("ControlOrMeta+v")
    expect_names(page, "a")
    assert not (home / "a").exists()
    page.go_back()
    row(page, "folder").click()
    page.keyboard.press("ControlOrMeta+c")
    page.keyboard.press("ControlOrMeta+v")  # beside itself it gets a name of its own
    expect(grid(page).get_by_role("row")).to_have_count(1 + 4)
    copy = next(path for path in home.iterdir() if path.name.startswith("folder") and path.name != "folder")
    wait_until(lambda: (copy / "sub" / "x").exists())


def test_compress_and_extract(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Packed")
    home = ada.studium.home(project_id)
    ada.run(project_id, "mkdir -p week/data; echo one > week/one.txt; echo two > week/data/two.txt; echo b > b.txt")
    page = ada.page
    choose_rows(page, "week", "b.txt")
    act(page, "Compress")
    expect(jobs(page)).to_contain_text("Compressed 2 items")
    expect(row(page, "files.zip")).to_be_visible()
    with zipfile.ZipFile(home / "files.zip") as archive:
        assert {"week/one.txt", "week/data/two.txt", "b.txt"} <= set(archive.namelist())
    row(page, "files.zip").click()
    row(page, "week").click(button="right")
    page.get_by_role("menuitem", name="Compress to tar.gz").click()
    expect(row(page, "week.tar.gz")).to_be_visible()
    row(page, "files.zip").click(button="right")
    page.get_by_role("menuitem", name="Extract").click()
    row(page, "files").dblclick()
    expect_names(page, "week", "b.txt")
    assert (home / "files" / "week" / "data" / "two.txt").read_text() == "two\n"


def test_a_selection_and_the_whole_project_are_downloaded(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Taken along")
    ada.run(project_id, "mkdir -p week/data; echo one > week/one.txt; echo two > week/data/two.txt; echo b > b.txt")
    page = ada.page
    choose_rows(page, "week", "b.txt")
    with page.expect_download() as download:
        act(page, "Download")
    content = Path(download.value.path()).read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.read("week/data/two.txt") == b"two\n"
        assert archive.read("b.txt") == b"b\n"
    assert download.value.suggested_filename.endswith(".zip")
    row(page, "b.txt").click(button="right")
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Download as tar.gz").click()
    with tarfile.open(download.value.path()) as archive:
        assert "week/one.txt" in archive.getnames()
    page.keyboard.press("F1")
    page.keyboard.type(">whole project")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    with zipfile.ZipFile(download.value.path()) as archive:
        assert any(name.endswith("week/one.txt") for name in archive.namelist())


def test_many_go_to_the_trash_and_come_back(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    project_id = ada.new_project("Thrown away")
    ada.run(project_id, "mkdir -p week/deep; touch week/deep/x a b c")
    share(ada, bob)
    open_folder(bob, project_id)
    page = ada.page
    choose_rows(page, "week", "a", "b")
    page.keyboard.press("Delete")
    for somebody in (ada, bob):
        expect_names(somebody.page, "c")
    # Anybody who may change files undoes it.
    jobs(bob.page).get_by_role("button", name="Undo").click()
    for somebody in (ada, bob):
        expect_names(somebody.page, "week", "a", "b", "c")


def test_the_trash_is_listed_restored_and_emptied(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    project_id = ada.new_project("Trash")
    home = ada.studium.home(project_id)
    ada.run(project_id, "mkdir week; echo 12345 > week/a.txt; touch b c d")
    share(ada, bob)
    page = ada.page
    open_folder(ada, project_id, "week")
    row(page, "a.txt").click()
    page.keyboard.press("Delete")
    expect(page.get_by_text("This folder is empty.")).to_be_visible()
    open_folder(ada, project_id)
    choose_rows(page, "b", "c", "d")
    act(page, "Move to trash")
    expect_names(page, "week")
    page.get_by_role("link", name="Trash", exact=True).last.click()
    bob.page.goto(f"{bob.studium.url}/projects/{project_id}?list=trash")
    expect(grid(page).get_by_role("row")).to_have_count(1 + 4)
    expect(row(page, "a.txt")).to_contain_text("from week")
    expect(row(page, "a.txt")).to_contain_text("6 B")
    expect(grid(bob.page).get_by_role("row")).to_have_count(1 + 4)
    page.get_by_role("button", name="Restore a.txt").click()
    expect(row(page, "a.txt")).to_have_count(0)
    assert (home / "week" / "a.txt").read_text() == "12345\n"
    choose_rows(page, "b", "c")
    act(page, "Restore")
    expect_names(page, "d")
    assert (home / "b").exists()
    row(page, "d").click()
    act(page, "Delete for good")
    asked = page.get_by_role("dialog", name="Delete 1 item for good?")
    asked.get_by_role("button", name="Keep").click()
    expect_names(page, "d")
    act(page, "Empty the trash")
    page.get_by_role("dialog", name="Empty the trash?").get_by_role("button", name="Empty the trash").click()
    for somebody in (ada, bob):
        expect(somebody.page.get_by_text("The trash is empty.")).to_be_visible()


def test_a_job_is_cancelled_and_nothing_is_left(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Cancelled")
    home = ada.studium.home(project_id)
    ada.run(project_id, "mkdir big; for n in 1 2 3 4 5 6; do head -c 300000000 /dev/urandom > big/$n; done")
    page = ada.page
    row(page, "big").click()
    act(page, "Compress")
    expect(jobs(page)).to_contain_text(re.compile(r"Compressing .*big"))
    page.reload()
    expect(jobs(page)).to_contain_text(re.compile(r"Compressing .*: .* of 1\.8 GB"))
    jobs(page).get_by_role("button", name="Cancel").click()
    expect(jobs(page)).to_contain_text("Cancelled")
    assert not (home / "big.zip").exists()


def test_what_cannot_be_fetched_says_why(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    ada.new_project("Fetched")
    page = ada.page
    page.get_by_role("button", name="New", exact=True).click()
    page.get_by_role("menuitem", name="From a URL").click()
    dialog = page.get_by_role("dialog", name="New from a URL")
    dialog.get_by_label("Address").fill("example")
    dialog.get_by_role("button", name="Fetch").click()
    expect(dialog.get_by_text("This is no whole address.")).to_be_visible()
    dialog.get_by_label("Address").fill("http://127.0.0.1:9/data.csv")
    dialog.get_by_role("button", name="Fetch").click()
    expect(jobs(page)).to_contain_text(re.compile("Could not fetch .*data.csv"), timeout=30_000)


def test_files_are_copied_to_another_project_of_mine(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    target = ada.new_project("Target")
    ada.run(target, "mkdir inbox; echo old > inbox/a.txt")
    source = ada.new_project("Source")
    ada.run(source, "mkdir week; echo new > a.txt; echo plan > week/plan.md")
    page = ada.page
    choose_rows(page, "week", "a.txt")
    row(page, "a.txt").click(button="right")
    page.get_by_role("menuitem", name="Copy to another project…").click()
    dialog = page.get_by_role("dialog", name="Copy 2 items to another project")
    expect(dialog.get_by_role("button", name="Project")).to_contain_text("Target")
    dialog.get_by_label("Folder there").fill("inbox")
    dialog.get_by_role("button", name="Copy", exact=True).click()
    taken = page.get_by_role("dialog", name="This name is taken")
    taken.get_by_role("button", name="Replace").click()
    expect(page.get_by_text("2 items copied to “Target”")).to_be_visible(timeout=30_000)
    inbox = ada.studium.home(target) / "inbox"
    assert (inbox / "a.txt").read_text() == "new\n"
    assert (inbox / "week" / "plan.md").read_text() == "plan\n"
    page.get_by_role("region", name="Notifications").get_by_role("button", name="Show").click()
    expect_names(page, "week", "a.txt")


def test_the_tree_has_the_same_acts_beside_a_document(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Beside")
    ada.run(project_id, "mkdir to; touch a b c")
    ada.open_file(project_id, "c")
    tree = ada.files()
    tree.get_by_role("row", name="a", exact=True).click(modifiers=["ControlOrMeta"])
    tree.get_by_role("row", name="b", exact=True).click(modifiers=["ControlOrMeta"])
    bar = ada.page.get_by_role("toolbar", name="Actions for what is selected")
    expect(bar.get_by_role("status")).to_have_text("2 items selected")
    tree.get_by_role("row", name="b", exact=True).drag_to(tree.get_by_role("row", name="to", exact=True))
    expect(tree.get_by_role("row", name="a", exact=True)).to_have_count(0)
    expect(jobs(ada.page)).to_contain_text("Moved 2 items to “to”")
    expect(ada.editor("c")).to_be_visible()
    expect(bar).to_have_count(0)  # what is gone is no longer chosen
    jobs(ada.page).get_by_role("button", name="Undo").click()
    expect(tree.get_by_role("row", name="a", exact=True)).to_have_attribute("aria-selected", "false")
