"""The history of a notebook, in real browsers: its cells as they were, what is another, and how to get one back."""

import base64
import json
import re
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from browser.people import Person, PersonFactory, share, wait_until
from browser.test_history import changes, saved, slider, text_at
from browser.test_never_lose import restart
from browser.test_page import LOOKS, SCREENS, axe_problems


def picture(red: int, green: int, blue: int, size: int = 200) -> str:
    """A PNG of noise in one colour, in base64: too large to travel with the document."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    state = 1
    rows = bytearray()
    for _ in range(size):
        rows.append(0)
        for _ in range(size):
            state = (state * 1103515245 + 12345) % 2**31
            shade = 200 + (state >> 16) % 55
            rows += bytes((red * shade // 255, green * shade // 255, blue * shade // 255))
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    png = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows))) + chunk(b"IEND", b"")
    )
    return base64.b64encode(png).decode()


def code(cell_id: str, source: str, *outputs: dict[str, Any], number: int | None = None) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": cell_id,
        "metadata": {},
        "execution_count": number,
        "outputs": list(outputs),
        "source": source.splitlines(True),
    }


def markdown(cell_id: str, source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": cell_id, "metadata": {}, "source": source.splitlines(True)}


def stream(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text.splitlines(True)}


def plot(data: str) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {}, "data": {"image/png": data, "text/plain": ["<Figure>"]}}


def notebook(*cells: dict[str, Any]) -> str:
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    value = {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


FIRST = (
    markdown("title", "# Waves\n\nOf two pendulums, $\\ddot\\varphi = -\\tfrac{g}{l}\\varphi$."),
    code("setup", "import numpy as np\n\nlength = 2\ngravity = 9.81"),
    code("sum", "total = sum(range(10))\nprint(total)", stream("45\n"), number=2),
    code("plot", "plot(length)", plot(picture(90, 120, 255)), number=3),
    markdown("end", "The end."),
)
SECOND = (
    markdown("title", "# Waves\n\nOf two pendulums, $\\ddot\\varphi = -\\tfrac{g}{l}\\varphi$."),
    code("sum", "total = sum(range(11))\nprint(total)", stream("55\n"), number=4),
    code("setup", "import numpy as np\n\nlength = 2\ngravity = 9.81"),
    code("new", "area = length ** 2"),
    code("plot", "plot(length)", plot(picture(255, 120, 90)), number=5),
)


def cell(page: Page, name: str) -> Locator:
    """A cell of the version that is shown, by what it is called."""
    return shown(page).get_by_role("group", name=re.compile(f"^{name}"))


def shown(page: Page) -> Locator:
    return page.locator(".history-notebook")


def sources(file: Path) -> list[str]:
    return ["".join(each["source"]) for each in json.loads(file.read_text())["cells"]]


def editor_cell(person: Person, number: int) -> Locator:
    return person.page.locator(".notebook").get_by_role("group", name=re.compile(rf"cell {number}\b"))


def open_notebook(person: Person, project_id: str) -> None:
    person.page.goto(f"{person.studium.url}/projects/{project_id}/edit/waves.ipynb")
    expect(editor_cell(person, 1)).to_be_visible(timeout=20_000)


def open_history(person: Person) -> None:
    person.page.keyboard.press("Alt+h")
    expect(slider(person.page)).to_be_focused()
    expect(shown(person.page).get_by_role("group").first).to_be_visible()


def two_in_a_notebook(person: PersonFactory, **options: Any) -> tuple[Person, Person, str, Path]:
    """Two people in a notebook that a program has changed once."""
    ada, bob = person("Ada Lovelace", **options), person("Bob Kahn", **options)
    project_id = ada.new_project("Waves")
    ada.write(project_id, "waves.ipynb", notebook(*FIRST))
    share(ada, bob)
    for somebody in (ada, bob):
        open_notebook(somebody, project_id)
        expect(editor_cell(somebody, 5)).to_be_visible()
    ada.write(project_id, "waves.ipynb", notebook(*SECOND))
    for somebody in (ada, bob):
        expect(somebody.page.locator(".notebook")).to_contain_text("area = length")
    return ada, bob, project_id, ada.studium.home(project_id) / "waves.ipynb"


def go_to(page: Page, query: str) -> None:
    page.goto(f"{page.url.split('?')[0]}?{query}")
    expect(shown(page).get_by_role("group").first).to_be_visible()


def steps(page: Page) -> Locator:
    """At which of the changes one is."""
    return page.locator(".history-steps .numbers")


def test_two_people_see_a_notebook_as_it_was_and_get_a_cell_back(person: PersonFactory) -> None:
    ada, bob, _, file = two_in_a_notebook(person)
    saved(ada)
    page = ada.page
    open_history(ada)
    expect(changes(page).last).to_contain_text("Changed on disk")
    expect(cell(page, "Code cell 2, moved|Code cell 2, added")).to_contain_text("55")

    # The first version, drawn as it was, with its outputs.
    page.keyboard.press("Home")
    expect(slider(page)).to_have_attribute("aria-valuetext", re.compile("version 1 of 2, changed on disk"))
    expect(cell(page, "Markdown cell 1").get_by_role("heading", name="Waves")).to_be_visible()
    expect(cell(page, "Code cell 3")).to_contain_text("45")
    expect(cell(page, "Code cell 3").locator(".cell-count")).to_have_text("[2]")
    expect(shown(page)).not_to_contain_text("area = length")

    # Beside the notebook as it is now.
    go_to(page, "version=1&compare=now")
    expect(page.locator(".history-key")).to_contain_text("1 cell only here")
    expect(page.locator(".history-key")).to_contain_text("1 cell only in the notebook now")
    expect(page.locator(".history-key")).to_contain_text("3 cells changed")
    expect(cell(page, "Code cell 2, moved")).to_be_visible()
    total = cell(page, "Code cell 3, text changed, outputs changed")
    expect(total.locator("ins")).to_have_text("0")
    expect(total.locator("del")).to_have_text("1")
    expect(total.locator(".cell-outputs")).to_have_text(re.compile("45"))
    total.click()
    total.get_by_role("button", name="Show the output in the notebook now").click()
    expect(total.locator(".cell-outputs").last).to_have_text(re.compile("55"))
    expect(cell(page, "Code cell 4, only in the notebook now").locator("del")).to_have_text("area = length ** 2")
    expect(cell(page, "Markdown cell 5, not in the notebook now")).to_contain_text("The end.")

    # One cell is had back, with its output, while Bob writes into another one and into the same.
    bob_total = editor_cell(bob, 2)
    bob_total.locator(".cm-content, .cell-static").first.click()
    bob.page.keyboard.press("Control+End")
    bob.page.keyboard.type("\nprint(total + 1)")
    expect(total.locator("del").last).to_contain_text("print(total + 1")
    total.get_by_role("button", name="Restore this cell").click()
    expect(bob_total).to_contain_text("sum(range(10))")
    expect(bob_total).not_to_contain_text("print(total + 1)")
    expect(bob_total.locator(".cell-outputs")).to_have_text(re.compile("45"))
    expect(page.get_by_text("Restored a cell of “waves.ipynb”.")).to_be_visible()
    expect(cell(page, "Code cell 3$")).to_be_visible()
    wait_until(lambda: sources(file)[1] == "total = sum(range(10))\nprint(total)")
    assert sources(file)[3] == "area = length ** 2"
    page.keyboard.press("Control+z")
    expect(bob_total).to_contain_text("print(total + 1)")
    expect(bob_total.locator(".cell-outputs")).to_have_text(re.compile("55"))
    # Its text alone.
    cell(page, "Code cell 3, text").get_by_role("button", name="Its text only").click()
    expect(bob_total).not_to_contain_text("print(total + 1)")
    expect(bob_total.locator(".cell-outputs")).to_have_text(re.compile("55"))

    # What has gone comes back where it was, and what is new can go.
    cell(page, "Markdown cell 5, not").hover()
    cell(page, "Markdown cell 5, not").get_by_role("button", name="Bring this cell back").click()
    expect(editor_cell(bob, 6)).to_contain_text("The end.")
    cell(page, "Code cell 4, only").hover()
    cell(page, "Code cell 4, only").get_by_role("button", name="Take this cell out").click()
    expect(bob.page.locator(".notebook")).not_to_contain_text("area = length")
    page.get_by_role("button", name="Undo").last.click()
    expect(bob.page.locator(".notebook")).to_contain_text("area = length")


def test_a_whole_version_is_restored_for_everybody_and_undone(person: PersonFactory) -> None:
    ada, bob, _, file = two_in_a_notebook(person)
    page = ada.page
    before = [each["source"] for each in SECOND]
    open_history(ada)
    go_to(page, "version=1")
    page.get_by_role("button", name="Restore this version").click()
    expect(slider(page)).not_to_be_visible()
    wait_until(lambda: file.read_text() == notebook(*FIRST))
    expect(editor_cell(bob, 5)).to_contain_text("The end.")
    page.get_by_role("button", name="Undo").click()
    wait_until(lambda: [each["source"] for each in json.loads(file.read_text())["cells"]] == before)
    expect(bob.page.locator(".notebook")).to_contain_text("area = length")
    # What was restored and undone are versions themselves.
    open_history(ada)
    wait_until(lambda: int(slider(page).get_attribute("max") or 0) >= 4)


def test_versions_are_compared_by_keys_alone(person: PersonFactory) -> None:
    ada, bob, _, file = two_in_a_notebook(person)
    saved(ada)
    page = ada.page
    open_history(ada)
    go_to(page, "version=1&compare=now")
    said = page.locator(".history [role=status].visually-hidden")
    expect(steps(page)).to_have_text("Change 1 of 5")
    page.keyboard.press("F7")
    page.keyboard.press("F7")
    expect(steps(page)).to_have_text("Change 3 of 5")
    expect(said).to_have_text(
        "Change 3 of 5, Code cell 3, text changed, outputs changed: “total = sum(range(10)) print(total)”"
    )
    page.keyboard.press("Alt+r")
    expect(editor_cell(bob, 2)).to_contain_text("sum(range(10))")
    expect(steps(page)).to_have_text("Change 3 of 4")
    page.keyboard.press("Shift+F7")
    expect(steps(page)).to_have_text("Change 2 of 4")
    expect(said).to_contain_text("Code cell 4, only in the notebook now")
    expect(page.get_by_role("button", name="Take this cell out").first).to_be_visible()
    # By Tab into the cells, and from one to the next.
    page.locator(".history-cell[aria-current]").focus()
    page.keyboard.press("ArrowDown")
    expect(cell(page, "Code cell 3")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    expect(page.locator(".history-cell").get_by_role("button", name="Take this cell out")).to_be_focused()
    page.keyboard.press("Enter")
    wait_until(lambda: "area = length ** 2" not in sources(file))
    # Only what is another.
    page.get_by_text("Changed cells only").click()
    expect(page.locator(".history-cell")).to_have_count(3)
    page.keyboard.press("Escape")
    expect(page.locator(".notebook [data-cell]").first).to_be_visible()
    expect(page.locator(".notebook [data-cell]:focus")).to_have_count(1)


def test_a_viewer_looks_and_cannot_restore(person: PersonFactory) -> None:
    ada, bob, _, file = two_in_a_notebook(person)
    ada.page.get_by_role("button", name="Share").click()
    dialog = ada.page.get_by_role("dialog", name="Share")
    dialog.get_by_role("button", name=re.compile("Role of Bob Kahn")).click()
    ada.page.get_by_role("option", name="Can look").click()
    page = bob.page
    page.reload()
    expect(editor_cell(bob, 1)).to_be_visible()
    page.goto(f"{page.url}?version=1&compare=now")
    expect(cell(page, "Code cell 3, text changed")).to_contain_text("45")
    expect(page.get_by_text("You can read this file but not change it.")).to_be_visible()
    expect(page.get_by_role("button", name="Restore this version")).to_be_disabled()
    expect(page.locator(".history-cell-acts")).to_have_count(0)
    page.keyboard.press("F7")
    expect(steps(page)).to_have_text("Change 2 of 5")
    page.keyboard.press("Alt+r")
    expect(steps(page)).to_have_text("Change 2 of 5")
    assert file.read_text() == notebook(*SECOND)


def test_a_broken_notebook_is_mended_by_its_history(person: PersonFactory) -> None:
    ada, bob, project_id, file = two_in_a_notebook(person)
    saved(ada)
    for somebody in (ada, bob):
        somebody.page.goto(f"{somebody.studium.url}/")
        expect(somebody.page.get_by_role("heading", name="Projects")).to_be_visible()
    # Broken while nobody had it open: a text, with a history of its own.
    file.write_text("<<<<<<< HEAD\n" + notebook(*SECOND))
    restart(ada, project_id)
    page = ada.page
    ada.open_file(project_id, "waves.ipynb")
    expect(page.get_by_text("It is shown as text")).to_be_visible()
    ada.editor("waves.ipynb").click()
    page.keyboard.press("Alt+h")
    expect(text_at(page)).to_contain_text("HEAD")
    page.get_by_role("button", name=re.compile("Which file")).click()
    page.get_by_role("option", name=re.compile("As a notebook")).click()
    expect(cell(page, "Code cell 2")).to_contain_text("55")
    expect(page.get_by_text("The file is no notebook now.")).to_be_visible()
    expect(page.locator(".history-cell-acts")).to_have_count(0)
    page.get_by_role("button", name="Restore this version").click()
    expect(ada.editor("waves.ipynb")).not_to_contain_text("HEAD")
    wait_until(lambda: file.read_text() == notebook(*SECOND))
    expect(page.get_by_text("once it is valid, open it again")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(ada.editor("waves.ipynb")).to_contain_text("HEAD")
    page.keyboard.press("Control+y")
    expect(ada.editor("waves.ipynb")).not_to_contain_text("HEAD")
    wait_until(lambda: file.read_text() == notebook(*SECOND))
    page.get_by_title("Close waves.ipynb").click()
    page.wait_for_timeout(1_500)  # the page keeps a document for a moment after its tab was closed
    ada.files().get_by_role("row", name="waves.ipynb").dblclick()
    expect(editor_cell(ada, 2)).to_contain_text("range(11)")

    # What it was before is a text, which is no version of the notebook.
    page.goto(f"{page.url}?version=latest")
    page.get_by_role("button", name=re.compile("Which file")).click()
    page.get_by_role("option", name=re.compile("As a text")).first.click()
    expect(text_at(page)).to_contain_text('"cell_type": "markdown"')
    expect(page.get_by_text("The file was no notebook then.")).to_be_visible()
    expect(page.get_by_role("button", name="Restore this version")).to_be_disabled()


def test_a_deleted_notebook_comes_back_with_its_pictures(person: PersonFactory) -> None:
    ada, _, project_id, file = two_in_a_notebook(person)
    saved(ada)
    page = ada.page
    ada.files().get_by_role("row", name="waves.ipynb").focus()
    page.keyboard.press("Delete")
    expect(page.get_by_text("is in the trash")).to_be_visible()
    page.goto(f"{ada.studium.url}/projects/{project_id}?deleted")
    page.get_by_role("link", name="History of waves.ipynb").click()
    expect(cell(page, "Code cell 2")).to_contain_text("55")
    page.keyboard.press("Home")
    expect(cell(page, "Code cell 3")).to_contain_text("45")
    page.get_by_role("button", name="Bring back this version").click()
    wait_until(lambda: file.exists() and file.read_text() == notebook(*FIRST))
    expect(editor_cell(ada, 5)).to_contain_text("The end.")


def test_a_version_is_downloaded_as_the_file_that_it_was(person: PersonFactory) -> None:
    ada, _, _, _ = two_in_a_notebook(person)
    open_history(ada)
    ada.page.keyboard.press("Home")
    expect(cell(ada.page, "Code cell 3")).to_contain_text("45")
    ada.page.get_by_role("button", name="More about this history").click()
    with ada.page.expect_download() as download:
        ada.page.get_by_role("menuitem", name="Download this version").click()
    assert download.value.suggested_filename == "waves.ipynb"
    assert download.value.path().read_text() == notebook(*FIRST)


@pytest.mark.parametrize("look", LOOKS)
def test_the_history_of_a_notebook_reads_well(person: PersonFactory, look: str) -> None:
    ada, _, _, _ = two_in_a_notebook(person, **LOOKS[look])
    SCREENS.mkdir(parents=True, exist_ok=True)
    page = ada.page

    def check(name: str) -> None:
        page.evaluate("() => document.fonts.ready")
        page.screenshot(path=SCREENS / f"{name}-{look}.png")
        assert axe_problems(page) == []
        wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0

    page.goto(f"{page.url}?version=latest")
    expect(shown(page).locator("ins, .markdown").first).to_be_visible()
    check("notebook-history")
    go_to(page, "version=1&compare=now")
    expect(steps(page)).to_have_text("Change 1 of 5")
    page.keyboard.press("F7")
    page.keyboard.press("F7")
    check("notebook-history-now")
