"""What a document's file costs: how old it is while somebody types, and what a change on disk sends to clients."""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from document_load import percentile
from document_servers import studium
from editing import Editor, editor
from pycrdt import TransactionEvent, create_update_message

from studium.sync.notebook.schema import cells_of

CELLS = 2_000
TYPING_SECONDS, EDITS_A_SECOND = 15, 20
MARK = "§"
LINES = 500


def notebook(cells: int) -> str:
    """An ``.ipynb`` file with so many cells of code."""
    source = ["import numpy as np\n", "x = np.linspace(0, 1, 100)\n", "print(x.sum())"]
    cell: dict[str, Any] = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    return json.dumps(
        {
            "cells": [{**cell, "id": f"cell-{number}", "source": source} for number in range(cells)],
            "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        },
        indent=1,
    )


@asynccontextmanager
async def two_people(file: str, text: str) -> AsyncIterator[tuple[Path, Editor, Editor]]:
    """A file, and two people who have it open."""
    with tempfile.TemporaryDirectory(prefix="studium-bench-") as folder:
        path = Path(folder) / "home" / file
        path.parent.mkdir()
        path.write_text(text)
        server = studium(Path(folder))
        url = f"http://127.0.0.1:{server.port}/documents/{file}"
        try:
            async with (
                aiohttp.ClientSession() as session,
                editor(session, url) as ada,
                editor(session, url) as bob,
            ):
                yield path, ada, bob
        finally:
            server.stop()


async def typing_in_a_notebook() -> dict[str, float]:
    """Somebody types in the middle of a notebook without a pause: until the other has the letter, and how long a letter
    was not in the file at worst."""
    text = notebook(CELLS)
    async with two_people("notebook.ipynb", text) as (path, ada, bob):
        source = cells_of(ada.doc)[CELLS // 2].source
        middle = str(source).index("linspace")
        sent: list[float] = []
        took: list[float] = []
        oldest = 0.0
        typing = True

        async def look() -> None:
            nonlocal oldest
            while typing or len(sent) > path.read_text().count(MARK):
                saved = path.read_text().count(MARK)
                if saved < len(sent):
                    oldest = max(oldest, time.perf_counter() - sent[saved])
                await asyncio.sleep(0.02)

        looking = asyncio.create_task(look())
        for number in range(TYPING_SECONDS * EDITS_A_SECOND):
            before = ada.doc.get_state()
            source.insert(middle + number * len(MARK.encode()), MARK)
            frame = create_update_message(ada.doc.get_update(before))
            sent.append(time.perf_counter())
            await ada.send(frame)
            took.append((await asyncio.wait_for(bob.arrivals.get(), 10) - sent[-1]) * 1000)
            await asyncio.sleep(1 / EDITS_A_SECOND)
        typing = False
        await looking
    return {
        "cells": CELLS,
        "p50_milliseconds": round(percentile(took, 0.5), 2),
        "p99_milliseconds": round(percentile(took, 0.99), 2),
        "oldest_letter_not_in_the_file_seconds": round(oldest, 2),
    }


async def disk_edit_bytes() -> dict[str, int]:
    """Bytes of the update that clients get when a program changes one line of a text of some 20,000 characters."""
    lines = [f"line {number:3} of a text with many of them" for number in range(LINES)]
    text = "\n".join(lines)
    async with two_people("text.txt", text) as (path, _ada, bob):
        sizes: list[int] = []

        def note(event: TransactionEvent) -> None:
            sizes.append(len(event.update))

        subscription = bob.doc.observe(note)
        lines[LINES // 2] = "another line, written by a program"
        path.write_text("\n".join(lines))
        async with asyncio.timeout(10):
            await bob.arrivals.get()
        bob.doc.unobserve(subscription)
        assert str(bob.text) == "\n".join(lines)
    return {"characters": len(text), "bytes": sum(sizes)}
