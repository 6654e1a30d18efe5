"""Notebooks whose outputs the browser tests look at."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import FrameLocator, Locator, expect

from browser.people import Person

RECORDED = Path(__file__).parents[1] / "data" / "recorded-outputs.json"
"""What Matplotlib, pandas, Plotly, Altair, Bokeh and ipywidgets put out; each cell has the id of what it shows."""

Output = dict[str, Any]


def data(**bundle: Any) -> Output:
    """An output in several forms, such as ``text__html``."""
    forms = {name.replace("__", "/"): value for name, value in bundle.items()}
    return {"output_type": "display_data", "data": forms, "metadata": {}}


def notebook(cells: dict[str, tuple[str, list[Output]]]) -> str:
    """The file of a notebook: source and outputs of each cell by its id."""
    written: list[dict[str, Any]] = [
        {"cell_type": "code", "id": name, "metadata": {}, "source": source, "execution_count": None, "outputs": outputs}
        for name, (source, outputs) in cells.items()
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps({"cells": written, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5})


def look_at(person: Person, project_id: str, path: str) -> None:
    """Open a notebook in the page."""
    person.page.goto(f"{person.studium.url}/projects/{project_id}/edit/{path}")
    expect(person.page.locator("[data-cell]").first).to_be_visible(timeout=20_000)


def outputs_of(person: Person, cell_id: str) -> Locator:
    """The outputs of a cell, which is scrolled to."""
    cell = person.page.locator(f'[data-cell="{cell_id}"]')
    cell.scroll_into_view_if_needed()
    return cell.get_by_role("group", name="Outputs", exact=True)


def frame_of(person: Person, cell_id: str) -> FrameLocator:
    """The sandboxed frame in the outputs of a cell."""
    return outputs_of(person, cell_id).frame_locator("iframe")


def run(person: Person, cell_id: str) -> None:
    """Run a cell, as a person does."""
    cell = person.page.locator(f'[data-cell="{cell_id}"]')
    cell.get_by_role("textbox").first.click()
    person.page.keyboard.press("Control+Enter")
