"""Documents over real sockets: people typing together, the file, presence, access."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from clients.document_server import DocumentServer
from clients.ydoc import Client
from studium.protocol.documents import Saved


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[DocumentServer]:
    (tmp_path / "home").mkdir()
    server = await DocumentServer(tmp_path / "home", tmp_path / "state").start()
    yield server
    await server.stop()


async def test_two_people_type_and_the_file_has_it(server: DocumentServer, session: aiohttp.ClientSession) -> None:
    (server.home / "main.py").write_text("print(1)\n")
    ada = await Client(session, server.url("main.py")).connect()
    ben = await Client(session, server.url("main.py"), studium=False).connect()
    assert str(ada.text) == str(ben.text) == "print(1)\n"
    await ada.append("# Ada 😀\n")
    await ben.until_text("print(1)\n# Ada 😀\n")
    await ben.insert(0, "# Ben é\n")
    await ada.until_text("# Ben é\nprint(1)\n# Ada 😀\n")
    await ada.until_acknowledged()
    saved = len(ada.controls)
    await ada.save_now()
    await ada.control(Saved, after=saved)
    assert (server.home / "main.py").read_text() == "# Ben é\nprint(1)\n# Ada 😀\n"
    await ada.disconnect()
    await ben.disconnect()
