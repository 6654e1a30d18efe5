"""The file tree: live, and with every act reachable by mouse and keys."""

import re
from pathlib import Path

from playwright.sync_api import expect

from browser.people import PersonFactory, wait_until


def test_a_file_made_in_a_shell_appears_and_goes(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Live tree")
    ada.run(project_id, "echo hello > from-a-shell.txt")
    row = ada.files().get_by_text("from-a-shell.txt")
    expect(row).to_be_visible()
    ada.run(project_id, "rm from-a-shell.txt")
    expect(row).not_to_be_visible()


def test_new_file_rename_trash_and_undo(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Files")
    home = ada.studium.home(project_id)
    ada.page.get_by_role("button", name="New file").click()
    ada.page.keyboard.type("analysis.py")
    ada.page.keyboard.press("Enter")
    expect(ada.page.get_by_role("tab", name=re.compile("analysis.py"))).to_be_visible()
    expect(ada.editor("analysis.py")).to_be_visible()
    wait_until(lambda: (home / "analysis.py").exists())
    ada.files().get_by_role("row", name=re.compile("analysis.py")).click(button="right")
    ada.page.get_by_role("menuitem", name="Rename").click()
    ada.page.keyboard.press("Control+a")
    ada.page.keyboard.type("results.py")
    ada.page.keyboard.press("Enter")
    expect(ada.files().get_by_text("results.py")).to_be_visible()
    expect(ada.page.get_by_role("tab", name=re.compile("results.py"))).to_be_visible()
    wait_until(lambda: (home / "results.py").exists() and not (home / "analysis.py").exists())
    ada.files().get_by_role("row", name=re.compile("results.py")).click(button="right")
    ada.page.get_by_role("menuitem", name=re.compile("trash", re.I)).click()
    expect(ada.files().get_by_text("results.py")).not_to_be_visible()
    ada.page.get_by_role("button", name="Undo").click()
    expect(ada.files().get_by_text("results.py")).to_be_visible()
    wait_until(lambda: (home / "results.py").exists())


def test_new_folder_and_a_file_in_it(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Folders")
    ada.page.get_by_role("button", name="New folder").click()
    ada.page.keyboard.type("lectures")
    ada.page.keyboard.press("Enter")
    expect(ada.files().get_by_text("lectures")).to_be_visible()
    ada.run(project_id, "echo week > lectures/week1.txt")
    row = ada.files().get_by_role("row", name=re.compile("lectures"))
    row.focus()
    ada.page.keyboard.press("ArrowRight")
    expect(ada.files().get_by_text("week1.txt")).to_be_visible()


def test_upload_by_drop_and_download(person: PersonFactory, tmp_path: Path) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Uploads")
    transfer = ada.page.evaluate_handle(
        """() => {
            const transfer = new DataTransfer();
            transfer.items.add(new File(["1,2\\n3,4\\n"], "table.csv", { type: "text/csv" }));
            return transfer;
        }"""
    )
    for event in ("dragenter", "dragover", "drop"):
        ada.files().dispatch_event(event, {"dataTransfer": transfer})
    expect(ada.files().get_by_text("table.csv")).to_be_visible()
    assert (ada.studium.home(project_id) / "table.csv").read_text() == "1,2\n3,4\n"
    ada.files().get_by_role("row", name=re.compile("table.csv")).click(button="right")
    with ada.page.expect_download() as download:
        ada.page.get_by_role("menuitem", name="Download").click()
    target = tmp_path / "download.csv"
    download.value.save_as(target)
    assert target.read_text() == "1,2\n3,4\n"
    assert download.value.suggested_filename == "table.csv"


def test_a_binary_file_is_shown_by_its_bytes(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Binary")
    ada.run(project_id, "head -c 4096 /dev/urandom > data.bin; printf '\\0' >> data.bin")
    ada.page.goto(f"{ada.studium.url}/projects/{project_id}/edit/data.bin")
    expect(ada.page.get_by_role("grid", name=re.compile("Bytes of data.bin"))).to_be_visible()
    expect(
        ada.page.get_by_role("link", name="Download").or_(ada.page.get_by_role("button", name="Download")).first
    ).to_be_visible()


def test_html_of_a_user_never_runs_in_the_page(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Hostile")
    ada.write(project_id, "evil.html", "<script>document.title = 'owned'; fetch('/api/session')</script>")
    answer = ada.context.request.get(f"{ada.studium.url}/projects/{project_id}/files/evil.html")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    ada.open_file(project_id, "evil.html")
    assert ada.page.title() != "owned"
