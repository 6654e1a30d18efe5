"""Notebooks by keys alone, and notebooks of a thousand cells."""

import re

from playwright.sync_api import expect

from browser.notebooks import Cell, cell, code, markdown, notebook_text, open_notebook, press, sources_of, text_of
from browser.people import Person, PersonFactory, wait_until

KEYS_CELLS = [code("one"), code("two"), code("three")]


def opened(person: PersonFactory, cells: list[Cell]) -> tuple[Person, str]:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Keys")
    ada.write(project_id, "keys.ipynb", notebook_text(cells))
    open_notebook(ada, project_id, "keys.ipynb", len(cells))
    return ada, project_id


def test_everything_by_keys(person: PersonFactory) -> None:
    ada, project_id = opened(person, KEYS_CELLS)

    def expect_sources(*sources: str) -> None:
        wait_until(lambda: sources_of(ada, project_id, "keys.ipynb") == list(sources))

    # The notebook takes the focus when it is opened; no mouse from here on.
    expect(cell(ada, 1)).to_be_focused()
    press(ada, "b")
    expect(cell(ada, 2)).to_be_focused()
    press(ada, "Enter")
    ada.page.keyboard.type("below one")
    press(ada, "Escape")
    expect_sources("one", "below one", "two", "three")
    press(ada, "k", "a", "Enter")
    ada.page.keyboard.type("above one")
    press(ada, "Escape", "m")
    expect_sources("above one", "one", "below one", "two", "three")
    expect(cell(ada, 1)).to_have_accessible_name("Markdown cell 1")
    press(ada, "2")
    expect_sources("## above one", "one", "below one", "two", "three")
    expect(cell(ada, 1).get_by_role("heading", level=2, name="above one")).to_be_visible()
    press(ada, "r")
    expect(cell(ada, 1)).to_have_accessible_name("Raw cell 1")
    press(ada, "y")
    expect(cell(ada, 1)).to_have_accessible_name("Code cell 1")
    press(ada, "d", "d", "j", "x")
    expect_sources("one", "two", "three")
    press(ada, "z")
    expect_sources("one", "below one", "two", "three")
    press(ada, "z")
    expect_sources("## above one", "one", "below one", "two", "three")
    press(ada, "Shift+z", "Shift+z")
    expect_sources("one", "two", "three")
    press(ada, "v")
    expect_sources("one", "below one", "two", "three")
    press(ada, "Shift+j", "Shift+m")
    expect_sources("one", "below one\n\ntwo", "three")
    press(ada, "Enter", "Control+Home", "ArrowDown", "Control+Shift+Minus", "Escape")
    expect_sources("one", "below one", "two", "three")
    press(ada, "Control+a", "Control+Shift+ArrowUp", "ArrowDown", "c", "Shift+v")
    expect(ada.page.locator(".cell")).to_have_count(5)
    press(ada, "l")
    expect(ada.page.locator(".cm-lineNumbers")).to_have_count(1)
    press(ada, "Shift+l")
    expect(ada.page.locator(".cm-lineNumbers")).to_have_count(5)
    press(ada, "h")
    keys = ada.page.get_by_role("dialog", name="Keys of notebooks")
    expect(keys.get_by_role("listitem").filter(has_text="Delete cells")).to_contain_text("D D")
    press(ada, "Escape")
    # From the text of a cell into its neighbours, and out of it.
    press(ada, "Enter", "Control+Home", "ArrowUp")
    expect(ada.page.locator(".cell:focus-within .cm-content")).to_be_focused()
    press(ada, "Escape")
    expect(ada.page.locator(".cell:focus")).to_have_count(1)


def test_a_thousand_cells_scroll(person: PersonFactory) -> None:
    cells = [markdown(f"## Part {n}\n\nWith $x_{n}$.") if n % 4 == 0 else code(f"x_{n} = {n}\n") for n in range(1000)]
    ada, project_id = opened(person, cells)
    scroller = ada.page.locator(".notebook-scroller")
    most_editors: int = scroller.evaluate(
        """async (place) => {
          let most = 0;
          for (let step = 0; step < 60; step++) {
            place.scrollTop += 800;
            await new Promise(requestAnimationFrame);
            most = Math.max(most, place.querySelectorAll(".cm-editor").length);
          }
          return most;
        }"""
    )
    # Only what is near the view has an editor: that is what keeps scrolling smooth.
    assert 0 < most_editors < 150
    press(ada, "Control+a", "ArrowDown")
    last = cell(ada, 1000)
    expect(last).to_be_focused()
    expect(last).to_be_in_viewport()
    press(ada, "Enter", "Control+End")
    ada.page.keyboard.type("# the end")
    expect(text_of(ada, 1000)).to_contain_text("# the end")
    wait_until(lambda: sources_of(ada, project_id, "keys.ipynb")[-1] == "x_999 = 999\n# the end")
    expect(ada.page.get_by_text(re.compile("Cell 1000 of 1000"))).to_be_visible()
