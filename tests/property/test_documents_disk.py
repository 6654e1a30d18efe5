"""Random programs over real rooms and real files: people type while programs change the file, and the server restarts.

Laws at the end: every replica equals the others and the file; every mark that was typed, by a person or into the file,
is there once.
"""

import asyncio
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.document_server import DocumentServer
from clients.ydoc import Client

_ACTS = st.sampled_from(["type"] * 6 + ["append", "sed", "rename_over", "save", "restart", "reconnect", "look"])
_PROGRAMS = st.lists(st.tuples(_ACTS, st.integers(0, 1), st.integers(0, 30)), min_size=5, max_size=25)


async def _run(program: list[tuple[str, int, int]], folder: Path) -> None:
    home, state = folder / "home", folder / "state"
    home.mkdir()
    file = home / "a.txt"
    file.write_text("<first>\n<second>\n")
    marks = ["<first>", "<second>"]
    server = await DocumentServer(home, state).start()
    async with aiohttp.ClientSession() as session:
        clients = [Client(session, server.url("a.txt")) for _ in range(2)]
        for client in clients:
            await client.connect()

        def same() -> bool:
            return str(clients[0].text) == str(clients[1].text) == file.read_text()

        async def until(condition: Callable[[], bool]) -> None:
            async with asyncio.timeout(20):
                while not condition():
                    await asyncio.sleep(0.02)

        for number, (act, which, place) in enumerate(program):
            client = clients[which]
            mark = f"<{number}>"
            if act in ("sed", "rename_over"):
                # These read and write back: what was saved in between would be undone by them, not by the server.
                await until(same)
            if act == "type":
                places = [match.start() for match in re.finditer("<", str(client.text))]
                marks.append(mark)
                await client.insert(places[place % len(places)], mark)
            elif act == "append":
                marks.append(mark)
                with file.open("a") as out:
                    out.write(mark + "\n")
            elif act == "sed":
                lines = file.read_text().split("\n")
                lines[place % len(lines)] += mark
                marks.append(mark)
                file.write_text("\n".join(lines))
            elif act == "rename_over":
                marks.append(mark)
                new = home / "new"
                new.write_text(mark + "\n" + file.read_text())
                new.rename(file)
            elif act == "save":
                await client.until_acknowledged()
                await client.save_now()
            elif act == "restart":
                await server.stop()
                server = await DocumentServer(home, state).start(server.port)
                for each in clients:
                    await each.connect()
            elif act == "reconnect":
                await client.disconnect()
                await client.connect()
            else:
                await asyncio.sleep(place / 100)

        await until(lambda: same() and sorted(re.findall("<[^<>]*>", file.read_text())) == sorted(marks))
        for client in clients:
            await client.disconnect()
    await server.stop()


@settings(max_examples=8, deadline=None)
@given(_PROGRAMS)
def test_people_and_programs_write_one_file(program: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_run(program, Path(folder)))
