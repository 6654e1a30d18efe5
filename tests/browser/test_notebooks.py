"""A notebook that several people edit: the document alone, no kernel."""

import base64
import json
import re

import pytest
from playwright.sync_api import expect

from browser.notebooks import (
    Cell,
    cell,
    code,
    markdown,
    notebook_text,
    open_notebook,
    press,
    raw,
    sources_of,
    text_of,
)
from browser.people import Person, PersonFactory, make_viewer, share, wait_until
from browser.test_page import LOOKS, SCREENS, axe_problems

CELLS = [markdown("# Week 3\n\nWith $x^2$."), code("a = 1"), code("b = 2"), raw("as it is")]
SOURCES = ["# Week 3\n\nWith $x^2$.", "a = 1", "b = 2", "as it is"]
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def two_people(person: PersonFactory) -> tuple[Person, Person, str]:
    """Ada's project, shared with Bob, with ``week.ipynb`` open in both browsers."""
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    project_id = ada.new_project("Linear algebra")
    share(ada, bob)
    ada.write(project_id, "week.ipynb", notebook_text(CELLS))
    for somebody in (ada, bob):
        open_notebook(somebody, project_id, "week.ipynb", len(CELLS))
    return ada, bob, project_id


def one_person(person: PersonFactory, cells: list[Cell] = CELLS) -> tuple[Person, str]:
    ada = person("Ada Lovelace")
    project_id = ada.new_project("Linear algebra")
    ada.write(project_id, "week.ipynb", notebook_text(cells))
    open_notebook(ada, project_id, "week.ipynb", len(cells))
    return ada, project_id


def wait_for_sources(person: Person, project_id: str, sources: list[str]) -> None:
    wait_until(lambda: sources_of(person, project_id, "week.ipynb") == sources)


def test_two_people_type_move_and_delete_at_once(person: PersonFactory) -> None:
    ada, bob, project_id = two_people(person)
    text_of(ada, 2).click()
    press(ada, "End")
    ada.page.keyboard.type("0", delay=8)
    expect(text_of(bob, 2)).to_have_text("a = 10")
    expect(cell(bob, 2).get_by_text("Ada Lovelace").first).to_be_visible()
    # Bob moves the cell while Ada types in it: her typing goes along.
    cell(bob, 2).focus()
    press(bob, "Control+Shift+ArrowDown")
    ada.page.keyboard.type(" + 5", delay=8)
    for somebody in (ada, bob):
        expect(text_of(somebody, 3)).to_have_text("a = 10 + 5")
        expect(text_of(somebody, 2)).to_have_text("b = 2")
    # What Bob deletes comes back as it was when he undoes it, with what Ada wrote; her own typing is hers to undo.
    cell(bob, 4).focus()
    press(bob, "d", "d")
    expect(ada.page.locator(".cell")).to_have_count(3)
    press(bob, "z")
    expect(text_of(ada, 4)).to_have_text("as it is")
    text_of(ada, 3).focus()
    press(ada, "Control+z")
    expect(text_of(bob, 3)).not_to_have_text("a = 10 + 5")
    press(ada, "Control+Shift+Z")
    expect(text_of(bob, 3)).to_have_text("a = 10 + 5")
    wait_for_sources(ada, project_id, ["# Week 3\n\nWith $x^2$.", "b = 2", "a = 10 + 5", "as it is"])


def test_text_typed_in_a_cell_that_somebody_deletes_is_put_back(person: PersonFactory) -> None:
    ada, bob, project_id = two_people(person)
    text_of(ada, 3).click()
    press(ada, "End")
    ada.page.keyboard.type(" + 40", delay=8)
    expect(text_of(bob, 3)).to_have_text("b = 2 + 40")
    cell(bob, 3).focus()
    press(bob, "d", "d")
    expect(ada.page.locator(".cell")).to_have_count(3)
    # What she goes on typing is no command of the notebook.
    press(ada, "d", "d", "a")
    expect(ada.page.locator(".cell")).to_have_count(3)
    ada.page.get_by_role("button", name="Put it back").click()
    expect(text_of(bob, 3)).to_have_text("b = 2 + 40")
    expect(text_of(ada, 3)).to_be_focused()
    wait_for_sources(ada, project_id, [*SOURCES[:2], "b = 2 + 40", SOURCES[3]])


def test_a_viewer_reads_and_changes_nothing(person: PersonFactory) -> None:
    ada, vera = person("Ada Lovelace"), person("Vera Rubin")
    project_id = ada.new_project("To look at")
    ada.write(project_id, "week.ipynb", notebook_text(CELLS))
    make_viewer(ada, vera, project_id)
    open_notebook(vera, project_id, "week.ipynb", len(CELLS))
    expect(vera.save_state()).to_have_text(re.compile("Read only because you are a viewer"))
    expect(vera.page.get_by_role("heading", name="Week 3")).to_be_visible()
    for name in ("Run cell", "Cut cells", "Delete", "Move up", "Code"):
        expect(vera.page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    cell(vera, 2).focus()
    press(vera, "d", "d", "a", "m", "x", "Shift+Enter", "Control+Enter")
    text_of(vera, 2).click()
    vera.page.keyboard.type("evil")
    expect(text_of(vera, 2)).to_have_text("a = 1")
    expect(vera.page.locator(".cell")).to_have_count(len(CELLS))
    open_notebook(ada, project_id, "week.ipynb", len(CELLS))
    text_of(ada, 2).click()
    press(ada, "End")
    ada.page.keyboard.type("1")
    expect(text_of(vera, 2)).to_have_text("a = 11")


def test_pictures_are_pasted_into_markdown_and_kept_in_the_notebook(person: PersonFactory) -> None:
    ada, project_id = one_person(person)
    cell(ada, 1).focus()
    press(ada, "Enter", "Control+End")
    text_of(ada, 1).evaluate(
        """(target, data) => {
          const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
          const transfer = new DataTransfer();
          transfer.items.add(new File([bytes], "dot.png", { type: "image/png" }));
          const options = { clipboardData: transfer, bubbles: true, cancelable: true };
          target.dispatchEvent(new ClipboardEvent("paste", options));
        }""",
        PIXEL,
    )
    expect(text_of(ada, 1)).to_contain_text("![dot.png](attachment:dot.png)")
    press(ada, "Escape")
    picture = cell(ada, 1).get_by_role("img", name="dot.png")
    wait_until(lambda: bool(picture.evaluate("(image) => image.complete && image.naturalWidth === 1")))
    path = ada.studium.home(project_id) / "week.ipynb"
    wait_until(lambda: "attachment:dot.png" in path.read_text())
    kept = json.loads(path.read_text())["cells"][0]["attachments"]["dot.png"]["image/png"]
    assert base64.b64decode(kept) == base64.b64decode(PIXEL)


def test_cells_go_from_one_notebook_into_another(person: PersonFactory) -> None:
    ada, project_id = one_person(person)
    ada.write(project_id, "other.ipynb", notebook_text([code("first = 1")]))
    cell(ada, 2).focus()
    press(ada, "Shift+ArrowDown", "c")
    open_notebook(ada, project_id, "other.ipynb", 1)
    cell(ada, 1).focus()
    press(ada, "v")
    expect(ada.page.locator(".cell")).to_have_count(3)
    wait_until(lambda: sources_of(ada, project_id, "other.ipynb") == ["first = 1", "a = 1", "b = 2"])


def test_find_and_replace_in_all_cells(person: PersonFactory) -> None:
    ada, project_id = one_person(person, [code("area = 1"), markdown("The area"), code("print(area)")])
    cell(ada, 1).focus()
    press(ada, "f")
    ada.page.keyboard.type("area")
    bar = ada.page.get_by_role("search", name="Find and replace in cells")
    expect(bar.get_by_role("status")).to_have_text("1 of 3")
    press(ada, "Enter")
    expect(bar.get_by_role("status")).to_have_text("2 of 3")
    bar.get_by_role("textbox", name="Replace with").fill("surface")
    bar.get_by_role("button", name="Replace all").click()
    wait_for_sources(ada, project_id, ["surface = 1", "The surface", "print(surface)"])
    press(ada, "Escape")
    expect(bar).to_have_count(0)
    press(ada, "z")
    wait_for_sources(ada, project_id, ["area = 1", "The area", "print(area)"])


def test_a_cell_is_dragged_to_its_place(person: PersonFactory) -> None:
    ada, project_id = one_person(person)
    cell(ada, 3).hover()
    cell(ada, 3).locator(".cell-handle").drag_to(cell(ada, 1), target_position={"x": 300, "y": 4})
    wait_for_sources(ada, project_id, ["b = 2", *SOURCES[:2], SOURCES[3]])


def test_outline_and_properties(person: PersonFactory) -> None:
    ada, project_id = one_person(person, [markdown("# One"), code("a = 1"), markdown("## Two\n\n### Three")])
    ada.page.get_by_role("button", name="Outline of the notebook").click()
    outline = ada.page.get_by_role("complementary", name="Outline")
    expect(outline.get_by_role("listitem")).to_have_text(["One", "Two", "Three"])
    outline.get_by_role("button", name="Three").click()
    expect(cell(ada, 3)).to_be_focused()
    cell(ada, 2).focus()
    ada.page.get_by_role("button", name="Tags and other properties of cells").click()
    properties = ada.page.get_by_role("complementary", name="Cell properties")
    properties.get_by_role("textbox", name="Tags").fill("hard, exercise")
    press(ada, "Enter")
    properties.get_by_role("button", name="In slides").click()
    ada.page.get_by_role("option", name="Left out").click()
    path = ada.studium.home(project_id) / "week.ipynb"
    wanted = {"tags": ["hard", "exercise"], "slideshow": {"slide_type": "skip"}}
    wait_until(lambda: json.loads(path.read_text())["cells"][1]["metadata"] == wanted)
    everything = properties.get_by_role("textbox", name="All metadata of this cell")
    everything.fill('{"tags": ')
    properties.get_by_role("button", name="Save metadata").click()
    expect(properties.get_by_role("alert")).to_contain_text("no valid JSON")
    everything.fill('{"nbgrader": {"grade": true}}')
    properties.get_by_role("button", name="Save metadata").click()
    wait_until(lambda: json.loads(path.read_text())["cells"][1]["metadata"] == {"nbgrader": {"grade": True}})


@pytest.mark.parametrize("look", LOOKS)
def test_every_look(person: PersonFactory, look: str) -> None:
    """Photograph the notebook and each of its panels, and ask axe about them."""
    ada = person("Ada Lovelace", **LOOKS[look])
    page = ada.page
    project_id = ada.new_project("Linear algebra")
    printed = {"output_type": "stream", "name": "stdout", "text": ["42\n"]}
    cells = [*CELLS, code("print(42)", count=3, outputs=[printed]), markdown("")]
    ada.write(project_id, "week.ipynb", notebook_text(cells))
    open_notebook(ada, project_id, "week.ipynb", len(cells))
    SCREENS.mkdir(parents=True, exist_ok=True)

    def check(name: str) -> None:
        page.evaluate("() => document.fonts.ready")
        page.screenshot(path=SCREENS / f"{name}-{look}.png")
        assert axe_problems(page) == [], f"{name} in {look}"
        overflow = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{name} in {look} scrolls sideways by {overflow} px"

    cell(ada, 2).focus()
    check("notebook")
    for title, panel in (
        ("Outline of the notebook", "outline"),
        ("Variables of the kernel", "variables"),
        ("Console on the kernel", "console"),
        ("Tags and other properties of cells", "cell properties"),
    ):
        page.get_by_role("button", name="More for this notebook").click()
        page.get_by_role("menuitem", name=title).click()
        expect(page.get_by_role("complementary", name=panel)).to_be_visible()
        expect(page.get_by_role("menu")).to_have_count(0)
        check(f"notebook-{panel.replace(' ', '-')}")
    page.get_by_role("button", name="Close cell properties").click()
    text_of(ada, 2).click()
    check("notebook-editing")
