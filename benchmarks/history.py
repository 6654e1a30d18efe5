"""The history of a document with as many edits as a long paper: how long one waits for it."""

import random
import tempfile
import time
from pathlib import Path
from uuid import UUID, uuid4

import aiohttp
import msgspec

from studium.http.identity import HEADER, sign
from studium.http.server import Server, bind_unix
from studium.project.app import ProjectSettings, create_project_app, signed_identity
from studium.project.documents.store import Store
from studium.project.documents.writer import Job
from studium.protocol.history import Blame, HistoryPage, VersionText
from studium.protocol.ids import AccountId, ProjectId
from studium.protocol.session import Identity, Role
from studium.sync.format import ROOT
from studium.sync.replica import Replica
from studium.sync.wire import encode_varuint, pack

EDITS = 260_000
CHECKPOINT_EDITS = 5_000  # as a room writes them
DAYS = 30
SECRET = "a secret of this benchmark"
ADA = AccountId(UUID(int=7))


def keystrokes(edits: int, seed: int = 1) -> list[bytes]:
    """Updates of one person who writes, mostly at one place, and takes some letters back: one for each key."""
    chance = random.Random(seed)
    client = encode_varuint(1234567)
    updates: list[bytes] = []
    letters: list[int] = []  # clocks of what was written last and is not deleted
    clock = 0
    while len(updates) < edits:
        if letters and chance.random() < 0.15:
            updates.append(b"\0\1" + client + b"\1" + encode_varuint(letters.pop()) + b"\1")
            continue
        head = b"\1\1" + client + encode_varuint(clock)
        letter = b"\1" + (b"\n" if chance.random() < 0.02 else b"a")
        if not clock:
            updates.append(head + b"\x04\1" + encode_varuint(len(ROOT)) + ROOT.encode() + letter + b"\0")
        elif chance.random() < 0.01 and clock > 1:
            left = chance.randrange(clock - 1)  # somewhere else, between two letters
            letters.clear()
            between = client + encode_varuint(left) + client + encode_varuint(left + 1)
            updates.append(head + b"\xc4" + between + letter + b"\0")
        else:
            updates.append(head + b"\x84" + client + encode_varuint(clock - 1) + letter + b"\0")
        letters.append(clock)
        clock += 1
    return updates


async def write_store(folder: Path, edits: int) -> None:
    """The log of a month, as rooms write it."""
    folder.mkdir()
    store = Store(folder)
    await store.open()
    row = await store.create("paper.md")
    began = time.time() - DAYS * 86_400
    replica = Replica()
    updates = keystrokes(edits)
    for index, update in enumerate(updates, 1):
        at = began + index * DAYS * 86_400 / edits
        store.writer.submit(Job([(row.number, index, 1, at, ADA.bytes, pack([update]))]))
        if index % CHECKPOINT_EDITS == 0:
            await store.execute()
            replica.apply(updates[index - CHECKPOINT_EDITS : index])
            store.checkpoint(row.number, index, replica.checkpoint())
    await store.close()


async def history_milliseconds(edits: int = EDITS) -> dict[str, float]:
    """Waiting for the list and the newest version, for one in the middle, and for the next one; then for who wrote the
    lines of the newest, and of the one before."""
    with tempfile.TemporaryDirectory(prefix="studium-history-") as name:
        folder = Path(name)
        (folder / "home").mkdir()
        await write_store(folder / "state", edits)
        project_id = ProjectId(uuid4())
        settings = ProjectSettings(project_id, folder / "home", folder / "state")
        app = create_project_app(settings, signed_identity(SECRET, project_id))
        server = Server(app, [bind_unix(folder / "socket")])
        await server.start()
        url = f"http://project/projects/{project_id}/history/paper.md"
        connector = aiohttp.UnixConnector(str(folder / "socket"))
        async with aiohttp.ClientSession(connector=connector) as session:

            async def ask(**query: int) -> bytes:
                who = Identity(ADA, "Ada", 0, Role.OWNER, project_id, int(time.time()) + 60)
                async with session.get(url, params=query, headers={HEADER: sign(who, SECRET)}) as answer:
                    answer.raise_for_status()
                    return await answer.read()

            began = time.perf_counter()
            page = msgspec.json.decode(await ask(), type=HistoryPage)
            assert page.version == edits
            newest = msgspec.json.decode(await ask(version=edits), type=VersionText)
            assert newest.text
            await ask(version=page.bursts[0].first - 1)
            opened = time.perf_counter()
            await ask(version=edits // 2)
            middle = time.perf_counter()
            await ask(version=edits // 2 + 1)
            following = time.perf_counter()
            blame = msgspec.json.decode(await ask(blame=edits), type=Blame)
            assert sum(run.count for run in blame.lines) == newest.text.count("\n") + 1
            blamed = time.perf_counter()
            await ask(blame=edits - 1)
            blamed_again = time.perf_counter()
        await server.stop()
    return {
        "open": round((opened - began) * 1000, 1),
        "middle_first_time": round((middle - opened) * 1000, 1),
        "next_version": round((following - middle) * 1000, 1),
        "blame_first_time": round((blamed - following) * 1000, 1),
        "blame_of_another_version": round((blamed_again - blamed) * 1000, 1),
    }
