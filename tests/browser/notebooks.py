"""Notebooks of the browser tests: files, and where to find their parts in the page."""

import json
import re
from typing import Any

from playwright.sync_api import Locator, expect

from browser.people import Person

Cell = dict[str, Any]

KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}


def code(source: str, *, count: int | None = None, outputs: list[Any] | None = None, **more: Any) -> Cell:
    """A code cell."""
    return {"cell_type": "code", "source": source, "execution_count": count, "outputs": outputs or [], **more}


def markdown(source: str, **more: Any) -> Cell:
    """A Markdown cell."""
    return {"cell_type": "markdown", "source": source, **more}


def raw(source: str) -> Cell:
    """A raw cell."""
    return {"cell_type": "raw", "source": source}


def notebook_text(cells: list[Cell]) -> str:
    """A file as Jupyter writes it. Cells get the ids ``cell-0``, ``cell-1`` …"""
    written = [
        {"id": f"cell-{index}", "metadata": {}, **cell, "source": cell["source"].splitlines(keepends=True)}
        for index, cell in enumerate(cells)
    ]
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    return json.dumps({"cells": written, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"


def open_notebook(person: Person, project_id: str, path: str, cells: int) -> None:
    """Open a notebook in the page, and wait until its cells are there."""
    person.page.goto(f"{person.studium.url}/projects/{project_id}/edit/{path}")
    expect(person.page.locator(".cell")).to_have_count(cells, timeout=20_000)


def cell(person: Person, number: int) -> Locator:
    """A cell, counted from 1."""
    return person.page.get_by_role("group", name=re.compile(rf"^(Code|Markdown|Raw) cell {number}\b"))


def text_of(person: Person, number: int) -> Locator:
    """The text of a cell where one types."""
    return cell(person, number).get_by_role("textbox", name=re.compile("text$"))


def sources_of(person: Person, project_id: str, path: str) -> list[str]:
    """The sources of the cells in the file, in order."""
    written = json.loads((person.studium.home(project_id) / path).read_text())
    return ["".join(each["source"]) for each in written["cells"]]


def press(person: Person, *keys: str) -> None:
    """Press one key after the other."""
    for key in keys:
        person.page.keyboard.press(key)
