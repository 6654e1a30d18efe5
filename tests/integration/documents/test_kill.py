"""SIGKILL of a real server while people type: what was acknowledged is there afterwards, once."""

import asyncio
import random
import re
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from clients.document_server import DocumentServer
from clients.ydoc import Client
from studium.project.documents.room_log import REST_CHECKPOINT_UPDATES
from studium.protocol.documents import Saved

SERVER = Path(__file__).parents[2] / "clients" / "document_server.py"


class ServerProcess:
    """A document server in a process of its own, always on the same port."""

    def __init__(self, folder: Path) -> None:
        self.home, self.state = folder / "home", folder / "state"
        self.home.mkdir()
        self.port = 0
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start and wait until it is ready."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, str(SERVER), str(self.home), str(self.state), str(self.port), stdout=asyncio.subprocess.PIPE
        )
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        self.port = int(line.split()[1])

    async def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()


async def _type_until_stopped(client: Client, mark: str, acknowledged: list[str], seed: int) -> None:
    """Type marked words at random places; note each one when it is acknowledged."""
    chance = random.Random(seed)
    sent: list[str] = []
    number = 0
    while client.close_code is None:
        word = f"<{mark}{number}>"
        number += 1
        words = [match.start() for match in re.finditer("<", str(client.text))]
        place = chance.choice([*words, len(client.text)])
        already = client.sent
        await client.insert(place, word)
        if client.sent == already:
            break
        sent.append(word)
        acknowledged[:] = sent[: max(0, client.acknowledged - 1)]
        await asyncio.sleep(chance.random() * 0.004)
    acknowledged[:] = sent[: max(0, client.acknowledged - 1)]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_nothing_acknowledged_is_lost_and_nothing_is_doubled(
    tmp_path: Path, session: aiohttp.ClientSession, seed: int
) -> None:
    server = ServerProcess(tmp_path)
    (server.home / "a.txt").write_text("<start>")
    await server.start()
    clients = [Client(session, f"ws://127.0.0.1:{server.port}/documents/a.txt") for _ in range(5)]
    promised: list[str] = []
    chance = random.Random(seed)
    for generation in range(3):
        for client in clients:
            await client.connect()
        lists: list[list[str]] = [[] for _ in clients]
        typing = [
            asyncio.create_task(
                _type_until_stopped(client, f"{generation}.{number}.", lists[number], seed * 10 + number)
            )
            for number, client in enumerate(clients)
        ]
        await asyncio.sleep(0.2 + chance.random())
        await server.kill()
        await asyncio.gather(*typing)
        promised += [word for words in lists for word in words]
        await server.start()
        # A client that never saw any of it finds everything that was promised.
        fresh = await Client(session, clients[0].url).connect()
        found = re.findall("<[^<>]*>", str(fresh.text))
        assert set(promised) <= set(found)
        assert len(found) == len(set(found))
        await fresh.disconnect()
    for client in clients:
        await client.connect()
    await clients[0].append("<end>")
    for client in clients[1:]:
        await client.until(lambda client=client: "<end>" in str(client.text))
        await client.until(lambda client=client: len(client.text) == len(clients[0].text))
        assert str(client.text) == str(clients[0].text)
    words = re.findall("<[^<>]*>", str(clients[0].text))
    assert len(words) == len(set(words))
    assert "".join(words) == str(clients[0].text)
    assert "<start>" in words
    assert len(promised) > 50
    await clients[0].save_now()
    await clients[0].until(lambda: (server.home / "a.txt").read_text() == str(clients[0].text))
    for client in clients:
        await client.disconnect()
    await server.kill()


async def test_a_killed_server_leaves_little_to_replay(server: DocumentServer, session: aiohttp.ClientSession) -> None:
    """When the file is saved and nobody types, a checkpoint is written at once, not only when the room is closed."""
    ada = await Client(session, server.url("a.txt")).connect()
    for _ in range(REST_CHECKPOINT_UPDATES + 1):
        await ada.append("x")
    await ada.until_acknowledged()
    version = ada.hello.version + REST_CHECKPOINT_UPDATES + 1
    await ada.until(lambda: any(isinstance(said, Saved) and said.version >= version for said in ada.controls))
    store = server.documents._store
    await store.execute()  # commits after what was given to it before
    loaded = await store.load("a.txt")
    assert loaded is not None
    assert loaded.snapshot_version == loaded.version == version
    await ada.disconnect()


async def test_killed_between_writing_the_file_and_noting_it(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    """Killed at many moments of a save: the file is never taken for somebody else's change."""
    server = ServerProcess(tmp_path)
    await server.start()
    client = Client(session, f"ws://127.0.0.1:{server.port}/documents/a.txt")
    for number in range(8):
        await client.connect()
        await client.append(f"<{number}>")
        await client.until_acknowledged()
        await client.save_now()
        await asyncio.sleep(0.0007 * number)
        await server.kill()
        await client.disconnect()
        await server.start()
    await client.connect()
    expected = "".join(f"<{number}>" for number in range(8))
    await client.until_text(expected)
    await client.save_now()
    file = server.home / "a.txt"
    await client.until(lambda: file.exists() and file.read_text() == expected)
    await client.disconnect()
    await server.kill()
