"""The notebook of the tutorial, as two people meet it; and one whose kernel is not there."""

import json
import re
from pathlib import Path

from playwright.sync_api import FrameLocator, expect

import studium
from browser.notebooks import cell, code, notebook_text, open_notebook
from browser.people import Person, PersonFactory, share, wait_until

NOTEBOOK = Path(studium.__file__).parent / "tutorial" / "first-notebook.ipynb"
CELLS = json.loads(NOTEBOOK.read_text())["cells"]
SLIDER = next(number for number, each in enumerate(CELLS, 1) if "IntSlider(" in "".join(each["source"]))
R = {"name": "ir", "display_name": "R", "language": "R"}


def widget(person: Person) -> FrameLocator:
    cell(person, SLIDER).scroll_into_view_if_needed()
    return cell(person, SLIDER).frame_locator("iframe")


def test_two_people_run_the_first_notebook_and_move_its_slider(person: PersonFactory) -> None:
    ada, bob = person("Ada Lovelace"), person("Bob Kahn")
    project = ada.new_project("Tutorial")
    share(ada, bob)
    ada.write(project, NOTEBOOK.name, NOTEBOOK.read_text())
    file = ada.studium.home(project) / NOTEBOOK.name
    for somebody in (ada, bob):
        open_notebook(somebody, project, NOTEBOOK.name, len(CELLS))
    # Before anything ran it shows what was saved.
    expect(widget(ada).get_by_text("[2, 2, 2, 3, 3, 5]")).to_be_visible(timeout=20_000)
    ada.page.keyboard.press("F1")
    ada.page.keyboard.type(">Run all cells")
    ada.page.get_by_role("option", name=re.compile("^Run all cells")).first.click()
    wait_until(lambda: "shell.execute_reply" in file.read_text(), seconds=60)

    def outputs() -> list[list[str]]:
        cells = json.loads(file.read_text())["cells"]
        return [[output["output_type"] for output in each["outputs"]] for each in cells if "outputs" in each]

    wanted = [[output["output_type"] for output in each["outputs"]] for each in CELLS if "outputs" in each]
    ready = re.compile("Kernel Python 3: Idle")
    expect(bob.page.get_by_role("button", name=ready)).to_be_visible(timeout=60_000)
    wait_until(lambda: outputs() == wanted)

    slider = widget(ada).get_by_role("slider")
    expect(widget(bob).get_by_role("slider")).to_have_attribute("aria-valuenow", "360.0", timeout=20_000)
    slider.focus()
    slider.press("ArrowRight")
    for somebody in (ada, bob):
        expect(widget(somebody).get_by_text("[19, 19]")).to_be_visible(timeout=20_000)


def test_a_kernel_that_is_missing_says_who_installs_it_and_how(person: PersonFactory) -> None:
    ada = person("Ada Lovelace")
    project = ada.new_project("Statistics")
    notebook = json.loads(notebook_text([code("1:10")]))
    notebook["metadata"] = {"kernelspec": R, "language_info": {"name": "R"}}
    ada.write(project, "rooms.ipynb", json.dumps(notebook))
    open_notebook(ada, project, "rooms.ipynb", 1)
    cell(ada, 1).focus()
    ada.page.keyboard.press("Shift+Enter")
    told = ada.page.get_by_role("status").filter(has_text="The kernel ir is not installed in this project.")
    expect(told).to_contain_text("run “apt-get install r-cran-irkernel”", timeout=20_000)
    told.get_by_role("button", name="Use Python 3").click()
    expect(ada.page.get_by_role("button", name=re.compile("Kernel Python 3: Idle"))).to_be_visible(timeout=30_000)
    expect(told).not_to_be_visible()
