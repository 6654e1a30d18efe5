"""Notebooks to measure with: the same bytes for everyone, made anew each time they are asked for."""

import base64
import json
import random
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests"))

from support.pictures import chunk  # noqa: E402

WORDS = "the measured value of each sample was compared with its model and the error is shown in a table".split()  # noqa: SIM905
PICTURE_PIXELS = 130
"""A picture of this width and height is 51 kB, as a plot is."""
FLOOD_LINES = 10**6
FLOOD = f"for i in range({FLOOD_LINES}): print(i)"

Cell = dict[str, Any]


def notebook(cells: list[Cell]) -> str:
    """The file, as Jupyter writes it."""
    metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "version": "3.11.2", "mimetype": "text/x-python", "file_extension": ".py"},
    }
    numbered = [{**cell, "id": f"cell-{number}"} for number, cell in enumerate(cells)]
    content = {"cells": numbered, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, indent=1, sort_keys=True) + "\n"


def code(source: str, *outputs: Cell) -> Cell:
    """A code cell."""
    return {
        "cell_type": "code",
        "source": source,
        "metadata": {},
        "outputs": list(outputs),
        "execution_count": 1 if outputs else None,
    }


def markdown(source: str) -> Cell:
    """A cell of text."""
    return {"cell_type": "markdown", "source": source, "metadata": {}}


def picture(chance: random.Random) -> str:
    """A PNG of noise, which does not compress, in Base64."""
    rows = b"".join(b"\0" + chance.randbytes(3 * PICTURE_PIXELS) for _ in range(PICTURE_PIXELS))
    header = struct.pack(">IIBBBBB", PICTURE_PIXELS, PICTURE_PIXELS, 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(parts)).decode()


def table(rows: int) -> Cell:
    """What a data frame shows of itself."""
    body = "".join(f"<tr><th>{row}</th><td>{row * 0.37:.2f}</td><td>{row * row}</td></tr>" for row in range(rows))
    html = f'<table border="1" class="dataframe"><thead><tr><th></th><th>x</th><th>y</th></tr></thead>{body}</table>'
    data = {"text/html": html, "text/plain": "\n".join(f"{row} {row * 0.37:.2f} {row * row}" for row in range(rows))}
    return {"output_type": "execute_result", "execution_count": 1, "data": data, "metadata": {}}


def course(cells: int, pictures: int) -> str:
    """A notebook as a course has it: a third text, some with mathematics, and code with printed lines, tables and a
    few pictures, spread evenly."""
    chance = random.Random(cells)
    pictures_at = {cells * (2 * index + 1) // (2 * pictures) for index in range(pictures)}
    made: list[Cell] = []
    for number in range(cells):
        words = " ".join(chance.choices(WORDS, k=60))
        if number in pictures_at:
            shown = {"output_type": "display_data", "metadata": {}}
            data = {"image/png": picture(chance), "text/plain": "<Figure size 640x480 with 1 Axes>"}
            made.append(code("import matplotlib.pyplot as plt\nplt.plot(x, y)\nplt.show()", {**shown, "data": data}))
        elif number % 3 == 0:
            formula = r" $\sum_{i=0}^{n} x_i^2 = \frac{1}{2}$" if number % 12 == 0 else ""
            made.append(markdown(f"## Step {number}\n\n{words}.{formula}\n\n- **first** {words[:80]}\n- *second*"))
        elif number % 15 == 1:
            made.append(code(f"frame_{number} = frame.head(20)\nframe_{number}", table(20)))
        else:
            lines = [f"step {line}: " + " ".join(chance.choices(WORDS, k=9)) + "\n" for line in range(30)]
            source = "\n".join(f"value_{number}_{line} = model(x[{line}]) - {line} * 0.5" for line in range(8))
            printed = {"output_type": "stream", "name": "stdout", "text": "".join(lines)}
            made.append(code(source, printed))
    return notebook(made)


def ones(cells: int) -> str:
    """So many times ``1+1``, never run."""
    return notebook([code("1+1") for _ in range(cells)])


def programs(*sources: str) -> str:
    """One cell for each."""
    return notebook([code(source) for source in sources])


if __name__ == "__main__":
    print(len(course(300, 5)), len(course(1000, 10)))
