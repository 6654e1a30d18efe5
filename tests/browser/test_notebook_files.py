"""Notebooks as files: made new, duplicated, exported, printed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from browser.notebooks import code, markdown, notebook_text, open_notebook
from browser.people import Person, PersonFactory, make_viewer
from browser.test_page import LOOKS, SCREENS, axe_problems

RECORD_PRINT = """
window.printed = new Promise((resolve) => {
  window.print = () => {
    dispatchEvent(new Event("beforeprint"));
    const shown = document.querySelector(".editor-panel:not([hidden])");
    resolve({
      outputs: [...shown.querySelectorAll(".cell-outputs")].map((each) => each.textContent.trim()),
      frames: [...shown.querySelectorAll(".output-frame iframe")].map((each) => each.clientHeight),
      pictures: [...shown.querySelectorAll(".cell-outputs img")].map((each) => each.naturalWidth),
      theme: document.documentElement.dataset.theme,
    });
    dispatchEvent(new Event("afterprint"));
  };
});
"""
COUNT_OUTPUTS = """
addEventListener("beforeprint", () => {
  window.outputsOnPaper = document.querySelectorAll(".cell-outputs").length;
});
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="60"><circle cx="60" cy="30" r="20"/></svg>'
LINES = 300
CELLS = 60


def shown(data: dict[str, Any]) -> dict[str, Any]:
    return {"output_type": "display_data", "data": data, "metadata": {}}


def printed(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def test_new_notebook(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    home = ada.studium.home(ada.new_project("Notebooks"))
    ada.page.get_by_role("button", name="New notebook").click()
    expect(ada.page.get_by_role("textbox", name="Name of the new notebook")).to_be_focused()
    ada.page.keyboard.type("cubes")
    ada.page.keyboard.press("Enter")
    expect(ada.page.get_by_role("tab", name=re.compile("cubes.ipynb"))).to_be_visible()
    expect(ada.page.locator(".cell")).to_have_count(1)
    notebook = json.loads((home / "cubes.ipynb").read_text())
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    ada.page.keyboard.press("Alt+Shift+j")
    ada.page.keyboard.type("cubes.ipynb")
    ada.page.keyboard.press("Enter")
    expect(ada.page.get_by_role("alert")).to_contain_text("cubes.ipynb")  # the name is taken
    ada.page.keyboard.press("Escape")
    expect(ada.page.get_by_role("textbox", name="Name of the new notebook")).not_to_be_visible()


def test_new_notebook_of_another_kernel_with_keys_alone(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project = ada.new_project("Kernels")
    folder = "~/.local/share/jupyter/kernels/octave"
    spec = json.dumps({"argv": ["/bin/sh"], "display_name": "GNU Octave", "language": "octave"})
    ada.run(project, f"mkdir -p {folder} && echo '{spec}' > {folder}/kernel.json")
    ada.page.keyboard.press("Alt+Shift+j")
    expect(ada.page.get_by_role("textbox", name="Name of the new notebook")).to_be_focused()
    kernel = ada.page.get_by_role("button", name=re.compile("Kernel"))
    expect(kernel).to_contain_text("Python 3")
    ada.page.keyboard.press("Tab")
    expect(kernel).to_be_focused()
    ada.page.keyboard.press("Enter")
    ada.page.get_by_role("option", name="GNU Octave").press("Enter")
    expect(kernel).to_contain_text("GNU Octave")
    expect(kernel).to_be_focused()
    ada.page.keyboard.press("Shift+Tab")
    expect(ada.page.get_by_role("textbox", name="Name of the new notebook")).to_be_focused()
    ada.page.keyboard.type("rooms")
    ada.page.keyboard.press("Enter")
    expect(ada.page.locator(".cell")).to_have_count(1)
    written = json.loads((ada.studium.home(project) / "rooms.ipynb").read_text())
    assert written["metadata"]["kernelspec"]["name"] == "octave"


def test_duplicate(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project = ada.new_project("Copies")
    home = ada.studium.home(project)
    ada.write(project, "cubes.ipynb", notebook_text([code("1 + 1")]))
    row = ada.files().get_by_role("row", name=re.compile(r"cubes\.ipynb"))
    row.click(button="right")
    ada.page.get_by_role("menuitem", name="Duplicate").click()
    expect(ada.files().get_by_text("cubes (copy).ipynb")).to_be_visible()
    assert (home / "cubes (copy).ipynb").read_bytes() == (home / "cubes.ipynb").read_bytes()
    ada.page.get_by_role("button", name="Open", exact=True).click()
    expect(ada.page.get_by_role("tab", name=re.compile(r"cubes \(copy\).ipynb"))).to_be_visible()
    expect(ada.page.locator(".cell")).to_have_count(1)


def test_a_viewer_exports_and_is_offered_nothing_that_changes_files(person: PersonFactory) -> None:
    ada, vera = person("Ada Lovelace"), person("Vera Rubin")
    project = ada.new_project("To look at")
    ada.write(project, "cubes.ipynb", notebook_text([code("print(8)", outputs=[printed("8\n")])]))
    make_viewer(ada, vera, project)
    open_notebook(vera, project, "cubes.ipynb", 1)
    expect(vera.page.get_by_role("button", name="New notebook")).to_have_count(0)
    vera.page.keyboard.press("Alt+Shift+j")
    vera.files().get_by_role("row", name=re.compile(r"cubes\.ipynb")).click(button="right")
    menu = vera.page.get_by_role("menuitem")
    expect(menu.filter(has_text="Export")).to_be_visible()
    expect(menu).to_have_text(["Open", "Copy to another project…", "Export", "Download", "Copy link", "Add star"])
    expect(vera.page.get_by_role("textbox", name="Name of the new notebook")).to_have_count(0)
    menu.filter(has_text="Export").click()
    with vera.page.expect_download() as waiting:
        vera.page.get_by_role("dialog").get_by_role("button", name="Export").click()
    assert waiting.value.suggested_filename == "cubes.html"


def test_export_from_the_file_list_and_from_the_notebook(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project = ada.new_project("Exports")
    ada.write(project, "cubes.ipynb", notebook_text([markdown("# Cubes"), code("print(8)", outputs=[printed("8\n")])]))
    ada.files().get_by_role("row", name=re.compile(r"cubes\.ipynb")).click(button="right")
    ada.page.get_by_role("menuitem", name="Export").click()
    dialog = ada.page.get_by_role("dialog", name="Export “cubes.ipynb”")
    with ada.page.expect_download() as waiting:
        dialog.get_by_role("button", name="Export").click()
    assert waiting.value.suggested_filename == "cubes.html"
    assert "Cubes</h1>" in re.sub(r"<a .*?</a>", "", Path(waiting.value.path()).read_text())
    expect(dialog).not_to_be_visible()

    open_notebook(ada, project, "cubes.ipynb", 2)
    ada.page.keyboard.press("F1")
    ada.page.keyboard.type(">export")
    ada.page.get_by_role("option", name=re.compile("Export the notebook")).click()
    dialog.get_by_role("button", name=re.compile("Format")).click()
    ada.page.get_by_role("option", name="Script").click()
    with ada.page.expect_download() as waiting:
        dialog.get_by_role("button", name="Export").click()
    assert waiting.value.suggested_filename == "cubes.py"
    assert "print(8)" in Path(waiting.value.path()).read_text()


def test_an_export_that_fails_says_why(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project = ada.new_project("Broken export")
    ada.write(project, "broken.ipynb", "no notebook")
    ada.files().get_by_role("row", name=re.compile(r"broken\.ipynb")).click(button="right")
    ada.page.get_by_role("menuitem", name="Export").click()
    dialog = ada.page.get_by_role("dialog", name="Export “broken.ipynb”")
    dialog.get_by_role("button", name="Export").click()
    expect(dialog.get_by_role("alert")).to_contain_text("“broken.ipynb” cannot be read as a notebook")
    expect(dialog.get_by_role("button", name="Export")).to_be_enabled()


def many_cells() -> str:
    cells = [markdown("# Many cells")]
    cells += [code(f"print({n})", count=n, outputs=[printed(f"result {n}\n")]) for n in range(CELLS)]
    cells += [
        code("for n in range(300): print(n)", outputs=[printed("".join(f"line {n}\n" for n in range(LINES)))]),
        code("draw()", outputs=[shown({"image/svg+xml": SVG, "text/plain": "<SVG>"})]),
        code("page()", outputs=[shown({"text/html": '<h3 style="height: 90px">styled</h3><script>0</script>'})]),
    ]
    return notebook_text(cells)


@pytest.fixture
def many(person: PersonFactory) -> Person:
    """Somebody with a dark page at the first of many cells."""
    ada = person("Ada Lovelace", color_scheme="dark")
    ada.page.add_init_script(RECORD_PRINT)
    project = ada.new_project("Paper")
    ada.write(project, "many.ipynb", many_cells())
    open_notebook(ada, project, "many.ipynb", CELLS + 4)
    expect(ada.page.locator("html")).to_have_attribute("data-theme", "dark")
    return ada


def test_print_draws_all_of_a_notebook_first(many: Person) -> None:
    page = many.page
    assert page.locator(".cell-outputs").count() < CELLS  # what is far from the view is not drawn
    page.keyboard.press("F1")
    page.keyboard.type(">print")
    page.get_by_role("option", name=re.compile("Print the notebook")).click()
    printed = page.evaluate("window.printed")
    assert printed["outputs"][:CELLS] == [f"result {n}" for n in range(CELLS)]
    assert printed["outputs"][CELLS].startswith("\n".join(f"line {n}" for n in range(LINES)))
    assert printed["pictures"] == [120]
    (height,) = printed["frames"]
    assert height >= 90
    assert printed["theme"] == "light"
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_paper_shows_the_notebook_alone_and_whole(many: Person) -> None:
    page = many.page
    page.evaluate(COUNT_OUTPUTS)
    page.pdf(format="A4")  # as by the browser's own menu
    assert page.evaluate("window.outputsOnPaper") == CELLS + 3
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.emulate_media(media="print")
    for hidden in ("banner", "tablist", "toolbar", "navigation"):
        for part in page.get_by_role(hidden).all():
            expect(part).not_to_be_visible()
    expect(page.get_by_role("treegrid", name="Files")).not_to_be_visible()
    expect(page.get_by_role("status", name="Save state")).not_to_be_visible()
    heights = page.evaluate(
        "[document.documentElement.scrollHeight, document.querySelector('.notebook-cells').scrollHeight]"
    )
    assert heights[0] >= heights[1] > 2000
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("look", LOOKS)
def test_nothing_is_wrong_with_the_screens(person: PersonFactory, look: str) -> None:
    ada = person("Ada Lovelace", **LOOKS[look])
    project = ada.new_project("Looks")
    folder = "~/.local/share/jupyter/kernels/octave"
    spec = json.dumps({"argv": ["/bin/sh"], "display_name": "GNU Octave", "language": "octave"})
    ada.run(project, f"mkdir -p {folder} && echo '{spec}' > {folder}/kernel.json")
    ada.write(project, "cubes.ipynb", notebook_text([code("1 + 1")]))
    ada.page.get_by_role("button", name="New notebook").click()
    expect(ada.page.get_by_role("button", name=re.compile("Kernel"))).to_be_visible()
    ada.page.screenshot(path=SCREENS / f"new-notebook-{look}.png")
    assert axe_problems(ada.page) == []
    ada.page.keyboard.press("Escape")
    ada.files().get_by_role("row", name=re.compile(r"cubes\.ipynb")).click(button="right")
    ada.page.get_by_role("menuitem", name="Export").click()
    expect(ada.page.get_by_role("dialog", name="Export “cubes.ipynb”")).to_be_visible()
    ada.page.screenshot(path=SCREENS / f"export-{look}.png")
    assert axe_problems(ada.page) == []
