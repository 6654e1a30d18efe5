"""The tutorial that new projects begin with: its notebook runs, and was saved with what it gives."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import studium
from support.environment import PROJECT_PYTHON

TUTORIAL = Path(studium.__file__).parent / "tutorial"
NOTEBOOK = "first-notebook.ipynb"
RUN = f"""
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read({NOTEBOOK!r}, as_version=4)
nbformat.validate(notebook)
for cell in notebook.cells:
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
NotebookClient(notebook, timeout=120, kernel_name=notebook.metadata.kernelspec.name).execute()
nbformat.write(notebook, {NOTEBOOK!r})
"""
KINDS = {"text/html": "a table", "image/png": "a plot", "text/latex": "mathematics"}
WIDGET = "application/vnd.jupyter.widget-view+json"


def code_cells(file: Path) -> list[dict[str, Any]]:
    return [cell for cell in json.loads(file.read_text())["cells"] if cell["cell_type"] == "code"]


def told(output: dict[str, Any]) -> dict[str, Any]:
    """What an output shows, but for what is another in each run."""
    data = output.get("data", {})
    changing = {"image/png": "", WIDGET: ""}
    return {**output, "data": {**data, **{kind: "" for kind in changing if kind in data}}}


def test_the_notebook_runs_and_was_saved_with_what_it_gives(tmp_path: Path) -> None:
    shutil.copy(TUTORIAL / NOTEBOOK, tmp_path)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "MPLBACKEND": ""}
    ran = subprocess.run(
        [PROJECT_PYTHON, "-I", "-c", RUN], cwd=tmp_path, capture_output=True, text=True, timeout=180, env=environment
    )
    assert ran.returncode == 0, ran.stderr
    saved, fresh = code_cells(TUTORIAL / NOTEBOOK), code_cells(tmp_path / NOTEBOOK)
    for before, after in zip(saved, fresh, strict=True):
        assert [told(output) for output in before["outputs"]] == [told(output) for output in after["outputs"]]
        assert before["execution_count"] == after["execution_count"]
    kinds = {kind for cell in saved for output in cell["outputs"] for kind in output.get("data", {})}
    assert {*KINDS, WIDGET} <= kinds


def test_the_widgets_state_was_saved() -> None:
    notebook = json.loads((TUTORIAL / NOTEBOOK).read_text())
    states = notebook["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    shown = [
        output["data"][WIDGET]["model_id"]
        for cell in code_cells(TUTORIAL / NOTEBOOK)
        for output in cell["outputs"]
        if WIDGET in output.get("data", {})
    ]
    assert shown
    assert set(shown) <= set(states)


def test_the_welcome_names_each_file() -> None:
    listed = (TUTORIAL / "Welcome.md").read_text().partition("## What is in this project")[2]
    named = set(re.findall(r"^- `(.+?)`", listed, re.MULTILINE))
    assert named | {"Welcome.md"} == {file.name for file in TUTORIAL.iterdir() if file.is_file()}
