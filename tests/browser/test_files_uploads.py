"""Uploads: folders, large files that go on where a connection broke off, names that are taken, leaving the page."""

import os
from pathlib import Path

from playwright.sync_api import Dialog, Page, Request, Route, expect

from browser.people import Person, PersonFactory, wait_until
from browser.test_files_jobs import jobs
from browser.test_files_list import expect_names, open_folder, row

CHUNK_BYTES = 64 * 2**20


def choose(page: Page, item: str, *chosen: Path) -> None:
    """Upload from the “New” menu."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="New", exact=True).click()
        page.get_by_role("menuitem", name=item).click()
    chooser.value.set_files(chosen[0] if item == "Upload a folder" else [*chosen])


def large_file(folder: Path, name: str, size: int) -> Path:
    path = folder / name
    path.write_bytes(os.urandom(2**20) * (size // 2**20))
    return path


def offsets(page: Page) -> list[int]:
    """Where in its file each request of an upload began, from now on."""
    found: list[int] = []

    def note(request: Request) -> None:
        if request.method == "PATCH":
            found.append(int(request.headers["upload-offset"]))

    page.on("request", note)
    return found


def uploader(person: PersonFactory, title: str) -> tuple[Person, str, Path]:
    ada = person("Ada Lovelace")
    project_id = ada.new_project(title)
    return ada, project_id, ada.studium.home(project_id)


def test_a_folder_is_uploaded_with_all_that_is_in_it(person: PersonFactory, tmp_path: Path) -> None:
    ada, project_id, home = uploader(person, "Folder")
    ada.run(project_id, "mkdir target")
    (tmp_path / "week 1" / "data").mkdir(parents=True)
    (tmp_path / "week 1" / "notes.md").write_text("# Notes\n")
    (tmp_path / "week 1" / "data" / "ä ö.csv").write_text("1,2\n")
    open_folder(ada, project_id, "target")
    choose(ada.page, "Upload a folder", tmp_path / "week 1")
    row(ada.page, "week 1").dblclick()
    expect_names(ada.page, "data", "notes.md")
    wait_until(lambda: (home / "target" / "week 1" / "data" / "ä ö.csv").exists())
    assert (home / "target" / "week 1" / "data" / "ä ö.csv").read_text() == "1,2\n"
    expect(jobs(ada.page)).to_have_count(0)


def test_a_large_upload_goes_on_where_it_broke_off(person: PersonFactory, tmp_path: Path) -> None:
    ada, _, home = uploader(person, "Broken off")
    page = ada.page
    large = large_file(tmp_path, "large.bin", 150 * 2**20)
    begun = offsets(page)
    broken: list[Route] = []

    def break_once(route: Route) -> None:
        if not broken and route.request.headers.get("upload-offset") == str(CHUNK_BYTES):
            broken.append(route)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/uploads/*", break_once)
    choose(page, "Upload files", large)
    expect(row(page, "large.bin")).to_be_visible(timeout=60_000)
    assert begun == [0, CHUNK_BYTES, CHUNK_BYTES, 2 * CHUNK_BYTES]
    assert (home / "large.bin").read_bytes() == large.read_bytes()
    expect(jobs(page)).to_have_count(0)


def test_without_a_network_an_upload_waits_and_goes_on_by_itself(person: PersonFactory, tmp_path: Path) -> None:
    ada, _, home = uploader(person, "Offline")
    page = ada.page
    small = tmp_path / "small.txt"
    small.write_text("small\n")
    large = large_file(tmp_path, "large.bin", 20 * 2**20)
    page.get_by_role("button", name="New", exact=True).wait_for()
    ada.context.set_offline(True)
    choose(page, "Upload files", small, large)
    expect(jobs(page)).to_contain_text("Waiting for the connection to upload 2 files")
    ada.context.set_offline(False)
    expect_names(page, "large.bin", "small.txt")
    assert (home / "large.bin").stat().st_size == large.stat().st_size


def test_leaving_warns_and_the_same_file_goes_on_afterwards(person: PersonFactory, tmp_path: Path) -> None:
    ada, project_id, home = uploader(person, "Left")
    page = ada.page
    large = large_file(tmp_path, "large.bin", 100 * 2**20)
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.headers.get("upload-offset") == str(CHUNK_BYTES):
            held.append(route)
        else:
            route.continue_()

    page.route("**/uploads/*", hold)
    choose(page, "Upload files", large)
    wait_until(lambda: page.evaluate("0") == 0 and len(held) == 1, seconds=60)
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.reload()
    assert asked == ["beforeunload"]
    page.unroute("**/uploads/*")
    begun = offsets(page)
    open_folder(ada, project_id)
    choose(page, "Upload files", large)
    expect(row(page, "large.bin")).to_be_visible(timeout=60_000)
    assert begun == [CHUNK_BYTES]
    assert (home / "large.bin").read_bytes() == large.read_bytes()


def test_a_cancelled_upload_leaves_nothing(person: PersonFactory, tmp_path: Path) -> None:
    ada, project_id, home = uploader(person, "Cancelled")
    page = ada.page
    large = large_file(tmp_path, "large.bin", 100 * 2**20)
    page.route("**/uploads/*", lambda route: None if route.request.method == "PATCH" else route.continue_())
    choose(page, "Upload files", large)
    expect(jobs(page)).to_contain_text("Uploading “large.bin”")
    with page.expect_request(lambda request: request.method == "DELETE"):
        jobs(page).get_by_role("button", name="Cancel").click()
    expect(jobs(page)).to_have_count(0)
    assert not (home / "large.bin").exists()
    wait_until(lambda: ada.run(project_id, "ls -A | grep upload || true") == "")


def test_names_that_are_taken_are_asked_about_once_for_all(person: PersonFactory, tmp_path: Path) -> None:
    ada, project_id, home = uploader(person, "Taken names")
    page = ada.page
    ada.run(project_id, "for n in a b c; do echo old > $n.txt; done; echo old > large.bin")
    expect_names(page, "a.txt", "b.txt", "c.txt", "large.bin")
    files = [tmp_path / f"{name}.txt" for name in "abc"]
    for file in files:
        file.write_text("new\n")
    choose(page, "Upload files", files[0])
    dialog = page.get_by_role("dialog", name="This name is taken")
    dialog.get_by_role("button", name="Skip").click()
    expect(jobs(page)).to_have_count(0)
    assert (home / "a.txt").read_text() == "old\n"
    choose(page, "Upload files", *files)
    dialog.get_by_text("Do the same for all other files").click()
    dialog.get_by_role("button", name="Replace").click()
    wait_until(lambda: all((home / file.name).read_text() == "new\n" for file in files))
    choose(page, "Upload files", large_file(tmp_path, "large.bin", 20 * 2**20))
    dialog.get_by_role("button", name="Keep both").click()
    wait_until(lambda: len([path for path in home.iterdir() if path.name.startswith("large")]) == 2)
    assert (home / "large.bin").read_text() == "old\n"


def test_an_upload_that_fails_says_why_and_is_tried_again(person: PersonFactory, tmp_path: Path) -> None:
    ada, project_id, home = uploader(person, "Failed")
    page = ada.page
    ada.run(project_id, "mkdir closed; chmod 500 closed")
    open_folder(ada, project_id, "closed")
    file = tmp_path / "a.txt"
    file.write_text("a\n")
    choose(page, "Upload files", file)
    expect(jobs(page).get_by_role("alert")).to_contain_text("“a.txt” was not uploaded.")
    ada.run(project_id, "chmod 700 closed")
    jobs(page).get_by_role("button", name="Try again").click()
    expect_names(page, "a.txt")
    assert (home / "closed" / "a.txt").read_text() == "a\n"
