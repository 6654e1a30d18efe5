"""Writes ``tests/data/notebooks``: one small notebook for each way in which programs and people have written them.

``python -m support.notebook_corpus`` (in ``tests``) writes the files; a test says when they are not what this would
write.
"""

import base64
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parents[1] / "data" / "notebooks"

NOT_NOTEBOOKS: Final = frozenset(
    {"broken-cut-off.ipynb", "broken-conflict.ipynb", "newer-version.ipynb", "no-version.ipynb", "latin-1.ipynb"}
)
"""Files that open as a text, with a reason (the last one not at all: it is no UTF-8)."""

Json = dict[str, Any]


def png(shade: int, size: int = 8) -> str:
    """A grey picture in base64."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)
    rows = (b"\0" + bytes([shade]) * size) * size
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + parts).decode()


def lines(text: str) -> list[str]:
    """A text as Jupyter writes it."""
    return text.splitlines(True)


def code(source: str, *outputs: Json, count: int | None = None, metadata: Json | None = None, **more: Any) -> Json:
    """A code cell of version 4."""
    return {
        "cell_type": "code",
        "execution_count": count,
        "metadata": metadata or {},
        "outputs": list(outputs),
        "source": lines(source),
        **more,
    }


def markdown(source: str, metadata: Json | None = None, **more: Any) -> Json:
    """A Markdown cell of version 4."""
    return {"cell_type": "markdown", "metadata": metadata or {}, "source": lines(source), **more}


def raw(source: str, metadata: Json | None = None, **more: Any) -> Json:
    """A raw cell of version 4."""
    return {"cell_type": "raw", "metadata": metadata or {}, "source": lines(source), **more}


def stream(text: str, name: str = "stdout") -> Json:
    """What was printed."""
    return {"name": name, "output_type": "stream", "text": lines(text)}


def result(count: int, text: str, **data: Any) -> Json:
    """The value of a cell."""
    return {
        "data": {"text/plain": lines(text), **data},
        "execution_count": count,
        "metadata": {},
        "output_type": "execute_result",
    }


def display(**data: Any) -> Json:
    """What was displayed; ``image_png`` stands for ``image/png``."""
    return {
        "data": {key.replace("_", "/", 1): value for key, value in data.items()},
        "metadata": {},
        "output_type": "display_data",
    }


ERROR: Final[Json] = {
    "ename": "ZeroDivisionError",
    "evalue": "division by zero",
    "output_type": "error",
    "traceback": ["\x1b[0;31mZeroDivisionError\x1b[0m Traceback", "\x1b[0;32m----> 1\x1b[0m 1 / 0", "division by zero"],
}
PYTHON: Final[Json] = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
        "version": "3.11.2",
    },
}


def notebook(*cells: Json, minor: int = 5, metadata: Json | None = None, **more: Any) -> Json:
    """A notebook of version 4; cells get ids where the version has them."""
    named = [
        {"id": f"cell-{number}", **cell} if minor >= 5 and "id" not in cell else cell
        for number, cell in enumerate(cells)
    ]
    return {
        "cells": named,
        "metadata": PYTHON if metadata is None else metadata,
        "nbformat": 4,
        "nbformat_minor": minor,
        **more,
    }


def usual(minor: int) -> Json:
    """What every notebook has."""
    return notebook(
        markdown("# Sums\n\nOf the first numbers, $\\sum_{k<n} k$."),
        code("total = sum(range(10))\ntotal", result(1, "45"), count=1),
        code('print("é", "😀")\n1 / 0', stream("é 😀\n"), ERROR, count=2),
        code("plot()", display(image_png=png(120) + "\n", text_plain=["<Figure>"]), count=3),
        raw("not run"),
        code(""),
        minor=minor,
    )


def version_3() -> Json:
    """As IPython wrote them until 2015: worksheets, headings, prompts."""
    cells = [
        {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Sums"]},
        {"cell_type": "markdown", "metadata": {}, "source": ["Of the first *numbers*."]},
        {
            "cell_type": "code",
            "collapsed": False,
            "input": ["print 'hello'\n", "sum(range(10))"],
            "language": "python",
            "metadata": {},
            "outputs": [
                {"output_type": "stream", "stream": "stdout", "text": ["hello\n"]},
                {"metadata": {}, "output_type": "pyout", "prompt_number": 1, "text": ["45"]},
                {"metadata": {}, "output_type": "display_data", "png": png(90)},
            ],
            "prompt_number": 1,
        },
        {
            "cell_type": "code",
            "collapsed": False,
            "input": ["1 / 0"],
            "language": "python",
            "metadata": {},
            "outputs": [{**{k: v for k, v in ERROR.items() if k != "output_type"}, "output_type": "pyerr"}],
            "prompt_number": 2,
        },
        {"cell_type": "raw", "metadata": {}, "source": ["raw"]},
    ]
    return {
        "metadata": {"name": "sums", "signature": "sha256:0"},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [{"cells": cells, "metadata": {}}],
    }


def no_metadata() -> Json:
    """As small programs write them: what is required is missing."""
    return {
        "cells": [
            {"cell_type": "code", "source": "1 + 1"},
            {"cell_type": "markdown", "source": ["text"]},
            {"cell_type": "code", "source": ["print(1)"], "outputs": [{"output_type": "stream", "text": "1\n"}]},
        ],
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def r_kernel() -> Json:
    """Of the R kernel."""
    metadata = {
        "kernelspec": {"display_name": "R", "language": "R", "name": "ir"},
        "language_info": {"codemirror_mode": "r", "file_extension": ".r", "name": "R", "version": "4.2.2"},
    }
    html = lines("<table>\n<tr><td>speed</td><td>dist</td></tr>\n</table>\n")
    return notebook(
        markdown("Cars"),
        code(
            "head(cars)", result(1, "  speed dist\n1 4     2", **{"text/html": html, "text/latex": ["4 & 2"]}), count=1
        ),
        code("x <- c(1, 2)\nplot(x)", display(image_svg=["<svg/>"]), count=2),
        minor=4,
        metadata=metadata,
    )


def widgets_state() -> Json:
    """With the state of ipywidgets, as JupyterLab saves it."""
    model = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
    state = {
        model: {
            "model_module": "@jupyter-widgets/controls",
            "model_module_version": "2.0.0",
            "model_name": "IntSliderModel",
            "state": {"description": "n", "max": 10, "min": 0, "value": 7, "layout": "IPY_MODEL_1f"},
        },
        "1f": {
            "model_module": "@jupyter-widgets/base",
            "model_module_version": "2.0.0",
            "model_name": "LayoutModel",
            "state": {},
        },
    }
    view = {"model_id": model, "version_major": 2, "version_minor": 0}
    widgets = {"application/vnd.jupyter.widget-state+json": {"state": state, "version_major": 2, "version_minor": 0}}
    return notebook(
        code(
            "IntSlider(7, 0, 10)",
            result(1, "IntSlider(value=7)", **{"application/vnd.jupyter.widget-view+json": view}),
            count=1,
        ),
        metadata={**PYTHON, "widgets": widgets},
    )


def odd_outputs() -> Json:
    """Types of output that programs have made up, and numbers as they come."""
    return notebook(
        code(
            "everything",
            display(**{"application_json": {"a": [1, 1.50, 1e300, -0.0, None, True], "b": {"é": "ü"}}}),
            display(**{"text_html": ["<script>alert(1)</script>\n", "<b>bold</b>"], "text_plain": "one string"}),
            display(**{"application_vnd.plotly.v1+json": {"data": [{"y": [1, 2]}], "layout": {}}}),
            display(**{"application_x-unknown": "?"}),
            stream("progress 10%\rprogress 100%\n", "stderr"),
            {"output_type": "made_up", "extra": [1, 2]},
            count=1,
        ),
    )


def odd_fields() -> Json:
    """Fields that no version of the format knows, at every level, and the same id twice."""
    twice = [code("1", id="same", mine={"kept": True}), code("2", id="same"), markdown("3", id="other")]
    return {**notebook(*twice, metadata={**PYTHON, "zeta": [1.50, "ä"], "authors": [{"name": "Émilie"}]}), "top": 1}


def courses() -> Json:
    """nbgrader, slides and tags."""
    grade = {"grade": True, "grade_id": "q1", "locked": False, "points": 2, "schema_version": 3, "solution": True}
    locked = {
        "grade": False,
        "grade_id": "intro",
        "locked": True,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }
    return notebook(
        markdown("# Homework", {"nbgrader": locked, "slideshow": {"slide_type": "slide"}}),
        code("### BEGIN SOLUTION\n1 + 1\n### END SOLUTION", metadata={"nbgrader": grade, "deletable": False}),
        code("hidden", metadata={"tags": ["hide-input", "parameters"], "jupyter": {"source_hidden": True}}),
        code("folded", stream("much\n"), metadata={"collapsed": True, "scrolled": "auto", "trusted": True}, count=1),
        markdown("notes", {"slideshow": {"slide_type": "notes"}, "editable": False}),
        raw("<b>html</b>", {"raw_mimetype": "text/html", "format": "text/html"}),
        metadata={**PYTHON, "celltoolbar": "Slideshow", "toc": {"base_numbering": 1}},
    )


def attachments() -> Json:
    """Pictures in Markdown, and an empty set of them."""
    return notebook(
        markdown(
            "![a](attachment:a.png)\n\n![b](attachment:b%20c.png)",
            attachments={
                "a.png": {"image/png": png(10)},
                "b c.png": {"image/png": png(200)},
            },
        ),
        markdown("none", attachments={}),
        code("1"),
    )


def jupyter(value: Json) -> str:
    """As Jupyter writes it."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, separators=(",", ": ")) + "\n"


def strings(value: Json) -> Json:
    """With each source as one string."""
    return {**value, "cells": [{**cell, "source": "".join(cell["source"])} for cell in value["cells"]]}


FILES: Final[dict[str, Callable[[], str]]] = {
    "version-3.ipynb": lambda: jupyter(version_3()),
    **{f"version-4.{minor}.ipynb": (lambda minor=minor: jupyter(usual(minor))) for minor in range(6)},  # type: ignore[misc]
    "no-metadata.ipynb": lambda: json.dumps(no_metadata()),
    "no-cells.ipynb": lambda: jupyter(notebook()),
    "r-kernel.ipynb": lambda: jupyter(r_kernel()),
    "widgets-state.ipynb": lambda: jupyter(widgets_state()),
    "odd-outputs.ipynb": lambda: jupyter(odd_outputs()),
    "odd-fields.ipynb": lambda: jupyter(odd_fields()),
    "courses.ipynb": lambda: jupyter(courses()),
    "attachments.ipynb": lambda: jupyter(attachments()),
    "indent-4-unsorted.ipynb": lambda: json.dumps(usual(5), indent=4, ensure_ascii=False),
    "indent-tab.ipynb": lambda: json.dumps(usual(4), indent="\t", sort_keys=True) + "\n",
    "one-line.ipynb": lambda: json.dumps(usual(5)),
    "compact.ipynb": lambda: json.dumps(usual(4), separators=(",", ":")),
    "strings.ipynb": lambda: json.dumps(strings(usual(5)), indent=2) + "\n\n",
    "escaped.ipynb": lambda: json.dumps(usual(5), indent=1, ensure_ascii=True) + "\n",
    "crlf.ipynb": lambda: jupyter(usual(5)).replace("\n", "\r\n"),
    "byte-order-mark.ipynb": lambda: "\ufeff" + jupyter(usual(5)),
    "broken-cut-off.ipynb": lambda: jupyter(usual(5))[:900],
    "broken-conflict.ipynb": lambda: jupyter(usual(5)).replace(
        '   "source": [\n    "total', '<<<<<<< HEAD\n   "source": [\n    "total', 1
    ),
    "newer-version.ipynb": lambda: jupyter({**usual(5), "nbformat": 9}),
    "no-version.ipynb": lambda: jupyter({"cells": [], "metadata": {}}),
}
"""What each file holds, by its name."""


def content(name: str) -> bytes:
    """The bytes of a file."""
    if name == "latin-1.ipynb":
        return jupyter(usual(5)).replace("😀", "ß").encode("latin-1")
    return FILES[name]().encode()


NAMES: Final = (*FILES, "latin-1.ipynb", "empty.ipynb")


def many_cells(count: int = 1_000) -> str:
    """A long notebook: of five cells one has text, one a picture, three print."""
    cells: list[Json] = []
    for number in range(count):
        if number % 5 == 0:
            cells.append(markdown(f"## Part {number}\n\nWith $x_{{{number}}}$ and **more**."))
        elif number % 5 == 1:
            picture = display(image_png=png(number % 256, 120), text_plain=["<Figure>"])
            cells.append(code(f"plot({number})", picture, count=number))
        else:
            printed = stream("".join(f"line {line} of {number}\n" for line in range(number % 7)))
            cells.append(
                code(f"x{number} = {number}\nfor i in range({number % 7}):\n    print(i)", printed, count=number)
            )
    return jupyter(notebook(*cells))


def heavy(megabytes: int = 50) -> str:
    """A notebook whose outputs have so many MB: pictures, tables, and much that was printed."""
    cells: list[Json] = [markdown("# Heavy")]
    written = 0
    number = 0
    while written < megabytes * 1_000_000:
        number += 1
        if number % 3 == 0:
            data = base64.b64encode(
                zlib.compress(str(number).encode()) + bytes(600_000) + str(number).encode()
            ).decode()
            output = display(image_png=data, text_plain=[f"<Figure {number}>"])
        elif number % 3 == 1:
            row = "<tr>" + "".join(f"<td>{number}.{column}</td>" for column in range(20)) + "</tr>\n"
            output = display(text_html=lines("<table>\n" + row * 2_000 + "</table>"), text_plain=["table"])
        else:
            output = stream(f"a line that was printed by cell {number}\n" * 8_000)
        cell = code(f"make({number})", output, count=number)
        written += len(json.dumps(cell))
        cells.append(cell)
    return jupyter(notebook(*cells))


def write_all(folder: Path = FOLDER) -> None:
    """Write the files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        (folder / name).write_bytes(b"" if name == "empty.ipynb" else content(name))


if __name__ == "__main__":
    write_all()
