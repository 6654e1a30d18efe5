"""Notebooks for tests: random ones as values, and the ways in which programs write them."""

import json
from typing import Any

from hypothesis import strategies as st

SOURCES = st.text(st.sampled_from("ab x=1\n#é😀"), max_size=30)
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.floats(allow_nan=False, width=32)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
METADATA = st.dictionaries(st.sampled_from(["tags", "collapsed", "trusted", "slideshow", "x y"]), PLAIN, max_size=2)
OUTPUTS = st.one_of(
    st.builds(
        lambda name, text: {"output_type": "stream", "name": name, "text": text},
        st.sampled_from(["stdout", "stderr"]),
        SOURCES,
    ),
    st.builds(
        lambda text, html: {
            "output_type": "execute_result",
            "execution_count": 3,
            "data": {"text/plain": text, "text/html": html, "application/json": {"a": [1, "b\nc"]}},
            "metadata": {},
        },
        SOURCES,
        st.sampled_from(["<b>x</b>", "long " * 5_000]),
    ),
    st.just({"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["a", "b\nc"]}),
    st.just(
        {
            "output_type": "display_data",
            "data": {"image/png": "iVBO" * 8_000, "text/plain": "<Figure>"},
            "metadata": {"image/png": {"width": 10}},
        }
    ),
)


@st.composite
def cells(draw: st.DrawFn, ids: st.SearchStrategy[str] | None = None) -> dict[str, Any]:
    """One cell as a file has it, with texts as strings."""
    kind = draw(st.sampled_from(["code", "code", "markdown", "raw"]))
    cell: dict[str, Any] = {"cell_type": kind, "metadata": draw(METADATA), "source": draw(SOURCES)}
    if ids is not None:
        cell["id"] = draw(ids)
    if kind == "code":
        cell["execution_count"] = draw(st.none() | st.integers(1, 99))
        cell["outputs"] = draw(st.lists(OUTPUTS, max_size=2))
    elif draw(st.booleans()):
        cell["attachments"] = {"a.png": {"image/png": "iVBO"}}
    return cell


@st.composite
def notebooks(draw: st.DrawFn, minor: int | None = None) -> dict[str, Any]:
    """A whole notebook as a file has it."""
    version = draw(st.sampled_from([2, 4, 5, 5])) if minor is None else minor
    count = draw(st.integers(0, 5))
    names = draw(st.permutations([f"cell-{number}" for number in range(8)]))
    made = [draw(cells(st.just(names[index]) if version >= 5 else None)) for index in range(count)]
    metadata = draw(st.dictionaries(st.sampled_from(["kernelspec", "language_info", "z", "a"]), PLAIN, max_size=3))
    return {"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": version}


@st.composite
def ways_to_write(draw: st.DrawFn) -> Any:
    """How some program writes a notebook: a function from value to text."""
    indent = draw(st.sampled_from([1, 2, 4, "\t", None]))
    sort = draw(st.booleans())
    ascii_only = draw(st.booleans())
    lines = draw(st.booleans())
    end = draw(st.sampled_from(["", "\n"]))
    crlf = draw(st.booleans())
    bom = draw(st.sampled_from(["", "", "\ufeff"]))
    separators = draw(st.sampled_from([None, (",", ":")]))

    def write(notebook: dict[str, Any]) -> str:
        value = json.loads(json.dumps(notebook))
        if lines:
            for cell in value["cells"]:
                cell["source"] = cell["source"].splitlines(True)
        text = json.dumps(value, indent=indent, sort_keys=sort, ensure_ascii=ascii_only, separators=separators) + end
        return bom + (text.replace("\n", "\r\n") if crlf else text)

    return write
